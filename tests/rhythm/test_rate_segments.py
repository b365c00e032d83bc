"""Stretches of steady rate: where a rate changes for good, and which changes are paroxysms."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.rhythm.rate_segments import paroxysmal, rate_segments

NOISE = np.random.default_rng(5)


def times(*parts: tuple[int, float], jitter: float = 0.01) -> np.ndarray:
    """Return the times of beats in parts of (beats, interval in seconds)."""
    intervals = np.concatenate([np.full(n, interval) for n, interval in parts])
    return np.cumsum(intervals * np.exp(NOISE.normal(0, jitter, len(intervals))))


def gradual(n_beats: int, begin_s: float, end_s: float) -> np.ndarray:
    return np.linspace(begin_s, end_s, n_beats)


def test_a_rate_that_jumps_divides_a_recording_at_the_jump() -> None:
    stretches = rate_segments(times((200, 0.85), (60, 0.42), (150, 0.8)))
    np.testing.assert_allclose(stretches.first, [0, 200, 260], atol=1)
    np.testing.assert_allclose(stretches.interval_s, [0.85, 0.42, 0.8], rtol=0.03)
    assert stretches.n_beats.sum() == 410
    np.testing.assert_allclose(stretches.jump_in[1], np.log(0.42 / 0.85), atol=0.05)
    np.testing.assert_allclose(stretches.jump_out[1], np.log(0.8 / 0.42), atol=0.05)


def test_a_paroxysm_is_found_beat_by_beat() -> None:
    found = paroxysmal(times((200, 0.85), (60, 0.42), (150, 0.8)))
    assert found[202:259].all()
    assert not found[:199].any()
    assert not found[262:].any()


def test_a_paroxysm_that_the_recording_begins_with_is_told_by_its_end() -> None:
    found = paroxysmal(times((100, 0.4), (300, 0.82)))
    assert found[:98].all()
    assert not found[102:].any()


def test_exercise_is_no_paroxysm() -> None:
    intervals = np.concatenate(
        [np.full(200, 0.85), gradual(120, 0.85, 0.42), np.full(200, 0.42), gradual(120, 0.42, 0.8)]
    )
    assert not paroxysmal(np.cumsum(intervals)).any()


def test_a_fast_recording_without_a_slow_part_is_no_paroxysm() -> None:
    assert not paroxysmal(times((400, 0.45))).any()


def test_fibrillation_is_no_paroxysm_of_regular_tachycardia() -> None:
    assert not paroxysmal(np.concatenate([times((200, 0.9)), 185 + times((150, 0.5), jitter=0.2)])).any()


def test_coupled_beats_are_no_change_of_rate() -> None:
    bigeminy = np.tile([0.5, 1.1], 80)
    stretches = rate_segments(np.cumsum(np.concatenate([np.full(100, 0.8), bigeminy, np.full(100, 0.8)])))
    assert len(stretches.first) == 1


@pytest.mark.parametrize("n_beats", [0, 1, 2, 3, 4, 5, 8])
def test_a_few_beats_hold_no_paroxysm(n_beats: int) -> None:
    found = paroxysmal(np.arange(n_beats) * 0.4)
    assert found.shape == (n_beats,)
    assert not found.any()


def test_time_has_no_origin() -> None:
    given = times((120, 0.9), (30, 0.4), (120, 0.9))
    np.testing.assert_array_equal(paroxysmal(given), paroxysmal(given + 5000.0))


def test_backwards_the_same_beats_are_in_paroxysm() -> None:
    given = times((120, 0.9), (30, 0.4), (120, 0.9))
    forwards, backwards = paroxysmal(given), paroxysmal(given[-1] - given[::-1])[::-1]
    assert forwards.sum() == pytest.approx(30, abs=2)
    # An interval belongs to the beat that ends it, so that the borders move by one.
    assert (forwards != backwards).sum() <= 4
