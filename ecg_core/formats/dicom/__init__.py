"""DICOM waveforms: reader and writer."""
