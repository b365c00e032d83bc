"""Beat classification."""
