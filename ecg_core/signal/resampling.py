"""Resampling between any two rates. Absent samples (NaN) stay absent."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.ndimage import map_coordinates
from scipy.signal import firwin, resample_poly

from ecg_core.signal.gaps import as_columns, bridge_gaps, restore_gaps

_MAX_TERM = 1024
"""Largest numerator and denominator of a ratio that the polyphase filter takes."""


def resample(signal_mv: npt.ArrayLike, fs_from_hz: float, fs_to_hz: float) -> npt.NDArray[np.float32]:
    """Resample a signal; sample ``k`` of the result is at time ``k / fs_to_hz``.

    A polyphase filter with linear phase (`scipy.signal.resample_poly`) does it where the two rates stand in a ratio
    of small integers. Any other ratio is brought to a nearby such rate first, so that nothing aliases,
    and read off that by cubic splines at the exact times: no drift, however long the recording.

    Parameters
    ----------
    signal_mv : array_like, shape (samples,) or (samples, leads)
        NaN where absent.
    fs_from_hz, fs_to_hz : float
        Sampling rates before and after, in Hz.

    Returns
    -------
    ndarray of float32, shape (ceil(samples * fs_to_hz / fs_from_hz), leads)
        NaN where the nearest sample of the input is absent.

    Raises
    ------
    ValueError
        If a rate is not positive.
    """
    if not (fs_from_hz > 0 and fs_to_hz > 0):
        raise ValueError(f"Rates must be positive, not {fs_from_hz} and {fs_to_hz}.")
    signal = as_columns(signal_mv)
    if fs_from_hz == fs_to_hz or not len(signal):
        return signal.copy()
    bridged, absent = bridge_gaps(signal)
    exact = Fraction(fs_to_hz) / Fraction(fs_from_hz)
    ratio = _small_ratio(exact)
    n_out = -(-len(signal) * exact.numerator // exact.denominator)
    if ratio == 1:
        resampled = bridged.copy()
    else:
        taps = _filter(max(ratio.numerator, ratio.denominator))
        resampled = resample_poly(bridged, ratio.numerator, ratio.denominator, axis=0, window=taps, padtype="edge")
        resampled = resampled.astype(np.float32, copy=False)
    if abs(ratio / exact - 1) * len(signal) > 0.01:
        resampled = _read_at(resampled, np.arange(n_out, dtype=np.float64) * float(ratio / exact))
    if len(resampled) != n_out:
        resampled = np.pad(resampled[:n_out], ((0, max(n_out - len(resampled), 0)), (0, 0)), mode="edge")
    if absent is not None:
        nearest = np.rint(np.arange(n_out) / float(exact)).astype(np.int64)
        absent = absent[np.minimum(nearest, len(signal) - 1)]
    return restore_gaps(resampled, absent)


@lru_cache(maxsize=64)
def _filter(largest_term: int) -> npt.NDArray[np.float32]:
    """Return the low-pass filter that `scipy.signal.resample_poly` would design anew for each piece of signal."""
    return firwin(20 * largest_term + 1, 1 / largest_term, window=("kaiser", 5.0)).astype(np.float32)


def _small_ratio(exact: Fraction) -> Fraction:
    """Return the nearest ratio of integers that are small enough for the polyphase filter."""
    if exact > 1:
        return 1 / (1 / exact).limit_denominator(_MAX_TERM)
    return exact.limit_denominator(_MAX_TERM)


def _read_at(signal_mv: npt.NDArray[np.float32], position: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Read each lead at fractional sample positions."""
    columns = [
        map_coordinates(lead, position[None], order=3, mode="nearest", output=np.float32) for lead in signal_mv.T
    ]
    return np.stack(columns, axis=1)
