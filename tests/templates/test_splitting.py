"""A family in two: what differs goes, the same way each time."""

from __future__ import annotations

import numpy as np
import pytest
from family_truth import truth
from test_grouping import blobs

from ecg_core.beats import to_aami
from ecg_core.templates import beat_space, split_family


@pytest.mark.parametrize("sizes", [(200, 100), (5000, 12), (20_000, 400), (3, 2), (1, 1)])
def test_what_is_apart_is_parted_and_the_smaller_part_goes(sizes: tuple[int, int]) -> None:
    points, corner = blobs(*sizes)
    order = np.random.default_rng(1).permutation(len(points))
    going = split_family(points, order)
    assert going.dtype == bool
    if sizes[0] == sizes[1]:
        assert going.sum() == 1
    else:
        assert np.array_equal(going, corner[order] == 1)


def test_half_precision_parts_the_same() -> None:
    points, corner = blobs(900, 60)
    assert np.array_equal(split_family(points.astype(np.float16), np.arange(960)), corner == 1)


def test_the_same_beats_are_parted_in_the_same_way() -> None:
    points = np.random.default_rng(3).normal(size=(6000, 8)).astype(np.float32)
    members = np.arange(0, 6000, 2)
    one, other = split_family(points, members), split_family(points, members)
    assert np.array_equal(one, other)
    assert 0 < one.sum() <= len(members) / 2


@pytest.mark.parametrize("n_members", [0, 1, 2, 500])
def test_beats_that_are_all_the_same_stay_together(n_members: int) -> None:
    points = np.full((600, 4), 0.3, dtype=np.float16)
    assert not split_family(points, np.arange(n_members)).any()


def test_only_the_members_count() -> None:
    points, corner = blobs(300, 40, 200)
    members = np.flatnonzero(corner != 2)
    assert np.array_equal(split_family(points, members), corner[members] == 1)


def test_wide_beats_leave_a_family_that_they_were_merged_into() -> None:
    recording, samples, symbols = truth("demo_pvc")
    points = beat_space(recording, samples).points
    going = split_family(points, np.arange(len(samples)))
    assert set(to_aami(symbols)[going]) == {"V"}
