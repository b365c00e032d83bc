"""A trace on its way to the screen: reduced to what a screen shows, made integers."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

ABSENT: Final = -32768
"""int16 value of an absent sample."""

_LSB_MV: Final = 0.001
_MAX_COUNT: Final = 32767


def reduced(
    signal_mv: npt.NDArray[np.float32], fs_hz: float, max_rate_hz: float
) -> tuple[npt.NDArray[np.float32], float]:
    """Reduce a signal to its envelope where it holds more points than a screen can show.

    Each bin of ``2 k`` samples becomes two points, its extremes in their order in time: evenly spaced, so
    no times need to travel along, and no peak is lost.

    Parameters
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
        NaN where absent.
    fs_hz : float
        Sampling rate in Hz.
    max_rate_hz : float
        Points per second that are wanted at most.

    Returns
    -------
    points_mv : ndarray of float32, shape (points, leads)
        Point ``k`` belongs to the time ``k / rate_hz``.
    rate_hz : float
        ``fs_hz / k``, at most `max_rate_hz`.
    """
    factor = math.ceil(fs_hz / max_rate_hz - 1e-9)
    if factor <= 1:
        return signal_mv, fs_hz
    width = 2 * factor
    n_bins = math.ceil(len(signal_mv) / width)
    padded = np.full((n_bins * width, signal_mv.shape[1]), np.nan, dtype=np.float32)
    padded[: len(signal_mv)] = signal_mv
    bins = padded.reshape(n_bins, width, -1)
    # Absent samples lose every comparison; a bin without any value stays absent because its extremes are.
    low_at = np.where(np.isnan(bins), np.inf, bins).argmin(axis=1)
    high_at = np.where(np.isnan(bins), -np.inf, bins).argmax(axis=1)
    at = np.stack([np.minimum(low_at, high_at), np.maximum(low_at, high_at)], axis=1)
    points = np.take_along_axis(bins, at, axis=1)
    return points.reshape(2 * n_bins, -1), fs_hz / factor


def quantised(signal_mv: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int16], list[float]]:
    """Write a signal as integers.

    Parameters
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
        NaN where absent.

    Returns
    -------
    counts : ndarray of int16, shape (samples, leads)
        `ABSENT` where absent.
    lsb_mv : list of float, one per lead
        Millivolts of one count: 0.001, or more where the lead's amplitude needs it.
    """
    present = np.isfinite(signal_mv)
    values = np.where(present, signal_mv, 0.0)
    peaks = np.abs(values).max(axis=0, initial=0.0)
    lsb_mv = np.maximum(_LSB_MV, peaks / _MAX_COUNT)
    counts = np.where(present, np.round(values / lsb_mv), ABSENT).astype(np.int16)
    return counts, [float(lsb) for lsb in lsb_mv]
