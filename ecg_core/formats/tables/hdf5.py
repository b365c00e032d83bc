"""HDF5 files: data sets of numbers as the columns of a table, with rate, unit and names from attributes.

Read through h5py. Links to other files, external storage and virtual data sets are not followed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.confinement import open_file
from ecg_core.errors import RecordingError
from ecg_core.formats.common.free_text import identity_of_pairs
from ecg_core.formats.common.lead_names import MAX_LEADS, names_ecg
from ecg_core.formats.tables.columns import Column
from ecg_core.formats.tables.head import TableHead
from ecg_core.formats.tables.metadata import begins_of

HDF5_MAGIC: Final = b"\x89HDF\r\n\x1a\n"
_MAX_OBJECTS: Final = 10_000
_MAX_DEPTH: Final = 12
_MAX_CHUNK_BYTES: Final = 64 << 20
_MAX_TEXT_CHARS: Final = 4096
_MAX_TEXTS: Final = 50
_MIN_ROWS: Final = 256
"""Shorter data sets hold names or single values."""
_RATE_KEYS: Final = frozenset({
    "fs", "fshz", "samplingrate", "samplerate", "samplingfrequency", "samplefrequency", "sampfreq", "frequency", "freq",
    "rate", "srate", "sr", "hz", "samplingratehz", "samplingfrequencyhz", "sampleratehz",
})  # fmt: skip
_NAME_KEYS: Final = frozenset({
    "channels", "channelnames", "channellabels", "chnames", "leads", "leadnames", "leadorder", "labels", "signames",
    "signalnames", "names", "columns", "block0items", "axis0",
})  # fmt: skip
_LABEL_KEYS: Final = frozenset(("label", "lead", "channel"))
_UNIT_KEYS: Final = frozenset(("unit", "units", "physicaldimension"))
_START_KEYS: Final = frozenset(("start", "starttime", "startdate", "begin", "datetime", "timestampreferencetime"))
_GENERIC: Final = frozenset(("data", "values", "value", "signal", "signals", "samples", "raw", "array", "block0values"))


@dataclass(frozen=True)
class _Source:
    """A column of a data set: its path, its place along the other axis, and how values are scaled."""

    path: str
    place: int | None
    by_row: bool
    factor: float
    offset: float


@dataclass(frozen=True)
class Hdf5Table(TableHead):
    """Data sets of one length in an HDF5 file.

    Attributes
    ----------
    path : Path
    columns : tuple of Column
    n_rows : int
    sources : tuple of _Source
        One a column.
    format_name : str
    """

    path: Path
    columns: tuple[Column, ...]
    n_rows: int
    sources: tuple[_Source, ...]
    format_name: str = "HDF5"

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
        import h5py

        values = np.empty((stop - start, len(columns)))
        try:
            with open_file(self.path) as stream, h5py.File(stream, "r") as file:
                for column, source in enumerate(self.sources[index] for index in columns):
                    held = file[source.path]
                    if source.place is None:
                        stored = held[start:stop]
                    else:
                        stored = held[start:stop, source.place] if source.by_row else held[source.place, start:stop]
                    values[:, column] = np.asarray(stored, dtype=np.float64) * source.factor + source.offset
        except (RecordingError, MemoryError):
            raise
        except Exception as error:  # h5py raises whatever its decoders trip over
            raise RecordingError(
                f"{self.path.name} is damaged between rows {start} and {stop}; write it again."
            ) from error
        return values


@dataclass(frozen=True)
class _Found:
    """A data set that may hold signals, with the attributes around it, nearest first."""

    path: str
    shape: tuple[int, ...]
    around: tuple[Mapping[str, Any], ...]

    @property
    def n_rows(self) -> int:
        return max(self.shape)

    @property
    def n_columns(self) -> int:
        return min(self.shape) if len(self.shape) == 2 else 1

    def said(self, keys: frozenset[str]) -> Any:
        """Return the nearest attribute of one of some names; None if there is none."""
        for attributes in self.around:
            for key, value in attributes.items():
                if _plain(key) in keys:
                    return value
        return None

    @property
    def fs_hz(self) -> float | None:
        value = np.ravel(self.said(_RATE_KEYS) if self.said(_RATE_KEYS) is not None else math.nan)
        same = len(value) > 0 and value.dtype.kind in "iuf" and bool((value == value[0]).all())
        return float(value[0]) if same and 0 < value[0] < 1e6 else None


def open_hdf5(path: Path) -> Hdf5Table:
    """Open an HDF5 file: the data sets of the ECG, or else of the longest signals.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    RecordingError
        If it holds no data set of one or two axes of numbers that can be read.
    """
    import h5py

    try:
        with open_file(path) as stream, h5py.File(stream, "r") as file:
            texts: list[tuple[str, str]] = []
            found = list(_data_sets(path, file, texts))
            if not found:
                raise RecordingError(f"{path.name} holds no data set of numbers with one or two axes; {_ADVICE}")
            columns = [_columns(one) for one in found]
    except (RecordingError, MemoryError):
        raise
    except Exception as error:  # h5py raises whatever its decoders trip over
        raise RecordingError(f"{path.name} is not a readable HDF5 file; write it again.") from error
    kinds: dict[tuple[int, float | None], list[int]] = {}
    for place, one in enumerate(found):
        kinds.setdefault((one.n_rows, one.fs_hz), []).append(place)

    def worth(kind: tuple[int, float | None]) -> tuple[bool, bool, int]:
        ecg = any(names_ecg(column.name) for place in kinds[kind] for column, _ in columns[place])
        return ecg, kind[1] is not None, kind[0]

    best = max(kinds, key=worth)
    chosen = [pair for place in kinds[best] for pair in columns[place]][:MAX_LEADS]
    n_left_out = len(found) - len(kinds[best])
    notes = []
    if n_left_out:
        sets = "1 data set" if n_left_out == 1 else f"{n_left_out} data sets"
        notes.append(f"{sets} of {path.name} of another length or rate than the ECG: left out.")
    if len(chosen) > 1 and not any(names_ecg(column.name) for column, _ in chosen):
        notes.append(f"{path.name} does not say which of its channels are ECG leads.")
    start = found[kinds[best][0]].said(_START_KEYS)
    return Hdf5Table(
        path=path,
        columns=tuple(column for column, _ in chosen),
        n_rows=best[0],
        sources=tuple(source for _, source in chosen),
        fs_hz=best[1],
        begins=begins_of(_text(start)) if start is not None else None,
        notes=tuple(notes),
        identity=identity_of_pairs(texts[:_MAX_TEXTS]),
    )


_ADVICE: Final = "a recording is one a lead, or an array of samples by leads."


def _data_sets(path: Path, file: Any, texts: list[tuple[str, str]]) -> Iterator[_Found]:
    """Yield the data sets of a file that may hold signals; collect the texts in it."""
    import h5py

    waiting: list[tuple[Any, tuple[Mapping[str, Any], ...], int]] = [(file, (), 0)]
    seen: set[Any] = set()
    n_objects = 0
    while waiting:
        group, above, depth = waiting.pop()
        address = h5py.h5o.get_info(group.id).addr
        if address in seen or depth > _MAX_DEPTH:
            continue
        seen.add(address)
        own: dict[str, Any] = _attributes(group)
        members = []
        for name in group:
            n_objects += 1
            if n_objects > _MAX_OBJECTS:
                raise RecordingError(f"{path.name} holds more than {_MAX_OBJECTS:,} objects; no recording has as many.")
            if isinstance(group.get(name, getlink=True), h5py.HardLink):
                members.append((name, group[name]))
        for name, member in members:
            if isinstance(member, h5py.Dataset) and _is_small(member):
                own |= _small(name, member)
        texts += _said(own)
        around = (own, *above)
        for _, member in members:
            if isinstance(member, h5py.Group):
                waiting.append((member, around, depth + 1))
            elif isinstance(member, h5py.Dataset) and _may_be_signal(member):
                texts += _said(_attributes(member))
                yield _Found(member.name, member.shape, (_attributes(member), *around))


def _said(attributes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the texts of attributes, which may say whose recording it is, without those that describe the signal."""
    known = _RATE_KEYS | _NAME_KEYS | _UNIT_KEYS | _LABEL_KEYS
    return [(key, _text(value)) for key, value in attributes.items() if _is_text(value) and _plain(key) not in known]


