"""Figures of the intervals around each second, for the rhythm network."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

N_INTERVAL_FEATURES: Final = 8
HALF_WIDTHS_S: Final = (6, 15)
_MAX_DURATION_S: Final = 2.5


def interval_summary(beat_s: npt.NDArray[np.float64], n_seconds: int) -> npt.NDArray[np.float32]:
    """Describe the intervals around each second without regard to the rate alone.

    Parameters
    ----------
    beat_s : ndarray of float64, shape (beats,)
        Times of the beats in seconds, increasing.
    n_seconds : int
        Length of the recording in s.

    Returns
    -------
    ndarray of float32, shape (seconds, N_INTERVAL_FEATURES)
        For each of `HALF_WIDTHS_S`: log of the median interval, spread of the intervals (interquartile range over the
        median), share of neighbours that differ by more than 8 %, share of seconds covered by intervals of at most
        2.5 s. Zeros where there are fewer than three intervals.
    """
    features = np.zeros((n_seconds, N_INTERVAL_FEATURES), dtype=np.float32)
    rr_s = np.diff(beat_s)
    if len(rr_s) < 3:
        return features
    apart = np.concatenate(([0.0], np.abs(np.diff(np.log(np.maximum(rr_s, 0.1)))) > 0.08))
    usable = rr_s <= _MAX_DURATION_S
    for width, half in enumerate(HALF_WIDTHS_S):
        first = np.searchsorted(beat_s, np.arange(n_seconds) - half)
        last = np.minimum(np.searchsorted(beat_s, np.arange(n_seconds) + 1 + half) - 1, len(rr_s))
        for second, (begin, end) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
            inside = rr_s[begin:end]
            if end - begin < 3:
                continue
            ordered = np.sort(inside)
            n = len(ordered)
            median = ordered[n // 2]
            features[second, 4 * width : 4 * width + 4] = (
                np.log(median / 0.8),
                min((ordered[(3 * n) // 4] - ordered[n // 4]) / median, 2.0),
                apart[begin + 1 : end].mean(),
                min(inside[usable[begin:end]].sum() / (2 * half + 1), 1.0),
            )
    return features
