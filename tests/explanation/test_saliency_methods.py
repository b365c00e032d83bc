"""Three methods, one form: exact where the network is linear, complete, and blind to what the network is blind to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from linear_network import linear_model, pattern

from ecg_core.beats import CLASSES
from ecg_core.classification.model import DEFAULT_MODEL, MODELS_FOLDER, BeatModel, load_model
from ecg_core.classification.network import LAST_ACTIVATION, NetworkSpec, pooled_steps
from ecg_core.classification.rr import RR_FEATURES
from ecg_core.explanation import METHOD_NAMES, METHODS, Method, explain_beat, integrated_gradients, saliency, time_steps
from ecg_core.explanation.gradcam import weighted_sums
from ecg_core.explanation.gradients import as_usual
from ecg_core.explanation.log_odds import log_odds
from ecg_core.explanation.methods import occlusion_values
from ecg_core.explanation.smoothing import smoothed
from ecg_core.recording import from_array
from ecg_core.synthesis import generate, scenarios

pytestmark = pytest.mark.tensorflow

V = CLASSES.index("V")


def beats(n_beats: int, n_leads: int, n_samples: int, n_rr: int, seed: int = 3) -> tuple[np.ndarray, ...]:
    """Return random beats as a model sees them, all leads readable, and V as target."""
    generator = np.random.default_rng(seed)
    wave = generator.normal(0, 0.3, (n_beats, n_leads, n_samples, 2)).astype(np.float32)
    rr = generator.normal(0, 0.2, (n_beats, n_rr)).astype(np.float32)
    return wave, np.ones((n_beats, n_leads), np.float32), rr, np.full(n_beats, V)


@pytest.fixture(scope="module")
def tiny(tiny_model_folder: Path) -> BeatModel:
    return load_model(tiny_model_folder)


@pytest.fixture(scope="module")
def tiny_beats(tiny: BeatModel) -> tuple[np.ndarray, ...]:
    return beats(6, 2, tiny.window.n_samples, len(RR_FEATURES))


def test_grad_cam_keeps_24_time_steps_a_beat_and_the_card_tells_it() -> None:
    card = json.loads((MODELS_FOLDER / DEFAULT_MODEL / "card.json").read_text(encoding="utf-8"))
    assert time_steps(NetworkSpec.from_dict(card["network"])) >= 24


def test_time_steps_are_those_of_the_last_convolution(tiny: BeatModel) -> None:
    spec = NetworkSpec.from_dict(tiny.card["network"])
    assert time_steps(spec) == tiny.network.get_layer(LAST_ACTIVATION).output.shape[2]


def test_the_parts_that_are_pooled_apart_hold_every_step_once() -> None:
    """Grad-CAM weighs each of them by its own gradient; a step in none would have no weight."""
    for n_samples, n_steps in ((192, 48), (192, 192), (384, 95)):
        parts = pooled_steps(n_samples, n_steps)
        assert [step for begin, end in parts for step in range(begin, end)] == list(range(n_steps))


def test_grad_cam_carries_no_weight_from_one_part_to_another() -> None:
    """What the answer makes of the QRS says nothing about what it makes of the same shape elsewhere."""
    activations = np.ones((1, 2, 9, 3), np.float32)
    gradients = np.zeros_like(activations)
    gradients[0, 1, 4] = [1, 2, -6]
    found = weighted_sums(activations, gradients, ((0, 3), (3, 6), (6, 9)))
    np.testing.assert_allclose(found, [[[0] * 9, [0, 0, 0, -1, -1, -1, 0, 0, 0]]], atol=1e-6)


def test_methods_have_names() -> None:
    assert tuple(METHOD_NAMES) == METHODS == get_args(Method)


def test_integrated_gradients_of_a_linear_network_are_weight_times_difference() -> None:
    wave, readable, rr, target = beats(4, 2, len(pattern()), 3)
    found = integrated_gradients(linear_model(pattern()), wave, readable, rr, target, n_steps=3)
    np.testing.assert_allclose(found, pattern() * (wave[..., 0] - wave[..., 1]), atol=1e-5)


def test_integrated_gradients_are_complete(tiny: BeatModel, tiny_beats: tuple[np.ndarray, ...]) -> None:
    """They sum to what the shape does to the log odds, the better the finer the way is cut."""
    wave, readable, rr, target = tiny_beats
    whole = log_odds(tiny, *tiny_beats) - log_odds(tiny, as_usual(wave), readable, rr, target)
    errors = [
        np.abs(integrated_gradients(tiny, *tiny_beats, n_steps).sum(axis=(1, 2)) - whole).max() for n_steps in (4, 128)
    ]
    assert errors[1] < 0.03 * np.abs(whole).max()
    assert errors[1] < errors[0]


def test_log_odds_are_those_of_the_probability(tiny: BeatModel, tiny_beats: tuple[np.ndarray, ...]) -> None:
    from ecg_core.explanation.log_odds import log_odds_tensor

    wave, readable, rr, target = tiny_beats
    p = tiny.classify_windows(wave, readable, rr)[:, V]
    np.testing.assert_allclose(log_odds(tiny, *tiny_beats), np.log(p / (1 - p)), atol=1e-4)
    logits = tiny.network.predict_on_batch({"wave": wave, "readable": readable, "rr": rr})
    np.testing.assert_allclose(log_odds_tensor(tiny, logits, target), np.log(p / (1 - p)), atol=1e-3)


def test_occlusion_of_a_linear_network_is_weight_times_difference_of_a_stretch() -> None:
    """Where one sample counts, covering it costs its weight times its difference, and covering others nothing."""
    weights = np.zeros(len(pattern()))
    weights[30] = 2
    wave, readable, rr, target = beats(3, 2, len(weights), 3)
    found = occlusion_values(linear_model(weights), wave, readable, rr, target)
    added = 2 * (wave[:, :, 30, 0] - wave[:, :, 30, 1])
    np.testing.assert_allclose(found[:, :, 30], added, atol=1e-4)
    assert np.abs(found[:, :, :22]).max() < 1e-4
    assert np.abs(found[:, :, 39:]).max() < 1e-4


@pytest.mark.parametrize("method", METHODS)
def test_maps_lie_between_0_and_1_and_follow_the_values(
    tiny: BeatModel, tiny_beats: tuple[np.ndarray, ...], method: Method
) -> None:
    found = saliency(tiny, *tiny_beats, method)
    assert found.values.shape == found.map.shape == found.smooth.shape == tiny_beats[0].shape[:3]
    assert found.map.min() == 0
    np.testing.assert_allclose(found.map.max(axis=(1, 2)), 1, atol=1e-6)
    assert (found.values < 0).any()
    assert not found.map[found.smooth <= 0].any()


@pytest.mark.parametrize("method", METHODS)
def test_a_lead_that_is_not_read_has_no_map(
    tiny: BeatModel, tiny_beats: tuple[np.ndarray, ...], method: Method
) -> None:
    wave, readable, rr, target = tiny_beats
    readable = readable.copy()
    readable[:, 1] = 0
    found = saliency(tiny, wave, readable, rr, target, method)
    assert not found.values[:, 1].any()
    assert found.values[:, 0].any()


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_the_leads_only_reorders_the_map(
    tiny: BeatModel, tiny_beats: tuple[np.ndarray, ...], method: Method
) -> None:
    wave, readable, rr, target = tiny_beats
    swapped = saliency(tiny, wave[:, ::-1], readable[:, ::-1], rr, target, method)
    given = saliency(tiny, wave, readable, rr, target, method)
    np.testing.assert_allclose(swapped.map[:, ::-1], given.map, atol=2e-3)


@pytest.mark.parametrize("method", ["integrated_gradients", "occlusion"])
def test_a_beat_like_the_dominant_one_has_nothing_to_explain(
    tiny: BeatModel, tiny_beats: tuple[np.ndarray, ...], method: Method
) -> None:
    wave, readable, rr, target = tiny_beats
    assert not saliency(tiny, as_usual(wave), readable, rr, target, method).map.any()


def test_no_such_method_is_an_error(tiny: BeatModel, tiny_beats: tuple[np.ndarray, ...]) -> None:
    with pytest.raises(ValueError, match="no method 'lime'; there are grad_cam"):
        saliency(tiny, *tiny_beats, "lime")  # type: ignore[arg-type]


def test_smoothing_keeps_the_sum_and_reaches_40_ms() -> None:
    values = np.zeros((1, 100), np.float32)
    values[0, 50] = 1
    found = smoothed(values, 100.0)
    assert found.sum() == pytest.approx(1)
    assert np.flatnonzero(found[0]).tolist() == list(range(46, 55))


def test_a_beat_is_explained_by_each_method_on_its_own_samples(tiny: BeatModel) -> None:
    synthetic = generate(scenarios()["demo_pvc"], duration_s=30, seed=5)
    recording = from_array(synthetic.signal, synthetic.fs_hz, synthetic.lead_names)
    samples = synthetic.annotations.beats()[0]
    found = {method: explain_beat(recording, samples, 12, tiny, "V", method=method) for method in METHODS}
    assert {one.waveform_log_odds for one in found.values()} == {found["grad_cam"].waveform_log_odds}
    for method, one in found.items():
        assert one.method == method
        assert one.map.shape == one.values.shape == one.wave_mv.shape
        assert 0 <= one.map.min() <= one.map.max() <= 1
        assert one.map.max() > 0.5
    assert np.abs(found["grad_cam"].map - found["integrated_gradients"].map).mean() > 0.02
    np.testing.assert_array_equal(explain_beat(recording, samples, 12, tiny, "V").map, found["grad_cam"].map)
