"""Prematurity of each beat against the surrounding rhythm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from ecg_core.arrays import Float64Array
from ecg_core.signal.intervals import filled_intervals

_LOCAL_BEATS, _SCATTER_BEATS = 21, 41
_LARGEST_LOG, _LARGEST_SCATTER = 1.2, 0.4


@dataclass(frozen=True)
class Timing:
    """Intervals around each beat, as natural logarithms of ratios: 0 for a regular rhythm.

    Attributes
    ----------
    before, after : ndarray, shape (beats,)
        The interval before, and after, against the median of the 21 intervals around; within +-1.2.
    change : ndarray, shape (beats,)
        The interval before against the one before that; within +-1.2.
    rate : ndarray, shape (beats,)
        The local median against the recording's.
    scatter : ndarray, shape (beats,)
        Mean absolute `before` over 41 beats: how irregular the rhythm is.
    """

    before: Float64Array
    after: Float64Array
    change: Float64Array
    rate: Float64Array
    scatter: Float64Array


def beat_timing(time_s: npt.ArrayLike) -> Timing:
    """Describe the intervals around the beats of a whole recording.

    Parameters
    ----------
    time_s : array_like, shape (beats,)
        Increasing beat times.

    Returns
    -------
    Timing
        An interval that is absent, or longer than 3 s, counts as the local median, i.e. as regular.
    """
    times = np.asarray(time_s, dtype=np.float64)
    if len(times) < 3:
        return Timing(*(np.zeros(len(times)) for _ in range(5)))
    filled, local = filled_intervals(times, _LOCAL_BEATS)
    deviation = np.minimum(np.abs(np.log(filled / local)), _LARGEST_SCATTER)
    scatter = uniform_filter1d(deviation, _SCATTER_BEATS, mode="nearest")

    before = np.concatenate([local[:1], filled])
    after = np.concatenate([filled, local[-1:]])
    around = np.concatenate([local[:1], local])
    previous = np.concatenate([before[:1], before[:-1]])
    return Timing(
        before=_log_ratio(before, around),
        after=_log_ratio(after, around),
        change=_log_ratio(before, previous),
        rate=np.log(around / np.median(around)),
        scatter=np.concatenate([scatter[:1], scatter]),
    )


def _log_ratio(interval: Float64Array, usual: Float64Array) -> Float64Array:
    return np.clip(np.log(interval / usual), -_LARGEST_LOG, _LARGEST_LOG)
