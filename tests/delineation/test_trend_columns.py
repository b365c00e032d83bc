"""Columns of the hourly table that rest on waves."""

import numpy as np
import pytest
from hrv_for_tests import FS_HZ, beats_of

from ecg_core.delineation.trend_columns import interval_columns, st_columns
from ecg_core.delineation.waves import ABSENT, BOUNDARIES, Waves


def waves_of(beat, pr_ms, qrs_ms, qt_ms):
    """Waves in one lead; NaN where there is no P wave."""
    n = len(beat)
    common = np.full((n, len(BOUNDARIES)), ABSENT, np.int16)

    def put(name, at_ms):
        at_ms = np.broadcast_to(np.asarray(at_ms, float), (n,))
        known = np.isfinite(at_ms)
        common[known, BOUNDARIES.index(name)] = np.rint(at_ms[known] * FS_HZ / 1000)

    put("qrs_on", -40)
    put("p_on", -40 - np.asarray(pr_ms, float))
    put("qrs_off", np.asarray(qrs_ms, float) - 40)
    put("t_off", np.asarray(qt_ms, float) - 40)
    return Waves(beat, ("II",), common[:, None, :], np.ones((n, 1, 3), np.float32), np.ones((n, 1), bool), common)


def fridericia(qt_ms, rr_s):
    return qt_ms / np.cbrt(rr_s)


def cells(given, waves, spans):
    return {one.name: one.cell(spans) for one in interval_columns(waves, given, FS_HZ, fridericia, "Fridericia")}


def test_intervals_are_medians_that_lead_to_the_longest():
    given = beats_of(np.full(4500, 800))
    minute = given.sample / FS_HZ // 60
    pr = np.where(minute == 20, 230, 160)
    qt = np.where(minute == 40, 480, 400)
    found = cells(given, waves_of(given.sample, pr, 95, qt), [(0, 3600)])
    assert found["pr_ms"].value == pytest.approx(160)
    assert found["pr_ms"].sample == 20 * 60 * FS_HZ
    assert found["qrs_ms"].value == pytest.approx(95)
    assert found["qtc_ms"].value == pytest.approx(400 / np.cbrt(0.8), abs=0.5)
    assert found["longest_qtc_ms"].value == pytest.approx(480 / np.cbrt(0.8), abs=0.5)
    assert found["longest_qtc_ms"].sample == found["qtc_ms"].sample == 40 * 60 * FS_HZ


def test_an_hour_has_its_own_minutes():
    given = beats_of(np.full(9000, 800))
    late = given.sample / FS_HZ > 3600
    waves = waves_of(given.sample, np.where(late, 200, 150), 90, 400)
    assert cells(given, waves, [(0, 3600)])["pr_ms"].value == pytest.approx(150)
    assert cells(given, waves, [(3600, 7200)])["pr_ms"].value == pytest.approx(200)
    assert cells(given, waves, [(3600, 7200)])["pr_ms"].sample >= 3600 * FS_HZ


def test_pr_is_absent_without_p_waves():
    given = beats_of(np.full(1000, 800))
    waves = waves_of(given.sample, np.where(np.arange(1001) % 3 == 0, 160.0, np.nan), 90, 400)
    found = cells(given, waves, [(0, 800)])
    assert found["pr_ms"].value is None
    assert found["pr_ms"].reason == "no P wave in most beats"
    assert found["qrs_ms"].value == pytest.approx(90)


def test_beats_that_are_not_normal_are_left_out():
    labels = ["V" if at % 3 == 0 else "N" for at in range(1001)]
    given = beats_of(np.full(1000, 800), labels)
    waves = waves_of(given.sample, 150, np.where(np.array(labels) == "V", 170, 90), 400)
    assert cells(given, waves, [(0, 800)])["qrs_ms"].value == pytest.approx(90)


def test_a_beat_that_a_person_added_has_no_waves():
    given = beats_of(np.full(1000, 800))
    found = cells(given, waves_of(given.sample[:-100], 150, 90, 400), [(0, 800)])
    assert found["qrs_ms"].value == pytest.approx(90)
    assert cells(given, waves_of(given.sample[:0], [], [], []), [(0, 800)])["qrs_ms"].value is None


def test_the_largest_st_deviation_keeps_its_sign():
    deviation = np.zeros((720, 2))
    deviation[100, 0], deviation[500, 0] = 0.08, -0.15
    deviation[:, 1] = np.nan
    first, second = st_columns(("II", "V5"), deviation, 10, FS_HZ, {"V5": "no calibrated scale"})
    assert first.cell([(0, 7200)]).value == pytest.approx(-0.15)
    assert first.cell([(0, 7200)]).sample == 5000 * FS_HZ
    assert first.cell([(0, 3600)]).value == pytest.approx(0.08)
    assert second.cell([(0, 3600)]).value is None
    assert second.cell([(0, 3600)]).reason == "no calibrated scale"
