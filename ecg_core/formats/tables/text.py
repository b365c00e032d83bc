"""Text tables (CSV, TSV, blank-separated), read in spans of rows.

A row is a line. Above the numbers there may be lines that begin with ``#`` or ``%``, one line of names and one of
units (as rdsamp of WFDB prints them); ``# fs: 250`` and ``# unit: mV`` are believed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.confinement import open_file
from ecg_core.errors import RecordingError
from ecg_core.formats.common.free_text import sort_comments
from ecg_core.formats.common.lead_names import MAX_LEADS, millivolts_per
from ecg_core.formats.tables.head import TableHead
from ecg_core.formats.tables.table import Column, begins_of
from ecg_core.recording import Identity

_HEAD_BYTES: Final = 1 << 16
_CHUNK_BYTES: Final = 8 << 20
_ROWS_PER_MARK: Final = 512
_MAX_PIECE_BYTES: Final = 8 << 20
_MAX_ROW_BYTES: Final = 1 << 16
_MIN_ROWS: Final = 10
_MIN_ROWS_IN_TRUNCATED_HEAD: Final = 3
_DELIMITERS: Final = (",", "\t", ";", None)
"""None stands for blanks."""
_RATE_WORDS: Final = re.compile(
    r"(?:\bfs|\bsampling[ _](?:rate|frequency)|\bsample[ _]rate)(?:_hz)?\s*(?:\(hz\))?\s*[:=]\s*(\d+(?:\.\d+)?)",
    re.IGNORECASE,
)
_START_WORDS: Final = re.compile(r"^# start: (\S{5,32})$", re.MULTILINE)
_COMMENT: Final = re.compile(r"^# comment: (.+)$", re.MULTILINE)
_UNIT_WORDS: Final = re.compile(r"\bunits?\s*[:=]\s*([^\s,;]{1,12})", re.IGNORECASE)


@dataclass(frozen=True)
class _Shape:
    """How a text's rows are written, told from its beginning."""

    delimiter: str | None
    decimal_comma: bool
    n_columns: int
    n_above: int
    names: tuple[str, ...]
    units: tuple[str, ...]
    above: str
    has_dates: bool


@dataclass(frozen=True)
class TextTable(TableHead):
    """A table in text.

    Attributes
    ----------
    path : Path
    columns : tuple of Column
    n_rows : int
    marks : ndarray of int64
        The bytes at which every 512th row begins.
    end : int
        Where the last row ends.
    """

    path: Path
    columns: tuple[Column, ...]
    n_rows: int
    marks: npt.NDArray[np.int64]
    end: int
    delimiter: str | None
    decimal_comma: bool
    format_name: str = "CSV"

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
            NaN where there is no number.
        """
        first, last = start // _ROWS_PER_MARK, -(-stop // _ROWS_PER_MARK)
        parts = []
        beyond = first
        while beyond < last:
            mark = beyond
            limit = np.searchsorted(self.marks, self.marks[mark] + _MAX_PIECE_BYTES, side="right") - 1
            beyond = min(max(int(limit), mark + 1), last)
            lines = self._lines(mark, beyond)
            row = mark * _ROWS_PER_MARK
            lines = lines[max(start - row, 0) : stop - row]
            parts.append(_numbers(lines, self.delimiter, self.decimal_comma, columns))
        return np.concatenate(parts) if parts else np.empty((0, len(columns)))

    def _lines(self, first_mark: int, beyond: int) -> list[str]:
        begin = int(self.marks[first_mark])
        end = int(self.marks[beyond]) if beyond < len(self.marks) else self.end
        content = _read(self.path, begin, end - begin)
        if len(content) < end - begin:
            raise RecordingError(f"{self.path.name} is shorter than when it was opened; open it again.")
        return content.decode("utf-8", errors="replace").removesuffix("\n").split("\n")


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
    shape = _shape(head)
    return shape is not None and (shape.n_columns > 1 or path.suffix.lower() in {".csv", ".tsv", ".txt"})


def open_text(path: Path) -> TextTable:
    """Open a table in text; its lines are counted, its numbers are not read.

    Raises
    ------
    RecordingError
        If it cannot be read or a line is longer than a row can be.
    """
    shape = _shape(_read(path, 0, _HEAD_BYTES))
    if shape is None:
        raise RecordingError(f"{path.name} is no table of numbers; export it with one sample a row.")
    if shape.n_columns > MAX_LEADS:
        raise RecordingError(f"{path.name} has {shape.n_columns} columns, more than any ECG has leads.")
    marks, n_rows, end = _count_rows(path, shape.n_above)
    cut_row = _cut_row(path, end, shape.delimiter) if n_rows > 2 else None
    notes: tuple[str, ...] = ()
    if cut_row is not None:
        n_rows, end = n_rows - 1, cut_row - 1
        marks = marks[marks < end]
        notes = (f"{path.name} ends within its last row, which is left out.",)
    unit_word = _UNIT_WORDS.search(shape.above)
    unit = unit_word[1] if unit_word and millivolts_per(unit_word[1]) else None
    columns = []
    for name, own in zip(shape.names, shape.units, strict=True):
        column = Column.named(name)
        columns.append(Column(column.name, own or column.unit or unit))
    rate = _RATE_WORDS.search(shape.above)
    start = _START_WORDS.search(shape.above)
    return TextTable(
        path=path,
        columns=tuple(columns),
        n_rows=n_rows,
        marks=marks,
        end=end,
        delimiter=shape.delimiter,
        decimal_comma=shape.decimal_comma,
        fs_hz=float(rate[1]) if rate else None,
        clock=_clock(path, marks, end, shape.delimiter) if shape.has_dates else None,
        begins=begins_of(start[1]) if start else None,
        comments=tuple(_COMMENT.findall(shape.above)),
        notes=notes,
        format_name="TSV" if shape.delimiter == "\t" else "CSV",
        identity=_identity(shape.above),
    )


def _identity(above: str) -> Identity | None:
    """Read whom the texts above a table name; what they say of rate, unit and start names nobody."""
    known = (_RATE_WORDS, _UNIT_WORDS, _START_WORDS, _COMMENT)
    lines = (line for line in above.split("\n") if not any(words.search(line) for words in known))
    _, identity = sort_comments(lines)
    return identity or None


def _shape(head: bytes) -> _Shape | None:
    """Tell how a text's rows are written; None if it is no table of numbers."""
    if b"\0" in head or not head:
        return None
    lines = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace").replace("\r\n", "\n").split("\n")
    cut = len(head) >= _HEAD_BYTES
    lines = lines[:-1] if cut else lines
    n_comments = next((n for n, line in enumerate(lines) if line.strip() and line.lstrip()[0] not in "#%"), len(lines))
    body = lines[n_comments:]
    while not cut and body and not body[-1].strip():
        body.pop()
    fewest = _MIN_ROWS_IN_TRUNCATED_HEAD if cut else _MIN_ROWS
    for n_titles in range(min(3, len(body))):
        rows = body[n_titles : n_titles + 50]
        if len(body) - n_titles < fewest or not rows:
            return None
        for delimiter in _DELIMITERS:
            shape = _rows_shape(rows, delimiter)
            if shape:
                return _titled(lines[:n_comments], body[:n_titles], delimiter, *shape)
    return None


