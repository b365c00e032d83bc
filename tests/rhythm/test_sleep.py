"""Sleep estimated from the heart rate: found at night, and refused where the rate says nothing of it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import wfdb

from ecg_core.beats import beat_table, is_beat
from ecg_core.rhythm import Span, episodes
from ecg_core.rhythm.intervals import Intervals, intervals
from ecg_core.rhythm.sleep import SleepEstimate, estimate_sleep

pytestmark = pytest.mark.slow

FS_HZ = 128.0
HOUR = 3600
NOTHING = episodes(beat_table([], FS_HZ), FS_HZ, 1)


def beats_of(*rates: tuple[float, float]) -> tuple[Intervals, int]:
    """Return beats at so many bpm for so many hours, one after the other, with some noise from minute to minute."""
    random = np.random.default_rng(7)
    rr_s: list[float] = []
    for bpm, hours in rates:
        for _ in range(round(60 * hours)):
            per_minute = bpm + random.normal(0, 2.5)
            rr_s += [60 / per_minute] * round(per_minute)
    samples = np.round(np.cumsum(rr_s) * FS_HZ).astype(np.int64)
    return intervals(beat_table(samples, FS_HZ), FS_HZ), int(samples[-1]) + 1


def estimated(*rates: tuple[float, float], found: pd.DataFrame = NOTHING) -> SleepEstimate:
    given, n_samples = beats_of(*rates)
    return estimate_sleep(given, found, FS_HZ, n_samples)


def test_a_night_of_low_rate_is_found() -> None:
    found = estimated((80, 12), (56, 7), (80, 5))
    ((start, stop),) = found.spans_s
    assert start / HOUR == pytest.approx(12, abs=0.35)
    assert stop / HOUR == pytest.approx(19, abs=0.35)
    assert found.dip == pytest.approx(0.3, abs=0.03)
    assert found.reason == ""


def test_waking_up_in_between_is_part_of_the_night_and_two_nights_are_two() -> None:
    ((start, stop),) = estimated((80, 12), (56, 3), (82, 0.5), (56, 4), (80, 4)).spans_s
    assert (stop - start) / HOUR == pytest.approx(7.5, abs=0.6)
    assert len(estimated((80, 10), (56, 7), (80, 17), (56, 7), (80, 7)).spans_s) == 2


@pytest.mark.parametrize(
    ("rates", "reason"),
    [
        (((80, 4), (56, 6)), "shorter than 12 h"),
        (((72, 24),), "nowhere for 3 h"),
        (((75, 14), (71, 8)), "no difference of day and night"),
    ],
)
def test_it_is_refused_with_the_reason(rates: tuple[tuple[float, float], ...], reason: str) -> None:
    found = estimated(*rates)
    assert found.spans_s == ()
    assert reason in found.reason


def test_rhythms_whose_rate_sleep_does_not_set_refuse_it() -> None:
    given, n_samples = beats_of((80, 12), (56, 7), (80, 5))
    table = beat_table(given.sample, FS_HZ)

    def with_fibrillation(hours: float) -> SleepEstimate:
        spans = [Span(0, round(hours * HOUR * FS_HZ), "AFIB", "")]
        return estimate_sleep(given, episodes(table, FS_HZ, n_samples, spans=spans), FS_HZ, n_samples)

    assert with_fibrillation(2).spans_s
    assert "sets the rate" in with_fibrillation(4).reason


def test_where_little_is_readable_nothing_is_estimated() -> None:
    given, n_samples = beats_of((80, 12), (56, 7), (80, 5))
    quality = np.full((n_samples // 128 + 1, 1), 2, dtype=np.uint8)
    quality[: 10 * HOUR] = 0
    table = beat_table(given.sample, FS_HZ)
    found = estimate_sleep(intervals(table, FS_HZ, quality), NOTHING, FS_HZ, n_samples)
    assert "known in" in found.reason


RECORDS = sorted(Path(os.environ.get("ECG_DATA", "/nowhere"), "nsrdb_ann").glob("*.hea"))


@pytest.mark.skipif(not RECORDS, reason="ECG_DATA has no nsrdb_ann")
def test_of_healthy_people_it_lies_in_the_night() -> None:
    for header in RECORDS:
        record = str(header.with_suffix(""))
        told, marks = wfdb.rdheader(record), wfdb.rdann(record, "atr")
        samples = np.unique(marks.sample[is_beat(np.array(marks.symbol))])
        given = intervals(beat_table(samples, told.fs), told.fs)
        found = estimate_sleep(given, NOTHING, told.fs, int(told.sig_len or samples[-1] + 1))
        assert found.spans_s, header.stem
        start = told.base_time
        clock_s = start.hour * HOUR + start.minute * 60 + start.second
        at = np.concatenate([np.arange(*span, 60.0) for span in found.spans_s])
        hours = (clock_s + at) / HOUR % 24
        assert ((hours > 21) | (hours < 9.5)).mean() > 0.95, header.stem
