"""Text tables (CSV, TSV, blank-separated), read in spans of rows.

A row is a line. What precedes the rows, their delimiter and encoding are told from the beginning of the file
(`dialect`); how numbers and time stamps are written from all rows of their column (`numbers`,
`stamps`), in one pass over the file when it is opened. Cells are split by pyarrow; where the rows of a piece have
unequal numbers of cells, by the csv module.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.confinement import current_folders, open_file, open_raw
from ecg_core.errors import RecordingError
from ecg_core.formats.common.lead_names import MAX_LEADS
from ecg_core.formats.tables.columns import Column
from ecg_core.formats.tables.dialect import HEAD_BYTES, Dialect, cells_of, dialect_of, formats_of
from ecg_core.formats.tables.exports import known_export
from ecg_core.formats.tables.head import TableHead
from ecg_core.formats.tables.layout import TableLayout
from ecg_core.formats.tables.metadata import rate_in_title
from ecg_core.formats.tables.numbers import NumberFormat, decided, evidence_of, numbers
from ecg_core.formats.tables.stamps import StampFormat

_CHUNK_BYTES: Final = 8 << 20
_ROWS_PER_MARK: Final = 512
_MAX_PIECE_BYTES: Final = 4 << 20
_MAX_ROW_BYTES: Final = 1 << 16
_N_PROBES: Final = 8

Formats = tuple[NumberFormat | StampFormat | None, ...]


@dataclass(frozen=True)
class _Rows:
    """Where the rows of a text file lie, and how to split them.

    Attributes
    ----------
    path : Path
    dialect : Dialect
    n_rows : int
    marks : ndarray of int64
        The bytes at which every 512th row begins.
    end : int
        Where the last row ends.
    """

    path: Path
    dialect: Dialect
    n_rows: int
    marks: npt.NDArray[np.int64]
    end: int

    def pieces(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Yield spans of marks that cover rows and are small enough to hold."""
        first, last = start // _ROWS_PER_MARK, -(-stop // _ROWS_PER_MARK)
        while first < last:
            limit = np.searchsorted(self.marks, self.marks[first] + _MAX_PIECE_BYTES, side="right") - 1
            beyond = min(max(int(limit), first + 1), last)
            yield first, beyond
            first = beyond

    def cells(self, first: int, beyond: int, columns: Sequence[int]) -> list[Any]:
        """Return columns of cells of the rows between two marks, as Arrow arrays of strings."""
        n_rows = min(beyond * _ROWS_PER_MARK, self.n_rows) - first * _ROWS_PER_MARK
        begin = int(self.marks[first])
        end = int(self.marks[beyond]) if beyond < len(self.marks) else self.end
        content = _read(self.path, begin, end - begin)
        if len(content) < end - begin:
            raise RecordingError(f"{self.path.name} is shorter than when it was opened; open it again.")
        return _split(content, self.dialect, columns, n_rows)

    def lines(self, first: int, beyond: int) -> list[str]:
        """Return the lines between two marks."""
        begin = int(self.marks[first])
        end = int(self.marks[beyond]) if beyond < len(self.marks) else self.end
        text = _read(self.path, begin, end - begin).decode(self.dialect.encoding, errors="replace")
        return text.removesuffix(chr(self.dialect.line_end)).split(chr(self.dialect.line_end))


@dataclass(frozen=True)
class TextTable(TableHead):
    """A table in text.

    Attributes
    ----------
    rows : _Rows
    columns : tuple of Column
    formats : tuple
        How the cells of each column are written; None for texts.
    """

    rows: _Rows
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
            row = first * _ROWS_PER_MARK
            own = slice(max(start - row, 0), min(stop, beyond * _ROWS_PER_MARK) - row)
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
        First `registry.HEAD_BYTES` bytes of the file.
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
    dialect = dialect_of(_read(path, 0, HEAD_BYTES))
    if dialect is None:
        raise RecordingError(f"{path.name} is no table of numbers; export it with one sample a row.")
    if dialect.n_columns > MAX_LEADS:
        raise RecordingError(f"{path.name} has {dialect.n_columns} columns, more than any ECG has leads.")
    marks, n_rows, end = _count_rows(path, dialect)
    cut_row = _cut_row(path, end, dialect) if n_rows > 2 else None
    notes: list[str] = list(dialect.notes)
    if cut_row is not None:
        n_rows, end = n_rows - 1, cut_row
        marks = marks[marks < end]
        notes.append(f"{path.name} ends within its last row, which is left out.")
    rows = _Rows(path, dialect, n_rows, marks, end)
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


