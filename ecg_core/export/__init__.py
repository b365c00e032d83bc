"""Results as files that other programs read."""

from ecg_core.export.results import beat_columns, file_stem, write_annotations, write_results

__all__ = ["beat_columns", "file_stem", "write_annotations", "write_results"]
