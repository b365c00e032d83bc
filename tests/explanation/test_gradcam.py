"""Grad-CAM: maps lie between 0 and 1, follow the weights and the target, and see only readable leads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ecg_core.beats import CLASSES
from ecg_core.classification.model import BeatModel, load_model, save_model
from ecg_core.classification.network import NetworkSpec, build_network
from ecg_core.classification.rr import RR_FEATURES, rr_features
from ecg_core.classification.windows import iterate_windows
from ecg_core.explanation import class_map, explain_beat, saliency
from ecg_core.recording import Recording, from_array
from ecg_core.synthesis import Synthetic, generate, scenarios

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def synthetic() -> Synthetic:
    return generate(scenarios()["demo_pvc"], duration_s=60, seed=5)


@pytest.fixture(scope="module")
def recording(synthetic: Synthetic) -> Recording:
    return from_array(synthetic.signal, synthetic.fs_hz, synthetic.lead_names)


@pytest.fixture(scope="module")
def samples(synthetic: Synthetic) -> np.ndarray:
    return synthetic.annotations.beats()[0]


@pytest.fixture(scope="module")
def model(tiny_model_folder: Path) -> BeatModel:
    return load_model(tiny_model_folder)


def inputs(model: BeatModel, recording: Recording, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    reference = model.lead_reference(recording, samples)
    windows = next(iterate_windows(recording, samples, model.window, reference))
    return windows.wave, windows.readable, rr_features(samples / recording.fs_hz)


def test_maps_are_scaled_per_beat_and_never_negative(
    model: BeatModel, recording: Recording, samples: np.ndarray
) -> None:
    wave, readable, rr = inputs(model, recording, samples)
    for target in range(len(CLASSES)):
        maps = saliency(model, wave, readable, rr, np.full(len(wave), target)).map
        assert maps.shape == wave.shape[:3]
        assert maps.min() >= 0
        largest = maps.max(axis=(1, 2))
        assert (np.isclose(largest, 1, atol=1e-5) | (largest == 0)).all()


def test_another_target_gives_another_map(model: BeatModel, recording: Recording, samples: np.ndarray) -> None:
    wave, readable, rr = inputs(model, recording, samples)
    maps = [saliency(model, wave[:20], readable[:20], rr[:20], np.full(20, target)).map for target in range(5)]
    assert max(np.abs(maps[0] - other).mean() for other in maps[1:]) > 0.05


def test_other_weights_give_another_map(
    model: BeatModel, recording: Recording, samples: np.ndarray, tmp_path: Path
) -> None:
    """Adebayo 2018, "Sanity checks for saliency maps": a map that ignores the weights explains nothing."""
    from ecg_core.classification.device import tensorflow

    tensorflow().keras.utils.set_random_seed(99)
    spec = NetworkSpec.from_dict(model.card["network"])
    folder = save_model(tmp_path / "other", build_network(spec), spec, name="other", window=model.window)
    wave, readable, rr = inputs(model, recording, samples)
    target = np.full(30, CLASSES.index("V"))
    given = saliency(model, wave[:30], readable[:30], rr[:30], target).map
    randomised = saliency(load_model(folder), wave[:30], readable[:30], rr[:30], target).map
    assert np.abs(given - randomised).mean() > 0.05


def test_a_lead_the_network_does_not_see_has_no_map(
    model: BeatModel, recording: Recording, samples: np.ndarray
) -> None:
    wave, readable, rr = inputs(model, recording, samples)
    readable = readable.copy()
    readable[:, 1] = 0
    maps = saliency(model, wave, readable, rr, np.full(len(wave), 0)).map
    assert not maps[:, 1].any()
    assert maps[:, 0].any()


def test_lead_order_only_reorders_the_map(model: BeatModel, recording: Recording, samples: np.ndarray) -> None:
    wave, readable, rr = inputs(model, recording, samples)
    target = np.full(10, 2)
    maps = saliency(model, wave[:10], readable[:10], rr[:10], target).map
    swapped = saliency(model, wave[:10, ::-1], readable[:10, ::-1], rr[:10], target).map
    np.testing.assert_allclose(swapped[:, ::-1], maps, atol=1e-4)


def test_a_beat_is_explained_on_its_own_samples(model: BeatModel, recording: Recording, samples: np.ndarray) -> None:
    index = 25
    explanation = explain_beat(recording, samples, index, model)
    zero = int(np.argmin(np.abs(explanation.offsets_s)))
    np.testing.assert_array_equal(explanation.wave_mv[zero], recording.read(samples[index], samples[index] + 1)[0])
    assert explanation.map.shape == explanation.wave_mv.shape == (len(explanation.offsets_s), 3)
    np.testing.assert_allclose(np.diff(explanation.offsets_s), 1 / recording.fs_hz)
    assert explanation.target == CLASSES[int(explanation.probabilities.argmax())]
    probabilities = model.classify(recording, samples)
    np.testing.assert_allclose(explanation.probabilities, probabilities[index], atol=5e-3)


def test_rr_effects_are_measured_and_zero_for_a_feature_that_is_regular(
    model: BeatModel, synthetic: Synthetic, recording: Recording
) -> None:
    samples, symbols = synthetic.annotations.beats()
    index = int(np.flatnonzero(symbols == "V")[1])
    explanation = explain_beat(recording, samples, index, model, target="V")
    assert explanation.target == "V"
    assert list(explanation.rr["feature"]) == list(RR_FEATURES)
    assert explanation.rr["effect"].abs().max() > 1e-4
    assert abs(explanation.rr_effect) > 1e-4
    regular = from_array(synthetic.signal, synthetic.fs_hz)
    evenly = np.arange(20, dtype=np.int64) * 300 + 400
    even = explain_beat(regular, evenly, 10, model)
    relative = even.rr[~even.rr["feature"].str.endswith("_s")]
    np.testing.assert_allclose(relative["effect"], 0, atol=1e-5)


def test_the_first_and_the_last_beat_can_be_explained(
    model: BeatModel, recording: Recording, samples: np.ndarray
) -> None:
    for index in (0, len(samples) - 1):
        assert np.isfinite(explain_beat(recording, samples, index, model).map).all()


def test_the_map_of_a_class_averages_its_beats(model: BeatModel, synthetic: Synthetic, recording: Recording) -> None:
    samples, symbols = synthetic.annotations.beats()
    labels = symbols.astype(object)
    mean = class_map(recording, samples, labels, model, "V")
    assert mean is not None
    assert mean.n_beats == (symbols == "V").sum()
    assert mean.map.shape == mean.wave.shape == (model.window.n_samples, 3)
    assert 0 <= mean.map.min() < mean.map.max() <= 1
    assert class_map(recording, samples, labels, model, "Q") is None
