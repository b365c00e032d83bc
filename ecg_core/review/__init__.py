"""Corrections that people make: an append-only log of edits, and the beats that follow from it."""
