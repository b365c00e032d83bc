"""What the interval model sees of each interval: its size against its neighbours, and how irregular these are."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter, uniform_filter1d

from ecg_core.arrays import BoolArray, Float32Array

SHORT, LONG = 17, 65
"""Widths of the neighbourhoods, in intervals."""

_MIN_DURATION_S, _MAX_DURATION_S, _USUAL_S = 0.15, 4.0, 0.8
_LAGS: Final = (1, 2, 3, 4)
_APART: Final = 0.08

N_FEATURES: Final = 22
FEATURES_REACH: Final = LONG // 2 + SHORT // 2 + 8
"""Intervals to either side that a feature depends on."""


def interval_features(
    rr_s: npt.NDArray[np.float64], ventricular: BoolArray | None = None, readable: BoolArray | None = None
) -> Float32Array:
    """Return the features of each interval.

    Parameters
    ----------
    rr_s : ndarray of float64, shape (intervals,)
        Intervals in s.
    ventricular : ndarray of bool, shape (intervals + 1,), optional
        Which beats are V; None where beats have no class.
    readable : ndarray of bool, shape (intervals,), optional
        False where beats may be missing or wrong: such intervals are replaced by those before.

    Returns
    -------
    ndarray of float32, shape (intervals, N_FEATURES)
    """
    usable = np.ones(len(rr_s), dtype=bool) if readable is None else readable
    return features_of_filled(filled_intervals(rr_s, usable), ventricular, usable)


def features_of_filled(
    filled_s: npt.NDArray[np.float64], ventricular: BoolArray | None, usable: BoolArray
) -> Float32Array:
    """Return the features of intervals that :func:`filled_intervals` returned, see :func:`interval_features`.

    Parameters
    ----------
    filled_s : ndarray of float64, shape (intervals,)
        Intervals in s.
    ventricular : ndarray of bool, shape (intervals,), or None
        Intervals beside a ventricular beat.
    usable : ndarray of bool, shape (intervals,)
        Intervals without a gap.

    Returns
    -------
    ndarray of float64, shape (intervals, features)
    """
    n = len(filled_s)
    out = np.zeros((n, N_FEATURES), dtype=np.float32)
    if n == 0:
        return out
    x = np.log(filled_s).astype(np.float32)
    smooth = _median(x, 3)
    out[:, 0] = np.clip(x - _median(x, SHORT), -1, 1) * 4
    out[:, 1] = np.clip(x - _median(x, LONG), -1, 1) * 4
    out[:, 2] = (x - np.log(_USUAL_S)) * 2
    out[:, 3] = np.clip(_lagged(x, 1), -1, 1) * 4
    for place, lag in enumerate(_LAGS):
        apart = np.minimum(np.abs(_lagged(x, lag)), 0.6)
        out[:, 4 + place] = apart * 5
        out[:, 8 + place] = _median(apart, SHORT) * 10
        if lag == 1:
            out[:, 12] = _median(apart, LONG) * 10
            out[:, 13] = _mean(np.minimum(apart, 0.3), SHORT) * 10
    step = np.minimum(np.abs(_lagged(smooth, 1)), 0.6)
    out[:, 14] = _median(step, SHORT) * 10
    out[:, 15] = _mean(np.minimum(step, 0.3), SHORT) * 10
    bend = np.minimum(np.abs(x - (np.roll(x, 1) + np.roll(x, -1)) / 2), 0.6)
    bend[[0, -1]] = 0
    out[:, 16] = _median(bend, SHORT) * 10
    share = np.zeros(n, dtype=np.float32)
    for lag in range(1, 8):
        share += _mean((np.abs(_lagged(smooth, lag)) > _APART).astype(np.float32), 9)
    out[:, 17] = share / 7 * 2
    if ventricular is not None:
        out[:, 18] = ventricular[:-1]
        out[:, 19] = ventricular[1:]
        out[:, 20] = 1
    out[:, 21] = usable
    return out


def filled_intervals(rr_s: npt.NDArray[np.float64], usable: BoolArray) -> npt.NDArray[np.float64]:
    """Return the intervals within limits, those that are not usable replaced by the one before.

    Parameters
    ----------
    rr_s : ndarray of float64, shape (intervals,)
        Intervals in s.
    usable : ndarray of bool, shape (intervals,)
        Intervals without a gap.

    Returns
    -------
    ndarray of float64, shape (intervals,)
        Intervals in s.
    """
    x = np.clip(rr_s, _MIN_DURATION_S, _MAX_DURATION_S)
    if usable.all():
        return x
    if not usable.any():
        return np.full_like(x, _USUAL_S)
    place = np.where(usable, np.arange(len(x)), -1)
    before = np.maximum.accumulate(place)
    return x[np.where(before >= 0, before, int(np.argmax(usable)))]


def _lagged(x: Float32Array, lag: int) -> Float32Array:
    """Return the difference from the value `lag` places before, zero where there is none."""
    out = np.zeros_like(x)
    out[lag:] = x[lag:] - x[:-lag]
    return out


def _median(x: Float32Array, width: int) -> Float32Array:
    return median_filter(x, size=width, mode="nearest")


def _mean(x: Float32Array, width: int) -> Float32Array:
    return uniform_filter1d(x, width, mode="nearest")
