"""Readers of ECG file formats; :func:`open_recording` opens any of them."""

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
