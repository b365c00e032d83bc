"""Feature space of a recording's beats, for grouping."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ecg_core.beats import UNREADABLE
from ecg_core.recording import Recording
from ecg_core.signal.quality import grades_at
from ecg_core.templates.features import Weights, feature_space
from ecg_core.templates.timing import Timing, beat_timing
from ecg_core.templates.waves import Waves, cut_beats


@dataclass(frozen=True)
class BeatSpace:
    """The beats of a recording by shape and timing.

    Attributes
    ----------
    waves : Waves
    timing : Timing
    readable : ndarray of bool, shape (beats, leads)
    points : ndarray of float32, shape (beats, features)
        0 where no lead can be read.
    """

    waves: Waves
    timing: Timing
    readable: npt.NDArray[np.bool_]
    points: npt.NDArray[np.float32]

    @property
    def lost(self) -> npt.NDArray[np.bool_]:
        """Beats at which no lead can be read, shape (beats,)."""
        return np.logical_not(self.readable.any(axis=1))


def beat_space(
    recording: Recording,
    samples: npt.NDArray[np.int64],
    quality: npt.NDArray[np.uint8] | None = None,
    progress: Callable[[float], None] | None = None,
    weights: Weights | None = None,
) -> BeatSpace:
    """Place every beat, in bounded memory.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        Strictly increasing, within the recording.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Quality grades.
    progress : callable, optional
        Called with the share done.
    weights : Weights, optional
        Weights of shape, timing and class in the distance.
    """
    waves = cut_beats(recording, samples, progress)
    readable = _readable(waves.present, samples / recording.fs_hz, quality)
    timing = beat_timing(samples / recording.fs_hz + waves.centre_s)
    kept = np.flatnonzero(readable.any(axis=1))
    points = np.zeros((len(samples), 1), dtype=np.float32)
    if len(kept):
        points = feature_space(waves, readable, timing, weights)
    return BeatSpace(waves, timing, readable, points)


def _readable(
    present: npt.NDArray[np.bool_], time_s: npt.NDArray[np.float64], quality: npt.NDArray[np.uint8] | None
) -> npt.NDArray[np.bool_]:
    """Return which leads can be read at each beat, shape (beats, leads)."""
    if quality is None or not len(quality):
        return present
    return np.asarray(present & (grades_at(quality, time_s) > UNREADABLE))
