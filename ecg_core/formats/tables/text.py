"""Text tables (CSV, TSV, blank-separated), read in spans of rows.

A row is a line. What precedes the rows, their delimiter and encoding are told from the beginning of the file
(`dialect`); how numbers and time stamps are written from all rows of their column (`numbers`,
`stamps`), in one pass over the file when it is opened. Cells are split by pyarrow; where the rows of a piece have
unequal numbers of cells, by the csv module.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core.confinement import current_folders, open_raw
from ecg_core.errors import RecordingError
from ecg_core.formats.common.lead_names import MAX_LEADS
from ecg_core.formats.tables.columns import Column
from ecg_core.formats.tables.dialect import HEAD_BYTES, cells_of, dialect_of, formats_of
from ecg_core.formats.tables.exports import known_export
from ecg_core.formats.tables.head import TableHead
from ecg_core.formats.tables.layout import TableLayout
from ecg_core.formats.tables.metadata import rate_in_title
from ecg_core.formats.tables.numbers import NumberFormat, decided, evidence_of, numbers
from ecg_core.formats.tables.rows import ROWS_PER_MARK, TextRows, count_rows, read_bytes, start_of_cut_row
from ecg_core.formats.tables.stamps import StampFormat

Formats = tuple[NumberFormat | StampFormat | None, ...]


@dataclass(frozen=True)
class TextTable(TableHead):
    """A table in text.

    Attributes
    ----------
    rows : TextRows
    columns : tuple of Column
    formats : tuple
        How the cells of each column are written; None for texts.
    """

    rows: TextRows
    columns: tuple[Column, ...]
    formats: Formats
    format_name: str = "CSV"

    @property
    def n_rows(self) -> int:
        """Rows."""
        return self.rows.n_rows

    def read(self, start: int, stop: int, columns: Sequence[int]) -> npt.NDArray[np.float64]:
        """Return a span of rows of some columns.

        Parameters
        ----------
        start, stop : int
            Span of rows; `stop` is not part of it.
        columns : sequence of int
            Indices of columns.

        Returns
        -------
        ndarray of float64, shape (stop - start, columns)
            NaN where there is no number; time stamps in seconds.
        """
        values = np.empty((max(stop - start, 0), len(columns)))
        for first, beyond in self.rows.pieces(start, stop):
            row = first * ROWS_PER_MARK
            own = slice(max(start - row, 0), min(stop, beyond * ROWS_PER_MARK) - row)
            at = max(row, start) - start
            for place, cells in enumerate(self.rows.cells(first, beyond, columns)):
                found = _values(cells.slice(own.start, own.stop - own.start), self.formats[columns[place]])[0]
                values[at : at + len(found), place] = found
        return values


def is_text_table(head: bytes, path: Path) -> bool:
    """Return whether a file's first bytes are rows of numbers.

    Parameters
    ----------
    head : bytes
        First `base.HEAD_BYTES` bytes of the file.
    path : Path
        The file.

    Returns
    -------
    bool
    """
    dialect = dialect_of(head)
    return dialect is not None and (dialect.n_columns > 1 or path.suffix.lower() in {".csv", ".tsv", ".txt"})


def open_text(path: Path, layout: TableLayout | None = None) -> TextTable:
    """Open a table in text: one pass over its rows tells their formats and what is no number.

    Parameters
    ----------
    path : Path
        The file.
    layout : TableLayout, optional
        What a person said of it.

    Returns
    -------
    TextTable

    Raises
    ------
    RecordingError
        If it cannot be read or a line is longer than a row can be.
    """
    layout = layout or TableLayout()
    try:
        with open_raw(path) as stream:
            status = os.fstat(stream.fileno())
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    stamp = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    return _opened(path, stamp, current_folders(), layout.decimal, layout.date_order)


@lru_cache(maxsize=32)
def _opened(path: Path, _: tuple[int, ...], __: Any, decimal: str | None, date_order: str | None) -> TextTable:
    dialect = dialect_of(read_bytes(path, 0, HEAD_BYTES))
    if dialect is None:
        raise RecordingError(f"{path.name} is no table of numbers; export it with one sample a row.")
    if dialect.n_columns > MAX_LEADS:
        raise RecordingError(f"{path.name} has {dialect.n_columns} columns, more than any ECG has leads.")
    marks, n_rows, end = count_rows(path, dialect)
    cut_row = start_of_cut_row(path, end, dialect) if n_rows > 2 else None
    notes: list[str] = list(dialect.notes)
    if cut_row is not None:
        n_rows, end = n_rows - 1, cut_row
        marks = marks[marks < end]
        notes.append(f"{path.name} ends within its last row, which is left out.")
    rows = TextRows(path, dialect, n_rows, marks, end)
    if not n_rows:
        columns = tuple(Column.titled(name, unit) for name, unit in zip(dialect.names, dialect.units, strict=True))
        return TextTable(rows=rows, columns=columns, formats=(NumberFormat(),) * len(columns))
    probes = _probes(rows)
    stamps = formats_of(dialect, probes, date_order)
    scan = _scanned(rows, stamps, decimal)
    unit = dialect.preamble.unit
    names, rates = [], []
    for title in dialect.names:
        rate, name = rate_in_title(title)
        names.append(name)
        rates += [rate] if rate is not None else []
    if dialect.n_columns == 1 and not names[0] and dialect.preamble.lead:
        names[0] = dialect.preamble.lead
    columns_found = []
    for place, (name, own) in enumerate(zip(names, dialect.units, strict=True)):
        column = Column.titled(name, own)
        form, kind = scan.formats[place], dialect.kinds[place]
        stamp_kind = None
        if isinstance(form, StampFormat):
            stamp_kind = "date" if form.has_date and form.has_time else "day" if form.has_date else "time of day"
        columns_found.append(
            replace(
                column,
                unit=column.unit or (unit if kind == "number" else None),
                stamp=stamp_kind,
                is_text=kind == "text",
                doubt=_doubt(form),
                n_invalid=scan.n_invalid[place],
                n_absent=scan.n_absent[place],
            )
        )
    notes += _format_notes(path, tuple(columns_found), scan.formats)
    columns = tuple(columns_found)
    known = known_export(columns, dialect.lines_above, dialect.preamble.fs_hz)
    kind = "TSV" if dialect.delimiter == "\t" else "CSV"
    return TextTable(
        rows=rows,
        columns=columns if known is None else known.columns,
        formats=scan.formats,
        fs_hz=(known.fs_hz if known else None)
        or dialect.preamble.fs_hz
        or (rates[0] if len(set(rates)) == 1 else None),
        begins=(known.begins if known else None) or _begins(probes[0], scan.formats) or dialect.preamble.begins,
        comments=dialect.preamble.comments,
        notes=(*notes, *(known.notes if known else ())),
        format_name=kind if known is None else f"{kind} ({known.program})",
        identity=dialect.preamble.identity,
    )


def _doubt(form: NumberFormat | StampFormat | None) -> str | None:
    """Return what the cells of a column leave open."""
    if isinstance(form, NumberFormat):
        return "decimal" if form.doubt else None
    return "date_order" if form is not None and form.has_date and form.order is None else None


@dataclass(frozen=True)
class _Scan:
    """Formats of the columns, and how many of their cells do not fit them."""

    formats: Formats
    n_invalid: tuple[int, ...]
    n_absent: tuple[int, ...]


def _scanned(rows: TextRows, stamps: Sequence[StampFormat | None], decimal: str | None) -> _Scan:
    """Decide how the numbers of each column are written by all of its cells."""
    n_columns = rows.dialect.n_columns
    evidence = [Counter[str]() for _ in range(n_columns)]
    sample = _sampled_cells(rows)
    for place in range(n_columns):
        if rows.dialect.kinds[place] == "number":
            evidence[place] += evidence_of(sample[place])
    for _ in range(2):
        chosen = _number_formats(evidence, decimal)
        formats: Formats = tuple(
            form if kind == "stamp" else None if kind == "text" else chosen[place]
            for place, (form, kind) in enumerate(zip(stamps, rows.dialect.kinds, strict=True))
        )
        settled = [decimal is not None or decided(one) is not None for one in evidence]
        more = [Counter[str]() for _ in range(n_columns)]
        n_invalid, n_absent = np.zeros(n_columns, dtype=np.int64), np.zeros(n_columns, dtype=np.int64)
        for first, beyond in rows.pieces(0, rows.n_rows):
            for place, cells in enumerate(rows.cells(first, beyond, range(n_columns))):
                form = formats[place]
                values, invalid, absent = _values(cells, form)
                n_invalid[place] += invalid
                n_absent[place] += absent
                if not isinstance(form, NumberFormat) or rows.dialect.kinds[place] != "number":
                    continue
                if invalid or (not settled[place] and (values != np.rint(values)).any()):
                    more[place] += evidence_of(cells)
        joined = [one + other for one, other in zip(evidence, more, strict=True)]
        if decimal is not None or _number_formats(joined, decimal) == chosen:
            break
        evidence = joined
    return _Scan(formats, tuple(n_invalid.tolist()), tuple(n_absent.tolist()))


def _number_formats(evidence: Sequence[Counter[str]], decimal: str | None) -> list[NumberFormat]:
    """Return the formats of the columns; what a column does not tell is as in the others."""
    if decimal is not None:
        return [NumberFormat(decimal, "," if decimal == "." else ".") for _ in evidence]
    own = [decided(one) for one in evidence]
    sure = [form for form in own if form is not None and not form.doubt]
    common = max(sure, key=lambda form: sum(form.decimal == other.decimal for other in sure), default=None)
    result = []
    for form in own:
        if form is None:
            result.append(NumberFormat(common.decimal if common else "."))
        elif form.doubt and common is not None:
            others = [one for one in sure if one.decimal == common.decimal and one.grouped_by]
            is_group = form.grouped_by or form.decimal != common.decimal
            result.append(
                NumberFormat(common.decimal, "," if common.decimal == "." else ".") if is_group or others else common
            )
        else:
            result.append(form)
    return result


def _format_notes(path: Path, columns: Sequence[Column], formats: Formats) -> list[str]:
    notes = []
    groups = {form.grouped_by for form in formats if isinstance(form, NumberFormat) and form.grouped_by}
    if groups:
        notes.append(f"In numbers of {path.name} the sign {' and '.join(sorted(groups))} separates thousands.")
    for column, form in zip(columns, formats, strict=True):
        if isinstance(form, NumberFormat) and form.doubt:
            sign = form.grouped_by or form.decimal
            read = "separates thousands" if form.grouped_by else "is taken for the decimal sign"
            notes.append(
                f"The sign {sign} in {column.name or 'the numbers'} of {path.name} {read}; its cells fit both."
            )
        if isinstance(form, StampFormat) and form.has_date and form.order is None:
            notes.append(
                f"The dates of {path.name} may be day/month or month/day; only the time of day is kept as its start."
            )
        elif isinstance(form, StampFormat) and form.order == "mdy":
            notes.append(f"The dates of {path.name} are read as month/day/year.")
    return notes


def _begins(first: Sequence[str], formats: Formats) -> datetime | time | None:
    """Return when the first row was recorded, by its stamp or by a day and a time of day in two columns."""
    day: datetime | None = None
    found: datetime | time | None = None
    for cell, form in zip(first, formats, strict=False):
        if not isinstance(form, StampFormat):
            continue
        if form.has_time:
            found = found or form.moment(cell)
        else:
            day = day or form.day(cell)
    return datetime.combine(day, found) if isinstance(found, time) and day is not None else found


def _probes(rows: TextRows) -> list[list[str]]:
    """Return rows of cells from the beginning, the end and between."""
    found = []
    for mark in rows.probe_marks():
        lines = [line for line in rows.lines(mark, mark + 1) if line.strip()]
        found += [cells_of(line, rows.dialect.delimiter, rows.dialect.quote) for line in (*lines[:20], *lines[-20:])]
    return found


def _sampled_cells(rows: TextRows) -> list[Any]:
    """Return cells of each column from the beginning, the end and between."""
    import pyarrow

    n_columns = rows.dialect.n_columns
    parts = [rows.cells(mark, mark + 1, range(n_columns)) for mark in rows.probe_marks()]
    return [pyarrow.concat_arrays([part[place] for part in parts]) for place in range(n_columns)]


def _values(cells: Any, form: NumberFormat | StampFormat | None) -> tuple[npt.NDArray[np.float64], int, int]:
    """Return the values of a column of cells, and how many are none and how many are absent."""
    if form is None:
        return np.full(len(cells), np.nan), 0, 0
    if isinstance(form, NumberFormat):
        return numbers(cells, form)
    seconds = form.seconds(cells)
    return seconds, int(np.isnan(seconds).sum()), 0
