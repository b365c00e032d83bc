"""Peak selection among crowded candidates."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

REFRACTORY_S: Final = 0.235
"""No two beats are closer than this."""

THRESHOLD: Final = 0.35
"""Least probability of a beat. Below one half: the signals of the fit are far noisier than most, and the networks
have learned to doubt; chosen by cross-validation over DS1 and SVDB."""

THRESHOLD_IN_DOUBT: Final = 0.5
"""The same where much is doubtful around: noise may be of a kind that the fit has not seen."""

LITTLE_DOUBT, MUCH_DOUBT = 0.05, 0.2


def thresholds(doubt: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Return the probability threshold of a beat as a function of the expected errors per beat around it."""
    return np.interp(doubt, (LITTLE_DOUBT, MUCH_DOUBT), (THRESHOLD, THRESHOLD_IN_DOUBT))


def select_peaks(
    position: npt.NDArray[np.int64],
    probability: npt.NDArray[np.floating],
    refractory: int,
    threshold: float | npt.NDArray[np.floating],
) -> npt.NDArray[np.int64]:
    """Return the positions of the beats: the likely candidates, the likelier one of two that are too close.

    Parameters
    ----------
    position : ndarray of int64, shape (candidates,)
        Increasing.
    probability : ndarray of float32, shape (candidates,)
        Probability that the candidate is a beat.
    refractory : int
        Least distance of two beats in samples.
    threshold : float or ndarray, shape (candidates,)
        Least probability of a beat.
    """
    likely = probability >= threshold
    position, probability = position[likely], probability[likely]
    kept = np.ones(len(position), dtype=bool)
    crowded = np.flatnonzero(np.diff(position) < refractory)
    for index in sorted({*crowded, *(crowded + 1)}, key=lambda index: -probability[index]):
        if kept[index]:
            for step in (-1, 1):
                other = index + step
                while 0 <= other < len(position) and abs(position[other] - position[index]) < refractory:
                    kept[other] = False
                    other += step
    return position[kept]
