"""Losses for classes of very different size: class weights and focal loss over plain cross-entropy.

Lin et al. 2017, "Focal loss for dense object detection", doi:10.1109/ICCV.2017.324.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_LARGEST_WEIGHT = 20.0
_RARE = 30


def class_weights(counts: npt.NDArray[np.integer], exponent: float) -> npt.NDArray[np.float64]:
    """Return a weight for each class in the loss, 1 on average over the beats.

    Parameters
    ----------
    counts : ndarray of int, shape (classes,)
        Training beats of each class.
    exponent : float
        0 weighs all beats alike, 1 gives every class the same say. A class with fewer than 30 beats, which would be
        learned by heart, weighs no more than the largest; no weight is above 20 times the smallest.

    Returns
    -------
    ndarray of float64, shape (classes,)
    """
    counts = np.asarray(counts, dtype=float)
    weights = (np.maximum(counts, 1) / counts.max()) ** -exponent
    weights[counts < _RARE] = 1.0
    weights = np.minimum(weights, _LARGEST_WEIGHT)
    return np.asarray(weights * counts.sum() / (weights * counts).sum())


def cross_entropy(
    n_classes: int, weights: npt.NDArray[np.float64], focal_gamma: float = 0.0, label_smoothing: float = 0.0
) -> Any:
    """Return the Keras loss of logits: one column each class, or a single one for two classes.

    Parameters
    ----------
    n_classes : int
        2 for a single logit.
    weights : ndarray, shape (n_classes,)
        See :func:`class_weights`.
    focal_gamma : float
        How much less an easy example counts; 0 is plain cross-entropy.
    label_smoothing : float
        Share of the target spread over all classes.
    """
    import keras

    even = np.allclose(weights, 1)
    if n_classes == 2:
        if even and not focal_gamma:
            return keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=label_smoothing)
        # Keras takes one number: what the second class weighs; the first weighs the rest of one.
        share = float(weights[1] / weights.sum())
        return keras.losses.BinaryFocalCrossentropy(
            apply_class_balancing=not even,
            alpha=share,
            gamma=focal_gamma,
            from_logits=True,
            label_smoothing=label_smoothing,
        )
    if even and not focal_gamma:
        return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=label_smoothing)
    return keras.losses.CategoricalFocalCrossentropy(
        alpha=weights.tolist(), gamma=focal_gamma, from_logits=True, label_smoothing=label_smoothing
    )


def log_prior_shift(
    label: npt.NDArray[np.int64], weights: npt.NDArray[np.float64], n_classes: int
) -> npt.NDArray[np.float32]:
    """Return log(true share / share trained with) of each class; zero for a class without examples.

    Parameters
    ----------
    label : ndarray of int64, shape (examples,)
        Class of each example.
    weights : ndarray, shape (examples,)
        How often each is sampled, times its weight in the loss.
    n_classes : int
        Number of classes.
    """
    true = np.bincount(label, minlength=n_classes) / max(len(label), 1)
    seen = np.bincount(label, weights=weights / weights.sum(), minlength=n_classes)
    known = (true > 0) & (seen > 0)
    shift = np.zeros(n_classes, dtype=np.float32)
    shift[known] = np.log(true[known] / seen[known])
    return shift
