"""Merging small clusters to few groups, on points whose groups are known."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.templates import majority
from ecg_core.templates.grouping import group_points
from ecg_core.templates.timing import beat_timing


def blobs(*sizes: int, spread: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    """Points around the corners of a simplex, and which corner."""
    random = np.random.default_rng(5)
    corner = np.repeat(np.arange(len(sizes)), sizes)
    points = np.eye(len(sizes))[corner] + spread * random.normal(size=(len(corner), len(sizes)))
    return points.astype(np.float32), corner


@pytest.mark.parametrize("sizes", [(500, 40, 3), (5000, 40, 5), (30, 30, 30, 1)])
def test_rare_groups_stand_beside_large_ones(sizes: tuple[int, ...]) -> None:
    points, corner = blobs(*sizes)
    groups = group_points(points, len(sizes), alike=0.5)
    assert len(np.unique(groups)) == len(sizes)
    assert len(set(zip(groups.tolist(), corner.tolist(), strict=True))) == len(sizes)


def test_alike_groups_are_one_where_more_would_be_allowed() -> None:
    points, _ = blobs(200, 50)
    assert len(np.unique(group_points(points, 12, alike=0.5))) == 2
    assert len(np.unique(group_points(points, 12, alike=3.0))) == 1


def test_points_that_are_all_the_same_are_one_group() -> None:
    assert set(group_points(np.zeros((50, 3), dtype=np.float32), 5).tolist()) == {0}
    assert set(group_points(np.zeros((6000, 3), dtype=np.float32), 5).tolist()) == {0}


def test_what_is_of_two_classes_is_merged_last() -> None:
    random = np.random.default_rng(2)
    points = (random.normal(size=(300, 2)) * 0.05).astype(np.float32)
    rare = np.arange(300) % 10 == 0
    probabilities = np.where(rare[:, None], [[0.0, 1.0]], [[1.0, 0.0]])
    groups = group_points(points, 4, probabilities)
    assert not set(groups[rare].tolist()) & set(groups[~rare].tolist())


def test_majority_is_that_of_the_labels_by_hand() -> None:
    assert majority(["N", "V", "V"]) == "V"
    assert majority(["S", "N"]) == "N"
    assert majority(["F", "V", "V", "F", "N"]) == "V"
    assert majority([]) is None


def test_an_early_beat_and_its_pause_by_hand() -> None:
    intervals = np.full(60, 0.8)
    intervals[30], intervals[31] = 0.5, 1.1
    timing = beat_timing(np.concatenate([[0.0], np.cumsum(intervals)]))
    assert np.exp(timing.before[31]) == pytest.approx(0.5 / 0.8)
    assert np.exp(timing.after[31]) == pytest.approx(1.1 / 0.8)
    assert np.exp(timing.change[32]) == pytest.approx(1.1 / 0.5)
    quiet = np.r_[0:30, 33:61]
    assert timing.before[quiet] == pytest.approx(0)


def test_a_gap_says_nothing_of_prematurity() -> None:
    times = np.concatenate([np.arange(0, 40, 0.8), 100 + np.arange(0, 40, 0.8)])
    timing = beat_timing(times)
    assert timing.before == pytest.approx(0)
    assert timing.after == pytest.approx(0)


def test_a_regular_rhythm_at_another_rate_is_regular_but_not_the_same() -> None:
    timing = beat_timing(np.concatenate([np.arange(0, 80, 0.8), 80 + np.arange(0, 30, 0.5)]))
    assert timing.before[130] == pytest.approx(0)
    assert np.exp(timing.rate[130]) == pytest.approx(0.5 / 0.8)
