"""A small transformer encoder over beat embeddings with their RR intervals."""

from __future__ import annotations

from typing import Any

from ecg_core.textbook.inputs import SequenceInputs
from ecg_core.textbook.training import Shapes, TextbookRecipe
from ecg_core.training.augmentation import MILD
from ecg_core.training.schedule import Schedule

_WIDTH, _HEADS, _LAYERS = 48, 4, 2


def build(shapes: Shapes) -> Any:
    """Embeddings of width 48 with position, two encoder layers of four heads, the middle beat's state, 5 logits."""
    import keras
    from keras import layers

    beats = keras.Input(shapes["beats"], name="beats")
    rr = keras.Input(shapes["rr"], name="rr")
    x = layers.Concatenate()([layers.Dense(_WIDTH, activation="relu")(beats), layers.Dense(24, activation="relu")(rr)])
    x = layers.Dense(_WIDTH)(layers.Dropout(0.2)(x))
    # A locally connected step over the sequence tells the beats' order, which attention alone does not see.
    x = layers.Add()([x, layers.DepthwiseConv1D(3, padding="same")(x)])
    for _ in range(_LAYERS):
        normed = layers.LayerNormalization()(x)
        x = layers.Add()([x, layers.MultiHeadAttention(_HEADS, _WIDTH // _HEADS, dropout=0.1)(normed, normed)])
        normed = layers.LayerNormalization()(x)
        x = layers.Add()([x, layers.Dense(_WIDTH)(layers.Dense(2 * _WIDTH, activation="gelu")(normed))])
    middle = shapes["beats"][0] // 2
    own = layers.Flatten()(layers.Cropping1D((middle, middle))(layers.LayerNormalization()(x)))
    return keras.Model([beats, rr], layers.Dense(5)(layers.Dropout(0.3)(own)))


RECIPE = TextbookRecipe(
    name="transformer",
    summary="two encoder layers of four heads over nine beat embeddings with their RR intervals",
    inputs=SequenceInputs(relative=True),
    target="aami",
    build=build,
    augmentation=MILD,
    schedule=Schedule(
        epochs=10, batches_per_epoch=100, batch_size=192, learning_rate=1e-3, balance=(0, 0.5, 0.4, 0.25, 0)
    ),
)
