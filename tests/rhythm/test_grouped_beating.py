"""Beats dropped in regular groups, by their times alone."""

from __future__ import annotations

import numpy as np
import pytest
from beats_for_tests import FS_HZ, grid, length, table

from ecg_core.rhythm import episodes

GROUP = [0.948, 0.88, 1.752]


def kinds(rr_s: list[float], letter: str = "N", unreadable_s: tuple[int, ...] = ()) -> list[str]:
    beats = table(rr_s, letter * (len(rr_s) + 1))
    quality = grid(beats, unreadable_s)
    return episodes(beats, FS_HZ, length(beats), quality)["kind"].tolist()


@pytest.mark.parametrize("groups, expected", [(3, 0), (4, 1), (30, 1)])
def test_three_groups_after_a_pause_are_second_degree_block(groups: int, expected: int) -> None:
    assert kinds([0.9] * 6 + GROUP * groups).count("AVB2") == expected


def test_it_tells_groups_pause_and_what_is_not_ruled_out() -> None:
    rr = [0.9] * 6 + GROUP * 9 + [0.9] * 6
    beats = table(rr, "N" * (len(rr) + 1))
    found = episodes(beats, FS_HZ, length(beats))
    row = found[found["kind"] == "AVB2"].iloc[0]
    assert row["reason"].startswith("8 groups of 3 beats, RR shortens to 0.88 s, then a pause of 1.75 s")
    assert "sinoatrial block not ruled out" in row["reason"]
    assert row["start_sample"] == beats["sample"][8]


@pytest.mark.parametrize(
    "group",
    [[0.9, 0.6, 1.2], [0.8, 0.8, 0.8], [0.85, 0.9, 1.75], [0.95, 0.9, 2.4], [0.6, 1.1]],
    ids=["atrial trigeminy", "regular", "lengthens", "longer than two", "bigeminy"],
)
def test_what_is_no_wenckebach_period_is_not_named(group: list[float]) -> None:
    assert "AVB2" not in kinds([0.9] * 6 + group * 20)


def test_ventricular_beats_and_unreadable_time_make_none() -> None:
    assert "AVB2" not in kinds([0.9] * 6 + GROUP * 20, "V")
    unreadable = tuple(range(0, 80, 6))
    assert "AVB2" not in kinds([0.9] * 6 + GROUP * 20, unreadable_s=unreadable)


def test_irregular_intervals_make_none() -> None:
    rng = np.random.default_rng(3)
    assert "AVB2" not in kinds(list(0.8 * rng.gamma(20, size=600) / 20))