def _may_be_signal(held: Any) -> bool:
    if held.dtype.kind not in "iuf" or held.dtype.itemsize > 8 or len(held.shape) not in (1, 2) or _is_remote(held):
        return False
    fits = max(held.shape) >= _MIN_ROWS and (len(held.shape) == 1 or 0 < 2 * min(held.shape) <= max(held.shape))
    return fits and (len(held.shape) == 1 or min(held.shape) <= MAX_LEADS) and _chunk_bytes(held) <= _MAX_CHUNK_BYTES


def _is_small(held: Any) -> bool:
    """Tell whether a data set is no more than a few names or values."""
    few = held.size is not None and held.size < _MIN_ROWS and held.dtype.itemsize <= _MAX_TEXT_CHARS
    return few and not _is_remote(held) and _chunk_bytes(held) <= _MAX_CHUNK_BYTES


def _chunk_bytes(held: Any) -> int:
    return math.prod(held.chunks) * int(held.dtype.itemsize) if held.chunks else 0


def _is_remote(held: Any) -> bool:
    """Tell whether a data set's numbers lie in other files or data sets."""
    return bool(held.external) or bool(held.is_virtual)


def _columns(found: _Found) -> list[tuple[Column, _Source]]:
    """Return the columns of a data set and where their numbers lie."""
    own = found.around[0]
    factor, offset = _number(own, ("conversion", "scale_factor"), 1.0), _number(own, ("offset", "add_offset"), 0.0)
    by_row = len(found.shape) == 1 or found.shape[0] >= found.shape[1]
    base = _base_name(found.path)
    names = _texts(found.said(_NAME_KEYS))
    units = _texts(found.said(_UNIT_KEYS))
    count = found.n_columns
    if len(names) != count:
        given = next((own[key] for key in own if _plain(key) in _LABEL_KEYS), None)
        base = _text(given) if given is not None and _is_text(given) and count == 1 else base
        names = [base] if count == 1 else [f"{base} {place}" for place in range(1, count + 1)]
    if len(units) != count:
        units = [units[0] if len(units) == 1 else ""] * count
    return [
        (
            Column.titled(name, unit),
            _Source(found.path, None if len(found.shape) == 1 else place, by_row, factor, offset),
        )
        for place, (name, unit) in enumerate(zip(names, units, strict=True))
    ]


