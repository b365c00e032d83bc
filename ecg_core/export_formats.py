"""Formats that signals can be exported to. Without imports of the writers, so that the command line starts fast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EXPORT_FORMATS: Final[Mapping[str, str]] = {
    "wfdb": "WFDB",
    "edf": "EDF+",
    "csv": "CSV",
    "parquet": "Parquet",
    "dicom": "DICOM waveform",
}
"""Title of each format, by the name that `ecg_core.export.write_signal` takes."""
