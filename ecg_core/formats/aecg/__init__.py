"""HL7 annotated ECG (aECG): reader."""
