"""Open recordings and their analyses, shared by all sessions. No Streamlit."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from ecg_core import logs
from ecg_core.analysis import Analysis, analysis_from_cache
from ecg_core.beats import CLASSES
from ecg_core.caching import cache_folder
from ecg_core.classification.model import load_model
from ecg_core.errors import ModelError, RecordingError
from ecg_core.figures.lanes import Lanes, lanes_of, unreadable_spans
from ecg_core.recording import Annotations, Recording
from ecg_core.writing import write_text
from pages.services import library
from pages.services.job_executor import ANALYSIS_JOBS, person_asking
from pages.services.memory_use import size_of
from pages.services.open_recordings import OpenRecordings

_MAX_LOGGED: Final = 4096
_SHA256: Final = re.compile("[0-9a-f]{64}")


class LiveSource(Protocol):
    """A stream whose recording grows."""

    def current(self) -> OpenedRecording:
        """Return the recording as far as it was analysed."""


@dataclass(eq=False)
class OpenedRecording:
    """An open recording with its analysis.

    Attributes
    ----------
    rec : str
        Its reference.
    recording : Recording
        As :func:`ecg_core.privacy.on_screen` gives it.
    stamp : tuple
        Where it lies and what tells that the file on disk has changed.
    analysis : Analysis or None
        The best there is: classified, or beats alone, or nothing yet.
    live : LiveSource or None
        The stream that the recording comes from, which may be longer by now; None for any other.
    """

    rec: str
    recording: Recording
    stamp: tuple[str, int, int]
    analysis: Analysis | None = None
    live: LiveSource | None = None
    _hatched: list[list[tuple[float, float]]] | None = field(default=None, repr=False)
    _references: dict[int, Annotations | None] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    restoring: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @cached_property
    def lanes(self) -> Lanes:
        """How high each lead's lane on the strip is, and the level about which the browser draws it."""
        return lanes_of(self.recording)

    def reference(self, at: int = 0) -> Annotations | None:
        """Return the annotations that came along: those at a place in the list of names; None if there are none."""
        names = self.recording.annotation_names
        if not 0 <= at < len(names):
            return None
        if at not in self._references:
            self._references[at] = self.recording.annotations(names[at])
        return self._references[at]

    @property
    def unreadable(self) -> list[list[tuple[float, float]]] | None:
        """Unreadable spans of each lead, None while they are unknown."""
        if self.analysis is None:
            return None
        if self._hatched is None:
            self._hatched = unreadable_spans(self.analysis.quality)
        return self._hatched

    def abnormal(self) -> npt.NDArray[np.int64]:
        """Return the samples of all beats that are not N; none before classification."""
        if self.analysis is None or not self.analysis.classified:
            return np.empty(0, dtype=np.int64)
        beats = self.analysis.beats
        return np.asarray(beats.loc[beats["label"] != "N", "sample"], dtype=np.int64)

    def keep(self, analysis: Analysis) -> Analysis:
        """Store an analysis unless a more complete one is stored."""
        with self._lock:
            if self.analysis is None or analysis.classified:
                self.analysis = analysis
            return self.analysis

    def replace(self, analysis: Analysis, found: Analysis) -> bool:
        """Replace an analysis by the same with more found in it; return whether it was still the one stored.

        Parameters
        ----------
        analysis : Analysis
            The one that was built on.
        found : Analysis
            What takes its place.

        Returns
        -------
        bool
        """
        with self._lock:
            if self.analysis is not analysis:
                return False
            self.analysis = found
            return True

    def bare(self) -> OpenedRecording:
        """Return the same recording without what was found in it: little to keep for those who may come back."""
        return OpenedRecording(self.rec, self.recording, self.stamp, live=self.live)


def _measured(opened: OpenedRecording) -> int:
    return size_of(opened, *(also(opened) for also in HELD_BESIDE))


def _is_busy(opened: OpenedRecording) -> bool:
    return ANALYSIS_JOBS.under_way(beats_key(opened)) or ANALYSIS_JOBS.under_way(classify_key(opened))


OPENERS: Final[dict[str, Callable[[str], OpenedRecording]]] = {}
"""Open recordings that lie in no file, by the kind that their references begin with."""

HELD_BESIDE: Final[list[Callable[[OpenedRecording], object]]] = []
"""Tell what else is held for a recording as long as it is on the desk."""

_opened: Final = OpenRecordings[OpenedRecording](_measured, lambda opened: opened.analysis, _is_busy)
_logged: OrderedDict[tuple[str, int, int], None] = OrderedDict()
_lock = threading.Lock()


def open_in_workspace(rec: str, folder: str) -> OpenedRecording:
    """Open a recording, or return the open one.

    Parameters
    ----------
    rec : str
        Its reference.
    folder : str
        The local folder of this session.

    Raises
    ------
    RecordingError, SourceError
        If there is no such recording, or it can no longer be read.
    """
    opener = OPENERS.get(rec.partition("/")[0])
    if opener is not None:
        return opener(rec)
    located = library.locate(rec, folder)
    opened = _opened.get(located.stamp, person_asking())
    return in_workspace(_open(rec, located)) if opened is None else opened


def open_aside(rec: str, folder: str) -> OpenedRecording:
    """Open a recording without keeping it in the workspace, for work on many; the one that is open where there is one.

    Parameters
    ----------
    rec : str
        Its reference.
    folder : str
        The local folder that it is relative to.

    Raises
    ------
    RecordingError, SourceError
        If there is no such recording, or it cannot be read.
    """
    located = library.locate(rec, folder)
    return _opened.peek(located.stamp) or _open(rec, located)


