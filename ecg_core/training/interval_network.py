"""The interval network in Keras, its training, and what it makes of left-out recordings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.classification.device import tensorflow
from ecg_core.rhythm.interval_features import N_FEATURES, interval_features
from ecg_core.rhythm.interval_model import DILATIONS, RHYTHMS, Weights, forward
from ecg_core.training.interval_crops import CROP, Crops
from ecg_core.training.interval_data import IGNORED, IntervalRecord

Report = Callable[[int, int, float], None]

_SMOOTHING: Final = 0.02


def build_interval_network(width: int = 32) -> Any:
    """Return the network: entry, one residual block for each dilation, head."""
    import keras
    from keras import layers, ops

    given = keras.Input((CROP, N_FEATURES), name="given")
    inside = keras.Input((CROP, 1), name="inside")
    state = layers.Dense(width, activation="relu", name="enter")(given)
    for dilation in DILATIONS:
        masked = layers.Multiply()([state, inside])
        joined = layers.Lambda(
            lambda x, d=dilation: ops.concatenate(
                [ops.pad(x, ((0, 0), (d, 0), (0, 0)))[:, :CROP], x, ops.pad(x, ((0, 0), (0, d), (0, 0)))[:, d:]],
                axis=-1,
            ),
            output_shape=(CROP, 3 * width),
        )(masked)
        mixed = layers.Dense(width, activation="relu", name=f"mix_{dilation}")(joined)
        mixed = layers.Dropout(0.1)(mixed)
        state = layers.Add()([state, layers.Dense(width, name=f"out_{dilation}")(mixed)])
    state = layers.Dense(width, activation="relu", name="head")(state)
    state = layers.Dropout(0.1)(state)
    return keras.Model([given, inside], layers.Dense(len(RHYTHMS), name="rhythm")(state))


def weights_of(network: Any) -> dict[str, npt.NDArray[np.float32]]:
    """Return the network's weights by the names that :func:`ecg_core.rhythm.interval_model.forward` expects."""
    found = {}
    for layer in network.layers:
        if layer.get_weights():
            found[f"{layer.name}_w"], found[f"{layer.name}_b"] = layer.get_weights()
    return found


def train_intervals(
    crops: Crops,
    chosen: npt.NDArray[np.int64],
    *,
    seed: int,
    steps: int,
    batch: int,
    learning_rate: float,
    width: int,
    report: Report | None = None,
) -> tuple[dict[str, npt.NDArray[np.float32]], list[float]]:
    """Train the interval network on the chosen crops.

    Parameters
    ----------
    crops : Crops
        All crops.
    chosen : ndarray of int64, shape (crops,)
        Indices of the crops to train on.
    seed : int
        Seed of the weights and of the batches.
    steps : int
        Number of batches.
    batch : int
        Crops in a batch.
    learning_rate : float
        Highest learning rate of the cosine schedule.
    width : int
        Channels of each layer.
    report : Report, optional
        Called as ``report(done, total, loss)``.

    Returns
    -------
    weights : dict of str to ndarray of float32
        Arrays by name.
    losses : list of float
        Mean loss of each hundred steps.
    """
    import keras

    tf = tensorflow()
    keras.utils.set_random_seed(seed)
    network = build_interval_network(width)
    rate = keras.optimizers.schedules.CosineDecay(
        learning_rate / 10, steps, warmup_target=learning_rate, warmup_steps=max(steps // 20, 1)
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=1e-3, clipnorm=1.0)
    optimizer.build(network.trainable_variables)

    @tf.function
    def step(given: Any, inside: Any, truth: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = network([given, inside], training=True)
            target = tf.one_hot(tf.maximum(truth, 0), len(RHYTHMS)) * (1 - _SMOOTHING) + _SMOOTHING / len(RHYTHMS)
            losses = tf.nn.softmax_cross_entropy_with_logits(target, logits)
            counted = tf.cast(truth != IGNORED, tf.float32)
            loss = tf.reduce_sum(losses * counted) / tf.maximum(tf.reduce_sum(counted), 1.0)
        optimizer.apply_gradients(
            zip(tape.gradient(loss, network.trainable_variables), network.trainable_variables, strict=True)
        )
        return loss

    generator = np.random.default_rng(seed)
    order = generator.permutation(chosen)
    place, losses, recent = 0, [], []
    for number in range(steps):
        if place + batch > len(order):
            order, place = generator.permutation(chosen), 0
        rows = order[place : place + batch]
        place += batch
        recent.append(
            step(
                tf.constant(crops.given[rows], tf.float32),
                tf.constant(crops.inside[rows], tf.float32),
                tf.constant(crops.truth[rows], tf.int32),
            )
        )
        if (number + 1) % 100 == 0 or number + 1 == steps:
            losses.append(float(np.mean([float(one) for one in recent])))
            recent = []
            if report:
                report(number + 1, steps, losses[-1])
    return weights_of(network), losses


def logits_of(weights: Weights, record: IntervalRecord, with_classes: bool = True) -> npt.NDArray[np.float32]:
    """Return the logits of each interval of a recording.

    Parameters
    ----------
    weights : Weights
        Weights of the network by name.
    record : IntervalRecord
        The recording.
    with_classes : bool
        Whether the classes of the beats are among the inputs.

    Returns
    -------
    ndarray of float32, shape (intervals, rhythms)
    """
    ventricular = record.ventricular if with_classes else None
    return forward(weights, interval_features(record.rr_s, ventricular, record.readable))


def temperature_of(logits: Sequence[npt.NDArray[np.float32]], truth: Sequence[npt.NDArray[np.int8]]) -> float:
    """Return the temperature with the highest likelihood on left-out recordings, each with the same weight.

    Parameters
    ----------
    logits : sequence of ndarray of float32, shape (intervals, rhythms)
        Logits of each recording.
    truth : sequence of ndarray of int8, shape (intervals,)
        Index of the true rhythm, negative where unknown.

    Returns
    -------
    float
    """
    best, chosen = np.inf, 1.0
    for temperature in np.geomspace(0.5, 3, 25):
        total = 0.0
        for values, said in zip(logits, truth, strict=True):
            counted = said != IGNORED
            if not counted.any():
                continue
            scaled = values[counted] / temperature
            scaled = scaled - scaled.max(axis=1, keepdims=True)
            taken = scaled[np.arange(len(scaled)), said[counted]]
            total += float((np.log(np.exp(scaled).sum(axis=1)) - taken).mean())
        if total < best:
            best, chosen = total, float(temperature)
    return chosen
