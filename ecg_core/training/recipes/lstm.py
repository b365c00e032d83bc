"""A recurrent network along the beat sequence."""

from __future__ import annotations

from typing import Any

from ecg_core.classification.textbook.inputs import SequenceInputs
from ecg_core.training.loop import Schedule
from ecg_core.training.textbook import Shapes, TextbookRecipe


def build(shapes: Shapes) -> Any:
    """Each beat and its intervals embedded by a dense layer, LSTM 64 over nine beats, 5 logits."""
    import keras
    from keras import layers

    beats = keras.Input(shapes["beats"], name="beats")
    rr = keras.Input(shapes["rr"], name="rr")
    x = layers.Concatenate()([layers.Dense(48, activation="relu")(beats), layers.Dense(24, activation="relu")(rr)])
    x = layers.Dropout(0.3)(layers.LSTM(64)(layers.Dropout(0.2)(x)))
    return keras.Model([beats, rr], layers.Dense(5)(x))


RECIPE = TextbookRecipe(
    name="lstm",
    summary="LSTM 64 over nine beats and their RR intervals",
    inputs=SequenceInputs(),
    target="aami",
    build=build,
    schedule=Schedule(
        epochs=10, batches_per_epoch=100, batch_size=192, learning_rate=1e-3, balance=(0, 0.5, 0.4, 0.25, 0)
    ),
)
