"""The hourly table: its figures, where its cells lead, and what is absent."""

from datetime import time

import numpy as np
import pytest
from hrv_for_tests import FS_HZ, beats_of, episodes_of, sinus

from ecg_core.rhythm.assessed import Assessment
from ecg_core.rhythm.hrv import HeartRateVariability
from ecg_core.rhythm.intervals import Intervals
from ecg_core.rhythm.summary import summary_of
from ecg_core.rhythm.trends import trend_table

pytestmark = pytest.mark.slow

ALL_LOOKED_FOR = Assessment((), {})


def table_of(given, episodes=(), *, start_time=None, assessment=ALL_LOOKED_FOR, quality=None):
    found = episodes_of(*episodes)
    found["rate_bpm"] = found["rate_bpm"].astype(float)
    n_samples = int(given.sample[-1]) + 1
    variability = HeartRateVariability(given, found, FS_HZ, n_samples, start_time)
    if quality is None:
        quality = np.full((int(np.ceil(n_samples / FS_HZ)), 1), 2, np.uint8)
    return trend_table(given, found, variability, assessment, FS_HZ, quality), found, quality, n_samples


def cell(table, row, name):
    place = [column.name for column in table.columns].index(name)
    return table.rows[row].cells[place]


@pytest.fixture(scope="module")
def three_hours():
    """Three hours: V beats and a pause in the second, all of the third unreadable."""
    rr_ms = sinus(3 * 3600)
    times = np.cumsum(rr_ms) / 1000
    labels = np.full(len(rr_ms) + 1, "N")
    first_v, second_v = np.searchsorted(times, [4000, 5000]) + 1
    labels[[first_v, second_v]] = "V"
    rr_ms[np.searchsorted(times, 6000)] = 3500
    readable = np.cumsum(rr_ms) / 1000 < 7200
    return beats_of(rr_ms, labels, readable)


def test_an_hour_leads_to_what_it_rests_on(three_hours):
    table, *_ = table_of(three_hours, [("PAUSE", 6000, 6003.5)])
    assert [row.kind for row in table.rows] == ["hour", "hour", "hour", "hour", "whole"]
    v_beats = np.flatnonzero(three_hours.labelled_as("V"))
    assert (cell(table, 0, "v_beats").value, cell(table, 0, "v_beats").sample) == (0, None)
    assert cell(table, 1, "v_beats").value == 2
    assert cell(table, 1, "v_beats").sample == three_hours.sample[v_beats[0]]
    longest = cell(table, 1, "longest_rr")
    assert longest.value == pytest.approx(3.5)
    assert longest.sample == three_hours.sample[np.argmax(three_hours.rr_s)]
    assert cell(table, 1, "pauses").value == 1
    assert cell(table, 1, "pauses").sample == 6000 * FS_HZ
    fastest = cell(table, 0, "max_rate")
    assert fastest.value > cell(table, 0, "mean_rate").value > cell(table, 0, "min_rate").value
    assert 0 <= fastest.sample < 3600 * FS_HZ


def test_an_hour_without_readable_signal_has_no_zeros(three_hours):
    table, *_ = table_of(three_hours)
    for name in ("mean_rate", "min_rate", "v_beats", "s_beats", "pauses", "v_runs", "longest_rr", "af"):
        assert cell(table, 2, name).value is None, name
        assert cell(table, 2, name).reason == "unreadable signal", name
    assert "unreadable signal" in cell(table, 2, "sdnn_ms").reason


