"""The training loop, and grouped cross-validation around it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ecg_core.beats import CLASSES
from ecg_core.classification.device import tensorflow
from ecg_core.classification.network import ENCODER_LAYERS, NetworkSpec, build_network
from ecg_core.training.batches import Augmentation, plain_batches, sampling_weights, training_batches
from ecg_core.training.checkpoint import Checkpoint
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


@dataclass(frozen=True)
class Start:
    """Where fine-tuning begins.

    Attributes
    ----------
    weights : tuple of ndarray
        Of a network built from the same numbers.
    freeze : bool
        Whether the encoder keeps them: only the layers that join leads and intervals learn then.
    """

    weights: tuple[npt.NDArray[np.float32], ...]
    freeze: bool = False

    def apply(self, network: keras.Model) -> None:
        """Put the weights into a network, and freeze its encoder if asked to."""
        network.set_weights(list(self.weights))
        if self.freeze:
            for layer in network.layers:
                if layer.name.startswith(ENCODER_LAYERS):
                    layer.trainable = False


@dataclass
class Trained:
    """A trained network and how its loss went."""

    network: keras.Model
    loss: list[float] = field(default_factory=list)
    log_prior_shift: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros(len(CLASSES), np.float32))


AfterEpoch = Callable[[int, "keras.Model", float], bool | None]
"""Called as ``after_epoch(epochs done, network, mean loss)``; the network carries the latest, not averaged, weights."""


def train_network(
    prepared: PreparedBeats,
    chosen: npt.NDArray[np.int64],
    spec: NetworkSpec,
    schedule: Schedule,
    augmentation: Augmentation,
    seed: int,
    progress: Progress | None = None,
    *,
    start: Start | None = None,
    checkpoint: Checkpoint | None = None,
    after_epoch: AfterEpoch | None = None,
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
    start : Start, optional
        Weights to go on from instead of random ones, for fine-tuning.
    checkpoint : Checkpoint, optional
        Where to keep the state after each epoch, and to go on from if it holds one.
    after_epoch : callable, optional

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
    if start is not None:
        start.apply(network)
    weights = sampling_weights(prepared.label[chosen], prepared.recording[chosen], schedule.balance)
    one_hot = np.eye(len(CLASSES), dtype=np.float32)

    def batches_of(epoch: int) -> Iterator[tuple[dict[str, npt.NDArray[np.float32]], npt.NDArray[np.float32]]]:
        for inputs, label in training_batches(
            prepared,
            chosen,
            batch_size=schedule.batch_size,
            n_batches=schedule.batches_per_epoch,
            weights=weights,
            augmentation=augmentation,
            seed=seed * 1000 + epoch,
        ):
            yield inputs, one_hot[label]

    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=schedule.label_smoothing)
    losses = fit(network, loss, batches_of, schedule, progress, checkpoint=checkpoint, after_epoch=after_epoch)
    return Trained(network, losses, _log_prior_shift(prepared.label[chosen], weights))


BatchesOf = Callable[[int], Iterator[tuple[Any, npt.NDArray[np.float32]]]]
"""Gives an epoch's batches: inputs (by name, or the only one), and targets. The same epoch gives the same batches."""


def fit(
    network: keras.Model,
    loss: Any,
    batches_of: BatchesOf,
    schedule: Schedule,
    progress: Progress | None = None,
    *,
    checkpoint: Checkpoint | None = None,
    after_epoch: AfterEpoch | None = None,
) -> list[float]:
    """Train any network: the one loop that every recipe shares.

    AdamW with a warm-up and a cosine decay; in the end the network carries the running average of its weights.

    Parameters
    ----------
    network : keras.Model
        Freshly built (and seeded), or carrying the weights to go on from.
    loss : keras loss
    batches_of : callable
    schedule : Schedule
    progress : callable, optional
    checkpoint : Checkpoint, optional
    after_epoch : callable, optional
        Returns True to stop: the average up to there is kept.

    Returns
    -------
    list of float
        The mean loss of each epoch.

    Raises
    ------
    FloatingPointError
        If the loss is no longer a number.
    """
    import keras

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
    network.compile(optimizer=optimizer, loss=loss)
    optimizer.build(network.trainable_variables)
    losses = checkpoint.restore(network, optimizer) if checkpoint else []
    for epoch in range(len(losses), schedule.epochs):
        of_epoch: list[float] = []
        for index, (inputs, target) in enumerate(batches_of(epoch)):
            of_epoch.append(float(network.train_on_batch(inputs, target)))
            if not math.isfinite(of_epoch[-1]):
                raise FloatingPointError(f"The loss is {of_epoch[-1]} in epoch {epoch + 1}; lower the learning rate.")
            if progress:
                done = epoch * schedule.batches_per_epoch + index + 1
                progress(done, steps, {"loss": float(np.mean(of_epoch[-50:]))})
        losses.append(float(np.mean(of_epoch)))
        if after_epoch and after_epoch(epoch + 1, network, losses[-1]):
            break
        if checkpoint:  # only now: where a run is killed before an epoch was judged, it is trained and judged again
            checkpoint.store(network, optimizer, losses)
    optimizer.finalize_variable_values(network.trainable_variables)
    return losses


def predict_logits(
    network: keras.Model, prepared: PreparedBeats, chosen: npt.NDArray[np.int64], leads: Sequence[int]
) -> npt.NDArray[np.float32]:
    """Return the network's logits of undisturbed beats, shape (beats, 5)."""
    parts = [np.asarray(network.predict_on_batch(inputs)) for inputs, _ in plain_batches(prepared, chosen, list(leads))]
    return np.concatenate(parts) if parts else np.empty((0, len(CLASSES)), np.float32)


def patient_folds(
    label: npt.NDArray[np.int64], recording: npt.NDArray[np.int64], groups: Sequence[str], n_folds: int
) -> list[npt.NDArray[np.int64]]:
    """Divide patients into folds that share the rare classes as evenly as they can.

    Parameters
    ----------
    label : ndarray of int64, shape (beats,)
        Class of each beat; class 0 is the common one.
    recording : ndarray of int64, shape (beats,)
        Index of each beat's recording.
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
    of_beat = of_recording[recording]
    n_classes = max(int(label.max(initial=0)) + 1, 2)
    counts = np.zeros((len(patients), n_classes))
    np.add.at(counts, (of_beat, label), 1)
    share = counts / np.maximum(counts.sum(axis=0), 1)
    totals = np.zeros((n_folds, n_classes))
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
