"""Segments of steady heart rate, and the paroxysms among them: tachycardia of sudden onset or end.

A sinus node speeds up and slows down over many beats; a re-entrant or ectopic tachycardia starts and stops at once
and runs like clockwork (Page et al. 2016, ACC/AHA/HRS guideline on supraventricular tachycardia,
doi:10.1161/CIR.0000000000000311). Only the times of the beats are looked at, so a ventricular tachycardia looks the
same here: what the complexes look like must decide between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import maximum_filter1d, median_filter

from ecg_core.arrays import BoolArray, Float64Array, Int64Array

_MIN_DURATION_S, _MAX_DURATION_S = 0.15, 3.0
_SMOOTHED_BEATS: Final = 5
_COMPARED_BEATS: Final = 8
_CHANGE: Final = 0.18
"""A change of rate divides two stretches from this logarithm of the ratio of intervals on, i.e. 20 %."""
_JUMP_BEATS: Final = 3
_SLOW_SHARE: Final = 0.75

PAROXYSM_BEATS: Final = 5
SLOWEST_PAROXYSM_S: Final = 0.6
FASTER_THAN_USUAL: Final = 0.35
ABRUPT: Final = 0.25
LARGEST_SCATTER: Final = 0.05


@dataclass(frozen=True)
class RateSegments:
    """Consecutive stretches that together are a whole recording.

    Attributes
    ----------
    first : ndarray of int64, shape (stretches,)
        The first beat of each.
    n_beats : ndarray of int64, shape (stretches,)
    interval_s : ndarray, shape (stretches,)
        Usual interval.
    scatter : ndarray, shape (stretches,)
        Usual change from one interval to the next, as a logarithm.
    jump_in, jump_out : ndarray, shape (stretches,)
        Logarithm of how much longer intervals become within three beats of the stretch's begin, and of its end; 0 at
        the ends of the recording.
    slow_s : float
        What the interval is, or more, for a quarter of the time.
    """

    first: Int64Array
    n_beats: Int64Array
    interval_s: Float64Array
    scatter: Float64Array
    jump_in: Float64Array
    jump_out: Float64Array
    slow_s: float


def rate_segments(time_s: Float64Array) -> RateSegments:
    """Divide a recording where its rate changes for good.

    Parameters
    ----------
    time_s : ndarray, shape (beats,)
        Increasing; at least three beats.

    Returns
    -------
    RateSegments
    """
    intervals = np.clip(np.diff(time_s), _MIN_DURATION_S, _MAX_DURATION_S)
    usual = float(np.median(intervals))
    before, after = np.concatenate([[usual], intervals]), np.concatenate([intervals, [usual]])
    # The mean of both intervals of a beat: coupled beats are no change of rate.
    log_rate = np.log(median_filter((before + after) / 2, min(_SMOOTHED_BEATS, len(before)), mode="nearest"))
    log_before = np.log(before)
    bounds = [0, *_changes(log_rate, log_before), len(before)]
    spans = [slice(begin, end) for begin, end in pairwise(bounds)]
    level = np.array([np.median(log_rate[span]) for span in spans])
    jumps = np.array([_jump(log_before, at) for at in bounds])
    n_beats = np.diff(bounds)
    return RateSegments(
        first=np.array(bounds[:-1], dtype=np.int64),
        n_beats=n_beats.astype(np.int64),
        interval_s=np.exp(level),
        scatter=np.array(
            [np.median(np.abs(np.diff(log_before[span]))) if span.stop - span.start > 1 else np.inf for span in spans]
        ),
        jump_in=jumps[:-1],
        jump_out=jumps[1:],
        slow_s=_slow(np.exp(level), n_beats),
    )


def paroxysmal(time_s: Float64Array) -> BoolArray:
    """Tell which beats stand in a paroxysm of regular tachycardia, of whatever origin.

    Parameters
    ----------
    time_s : ndarray, shape (beats,)
        Increasing.

    Returns
    -------
    ndarray of bool, shape (beats,)
        At least five beats, faster than 100/min and than 70 % of the recording's slow interval, hardly any change
        from interval to interval, and a begin or an end within three beats.
    """
    found = np.zeros(len(time_s), dtype=bool)
    if len(time_s) < PAROXYSM_BEATS:
        return found
    stretches = rate_segments(time_s)
    chosen = (
        (stretches.n_beats >= PAROXYSM_BEATS)
        & (stretches.interval_s < SLOWEST_PAROXYSM_S)
        & (np.log(stretches.interval_s / stretches.slow_s) < -FASTER_THAN_USUAL)
        & (stretches.scatter < LARGEST_SCATTER)
        & ((stretches.jump_in < -ABRUPT) | (stretches.jump_out > ABRUPT))
    )
    return np.repeat(chosen, stretches.n_beats)


def _changes(log_rate: Float64Array, log_before: Float64Array) -> list[int]:
    """Return the beats at which the rate changes for good."""
    n_beats = len(log_rate)
    windows = sliding_window_view(np.pad(log_rate, _COMPARED_BEATS, mode="edge"), _COMPARED_BEATS)
    medians = np.median(windows, axis=1)
    change = medians[_COMPARED_BEATS : _COMPARED_BEATS + n_beats] - medians[:n_beats]
    size = np.abs(change)
    peaks = np.flatnonzero((size > _CHANGE) & (size >= maximum_filter1d(size, 2 * _COMPARED_BEATS + 1, mode="nearest")))
    found: list[int] = []
    last = -n_beats
    for peak in peaks.tolist():
        if peak - last > _COMPARED_BEATS // 2 and _JUMP_BEATS < peak < n_beats - _JUMP_BEATS:
            near = range(max(1, peak - _COMPARED_BEATS + 1), min(n_beats - 1, peak + _COMPARED_BEATS))
            direction = np.sign(change[peak])
            found.append(max(near, key=lambda at: direction * _jump(log_before, at)))
        last = peak
    return sorted(set(found))


def _jump(log_before: Float64Array, at: int) -> float:
    if not 0 < at < len(log_before):
        return 0.0
    ahead, behind = log_before[at : at + _JUMP_BEATS], log_before[max(0, at - _JUMP_BEATS) : at]
    return float(np.median(ahead) - np.median(behind))


def _slow(interval_s: Float64Array, n_beats: Int64Array) -> float:
    """Return the interval that is reached or exceeded for a quarter of the time."""
    order = np.argsort(interval_s)
    passed = np.cumsum((interval_s * n_beats)[order])
    return float(interval_s[order][np.searchsorted(passed, _SLOW_SHARE * passed[-1])])
