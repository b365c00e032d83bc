"""What all of rhythm analysis starts from: intervals, which of them are readable, and runs of beats."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.arrays import BoolArray, Float64Array, Int64Array, UInt8Array
from ecg_core.beats import CLASSES, UNREADABLE

_CLASSES: Final = pd.Index(CLASSES, dtype=object)
_LETTERS: Final = np.array([*CLASSES, ""], dtype="<U1")
"""The last one stands for none: the place of what is not among the classes is -1."""


@dataclass(frozen=True)
class Intervals:
    """The beats of a recording and the intervals between neighbours.

    Attributes
    ----------
    sample : ndarray of int64, shape (beats,)
    label : ndarray of str, shape (beats,), or None
        Class of each beat, empty where it has none; None if no beat has one.
    rr_s : ndarray of float64, shape (beats - 1,)
        Interval from each beat to the next, in seconds.
    readable : ndarray of bool, shape (beats - 1,)
        False where the interval touches a second in which no lead can be read: beats may be missing there.
    """

    sample: Int64Array
    label: npt.NDArray[np.str_] | None
    rr_s: Float64Array
    readable: BoolArray

    @property
    def joined(self) -> BoolArray:
        """For each beat, whether a readable interval leads to it from the beat before; shape (beats,)."""
        return np.concatenate(([False], self.readable))[: len(self.sample)]

    def labelled_as(self, letters: str) -> BoolArray:
        """Tell which beats have one of the given classes; shape (beats,)."""
        result = np.zeros(len(self.sample), dtype=bool)
        if self.label is None:
            return result
        # Code points compare many times faster than strings do.
        code = np.ascontiguousarray(self.label).view(np.uint32)
        for letter in letters:
            result |= code == ord(letter)
        return result

    def touching(self, beats: BoolArray) -> BoolArray:
        """Tell which intervals begin or end with one of the beats; shape (beats - 1,)."""
        return beats[1:] | beats[:-1]

    @cached_property
    def in_ventricular_run(self) -> BoolArray:
        """Which intervals lie inside a run of three or more V beats; shape (beats - 1,)."""
        first, last = runs(self.labelled_as("V"), self.joined)
        long = last - first >= 2
        edges = np.zeros(len(self.sample) + 1, dtype=np.int8)
        edges[first[long]] = 1
        edges[last[long]] = -1
        return np.cumsum(edges[: len(self.rr_s)], dtype=np.int8) > 0


def intervals(beats: pd.DataFrame, fs_hz: float, quality: UInt8Array | None = None) -> Intervals:
    """Take samples, labels and readable intervals from a beat table.

    Parameters
    ----------
    beats : pandas.DataFrame
        A beat table; only ``sample`` is needed.
    fs_hz : float
        Sampling rate in Hz.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Grades per second and lead. Without it the beats' own grades count, where they have them.
    """
    sample = beats["sample"].to_numpy(dtype=np.int64)
    rr_s = np.diff(sample) / fs_hz
    if quality is not None and len(quality):
        readable = readable_intervals(sample, fs_hz, quality)
    elif "quality" in beats:
        grade = beats["quality"].to_numpy(dtype=np.float64, na_value=np.nan)
        readable = ~((grade[1:] == UNREADABLE) | (grade[:-1] == UNREADABLE))
    else:
        readable = np.ones(len(rr_s), dtype=bool)
    return Intervals(sample, _labels(beats), rr_s, readable)


def readable_intervals(sample: Int64Array, fs_hz: float, quality: UInt8Array) -> BoolArray:
    """Tell which intervals touch no second in which no lead can be read; shape (beats - 1,).

    Parameters
    ----------
    sample : ndarray of int64, shape (beats,)
        Beat positions in samples.
    fs_hz : float
        Sampling rate in Hz.
    quality : ndarray of uint8, shape (seconds, leads)
        Of at least one second.
    """
    unreadable = ~readable_seconds(quality)
    passed = np.concatenate(([0], np.cumsum(unreadable)))
    second = np.clip((sample / fs_hz).astype(np.int64), 0, len(unreadable) - 1)
    return np.asarray(passed[second[1:] + 1] == passed[second[:-1]])


def known_intervals(sample: Int64Array, fs_hz: float, quality: UInt8Array | None) -> BoolArray | None:
    """Return :func:`readable_intervals`; None where there are no grades.

    Parameters
    ----------
    sample : ndarray of int64, shape (beats,)
        Beat positions in samples.
    fs_hz : float
        Sampling rate in Hz.
    quality : ndarray of uint8, shape (seconds, leads), or None
        Quality grades.
    """
    return None if quality is None or not len(quality) else readable_intervals(sample, fs_hz, quality)


def not_across(given: Intervals, spans: Iterable[tuple[int, int]]) -> Intervals:
    """Return the intervals with those that reach into a span in which beats cannot be told apart as not readable.

    Parameters
    ----------
    given : Intervals
        Intervals between beats.
    spans : iterable of (int, int)
        First sample and one past the last of each.
    """
    readable = given.readable.copy()
    for start, stop in spans:
        first = max(int(np.searchsorted(given.sample, start, side="right")) - 1, 0)
        last = int(np.searchsorted(given.sample, stop, side="left"))
        readable[first:last] = False
    return replace(given, readable=readable)


def readable_seconds(quality: UInt8Array) -> BoolArray:
    """Tell in which seconds at least one lead can be read; shape (seconds,)."""
    readable = np.zeros(len(quality), dtype=bool)
    # Lead by lead: reductions along an axis as short as that of the leads are slow.
    for lead in range(quality.shape[1]):
        readable |= quality[:, lead] != UNREADABLE
    return readable


def runs(mask: BoolArray, joined: BoolArray | None = None) -> tuple[Int64Array, Int64Array]:
    """Find runs of True.

    Parameters
    ----------
    mask : ndarray of bool, shape (n,)
        Values in which runs are found.
    joined : ndarray of bool, shape (n,), optional
        Whether an element may continue the run of the element before it.

    Returns
    -------
    first, last : ndarray of int64
        First and last position of each run, both inside it.
    """
    continues = np.zeros(len(mask), dtype=bool)
    continues[1:] = mask[1:] & mask[:-1]
    if joined is not None:
        continues &= joined
    first = np.flatnonzero(mask & ~continues)
    last = np.flatnonzero(mask & ~np.concatenate((continues[1:], [False])))
    return first, last[: len(first)]


def _labels(beats: pd.DataFrame) -> npt.NDArray[np.str_] | None:
    """Return the beats' classes, empty where one has none; None where no beat has one.

    Looking each up among the classes is several times faster than testing for absence and converting.
    """
    if "label" not in beats:
        return None
    column = beats["label"]
    place = _CLASSES.get_indexer(pd.Index(column.to_numpy(), dtype=object))
    unknown = place < 0
    labels = _LETTERS[place]
    if unknown.all() and column.isna().all():
        return None
    if unknown.any():
        others = column[unknown]
        labels[unknown] = others.astype(object).fillna("").to_numpy(dtype="<U1")
    return labels
