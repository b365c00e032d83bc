"""Poincare plot, sample entropy and detrended fluctuation analysis of N-N intervals.

References
----------
Brennan M, Palaniswami M, Kamen P. Do existing measures of Poincare plot geometry reflect nonlinear features of heart
rate variability? IEEE Trans Biomed Eng 2001; 48: 1342-1347.
Richman JS, Moorman JR. Physiological time-series analysis using approximate entropy and sample entropy. Am J Physiol
Heart Circ Physiol 2000; 278: H2039-H2049.
Peng CK, Havlin S, Stanley HE, Goldberger AL. Quantification of scaling exponents and crossover phenomena in
nonstationary heartbeat time series. Chaos 1995; 5: 82-87.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ecg_core.arrays import BoolArray, Float64Array, Int64Array

TOLERANCE: Final = 0.2
"""Largest difference between similar values, in standard deviations of the intervals."""

SHORT_SCALES: Final = np.arange(4, 17)
"""Beats of a window for alpha 1 (Peng 1995)."""

LONG_SCALES: Final = np.arange(16, 65)
"""Beats of a window for alpha 2 (Peng 1995)."""


def poincare(nn_ms: Float64Array, follows: BoolArray) -> dict[str, float]:
    """Return the standard deviations across and along the line of identity.

    Parameters
    ----------
    nn_ms : ndarray of float64, shape (intervals,)
        N-N intervals in ms.
    follows : ndarray of bool, shape (intervals,)
        Whether each begins where the one before ends.

    Returns
    -------
    dict of str to float
        ``sd1_ms``, ``sd2_ms``, with n - 1; three or more pairs of successive intervals are needed.
    """
    first, second = nn_ms[:-1][follows[1:]], nn_ms[1:][follows[1:]]
    return {
        "sd1_ms": float(np.std(second - first, ddof=1) / np.sqrt(2)),
        "sd2_ms": float(np.std(second + first, ddof=1) / np.sqrt(2)),
    }


def sample_entropy(nn_ms: Float64Array, follows: BoolArray) -> float | None:
    """Return the sample entropy for patterns of two intervals.

    Patterns are compared by their largest difference, which may be `TOLERANCE` standard deviations (n - 1); none
    crosses a gap. Time and memory grow with the square of the number of intervals.

    Parameters
    ----------
    nn_ms : ndarray of float64, shape (intervals,)
        N-N intervals in ms, three or more.
    follows : ndarray of bool, shape (intervals,)
        Whether each begins where the one before ends.

    Returns
    -------
    float or None
        None where no two patterns of three are alike.
    """
    begins = np.flatnonzero(follows[1:-1] & follows[2:])
    if len(begins) < 2:
        return None
    tolerance = TOLERANCE * float(np.std(nn_ms, ddof=1))
    near = np.ones((len(begins), len(begins)), dtype=bool)
    pairs = []
    for step in range(3):
        values = nn_ms[begins + step]
        near &= np.abs(values[:, None] - values) <= tolerance
        pairs.append(int(near.sum()) - len(begins))
    return float(np.log(pairs[1] / pairs[2])) if pairs[2] else None


def scaling_exponent(nn_ms: Float64Array, scales: Int64Array) -> float | None:
    """Return the exponent of detrended fluctuation analysis over a range of window lengths.

    The intervals are integrated and cut into windows that do not overlap, from each of which a line is subtracted; the
    exponent is the slope of the root mean square over the window's length on logarithmic axes.

    Parameters
    ----------
    nn_ms : ndarray of float64, shape (intervals,)
        N-N intervals in ms, as many as the longest window or more; gaps are closed.
    scales : ndarray of int64
        Lengths of windows in beats.

    Returns
    -------
    float or None
        None where the intervals do not fluctuate.
    """
    profile = np.cumsum(nn_ms - nn_ms.mean())
    fluctuation = np.array([_fluctuation(profile, int(length)) for length in scales])
    if not np.all(fluctuation > 1e-9 * nn_ms.mean()):
        return None
    return float(np.polyfit(np.log(scales), np.log(fluctuation), 1)[0])


def _fluctuation(profile: Float64Array, length: int) -> float:
    windows = profile[: len(profile) // length * length].reshape(-1, length)
    windows = windows - windows.mean(axis=1, keepdims=True)
    steps = np.arange(length) - (length - 1) / 2
    slopes = windows @ steps / (steps @ steps)
    return float(np.sqrt(np.mean((windows - slopes[:, None] * steps) ** 2)))
