"""A dense network on hand-made features."""

from __future__ import annotations

from typing import Any

from ecg_core.textbook.inputs import FeatureInputs
from ecg_core.textbook.training import Shapes, TextbookRecipe
from ecg_core.training.schedule import Schedule


def build(shapes: Shapes) -> Any:
    """Normalised features, dense 64 and 32, 5 logits."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input(shapes["features"], name="features"),
            layers.BatchNormalization(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(32, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(5),
        ]
    )


RECIPE = TextbookRecipe(
    name="feature_mlp",
    summary="dense 64 and 32 on hand-made features of time, frequency and time-frequency domain and the RR family",
    inputs=FeatureInputs(),
    target="aami",
    build=build,
    schedule=Schedule(
        epochs=15, batches_per_epoch=150, batch_size=256, learning_rate=1e-3, balance=(0, 0.5, 0.4, 0.25, 0)
    ),
)
