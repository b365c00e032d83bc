"""ISHNE Holter files: reader."""
