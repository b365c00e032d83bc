"""SCP-ECG: reader."""
