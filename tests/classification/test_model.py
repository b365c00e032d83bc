"""Model folders: what is loaded, what is refused, and what classification may not depend on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ecg_core.classification.device import computing_name
from ecg_core.classification.inference import Plan, usual_plan
from ecg_core.classification.model import DEFAULT_MODEL, MODELS_FOLDER, BeatModel, load_model
from ecg_core.classification.rr import rr_features
from ecg_core.classification.windows import iterate_windows
from ecg_core.errors import ModelError
from ecg_core.recording import from_array
from ecg_core.synthesis import Synthetic, generate, scenarios

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def synthetic() -> Synthetic:
    return generate(scenarios()["demo_pvc"], duration_s=90, seed=5)


@pytest.fixture(scope="module")
def model(tiny_model_folder: Path) -> BeatModel:
    return load_model(tiny_model_folder)


def classify(model: BeatModel, synthetic: Synthetic, signal: np.ndarray | None = None) -> np.ndarray:
    signal = synthetic.signal if signal is None else signal
    return model.classify(from_array(signal, synthetic.fs_hz), synthetic.annotations.beats()[0])


def edited_copy(folder: Path, to: Path, **changes: object) -> Path:
    copy = Path(shutil.copytree(folder, to / "copy"))
    card = json.loads((copy / "card.json").read_text())
    card.update(changes)
    (copy / "card.json").write_text(json.dumps(card))
    return copy


def test_probabilities_sum_to_one_and_differ_between_beats(model: BeatModel, synthetic: Synthetic) -> None:
    probabilities = classify(model, synthetic)
    assert probabilities.shape == (len(synthetic.annotations.beats()[0]), 5)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert probabilities.std(axis=0).max() > 1e-3


def test_gain_does_not_matter(model: BeatModel, synthetic: Synthetic) -> None:
    np.testing.assert_allclose(
        classify(model, synthetic, synthetic.signal * 3.0), classify(model, synthetic), atol=1e-3
    )


def test_lead_order_does_not_matter(model: BeatModel, synthetic: Synthetic) -> None:
    np.testing.assert_allclose(
        classify(model, synthetic, synthetic.signal[:, ::-1]), classify(model, synthetic), atol=1e-4
    )


def test_a_lead_that_is_off_throughout_does_not_matter(model: BeatModel, synthetic: Synthetic) -> None:
    off = np.full((len(synthetic.signal), 1), np.nan, dtype=np.float32)
    with_off = np.concatenate([synthetic.signal, off], axis=1)
    np.testing.assert_allclose(classify(model, synthetic, with_off), classify(model, synthetic), atol=1e-4)


@pytest.mark.parametrize(
    "plan",
    [
        Plan(batch=7),
        Plan(batch=33, threads=3),
        pytest.param(Plan(batch=50, compiled_from=0), id="as on a GPU"),
    ],
)
def test_batches_leave_no_trace(model: BeatModel, synthetic: Synthetic, plan: Plan) -> None:
    whole = classify(model, synthetic)
    usual = model.inference
    try:
        model.__dict__["inference"] = model.inference_by(plan)
        np.testing.assert_allclose(classify(model, synthetic), whole, atol=1e-5)
    finally:
        model.__dict__["inference"] = usual


@pytest.mark.parametrize("compiled_from", [0, 10**9], ids=["compiled", "as it is"])
def test_half_precision_says_nearly_the_same(model: BeatModel, synthetic: Synthetic, compiled_from: int) -> None:
    whole = classify(model, synthetic)
    usual = model.inference
    try:
        model.__dict__["inference"] = model.inference_by(Plan(batch=50, compiled_from=compiled_from, half=True))
        half = classify(model, synthetic)
    finally:
        model.__dict__["inference"] = usual
    assert half.dtype == np.float32
    assert 0 < np.abs(half - whole).max() < 0.02
    np.testing.assert_array_equal(half.argmax(axis=1), whole.argmax(axis=1))


def test_only_a_gpu_computes_in_half_precision_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def told(device: str, wanted: str) -> tuple[str, bool]:
        monkeypatch.setattr("ecg_core.classification.inference.device_name", lambda: device)
        monkeypatch.setattr("ecg_core.classification.device.device_name", lambda: device)
        monkeypatch.setenv("ECG_PRECISION", wanted)
        return computing_name(), usual_plan().half

    assert told("CPU", "half") == ("CPU", False)
    assert told("GPU (NVIDIA H200)", "full") == told("GPU (NVIDIA H200)", "") == ("GPU (NVIDIA H200)", False)
    assert told("GPU (NVIDIA H200)", "Half") == ("GPU (NVIDIA H200), half precision", True)
    with pytest.raises(ModelError, match=r"ECG_PRECISION is 'double'; it can be full or half\."):
        told("GPU (NVIDIA H200)", "double")


def test_progress_rises_to_one(model: BeatModel, synthetic: Synthetic) -> None:
    seen: list[float] = []
    model.classify(
        from_array(synthetic.signal, synthetic.fs_hz), synthetic.annotations.beats()[0], progress=seen.append
    )
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_the_temperature_softens_probabilities_and_changes_no_decision(
    model: BeatModel, tiny_model_folder: Path, tmp_path: Path, synthetic: Synthetic
) -> None:
    shift = {"logit_shift": [0.0] * 5}
    soft = load_model(edited_copy(tiny_model_folder, tmp_path, calibration={"temperature": 4.0, **shift}))
    hard, softened = classify(model, synthetic), classify(soft, synthetic)
    assert soft.sha256 != model.sha256
    assert (hard.argmax(axis=1) == softened.argmax(axis=1)).all()
    assert softened.max(axis=1).mean() < hard.max(axis=1).mean()


def test_texts_in_the_card_do_not_change_the_hash(model: BeatModel, tiny_model_folder: Path, tmp_path: Path) -> None:
    assert load_model(edited_copy(tiny_model_folder, tmp_path, figures={"new": 1})).sha256 == model.sha256


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"format": 99}, "has model format 99, this version reads 1"),
        ({"weights_sha256": "0" * 64}, "is not the file its card describes"),
        ({"classes": ["N", "V"]}, "was trained on other classes or features"),
        ({"rr_features": ["rr"]}, "was trained on other classes or features"),
        ({"classes": None}, "was trained on other classes or features"),
        ({"window": None}, "describes no window"),
        ({"window": {"seconds": 3}}, "describes no window"),
    ],
)
def test_a_folder_that_does_not_fit_is_refused_in_one_sentence(
    tiny_model_folder: Path, tmp_path: Path, changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ModelError, match=sentence):
        load_model(edited_copy(tiny_model_folder, tmp_path, **changes))


def test_a_folder_that_is_no_model_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"is not a model folder: it has no card\.json"):
        load_model(tmp_path)
    for text in ("{", "null", "5", "[]", '"card"', "[" * 100_000):
        (tmp_path / "card.json").write_text(text)
        with pytest.raises(ModelError, match="cannot be read"):
            load_model(tmp_path)
    (tmp_path / "card.json").write_text("{}")
    with pytest.raises(ModelError, match="lacks format"):
        load_model(tmp_path)


def test_weights_of_another_network_are_refused(tiny_model_folder: Path, tmp_path: Path) -> None:
    card = json.loads((tiny_model_folder / "card.json").read_text())
    folder = edited_copy(tiny_model_folder, tmp_path, network={**card["network"], "dense": 16})
    with pytest.raises(ModelError, match="weights do not fit"):
        load_model(folder).network  # noqa: B018


def test_opening_a_model_imports_no_tensorflow() -> None:
    code = (
        "import sys, ecg_core.analysis, ecg_core.explanation, ecg_core.cli.program;"
        "from ecg_core.classification.model import load_model;"
        "load_model();"
        "assert not {'tensorflow', 'keras', 'streamlit'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=MODELS_FOLDER.parent)


def test_windows_classified_by_hand_give_the_same_as_the_recording(model: BeatModel, synthetic: Synthetic) -> None:
    recording = from_array(synthetic.signal, synthetic.fs_hz)
    samples = synthetic.annotations.beats()[0]
    reference = model.lead_reference(recording, samples)
    first = next(iterate_windows(recording, samples, model.window, reference))
    rr = rr_features(samples / recording.fs_hz)[: len(first.wave)]
    by_hand = model.classify_windows(first.wave, first.readable, rr)
    np.testing.assert_allclose(by_hand, classify(model, synthetic)[: len(by_hand)], atol=1e-5)


def test_the_environment_names_the_model_that_is_used_by_default(
    tiny_model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECG_MODEL", str(tiny_model_folder))
    assert load_model().folder == tiny_model_folder
    assert load_model(MODELS_FOLDER / DEFAULT_MODEL).name == DEFAULT_MODEL
    monkeypatch.delenv("ECG_MODEL")
    assert load_model().name == DEFAULT_MODEL


def test_another_kind_of_model_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(json.dumps({"kind": "textbook", "format": 1, "name": "cnn5"}))
    with pytest.raises(ModelError, match="is of the kind textbook; a model of the recipe 'beat' is needed here"):
        load_model(tmp_path)
