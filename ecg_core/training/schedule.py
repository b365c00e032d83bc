"""How long and how hard a network is trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """How long and how hard to train.

    Attributes
    ----------
    epochs, batches_per_epoch, batch_size : int
    learning_rate, weight_decay, label_smoothing : float
    balance : tuple of float
        Exponents of the sampling weights for N S V F Q, see :func:`~ecg_core.training.batches.sampling_weights`.
    class_weight : float
        Exponent of the class weights in the loss, see :func:`~ecg_core.training.losses.class_weights`.
    focal_gamma : float
        How much less an easy example counts in the loss; 0 is plain cross-entropy.
    average : float
        Momentum of the running average of the weights that is kept in the end.
    """

    epochs: int = 8
    batches_per_epoch: int = 120
    batch_size: int = 192
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    label_smoothing: float = 0.03
    balance: tuple[float, ...] = (0.0, 0.5, 0.4, 0.25, 0.0)
    class_weight: float = 0.0
    focal_gamma: float = 0.0
    average: float = 0.995
