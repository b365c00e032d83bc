"""Detection of square waves: calibration pulses and lead-off test signals of amplifiers.

An edge is a step within `EDGE_S` between two plateaus of `PLATEAU_S` at different levels. A QRS has no plateau on
either side of its slopes, and a pacing spike returns within a few milliseconds.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, minimum_filter1d

EDGE_S: Final = 0.012
PLATEAU_S: Final = 0.06
STEP: Final = 0.6
"""Least share of the range within a second to either side that an edge bridges."""

FLATNESS: Final = 0.12
"""Largest share of the step that a plateau may vary by beside an edge."""

BETWEEN: Final = 0.3
"""Largest share of the step that the signal may vary by between two edges."""

MAX_PLATEAU_S: Final = 3.0
"""Longest time from one edge to the next, of the opposite direction."""


def square_wave_samples(lead: npt.NDArray[np.float32], fs_hz: float) -> npt.NDArray[np.bool_]:
    """Return which samples belong to a square wave.

    Parameters
    ----------
    lead : ndarray of float32, shape (samples,)
        One lead; NaN where absent.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    ndarray of bool, shape (samples,)
    """
    square = np.zeros(len(lead), dtype=bool)
    edges, steps = _edges(lead, fs_hz)
    width = round(EDGE_S * fs_hz) + 1
    for index in np.flatnonzero((np.diff(edges) < MAX_PLATEAU_S * fs_hz) & (steps[1:] * steps[:-1] < 0)):
        first, stop = edges[index] + width, edges[index + 1]
        if stop > first and np.ptp(lead[first:stop]) < BETWEEN * min(abs(steps[index]), abs(steps[index + 1])):
            square[edges[index] : stop + width] = True
    return square


def _edges(lead: npt.NDArray[np.float32], fs_hz: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Return the first sample of each edge, and its step."""
    width = max(round(EDGE_S * fs_hz), 1)
    flat = max(round(PLATEAU_S * fs_hz), 3)
    nothing = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    if len(lead) < 2 * flat + width:
        return nothing
    step = lead[width:] - lead[:-width]
    second = max(round(fs_hz), 1)
    n_seconds = -(-len(lead) // second)
    filled = np.nan_to_num(np.pad(lead, (0, n_seconds * second - len(lead)), mode="edge"))
    by_second = filled.reshape(n_seconds, second)
    span = maximum_filter1d(by_second.max(axis=1), 3) - minimum_filter1d(by_second.min(axis=1), 3)
    with np.errstate(invalid="ignore"):
        steep = np.abs(step) > STEP * np.repeat(span, second)[: len(step)]
    at = np.flatnonzero(steep)
    at = at[(at >= flat) & (at + width + flat < len(lead))]
    at = at[np.abs(step[at]) > 0]
    if not len(at):
        return nothing
    offsets = np.arange(flat)
    before = np.ptp(lead[at[:, None] - offsets], axis=1)
    after = np.ptp(lead[at[:, None] + width + offsets], axis=1)
    with np.errstate(invalid="ignore"):
        at = at[(before < FLATNESS * np.abs(step[at])) & (after < FLATNESS * np.abs(step[at]))]
    at = at[np.diff(at, prepend=-flat) > flat // 2]
    return at, step[at]
