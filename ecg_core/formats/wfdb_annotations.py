"""WFDB annotation files beside a record, through the `wfdb` package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import wfdb

from ecg_core.errors import RecordingError
from ecg_core.recording import Annotations

ANNOTATORS: Final = (
    "atr",
    "ecgc",
    "ari",
    "man",
    "ecg",
    "qrsc",
    "qrs",
    "wqrs",
    "gqrs",
    "sqrs",
    "xqrs",
    "gqrsl",
    "gqrsh",
    *("ii", "i", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6"),
)
"""Extensions taken for annotation files, preferred first: references, then detectors, then LUDB's per lead."""


def annotation_names(header: Path) -> tuple[str, ...]:
    """List the annotators whose files stand beside a record's header."""
    return tuple(name for name in ANNOTATORS if header.with_suffix(f".{name}").is_file())


def load_annotations(header: Path, frame_rate_hz: float, fs_hz: float, name: str) -> Annotations:
    """Read one annotation file.

    Parameters
    ----------
    header : Path
        The record's header file.
    frame_rate_hz : float
        The rate of the file's time unit unless the file itself says otherwise.
    fs_hz : float
        The recording's sampling rate; samples are converted to it.
    name : str
        The annotator, i.e. the file's extension.

    Raises
    ------
    RecordingError
        If the file is missing or damaged.
    """
    file_name = f"{header.stem}.{name}"
    if not header.with_suffix(f".{name}").is_file():
        raise RecordingError(f"There is no annotation file {file_name} beside {header.name}.")
    try:
        raw = wfdb.rdann(str(header.with_suffix("")), name)
    except Exception as error:  # wfdb raises whatever its decoder trips over
        raise RecordingError(
            f"{file_name} is not a readable WFDB annotation file; the recording opens without it."
        ) from error
    time_unit_hz = float(raw.fs or 0) or frame_rate_hz
    sample = np.asarray(raw.sample, dtype=np.float64) * (fs_hz / time_unit_hz)
    order = np.argsort(sample, kind="stable")
    aux = [str(text or "").rstrip("\0") for text in raw.aux_note or [""] * len(sample)]
    return Annotations(
        name=name,
        sample=np.rint(sample).astype(np.int64)[order],
        symbol=np.asarray(raw.symbol, dtype=str)[order],
        aux=tuple(aux[index] for index in order),
        subtype=tuple(int(raw.subtype[index]) for index in order),
    )
