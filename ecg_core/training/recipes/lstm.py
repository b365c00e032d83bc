"""A recurrent network along the beat sequence."""

from __future__ import annotations

from typing import Any

from ecg_core.textbook.inputs import SequenceInputs
from ecg_core.textbook.training import Shapes, TextbookRecipe
from ecg_core.training.augmentation import MILD
from ecg_core.training.schedule import Schedule


def build(shapes: Shapes) -> Any:
    """Each beat and its intervals embedded by a dense layer, LSTM 64 over nine beats, 5 logits."""
    import keras
    from keras import layers

    beats = keras.Input(shapes["beats"], name="beats")
    rr = keras.Input(shapes["rr"], name="rr")
    own = layers.Dense(48, activation="relu")(layers.Dropout(0.15)(beats))
    x = layers.Concatenate()([own, layers.Dense(24, activation="relu")(rr)])
    x = layers.LSTM(64, return_sequences=True)(layers.Dropout(0.3)(x))
    # The state at the beat in question, in the middle, and the last one, which has seen what followed.
    n_beats, middle = shapes["beats"][0], shapes["beats"][0] // 2
    states = [layers.Cropping1D((middle, middle))(x), layers.Cropping1D((n_beats - 1, 0))(x)]
    joined = layers.Concatenate()([layers.Flatten()(state) for state in states])
    return keras.Model([beats, rr], layers.Dense(5)(layers.Dropout(0.3)(joined)))


RECIPE = TextbookRecipe(
    name="lstm",
    summary="LSTM 64 over nine beats and their RR intervals",
    inputs=SequenceInputs(relative=True),
    target="aami",
    build=build,
    augmentation=MILD,
    schedule=Schedule(
        epochs=10, batches_per_epoch=100, batch_size=192, learning_rate=1e-3, balance=(0, 0.5, 0.4, 0.25, 0)
    ),
)
