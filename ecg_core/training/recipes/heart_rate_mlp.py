"""A dense network that reads the heart rate off ten seconds of signal, from when it repeats itself."""

from __future__ import annotations

from typing import Any

from ecg_core.textbook.inputs import PeriodicityInputs
from ecg_core.textbook.training import Shapes, TextbookRecipe
from ecg_core.training.schedule import Schedule


def build(shapes: Shapes) -> Any:
    """Dense 64, 32, 1; it starts from 75 beats per minute."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input(shapes["periodicity"], name="periodicity"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(32, activation="relu"),
            layers.Dense(1, bias_initializer=keras.initializers.Constant(75.0)),
        ]
    )


RECIPE = TextbookRecipe(
    name="heart_rate_mlp",
    summary="dense 64, 32, 1 on a 10 s window: predicts the heart rate",
    inputs=PeriodicityInputs(),
    target="rate",
    build=build,
    schedule=Schedule(epochs=10, batches_per_epoch=100, batch_size=128, learning_rate=2e-3, balance=()),
    limits=("An irregular rhythm repeats itself after no lag: counting beats does better there.",),
)
