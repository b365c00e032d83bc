"""Asystole that lies between no two beats."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.beats import GOOD, UNREADABLE, beat_table
from ecg_core.rhythm import episodes, summary

FS_HZ = 100.0


def found(beats_s: list[float], duration_s: int, unreadable: range = range(0)) -> list[tuple[float, float]]:
    quality = np.full((duration_s, 1), GOOD, dtype=np.uint8)
    quality[list(unreadable)] = UNREADABLE
    table = beat_table(np.rint(np.array(beats_s) * FS_HZ).astype(np.int64), FS_HZ)
    told = episodes(table, FS_HZ, round(duration_s * FS_HZ), quality)
    assert summary(table, told, FS_HZ, round(duration_s * FS_HZ), quality).n_by_kind["ASYSTOLE"] == (
        (told["kind"] == "ASYSTOLE").sum()
    )
    told = told[told["kind"] == "ASYSTOLE"]
    return list(zip(told["start_sample"] / FS_HZ, told["stop_sample"] / FS_HZ, strict=True))


BEATS = [10 + 0.8 * k for k in range(10)]


@pytest.mark.parametrize("first_s, expected", [(3.9, []), (4.0, [(0, 4.0)]), (9.5, [(0, 9.5)])])
def test_from_the_beginning_to_the_first_beat(first_s: float, expected: list[tuple[float, float]]) -> None:
    beats_s = [first_s + 0.8 * k for k in range(20)]
    assert found(beats_s, int(beats_s[-1]) + 1) == expected


def test_from_the_last_beat_to_the_end() -> None:
    assert found([0.5 + 0.8 * k for k in range(10)], 20) == [(pytest.approx(7.7), 20)]
    assert found([0.5 + 0.8 * k for k in range(10)], 11) == []


def test_a_recording_without_a_beat() -> None:
    assert found([], 30) == [(0, 30)]
    assert found([], 3) == []
    assert found([], 30, range(30)) == []


def test_beside_unreadable_signal() -> None:
    beats_s = [0.5 + 0.8 * k for k in range(10)] + [40.5 + 0.8 * k for k in range(10)]
    assert found(beats_s, 49, range(8, 40)) == []
    assert found(beats_s, 49, range(14, 35)) == [(pytest.approx(7.7), 14), (35, 40.5)]
