"""Prepared beats made of noise, and short annotated recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.classification.rr import RR_FEATURES
from ecg_core.synthesis import write_scenario
from ecg_core.textbook.inputs import SegmentInputs
from ecg_core.textbook.training import Shapes, TextbookRecipe
from ecg_core.training.prepared_beats import PreparedBeats
from ecg_core.training.schedule import Schedule

Prepared = Callable[..., PreparedBeats]
TinyTextbook = Callable[..., TextbookRecipe]


@pytest.fixture
def prepared() -> Prepared:
    """Make a data set of beats whose windows tell them apart, some of each class in each recording."""

    def make(per_recording: list[list[int]], names: list[str] | None = None, seed: int = 0) -> PreparedBeats:
        rng = np.random.default_rng(seed)
        recording = np.repeat(np.arange(len(per_recording)), [sum(counts) for counts in per_recording])
        label = np.concatenate([np.repeat(np.arange(5), counts) for counts in per_recording])
        n_beats, n_samples = len(label), 192 + 16
        return PreparedBeats(
            beat=rng.standard_normal((n_beats, 2, n_samples)).astype(np.float16),
            dominant=rng.standard_normal((len(per_recording), 2, n_samples)).astype(np.float16),
            readable=(rng.random((n_beats, 2)) < 0.9).astype(np.float32),
            rr=rng.standard_normal((n_beats, len(RR_FEATURES))).astype(np.float32),
            label=label,
            recording=recording,
            view=recording,
            n_whole=n_beats,
            names=tuple(names or [f"r{index}" for index in range(len(per_recording))]),
            sha256=tuple(f"{index:064d}" for index in range(len(per_recording))),
            margin=8,
            n_before=96,
        )

    return make


@pytest.fixture
def eagerly() -> Iterator[None]:
    """Run TensorFlow step by step: of a few steps, tracing them into a graph takes most of the time.

    Not for what tests the networks of recipes, precision or devices.
    """
    from ecg_core.classification.device import tensorflow

    config = tensorflow().config
    config.run_functions_eagerly(True)
    yield
    config.run_functions_eagerly(False)


@pytest.fixture(scope="session")
def annotated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three short synthetic recordings and their true annotations."""
    folder = tmp_path_factory.mktemp("annotated")
    for name in ("demo_pvc", "demo_pac", "demo_sinus"):
        write_scenario(name, folder, hours=0.02)
    return folder


@pytest.fixture(scope="session")
def tiny_textbook() -> TinyTextbook:
    """Make a textbook recipe that trains in no time: half a second of signal, one hidden layer, two epochs."""

    def build(shapes: Shapes) -> Any:
        import keras
        from keras import layers

        return keras.Sequential(
            [
                keras.Input(shapes["segment"], name="segment"),
                layers.Flatten(),
                layers.Dense(8, activation="relu"),
                layers.BatchNormalization(),
                layers.Dense(5),
            ]
        )

    schedule = Schedule(epochs=2, batches_per_epoch=2, batch_size=16, learning_rate=3e-2, balance=(0.0,) * 5)
    inputs = SegmentInputs(fs_hz=100.0, before_s=0.2, after_s=0.3)
    recipe = TextbookRecipe("tiny", "a few steps of a small network", inputs, "aami", build, schedule)

    def make(schedule: dict[str, Any] | None = None, **changes: Any) -> TextbookRecipe:
        return replace(recipe, schedule=replace(recipe.schedule, **(schedule or {})), **changes)

    return make
