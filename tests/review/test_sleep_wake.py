"""Figures asleep and awake: by hand before estimated, per hour of readable signal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from ecg_core.analysis import Analysis, with_beats
from ecg_core.beats import CLASSES, beat_table, set_probabilities
from ecg_core.recording import Recording, from_array
from ecg_core.recording_trends import recording_trends
from ecg_core.review.sleep_wake import Sleep, SleepWake, sleep_of, sleep_wake
from ecg_core.review.span_notes import Kind, SpanNote
from ecg_core.rhythm.sleep import SleepEstimate

FS_HZ = 50.0
HOURS = 4
N_SAMPLES = round(HOURS * 3600 * FS_HZ)
ESTIMATE = SleepEstimate(((3600.0, 7200.0),), dip=0.2)


def note(kind: Kind, start_h: float, stop_h: float, **changed: Any) -> SpanNote:
    span = round(start_h * 3600 * FS_HZ), round(stop_h * 3600 * FS_HZ)
    fields = {"withdrawn_by": None, "withdrawn_at": None, **changed}
    return SpanNote(1, f"{kind} {start_h}", "a" * 64, kind, *span, "", "Ann", "2026-01-01T00:00:00Z", **fields)


@pytest.fixture(scope="module")
def analysed() -> tuple[Recording, Analysis]:
    """Four hours: 60 bpm in the second one, else 80; a V each minute in the first two hours."""
    steps = np.concatenate([np.full(80 * 60, 0.75), np.full(60 * 60, 1.0), np.full(2 * 80 * 60, 0.75)])
    samples = np.round(np.cumsum(steps) * FS_HZ).astype(np.int64)
    samples = samples[samples < N_SAMPLES]
    labels = np.full(len(samples), "N")
    labels[np.searchsorted(samples / FS_HZ, np.arange(30, 2 * 3600, 60))] = "V"
    certain = np.full((len(samples), len(CLASSES)), 0.02)
    certain[np.arange(len(samples)), [CLASSES.index(label) for label in labels]] = 0.92
    beats = set_probabilities(beat_table(samples, FS_HZ), certain)
    beats["quality"] = pd.array(np.full(len(samples), 2), dtype="Int8")
    quality = np.full((HOURS * 3600, 1), 2, dtype=np.uint8)
    quality[3 * 3600 : 3 * 3600 + 1800] = 0
    recording = from_array(np.zeros((N_SAMPLES, 1)), FS_HZ)
    return recording, with_beats(recording, beats, quality, {"model": "m", "model_sha256": "c" * 64})


def figures(analysed: tuple[Recording, Analysis], sleep: Sleep, *notes: SpanNote) -> dict[str, dict[str, float | None]]:
    found: SleepWake = sleep_wake(recording_trends(*analysed).table, sleep, notes, FS_HZ, N_SAMPLES)
    names = [column.name for column in found.columns]
    return {one.name: dict(zip(names, [cell.value for cell in one.cells], strict=True)) for one in found.periods}


def test_what_a_person_sets_wins_over_the_estimate() -> None:
    assert sleep_of([], ESTIMATE, FS_HZ, N_SAMPLES) == Sleep("estimated", ESTIMATE.spans_s)
    by_hand = sleep_of(
        [note("sleep", 0, 1), note("sleep", 0.5, 1.5), note("activity", 2, 3)], ESTIMATE, FS_HZ, N_SAMPLES
    )
    assert by_hand == Sleep("by hand", ((0.0, 5400.0),))
    gone = note("sleep", 0, 1, withdrawn_by="Ben", withdrawn_at="2026")
    assert sleep_of([gone], ESTIMATE, FS_HZ, N_SAMPLES).basis == "estimated"
    refused = sleep_of([], SleepEstimate(reason="the recording is shorter than 12 h"), FS_HZ, N_SAMPLES)
    assert (refused.basis, refused.told) == ("none", "Sleep is not estimated: the recording is shorter than 12 h.")
    assert "estimated from the rate" in sleep_of([], ESTIMATE, FS_HZ, N_SAMPLES).told


def test_rates_and_ectopy_asleep_and_awake(analysed: tuple[Recording, Analysis]) -> None:
    found = figures(analysed, Sleep("by hand", ((3600.0, 7200.0),)))
    assert list(found) == ["asleep", "awake"]
    assert found["asleep"]["hours"] == 1
    assert found["awake"]["hours"] == 3
    assert found["asleep"]["mean_rate"] == pytest.approx(60, abs=0.5)
    assert found["awake"]["mean_rate"] == pytest.approx(80, abs=0.5)
    assert found["asleep"]["v_per_hour"] == pytest.approx(60, abs=1)
    # 60 V in three hours, of which half an hour cannot be read.
    assert found["awake"]["v_per_hour"] == pytest.approx(60 / 2.5, abs=0.5)


def test_activity_is_a_row_of_its_own(analysed: tuple[Recording, Analysis]) -> None:
    found = figures(analysed, Sleep("none", (), "short"), note("activity", 2, 2.5))
    assert list(found) == ["activity"]
    assert found["activity"]["hours"] == 0.5
