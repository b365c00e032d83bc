"""The floor that classification is measured against: multiply-adds counted as they are executed."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from stages import LIMITED, STAGES, _multiply_adds_per_beat, stage_rows, together

from ecg_core.recording import from_array


@pytest.mark.tensorflow
def test_multiply_adds_are_those_of_the_layers_by_hand() -> None:
    import keras

    inputs = keras.Input((50, 3))
    x = keras.layers.Conv1D(8, 5, padding="same")(inputs)
    x = keras.layers.SeparableConv1D(6, 3, strides=2, padding="same")(x)
    x = keras.layers.Dense(4)(x)
    x = keras.layers.Flatten()(x)
    network = keras.Model(inputs, keras.layers.Dense(5)(x))
    recording = from_array(np.zeros((1000, 1)), 100.0)

    def classify(_: object, samples: np.ndarray, __: object) -> np.ndarray:
        return np.asarray(network.predict_on_batch(np.zeros((len(samples), 50, 3), np.float32)))

    counted = _multiply_adds_per_beat(recording, SimpleNamespace(classify=classify), np.arange(0, 1000, 100), None)
    convolutions = 50 * 8 * 5 * 3 + 25 * (8 * 3 + 8 * 6)
    assert counted == convolutions + 25 * 6 * 4 + 100 * 5


def test_what_has_a_limit_is_summed_and_its_largest_memory_stands() -> None:
    stages = {
        stage: {"seconds": 1.0 + index, "cpu_s": 2.0, "beyond_mb": 10.0 * index} for index, stage in enumerate(STAGES)
    }
    measured = {
        "stages": stages,
        "duration_s": 3600.0,
        "beats": 1000,
        "families": 7,
        "multiply_adds_per_beat": 2e6,
        "multiply_adds_per_s": 1e9,
        "floor_s": 2.0,
    }
    assert together(measured) == {"seconds": 2.0 + 3.0 + 4.0, "cpu_s": 6.0, "beyond_mb": 30.0}
    rows = {row[0].strip(): row[1:] for row in stage_rows(measured)}
    assert rows[" + ".join(LIMITED)] == ("9 s", "6 s", "400", "30 MiB")
    assert rows["what was taken"] == ("1.5 x",)
