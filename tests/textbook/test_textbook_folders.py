"""Textbook model folders: they give back the same outputs, and what does not fit or carries code is refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ecg_core
from ecg_core.classification.loading import load_classifier
from ecg_core.classification.model import BeatModel
from ecg_core.errors import ModelError
from ecg_core.recording import from_array
from ecg_core.synthesis import Synthetic
from ecg_core.textbook.inputs import FeatureInputs, Inputs, SegmentInputs, SequenceInputs
from ecg_core.textbook.model import TextbookModel, fed, load_textbook, save_textbook

INPUTS = SegmentInputs(fs_hz=100.0, before_s=0.2, after_s=0.3)


def small_network(*extra: Any) -> Any:
    from ecg_core.classification.device import tensorflow

    tensorflow()
    import keras
    from keras import layers

    keras.utils.set_random_seed(3)
    convolved = [layers.Conv1D(3, 5, activation="relu"), layers.BatchNormalization(), layers.Flatten()]
    return keras.Sequential(
        [
            keras.Input(INPUTS.shapes["segment"], name="segment"),
            *convolved,
            *extra,
            layers.Dropout(0.4),
            layers.Dense(5),
        ]
    )


def save(folder: Path, predictor: Any, inputs: Inputs = INPUTS, target: str = "aami") -> Path:
    texts = {"summary": "small", "trained_for": "something else"}
    return save_textbook(folder, "small", inputs, predictor, recipe="small", target=target, texts=texts)


def replace_file(folder: Path, file: str, content: bytes) -> None:
    """Replace a file and its hash, as someone would who means harm."""
    (folder / file).write_bytes(content)
    card = json.loads((folder / "card.json").read_text())
    card["files"][file] = hashlib.sha256(content).hexdigest()
    (folder / "card.json").write_text(json.dumps(card))


def edit_card(folder: Path, **changes: Any) -> None:
    card = json.loads((folder / "card.json").read_text())
    card.update(changes)
    (folder / "card.json").write_text(json.dumps(card))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save(tmp_path / "small", small_network())


pytestmark = pytest.mark.tensorflow


def test_a_network_gives_back_the_same_outputs(tmp_path: Path) -> None:
    network = small_network()
    model = load_textbook(save(tmp_path / "small", network))
    arrays = {"segment": np.random.default_rng(1).standard_normal((7, *INPUTS.shapes["segment"])).astype(np.float32)}
    outputs = model.outputs(arrays)
    assert outputs.shape == (7, 5)
    assert np.ptp(outputs, axis=0).max() > 1e-2
    np.testing.assert_allclose(outputs, np.asarray(network.predict_on_batch(arrays["segment"])), atol=1e-6)
    assert model.inputs == INPUTS
    assert model.card["parameters"] == network.count_params()


def test_a_network_of_two_inputs_gives_back_the_same_outputs(tmp_path: Path) -> None:
    small_network()
    import keras
    from keras import layers

    inputs = SequenceInputs(n_beats=3)
    beats, rr = (keras.Input(inputs.shapes[name], name=name) for name in ("beats", "rr"))
    network = keras.Model([beats, rr], layers.Dense(5)(layers.LSTM(4)(layers.Concatenate()([beats, rr]))))
    model = load_textbook(save(tmp_path / "small", network, inputs))
    rng = np.random.default_rng(1)
    arrays = {name: rng.standard_normal((4, *shape)).astype(np.float32) for name, shape in inputs.shapes.items()}
    np.testing.assert_allclose(model.outputs(arrays), np.asarray(network.predict_on_batch(fed(arrays))), atol=1e-6)


def test_batches_leave_no_trace_and_progress_rises_to_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_textbook(folder)
    arrays = {"segment": np.random.default_rng(1).standard_normal((10, *INPUTS.shapes["segment"])).astype(np.float32)}
    whole = model.outputs(arrays)
    monkeypatch.setattr("ecg_core.textbook.model._BATCH", 3)
    seen: list[float] = []
    np.testing.assert_allclose(model.outputs(arrays, seen.append), whole, atol=1e-6)
    assert seen == sorted(seen)
    assert (len(seen), seen[-1]) == (4, 1.0)


def estimator_of(classes: tuple[int, ...]) -> tuple[Any, np.ndarray]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(2)
    label = np.repeat(classes, 30)
    features = rng.standard_normal((len(label), *FeatureInputs().shapes["features"])) + label[:, None]
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(features, label), features.astype(np.float32)


def test_an_estimator_gives_back_the_same_probabilities_each_class_in_its_place(tmp_path: Path) -> None:
    estimator, features = estimator_of((0, 2, 3))
    model = load_textbook(save(tmp_path / "small", estimator, FeatureInputs()))
    logits = model.outputs({"features": features})
    found = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found[:, [0, 2, 3]], estimator.predict_proba(features), atol=1e-5)
    assert found[:, [1, 4]].max() < 1e-6
    with pytest.raises(ModelError, match="is no network"):
        model.network  # noqa: B018


def test_boosted_trees_are_known(tmp_path: Path) -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    _, features = estimator_of((0, 2))
    trees = HistGradientBoostingClassifier(max_iter=3, random_state=1).fit(features, np.repeat((0, 2), 30))
    model = load_textbook(save(tmp_path / "small", trees, FeatureInputs()))
    assert (model.outputs({"features": features}).argmax(axis=1) == trees.predict(features)).all()


def test_probabilities_sum_to_one_and_no_beats_give_no_rows(folder: Path, synthetic: Synthetic) -> None:
    model = load_textbook(folder)
    recording = from_array(synthetic.signal, synthetic.fs_hz)
    samples = synthetic.annotations.beats()[0]
    probabilities = model.classify(recording, samples)
    assert probabilities.shape == (len(samples), 5)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert np.ptp(probabilities, axis=0).max() > 1e-3
    assert model.classify(recording, samples[:0]).shape == (0, 5)


@pytest.mark.parametrize("target", ["binary", "anomaly", "rate"])
def test_a_model_for_something_else_does_not_classify(tmp_path: Path, target: str, synthetic: Synthetic) -> None:
    model = load_textbook(save(tmp_path / "small", small_network(), target=target))
    with pytest.raises(ModelError, match=r"^small does not tell the classes N S V F Q: something else\.$"):
        model.classify(from_array(synthetic.signal, synthetic.fs_hz), synthetic.annotations.beats()[0])


def test_either_kind_of_folder_is_opened_by_the_same_function(folder: Path, tiny_model_folder: Path) -> None:
    assert isinstance(load_classifier(folder), TextbookModel)
    assert isinstance(load_classifier(tiny_model_folder), BeatModel)


def test_a_folder_that_was_written_anew_is_read_anew(folder: Path) -> None:
    first = load_textbook(folder)
    save(folder, small_network(), SegmentInputs(fs_hz=100.0, before_s=0.3, after_s=0.2))
    assert load_textbook(folder).inputs != first.inputs


def test_the_hash_covers_what_shapes_a_result_and_no_text(folder: Path, tmp_path: Path) -> None:
    first = load_textbook(folder)
    shutil.copytree(folder, tmp_path / "again")
    edit_card(tmp_path / "again", summary="other words", figures={"f1": 1})
    assert load_textbook(tmp_path / "again").sha256 == first.sha256
    save(tmp_path / "other", small_network(), SegmentInputs(fs_hz=100.0, before_s=0.3, after_s=0.2))
    assert load_textbook(tmp_path / "other").sha256 != first.sha256


Harm = Callable[[Path], None]


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda f: edit_card(f, format=2), "has model format 2, this version reads 1; update Rhythmoscope"),
        (lambda f: (f / "weights.npz").write_bytes(b"other"), "is not the file its card describes"),
        (lambda f: (f / "network.json").write_text("{}"), "is not the file its card describes"),
        (lambda f: (f / "weights.npz").unlink(), r"has no weights\.npz; copy the folder again, or train it: small"),
        (lambda f: (f / "card.json").unlink(), r"has no readable card\.json"),
        (lambda f: (f / "card.json").write_text("{"), r"has no readable card\.json"),
        (lambda f: (f / "card.json").write_text("[]"), "its card lacks"),
        (lambda f: (f / "card.json").write_text("5"), "its card lacks"),
        (lambda f: (f / "card.json").write_text('{"format": 1}'), "its card lacks name, inputs, target, files, recipe"),
        (lambda f: edit_card(f, files=[]), "its card names no files"),
        (lambda f: edit_card(f, files={}), "its card names no files"),
        (lambda f: edit_card(f, inputs={"kind": "smell"}), "does not know the model's kind of input 'smell'"),
        (lambda f: edit_card(f, inputs="segment"), "does not know the model's kind of input"),
    ],
)
def test_a_folder_that_does_not_fit_is_refused_in_one_sentence(folder: Path, harm: Harm, sentence: str) -> None:
    harm(folder)
    with pytest.raises(ModelError, match=sentence) as refused:
        load_textbook(folder)
    assert "\n" not in str(refused.value)


def test_weights_that_its_card_does_not_name_are_not_read(folder: Path) -> None:
    card = json.loads((folder / "card.json").read_text())
    edit_card(folder, files={"network.json": card["files"]["network.json"]})
    with pytest.raises(ModelError, match="its card names no files"):
        load_textbook(folder)


def test_weights_of_another_network_are_refused(folder: Path, tmp_path: Path) -> None:
    from keras import layers

    other = save(tmp_path / "other", small_network(layers.Dense(7)))
    replace_file(folder, "weights.npz", (other / "weights.npz").read_bytes())
    with pytest.raises(ModelError, match="weights do not fit"):
        load_textbook(folder).network  # noqa: B018


@pytest.mark.parametrize("content", [b"{", b'{"a": ', b"\xff\xfe"])
def test_a_description_that_is_no_json_is_refused(folder: Path, content: bytes) -> None:
    replace_file(folder, "network.json", content)
    with pytest.raises(ModelError, match="cannot be read"):
        load_textbook(folder).network  # noqa: B018


def described_with(folder: Path, layer: dict[str, Any]) -> None:
    described = json.loads((folder / "network.json").read_text())
    described["config"]["layers"].insert(-1, layer)
    replace_file(folder, "network.json", json.dumps(described).encode())


def layer(origin: str | None, name: str, registered: str | None = None, /, **config: Any) -> dict[str, Any]:
    return {"module": origin, "class_name": name, "config": config, "registered_name": registered}


@pytest.mark.parametrize(
    "harmful",
    [
        layer("keras.layers", "Lambda", function={"class_name": "__lambda__", "config": {"code": "4wEA"}}),
        layer("keras.layers", "TimeDistributed", layer=layer("keras.layers", "Lambda", function="relu")),
        layer("keras.layers", "TorchModuleWrapper", module="UEsDBA=="),
        layer("keras.layers", "TFSMLayer", filepath="/tmp/graph"),
        layer("keras.layers", "JaxLayer"),
        layer("keras.layers", "FlaxLayer"),
        layer("keras.layers", "StringLookup", vocabulary="/etc/passwd"),
        layer("keras.layers", "IntegerLookup", vocabulary="/etc/passwd"),
        layer("keras.layers", "TextVectorization", vocabulary="/etc/passwd"),
        layer("my_package.layers", "Dense", units=3),
        layer("os", "system"),
        layer("keras.src.utils.file_utils", "get_file"),
        layer("keras.layers", "Dense", "Custom>Dense", units=3),
        layer("keras.layers", "Dense", units=3, activation=layer("builtins", "function", "function")),
        layer(None, "Dense", units=3),
    ],
    ids=lambda harmful: f"{harmful['module']}.{harmful['class_name']}",
)
def test_code_and_foreign_layers_are_refused_though_the_hash_is_right(folder: Path, harmful: dict[str, Any]) -> None:
    described_with(folder, harmful)
    model = load_textbook(folder)
    with pytest.raises(ModelError, match=r"^small was refused: its network names .*, which is no stock layer\.$"):
        model.network  # noqa: B018


class Homemade:
    """An estimator of nobody's library."""

    def __init__(self) -> None:
        self.classes_ = [0]


@pytest.mark.parametrize("code", ["class", "function"])
def test_an_estimator_with_code_is_refused_though_the_hash_is_right(tmp_path: Path, code: str) -> None:
    import os

    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    harmful = Homemade() if code == "class" else make_pipeline(FunctionTransformer(os.system))
    model = load_textbook(save(tmp_path / "small", harmful, FeatureInputs()))
    with pytest.raises(ModelError, match=r"was refused: it holds .*, which is no known estimator\.$"):
        model.outputs({"features": np.zeros((1, 50), np.float32)})


def test_opening_a_folder_imports_no_heavy_library(folder: Path) -> None:
    code = (
        "import sys, pathlib; from ecg_core.classification.loading import load_classifier;"
        f"load_classifier(pathlib.Path({str(folder)!r}));"
        "assert not {'tensorflow', 'keras', 'sklearn', 'skops', 'pywt'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(ecg_core.__file__).parent.parent)
