"""NPY and MATLAB 4 and 5 arrays. Nothing in the files is executed.

NPY: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, without pickled objects. MATLAB 4, which
the PhysioNet challenges use for signals: "MAT-File Format", The MathWorks, appendix A.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.confinement import open_file, read_numbers, size_of
from ecg_core.errors import RecordingError
from ecg_core.formats.common.free_text import identity_of_pairs
from ecg_core.formats.common.lead_names import MAX_LEADS
from ecg_core.formats.tables.columns import Column
from ecg_core.formats.tables.head import TableHead
from ecg_core.recording import Identity

NPY_MAGIC: Final = b"\x93NUMPY"
MAT5_MAGIC: Final = b"MATLAB 5.0 MAT-file"
MAT7_MAGIC: Final = b"MATLAB 7.3 MAT-file"

_MAT4_TYPES: Final = ("f8", "f4", "i4", "i2", "u2", "u1")
_MAT4_HEADER_BYTES: Final = 20
_MAX_NAME_CHARS: Final = 64
_MAX_HELD_BYTES: Final = 512 << 20
_MAX_TEXT_CHARS: Final = 4096
_MAX_TEXTS: Final = 50
_FREE_BYTES: Final = 64 << 20
_RATIO: Final = 20
"""How many times its size a file may unpack to, beyond `_FREE_BYTES`: real signals pack to a third."""

_PREFERRED: Final = ("val", "ecg", "data", "signal")
_SHAPES: Final = "a recording is an array of samples by leads or leads by samples"


@dataclass(frozen=True)
class StoredArray(TableHead):
    """A table whose numbers lie in a file one after the other.

    Attributes
    ----------
    path : Path
    offset : int
        Where the first number lies.
    dtype : dtype
    n_rows, n_columns : int
        Samples and leads.
    by_row : bool
        Whether the leads of a sample lie together, rather than the samples of a lead.
    format_name : str
    """

    path: Path
    offset: int
    dtype: np.dtype[Any]
    n_rows: int
    n_columns: int
    by_row: bool
    format_name: str

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns without names."""
        return (Column(""),) * self.n_columns

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
        """
        if self.by_row:
            values = self._numbers(start * self.n_columns, (stop - start) * self.n_columns)
            return _as_float(values.reshape(-1, self.n_columns)[:, list(columns)])
        parts = [self._numbers(column * self.n_rows + start, stop - start) for column in columns]
        return _as_float(np.stack(parts, axis=1))

    def _numbers(self, first: int, count: int) -> npt.NDArray[Any]:
        try:
            at = self.offset + first * self.dtype.itemsize
            values: npt.NDArray[Any] = read_numbers(self.path, self.dtype, count, at)
        except OSError as error:
            raise RecordingError(f"{self.path.name} can no longer be read: {error.strerror or error}.") from error
        if len(values) < count:
            raise RecordingError(f"{self.path.name} is shorter than when it was opened; open it again.")
        return values


@dataclass(frozen=True)
class HeldArray(TableHead):
    """A table in memory, shape (rows, columns)."""

    values: npt.NDArray[Any]
    format_name: str

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns without names."""
        return (Column(""),) * self.values.shape[1]

    @property
    def n_rows(self) -> int:
        """Samples."""
        return len(self.values)

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
        """
        return _as_float(self.values[start:stop, list(columns)])


def _as_float(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    with np.errstate(invalid="ignore"):  # what a damaged file holds need not be a number
        return values.astype(np.float64)


def open_npy(path: Path, n_leads: int | None = None) -> StoredArray:
    """Open an NPY file.

    Parameters
    ----------
    path : Path
        The file.
    n_leads : int, optional
        How many leads there are, where it is known: it tells samples by leads from leads by samples.

    Raises
    ------
    RecordingError
        If it holds anything but an array of numbers of one or two axes.
    """
    try:
        with open_file(path) as stream:
            version = np.lib.format.read_magic(stream)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, columns_first, dtype = read(stream)
            offset = stream.tell()
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except Exception as error:  # a stranger's header makes NumPy raise whatever it trips over
        raise RecordingError(f"{path.name} is not a readable NPY file; save it again with numpy.save.") from error
    if dtype.kind not in "iuf" or dtype.itemsize > 8 or not 1 <= len(shape) <= 2 or min(shape) < 1:
        raise RecordingError(f"{path.name} holds {dtype.name:.40} of {len(shape)} axes; {_SHAPES}, of plain numbers.")
    shape = (int(shape[0]), int(shape[1]) if len(shape) == 2 else 1)
    return _stored(path, offset, dtype, shape, bool(columns_first), n_leads, "NPY")


def is_mat4(head: bytes) -> bool:
    """Tell whether a file's first bytes are the header of a MATLAB 4 matrix of numbers."""
    if len(head) < _MAT4_HEADER_BYTES:
        return False
    for order in "<>":
        kind, rows, columns, imaginary, n_name = struct.unpack_from(f"{order}5i", head)
        big, rest = divmod(kind, 1000)
        empty, rest = divmod(rest, 100)
        precision, matrix = divmod(rest, 10)
        name = head[_MAT4_HEADER_BYTES : _MAT4_HEADER_BYTES + max(n_name, 0)]
        fits = big == (order == ">") and empty == 0 and precision < len(_MAT4_TYPES) and matrix == 0
        whole = rows > 0 and columns > 0 and imaginary == 0 and 1 < n_name <= _MAX_NAME_CHARS
        if fits and whole and name[-1:] == b"\0" and name[:1].isalpha():
            return True
    return False


