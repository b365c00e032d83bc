"""What all of rhythm analysis starts from: intervals, which of them are readable, and runs of beats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.beats import UNREADABLE

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Quality = npt.NDArray[np.uint8]


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

    sample: Ints
    label: npt.NDArray[np.str_] | None
    rr_s: Floats
    readable: Bools

    @property
    def joined(self) -> Bools:
        """For each beat, whether a readable interval leads to it from the beat before; shape (beats,)."""
        return np.concatenate(([False], self.readable))[: len(self.sample)]

    def labelled_as(self, letters: str) -> Bools:
        """Tell which beats have one of the given classes; shape (beats,)."""
        result = np.zeros(len(self.sample), dtype=bool)
        if self.label is None:
            return result
        # Code points compare many times faster than strings do.
        code = np.ascontiguousarray(self.label).view(np.uint32)
        for letter in letters:
            result |= code == ord(letter)
        return result

    def touching(self, beats: Bools) -> Bools:
        """Tell which intervals begin or end with one of the beats; shape (beats - 1,)."""
        return beats[1:] | beats[:-1]

    def in_ventricular_run(self) -> Bools:
        """Tell which intervals lie inside a run of three or more V beats; shape (beats - 1,)."""
        inside = np.zeros(max(len(self.sample) - 1, 0), dtype=bool)
        for first, last in zip(*runs(self.labelled_as("V"), self.joined), strict=True):
            if last - first >= 2:
                inside[first:last] = True
        return inside


def intervals(beats: pd.DataFrame, fs_hz: float, quality: Quality | None = None) -> Intervals:
    """Take samples, labels and readable intervals from a beat table.

    Parameters
    ----------
    beats : pandas.DataFrame
        A beat table; only ``sample`` is needed.
    fs_hz : float
    quality : ndarray of uint8, shape (seconds, leads), optional
        Grades per second and lead. Without it the beats' own grades count, where they have them.
    """
    sample = beats["sample"].to_numpy(dtype=np.int64)
    rr_s = np.diff(sample) / fs_hz
    if quality is not None and len(quality):
        unreadable = readable_seconds(quality) == 0
        passed = np.concatenate(([0], np.cumsum(unreadable)))
        second = np.clip((sample / fs_hz).astype(np.int64), 0, len(unreadable) - 1)
        readable = passed[second[1:] + 1] == passed[second[:-1]]
    elif "quality" in beats:
        grade = beats["quality"].to_numpy(dtype=np.float64, na_value=np.nan)
        readable = ~((grade[1:] == UNREADABLE) | (grade[:-1] == UNREADABLE))
    else:
        readable = np.ones(len(rr_s), dtype=bool)
    return Intervals(sample, _labels(beats), rr_s, readable)


def readable_seconds(quality: Quality) -> Bools:
    """Tell in which seconds at least one lead can be read; shape (seconds,)."""
    if quality.shape[1] == 0:
        return np.zeros(len(quality), dtype=bool)
    return quality.max(axis=1) != UNREADABLE


def runs(mask: Bools, joined: Bools | None = None) -> tuple[Ints, Ints]:
    """Find runs of True.

    Parameters
    ----------
    mask : ndarray of bool, shape (n,)
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
    if "label" not in beats or beats["label"].isna().all():
        return None
    return beats["label"].astype(object).fillna("").to_numpy(dtype="<U1")
