"""One reader per family of file formats, and one door to all of them: :func:`open_recording`."""

from ecg_core.formats.registry import Format, formats, open_recording, recognise, supported
from ecg_core.formats.table_layout import UNCALIBRATED, LayoutNeededError, TableLayout

__all__ = [
    "UNCALIBRATED",
    "Format",
    "LayoutNeededError",
    "TableLayout",
    "formats",
    "open_recording",
    "recognise",
    "supported",
]