def _scanned(rows: _Rows, stamps: Sequence[StampFormat | None], decimal: str | None) -> _Scan:
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


def _probes(rows: _Rows) -> list[list[str]]:
    """Return rows of cells from the beginning, the end and between."""
    n_marks = len(rows.marks)
    found = []
    for mark in sorted({0, n_marks - 1, *np.linspace(0, n_marks - 1, _N_PROBES).astype(int).tolist()}):
        lines = [line for line in rows.lines(mark, mark + 1) if line.strip()]
        found += [cells_of(line, rows.dialect.delimiter, rows.dialect.quote) for line in (*lines[:20], *lines[-20:])]
    return found


def _sampled_cells(rows: _Rows) -> list[Any]:
    """Return cells of each column from the beginning, the end and between."""
    import pyarrow

    n_marks = len(rows.marks)
    n_columns = rows.dialect.n_columns
    parts = [
        rows.cells(mark, mark + 1, range(n_columns))
        for mark in sorted({0, n_marks - 1, *np.linspace(0, n_marks - 1, _N_PROBES).astype(int).tolist()})
    ]
    return [pyarrow.concat_arrays([part[place] for part in parts]) for place in range(n_columns)]


def _values(cells: Any, form: NumberFormat | StampFormat | None) -> tuple[npt.NDArray[np.float64], int, int]:
    """Return the values of a column of cells, and how many are none and how many are absent."""
    if form is None:
        return np.full(len(cells), np.nan), 0, 0
    if isinstance(form, NumberFormat):
        return numbers(cells, form)
    seconds = form.seconds(cells)
    return seconds, int(np.isnan(seconds).sum()), 0