def _base_name(path: str) -> str:
    """Return what a data set is called: its last name that says something, an ECG before all others."""
    parts = [part for part in path.split("/") if part]
    telling = [part for part in reversed(parts) if _plain(part) not in _GENERIC] or parts[-1:]
    return next((part for part in telling if names_ecg(part)), telling[0])


def _attributes(held: Any) -> dict[str, Any]:
    found = {}
    for key in list(held.attrs)[:_MAX_TEXTS]:
        try:
            found[str(key)] = held.attrs[key]
        except (OSError, TypeError, ValueError):  # of a kind that h5py does not read
            continue
    return found


def _small(name: str, member: Any) -> dict[str, Any]:
    """Return a small data set as if it were an attribute, and the attributes of one that holds a single value."""
    try:
        own = {name: member[()]} if member.dtype.kind in "iufSO" and member.shape is not None else {}
    except (OSError, TypeError, ValueError):
        return {}
    return own | (_attributes(member) if member.size == 1 else {})


def _plain(key: str) -> str:
    return "".join(sign for sign in key.lower() if sign.isalnum())


def _is_text(value: Any) -> bool:
    return isinstance(value, str | bytes) or (
        isinstance(value, np.ndarray) and value.dtype.kind in "SUO" and value.size == 1
    )


def _text(value: Any) -> str:
    value = value.ravel()[0] if isinstance(value, np.ndarray) and value.size else value
    decoded = value.decode("utf-8", errors="replace") if isinstance(value, bytes) else str(value)
    return decoded[:_MAX_TEXT_CHARS]


def _texts(value: Any) -> list[str]:
    """Return the texts of an attribute: an array of them, or one with commas."""
    if value is None:
        return []
    if isinstance(value, str | bytes):
        return [part.strip() for part in _text(value).split(",")]
    held = np.ravel(value)
    return [_text(one) for one in held] if held.dtype.kind in "SUO" else []


def _number(attributes: Mapping[str, Any], keys: tuple[str, ...], usual: float) -> float:
    for key in keys:
        value = np.ravel(attributes.get(key, []))
        if len(value) == 1 and value.dtype.kind in "iuf" and math.isfinite(value[0]):
            return float(value[0])
    return usual
