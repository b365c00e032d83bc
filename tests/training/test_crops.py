"""Parts of recordings: which are taken, and that a beat in one is seen against that part alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ecg_core.classification.rr import rr_features
from ecg_core.classification.windows import WindowSpec
from ecg_core.training.crops import crops
from ecg_core.training.prepared_beats import prepare


@pytest.fixture(scope="module")
def ectopic() -> tuple[np.ndarray, np.ndarray]:
    """Half an hour of which a minute is bigeminy."""
    label = np.zeros(2000, np.int64)
    label[900:1000:2] = 1
    return np.arange(2000) * 0.9, label


def test_parts_lie_inside_and_are_the_same_again(ectopic: tuple[np.ndarray, np.ndarray]) -> None:
    found = crops(*ectopic, 1800.0)
    assert found == crops(*ectopic, 1800.0)
    assert all(0 <= first < stop <= 2000 for first, stop in found)
    assert len({stop - first for first, stop in found}) > 5


def test_a_part_holds_the_stretch_with_the_most_ectopic_beats(ectopic: tuple[np.ndarray, np.ndarray]) -> None:
    _, label = ectopic
    assert max((label[first:stop] == 1).mean() for first, stop in crops(*ectopic, 1800.0)) > 0.4


def test_without_ectopic_beats_parts_are_random(ectopic: tuple[np.ndarray, np.ndarray]) -> None:
    time_s, label = ectopic
    assert 0 < len(crops(time_s, np.zeros_like(label), 1800.0)) < len(crops(time_s, label, 1800.0))


@pytest.mark.parametrize("n_beats", [0, 1, 5])
def test_a_few_beats_have_no_parts(n_beats: int) -> None:
    assert crops(np.arange(n_beats) * 0.8, np.zeros(n_beats, np.int64), 10.0) == []


def test_beats_of_parts_follow_those_of_whole_recordings(annotated: Path) -> None:
    headers = sorted(annotated.glob("*.hea"))
    prepared = prepare(headers, WindowSpec())
    assert 0 < prepared.n_whole < len(prepared)
    assert (np.diff(prepared.recording[: prepared.n_whole]) >= 0).all()
    np.testing.assert_array_equal(prepared.view[: prepared.n_whole], prepared.recording[: prepared.n_whole])
    assert prepared.view[prepared.n_whole :].min() >= len(headers)
    assert prepared.view.max() == len(prepared.dominant) - 1
    assert set(prepared.recording[prepared.n_whole :]) <= set(range(len(headers)))


def test_a_beat_of_a_part_has_the_intervals_of_the_part(annotated: Path) -> None:
    prepared = prepare(sorted(annotated.glob("*.hea")), WindowSpec())
    of_part = prepared.view == prepared.view.max()
    assert of_part.sum() >= 12
    whole = prepared.rr[: prepared.n_whole]
    assert rr_features(np.arange(12) * 0.8).shape[1] == prepared.rr.shape[1]
    same = [(whole == row).all(axis=1).any() for row in prepared.rr[of_part]]
    assert not all(same)