def _split(content: bytes, dialect: Dialect, columns: Sequence[int], n_rows: int) -> list[Any]:
    """Split rows into the cells of some columns, as Arrow arrays of strings."""
    import pyarrow
    import pyarrow.csv

    if dialect.unit_bytes > 1 or not content.isascii():
        content = content.decode(dialect.encoding, errors="replace").encode()
    if dialect.delimiter == " ":
        content = _joined_blanks(content)
    # A delimiter that no text holds makes one column of each line.
    delimiter = {" ": "\t", "": "\x1f"}.get(dialect.delimiter, dialect.delimiter)
    names = [str(place) for place in range(dialect.n_columns)]
    try:
        table = pyarrow.csv.read_csv(
            pyarrow.BufferReader(content),
            read_options=pyarrow.csv.ReadOptions(
                column_names=names, use_threads=False, block_size=max(len(content) + 1, 1024)
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, quote_char=dialect.quote, ignore_empty_lines=False
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pyarrow.string()),
                include_columns=[names[column] for column in columns],
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pyarrow.ArrowInvalid:  # rows of unequal length
        table = None
    if table is not None and table.num_rows == n_rows:
        return [_joined(table.column(place)) for place in range(len(columns))]
    text = content.decode("utf-8", errors="replace").replace("\r\n", "\n")
    ends = "\n" if dialect.line_end == 10 else "\r"
    lines = text.removesuffix(ends).split(ends)[:n_rows]
    lines += [""] * (n_rows - len(lines))
    cells = [cells_of(line, "\t" if dialect.delimiter == " " else dialect.delimiter, dialect.quote) for line in lines]
    return [
        pyarrow.array([row[column] if column < len(row) else "" for row in cells], pyarrow.string())
        for column in columns
    ]


def _joined(column: Any) -> Any:
    import pyarrow

    chunks = column.chunks
    return chunks[0] if len(chunks) == 1 else pyarrow.concat_arrays(chunks)


def _joined_blanks(content: bytes) -> bytes:
    import re

    bare = re.sub(rb"(?m)^[ \t]+|[ \t]+(?=\r?$)", b"", content)
    return re.sub(rb"[ \t]+", b"\t", bare)


def _cut_row(path: Path, end: int, dialect: Dialect) -> int | None:
    """Return where the last row begins if the file stops in the middle of it; None if it looks whole.

    It was cut off where no line break follows it and it has less than the row before: cells, or decimals of the last.
    """
    begin = max(end - 2 * _MAX_ROW_BYTES, 0)
    line_end = chr(dialect.line_end)
    rows = _read(path, begin, end - begin).decode(dialect.encoding, errors="replace").rsplit(line_end, 2)
    if len(rows) < 3 or _read(path, end, 1):
        return None
    before, last = (cells_of(row, dialect.delimiter, dialect.quote) for row in rows[-2:])
    whole = len(last) >= len(before) and _n_digits(last[-1]) >= _n_digits(before[-1])
    return None if whole else end - len(rows[-1].encode(dialect.encoding, errors="replace"))


def _n_digits(cell: str) -> tuple[bool, int]:
    """Return whether a number has decimals, and how many; its length where it has none."""
    _, sign, decimals = cell.replace(",", ".").rpartition(".")
    return bool(sign), len(decimals if sign else cell)


def _count_rows(path: Path, dialect: Dialect) -> tuple[npt.NDArray[np.int64], int, int]:
    """Return where every 512th row begins, how many rows there are, and where the last ends."""
    width, n_above = dialect.unit_bytes, dialect.n_above
    kind = {1: "u1", 2: ">u2" if dialect.encoding.endswith("be") else "<u2"}[width]
    begins: list[npt.NDArray[np.int64]] = []
    n_lines, position, end, last_break = 0, 0, 0, -1
    after_last = 0  # breaks behind the last written sign
    try:
        with open_file(path) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                units = np.frombuffer(chunk[: len(chunk) // width * width], dtype=kind)
                breaks = np.flatnonzero(units == dialect.line_end) + position
                gaps = np.diff(np.concatenate([[last_break], breaks, [position + len(units) - 1]]))
                if len(gaps) and gaps.max() > _MAX_ROW_BYTES:
                    raise RecordingError(f"{path.name} has a line that is longer than a row of numbers can be.")
                places = np.arange(n_lines, n_lines + len(breaks)) + 1 - n_above  # of the rows after each break
                begins.append(breaks[(places >= 0) & (places % _ROWS_PER_MARK == 0)] + 1)
                written = np.flatnonzero(units > 32)
                if len(written):
                    end = position + int(written[-1]) + 1
                    after_last = int((breaks >= end).sum())
                else:
                    after_last += len(breaks)
                n_lines += len(breaks)
                last_break = int(breaks[-1]) if len(breaks) else last_break
                position += len(units)
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    mark_bytes = _mark_bytes(path, dialect)
    marks = np.concatenate([np.full(int(n_above == 0), mark_bytes // width, dtype=np.int64), *begins]).astype(np.int64)
    marks = marks[marks < end]
    if not len(marks):
        return np.zeros(1, dtype=np.int64), 0, 0
    return marks * width, n_lines - after_last + 1 - n_above, end * width


def _mark_bytes(path: Path, dialect: Dialect) -> int:
    """Return the length of the byte order mark."""
    head = _read(path, 0, 3)
    return (
        3
        if head.startswith(b"\xef\xbb\xbf")
        else 2
        if dialect.unit_bytes == 2 and head[:2] in {b"\xff\xfe", b"\xfe\xff"}
        else 0
    )


def _read(path: Path, offset: int, n_bytes: int) -> bytes:
    try:
        with open_file(path) as stream:
            stream.seek(offset)
            return stream.read(n_bytes)
    except OSError as error:
        raise RecordingError(f"{path.name} can no longer be read: {error.strerror or error}.") from error
