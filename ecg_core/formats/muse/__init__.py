"""GE MUSE XML: reader."""
