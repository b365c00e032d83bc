"""Measures of trust: they tell a right map from a random one, a learned one from an accident, a place from chance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from linear_network import WINDOW, linear_model, pattern

from ecg_core.beats import CLASSES
from ecg_core.classification.model import BeatModel, load_model
from ecg_core.classification.rr import RR_FEATURES
from ecg_core.explanation import METHODS, Method, saliency
from ecg_core.explanation.faithfulness import Faithfulness, alike, faithfulness, ranked
from ecg_core.explanation.regions import REGIONS_S, chances, shares
from ecg_core.explanation.sanity import cascade, rank_correlation, stages

V = CLASSES.index("V")


def odd_beats(n_beats: int) -> tuple[np.ndarray, ...]:
    """Return beats that differ from a flat dominant beat by one everywhere, in two leads."""
    wave = np.zeros((n_beats, 2, WINDOW.n_samples, 2), np.float32)
    wave[..., 0] = 1
    return wave, np.ones((n_beats, 2), np.float32), np.zeros((n_beats, 3), np.float32), np.full(n_beats, V)


def measure(weights: np.ndarray, order: np.ndarray, n_beats: int = 8) -> Faithfulness:
    wave, readable, rr, target = odd_beats(n_beats)
    return faithfulness(
        linear_model(weights, bias=-6.0), wave, readable, rr, target, np.broadcast_to(order, wave.shape[:3]).copy()
    )


@pytest.mark.tensorflow
def test_deletion_and_insertion_of_what_is_truly_salient_beat_random_maps() -> None:
    weights = np.abs(pattern())
    found = measure(weights, weights.astype(np.float32))
    assert (found.deletion < found.deletion_random - 0.15).all()
    assert (found.insertion > found.insertion_random + 0.1).all()
    assert (found.whole > 0.99).all()
    np.testing.assert_allclose(found.usual, 1 / (1 + 4 * np.exp(6)), atol=1e-4)


@pytest.mark.tensorflow
def test_a_map_turned_round_is_worse_than_random() -> None:
    weights = np.abs(pattern())
    found = measure(weights, -weights.astype(np.float32))
    assert (found.deletion > found.deletion_random + 0.1).all()
    assert (found.insertion < found.insertion_random - 0.15).all()


@pytest.mark.tensorflow
def test_a_constant_map_is_as_good_as_random() -> None:
    found = measure(np.abs(pattern()), np.ones(len(pattern()), np.float32), n_beats=60)
    assert found.deletion.mean() == pytest.approx(found.deletion_random.mean(), abs=0.05)
    assert found.insertion.mean() == pytest.approx(found.insertion_random.mean(), abs=0.05)


@pytest.mark.tensorflow
def test_the_same_seed_measures_the_same() -> None:
    first, second = (measure(np.abs(pattern()), pattern().astype(np.float32)) for _ in range(2))
    np.testing.assert_array_equal(first.deletion_random, second.deletion_random)


def test_random_maps_have_the_same_spectrum_in_each_lead_and_are_others() -> None:
    generator = np.random.default_rng(2)
    for n_samples in (61, 60):
        given = np.cumsum(generator.normal(size=(3, n_samples)), axis=1).astype(np.float32)
        found = alike(given, generator)
        spectra = [np.abs(np.fft.rfft(one, axis=1)) for one in (given, found)]
        np.testing.assert_allclose(spectra[0], spectra[1], rtol=1e-3, atol=1e-3)
        np.testing.assert_allclose(found.mean(axis=1), given.mean(axis=1), atol=1e-4)
        assert np.abs(found - given).mean() > 0.3 * given.std()


def test_samples_are_ranked_over_all_readable_leads_from_the_most_salient_on() -> None:
    map_ = np.array([[1.0, 5.0], [9.0, 9.0], [4.0, 0.0]], np.float32)
    share = ranked(map_, np.array([1.0, 0.0, 1.0], np.float32), np.random.default_rng(0))
    np.testing.assert_array_equal(share, [[0.5, 0.0], [1.0, 1.0], [0.25, 0.75]])


@pytest.fixture(scope="module")
def tiny(tiny_model_folder: Path) -> BeatModel:
    return load_model(tiny_model_folder)


@pytest.mark.tensorflow
@pytest.mark.parametrize("method", METHODS)
def test_maps_vanish_when_the_weights_are_randomised_layer_by_layer(tiny: BeatModel, method: Method) -> None:
    generator = np.random.default_rng(4)
    wave = generator.normal(0, 0.3, (4, 1, tiny.window.n_samples, 2)).astype(np.float32)
    readable, rr = np.ones((4, 1), np.float32), np.zeros((4, len(RR_FEATURES)), np.float32)
    before = [weight.copy() for weight in tiny.network.get_weights()]

    def maps(model: BeatModel) -> np.ndarray:
        return saliency(model, wave, readable, rr, np.full(4, V), method, 4).smooth

    found = cascade(tiny, maps, readable, draws=2)
    assert [one.layer for one in found] == [name for name, _ in stages(tiny.network)]
    assert found[0].signed.shape == (2, 4)
    assert abs(found[-1].signed.mean()) < 0.35
    assert found[-1].size.mean() < 0.9
    for weight, kept in zip(tiny.network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, kept)


@pytest.mark.tensorflow
def test_layers_are_randomised_from_the_output_to_the_input(tiny: BeatModel) -> None:
    found = stages(tiny.network)
    assert found[0][0] == "logits"
    assert found[-1][0] == "convolution_1"
    assert [layer.name for layer in found[-1][1]] == ["normalisation_1", "convolution_1"]
    assert sum(len(layers) for _, layers in found) == sum(bool(layer.weights) for layer in tiny.network.layers)


@pytest.mark.tensorflow
def test_a_map_that_ignores_the_weights_is_found_out(tiny: BeatModel) -> None:
    fixed = np.random.default_rng(1).normal(size=(3, 1, 50)).astype(np.float32)
    found = cascade(tiny, lambda model: fixed, np.ones((3, 1), np.float32), draws=1)
    assert all(one.signed == pytest.approx(np.ones((1, 3))) for one in found)


def test_rank_correlation_of_the_same_the_opposite_and_nothing() -> None:
    first = np.random.default_rng(1).normal(size=(2, 2, 30)).astype(np.float32)
    readable = np.array([[1, 1], [1, 0]], np.float32)
    assert rank_correlation(first, np.exp(first), readable) == pytest.approx([1, 1])
    assert rank_correlation(first, -first, readable) == pytest.approx([-1, -1])
    assert rank_correlation(first, np.ones_like(first), readable) == pytest.approx([0, 0])
    half = first.copy()
    half[:, 1] = 0
    assert rank_correlation(first, half, readable)[1] == pytest.approx(1)
    assert rank_correlation(first, half, readable)[0] < 0.95


def test_shares_tell_where_a_map_lies_and_chance_is_the_length() -> None:
    offsets_s = WINDOW.offsets_s
    map_ = np.zeros((3, 2, len(offsets_s)), np.float32)
    map_[0, 0, (offsets_s >= -0.05) & (offsets_s < 0.3)] = 1
    map_[1] = 1
    found = shares(map_, np.ones((3, 2), np.float32), offsets_s)
    expected = chances(offsets_s)
    assert expected["before_qrs"] == pytest.approx(20 / 60)
    assert sum(expected.values()) == pytest.approx(1)
    assert [found[name][0] for name in REGIONS_S] == pytest.approx([0, 0, 1, 0])
    assert [found[name][1] for name in REGIONS_S] == pytest.approx(list(expected.values()))
    assert all(np.isnan(found[name][2]) for name in REGIONS_S)


def test_saliency_of_unreadable_leads_does_not_count() -> None:
    map_ = np.zeros((1, 2, WINDOW.n_samples), np.float32)
    map_[0, 0, WINDOW.offsets_s < -0.25] = 1
    map_[0, 1, WINDOW.offsets_s > 0] = 9
    found = shares(map_, np.array([[1, 0]], np.float32), WINDOW.offsets_s)
    assert found["earlier"][0] == 1
