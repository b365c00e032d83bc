"""Training loop of the delineation network."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ecg_core.delineation.wave_network import CLASSES
from ecg_core.training.wave_data import MASKED, WaveSampler

if TYPE_CHECKING:
    import keras

SMOOTHING: Final = 0.02
"""Share of the probability that is spread over all classes: where a wave ends is a matter of opinion."""


def fit_wave_network(
    network: keras.Model,
    sampler: WaveSampler,
    steps: int,
    batch: int = 8,
    rate: float = 3e-3,
    report: Callable[[int, float, float], None] | None = None,
) -> None:
    """Train the network in place with AdamW under a cosine schedule.

    Parameters
    ----------
    network : keras.Model
        The network.
    sampler : WaveSampler
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

    @tf.function(jit_compile=False, reduce_retracing=True)
    def step(wave: Any, present: Any, target: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = network([wave, present], training=True)
            known = tf.cast(target != MASKED, tf.float32)
            wanted = tf.one_hot(tf.cast(target, tf.int32), len(CLASSES)) * (1 - SMOOTHING) + SMOOTHING / len(CLASSES)
            loss = tf.nn.softmax_cross_entropy_with_logits(wanted, logits)
            loss = tf.reduce_sum(loss * known) / tf.maximum(tf.reduce_sum(known), 1.0)
        variables = network.trainable_variables
        optimiser.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    began, mean = time.monotonic(), 0.0
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(sampler.batch, batch)
        for number in range(1, steps + 1):
            drawn = following.result()
            following = pool.submit(sampler.batch, batch)
            loss = float(step(*(tf.constant(part) for part in drawn)))
            mean = loss if number == 1 else 0.98 * mean + 0.02 * loss
            if report is not None and (number % 50 == 0 or number == steps):
                report(number, mean, time.monotonic() - began)
    assert np.isfinite(mean)
