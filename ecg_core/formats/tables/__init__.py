"""Tables of numbers (CSV, TSV, Parquet, NPY, MATLAB): readers, and writers of CSV and Parquet."""
