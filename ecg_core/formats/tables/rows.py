"""Rows of a text table: where they lie in the file, and how they are split into cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.confinement import open_file
from ecg_core.errors import RecordingError
from ecg_core.formats.tables.dialect import Dialect, cells_of

_CHUNK_BYTES: Final = 8 << 20
ROWS_PER_MARK: Final = 512
_MAX_PIECE_BYTES: Final = 4 << 20
_MAX_ROW_BYTES: Final = 1 << 16
_N_PROBES: Final = 8


@dataclass(frozen=True)
class TextRows:
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
        """Yield spans of marks that cover rows and are small enough to hold.

        Parameters
        ----------
        start, stop : int
            First row, and one past the last.

        Yields
        ------
        tuple of int and int
            First mark, and one past the last.
        """
        first, last = start // ROWS_PER_MARK, -(-stop // ROWS_PER_MARK)
        while first < last:
            limit = np.searchsorted(self.marks, self.marks[first] + _MAX_PIECE_BYTES, side="right") - 1
            beyond = min(max(int(limit), first + 1), last)
            yield first, beyond
            first = beyond

    def cells(self, first: int, beyond: int, columns: Sequence[int]) -> list[Any]:
        """Return columns of cells of the rows between two marks, as Arrow arrays of strings.

        Parameters
        ----------
        first, beyond : int
            First mark, and one past the last.
        columns : sequence of int
            Indices of columns.

        Returns
        -------
        list of pyarrow.StringArray
        """
        n_rows = min(beyond * ROWS_PER_MARK, self.n_rows) - first * ROWS_PER_MARK
        begin = int(self.marks[first])
        end = int(self.marks[beyond]) if beyond < len(self.marks) else self.end
        content = read_bytes(self.path, begin, end - begin)
        if len(content) < end - begin:
            raise RecordingError(f"{self.path.name} is shorter than when it was opened; open it again.")
        return _split(content, self.dialect, columns, n_rows)

    def lines(self, first: int, beyond: int) -> list[str]:
        """Return the lines between two marks.

        Parameters
        ----------
        first, beyond : int
            First mark, and one past the last.

        Returns
        -------
        list of str
        """
        begin = int(self.marks[first])
        end = int(self.marks[beyond]) if beyond < len(self.marks) else self.end
        text = read_bytes(self.path, begin, end - begin).decode(self.dialect.encoding, errors="replace")
        return text.removesuffix(chr(self.dialect.line_end)).split(chr(self.dialect.line_end))

    def probe_marks(self) -> list[int]:
        """Return a few marks from the beginning, the end and between, which stand for all rows."""
        last = len(self.marks) - 1
        return sorted({0, last, *np.linspace(0, last, _N_PROBES).astype(int).tolist()})


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
    bare = re.sub(rb"(?m)^[ \t]+|[ \t]+(?=\r?$)", b"", content)
    return re.sub(rb"[ \t]+", b"\t", bare)


def start_of_cut_row(path: Path, end: int, dialect: Dialect) -> int | None:
    """Return where the last row begins if the file stops in the middle of it; None if it looks whole.

    It was cut off where no line break follows it and it has less than the row before: cells, or decimals of the last.

    Parameters
    ----------
    path : Path
        The file.
    end : int
        Byte at which the last row ends.
    dialect : Dialect
        How the table is written.

    Returns
    -------
    int or None
    """
    begin = max(end - 2 * _MAX_ROW_BYTES, 0)
    line_end = chr(dialect.line_end)
    rows = read_bytes(path, begin, end - begin).decode(dialect.encoding, errors="replace").rsplit(line_end, 2)
    if len(rows) < 3 or read_bytes(path, end, 1):
        return None
    before, last = (cells_of(row, dialect.delimiter, dialect.quote) for row in rows[-2:])
    whole = len(last) >= len(before) and _n_digits(last[-1]) >= _n_digits(before[-1])
    return None if whole else end - len(rows[-1].encode(dialect.encoding, errors="replace"))


def _n_digits(cell: str) -> tuple[bool, int]:
    """Return whether a number has decimals, and how many; its length where it has none."""
    _, sign, decimals = cell.replace(",", ".").rpartition(".")
    return bool(sign), len(decimals if sign else cell)


def count_rows(path: Path, dialect: Dialect) -> tuple[npt.NDArray[np.int64], int, int]:
    """Return where every 512th row begins, how many rows there are, and where the last ends.

    Parameters
    ----------
    path : Path
        The file.
    dialect : Dialect
        How the table is written.

    Returns
    -------
    marks : ndarray of int64
        Bytes.
    n_rows : int
    end : int
        Byte.

    Raises
    ------
    RecordingError
        If the file cannot be read or a line is longer than a row can be.
    """
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
                begins.append(breaks[(places >= 0) & (places % ROWS_PER_MARK == 0)] + 1)
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
    head = read_bytes(path, 0, 3)
    return (
        3
        if head.startswith(b"\xef\xbb\xbf")
        else 2
        if dialect.unit_bytes == 2 and head[:2] in {b"\xff\xfe", b"\xfe\xff"}
        else 0
    )


def read_bytes(path: Path, offset: int, n_bytes: int) -> bytes:
    """Return bytes of a file.

    Parameters
    ----------
    path : Path
        The file.
    offset, n_bytes : int
        Where they begin, and how many.

    Returns
    -------
    bytes
        Fewer where the file ends before.

    Raises
    ------
    RecordingError
        If the file cannot be read.
    """
    try:
        with open_file(path) as stream:
            stream.seek(offset)
            return stream.read(n_bytes)
    except OSError as error:
        raise RecordingError(f"{path.name} can no longer be read: {error.strerror or error}.") from error
