"""RR intervals for features; gaps and pauses count as regular."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.ndimage import median_filter

from ecg_core.arrays import BoolArray, Float64Array

MAX_RR_S: Final = 3.0
"""An interval longer than this crosses a gap or a pause; it says nothing about prematurity."""


def filled_intervals(
    time_s: Float64Array, n_local: int, known: BoolArray | None = None
) -> tuple[Float64Array, Float64Array]:
    """Return the intervals between beats, and their local median.

    Parameters
    ----------
    time_s : ndarray, shape (beats,)
        Increasing; at least two beats.
    n_local : int
        Intervals of a median.
    known : ndarray of bool, shape (beats - 1,), optional
        False where an interval says nothing, since beats may be missing in it.

    Returns
    -------
    filled, local : ndarray, shape (beats - 1,)
        An interval that is absent, not known, or longer than 3 s, is the local median.
    """
    intervals = np.diff(time_s)
    usable = (intervals > 0) & (intervals <= MAX_RR_S)
    if known is not None:
        usable &= known
    typical = float(np.median(intervals[usable])) if usable.any() else 1.0
    local = median_filter(np.where(usable, intervals, typical), size=n_local, mode="nearest")
    return np.where(usable, intervals, local), local
