"""Out-of-distribution detection: beats far from the training beats are left to a person.

A network names a class for noise, too, and often with confidence. Lee et al. 2018, "A simple unified framework for
detecting out-of-distribution samples and adversarial attacks", arXiv:1807.03888: the Mahalanobis distance of what the
last hidden layer makes of a beat, from the nearest class of the training data, with one covariance for all classes.
The limit is the distance that one in a thousand beats of patients not trained on exceeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array

STRANGE_SHARE: Final = 0.001
"""Of beats of patients not trained on."""

_RIDGE: Final = 0.05
_FEWEST: Final = 20
_CHUNK: Final = 8192


@dataclass(frozen=True)
class TrainingDistance:
    """Where the classes lie in the space of the last hidden layer.

    Attributes
    ----------
    mean : ndarray of float32, shape (classes, width)
    precision : ndarray of float32, shape (width, width)
        Inverse covariance about the class means.
    limit : float
        Squared distance beyond which a beat is strange.
    """

    mean: Float32Array
    precision: Float32Array
    limit: float = np.inf

    def distance(self, embedding: Float32Array) -> Float32Array:
        """Return the squared distance from the nearest class, shape (beats,)."""
        result = np.empty(len(embedding), dtype=np.float32)
        # |x - m| in the metric of a matrix is the plain distance after its square root.
        root = np.linalg.cholesky(self.precision.astype(np.float64)).astype(np.float32)
        means = self.mean @ root
        for start in range(0, len(embedding), _CHUNK):
            rows = slice(start, start + _CHUNK)
            apart = (embedding[rows] @ root)[:, None, :] - means[None]
            result[rows] = (apart**2).sum(axis=2).min(axis=1)
        return result

    def strange(self, embedding: Float32Array) -> npt.NDArray[np.bool_]:
        """Tell which beats look like nothing in training, shape (beats,)."""
        return np.asarray(self.distance(embedding) > self.limit)


def fit_training_distance(embedding: Float32Array, label: npt.NDArray[np.int64]) -> TrainingDistance:
    """Find where the classes lie, from training beats; classes of fewer than 20 beats are left out.

    Parameters
    ----------
    embedding : ndarray of float32, shape (beats, width)
        Embedding of each beat.
    label : ndarray of int64, shape (beats,)
        Reference class of each beat.
    """
    kinds = [kind for kind in np.unique(label) if (label == kind).sum() >= _FEWEST]
    means = {kind: embedding[label == kind].mean(axis=0, dtype=np.float64) for kind in kinds}
    width = embedding.shape[1]
    scatter, n_beats = np.zeros((width, width)), 0
    for kind, mean in means.items():
        apart = embedding[label == kind] - mean
        scatter += apart.T @ apart
        n_beats += len(apart)
    covariance = scatter / max(n_beats, 1)
    covariance += np.eye(width) * (_RIDGE * np.trace(covariance) / width + 1e-9)
    return TrainingDistance(
        np.stack(list(means.values())).astype(np.float32), np.linalg.inv(covariance).astype(np.float32)
    )
