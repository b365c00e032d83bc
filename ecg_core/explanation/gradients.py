"""Integrated gradients of the beat network: what each sample adds as the usual beat becomes this one.

Sundararajan, Taly & Yan 2017, "Axiomatic attribution for deep networks", arXiv:1703.01365. The baseline, "nothing",
is the recording's own dominant beat in the same leads with the same RR intervals: an ECG of zeros is asystole and far
from nothing, the patient's usual beat is what a person compares with too. The integral is taken by Gauss-Legendre
quadrature, whose nodes crowd near both ends, where the comparison with the dominant beat bends most.

Completeness: what all samples add sums to the difference between the log odds of the beat and those of the baseline.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array
from ecg_core.classification.device import tensorflow
from ecg_core.classification.model import BeatModel
from ecg_core.explanation.log_odds import log_odds_tensor

STEPS: Final = 64
"""Places along the way from the dominant beat to the beat at which the gradient is taken."""

_BATCH: Final = 256


def integrated_gradients(
    model: BeatModel,
    wave: Float32Array,
    readable: Float32Array,
    rr: Float32Array,
    target: npt.NDArray[np.int64],
    n_steps: int = STEPS,
) -> Float32Array:
    """Tell what each sample adds to the log odds of a class, against the dominant beat.

    Parameters
    ----------
    model : BeatModel
        The classifier.
    wave : ndarray of float32, shape (beats, leads, samples, 2)
        The beat, and the dominant beat.
    readable : ndarray of float32, shape (beats, leads)
        1 where a lead can be read, else 0.
    rr : ndarray of float32, shape (beats, features)
        RR features.
    target : ndarray of int64, shape (beats,)
        Index of the class to explain, for each beat.
    n_steps : int
        Number of steps.

    Returns
    -------
    ndarray of float32, shape (beats, leads, samples)
        In log odds, negative where a sample speaks against the class. Unreadable leads are zero.
    """
    tf = tensorflow()
    nodes, weights = np.polynomial.legendre.leggauss(n_steps)
    share, weights = ((nodes + 1) / 2).astype(np.float32), (weights / 2).astype(np.float32)
    usual, difference = wave[..., 1], wave[..., 0] - wave[..., 1]
    total = np.zeros(wave.shape[:3], dtype=np.float32)
    beat, step = (one.ravel() for one in np.indices((len(wave), n_steps)))
    for start in range(0, len(beat), _BATCH):
        rows, at = beat[start : start + _BATCH], step[start : start + _BATCH]
        between = tf.constant(usual[rows] + share[at, None, None] * difference[rows])
        with tf.GradientTape() as tape:
            tape.watch(between)
            pair = tf.stack([between, tf.constant(usual[rows])], axis=-1)
            logits = model.network([pair, tf.constant(readable[rows]), tf.constant(rr[rows])], training=False)
            figure = log_odds_tensor(model, logits, target[rows])
        gradients = tape.gradient(figure, between).numpy()
        np.add.at(total, rows, weights[at, None, None] * gradients)
    return np.asarray(total * difference * readable[:, :, None], dtype=np.float32)


def as_usual(wave: Float32Array) -> Float32Array:
    """Return windows shaped like the dominant beat, the baseline of all that is compared with it.

    Parameters
    ----------
    wave : ndarray of float32, shape (beats, leads, samples, 2)
        Windows: beat and dominant beat, in QRS heights.

    Returns
    -------
    ndarray of float32, of `wave`'s shape
    """
    usual = wave.copy()
    usual[..., 0] = wave[..., 1]
    return usual
