"""Screening: many recordings analysed, one row each, the most urgent first."""
