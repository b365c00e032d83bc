"""The strip's signal on its way to the screen: centred, reduced to what a screen shows, made integers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

ABSENT: Final = -32768
"""int16 value of an absent sample."""

MAX_RATE_HZ: Final = 500.0
"""Points per second that reach the screen: two for each pixel where 10 s are 2,500 pixels wide."""

_LSB_MV: Final = 0.001
_MAX_COUNT: Final = 32767
_NARROWEST_LANE_MV: Final = 0.4


def centred(signal_mv: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Take each lead's median off; nothing else is done to the signal.

    Parameters
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
        NaN where absent.

    Returns
    -------
    ndarray of float32, shape (samples, leads)
    """
    around_zero = signal_mv.astype(np.float32, copy=True)
    for lead in around_zero.T:
        present = lead[np.isfinite(lead)]
        if len(present):
            lead -= np.median(present)
    return around_zero


def ranges_of(spans: Sequence[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """Find each lead's usual extremes: those that a quarter of the spans exceed.

    Parameters
    ----------
    spans : sequence of ndarray, shape (samples, leads)
        Centred signal; flat and absent spans do not count.

    Returns
    -------
    ndarray of float32, shape (leads, 2)
        Lower and upper limit in mV, zero between them, never closer than a lane can be.
    """
    n_leads = spans[0].shape[1]
    ranges = np.empty((n_leads, 2), dtype=np.float32)
    for lead in range(n_leads):
        lows, highs = [], []
        for span in spans:
            present = span[np.isfinite(span[:, lead]), lead]
            if len(present) and np.ptp(present) > 0:
                lows.append(present.min())
                highs.append(present.max())
        low = min(float(np.quantile(lows, 0.25)) if lows else 0.0, 0.0)
        high = max(float(np.quantile(highs, 0.75)) if highs else 0.0, 0.0)
        missing = max(_NARROWEST_LANE_MV - (high - low), 0.0)
        ranges[lead] = low - missing / 2, high + missing / 2
    return ranges


def levels_of(spans: Sequence[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """Find each lead's usual level: the median of the spans' medians.

    Parameters
    ----------
    spans : sequence of ndarray, shape (samples, leads)
        NaN where absent; absent spans do not count.

    Returns
    -------
    ndarray of float32, shape (leads,)
        NaN for a lead that has no value in any span.
    """
    levels = np.full(spans[0].shape[1], np.nan, dtype=np.float32)
    for lead in range(len(levels)):
        present = [span[np.isfinite(span[:, lead]), lead] for span in spans]
        medians = [np.median(values) for values in present if len(values)]
        if medians:
            levels[lead] = np.median(medians)
    return levels


def reduced(
    signal_mv: npt.NDArray[np.float32], fs_hz: float, max_rate_hz: float = MAX_RATE_HZ
) -> tuple[npt.NDArray[np.float32], float]:
    """Reduce a signal to its envelope where it holds more points than a screen can show.

    Each bin of ``2 k`` samples becomes two points, its extremes in their order in time: evenly spaced, so
    no times need to travel along, and no peak is lost.

    Parameters
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
        NaN where absent.
    fs_hz : float
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
