"""Deceleration capacity by phase-rectified signal averaging.

References
----------
Bauer A, Kantelhardt JW, Barthel P, et al. Deceleration capacity of heart rate as a predictor of mortality after
myocardial infarction: cohort study. Lancet 2006; 367: 1674-1681.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ecg_core.arrays import BoolArray, Float64Array

LARGEST_RISE: Final = 0.05
"""Largest lengthening of an interval that is a deceleration; larger ones are likely artefacts (Bauer 2006)."""


def deceleration_capacity_ms(nn_ms: Float64Array, follows: BoolArray) -> float | None:
    """Return the deceleration capacity.

    Anchors are intervals up to 5 % longer than the one before. Over all anchors, intervals at the same place are
    averaged; the capacity is (X[0] + X[1] - X[-1] - X[-2]) / 4.

    Parameters
    ----------
    nn_ms : ndarray of float64, shape (intervals,)
        N-N intervals in ms.
    follows : ndarray of bool, shape (intervals,)
        Whether each begins where the one before ends.

    Returns
    -------
    float or None
        In ms; None where there is no anchor.
    """
    if len(nn_ms) < 4:
        return None
    rises = (nn_ms[2:-1] > nn_ms[1:-2]) & (nn_ms[2:-1] <= (1 + LARGEST_RISE) * nn_ms[1:-2])
    anchors = 2 + np.flatnonzero(rises & follows[1:-2] & follows[2:-1] & follows[3:])
    if not len(anchors):
        return None
    mean = [float(nn_ms[anchors + step].mean()) for step in (-2, -1, 0, 1)]
    return (mean[2] + mean[3] - mean[1] - mean[0]) / 4
