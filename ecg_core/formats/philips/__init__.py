"""Philips XML: reader."""
