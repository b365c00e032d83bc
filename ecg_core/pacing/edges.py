"""Edges of one sample in many leads at once: how electrocardiographs that redraw pacing pulses show them.

Some devices take the pulse out of the signal and draw one of 10 to 30 ms in its place. It is as wide as a QRS, but it
begins out of rest, within one sample, in all leads at the same time, which no wave of the heart does.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d

MIN_LEADS: Final = 6
SHARE_OF_LEADS: Final = 0.5
OUT_OF_REST: Final = 6.0
"""Least height of the edge, in units of the greatest change between samples in the `REST_S` before."""

REST_S: Final = 0.06
MIN_RATE_HZ: Final = 400.0
"""Below this rate the onset of a steep QRS, too, may take one sample."""


def edges(signal: npt.NDArray[np.float32], fs_hz: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Find the edges.

    Parameters
    ----------
    signal : ndarray of float32, shape (samples, leads)
        Signal in mV.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    sample : ndarray of int64, shape (edges,)
        The first sample behind each edge.
    leads : ndarray of bool, shape (edges, leads)
    """
    n_leads = signal.shape[1]
    rest = round(REST_S * fs_hz)
    if n_leads < MIN_LEADS or fs_hz < MIN_RATE_HZ or len(signal) <= 2 * rest:
        return np.empty(0, np.int64), np.empty((0, n_leads), np.bool_)
    change = np.abs(np.diff(signal, axis=0))
    steep = np.zeros((len(signal), n_leads), dtype=bool)
    for lead in range(n_leads):
        here = change[:, lead]
        moving = here[here > 0]
        if not len(moving):
            continue
        # The greatest change of the samples before, and no less than the usual one of the lead.
        before = maximum_filter1d(here, rest, origin=(rest - 1) // 2, mode="nearest")
        before = np.maximum(np.r_[np.inf, before[:-1]], np.median(moving))
        steep[1:, lead] = here > OUT_OF_REST * before
    present = max(int(np.isfinite(signal).any(axis=0).sum()), 1)
    sample = np.flatnonzero(steep.sum(axis=1) >= max(SHARE_OF_LEADS * present, MIN_LEADS / 2))
    return sample.astype(np.int64), steep[sample]
