"""Pairing as bxb does it: the window, one to one, who has the better claim, the learning period."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.evaluation.matching import first_counted, match_beats, window_samples

beats = st.lists(st.integers(0, 3000), max_size=30, unique=True).map(sorted)


@pytest.mark.parametrize("fs_hz, samples", [(360.0, 54), (1000.0, 150), (128.0, 19), (250.0, 38)])
def test_window_is_150_ms_rounded_as_strtim_does(fs_hz: float, samples: int) -> None:
    assert window_samples(fs_hz) == samples


@pytest.mark.parametrize("shift", [-150, -149, 0, 149, 150])
def test_beats_up_to_150_ms_apart_are_pairs(shift: int) -> None:
    reference = np.arange(1000, 10000, 1000)
    match = match_beats(reference, reference + shift, window_samples(1000.0))
    assert match.reference.tolist() == match.test.tolist() == list(range(9))
    assert len(match.missed) == len(match.extra) == 0


@pytest.mark.parametrize("shift", [-151, 151])
def test_beats_151_ms_apart_are_missed_and_extra(shift: int) -> None:
    reference = np.arange(1000, 10000, 1000)
    match = match_beats(reference, reference + shift, window_samples(1000.0))
    assert len(match.reference) == 0
    assert match.missed.tolist() == match.extra.tolist() == list(range(9))


def test_second_detection_of_one_beat_is_extra() -> None:
    match = match_beats([1000, 2000], [1000, 1060, 2000], 150)
    assert match.test.tolist() == [0, 2]
    assert match.extra.tolist() == [1]


def test_nearer_of_two_detections_around_a_beat_is_its_pair() -> None:
    match = match_beats([1000], [900, 1010], 150)
    assert match.test.tolist() == [1]
    assert match.extra.tolist() == [0]


def test_nearer_of_two_reference_beats_gets_the_detection() -> None:
    match = match_beats([900, 1010], [1000], 150)
    assert match.reference.tolist() == [1]
    assert match.missed.tolist() == [0]


def test_bxb_2002_criterion_pairs_both_beats_at_very_fast_rates() -> None:
    """The example in bxb's own comment: the first beat was lost by the original criterion."""
    match = match_beats([96, 160], [128, 185], 37)
    assert match.reference.tolist() == match.test.tolist() == [0, 1]


def test_bxb_2002_criterion_with_reference_and_test_exchanged() -> None:
    match = match_beats([128, 185], [96, 160], 37)
    assert match.reference.tolist() == match.test.tolist() == [0, 1]


@pytest.mark.parametrize("reference, test, missed, extra", [([], [], 0, 0), ([5], [], 1, 0), ([], [5, 9], 0, 2)])
def test_empty_lists(reference: list[int], test: list[int], missed: int, extra: int) -> None:
    match = match_beats(reference, test, 54)
    assert (len(match.reference), len(match.missed), len(match.extra)) == (0, missed, extra)


def test_beats_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="Test beats must be in order"):
        match_beats([1, 2], [2, 1], 54)


@given(beats, beats)
def test_every_beat_is_used_once_and_no_pair_exceeds_the_window(reference: list[int], test: list[int]) -> None:
    match = match_beats(reference, test, 54)
    assert sorted([*match.reference, *match.missed]) == list(range(len(reference)))
    assert sorted([*match.test, *match.extra]) == list(range(len(test)))
    distance = np.array(reference, dtype=int)[match.reference] - np.array(test, dtype=int)[match.test]
    assert np.all(np.abs(distance) <= 54)
    assert np.all(np.diff(match.reference) > 0)
    assert np.all(np.diff(match.test) > 0)


@given(beats)
def test_a_list_matches_itself(samples: list[int]) -> None:
    match = match_beats(samples, samples, 54)
    assert match.reference.tolist() == match.test.tolist() == list(range(len(samples)))


def test_learning_period_first_test_beat_may_answer_from_before_the_start() -> None:
    assert first_counted(np.array([500, 1010, 2000]), np.array([500, 990, 2000]), 1000, 150) == (1, 1)


def test_learning_period_test_beat_answering_a_beat_before_the_start_is_not_counted() -> None:
    assert first_counted(np.array([990, 2000]), np.array([1010, 2000]), 1000, 150) == (1, 1)


def test_learning_period_extra_test_beat_far_after_the_start_is_counted() -> None:
    assert first_counted(np.array([500, 2000]), np.array([500, 1400, 2000]), 1000, 150) == (1, 1)


def test_learning_period_after_which_no_reference_beat_follows() -> None:
    """bxb drops the first test beat within the window of the start here too."""
    assert first_counted(np.array([500, 900]), np.array([1012, 1017]), 1000, 54) == (2, 1)
    assert first_counted(np.array([500, 900]), np.array([1100]), 1000, 54) == (2, 0)


def test_without_learning_period_everything_counts() -> None:
    assert first_counted(np.array([100, 2000]), np.array([3, 100, 2000]), 0, 150) == (0, 0)
