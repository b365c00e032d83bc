"""WFDB records and annotations: reader and writer."""
