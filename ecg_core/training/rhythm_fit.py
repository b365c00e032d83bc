"""Network, batches and loop of the rhythm network's training."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.rhythm.interval_summary import N_INTERVAL_FEATURES
from ecg_core.rhythm.network_input import RATE_HZ
from ecg_core.rhythm.rhythm_classes import RHYTHM_CLASSES
from ecg_core.training.rhythm_data import RhythmExample, bits

if TYPE_CHECKING:
    import keras

WINDOW_S: Final = 30
N_LEADS: Final = 2
Batch = dict[str, npt.NDArray[Any]]
Beats = dict[tuple[str, str], npt.NDArray[np.float32]]


@dataclass(frozen=True)
class RhythmNetworkSpec:
    """Numbers from which the rhythm network is built.

    Attributes
    ----------
    filters, kernels, strides, dilations : tuple of int
        Of the convolutions over the signal, one entry each; those of the same width with stride 1 are residual.
    lead : int
        Width of a lead's embedding of a second.
    context : int
        Width of the convolutions over seconds.
    context_dilations : tuple of int
        In seconds.
    """

    filters: tuple[int, ...] = (16, 24, 32, 32, 32, 32)
    kernels: tuple[int, ...] = (9, 7, 5, 5, 5, 5)
    strides: tuple[int, ...] = (2, 2, 1, 1, 1, 1)
    dilations: tuple[int, ...] = (1, 1, 1, 2, 4, 8)
    lead: int = 48
    context: int = 48
    context_dilations: tuple[int, ...] = (1, 2, 4, 8)
    dropout: float = 0.2


def build_rhythm_network(spec: RhythmNetworkSpec, n_seconds: int = WINDOW_S) -> keras.Model:
    """Build the untrained network.

    Inputs are ``wave`` (batch, leads, seconds * 100, 1), ``present`` (batch, leads, seconds) and ``intervals``
    (batch, seconds, features); the output is the logits (batch, seconds, classes).

    Parameters
    ----------
    spec : RhythmNetworkSpec
        Dimensions of the network.
    n_seconds : int
        Length of its input in s.

    Returns
    -------
    keras.Model
    """
    import keras
    from keras import layers, ops

    wave = keras.Input((N_LEADS, n_seconds * RATE_HZ, 1), name="wave")
    present = keras.Input((N_LEADS, n_seconds), name="present")
    intervals = keras.Input((n_seconds, N_INTERVAL_FEATURES), name="intervals")
    x, width = wave, 1
    rows = zip(spec.filters, spec.kernels, spec.strides, spec.dilations, strict=True)
    for index, (filters, kernel, stride, dilation) in enumerate(rows, 1):
        y = layers.Conv2D(
            filters,
            (1, kernel),
            strides=(1, stride),
            dilation_rate=(1, dilation),
            padding="same",
            name=f"signal_{index}",
        )(x)
        y = layers.BatchNormalization(momentum=0.95, name=f"signal_norm_{index}")(y)
        y = layers.Activation("relu")(y)
        x = layers.Add()([x, y]) if filters == width and stride == 1 else y
        width = filters
    per_second = x.shape[2] // n_seconds
    x = ops.reshape(x, (-1, N_LEADS, n_seconds, per_second, width))
    x = ops.concatenate([ops.mean(x, axis=3), ops.max(x, axis=3)], axis=-1)
    x = layers.Dropout(spec.dropout)(x)
    x = layers.Dense(spec.lead, activation="relu", name="lead")(x)
    weight = ops.expand_dims(present, -1)
    mean = ops.sum(x * weight, axis=1) / ops.maximum(ops.sum(weight, axis=1), 1.0)
    most = ops.max(x * weight, axis=1)
    rhythm = layers.Dense(16, activation="relu", name="intervals_embedding")(intervals)
    x = ops.concatenate([mean, most, rhythm, ops.max(present, axis=1)[..., None]], axis=-1)
    x = layers.Dense(spec.context, activation="relu", name="joined")(x)
    for index, dilation in enumerate(spec.context_dilations, 1):
        y = layers.Conv1D(spec.context, 3, dilation_rate=dilation, padding="same", name=f"context_{index}")(x)
        y = layers.BatchNormalization(momentum=0.95, name=f"context_norm_{index}")(y)
        y = layers.Activation("relu")(y)
        y = layers.Dropout(spec.dropout)(y)
        x = layers.Add()([x, y])
    logits = layers.Dense(len(RHYTHM_CLASSES), name="logits")(x)
    return keras.Model([wave, present, intervals], logits, name="rhythm_network")


def set_loss(allowed: Any, alarm: Any, logits: Any) -> Any:
    """Return minus the log of the probability of the allowed set, averaged over the seconds that have one.

    Parameters
    ----------
    allowed : tensor, shape (batch, seconds, classes)
        1 where the class is possible.
    alarm : tensor, shape (batch, seconds)
        1 within which a ventricular rhythm lasts three seconds somewhere.
    logits : tensor, shape (batch, seconds, classes)
        Logits of the network.
    """
    from keras import ops

    log_p = logits - ops.logsumexp(logits, axis=-1, keepdims=True)
    known = ops.max(allowed, axis=-1)
    inside = ops.logsumexp(log_p + (1.0 - allowed) * -30.0, axis=-1)
    loss = -ops.sum(inside * known) / ops.maximum(ops.sum(known), 1.0)
    ventricular = ops.exp(log_p[..., RHYTHM_CLASSES.index("VT")]) + ops.exp(log_p[..., RHYTHM_CLASSES.index("VF")])
    top, _ = ops.top_k(ventricular * alarm, 3)
    alarmed = ops.max(alarm, axis=-1)
    missed = -ops.log(ops.mean(top, axis=-1) + 1e-4) * alarmed
    return loss + 0.3 * ops.sum(missed) / ops.maximum(ops.sum(alarmed), 1.0)


@dataclass
class Sampler:
    """Draws training windows: a database, then a set of classes in it, then a second with that set."""

    examples: Sequence[RhythmExample]
    intervals: Beats
    shares: dict[str, float]
    rng: np.random.Generator
    noises: Sequence[RhythmExample] = ()
    _by_set: dict[str, list[tuple[float, npt.NDArray[np.int64]]]] = field(default_factory=dict)
    _alarms: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Index the seconds by database and set."""
        found: dict[str, dict[int, list[npt.NDArray[np.int64]]]] = {}
        for row, example in enumerate(self.examples):
            if example.alarm is not None:
                self._alarms.append(row)
            for allowed in np.unique(example.allowed):
                if allowed:
                    at = np.flatnonzero(example.allowed == allowed)
                    pairs = np.stack([np.full(len(at), row), at], axis=1)
                    found.setdefault(example.database, {}).setdefault(int(allowed), []).append(pairs)
        for database, sets in found.items():
            joined = [np.concatenate(parts) for parts in sets.values()]
            weights = np.sqrt([len(part) for part in joined])
            weights /= weights.sum()
            self._by_set[database] = list(zip(weights.tolist(), joined, strict=True))

    def batch(self, size: int) -> Batch:
        """Return a batch of augmented windows."""
        names = [name for name in self.shares if name in self._by_set]
        share = np.array([self.shares[name] for name in names])
        rows = []
        for database in self.rng.choice(names, size, p=share / share.sum()):
            if database == "cinc2015" and self._alarms and self.rng.random() < 0.35:
                example = self.examples[int(self.rng.choice(self._alarms))]
                second = len(example.allowed) - 1 - int(self.rng.integers(0, 12))
            else:
                sets = self._by_set[database]
                which = int(self.rng.choice(len(sets), p=[weight for weight, _ in sets]))
                row, second = sets[which][1][int(self.rng.integers(len(sets[which][1])))]
                example = self.examples[row]
            rows.append(self._window(example, int(second)))
        return {name: np.stack([row[name] for row in rows]) for name in rows[0]}

    def _window(self, example: RhythmExample, second: int) -> Batch:
        rng, n = self.rng, len(example.allowed)
        start = second - int(rng.integers(0, WINDOW_S))
        if rng.random() < 0.7:
            start = min(max(start, 0), max(n - WINDOW_S, 0))
        first, last = max(start, 0), min(start + WINDOW_S, n)
        at = slice(first - start, last - start)
        leads = rng.permutation(example.wave.shape[1])[:N_LEADS]
        if len(leads) > 1 and rng.random() < 0.4:
            leads = leads[:1]
        wave = np.zeros((N_LEADS, WINDOW_S * RATE_HZ), dtype=np.float32)
        present = np.zeros((N_LEADS, WINDOW_S), dtype=np.float32)
        samples = slice(at.start * RATE_HZ, at.stop * RATE_HZ)
        for place, lead in enumerate(leads):
            wave[place, samples] = example.wave[first * RATE_HZ : last * RATE_HZ, lead]
            present[place, at] = example.present[first:last, lead]
        allowed = np.zeros(WINDOW_S, dtype=np.uint8)
        allowed[at] = example.allowed[first:last]
        alarm = np.zeros(WINDOW_S, dtype=np.float32)
        if example.alarm is not None:
            alarm[max(example.alarm[0] - start, 0) : max(example.alarm[1] - start, 0)] = 1
            if alarm.sum() < 10:
                alarm[:] = 0
        intervals = np.zeros((WINDOW_S, N_INTERVAL_FEATURES), dtype=np.float32)
        if rng.random() > 0.3:
            intervals[at] = self.intervals[example.database, example.name][first:last]
        wave, allowed = self._augmented(wave, present, allowed)
        allowed[present.max(axis=0) == 0] = 0
        classes = (allowed[:, None] >> np.arange(len(RHYTHM_CLASSES))) & 1
        return {
            "wave": wave[..., None],
            "present": present,
            "intervals": intervals,
            "allowed": classes.astype(np.float32),
            "alarm": alarm,
        }

    def _augmented(
        self, wave: npt.NDArray[np.float32], present: npt.NDArray[np.float32], allowed: npt.NDArray[np.uint8]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
        rng = self.rng
        for lead in range(N_LEADS):
            wave[lead] *= rng.choice([-1.0, 1.0]) * np.exp(rng.normal(0, 0.3))
            if self.noises and rng.random() < 0.3:
                noise = self.noises[int(rng.integers(len(self.noises)))]
                start = int(rng.integers(0, len(noise.wave) - wave.shape[1]))
                size = float(np.exp(rng.uniform(np.log(0.03), np.log(1.5))))
                added = size * noise.wave[start : start + wave.shape[1], int(rng.integers(2))].astype(np.float32)
                if rng.random() < 0.5:  # a burst
                    added[: int(rng.integers(0, len(added)))] = 0
                mask = np.repeat(present[lead], RATE_HZ)
                wave[lead] = (wave[lead] + added * mask) / max(1.0, 0.5 + size)
                if size > 0.6 and lead == 0:
                    allowed = np.where(
                        (allowed > 0) & (np.abs(added).reshape(-1, RATE_HZ).max(axis=1) > 0),
                        allowed | bits("NOISE"),
                        allowed,
                    ).astype(np.uint8)
            if rng.random() < 0.1:
                tone = rng.uniform(8, 45)
                wave[lead] += (
                    rng.uniform(0.02, 0.3)
                    * np.sin(2 * np.pi * tone * np.arange(wave.shape[1]) / RATE_HZ + rng.uniform(0, 6)).astype(
                        np.float32
                    )
                    * np.repeat(present[lead], RATE_HZ)
                )
        return np.clip(wave, -3, 3), allowed


def fit_rhythm_network(
    network: keras.Model,
    sampler: Sampler,
    steps: int,
    batch: int = 32,
    rate: float = 2e-3,
    report: Callable[[int, float, float], None] | None = None,
) -> None:
    """Train the network in place with AdamW under a cosine schedule.

    Parameters
    ----------
    network : keras.Model
        The network.
    sampler : Sampler
        Source of batches.
    steps : int
        Number of batches.
    batch : int
        Windows in a batch.
    rate : float
        Highest learning rate.
    report : callable, optional
        Called as ``report(step, loss, seconds)``.
    """
    import keras
    import tensorflow as tf

    optimiser = keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(rate / 10, steps, warmup_target=rate, warmup_steps=steps // 20),
        weight_decay=1e-3,
        clipnorm=1.0,
    )
    optimiser.build(network.trainable_variables)

    @tf.function(jit_compile=False)
    def step(wave: Any, present: Any, intervals: Any, allowed: Any, alarm: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = network([wave, present, intervals], training=True)
            loss = set_loss(allowed, alarm, logits)
        optimiser.apply_gradients(
            zip(tape.gradient(loss, network.trainable_variables), network.trainable_variables, strict=True)
        )
        return loss

    began, mean = time.monotonic(), 0.0
    for number in range(1, steps + 1):
        drawn = sampler.batch(batch)
        loss = float(step(*(tf.constant(drawn[name]) for name in ("wave", "present", "intervals", "allowed", "alarm"))))
        mean = loss if number == 1 else 0.98 * mean + 0.02 * loss
        if report is not None and (number % 50 == 0 or number == steps):
            report(number, mean, time.monotonic() - began)