def _rows_shape(rows: Sequence[str], delimiter: str | None) -> tuple[int, bool, bool] | None:
    """Return number of columns, whether numbers have a decimal comma, and whether the first column holds dates."""
    cells = [_cells(row, delimiter) for row in rows]
    n_columns = len(cells[0])
    if any(len(row) != n_columns for row in cells) or (n_columns == 1 and delimiter is not None):
        return None
    has_dates = n_columns > 1 and all(_date(row[0]) is not None for row in cells)
    comma = delimiter != "," and any("," in cell for row in cells for cell in row)
    for row in cells:
        numbers = row[1:] if has_dates else row
        known = [_number(cell, comma) is not None for cell in numbers if cell]
        if not known or not all(known):
            return None
    return n_columns, comma, has_dates


def _titled(
    comments: Sequence[str], titles: Sequence[str], delimiter: str | None, n_columns: int, comma: bool, has_dates: bool
) -> _Shape | None:
    names, units = [""] * n_columns, [""] * n_columns
    if titles:
        names = _cells(titles[0], delimiter)
        if delimiter is None and len(names) != n_columns:
            return None
        names = (names + [""] * n_columns)[:n_columns]
    if len(titles) > 1:
        units = (_cells(titles[1], delimiter) + [""] * n_columns)[:n_columns]
    if has_dates and not names[0]:
        names[0] = "time"
    return _Shape(
        delimiter=delimiter,
        decimal_comma=comma,
        n_columns=n_columns,
        n_above=len(comments) + len(titles),
        names=tuple(names),
        units=tuple(units),
        above="\n".join(comments),
        has_dates=has_dates,
    )


def _cut_row(path: Path, end: int, delimiter: str | None) -> int | None:
    """Return where the last row begins if the file stops in the middle of it; None if it looks whole.

    It was cut off where no line break follows it and it has less than the row before: cells, or digits of the last.
    """
    begin = max(end - 2 * _MAX_ROW_BYTES, 0)
    rows = _read(path, begin, end - begin).rsplit(b"\n", 2)
    if len(rows) < 3 or _read(path, end, 1):
        return None
    before, last = (_cells(row.decode("utf-8", errors="replace"), delimiter) for row in rows[-2:])
    whole = len(last) >= len(before) and len(last[-1]) >= len(before[-1])
    return None if whole else end - len(rows[-1])


