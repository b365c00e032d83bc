"""Rhythm and heart rate around a diary entry."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.beats import beat_table
from ecg_core.rhythm import Span, episodes
from ecg_core.rhythm.intervals import intervals
from ecg_core.rhythm.surroundings import Surroundings, surroundings

FS_HZ = 100.0
N_SAMPLES = 60_000
QUALITY = np.full((600, 1), 2, dtype=np.uint8)


def around(start: int, stop: int | None = None, quality: np.ndarray = QUALITY) -> Surroundings:
    """Look around a time of ten minutes at 75 bpm with three V at 120 bpm from 300 s on, and AF from 400 s to 420 s."""
    steps = np.full(740, 80)
    steps[374:377] = 50
    samples = 100 + np.cumsum(steps)
    samples = samples[samples < N_SAMPLES]
    table = beat_table(samples, FS_HZ)
    table["label"] = ["V" if 373 <= at < 376 else "N" for at in range(len(samples))]
    spans = [Span(40_000, 42_000, "AFIB", "irregular")]
    found = episodes(table, FS_HZ, N_SAMPLES, quality, spans=spans)
    given = intervals(table, FS_HZ, quality)
    return surroundings(given, found, FS_HZ, N_SAMPLES, (start, start if stop is None else stop), quality)


def test_a_moment_has_half_a_minute_on_both_sides() -> None:
    found = around(20_000)
    assert (found.start_sample, found.stop_sample) == (17_000, 23_000)
    assert found.n_beats == 75
    assert found.mean_bpm == pytest.approx(75)
    assert (found.kinds, found.rhythm, found.beats) == ((), "no event found", "75 beats")


def test_what_reaches_into_it_is_named_the_most_urgent_first() -> None:
    assert around(33_300).kinds == ()
    run = around(31_000)
    assert run.kinds == ("VT",)
    assert run.n_by_class == {"N": 73, "S": 0, "V": 3, "F": 0, "Q": 0}
    assert run.beats.endswith("(3 V)")
    assert run.mean_bpm > 75, "beats of a ventricular run count for the rate of a minute"
    assert around(38_000).rhythm == "atrial fibrillation"
    assert around(30_000, 41_000).kinds == ("VT", "AFIB")


def test_ends_of_the_recording_and_unreadable_signal() -> None:
    assert around(0).start_sample == 0
    assert around(N_SAMPLES).stop_sample == N_SAMPLES
    quality = QUALITY.copy()
    quality[150:260] = 0
    dark = around(20_000, quality=quality)
    assert (dark.rhythm, dark.mean_bpm, dark.readable_share) == ("unreadable", None, 0)
    assert around(26_000, quality=quality).readable_share == pytest.approx(0.5)
