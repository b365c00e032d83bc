"""Reference wave boundaries: LUDB's annotations of each lead."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import wfdb

from ecg_core.delineation.waves import WAVES
from ecg_core.errors import SourceError

_SYMBOLS: Final = {"p": "P", "N": "QRS", "t": "T"}
LUDB_LEADS: Final = ("i", "ii", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6")


@dataclass(frozen=True)
class LeadReference:
    """Waves that were marked by hand in one lead.

    Attributes
    ----------
    of_wave : dict of str to ndarray of int64, shape (waves, 3)
        Onset, peak and end in samples, by `ecg_core.delineation.WAVES`.
    start, stop : int
        Samples between which the lead was marked; outside nothing is known.
    """

    of_wave: dict[str, npt.NDArray[np.int64]]
    start: int
    stop: int


@dataclass(frozen=True)
class WaveReference:
    """A recording with marked waves.

    Attributes
    ----------
    header : Path
    patient : str
    leads : tuple of LeadReference
        In the order of the recording's leads.
    """

    header: Path
    patient: str
    leads: tuple[LeadReference, ...]


def ludb(folder: Path) -> list[WaveReference]:
    """Return the references of LUDB's recordings, in order of their numbers.

    Parameters
    ----------
    folder : Path
        LUDB's folder, or its ``data``.

    Returns
    -------
    list of WaveReference

    Raises
    ------
    SourceError
        If no recording with annotations of each lead is there.
    """
    data = folder / "data" if (folder / "data").is_dir() else folder
    headers = sorted(
        (path for path in data.glob("*.hea") if path.stem.isdigit() and path.with_suffix(".ii").is_file()),
        key=lambda path: int(path.stem),
    )
    if not headers:
        raise SourceError(f"{folder.name} holds no recordings of LUDB with annotations of each lead.")
    return [
        WaveReference(header, header.stem, tuple(_lead(header.with_suffix(""), lead) for lead in LUDB_LEADS))
        for header in headers
    ]


def _lead(record: Path, extension: str) -> LeadReference:
    annotation = wfdb.rdann(str(record), extension)
    found: dict[str, list[tuple[int, int, int]]] = {wave: [] for wave in WAVES}
    symbols, samples = annotation.symbol, annotation.sample.tolist()
    for place, symbol in enumerate(symbols):
        wave = _SYMBOLS.get(symbol)
        if wave is None:
            continue
        before = samples[place - 1] if place and symbols[place - 1] == "(" else samples[place]
        after = samples[place + 1] if place + 1 < len(symbols) and symbols[place + 1] == ")" else samples[place]
        found[wave].append((before, samples[place], after))
    of_wave = {wave: np.array(rows, dtype=np.int64).reshape(-1, 3) for wave, rows in found.items()}
    return LeadReference(of_wave, min(samples, default=0), max(samples, default=-1) + 1)
