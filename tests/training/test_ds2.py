"""Figures on DS2 follow from kept outputs as from the model itself, for every target."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.errors import ModelError
from ecg_core.formats import open_recording
from ecg_core.synthesis import write_scenario
from ecg_core.textbook.inputs import SegmentInputs
from ecg_core.textbook.model import TextbookModel, load_textbook, save_textbook
from ecg_core.training.ds2 import SPEED, load_outputs, measure_textbook, score_stored, store_outputs
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


def test_kept_outputs_give_the_same_figures_in_few_bytes(model: TextbookModel, data: Path, tmp_path: Path) -> None:
    shares: list[float] = []
    figures, outputs = measure_textbook(model, data, RECORDS, lambda share, record: shares.append(share))
    assert shares[0] == 0
    assert figures.pop(SPEED) > 0
    kept = load_outputs(tmp_path, store_outputs(tmp_path, outputs))
    assert score_stored(model.card["target"], kept, data, RECORDS) == figures
    n_examples = sum(len(found) for found in outputs.values())
    assert sum(found.nbytes for found in kept.values()) <= 4 * n_examples


def test_figures_are_those_of_the_whole_outputs(model: TextbookModel, data: Path) -> None:
    target = TARGETS[model.card["target"]]
    figures, _ = measure_textbook(model, data, RECORDS)
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


def test_outputs_of_other_records_do_not_fit(model: TextbookModel, data: Path) -> None:
    _, outputs = measure_textbook(model, data, RECORDS[:1])
    with pytest.raises(ModelError, match=r"^ds2_outputs\.npz does not fit record demo_pac; make the zoo again\.$"):
        score_stored(model.card["target"], outputs, data, RECORDS)
    shorter = {record: found[:-1] for record, found in outputs.items()}
    with pytest.raises(ModelError, match="does not fit record demo_pvc"):
        score_stored(model.card["target"], shorter, data, RECORDS[:1])


def test_a_file_that_is_no_archive_is_one_sentence(tmp_path: Path) -> None:
    sha256 = store_outputs(tmp_path, {"100": np.zeros(3, np.int8)})
    assert load_outputs(tmp_path, sha256)["100"].tolist() == [0, 0, 0]
    (tmp_path / "ds2_outputs.npz").write_bytes(b"PK")
    with pytest.raises(ModelError, match="hash differs"):
        load_outputs(tmp_path, sha256)
    with pytest.raises(ModelError, match="cannot be read"):
        load_outputs(tmp_path, hashlib.sha256(b"PK").hexdigest())
