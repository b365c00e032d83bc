"""Every textbook recipe trains to the end, leaves a complete folder, has the layers in print, and is short."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.classification.loading import load_classifier
from ecg_core.errors import ModelError, SourceError
from ecg_core.formats import open_recording
from ecg_core.textbook.inputs import PeriodicityInputs, SegmentInputs, SequenceInputs, SpectrogramInputs
from ecg_core.textbook.model import TextbookModel
from ecg_core.textbook.training import TextbookRecipe, train_textbook
from ecg_core.training import recipes as package
from ecg_core.training.ds2 import SPEED, measure_textbook
from ecg_core.training.recipes import get_recipe, recipes
from ecg_core.training.run_config import RunConfig
from ecg_core.training.targets import TARGETS

TEXTBOOK = {name: recipe for name, recipe in recipes().items() if isinstance(recipe, TextbookRecipe)}
IN_THE_TABLE = {
    "cnn5",
    "cnn_binary",
    "cnn_lstm_binary",
    "spectrogram_cnn",
    "lstm",
    "bilstm_attention",
    "transformer",
    "autoencoder",
    "feature_mlp",
    "feature_forest",
    "heart_rate_mlp",
}
EVERY = pytest.mark.parametrize("name", sorted(TEXTBOOK))


def test_every_textbook_model_is_there() -> None:
    assert set(TEXTBOOK) >= IN_THE_TABLE


@EVERY
def test_a_recipe_is_one_short_file(name: str) -> None:
    file = Path(inspect.getfile(TEXTBOOK[name].build))
    assert file == Path(package.__file__).parent / f"{name}.py"
    assert len(file.read_text().splitlines()) < 70


@EVERY
def test_a_recipe_fits_its_target(name: str) -> None:
    recipe = TEXTBOOK[name]
    assert (recipe.name, "\n" in recipe.summary, bool(recipe.summary)) == (name, False, True)
    assert len(recipe.schedule.balance) in (TARGETS[recipe.target].n_classes, 5)


@pytest.mark.tensorflow
@EVERY
def test_a_recipe_trains_to_the_end_and_its_folder_is_complete(name: str, annotated: Path, tmp_path: Path) -> None:
    schedule = replace(TEXTBOOK[name].schedule, epochs=1, batches_per_epoch=3, batch_size=16)
    stages: dict[str, float] = {}
    folder = train_textbook(
        RunConfig(
            replace(TEXTBOOK[name], schedule=schedule),
            (annotated,),
            tmp_path / "trained",
            seed=2,
            command="the command",
        ),
        lambda stage, share, text: stages.update({stage: share}),
    )
    assert set(stages.values()) == {1.0}
    card = json.loads((folder / "card.json").read_text())
    assert (card["recipe"], card["target"]) == (name, TEXTBOOK[name].target)
    assert (card["training"]["command"], card["training"]["seed"]) == ("the command", 2)
    headers = sorted(annotated.glob("*.hea"))
    assert card["training"]["recordings"] == {header.stem: open_recording(header).sha256 for header in headers}
    assert card["figures"]["validation"]["patients_held_out"] == 1
    assert "published_split" not in card["figures"]  # MIT-BIH is not there

    model = load_classifier(folder)
    assert isinstance(model, TextbookModel)
    recording = open_recording(headers[0])
    samples = recording.annotations().beats()[0]
    if card["target"] == "aami":
        probabilities = model.classify(recording, samples)
        assert probabilities.shape == (len(samples), 5)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
        assert np.ptp(probabilities, axis=0).max() > 1e-6
    else:
        with pytest.raises(ModelError, match="does not tell the classes"):
            model.classify(recording, samples)
    figures = measure_textbook(model, annotated, tuple(header.stem for header in headers))
    expected = {"aami": "accuracy", "binary": "auc", "anomaly": "auc", "rate": "mae_bpm"}[card["target"]]
    assert np.isfinite(figures[expected])
    assert figures[SPEED] > 0


def test_one_patient_cannot_stand_on_both_sides(annotated: Path, tmp_path: Path) -> None:
    for suffix in (".hea", ".dat", ".atr"):
        (tmp_path / f"demo_pvc{suffix}").write_bytes((annotated / f"demo_pvc{suffix}").read_bytes())
    with pytest.raises(SourceError, match="cnn5 needs recordings of at least two patients"):
        train_textbook(RunConfig(TEXTBOOK["cnn5"], (tmp_path,), tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@cache
def layers_of(name: str) -> tuple[Any, ...]:
    from ecg_core.classification.device import tensorflow

    tensorflow()
    recipe = get_recipe(name)
    assert isinstance(recipe, TextbookRecipe)
    return tuple(recipe.build(recipe.inputs.shapes).layers)


def outline(name: str) -> list[str]:
    """Return one word a layer with its size: ``Conv1D 64 k3``, ``MaxPooling1D 2``, ``Dense 5``."""
    words = []
    for layer in layers_of(name):
        config = layer.get_config()
        word = type(layer).__name__
        inner = config.get("layer", {})
        if inner:
            word, config = f"{word}({inner['class_name']})", inner["config"]
        size = config.get("filters", config.get("units", config.get("rate", config.get("pool_size"))))
        size = size[0] if isinstance(size, (list, tuple)) else size
        kernel = config.get("kernel_size")
        words.append(" ".join([word, *([f"{size:g}"] if size else []), *([f"k{kernel[0]}"] if kernel else [])]))
    return words


def has_in_order(found: list[str], wanted: list[str]) -> bool:
    rest = iter(found)
    return all(word in rest for word in wanted)


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (
            "cnn5",
            ["Conv1D 64 k3", "MaxPooling1D 2", "Conv1D 128 k3", "MaxPooling1D 2", "Flatten", "Dense 256", "Dense 5"],
        ),
        ("cnn_binary", ["Conv1D 8 k4", "Dropout 0.5", "Flatten", "Dense 1"]),
        ("cnn_lstm_binary", ["TimeDistributed(Conv1D) 8 k4", "TimeDistributed(Flatten)", "LSTM 4", "Dense 1"]),
        ("spectrogram_cnn", ["Conv2D 32 k3", "Conv2D 64 k3", "Dense 128", "Dropout 0.5", "Dense 5"]),
        ("lstm", ["LSTM 64", "Dense 5"]),
        ("bilstm_attention", ["Bidirectional(LSTM) 32", "Softmax", "Dot", "Dense 5"]),
        ("transformer", ["MultiHeadAttention", "LayerNormalization", "MultiHeadAttention", "Dense 5"]),
        ("autoencoder", ["Conv1D 4 k7", "Conv1DTranspose 16 k7", "Conv1D 1 k7"]),
        ("feature_mlp", ["Dense 64", "Dense 32", "Dense 5"]),
        ("heart_rate_mlp", ["Flatten", "Dense 64", "Dense 32", "Dense 1"]),
    ],
)
def test_layers_are_those_in_print(name: str, wanted: list[str]) -> None:
    assert has_in_order(outline(name), wanted), outline(name)
    if name in ("cnn5", "cnn_binary", "heart_rate_mlp"):  # nothing else carries weights
        weighted = [word for word in outline(name) if word.startswith(("Conv", "Dense"))]
        assert weighted == [word for word in wanted if word.startswith(("Conv", "Dense"))]


def test_inputs_are_those_in_print() -> None:
    six_seconds = TEXTBOOK["cnn_binary"].inputs
    assert six_seconds.shapes == {"segment": (2160, 1)}
    assert isinstance(six_seconds, SegmentInputs)
    assert (six_seconds.fs_hz, six_seconds.before_s, six_seconds.after_s) == (360, 3, 3)
    assert TEXTBOOK["cnn_lstm_binary"].inputs == six_seconds
    ten_seconds = TEXTBOOK["heart_rate_mlp"].inputs
    assert isinstance(ten_seconds, PeriodicityInputs)
    assert list(ten_seconds.shapes) == ["periodicity"]
    assert ten_seconds.before_s + ten_seconds.after_s == 10
    assert TEXTBOOK["spectrogram_cnn"].inputs == SpectrogramInputs()
    assert SpectrogramInputs().shapes == {"image": (64, 64, 1)}
    for name in ("lstm", "bilstm_attention", "transformer"):
        assert isinstance(TEXTBOOK[name].inputs, SequenceInputs)
    assert {name: TEXTBOOK[name].published_accuracy for name in ("cnn_binary", "cnn_lstm_binary")} == {
        "cnn_binary": 0.82,
        "cnn_lstm_binary": 0.80,
    }


@pytest.mark.tensorflow
def test_the_four_parts_are_the_segment_cut_in_four() -> None:
    shapes = [layer.output.shape[1:] for layer in layers_of("cnn_lstm_binary")]
    assert shapes[0] == (4, 540, 1)


@pytest.mark.tensorflow
def test_attention_weights_of_the_nine_beats_sum_to_one() -> None:
    import keras

    from ecg_core.training.recipes.bilstm_attention import ATTENTION

    recipe = TEXTBOOK["bilstm_attention"]
    network = recipe.build(recipe.inputs.shapes)
    rng = np.random.default_rng(1)
    inputs = {name: rng.standard_normal((3, *shape)).astype(np.float32) for name, shape in recipe.inputs.shapes.items()}
    weights = np.asarray(keras.Model(network.inputs, network.get_layer(ATTENTION).output)(list(inputs.values())))
    assert weights.shape == (3, 9)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)


@pytest.mark.tensorflow
def test_the_autoencoder_s_output_has_the_shape_of_its_input() -> None:
    assert layers_of("autoencoder")[-1].output.shape == layers_of("autoencoder")[0].output.shape


@pytest.mark.parametrize(
    ("name", "type_name"),
    [
        ("feature_logistic", "LogisticRegression"),
        ("feature_svm", "CalibratedClassifierCV"),
        ("feature_forest", "HistGradientBoostingClassifier"),
    ],
)
def test_estimators_are_those_in_print(name: str, type_name: str) -> None:
    built = TEXTBOOK[name].build(TEXTBOOK[name].inputs.shapes)
    last = built.steps[-1][1] if hasattr(built, "steps") else built
    assert type(last).__name__ == type_name
