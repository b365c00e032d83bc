"""Saturation: an amplifier held at an end of its range, which a lead that moves reaches for fractions of a second."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, minimum_filter1d

RAIL_S: Final = 0.2
"""Shortest constant stretch looked at: the top of a QRS that is cut off is shorter."""

AROUND_S: Final = 15
ABRUPT: Final = 0.08
"""Share of the range around by which the signal changes within `ABRUPT_S` of the stretch: waves end gently, so that a
baseline without noise is no rail."""

ABRUPT_S: Final = 0.01


def at_rail(
    lead: npt.NDArray[np.float32], fs_hz: float, first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Tell which constant stretches lie at the highest or lowest value around.

    Parameters
    ----------
    lead : ndarray of float32, shape (samples,)
        NaN where absent.
    fs_hz : float
    first, last : ndarray of int64, shape (stretches,)
        First and last samples.

    Returns
    -------
    ndarray of bool, shape (stretches,)
    """
    if not len(first):
        return np.zeros(0, dtype=bool)
    second = max(round(fs_hz), 1)
    n_seconds = -(-len(lead) // second)
    padded = np.pad(lead, (0, n_seconds * second - len(lead)), mode="edge").reshape(n_seconds, second)
    width = 2 * AROUND_S + 1
    highest = maximum_filter1d(np.where(np.isfinite(padded), padded, -np.inf).max(axis=1), width, mode="nearest")
    lowest = minimum_filter1d(np.where(np.isfinite(padded), padded, np.inf).min(axis=1), width, mode="nearest")
    at = first // second
    level, span = lead[first], highest[at] - lowest[at]
    step = max(round(ABRUPT_S * fs_hz), 1)
    before, after = lead[np.maximum(first - step, 0)], lead[np.minimum(last + step, len(lead) - 1)]
    with np.errstate(invalid="ignore"):
        abrupt = np.fmax(np.abs(before - level), np.abs(after - level)) > ABRUPT * span
        return np.asarray(((level == highest[at]) | (level == lowest[at])) & abrupt)
