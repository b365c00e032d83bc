"""Refinement of beat positions to the R peak or dominant deflection."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

from ecg_core.signal.filters import bandpass

SEARCH_S: Final = 0.07
"""The dominant deflection lies this close to the middle of the QRS."""

SNAP_S: Final = 0.012
"""How far the unsmoothed extreme may lie from the smoothed one."""

HIGHPASS_HZ: Final = 3.0
"""Slower waves have no say in which deflection is taken: electrode motion moves the peak less than from 1 Hz on,
and broad beats keep their peak, which they lose from 5 Hz on."""

POLARITY_BEATS: Final = 5
"""Beats to either side that have a say in which of two similar deflections is taken."""


def refine(lead_mv: npt.NDArray[np.float32], fs_hz: float, sample: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Move each position onto the dominant QRS deflection.

    Within `SEARCH_S` the larger of the highest and the lowest point of the signal, smoothed against spikes and
    freed of its slow waves; where both are similar (an RS complex), the direction that dominates in the beats
    around decides, so that RR intervals do not jump between R and S. Then the extreme of the
    unsmoothed signal within `SNAP_S`. Turning the lead upside down changes nothing.

    Parameters
    ----------
    lead_mv : ndarray of float32, shape (samples,)
        One lead at the recording's own rate, without NaN.
    fs_hz : float
        Sampling rate in Hz.
    sample : ndarray of int64, shape (beats,)
        Positions to move.

    Returns
    -------
    ndarray of int64, shape (beats,)
    """
    if not len(sample):
        return sample
    high_hz = min(40.0, 0.4 * fs_hz)
    smooth = bandpass(lead_mv[:, None], fs_hz, HIGHPASS_HZ, high_hz)[:, 0]
    reach = max(round(SEARCH_S * fs_hz), 1)
    span = np.clip(sample[:, None] + np.arange(-reach, reach + 1), 0, len(lead_mv) - 1)
    values = smooth[span]
    highest, lowest = values.argmax(axis=1), values.argmin(axis=1)
    rows = np.arange(len(sample))
    lean = np.log(np.maximum(values[rows, highest], 1e-9) / np.maximum(-values[rows, lowest], 1e-9))
    usual = median_filter(np.clip(lean, -1, 1), size=2 * POLARITY_BEATS + 1, mode="reflect")
    upward = lean + 0.5 * np.clip(usual, -1, 1) > 0
    coarse = span[rows, np.where(upward, highest, lowest)]

    snap = max(round(SNAP_S * fs_hz), 1)
    near = np.clip(coarse[:, None] + np.arange(-snap, snap + 1), 0, len(lead_mv) - 1)
    direction = np.where(upward, 1.0, -1.0)[:, None]
    return near[rows, (lead_mv[near] * direction).argmax(axis=1)].astype(np.int64)
