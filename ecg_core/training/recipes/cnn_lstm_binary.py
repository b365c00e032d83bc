"""The same tutorial's network in two stages: convolution in four parts of the segment, then an LSTM over them."""

from __future__ import annotations

from typing import Any

from ecg_core.textbook.training import Shapes, TextbookRecipe
from ecg_core.training.recipes import cnn_binary

_PARTS = 4


def build(shapes: Shapes) -> Any:
    """Four sub-sequences, each Conv1D 8 k4 and flatten, then LSTM 4, one logit."""
    import keras
    from keras import layers

    length = shapes["segment"][0] // _PARTS
    return keras.Sequential(
        [
            keras.Input(shapes["segment"], name="segment"),
            layers.Reshape((_PARTS, length, 1)),
            layers.TimeDistributed(layers.Conv1D(8, 4, activation="relu")),
            layers.TimeDistributed(layers.Dropout(0.5)),
            layers.TimeDistributed(layers.Flatten()),
            layers.LSTM(4),
            layers.Dense(1),
        ]
    )


RECIPE = TextbookRecipe(
    name="cnn_lstm_binary",
    summary="Conv1D 8 in each of four sub-sequences, LSTM 4 over them, normal or abnormal",
    inputs=cnn_binary.RECIPE.inputs,
    target="binary",
    build=build,
    schedule=cnn_binary.RECIPE.schedule,
    published_accuracy=0.80,
    limits=cnn_binary.RECIPE.limits,
)
