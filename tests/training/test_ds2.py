"""Figures on DS2 are those of the model's whole outputs, for every target."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.formats import open_recording
from ecg_core.synthesis import write_scenario
from ecg_core.textbook.inputs import SegmentInputs
from ecg_core.textbook.model import TextbookModel, load_textbook, save_textbook
from ecg_core.training.ds2 import SPEED, measure_textbook
from ecg_core.training.targets import TARGETS

pytestmark = pytest.mark.tensorflow

RECORDS = ("demo_pvc", "demo_pac")
INPUTS = SegmentInputs(fs_hz=64.0, before_s=0.25, after_s=0.25)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("records")
    for name in RECORDS:
        write_scenario(name, folder, hours=0.012)
    return folder


def network(target: str) -> Any:
    """A small network of random weights with the outputs of a target."""
    from ecg_core.classification.device import tensorflow

    tensorflow()
    import keras
    from keras import layers

    keras.utils.set_random_seed(5)
    x = inputs = keras.Input(INPUTS.shapes["segment"], name="segment")
    if target == "anomaly":
        return keras.Model(inputs, layers.Conv1D(1, 5, padding="same")(x))
    return keras.Model(inputs, layers.Dense({"aami": 5, "binary": 1, "rate": 1}[target])(layers.Flatten()(x)))


@pytest.fixture(params=list(TARGETS), scope="module")
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> TextbookModel:
    folder = tmp_path_factory.mktemp("model") / request.param
    texts = {"trained_for": request.param}
    save_textbook(
        folder, folder.name, INPUTS, network(request.param), recipe="small", target=request.param, texts=texts
    )
    return load_textbook(folder)


def test_the_share_done_begins_at_nothing_and_a_speed_is_measured(model: TextbookModel, data: Path) -> None:
    shares: list[float] = []
    assert measure_textbook(model, data, RECORDS, lambda share, record: shares.append(share))[SPEED] > 0
    assert shares[0] == 0


def test_figures_are_those_of_the_whole_outputs(model: TextbookModel, data: Path) -> None:
    target = TARGETS[model.card["target"]]
    figures = measure_textbook(model, data, RECORDS)
    values, parts = [], []
    for record in RECORDS:
        recording = open_recording(data / record)
        samples, value = target.examples(recording)
        values.append(value)
        parts.append(INPUTS.arrays(recording, samples)["segment"])
    segments = np.concatenate(parts)
    expected = target.figures(np.concatenate(values), model.outputs({"segment": segments}), {"segment": segments})
    if target.name == "aami":  # the rest is EC57's, tested there
        assert figures["accuracy"] == pytest.approx(expected["accuracy"], abs=1e-4)
    else:
        assert {name: figures[name] for name in expected} == pytest.approx(expected, abs=1e-4)
        assert figures["examples"] == len(segments)
