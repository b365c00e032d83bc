"""The figure that the beat model's explanations tell about: the log odds of a class.

A probability near one hardly moves, whatever is changed; its log odds do. They are those of the calibrated
probabilities, so that log(p / (1 - p)) of what is shown is what is explained.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array
from ecg_core.beats import CLASSES
from ecg_core.classification.model import BeatModel

_TINY: Final = 1e-12


def log_odds(
    model: BeatModel, wave: Float32Array, readable: Float32Array, rr: Float32Array, target: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return the log odds of each beat's own target.

    Parameters
    ----------
    model : BeatModel
        The classifier.
    wave : ndarray of float32, shape (beats, leads, samples, 2)
        Windows: beat and dominant beat, in QRS heights.
    readable : ndarray of float32, shape (beats, leads)
        1 where a lead can be read, else 0.
    rr : ndarray of float32, shape (beats, features)
        RR features.
    target : ndarray of int64, shape (beats,)
        Index of the class, for each beat.

    Returns
    -------
    ndarray of float64, shape (beats,)
        Natural logarithm of p / (1 - p).
    """
    return log_odds_of(model.classify_windows(wave, readable, rr), target)


def log_odds_of(probabilities: npt.NDArray[np.floating], target: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the log odds of a class, from probabilities.

    Parameters
    ----------
    probabilities : ndarray of float, shape (beats, 5)
        Class probabilities.
    target : ndarray of int64, shape (beats,)
        Index of the class of each beat.

    Returns
    -------
    ndarray of float64, shape (beats,)
    """
    exact = probabilities.astype(np.float64)
    others = exact.copy()
    rows = np.arange(len(exact))
    others[rows, target] = 0
    return np.asarray(np.log(np.maximum(exact[rows, target], _TINY)) - np.log(np.maximum(others.sum(axis=1), _TINY)))


def log_odds_tensor(model: BeatModel, logits: Any, target: npt.NDArray[np.int64]) -> Any:
    """Return the same figure as a tensor, to be differentiated.

    Parameters
    ----------
    model : BeatModel
        The classifier.
    logits : tensor, shape (beats, 5)
        What the network says.
    target : ndarray of int64, shape (beats,)
        Index of the class of each beat.

    Returns
    -------
    tensor, shape (beats,)
    """
    import tensorflow as tf

    calibration = model.card["calibration"]
    shifted = (logits + np.asarray(calibration["logit_shift"], np.float32)) / float(calibration["temperature"])
    chosen = tf.one_hot(target, len(CLASSES), dtype=shifted.dtype)
    others = tf.reduce_logsumexp(tf.where(chosen > 0, tf.constant(-np.inf, shifted.dtype), shifted), axis=1)
    return tf.reduce_sum(shifted * chosen, axis=1) - others