def _open(rec: str, located: library.LocatedRecording) -> OpenedRecording:
    recording = located.open()
    _recall_hash(recording)
    if located.source == "local":
        rec = library.reference_of("local", located.name, recording)
    return OpenedRecording(rec, recording, located.stamp)


def in_workspace(opened: OpenedRecording) -> OpenedRecording:
    """Add an open recording to the workspace, or return the one there; may evict others, see `open_recordings`."""
    return _opened.put(opened.stamp, opened, person_asking())


def drop_below(folder: Path) -> None:
    """Close recordings in a removed folder."""
    _opened.close_where(lambda opened: folder in (opened.recording.within or ()))


def clear() -> None:
    """Close all recordings."""
    _opened.clear()
    with _lock:
        _logged.clear()


def n_open() -> int:
    """Return the number of open recordings."""
    return len(_opened)


def restore(opened: OpenedRecording) -> bool:
    """Load a recording's analysis from the disk cache; return whether its beats are known.

    Only what was looked at before comes back so, as long as its files have not changed since: of others the hash is not
    known, and reading all of a file is work for a job.
    """
    if opened.analysis is not None:
        return True
    if "sha256" not in opened.recording.__dict__ or _is_busy(opened):
        return False
    with opened.restoring:
        if opened.analysis is None:
            found = _from_cache(opened.recording)
            if found is not None:
                opened.keep(found)
                log_opened(opened)
    return opened.analysis is not None


def keep(opened: OpenedRecording, analysis: Analysis) -> None:
    """Store an analysis in a recording and in the object that is open for it in the workspace, if that is another.

    Parameters
    ----------
    opened : OpenedRecording
        The recording that was analysed.
    analysis : Analysis
        Its analysis.
    """
    opened.keep(analysis)
    on_the_desk = _opened.peek(opened.stamp)
    if on_the_desk is not None and on_the_desk is not opened:
        on_the_desk.keep(analysis)


def _from_cache(recording: Recording) -> Analysis | None:
    try:
        try:
            found = analysis_from_cache(recording, load_model())
        except ModelError:
            found = None
        return analysis_from_cache(recording, None, group=False) if found is None else found
    except RecordingError:
        return None


def log_opened(opened: OpenedRecording) -> None:
    """Log that a recording was opened, once for each; its hash must be known."""
    with _lock:
        if opened.stamp in _logged:
            return
        _logged[opened.stamp] = None
        while len(_logged) > _MAX_LOGGED:
            _logged.popitem(last=False)
    recording = opened.recording
    logs.event(
        "recording_opened",
        code=logs.code_of(recording.sha256),
        source=recording.source,
        format=recording.format_name.replace(" ", "_"),
        hours=round(recording.duration_s / 3600, 2),
        leads=len(recording.leads),
    )


def _hash_file(recording: Recording) -> Path | None:
    """Return where a recording's hash is kept; another place as soon as a file changes, None where none can be kept.

    The place's name is a hash of what nobody can guess who has not the files: inode and times beside the path.
    """
    try:
        stats = [(str(path), path.stat()) for path in recording.files]
    except OSError:
        return None
    if not stats:
        return None
    known = [(path, it.st_ino, it.st_size, it.st_mtime_ns, it.st_ctime_ns) for path, it in stats]
    key = hashlib.sha256(repr((known, recording.user_metadata)).encode()).hexdigest()
    return cache_folder("hashes") / f"{key[:32]}.txt"


def remember_hash(recording: Recording) -> None:
    """Compute the hash of a recording and store it on disk for the next time that it is opened."""
    file = _hash_file(recording)  # before: a file that changes while it is read has another place afterwards
    sha256 = recording.sha256
    if file is not None and not file.exists():
        try:
            write_text(file, sha256)
        except OSError:
            return  # it costs the next one a job


def _recall_hash(recording: Recording) -> None:
    file = _hash_file(recording)
    try:
        known = "" if file is None else file.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return
    if _SHA256.fullmatch(known):
        recording.__dict__["sha256"] = known


def beats_key(opened: OpenedRecording) -> tuple[object, ...]:
    """Return the key of the job that finds a recording's beats."""
    return ("beats", opened.stamp)


def classify_key(opened: OpenedRecording) -> tuple[object, ...]:
    """Return the key of a recording's classification job."""
    return ("classify", opened.stamp)


def neighbour(samples: npt.NDArray[np.int64], at: int, step: int) -> int | None:
    """Return the next or previous of some sample positions; None at the end.

    Parameters
    ----------
    samples : ndarray of int64, shape (n,)
        Sorted sample positions.
    at : int
        Sample position.
    step : int
        1 for the next, -1 for the previous.

    Returns
    -------
    int or None
    """
    position = int(np.searchsorted(samples, at, side="right")) if step > 0 else int(np.searchsorted(samples, at)) - 1
    return int(samples[position]) if 0 <= position < len(samples) else None


def beat_index(analysis: Analysis, sample: int) -> int | None:
    """Return the row of the beat at a sample position; None if there is none.

    Parameters
    ----------
    analysis : Analysis
        Its analysis.
    sample : int
        Sample position of the beat.

    Returns
    -------
    int or None
    """
    samples = analysis.beats["sample"].to_numpy()
    position = int(np.searchsorted(samples, sample))
    return position if position < len(samples) and samples[position] == sample else None


def class_counts(analysis: Analysis) -> dict[str, int]:
    """Count beats by class; all zero before classification."""
    counts = analysis.beats["label"].value_counts()
    return {label: int(counts.get(label, 0)) for label in CLASSES}
