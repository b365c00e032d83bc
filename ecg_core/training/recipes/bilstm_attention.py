"""A recurrent network in both directions, with attention over the beats whose weights can be shown."""

from __future__ import annotations

from typing import Any

from ecg_core.textbook.inputs import SequenceInputs
from ecg_core.textbook.training import Shapes, TextbookRecipe
from ecg_core.training.augmentation import MILD
from ecg_core.training.schedule import Schedule

ATTENTION = "attention"
"""Name of the layer whose output is the weight of each beat of the sequence."""


def build(shapes: Shapes) -> Any:
    """Embedded beats, bidirectional LSTM 32, softmax attention over the nine beats, 5 logits."""
    import keras
    from keras import layers

    beats = keras.Input(shapes["beats"], name="beats")
    rr = keras.Input(shapes["rr"], name="rr")
    x = layers.Concatenate()([layers.Dense(48, activation="relu")(beats), layers.Dense(24, activation="relu")(rr)])
    x = layers.Bidirectional(layers.LSTM(32, return_sequences=True))(layers.Dropout(0.2)(x))
    scores = layers.Flatten()(layers.Dense(1)(x))
    weights = layers.Softmax(name=ATTENTION)(scores)
    pooled = layers.Dot(axes=(1, 1))([weights, x])
    # The beat in question is the middle one: what its neighbours say comes beside what it is.
    middle = shapes["beats"][0] // 2
    own = layers.Flatten()(layers.Cropping1D((middle, middle))(x))
    joined = layers.Dropout(0.3)(layers.Concatenate()([pooled, own]))
    return keras.Model([beats, rr], layers.Dense(5)(joined))


RECIPE = TextbookRecipe(
    name="bilstm_attention",
    summary="bidirectional LSTM 32 over nine beats with attention, and their RR intervals",
    inputs=SequenceInputs(relative=True),
    target="aami",
    build=build,
    augmentation=MILD,
    schedule=Schedule(
        epochs=10, batches_per_epoch=100, batch_size=192, learning_rate=1e-3, balance=(0, 0.5, 0.4, 0.25, 0)
    ),
)
