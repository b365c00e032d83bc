"""Temperature scaling. Guo et al. 2017, "On calibration of modern neural networks", arXiv:1706.04599."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax


def fit_temperature(logits: npt.NDArray[np.float32], label: npt.NDArray[np.int64]) -> float:
    """Find the temperature whose softened probabilities fit held-out beats best.

    Parameters
    ----------
    logits : ndarray, shape (beats, classes)
        Of beats whose patients were not trained on.
    label : ndarray of int64, shape (beats,)
        Reference class of each beat.

    Returns
    -------
    float
        Between 0.2 and 5; dividing logits by it changes no decision.
    """

    def loss(log_temperature: float) -> float:
        scaled = log_softmax(logits / np.exp(log_temperature), axis=1)
        return float(-scaled[np.arange(len(label)), label].mean())

    found = minimize_scalar(loss, bounds=(np.log(0.2), np.log(5.0)), method="bounded")
    return float(np.exp(found.x))
