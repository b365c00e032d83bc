"""Training schedule: epochs, learning rate, early stopping, loss."""

from __future__ import annotations

from dataclasses import dataclass

from ecg_core.training.limits import require


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

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        for name in ("epochs", "batches_per_epoch", "batch_size"):
            require(f"schedule.{name}", getattr(self, name), 1, 10**6)
        require("schedule.learning_rate", self.learning_rate, 0, 10)
        require("schedule.weight_decay", self.weight_decay, 0, 10)
        require("schedule.label_smoothing", self.label_smoothing, 0, 0.9)
        require("schedule.class_weight", self.class_weight, 0, 2)
        require("schedule.focal_gamma", self.focal_gamma, 0, 20)
        require("schedule.average", self.average, 0, 0.99999)
        for exponent in self.balance:
            require("schedule.balance", exponent, 0, 2)
