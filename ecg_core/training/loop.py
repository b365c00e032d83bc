"""The training loop, and grouped cross-validation around it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ecg_core.beats import CLASSES
from ecg_core.classification.device import tensorflow
from ecg_core.classification.network import NetworkSpec, build_network
from ecg_core.training.batches import Augmentation, Batch, plain_batches, sampling_weights, training_batches
from ecg_core.training.datasets import PreparedBeats

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Schedule:
    """How long and how hard to train.

    Attributes
    ----------
    epochs, batches_per_epoch, batch_size : int
    learning_rate, weight_decay, label_smoothing : float
    balance : tuple of float
        Exponents of the sampling weights for N S V F Q, see :func:`~ecg_core.training.batches.sampling_weights`.
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
    average: float = 0.995


Progress = Callable[[int, int, dict[str, float]], None]
"""Called as ``progress(batches done, batches in all, {"loss": ...})``."""


@dataclass
class Trained:
    """A trained network and how its loss went."""

    network: keras.Model
    loss: list[float] = field(default_factory=list)
    log_prior_shift: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros(len(CLASSES), np.float32))


def train_network(
    prepared: PreparedBeats,
    chosen: npt.NDArray[np.int64],
    spec: NetworkSpec,
    schedule: Schedule,
    augmentation: Augmentation,
    seed: int,
    progress: Progress | None = None,
) -> Trained:
    """Train one network on the chosen beats.

    Parameters
    ----------
    prepared : PreparedBeats
    chosen : ndarray of int64, shape (beats,)
        Training beats; no other beat is touched.
    spec : NetworkSpec
    schedule : Schedule
    augmentation : Augmentation
    seed : int
        Fixes initial weights, sampling and disturbance.
    progress : callable, optional

    Returns
    -------
    Trained
        With the averaged weights, and the logarithm of the ratio between the classes' true and sampled shares, which
        turns the network's logits into those of the true shares.
    """
    if os.environ.get("KERAS_BACKEND", "tensorflow") == "tensorflow":
        tensorflow()
    import keras

    keras.utils.set_random_seed(seed)
    network = build_network(spec)
    steps = schedule.epochs * schedule.batches_per_epoch
    optimizer = keras.optimizers.AdamW(
        learning_rate=keras.optimizers.schedules.CosineDecay(
            schedule.learning_rate / 20,
            steps,
            alpha=0.01,
            warmup_target=schedule.learning_rate,
            warmup_steps=steps // 20,
        ),
        weight_decay=schedule.weight_decay,
        global_clipnorm=1.0,
        use_ema=True,
        ema_momentum=schedule.average,
    )
    network.compile(
        optimizer=optimizer,
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=schedule.label_smoothing),
    )
    weights = sampling_weights(prepared, chosen, schedule.balance)
    one_hot = np.eye(len(CLASSES), dtype=np.float32)
    trained = Trained(network)
    for epoch in range(schedule.epochs):
        losses = []
        batches: Iterator[Batch] = training_batches(
            prepared,
            chosen,
            batch_size=schedule.batch_size,
            n_batches=schedule.batches_per_epoch,
            weights=weights,
            augmentation=augmentation,
            seed=seed * 1000 + epoch,
        )
        for index, (inputs, label) in enumerate(batches):
            losses.append(float(network.train_on_batch(inputs, one_hot[label])))
            if not math.isfinite(losses[-1]):
                raise FloatingPointError(f"The loss is {losses[-1]} in epoch {epoch + 1}; lower the learning rate.")
            if progress:
                done = epoch * schedule.batches_per_epoch + index + 1
                progress(done, steps, {"loss": float(np.mean(losses[-50:]))})
        trained.loss.append(float(np.mean(losses)))
    optimizer.finalize_variable_values(network.trainable_variables)
    trained.log_prior_shift = _log_prior_shift(prepared.label[chosen], weights)
    return trained


def predict_logits(
    network: keras.Model, prepared: PreparedBeats, chosen: npt.NDArray[np.int64], leads: Sequence[int]
) -> npt.NDArray[np.float32]:
    """Return the network's logits of undisturbed beats, shape (beats, 5)."""
    parts = [np.asarray(network.predict_on_batch(inputs)) for inputs, _ in plain_batches(prepared, chosen, list(leads))]
    return np.concatenate(parts) if parts else np.empty((0, len(CLASSES)), np.float32)


def patient_folds(prepared: PreparedBeats, groups: Sequence[str], n_folds: int) -> list[npt.NDArray[np.int64]]:
    """Divide patients into folds that share the rare classes as evenly as they can.

    Parameters
    ----------
    prepared : PreparedBeats
    groups : sequence of str, length recordings
        The patient of each recording.
    n_folds : int

    Returns
    -------
    list of ndarray of int64
        Beat indices of each fold; a patient stands in exactly one.
    """
    patients = sorted(set(groups))
    of_recording = np.array([patients.index(group) for group in groups])
    of_beat = of_recording[prepared.recording]
    counts = np.zeros((len(patients), len(CLASSES)))
    np.add.at(counts, (of_beat, prepared.label), 1)
    share = counts / np.maximum(counts.sum(axis=0), 1)
    totals = np.zeros((n_folds, len(CLASSES)))
    assigned = np.zeros(len(patients), dtype=int)
    for patient in np.argsort(-share[:, 1:4].max(axis=1), kind="stable"):
        # The fold where this patient's beats are missed most.
        fold = int(np.argmin(((totals + share[patient]) ** 2).sum(axis=1) - (totals**2).sum(axis=1)))
        assigned[patient] = fold
        totals[fold] += share[patient]
    return [np.flatnonzero(assigned[of_beat] == fold) for fold in range(n_folds)]


def _log_prior_shift(label: npt.NDArray[np.int64], weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Return log(true share / sampled share) per class; zero for a class without beats."""
    true = np.bincount(label, minlength=len(CLASSES)) / max(len(label), 1)
    sampled = np.bincount(label, weights=weights, minlength=len(CLASSES))
    known = (true > 0) & (sampled > 0)
    shift = np.zeros(len(CLASSES), dtype=np.float32)
    shift[known] = np.log(true[known] / sampled[known])
    return shift
