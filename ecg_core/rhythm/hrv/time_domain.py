"""Time-domain measures of heart-rate variability (Task Force 1996, tables 1 and 2).

References
----------
Task Force of the European Society of Cardiology and the North American Society of Pacing and Electrophysiology.
Heart rate variability: standards of measurement, physiological interpretation and clinical use. Circulation 1996;
93: 1043-1065.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ecg_core.arrays import Float64Array, Int64Array

BIN_MS: Final = 1000 / 128
"""Bin of the histogram of intervals: the Task Force's 1/128 s."""


def successive(differences_ms: Float64Array) -> dict[str, float]:
    """Return the measures that rest on differences between successive N-N intervals.

    Parameters
    ----------
    differences_ms : ndarray of float64, shape (differences,)
        From each N-N interval to the next, in ms, where both follow each other without a gap; two or more.

    Returns
    -------
    dict of str to float
        ``rmssd_ms``; ``sdsd_ms`` with n - 1; ``nn50`` as a count; ``pnn50_percent`` of the differences.
    """
    # Intervals are fractions of seconds: 50 ms is not to count as more for the sake of its last digit.
    nn50 = int(np.count_nonzero(np.abs(differences_ms) > 50 + 1e-6))
    return {
        "rmssd_ms": float(np.sqrt(np.mean(differences_ms**2))),
        "sdsd_ms": float(np.std(differences_ms, ddof=1)),
        "nn50": nn50,
        "pnn50_percent": 100 * nn50 / len(differences_ms),
    }


def triangular_index(nn_ms: Float64Array) -> float:
    """Return the number of N-N intervals over the height of their histogram with bins of 1/128 s.

    Parameters
    ----------
    nn_ms : ndarray of float64, shape (intervals,)
        N-N intervals in ms, one or more.
    """
    return len(nn_ms) / int(_histogram(nn_ms).max())


def tinn_ms(nn_ms: Float64Array) -> float:
    """Return the base of the triangle that fits the histogram of N-N intervals best, in ms (TINN).

    The triangle's apex is that of the histogram. Its corners N and M minimise the squared difference; the two sides
    do not depend on each other, so that each is found by trying every bin.

    Parameters
    ----------
    nn_ms : ndarray of float64, shape (intervals,)
        N-N intervals in ms, one or more.
    """
    counts = np.pad(_histogram(nn_ms).astype(np.float64), 1)
    mode = int(np.argmax(counts))
    return BIN_MS * (_side(counts[mode::-1]) + _side(counts[mode:]))


def _histogram(nn_ms: Float64Array) -> Int64Array:
    bins = np.floor(nn_ms / BIN_MS).astype(np.int64)
    return np.bincount(bins - bins.min()).astype(np.int64)


def _side(counts: Float64Array) -> int:
    """Return the length of the side of a triangle, in bins, that fits the counts from the apex outwards best."""
    away = np.arange(len(counts))
    lengths = np.arange(1, len(counts))
    sides = counts[0] * np.clip(1 - away / lengths[:, None], 0, None)
    errors = ((sides - counts) ** 2).sum(axis=1)
    return int(lengths[np.argmin(errors)])
