"""Opened recordings and what is known about them: shared by all sessions, a few kept; no Streamlit in here."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core import logs
from ecg_core.analysis import Analysis, analyse, classification_cached
from ecg_core.beats import CLASSES
from ecg_core.classification.model import BeatModel, load_model
from ecg_core.errors import ModelError
from ecg_core.figures.lanes import Lanes, lanes_of, unreadable_spans
from ecg_core.recording import Annotations, Recording
from pages.parts import library
from pages.parts.jobs import BOARD, Job, Progress

KEPT: Final = 12
"""Recordings kept open, so that ten people can read ten of them; what was found in a day takes about 40 MB."""


@dataclass(eq=False)
class Opened:
    """A recording on the desk.

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
    """

    rec: str
    recording: Recording
    stamp: tuple[str, int, int]
    analysis: Analysis | None = None
    _hatched: list[list[tuple[float, float]]] | None = field(default=None, repr=False)
    _references: dict[int, Annotations | None] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

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
        """Take a result over unless a better one is there."""
        with self._lock:
            if self.analysis is None or analysis.classified:
                self.analysis = analysis
            return self.analysis

    def bare(self) -> Opened:
        """Return the same recording without what was found in it: little to keep for those who may come back."""
        return Opened(self.rec, self.recording, self.stamp)


_opened: OrderedDict[tuple[str, int, int], Opened] = OrderedDict()
_lock = threading.Lock()


def open_on_desk(rec: str, folder: str) -> Opened:
    """Open a recording, or return it as it is open already.

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
    located = library.locate(rec, folder)
    with _lock:
        opened = _opened.get(located.stamp)
        if opened is not None:
            _opened.move_to_end(located.stamp)
            return opened
    recording = located.open()
    if located.source == "local":
        rec = library.reference_of("local", located.name, recording)
    return on_desk(Opened(rec, recording, located.stamp))


def on_desk(opened: Opened) -> Opened:
    """Put a recording on the desk, or return it as it lies there already; the one unused for longest may go."""
    with _lock:
        kept = _opened.setdefault(opened.stamp, opened)
        _opened.move_to_end(opened.stamp)
        while len(_opened) > KEPT:
            _opened.popitem(last=False)
        return kept


def drop_below(folder: Path) -> None:
    """Take recordings off the desk whose files were confined to a folder that is gone."""
    with _lock:
        for stamp in [stamp for stamp, opened in _opened.items() if folder in (opened.recording.within or ())]:
            del _opened[stamp]


def clear() -> None:
    """Take everything off the desk."""
    with _lock:
        _opened.clear()


def first_look(opened: Opened) -> Job:
    """Find the beats in the background, and take their classes from the cache where they are there.

    A look that failed is not repeated before its job is dropped from the board. What was found is kept on the desk
    alone: where it has gone from there, it is looked for again.
    """
    earlier = BOARD.get(beats_key(opened))
    if earlier is not None and earlier.problem:
        return earlier
    if earlier is not None and earlier.done and opened.analysis is None:
        BOARD.drop(beats_key(opened))

    def work(progress: Progress) -> None:
        recording = opened.recording
        # Told here, where the hash is needed anyway: opening waits for none.
        logs.event(
            "recording_opened",
            code=logs.code_of(recording.sha256),
            source=recording.source,
            format=recording.format_name.replace(" ", "_"),
            hours=round(recording.duration_s / 3600, 2),
            leads=len(recording.leads),
        )
        try:
            model = load_model()
            known = classification_cached(opened.recording, model)
        except ModelError:
            known = False
        # Families wait for the classes: beats that are yet to be classified are shown the sooner.
        opened.keep(analyse(opened.recording, model if known else None, group=known, progress=progress))

    return BOARD.submit(beats_key(opened), work)


def classify(opened: Opened) -> Job:
    """Classify the beats in the background."""
    earlier = BOARD.get(classify_key(opened))
    if earlier is not None and earlier.done and not (opened.analysis is not None and opened.analysis.classified):
        BOARD.drop(classify_key(opened))

    def work(progress: Progress) -> None:
        opened.keep(analyse(opened.recording, load_network(progress), progress=progress))

    return BOARD.submit(classify_key(opened), work)


def load_network(progress: Progress) -> BeatModel:
    """Load the model with its network, which imports TensorFlow the first time."""
    model = load_model()
    progress(f"Loading {model.name}", 0.0)
    _ = model.network
    return model


def beats_key(opened: Opened) -> tuple[object, ...]:
    """Return the key of the job that finds a recording's beats."""
    return ("beats", opened.stamp)


def classify_key(opened: Opened) -> tuple[object, ...]:
    """Return the key of a recording's classification job."""
    return ("classify", opened.stamp)


def neighbour(samples: npt.NDArray[np.int64], at: int, step: int) -> int | None:
    """Return the next sample after `at` (step 1) or the last before it (step -1), None at the end."""
    position = int(np.searchsorted(samples, at, side="right")) if step > 0 else int(np.searchsorted(samples, at)) - 1
    return int(samples[position]) if 0 <= position < len(samples) else None


def beat_index(analysis: Analysis, sample: int) -> int | None:
    """Return the row of the beat at a sample, None if there is none."""
    samples = analysis.beats["sample"].to_numpy()
    position = int(np.searchsorted(samples, sample))
    return position if position < len(samples) and samples[position] == sample else None


def class_counts(analysis: Analysis) -> dict[str, int]:
    """Count beats by class; all zero before classification."""
    counts = analysis.beats["label"].value_counts()
    return {label: int(counts.get(label, 0)) for label in CLASSES}