def _cells(line: str, delimiter: str | None) -> list[str]:
    return [cell.strip().strip("\"'").strip() for cell in line.rstrip("\r").split(delimiter)]


def _number(cell: str, decimal_comma: bool) -> float | None:
    """Return a cell's number, NaN for one that says that there is none, None if it is something else."""
    if cell.lower() in {"", "nan", "na", "null", "-"}:
        return np.nan
    if not cell.isascii() or "_" in cell:
        return None
    try:
        return float(cell.replace(",", ".") if decimal_comma else cell)
    except ValueError:
        return None


def _date(cell: str) -> datetime | None:
    if not re.match(r"\d{4}-?\d\d-?\d\d[T ]", cell):
        return None
    try:
        return datetime.fromisoformat(cell)
    except ValueError:
        return None


def _clock(
    path: Path, marks: npt.NDArray[np.int64], end: int, delimiter: str | None
) -> tuple[datetime, datetime] | None:
    begin = _read(path, int(marks[0]), min(_MAX_ROW_BYTES, end - int(marks[0])))
    last = _read(path, max(end - _MAX_ROW_BYTES, int(marks[0])), min(_MAX_ROW_BYTES, end - int(marks[0])))
    lines = (begin.split(b"\n")[0], last.rstrip().rsplit(b"\n", 1)[-1])
    first, latest = (_date(_cells(line.decode("utf-8", errors="replace"), delimiter)[0]) for line in lines)
    if first is None or latest is None or (first.tzinfo is None) != (latest.tzinfo is None):
        return None
    return first, latest


def _count_rows(path: Path, n_above: int) -> tuple[npt.NDArray[np.int64], int, int]:
    """Return where every 512th row begins, how many rows there are, and where the last ends."""
    begins: list[npt.NDArray[np.int64]] = []
    n_lines, position, end, last_break = 0, 0, 0, -1
    try:
        with open_file(path) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                numbers = np.frombuffer(chunk, dtype=np.uint8)
                breaks = np.flatnonzero(numbers == 10) + position
                gaps = np.diff(np.concatenate([[last_break], breaks, [position + len(chunk) - 1]]))
                if gaps.max() > _MAX_ROW_BYTES:
                    raise RecordingError(f"{path.name} has a line that is longer than a row of numbers can be.")
                places = np.arange(n_lines, n_lines + len(breaks)) + 1 - n_above  # of the rows after each break
                begins.append(breaks[(places >= 0) & (places % _ROWS_PER_MARK == 0)] + 1)
                written = np.flatnonzero(numbers > 32)
                if len(written):
                    end = position + int(written[-1]) + 1
                n_lines += len(breaks)
                last_break = int(breaks[-1]) if len(breaks) else last_break
                position += len(chunk)
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    marks = np.concatenate([np.zeros(int(n_above == 0), dtype=np.int64), *begins]).astype(np.int64)
    marks = marks[marks < end]
    if not len(marks):
        return np.zeros(1, dtype=np.int64), 0, 0
    tail = _read(path, int(marks[-1]), end - int(marks[-1]))
    return marks, (len(marks) - 1) * _ROWS_PER_MARK + tail.count(b"\n") + 1, end


def _numbers(
    lines: Sequence[str], delimiter: str | None, decimal_comma: bool, columns: Sequence[int]
) -> npt.NDArray[np.float64]:
    """Return the numbers of some columns, shape (lines, columns); what is no number is NaN."""
    if not lines or not columns:
        return np.empty((len(lines), len(columns)))
    whole = [line.replace(",", ".") for line in lines] if decimal_comma else lines
    if all(line and not line.isspace() for line in islice(whole, 1)):
        try:
            found = np.loadtxt(whole, delimiter=delimiter, usecols=list(columns), comments=None, quotechar='"', ndmin=2)
            if len(found) == len(lines):
                return np.asarray(found, dtype=np.float64)
        except ValueError:  # an empty cell, a word among the numbers: cell by cell, then
            pass
    values = np.full((len(lines), len(columns)), np.nan)
    for row, line in enumerate(lines):
        cells = _cells(line, delimiter)
        for place, column in enumerate(columns):
            if column < len(cells):
                number = _number(cells[column], decimal_comma)
                values[row, place] = np.nan if number is None else number
    return values


def _read(path: Path, offset: int, n_bytes: int) -> bytes:
    try:
        with open_file(path) as stream:
            stream.seek(offset)
            return stream.read(n_bytes)
    except OSError as error:
        raise RecordingError(f"{path.name} can no longer be read: {error.strerror or error}.") from error
