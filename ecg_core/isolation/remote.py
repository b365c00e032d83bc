"""Recordings whose files are read by a reader process."""

from __future__ import annotations

import atexit
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core import settings
from ecg_core.confinement import confined_to
from ecg_core.errors import RecordingError, SettingError
from ecg_core.formats import TableLayout, open_recording
from ecg_core.formats.registry import view_table
from ecg_core.formats.tables.view import TableView
from ecg_core.isolation.pool import Limits, ReaderPool, supported
from ecg_core.recording import Annotations, Recording, Source

_NO_ARRAYS: Final = 64 << 20
"""Largest size in bytes of the arrays of an answer without signal: annotations, previews."""


@cache
def shared_pool() -> ReaderPool:
    """Return the pool of this process; its limit on memory is `settings.READER_MB`."""
    try:
        memory_mb = settings.READER_MB.get()
    except SettingError:  # reported when the server starts
        memory_mb = settings.READER_MB.default()
    pool = ReaderPool(Limits(memory_bytes=int(memory_mb * (1 << 20))))
    atexit.register(pool.close)
    return pool


def open_isolated(
    path: str | PathLike[str],
    *,
    name: str | None = None,
    source: Source = "local",
    layout: TableLayout | None = None,
    within: Sequence[Path] | None = None,
    pool: ReaderPool | None = None,
) -> Recording:
    """Open a recording as :func:`ecg_core.formats.open_recording` does, its files read by a reader process.

    Parameters
    ----------
    path, name, source, layout, within
        As in :func:`~ecg_core.formats.open_recording`.
    pool : ReaderPool, optional
        The pool of this process by default.

    Returns
    -------
    Recording
        Spans and annotations are read by a reader process, too; formats that cannot be read span by span are held in
        memory here.

    Raises
    ------
    RecordingError
        As :func:`~ecg_core.formats.open_recording` does, and where the reader crashed or exceeded a limit.
    """
    if not supported():
        return open_recording(path, name=name, source=source, layout=layout, within=within)
    pool = pool or shared_pool()
    place = Path(fspath(path)).expanduser().absolute()
    folders = None if within is None else tuple(folder.resolve() for folder in within)
    key = hashlib.sha256(repr((str(place), layout, folders)).encode("utf-8", "surrogatepass")).hexdigest()
    request = {"path": str(place), "layout": layout, "within": folders, "key": key}
    answer = pool.ask({"do": "open", "name": name, "source": source, **request}, place.name, pool.limits.memory_bytes)
    attributes = answer["attributes"]
    signal: npt.NDArray[np.float32] | None = answer["signal"]
    expected = (attributes["fs_hz"], attributes["n_samples"], [lead.name for lead in attributes["leads"]])
    if signal is not None:
        reader: _Held | _Remote = _Held(
            signal, dict(zip(attributes["annotation_names"], answer["annotations"], strict=True))
        )
    else:
        reader = _Remote(pool, {**request, "expected": expected})
    if not _is_sound(attributes, signal):
        raise RecordingError(f"{place.name} could not be read: its reader gave no usable answer.")
    return Recording(
        **attributes,
        read_span=reader.read_span,
        load_annotations=reader.annotations if attributes["annotation_names"] else None,
    )


def view_table_isolated(
    path: Path, *, within: Sequence[Path] | None = None, pool: ReaderPool | None = None
) -> TableView | None:
    """Look into a table of numbers as :func:`ecg_core.formats.tables.reader.view_table` does, in a reader process.

    Parameters
    ----------
    path : Path
        The file.
    within : sequence of Path, optional
        Folders outside which no file is read.
    pool : ReaderPool, optional
        The pool of this process by default.

    Returns
    -------
    TableView or None
        None for a file of another format.

    Raises
    ------
    RecordingError
        If it is a table that cannot be read.
    """
    if not supported():
        with confined_to(within):
            return view_table(path)
    folders = None if within is None else tuple(folder.resolve() for folder in within)
    request = {"do": "view", "path": str(path.absolute()), "within": folders}
    view: TableView | None = (pool or shared_pool()).ask(request, path.name, _NO_ARRAYS)
    return view


@dataclass(frozen=True)
class _Held:
    """Signal and annotations that a reader has sent whole."""

    signal: npt.NDArray[np.float32]
    sets: dict[str, Annotations | str]

    def read_span(self, start: int, stop: int, leads: Sequence[int]) -> npt.NDArray[np.float32]:
        return self.signal[start:stop, list(leads)]

    def annotations(self, name: str) -> Annotations:
        found = self.sets[name]
        if isinstance(found, str):
            raise RecordingError(found)
        return found


@dataclass(frozen=True)
class _Remote:
    """Spans and annotations that are read when asked for."""

    pool: ReaderPool = field(repr=False)
    request: dict[str, Any] = field(repr=False)

    @property
    def file_name(self) -> str:
        return Path(self.request["path"]).name

    def read_span(self, start: int, stop: int, leads: Sequence[int]) -> npt.NDArray[np.float32]:
        request = {"do": "read", "start": start, "stop": stop, "leads": [int(lead) for lead in leads], **self.request}
        span = self.pool.ask(request, self.file_name, (stop - start) * len(leads) * 4)
        if not (isinstance(span, np.ndarray) and span.dtype == np.float32 and span.shape == (stop - start, len(leads))):
            raise RecordingError(f"{self.file_name} could not be read: its reader gave no usable answer.")
        return span

    def annotations(self, name: str) -> Annotations:
        request = {"do": "annotations", "name": name, **self.request}
        found = self.pool.ask(request, self.file_name, _NO_ARRAYS)
        if not isinstance(found, Annotations):
            raise RecordingError(f"{self.file_name} could not be read: its reader gave no usable answer.")
        return found


def _is_sound(attributes: dict[str, Any], signal: npt.NDArray[np.float32] | None) -> bool:
    """Tell whether the size of a signal is the one that its recording announces."""
    shape = (attributes["n_samples"], len(attributes["leads"]))
    return signal is None or (signal.dtype == np.float32 and signal.shape == shape)
