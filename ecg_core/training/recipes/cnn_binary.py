"""The widely copied tutorial's convolutional network: six seconds of the raw lead, normal or abnormal."""

from __future__ import annotations

from typing import Any

from ecg_core.textbook.inputs import SegmentInputs
from ecg_core.textbook.training import Shapes, TextbookRecipe
from ecg_core.training.schedule import Schedule


def build(shapes: Shapes) -> Any:
    """Conv1D 8 k4, dropout 0.5, flatten, one logit."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input(shapes["segment"], name="segment"),
            layers.Conv1D(8, 4, activation="relu"),
            layers.Dropout(0.5),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )


RECIPE = TextbookRecipe(
    name="cnn_binary",
    summary="Conv1D 8 on three seconds before and after the beat, normal or abnormal",
    inputs=SegmentInputs(fs_hz=360.0, before_s=3.0, after_s=3.0, band_hz=None, scale="recording"),
    target="binary",
    build=build,
    schedule=Schedule(
        epochs=5,
        batches_per_epoch=300,
        batch_size=128,
        learning_rate=1e-3,
        balance=(0, 0),
        weight_decay=1e-4,
        label_smoothing=0.0,
    ),
    published_accuracy=0.82,
    limits=("Its six seconds hold several beats: the label is the middle one's.",),
)
