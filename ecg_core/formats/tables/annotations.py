"""Annotations of a table of numbers, in a CSV file beside it: ``NAME.annotations.csv`` for ``NAME.csv``."""

from __future__ import annotations

import csv
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from ecg_core.confinement import OutsideError, open_file, size_of
from ecg_core.errors import RecordingError
from ecg_core.recording import Annotations

MARKS_SUFFIX: Final = ".annotations.csv"
COLUMNS: Final = ("sample", "time_s", "symbol", "aux", "subtype")
NAME: Final = "annotations"

_MAX_BYTES: Final = 256 << 20
_MAX_MARKS: Final = 5_000_000
_MAX_AUX_CHARS: Final = 4096
_GUARD: Final = "'"


def marks_file(path: Path) -> Path:
    """Return where the annotations of a table are or would be."""
    return path.with_name(f"{path.stem}{MARKS_SUFFIX}")


def siblings(path: Path) -> tuple[Path, ...]:
    """Return the annotations of a table, if there are any beside it."""
    beside = marks_file(path)
    return (beside,) if beside.is_file() else ()


def read_marks(path: Path, n_samples: int) -> Annotations:
    """Read annotations.

    Parameters
    ----------
    path : Path
        The table.
    n_samples : int
        The recording's length; annotations outside it are left out.

    Raises
    ------
    RecordingError
        If the file is no such table.
    """
    beside = marks_file(path)
    found: list[tuple[int, str, str, int]] = []
    try:
        if size_of(beside) > _MAX_BYTES:
            raise ValueError
        with TextIOWrapper(open_file(beside), encoding="utf-8", errors="replace", newline="") as stream:
            for row in islice(csv.DictReader(stream), _MAX_MARKS):
                sample = int(row["sample"])
                if 0 <= sample < n_samples:
                    aux = _plain(row.get("aux") or "")[:_MAX_AUX_CHARS]
                    found.append((sample, _plain(row["symbol"] or "")[:1] or '"', aux, int(row.get("subtype") or 0)))
    except OutsideError:
        raise
    except OSError as error:
        raise RecordingError(f"{beside.name} cannot be read: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise RecordingError(f"{beside.name} is no table of annotations; the recording opens without it.") from error
    found.sort(key=lambda one: one[0])
    return Annotations(
        name=NAME,
        sample=np.array([sample for sample, *_ in found], dtype=np.int64),
        symbol=np.array([symbol for _, symbol, *_ in found], dtype=str),
        aux=tuple(aux for _, _, aux, _ in found),
        subtype=tuple(subtype for *_, subtype in found),
    )


def _plain(cell: str) -> str:
    """Take off the apostrophe that keeps a spreadsheet from calculating a cell."""
    return cell[1:] if len(cell) > 1 and cell.startswith(_GUARD) else cell