def test_the_whole_agrees_with_the_summary(three_hours):
    table, episodes, quality, n_samples = table_of(three_hours, [("AFIB", 600, 1500), ("COUPLET", 4000, 4001)])
    summary = summary_of(three_hours, episodes, FS_HZ, n_samples, quality)
    row = len(table.rows) - 1
    for name, value, sample in (
        ("mean_rate", summary.mean_rate_bpm, None),
        ("min_rate", summary.min_rate_bpm, summary.min_rate_sample),
        ("max_rate", summary.max_rate_bpm, summary.max_rate_sample),
        ("longest_rr", summary.longest_rr_s, summary.longest_rr_sample),
        ("v_beats", summary.n_by_class["V"], None),
        ("couplets", summary.n_by_kind["COUPLET"], None),
        ("af", 100 * summary.af_share, None),
        ("readable", 100 * summary.readable_share, None),
    ):
        assert cell(table, row, name).value == pytest.approx(value), name
        assert sample is None or cell(table, row, name).sample == sample, name


def test_events_count_in_every_hour_into_which_they_reach(three_hours):
    table, *_ = table_of(three_hours, [("VT", 3500, 3700), ("AFIB", 3000, 4000)])
    for row in (0, 1):
        assert cell(table, row, "v_runs").value == 1
        assert 0 < cell(table, row, "af").value < 30
    assert cell(table, 0, "v_runs").sample == 3500 * FS_HZ
    assert cell(table, 1, "v_runs").sample == 3600 * FS_HZ
    assert cell(table, len(table.rows) - 1, "v_runs").value == 1


def test_the_most_urgent_run_is_led_to(three_hours):
    table, *_ = table_of(three_hours, [("IVR", 100, 110), ("VF", 900, 910), ("VT", 500, 510)])
    assert cell(table, 0, "v_runs").value == 3
    assert cell(table, 0, "v_runs").sample == 900 * FS_HZ


def test_what_was_not_looked_for_is_absent(three_hours):
    table, *_ = table_of(three_hours, assessment=Assessment((), {"VF": "no rhythm model ran", "AFIB": "needs 30 s"}))
    assert cell(table, 0, "v_runs").reason == "no rhythm model ran"
    assert cell(table, 0, "af").reason == "needs 30 s"
    table, *_ = table_of(three_hours, [("VT", 10, 20)], assessment=Assessment((), {"VF": "no rhythm model ran"}))
    assert cell(table, 0, "v_runs").value == 1


def test_flutter_and_av_block_have_columns_where_they_were_found(three_hours):
    names = [column.name for column in table_of(three_hours)[0].columns]
    assert "afl" not in names
    assert "av_block" not in names
    table, *_ = table_of(three_hours, [("AFL", 100, 200), ("AVB2", 300, 310)])
    assert cell(table, 0, "afl").value > 0
    assert cell(table, 0, "av_block").sample == 300 * FS_HZ


def test_without_classes_beats_are_not_counted(three_hours):
    given = Intervals(three_hours.sample, None, three_hours.rr_s, three_hours.readable)
    table, *_ = table_of(given)
    assert cell(table, 0, "v_beats").reason == "beats not classified"
    assert cell(table, 0, "mean_rate").value > 50
    assert "no classes" in cell(table, 0, "rmssd_ms").reason


def test_day_and_night_have_rows_where_the_clock_is_known():
    given = beats_of(sinus(4 * 3600))
    table, *_ = table_of(given, start_time=time(20, 30))
    assert [row.kind for row in table.rows][-3:] == ["day", "night", "whole"]
    assert table.rows[0].spans_s == ((0.0, 1800.0),)
    day, night = len(table.rows) - 3, len(table.rows) - 2
    assert cell(table, day, "max_rate").sample < 5400 * FS_HZ <= cell(table, night, "max_rate").sample


def test_unreadable_seconds_are_led_to(three_hours):
    quality = np.full((3 * 3600 + 10, 1), 2, np.uint8)
    quality[1000:1900] = 0
    table, *_ = table_of(three_hours, quality=quality)
    assert cell(table, 0, "readable").value == pytest.approx(75)
    assert cell(table, 0, "readable").sample == 1000 * FS_HZ


def test_an_empty_table_of_episodes():
    given = beats_of(sinus(700))
    table, *_ = table_of(given)

    assert cell(table, 0, "pauses").value == 0
    assert cell(table, 0, "pauses").sample is None
