"""Two-dimensional convolutions on the beat's time-frequency image."""

from __future__ import annotations

from typing import Any

from ecg_core.textbook.inputs import SpectrogramInputs
from ecg_core.textbook.training import Shapes, TextbookRecipe
from ecg_core.training.schedule import Schedule


def build(shapes: Shapes) -> Any:
    """Conv2D 32 and 64, dense 128, dropout 0.5, 5 logits."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input(shapes["image"], name="image"),
            layers.Conv2D(32, 3, strides=2, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(5),
        ]
    )


RECIPE = TextbookRecipe(
    name="spectrogram_cnn",
    summary="Conv2D 32 and 64, dense 128 on a 64 x 64 time-frequency image of the beat",
    inputs=SpectrogramInputs(),
    target="aami",
    build=build,
    schedule=Schedule(
        epochs=8, batches_per_epoch=100, batch_size=128, learning_rate=1e-3, balance=(0, 0.5, 0.4, 0.25, 0)
    ),
    limits=("Sees one beat and no interval.",),
)
