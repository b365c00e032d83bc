"""Results as files that other programs read."""

from ecg_core.export.results import beat_columns, write_results

__all__ = ["beat_columns", "write_results"]
