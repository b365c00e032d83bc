"""S against N by intervals: independent of the rate, V untouched, silent where intervals are not known."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.classification.model import load_model
from ecg_core.classification.prematurity import (
    MAX_ON_TIME_LOG_ODDS,
    MIN_BEATS,
    PREFIX,
    SECOND_PREFIX,
    PrematurityTrees,
    distribution_features,
    interval_features,
    parts,
)
from ecg_core.errors import ModelError
from ecg_core.paths import MODELS_FOLDER
from ecg_core.rhythm.boosted_trees import MAX_LEAVES, BoostedTrees

WITH_TREES = MODELS_FOLDER / "beat-2026.5"


def trees_of_one_test(feature: int, threshold: float, low: float, high: float) -> BoostedTrees:
    """A tree that gives `low` up to a threshold and `high` beyond."""
    tests = (1, MAX_LEAVES - 1)
    features = np.zeros(tests, np.uint8)
    thresholds = np.full(tests, np.inf, np.float32)
    kept = np.full(tests, 0xFFFF, np.uint16)
    values = np.zeros((1, MAX_LEAVES), np.float32)
    features[0, 0], thresholds[0, 0], kept[0, 0] = feature, threshold, 0xFFFE
    values[0, :2] = low, high
    return BoostedTrees(features, thresholds, kept, values, 0.0)


BEFORE = 5  # the interval before the beat, against the local median


def beats_with_one_early(at: int = 40) -> np.ndarray:
    intervals = np.full(80, 0.8)
    intervals[at - 1], intervals[at] = 0.5, 1.1
    return np.concatenate([[0.0], np.cumsum(intervals)])


@given(st.floats(0.4, 1.6), st.lists(st.floats(0.5, 1.2), min_size=10, max_size=200))
def test_features_do_not_depend_on_the_rate(scale: float, intervals: list[float]) -> None:
    time_s = np.concatenate([[0.0], np.cumsum(intervals)])
    none = np.zeros(len(time_s), dtype=bool)
    np.testing.assert_allclose(interval_features(time_s, none), interval_features(time_s * scale, none), atol=1e-4)


def test_an_early_beat_stands_out_by_its_interval_and_its_neighbours_do_not() -> None:
    features = interval_features(beats_with_one_early(), np.zeros(81, dtype=bool))
    assert features[40, BEFORE] == pytest.approx(np.log(0.5 / 0.8), abs=1e-3)
    assert np.abs(features[[20, 30, 50, 60], BEFORE]).max() < 1e-3


def test_an_interval_that_is_not_known_says_nothing() -> None:
    known = np.ones(80, dtype=bool)
    known[39] = False
    features = interval_features(beats_with_one_early(), np.zeros(81, dtype=bool), known)
    assert features[40, BEFORE] == 0.0


def test_intervals_beside_ventricular_beats_do_not_count_for_what_is_usual() -> None:
    intervals = np.tile([0.8, 0.5, 1.1], 40)  # every third beat is ventricular
    time_s = np.concatenate([[0.0], np.cumsum(intervals)])
    ventricular = np.arange(len(time_s)) % 3 == 2
    features = interval_features(time_s, ventricular)
    sinus = np.flatnonzero(np.arange(len(time_s)) % 3 == 1)[10:-10]
    assert np.abs(features[sinus, BEFORE]).max() < 1e-3
    assert np.abs(interval_features(time_s, np.zeros_like(ventricular))[sinus, BEFORE]).max() < 1e-3
    early = np.flatnonzero(ventricular)[10:-10]
    assert features[early, BEFORE] == pytest.approx(np.log(0.5 / 0.8), abs=1e-3)


def test_the_share_of_s_moves_by_the_trees_and_all_else_stays() -> None:
    time_s = beats_with_one_early()
    given_ = np.tile(np.array([0.6, 0.2, 0.1, 0.06, 0.04], np.float32), (81, 1))
    trees = PrematurityTrees(trees_of_one_test(BEFORE, -0.2, 4.0, -4.0), 0.5)
    result = trees.divided(given_, time_s)
    np.testing.assert_allclose(result[:, 2:], given_[:, 2:])
    np.testing.assert_allclose(result.sum(axis=1), 1.0, atol=1e-6)
    assert result[40, 1] > result[40, 0]
    assert (np.delete(result[:, 1], 40) < 0.2).all()


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_the_weight_is_the_share_of_the_trees(weight: float) -> None:
    given_ = np.tile(np.array([0.6, 0.2, 0.1, 0.06, 0.04], np.float32), (81, 1))
    trees = PrematurityTrees(trees_of_one_test(BEFORE, -9.0, 0.0, 1.0), weight)
    share = trees.divided(given_, beats_with_one_early())[40, 1] / 0.8  # of a beat that is early
    wanted = 1 / (1 + np.exp(-1.0)) if weight else 0.25
    np.testing.assert_allclose(share, wanted, atol=1e-5)


def test_two_beats_are_left_as_they_are() -> None:
    given_ = np.array([[0.6, 0.2, 0.1, 0.06, 0.04]] * 2, np.float32)
    trees = PrematurityTrees(trees_of_one_test(BEFORE, -0.2, 4.0, -4.0), 0.5)
    assert (trees.divided(given_, np.array([0.0, 0.8])) == given_).all()


@pytest.mark.parametrize("pause", [1.3, 1.6, 2.0, 3.0])
@pytest.mark.parametrize("n_beats", [60, 1000])
def test_a_beat_on_time_before_a_pause_is_not_premature(pause: float, n_beats: int) -> None:
    intervals = 0.85 * (1 + 0.02 * np.random.default_rng(1).standard_normal(n_beats))
    before = np.arange(9, n_beats - 2, 11)
    intervals[before] *= pause
    trees = load_model(WITH_TREES).prematurity
    assert trees is not None
    log_odds = trees.log_odds(np.concatenate([[0.0], np.cumsum(intervals)]), np.zeros(n_beats + 1, dtype=bool))
    assert np.median(log_odds[before]) == MAX_ON_TIME_LOG_ODDS
    assert (log_odds[before] > 0).mean() <= 0.05
    assert (log_odds > 0).mean() < 0.01


@pytest.mark.parametrize("conducted", [5, 6, 8])
def test_beats_before_a_dropped_beat_are_not_premature(conducted: int) -> None:
    intervals = np.tile([*[0.8] * (conducted - 1), 1.6], 200) * (
        1 + 0.01 * np.random.default_rng(2).standard_normal(200 * conducted)
    )
    trees = load_model(WITH_TREES).prematurity
    assert trees is not None
    log_odds = trees.log_odds(np.concatenate([[0.0], np.cumsum(intervals)]), np.zeros(len(intervals) + 1, dtype=bool))
    assert (log_odds > 0).mean() < 0.02


def test_a_premature_beat_with_its_pause_stays_premature() -> None:
    intervals = np.tile([*[0.85] * 9, 0.6, 1.1], 60)
    trees = load_model(WITH_TREES).prematurity
    assert trees is not None
    log_odds = trees.log_odds(np.concatenate([[0.0], np.cumsum(intervals)]), np.zeros(len(intervals) + 1, dtype=bool))
    assert (log_odds[10::11] > 0).all()


LEVEL, DENSITY, MINIMUM, DISTANCE, DOUBTFUL, CERTAIN, ABOVE = range(7)  # columns of the distribution


def two_groups(n_early: int, early: float, n_beats: int = 1000) -> np.ndarray:
    """Log-odds of beats on time around -6, and of early ones around a value."""
    rng = np.random.default_rng(3)
    score = rng.normal(-6.0, 0.5, n_beats)
    score[:: n_beats // n_early][:n_early] = rng.normal(early, 0.4, n_early)
    return score


@pytest.mark.parametrize("early", [1.5, 2.0, 3.0])
def test_the_minimum_of_the_density_lies_between_beats_on_time_and_early_ones(early: float) -> None:
    score = two_groups(100, early)
    minimum = distribution_features(score, np.zeros(1000, dtype=bool))[0, MINIMUM]
    assert -4.5 < minimum < early - 0.5


def test_the_distance_from_the_minimum_tells_early_beats_apart_whatever_their_level() -> None:
    for early in (1.5, 2.0, 3.0):
        score = two_groups(100, early)
        distance = distribution_features(score, np.zeros(1000, dtype=bool))[:, DISTANCE]
        assert (distance[::10] > 0).mean() > 0.9
        assert (distance[score < -4] < 0).all()


def test_shares_and_densities_do_not_depend_on_the_number_of_beats() -> None:
    score = two_groups(100, 3.0)
    once = distribution_features(score, np.zeros(1000, dtype=bool))
    twice = distribution_features(np.tile(score, 2), np.zeros(2000, dtype=bool))
    np.testing.assert_allclose(twice[:1000], once, atol=1e-5)
    assert once[0, ABOVE] == pytest.approx(np.log1p(100), abs=0.02)


def test_ventricular_beats_do_not_count_in_the_distribution() -> None:
    score = two_groups(100, 3.0)
    ventricular = np.zeros(1000, dtype=bool)
    ventricular[::10] = True
    assert distribution_features(score, ventricular)[0, ABOVE] == 0.0


@given(st.lists(st.floats(0.3, 1.5), min_size=1, max_size=60), st.floats(1.0, 400.0))
def test_parts_hold_every_beat_once_and_last_about_half_an_hour(intervals: list[float], scale: float) -> None:
    time_s = np.concatenate([[0.0], np.cumsum(intervals)]) * scale
    found = parts(time_s)
    assert np.array_equal(np.concatenate([np.arange(len(time_s))[part] for part in found]), np.arange(len(time_s)))
    assert abs(len(found) - max(1, time_s[-1] / 1800)) <= 1


def test_the_second_trees_decide_where_there_are_enough_beats() -> None:
    second = trees_of_one_test(ABOVE, 0.0, -5.0, 5.0)
    trees = PrematurityTrees(trees_of_one_test(BEFORE, -0.2, 4.0, -4.0), 1.0, second)
    for n_beats, of_second in ((MIN_BEATS - 1, False), (MIN_BEATS, True)):
        intervals = np.full(n_beats - 1, 0.8)
        intervals[99::20] = 0.5
        log_odds = trees.log_odds(np.concatenate([[0.0], np.cumsum(intervals)]), np.zeros(n_beats, dtype=bool))
        assert set(np.unique(log_odds)) == {MAX_ON_TIME_LOG_ODDS, 5.0 if of_second else 4.0}


def changed_copy(folder: Path, **card: object) -> Path:
    shutil.copytree(WITH_TREES, folder)
    whole = json.loads((folder / "card.json").read_text(encoding="utf-8")) | card
    (folder / "card.json").write_text(json.dumps(whole), encoding="utf-8")
    return folder


@pytest.mark.parametrize("weight", [-0.1, 1.5, float("nan")])
def test_a_weight_that_is_no_share_is_refused(tmp_path: Path, weight: float) -> None:
    with pytest.raises(ModelError, match="copy it again"):
        load_model(changed_copy(tmp_path / "model", prematurity={"weight": weight}))


def test_trees_that_a_card_promises_and_the_weights_lack_are_told(tmp_path: Path) -> None:
    import hashlib

    folder = changed_copy(tmp_path / "model")
    with np.load(folder / "weights.npz") as stored:
        arrays = {name: stored[name] for name in stored.files if not name.startswith((PREFIX, SECOND_PREFIX))}
    np.savez(folder / "weights.npz", **arrays)
    digest = hashlib.sha256((folder / "weights.npz").read_bytes()).hexdigest()
    whole = json.loads((folder / "card.json").read_text(encoding="utf-8")) | {"weights_sha256": digest}
    (folder / "card.json").write_text(json.dumps(whole), encoding="utf-8")
    with pytest.raises(ModelError, match="which its card promises"):
        _ = load_model(folder).prematurity
