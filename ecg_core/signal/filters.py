"""Zero-phase filters. Absent samples (NaN) stay absent."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, sosfiltfilt

from ecg_core.signal.gaps import as_columns, bridge_gaps, restore_gaps

BASELINE_WINDOW_S = 0.8
"""Length of each of the three moving averages whose result is the baseline.

The high-pass that remains has its -3 dB point near 0.63 Hz with linear phase, inside the 0.67 Hz that
AHA/ACC/HRS 2007 (doi:10.1161/CIRCULATIONAHA.106.180200) allows a filter without phase distortion."""


def remove_baseline(
    signal_mv: npt.ArrayLike, fs_hz: float, window_s: float = BASELINE_WINDOW_S
) -> npt.NDArray[np.float32]:
    """Remove baseline wander.

    The baseline is three moving averages in a row, which is close to a Gaussian low-pass, costs the same at any rate
    and reaches no further than ``1.5 * window_s`` to either side: what lies further away has no influence.

    Parameters
    ----------
    signal_mv : array_like, shape (samples,) or (samples, leads)
        NaN where absent.
    fs_hz : float
        Sampling rate in Hz.
    window_s : float
        Length of each moving average.

    Returns
    -------
    ndarray of float32, shape (samples, leads)
        NaN where the input is absent.
    """
    bridged, absent = bridge_gaps(as_columns(signal_mv))
    if not len(bridged):
        return bridged.copy()
    width = 2 * round(window_s * fs_hz / 2) + 1
    baseline = bridged
    for _ in range(3):
        baseline = uniform_filter1d(baseline, width, axis=0, mode="nearest")
    return restore_gaps(bridged - baseline, absent)


def bandpass(
    signal_mv: npt.ArrayLike, fs_hz: float, low_hz: float, high_hz: float, order: int = 2
) -> npt.NDArray[np.float32]:
    """Band-pass filter with zero phase.

    A Butterworth filter run forwards and backwards (so its order doubles and its edges lie at -6 dB).

    Parameters
    ----------
    signal_mv : array_like, shape (samples,) or (samples, leads)
        NaN where absent.
    fs_hz : float
        Sampling rate in Hz.
    low_hz, high_hz : float
        Edges of the band. Where the rate cannot carry `high_hz` the filter is a high-pass.
    order : int
        Order of the Butterworth filter.

    Returns
    -------
    ndarray of float32, shape (samples, leads)
        NaN where the input is absent.

    Raises
    ------
    ValueError
        If the band is empty at this rate.
    """
    if not 0 < low_hz < min(high_hz, fs_hz / 2):
        raise ValueError(f"No band from {low_hz} to {high_hz} Hz at {fs_hz} samples per second.")
    bridged, absent = bridge_gaps(as_columns(signal_mv))
    if not len(bridged):
        return bridged.copy()
    if high_hz < 0.95 * fs_hz / 2:
        sections = butter(order, (low_hz, high_hz), "bandpass", fs=fs_hz, output="sos")
    else:
        sections = butter(order, low_hz, "highpass", fs=fs_hz, output="sos")
    padding = min(len(bridged) - 1, round(3 * fs_hz / low_hz))
    filtered = sosfiltfilt(sections, bridged, axis=0, padtype="even", padlen=padding)
    return restore_gaps(filtered.astype(np.float32), absent)
