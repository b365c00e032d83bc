"""Atrial fibrillation by the irregularity of RR intervals, after Petrenas et al.

Petrenas A, Marozas V, Sornmo L: Low-complexity detection of atrial fibrillation in continuous long-term
monitoring. Comput Biol Med 65:184-191, 2015, doi:10.1016/j.compbiomed.2015.01.019. In windows of eight
intervals, the share of pairs of intervals that differ by more than 30 ms is taken relative to the mean
interval; where eight intervals and the same intervals after a median filter of three have nearly the same sum,
the rhythm is regular or bigeminal and the index is suppressed.

Departures from the paper, all against false alarms by ectopic beats:

- intervals that begin or end with a beat of class S, V or F are taken out first, so without classes nothing is
  decided;
- irregularity is measured on the median-filtered intervals;
- an episode lasts 30 s or longer, as in the clinical definition (Hindricks et al., ESC guidelines 2020,
  doi:10.1093/eurheartj/ehaa612), and ends where no usable interval follows within `LARGEST_GAP_S`.

The averaging reaches about 50 beats to either side, so starts and ends of episodes are that uncertain and
paroxysms under half a minute are not resolved. The paper's parameters are kept; the departures were chosen on
MIT-BIH DS1 and nine recordings of CPSC 2021. There, with reference beats, by time and flutter not counted, DS1
has a sensitivity of 97.9 % and a specificity of 99.7 %, all together 95.5 % and 99.5 %
(tests/rhythm/test_fibrillation.py): figures of the data that it was fitted to.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.signal import lfilter

from ecg_core.arrays import BoolArray, Float64Array
from ecg_core.rhythm.intervals import Intervals, runs

WINDOW_BEATS: Final = 8
DIFFERENCE_S: Final = 0.03
RELATIVE_DIFFERENCE: Final = 0.08
FORGETTING: Final = 0.02
BIGEMINY_LIMIT: Final = 2e-4
IRREGULARITY_LIMIT: Final = 0.725
LARGEST_GAP_S: Final = 10.0

_PADDING: Final = (WINDOW_BEATS // 2, WINDOW_BEATS - 1 - WINDOW_BEATS // 2)


def irregularity(rr_s: Float64Array) -> Float64Array:
    """Return the index of irregularity around each interval; above `IRREGULARITY_LIMIT` it is AF.

    Parameters
    ----------
    rr_s : ndarray, shape (intervals,)
        Consecutive intervals between beats conducted from the atria, in seconds.

    Returns
    -------
    ndarray, shape (intervals,)
        Pairs that differ, per second of mean interval (1/s); zero if there are fewer than eight intervals.
    """
    if len(rr_s) < WINDOW_BEATS:
        return np.zeros(len(rr_s))
    filtered = _median_of_three(rr_s)
    padded = np.pad(filtered, _PADDING, mode="edge")
    index = _average(_share_apart(padded, DIFFERENCE_S)) / _average(rr_s)
    whole_s = _moving_sum(np.pad(rr_s, _PADDING, mode="edge"), WINDOW_BEATS)
    bigeminy = _average((_moving_sum(padded, WINDOW_BEATS) / whole_s - 1) ** 2)
    return np.where(bigeminy < BIGEMINY_LIMIT, np.minimum(bigeminy, index), index)


def relative_irregularity(rr_s: Float64Array) -> Float64Array:
    """Return the share of pairs of intervals, among eight, that differ by more than 8 %, around each interval.

    The index of :func:`irregularity` counts pairs per second and is low where fibrillation is slow; this one does not
    depend on the rate, but takes frequent ectopic beats for irregular.

    Parameters
    ----------
    rr_s : ndarray, shape (intervals,)
        Consecutive intervals between beats conducted from the atria, in seconds.

    Returns
    -------
    ndarray, shape (intervals,)
        0 to 1; zero if there are fewer than eight intervals.
    """
    if len(rr_s) < WINDOW_BEATS:
        return np.zeros(len(rr_s))
    padded = np.pad(np.log(_median_of_three(rr_s)), _PADDING, mode="edge")
    return _average(_share_apart(padded, RELATIVE_DIFFERENCE))


def fibrillation(given: Intervals, shortest_s: float) -> list[tuple[int, int, float]]:
    """Find episodes of atrial fibrillation.

    Parameters
    ----------
    given : Intervals
        Intervals between beats.
    shortest_s : float
        Shorter episodes are left out.

    Returns
    -------
    list of (int, int, float)
        First and last beat of each episode, and its mean index of irregularity.
    """
    if given.label is None:
        return []
    usable: BoolArray = given.readable & ~given.touching(given.labelled_as("SVF"))
    position = np.flatnonzero(usable)
    if len(position) < WINDOW_BEATS:
        return []
    index = irregularity(given.rr_s[position])
    begins_s = np.concatenate(([0.0], np.cumsum(given.rr_s)))
    near = np.ones(len(position), dtype=bool)
    near[1:] = begins_s[position[1:]] - begins_s[position[:-1] + 1] <= LARGEST_GAP_S
    found = []
    for first, last in zip(*runs(index > IRREGULARITY_LIMIT, near), strict=True):
        first_beat, last_beat = int(position[first]), int(position[last]) + 1
        if begins_s[last_beat] - begins_s[first_beat] >= shortest_s:
            found.append((first_beat, last_beat, float(index[first : last + 1].mean())))
    return found


def _median_of_three(rr_s: Float64Array) -> Float64Array:
    padded = np.pad(rr_s, 1, mode="edge")
    left, middle, right = padded[:-2], padded[1:-1], padded[2:]
    return np.asarray(np.maximum(np.minimum(left, middle), np.minimum(np.maximum(left, middle), right)))


def _share_apart(padded: Float64Array, least: float) -> Float64Array:
    """Return the share of the pairs in each window of eight that are further apart."""
    apart = np.zeros(len(padded) - WINDOW_BEATS + 1)
    for lag in range(1, WINDOW_BEATS):
        differs = np.abs(padded[lag:] - padded[:-lag]) > least
        apart += _moving_sum(differs.astype(np.float64), WINDOW_BEATS - lag)
    return apart / (WINDOW_BEATS * (WINDOW_BEATS - 1) / 2)


def _moving_sum(values: Float64Array, width: int) -> Float64Array:
    """Return the sums of all runs of `width` neighbours; shape (values - width + 1,)."""
    passed = np.concatenate(([0.0], np.cumsum(values)))
    return passed[width:] - passed[:-width]


def _average(values: Float64Array) -> Float64Array:
    """Average exponentially forwards and backwards, so that nothing is delayed."""

    def forwards(series: Float64Array) -> Float64Array:
        start = [(1 - FORGETTING) * series[:WINDOW_BEATS].mean()]
        smoothed, _ = lfilter([FORGETTING], [1, FORGETTING - 1], series, zi=start)
        return smoothed

    return forwards(forwards(values)[::-1])[::-1]
