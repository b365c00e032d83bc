"""Two convolutions and a dense layer on the denoised, standardised beat: the plainest five-class network."""

from __future__ import annotations

from typing import Any

from ecg_core.textbook.inputs import SegmentInputs
from ecg_core.textbook.training import Shapes, TextbookRecipe
from ecg_core.training.augmentation import MILD
from ecg_core.training.schedule import Schedule


def build(shapes: Shapes) -> Any:
    """Conv1D 64 k3, pool 2, Conv1D 128 k3, pool 2, flatten, dense 256, 5 logits."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input(shapes["segment"], name="segment"),
            layers.Conv1D(64, 3, activation="relu"),
            layers.MaxPooling1D(2),
            layers.Conv1D(128, 3, activation="relu"),
            layers.MaxPooling1D(2),
            layers.Flatten(),
            layers.Dense(256, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(5),
        ]
    )


RECIPE = TextbookRecipe(
    name="cnn5",
    summary="Conv1D 64 and 128, dense 256, softmax 5, on denoised and standardised beat segments",
    inputs=SegmentInputs(fs_hz=128.0, before_s=0.4, after_s=0.6),
    target="aami",
    build=build,
    augmentation=MILD,
    schedule=Schedule(
        epochs=12, batches_per_epoch=120, batch_size=192, learning_rate=1e-3, balance=(0, 0.5, 0.4, 0.25, 0)
    ),
    limits=("Sees one beat and no interval: premature beats of normal shape are mostly missed.",),
)
