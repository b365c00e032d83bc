"""Selection of N-N intervals: which intervals heart-rate variability may rest on, and why the others may not.

An interval counts if it leads from one N beat to the next, touches no unreadable second, lies in no episode of a rhythm
that is not sinus rhythm, and is plausible beside its neighbours. The last rule finds beats that were missed or found
twice: an interval is left out if it differs by more than `ARTEFACT_SHARE` from the median of the N-N intervals
around it. That is the threshold ``low`` (0.35 s at 60 bpm, scaled with the heart rate) of Kubios HRV.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy import ndimage

from ecg_core.arrays import BoolArray, Float64Array, UInt8Array
from ecg_core.rhythm.episode_types import KIND_NAMES
from ecg_core.rhythm.intervals import Intervals

ARTEFACT_SHARE: Final = 0.35
"""Largest difference from the local median, as a share of it. Source: Kubios HRV user's guide, threshold ``low``."""

NEIGHBOURS: Final = 11
"""N-N intervals of a local median."""

ECTOPIC: Final = "ectopic beats"
UNREADABLE: Final = "unreadable signal"
ARTEFACT: Final = "implausible intervals"
NO_BEATS: Final = "no beats"

OTHER_RHYTHMS: Final = (
    *("VF", "POSSIBLE_VT", "ASYSTOLE", "VT", "AVB3", "CAPTURE", "PAUSE", "AVB2", "AFIB", "AFL"),
    *("SVTA", "IVR", "B", "T", "SVR", "AB", "NOD", "PACED"),
)
"""Kinds of episodes in which intervals do not follow the sinus node, the most urgent first."""

CAUSES: Final = ("", ECTOPIC, UNREADABLE, ARTEFACT, NO_BEATS, *(KIND_NAMES[kind] for kind in OTHER_RHYTHMS))
"""Why an interval is left out; the first stands for intervals that count."""

SHORTEST_SINUS_S: Final = 60.0
"""Shortest time between two episodes of AF or flutter of which intervals count."""

_JOINED: Final = ("AFIB", "AFL")

EDGE_S: Final = 3.0
"""Longest time without a beat at the edge of a span that is taken for a part of an interval across the edge."""


@dataclass(frozen=True)
class NNIntervals:
    """All intervals between neighbouring beats, with the reason why each does not count.

    Attributes
    ----------
    onset_s : ndarray of float64, shape (intervals,)
        Time of the beat that begins each interval, in seconds from the start of the recording.
    rr_s : ndarray of float64, shape (intervals,)
        Intervals in seconds.
    cause : ndarray of uint8, shape (intervals,)
        Position in `CAUSES`; 0 where the interval counts.
    duration_s : float
        Length of the recording in seconds.
    classified : bool
        Whether beats have classes; without them no interval counts.
    """

    onset_s: Float64Array
    rr_s: Float64Array
    cause: UInt8Array
    duration_s: float
    classified: bool = True

    @property
    def normal(self) -> BoolArray:
        """Which intervals are N-N intervals that count; shape (intervals,)."""
        return self.cause == 0

    def inside(self, start_s: float, stop_s: float) -> slice:
        """Return the positions of the intervals that lie whole within a span.

        Parameters
        ----------
        start_s, stop_s : float
            The span, in seconds from the start of the recording.
        """
        first = int(np.searchsorted(self.onset_s, start_s, side="left"))
        last = int(np.searchsorted(self.onset_s + self.rr_s, stop_s, side="right"))
        return slice(first, max(first, last))

    def left_out(self, start_s: float, stop_s: float) -> dict[str, tuple[int, float]]:
        """Return the intervals of a span that do not count.

        Parameters
        ----------
        start_s, stop_s : float
            The span, in seconds from the start of the recording.

        Returns
        -------
        dict of str to (int, float)
            Number of intervals and their time in seconds, by cause, the longest time first.
        """
        part = self.inside(start_s, stop_s)
        cause, rr_s = self.cause[part], self.rr_s[part]
        counts = np.bincount(cause, minlength=len(CAUSES))
        times = np.bincount(cause, weights=rr_s, minlength=len(CAUSES))
        edges = [stop_s - start_s]
        if len(rr_s):
            edges = [self.onset_s[part.start] - start_s, stop_s - self.onset_s[part.stop - 1] - rr_s[-1]]
        times[CAUSES.index(NO_BEATS)] += sum(edge for edge in edges if edge > EDGE_S)
        found = [(name, int(counts[at]), float(times[at])) for at, name in enumerate(CAUSES) if at and times[at] > 0]
        return {name: (count, time_s) for name, count, time_s in sorted(found, key=lambda one: -one[2])}


