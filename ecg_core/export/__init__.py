"""Results as files that other programs read."""

from ecg_core.export.annotations import marks_of
from ecg_core.export.results import beat_columns, beats_csv, file_stem, write_annotations, write_results
from ecg_core.export.signal import FORMATS, write_signal

__all__ = [
    "FORMATS",
    "beat_columns",
    "beats_csv",
    "file_stem",
    "marks_of",
    "write_annotations",
    "write_results",
    "write_signal",
]
