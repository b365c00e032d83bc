"""A convolutional autoencoder of normal beats: what it cannot rebuild is unusual."""

from __future__ import annotations

from typing import Any

from ecg_core.textbook.inputs import SegmentInputs
from ecg_core.textbook.training import Shapes, TextbookRecipe
from ecg_core.training.schedule import Schedule


def build(shapes: Shapes) -> Any:
    """Noise on the input, three strided convolutions down to 16 x 4, and three back up."""
    import keras
    from keras import layers

    x = inputs = keras.Input(shapes["segment"], name="segment")
    x = layers.GaussianNoise(0.2)(x)  # learning to take noise away is what makes it denoise
    for filters in (16, 16, 4):
        x = layers.Conv1D(filters, 7, strides=2, padding="same", activation="relu")(x)
    for filters in (16, 16, 16):
        x = layers.Conv1DTranspose(filters, 7, strides=2, padding="same", activation="relu")(x)
    return keras.Model(inputs, layers.Conv1D(1, 7, padding="same")(x))


RECIPE = TextbookRecipe(
    name="autoencoder",
    summary="convolutional autoencoder of normal beats: denoising, and reconstruction error as an anomaly score",
    inputs=SegmentInputs(fs_hz=128.0, before_s=0.375, after_s=0.625),
    target="anomaly",
    build=build,
    schedule=Schedule(epochs=12, batches_per_epoch=120, batch_size=192, learning_rate=2e-3, balance=(0, 0)),
)