def open_mat4(path: Path, n_leads: int | None = None) -> StoredArray:
    """Open the first matrix of a MATLAB 4 file.

    Parameters
    ----------
    path : Path
        The file.
    n_leads : int, optional
        Number of leads, where known; see :func:`open_npy`.

    Returns
    -------
    StoredArray
    """
    try:
        with open_file(path) as stream:
            head = stream.read(_MAT4_HEADER_BYTES)
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    order = "<" if 0 <= struct.unpack_from("<i", head)[0] < 1000 else ">"
    kind, rows, columns, _, n_name = struct.unpack(f"{order}5i", head)
    dtype = np.dtype(f"{order}{_MAT4_TYPES[kind % 100 // 10]}")
    return _stored(path, _MAT4_HEADER_BYTES + n_name, dtype, (rows, columns), True, n_leads, "MATLAB 4")


def open_mat5(path: Path, n_leads: int | None = None) -> HeldArray:
    """Read the numeric matrix of a MATLAB 5 file.

    Parameters
    ----------
    path : Path
        The file.
    n_leads : int, optional
        Number of leads, where known; see :func:`open_npy`.

    Returns
    -------
    HeldArray

    Raises
    ------
    RecordingError
        If it holds no such matrix, or unpacks to more than can be held.
    """
    import scipy.io

    _require_small(path)
    try:
        with open_file(path) as stream:
            listed = scipy.io.whosmat(stream)
        numeric = {"double", "single", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"}
        held = [name for name, shape, kind in listed if kind in numeric and len(shape) == 2 and max(shape) > 1]
        if not held:
            raise RecordingError(f"{path.name} holds no matrix of numbers; {_SHAPES}.")
        chosen = next((name for name in _PREFERRED if name in held), held[0])
        with open_file(path) as stream:
            values = np.asarray(scipy.io.loadmat(stream, variable_names=[chosen])[chosen])
    except RecordingError:
        raise
    except Exception as error:  # a stranger's file makes the parser raise whatever it trips over
        raise RecordingError(f"{path.name} is not a readable MATLAB file; save it again with -v7.") from error
    if values.dtype.kind not in "iuf" or values.ndim != 2 or not values.size:
        raise RecordingError(f"{path.name} holds no matrix of numbers; {_SHAPES}.")
    leads_by_samples = _leads_first(path, values.shape, n_leads)
    others = [name for name in held if name != chosen]
    notes = (f"{path.name} holds other matrices, which were left out: {', '.join(others):.120}.",) if others else ()
    return HeldArray(
        values.T if leads_by_samples else values, "MATLAB 5", notes=notes, identity=_texts_beside(path, listed)
    )


def _texts_beside(path: Path, listed: Sequence[tuple[str, tuple[int, ...], str]]) -> Identity | None:
    """Read the texts that stand beside the numbers of a MATLAB 5 file, which may say whose they are."""
    import scipy.io

    names = [name for name, shape, kind in listed if kind == "char" and 0 < math.prod(shape) <= _MAX_TEXT_CHARS]
    if not names:
        return None
    with open_file(path) as stream:
        texts = scipy.io.loadmat(stream, variable_names=names[:_MAX_TEXTS], chars_as_strings=True)
    return identity_of_pairs(
        (name, " ".join(map(str, np.ravel(texts[name])))) for name in names[:_MAX_TEXTS] if name in texts
    )


def _require_small(path: Path) -> None:
    """Unpack the compressed parts of a MATLAB 5 file to nowhere, and refuse one that unpacks to too much."""
    try:
        size = size_of(path)
        left = min(_MAX_HELD_BYTES, max(_FREE_BYTES, _RATIO * size))
        too_large = RecordingError(f"{path.name} unpacks to more than {left >> 20} MB; save it as NPY or WFDB.")
        if size > _MAX_HELD_BYTES:
            raise too_large
        with open_file(path) as stream:
            head = stream.read(128)
            order = ">" if head[126:128] == b"MI" else "<"
            while len(tag := stream.read(8)) == 8:
                kind, n_bytes = struct.unpack(f"{order}II", tag)
                content = stream.read(min(n_bytes, size))
                unpacker = zlib.decompressobj()
                left -= 0 if kind == 15 else len(content)
                while kind == 15 and content and not unpacker.eof:
                    left -= len(unpacker.decompress(content, 1 << 20))
                    content = unpacker.unconsumed_tail
                    if left < 0:
                        raise too_large
    except OSError as error:
        raise RecordingError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except zlib.error as error:
        raise RecordingError(f"{path.name} is not a readable MATLAB file; save it again with -v7.") from error


def _leads_first(path: Path, shape: tuple[int, ...], n_leads: int | None) -> bool:
    """Tell leads by samples from samples by leads: by the number of leads where known, else the longer axis is time."""
    if n_leads is not None and shape.count(n_leads) == 1:
        return shape[0] == n_leads
    if shape[0] == shape[1] or min(shape) > MAX_LEADS:
        raise RecordingError(
            f"{path.name} holds {shape[0]} by {shape[1]} numbers; {_SHAPES}: say how many leads it has."
        )
    return shape[0] < shape[1]


def _stored(
    path: Path,
    offset: int,
    dtype: np.dtype[Any],
    shape: tuple[int, int],
    columns_first: bool,
    n_leads: int | None,
    format_name: str,
) -> StoredArray:
    """Describe an array on disk as far as the file holds it.

    `columns_first` is how it is stored: the first axis runs fastest.
    """
    leads_first = _leads_first(path, shape, n_leads)
    n_columns, n_rows = shape if leads_first else shape[::-1]
    by_row = leads_first == columns_first
    held = max(size_of(path) - offset, 0) // dtype.itemsize
    notes: tuple[str, ...] = ()
    if held < n_rows * n_columns:
        if by_row:
            n_rows = held // n_columns
            notes = (f"{path.name} ends before the {max(shape)} samples that it announces; it is shown up to there.",)
        else:
            n_columns = held // n_rows
            notes = (f"{path.name} ends after {n_columns} of the {min(shape)} leads that it announces.",)
        if n_rows < 2 or n_columns < 1:
            raise RecordingError(f"{path.name} ends before its first lead is whole; save or fetch it again.")
    return StoredArray(path, offset, dtype, n_rows, n_columns, by_row, format_name, notes=notes)
