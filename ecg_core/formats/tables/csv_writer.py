"""CSV: a column of times and one a lead, what holds for all above as lines with ``#``; marks in a file beside it.

Numbers are the shortest that give the same float32 back; an empty cell is a sample that is absent.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ecg_core.formats.common.cells import comment_line, guarded
from ecg_core.formats.common.excerpt import Excerpt
from ecg_core.formats.common.output_names import ecg_names, plain_number
from ecg_core.formats.tables.annotations import COLUMNS, MARKS_SUFFIX
from ecg_core.recording import Annotations

_COMMENT_BYTES = 16 << 10
"""More would keep a reader from finding the numbers."""


def write(excerpt: Excerpt, folder: Path, stem: str, say: Callable[[str], None]) -> list[str]:
    """Write a table; see :data:`ecg_core.formats.common.excerpt.Writer`.

    Parameters
    ----------
    excerpt : Excerpt
        What is written.
    folder : Path
        Exists, and is empty.
    stem : str
        Of the files' names.
    say : callable
        Called with a sentence on each thing that the format cannot hold as it is.

    Returns
    -------
    list of str
        Names of the files; the one that opens the others comes last.
    """
    import pyarrow
    import pyarrow.csv

    columns = [guarded(name) for name in column_names(excerpt)]
    name = f"{stem}.csv"
    with (folder / name).open("wb") as stream:
        stream.write("\n".join([*_above(excerpt), ",".join(_quoted(column) for column in columns), ""]).encode())
        schema = pyarrow.schema([("time_s", pyarrow.float64()), *((c, pyarrow.float32()) for c in columns[1:])])
        options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
        with pyarrow.csv.CSVWriter(stream, schema, write_options=options) as writer:
            for first, signal in excerpt.pieces():
                writer.write_table(table(excerpt, schema, first, signal))
    return [*write_marks(excerpt.marks, excerpt.fs_hz, folder, stem), name]


def column_names(excerpt: Excerpt) -> list[str]:
    """Return the names of the columns: ``time_s``, and each lead with its unit."""
    names = (" ".join(re.sub(r"[,;|]", " ", name).split()) for name in ecg_names(excerpt.leads))
    return [
        "time_s",
        *(
            f"{name}_mv" if lead.calibrated else f"{name} (uncalibrated)"
            for lead, name in zip(excerpt.leads, names, strict=True)
        ),
    ]


def table(excerpt: Excerpt, schema: object, first: int, signal: np.ndarray) -> object:
    """Return a piece of signal as an Arrow table with times in s and nulls where there is no sample.

    Parameters
    ----------
    excerpt : Excerpt
        What is written.
    schema : pyarrow.Schema
        Names and types of the columns.
    first : int
        First sample of the piece.
    signal : ndarray of float32, shape (samples, leads)
        Millivolts; NaN where there is no sample.

    Returns
    -------
    pyarrow.Table
    """
    import pyarrow

    times_s = np.round(np.arange(first, first + len(signal)) / excerpt.fs_hz, 6)
    leads = [pyarrow.array(column, mask=~np.isfinite(column)) for column in np.ascontiguousarray(signal.T)]
    return pyarrow.Table.from_arrays([pyarrow.array(times_s), *leads], schema=schema)


def write_marks(marks: Annotations | None, fs_hz: float, folder: Path, stem: str) -> list[str]:
    """Write the annotations beside a table, if there are any to be written; return the file's name in a list.

    Parameters
    ----------
    marks : Annotations or None
        What is written; None where nothing is to be.
    fs_hz : float
        Sampling rate in Hz.
    folder : Path
        Where the file is written.
    stem : str
        Name of the table without suffix.
    """
    if marks is None:
        return []
    name = f"{stem}{MARKS_SUFFIX}"
    subtypes = marks.subtype or (0,) * len(marks.sample)
    with (folder / name).open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(COLUMNS)
        for sample, symbol, aux, subtype in zip(
            marks.sample.tolist(), marks.symbol.tolist(), marks.aux, subtypes, strict=True
        ):
            rows.writerow([sample, f"{sample / fs_hz:.6f}", guarded(symbol), guarded(aux), subtype])
    return [name]


def _above(excerpt: Excerpt) -> list[str]:
    lines = [f"# fs: {plain_number(excerpt.fs_hz)}"]
    if excerpt.start_time is not None:
        lines.append(f"# start: {excerpt.start_time.isoformat()}")
    left = _COMMENT_BYTES
    for comment in excerpt.recording.comments:
        line = comment_line(comment)
        left -= len(line.encode())
        if left < 0:
            break
        lines.append(line)
    return lines


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', "'") + '"' if any(letter in cell for letter in ',"\n') else cell
