"""Atrial bigeminy from the beat table: early S at every second beat."""

from __future__ import annotations

import numpy as np
import pytest
from beats_for_tests import FS_HZ, grid, length, table

from ecg_core.analysis import with_beats
from ecg_core.recording import from_array
from ecg_core.rhythm import Span, episodes, summary

CYCLE = [0.6, 1.0]


def pattern(cycles: int, letter: str = "S") -> tuple[list[float], str]:
    """Sinus rhythm around so many early beats, each after a sinus beat."""
    return [0.8] * 12 + CYCLE * cycles + [0.8] * 12, "N" * 12 + ("N" + letter) * cycles + "N" * 13


@pytest.mark.parametrize("cycles, expected", [(2, ["SINGLE_S"] * 2), (3, ["AB"]), (9, ["AB"])])
def test_three_early_s_at_every_second_beat_are_atrial_bigeminy(cycles: int, expected: list[str]) -> None:
    beats = table(*pattern(cycles))
    found = episodes(beats, FS_HZ, length(beats))
    assert found["kind"].tolist() == expected
    if expected == ["AB"]:
        row = found.iloc[0]
        assert row["start_sample"] == beats["sample"][12]
        assert row["stop_sample"] == beats["sample"][12 + 2 * cycles - 1] + 1
        assert row["n_beats"] == 2 * cycles
        assert row["reason"] == f"S at every second beat, {cycles} times, the interval before them 40 % shorter"


def test_ventricular_bigeminy_is_not_atrial() -> None:
    beats = table(*pattern(6, "V"))
    assert episodes(beats, FS_HZ, length(beats))["kind"].tolist() == ["B"]


def test_s_that_are_not_early_are_no_bigeminy() -> None:
    rr, labels = pattern(6)
    beats = table([0.8] * len(rr), labels)
    assert "AB" not in episodes(beats, FS_HZ, length(beats))["kind"].tolist()


def test_v_between_the_s_is_no_atrial_bigeminy() -> None:
    rr, _ = pattern(6)
    beats = table(rr, "N" * 12 + "VS" * 6 + "N" * 13)
    assert "AB" not in episodes(beats, FS_HZ, length(beats))["kind"].tolist()


def test_unreadable_time_divides_it() -> None:
    beats = table(*pattern(8))
    middle = int(beats["time_s"][20])
    found = episodes(beats, FS_HZ, length(beats), grid(beats, [middle]))
    kinds = found[found["kind"] == "AB"]
    assert len(kinds) == 2 or kinds["n_beats"].max() < 16
    assert not ((kinds["start_sample"] < middle * FS_HZ) & (kinds["stop_sample"] > (middle + 1) * FS_HZ)).any()


def test_the_rate_of_the_recording_does_not_matter() -> None:
    rr, labels = pattern(7)
    slow, fast = table(rr, labels), table(rr, labels)
    fast["sample"] = fast["sample"] * 4
    one, other = episodes(slow, FS_HZ, length(slow)), episodes(fast, 4 * FS_HZ, 4 * length(slow))
    assert one["kind"].tolist() == other["kind"].tolist() == ["AB"]
    assert (4 * one["start_sample"] == other["start_sample"]).all()


def test_its_beats_are_not_counted_as_single_ones_until_a_person_says_it_is_none() -> None:
    beats = table(*pattern(5))
    quality = grid(beats)
    found = episodes(beats, FS_HZ, length(beats), quality)
    told = summary(beats, found, FS_HZ, length(beats), quality)
    assert (told.n_by_kind["AB"], told.n_by_kind["SINGLE_S"]) == (1, 0)
    person = [Span(int(beats["sample"][10]), int(beats["sample"][25]), "N", "", "person")]
    named = with_beats(
        from_array(np.zeros((length(beats), 1)), FS_HZ),
        beats,
        quality,
        {"model": "m", "model_sha256": "0"},
        named=person,
    )
    assert named.summary.n_by_kind["AB"] == 0
    assert named.summary.n_by_kind["SINGLE_S"] == 5
