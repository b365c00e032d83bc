"""EDF, EDF+ and BDF: reader, and writer of EDF+."""
