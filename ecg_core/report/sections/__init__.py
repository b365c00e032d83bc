"""Sections of a report, one module for each part of the examination; each function returns one section."""