def nn_intervals(given: Intervals, episodes: pd.DataFrame, fs_hz: float, n_samples: int) -> NNIntervals:
    """Select the N-N intervals of an analysed recording.

    Parameters
    ----------
    given : Intervals
        Beats and intervals of the analysis.
    episodes : pandas.DataFrame
        Its episodes; those of `OTHER_RHYTHMS` hold no N-N intervals.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording in samples.

    Returns
    -------
    NNIntervals
    """
    cause = np.zeros(len(given.rr_s), dtype=np.uint8)
    if given.label is None:
        cause[:] = CAUSES.index(ECTOPIC)
    else:
        cause[given.touching(~given.labelled_as("N"))] = CAUSES.index(ECTOPIC)
    if len(episodes):
        # The most urgent rhythm names an interval, hence it is written last.
        for kind in reversed(OTHER_RHYTHMS):
            chosen = episodes[episodes["kind"] == kind]
            spans = sorted(zip(chosen["start_sample"].tolist(), chosen["stop_sample"].tolist(), strict=True))
            if kind in _JOINED:
                spans = _joined(spans, SHORTEST_SINUS_S * fs_hz)
            cause[_reaching_into(given, spans)] = CAUSES.index(KIND_NAMES[kind])
    cause[~given.readable] = CAUSES.index(UNREADABLE)
    normal = np.flatnonzero(cause == 0)
    cause[normal[implausible(given.rr_s[normal])]] = CAUSES.index(ARTEFACT)
    return NNIntervals(given.sample[:-1] / fs_hz, given.rr_s, cause, n_samples / fs_hz, given.label is not None)


def implausible(nn_s: Float64Array) -> BoolArray:
    """Tell which N-N intervals differ too much from those around them to be intervals between neighbouring beats.

    Parameters
    ----------
    nn_s : ndarray of float64, shape (intervals,)
        N-N intervals in seconds, in their order.

    Returns
    -------
    ndarray of bool, shape (intervals,)
    """
    if len(nn_s) < NEIGHBOURS:
        return np.zeros(len(nn_s), dtype=bool)
    local = ndimage.median_filter(nn_s, NEIGHBOURS, mode="nearest")
    return np.asarray(np.abs(nn_s - local) > ARTEFACT_SHARE * local)


def _reaching_into(given: Intervals, spans: Iterable[tuple[int, int]]) -> BoolArray:
    """Tell which intervals overlap one of the spans; shape (beats - 1,)."""
    result = np.zeros(len(given.rr_s), dtype=bool)
    for start, stop in spans:
        first = max(int(np.searchsorted(given.sample, start, side="right")) - 1, 0)
        last = int(np.searchsorted(given.sample, stop, side="left"))
        result[first:last] = True
    return result


def _joined(spans: Sequence[tuple[int, int]], shortest: float) -> list[tuple[int, int]]:
    """Return spans, in order of their starts, with those that lie less than so many samples apart as one."""
    result: list[tuple[int, int]] = []
    for start, stop in spans:
        if result and start - result[-1][1] < shortest:
            result[-1] = result[-1][0], max(result[-1][1], stop)
        else:
            result.append((start, stop))
    return result
