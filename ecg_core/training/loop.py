"""The training loop that every recipe shares."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ecg_core.beats import CLASSES
from ecg_core.classification.network import EMBEDDING, NetworkSpec, build_network
from ecg_core.progress import EpochProgress
from ecg_core.training.augmentation import Augmentation
from ecg_core.training.batches import plain_batches, sampling_weights, training_batches
from ecg_core.training.checkpoint import Checkpoint
from ecg_core.training.losses import class_weights, cross_entropy, log_prior_shift
from ecg_core.training.noise import NoiseBank
from ecg_core.training.prepared_beats import PreparedBeats
from ecg_core.training.runtime import USUAL, Runtime, in_single_precision, predicted, scope_of, shared
from ecg_core.training.schedule import Schedule

if TYPE_CHECKING:
    import keras


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
    progress: EpochProgress | None = None,
    *,
    start: Callable[[keras.Model], None] | None = None,
    checkpoint: Checkpoint | None = None,
    after_epoch: AfterEpoch | None = None,
    bank: NoiseBank | None = None,
    runtime: Runtime = USUAL,
) -> Trained:
    """Train one network on the chosen beats.

    Parameters
    ----------
    prepared : PreparedBeats
        Prepared beats.
    chosen : ndarray of int64, shape (beats,)
        Training beats; no other beat is touched.
    spec : NetworkSpec
        Dimensions of the network.
    schedule : Schedule
        Schedule of the training.
    augmentation : Augmentation
        Random changes of the signal.
    seed : int
        Fixes initial weights, sampling and disturbance.
    progress : callable, optional
        Called with the fraction done.
    start : callable, optional
        Given the new network, puts weights to go on from into it; for fine-tuning.
    checkpoint : Checkpoint, optional
        Where to keep the state after each epoch, and to go on from if it holds one.
    after_epoch : callable, optional
        Called after each epoch.
    bank : NoiseBank, optional
        Recorded noise, for augmentation with it.
    runtime : Runtime, optional
        Numeric precision and devices.

    Returns
    -------
    Trained
        With the averaged weights, and the logarithm of the ratio between the classes' true and sampled shares, which
        turns the network's logits into those of the true shares.
    """
    with runtime.policy():
        import keras

        strategy = runtime.strategy()
        with scope_of(strategy):
            keras.utils.set_random_seed(seed)
            network = build_network(spec)
            if start is not None:
                start(network)
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
            bank=bank,
        ):
            yield inputs, one_hot[label]

    in_loss = class_weights(np.bincount(prepared.label[chosen], minlength=len(CLASSES)), schedule.class_weight)
    loss = cross_entropy(len(CLASSES), in_loss, schedule.focal_gamma, schedule.label_smoothing)
    losses = fit(
        network, loss, batches_of, schedule, progress, checkpoint=checkpoint, after_epoch=after_epoch, strategy=strategy
    )
    network = in_single_precision(network, lambda: build_network(spec))
    label = prepared.label[chosen]
    return Trained(network, losses, log_prior_shift(label, weights * in_loss[label], len(CLASSES)))


BatchesOf = Callable[[int], Iterator[tuple[Any, npt.NDArray[np.float32]]]]
"""Gives an epoch's batches: inputs (by name, or the only one), and targets. The same epoch gives the same batches."""


def fit(
    network: keras.Model,
    loss: Any,
    batches_of: BatchesOf,
    schedule: Schedule,
    progress: EpochProgress | None = None,
    *,
    checkpoint: Checkpoint | None = None,
    after_epoch: AfterEpoch | None = None,
    strategy: Any = None,
) -> list[float]:
    """Train any network: the one loop that every recipe shares.

    AdamW with a warm-up and a cosine decay; in the end the network carries the running average of its weights.

    Parameters
    ----------
    network : keras.Model
        Freshly built (and seeded), or carrying the weights to go on from.
    loss : keras loss
        Loss function.
    batches_of : callable
        Returns the batches of an epoch.
    schedule : Schedule
        Schedule of the training.
    progress : callable, optional
        Called with the fraction done.
    checkpoint : Checkpoint, optional
        Where the state is stored.
    after_epoch : callable, optional
        Returns True to stop: the average up to there is kept.
    strategy : tf.distribute.Strategy, optional
        Several devices, under which the network was built; each takes its share of every batch.

    Returns
    -------
    list of float
        The mean loss of each epoch.

    Raises
    ------
    FloatingPointError
        If the loss is no longer a number.
    """
    steps = schedule.epochs * schedule.batches_per_epoch
    with scope_of(strategy):
        network.compile(optimizer=_optimizer(schedule), loss=loss)
        optimizer = network.optimizer  # Keras wraps it where precision is mixed
        optimizer.build(network.trainable_variables)
    if strategy is not None:
        network.test_on_batch(*next(iter(batches_of(0))))  # Keras reads shapes off it, which divided batches have not
    losses = checkpoint.restore(network, optimizer) if checkpoint else []
    for epoch in range(len(losses), schedule.epochs):
        of_epoch: list[float] = []
        for index, batch in enumerate(batches_of(epoch)):
            inputs, target = shared(batch, strategy)
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
    with scope_of(strategy):
        optimizer.finalize_variable_values(network.trainable_variables)
    return losses


def _optimizer(schedule: Schedule) -> Any:
    import keras

    steps = schedule.epochs * schedule.batches_per_epoch
    return keras.optimizers.AdamW(
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


def predict_with_embedding(
    network: keras.Model, prepared: PreparedBeats, chosen: npt.NDArray[np.int64], leads: Sequence[int]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return logits and embedding of beats without augmentation.

    Parameters
    ----------
    network : keras.Model
        Trained network.
    prepared : PreparedBeats
        Prepared beats.
    chosen : ndarray of int64, shape (beats,)
        Indices of the beats.
    leads : sequence of int
        Indices of the leads that the network is given.

    Returns
    -------
    logits : ndarray of float32, shape (beats, 5)
    embedding : ndarray of float32, shape (beats, width)
        What the last hidden layer makes of them.
    """
    import keras

    width = network.get_layer(EMBEDDING).output.shape[-1]
    joined = keras.layers.Concatenate()([network.output, network.get_layer(EMBEDDING).output])
    both = keras.Model(network.inputs, joined)
    parts = [predicted(both, inputs) for inputs, _ in plain_batches(prepared, chosen, list(leads))]
    found = np.concatenate(parts) if parts else np.empty((0, len(CLASSES) + width), np.float32)
    return found[:, : len(CLASSES)], found[:, len(CLASSES) :]
