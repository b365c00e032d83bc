"""What heart-rate variability leaves out, and where it is refused."""

import json
from datetime import time

import numpy as np
import pytest
from hrv_for_tests import FS_HZ, beats_of, episodes_of, sinus, variability_of

from ecg_core.rhythm.hrv import SHORTEST_S, HeartRateVariability, variability_as_json
from ecg_core.rhythm.intervals import Intervals

pytestmark = pytest.mark.slow


def absent(found):
    return {name for name, one in found.measures.items() if one.value is None}


def test_a_shift_in_time_changes_nothing():
    rr_ms = sinus(400)
    early = variability_of(rr_ms).of((0, 300))
    given = beats_of(rr_ms)
    later = Intervals(given.sample + int(1000 * FS_HZ), given.label, given.rr_s, given.readable)
    found = HeartRateVariability(later, episodes_of(), FS_HZ, int(later.sample[-1]) + 1).of((1000, 1300))
    for name, one in early.measures.items():
        other = found.measures[name]
        assert (other.value or 0) == pytest.approx(one.value or 0, rel=1e-6), name
        assert other.reason == one.reason


@pytest.mark.parametrize("kind", ["AFIB", "AFL", "VT", "PACED", "SVTA", "AVB3"])
def test_refused_in_other_rhythms(kind):
    found = variability_of(sinus(700), episodes=[(kind, 0, 700)])
    assert absent(found.of((0, 300))) == set(SHORTEST_S)
    assert found.whole.n_nn == 0
    assert "100 % of the time is left out (limit 20 %)" in found.whole.refused


def test_atrial_fibrillation_is_named_and_left_out():
    found = variability_of(sinus(1000), episodes=[("AFIB", 100, 200)])
    assert "atrial fibrillation" in found.of((0, 300)).refused
    whole = found.whole
    assert not whole.refused
    count, time_s = whole.left_out["atrial fibrillation"]
    assert time_s == pytest.approx(100, abs=2)
    assert count > 90
    assert whole.left_out_share == pytest.approx(0.1, abs=0.01)
    assert found.of((300, 600)).left_out == {}


def test_less_than_a_minute_between_episodes_of_fibrillation_does_not_count():
    short = variability_of(sinus(1000), episodes=[("AFIB", 100, 130), ("AFIB", 180, 200)]).whole
    long = variability_of(sinus(1000), episodes=[("AFIB", 100, 130), ("AFIB", 230, 250)]).whole
    assert short.left_out["atrial fibrillation"][1] == pytest.approx(100, abs=2)
    assert long.left_out["atrial fibrillation"][1] == pytest.approx(50, abs=3)


def test_ectopic_beats_leave_out_both_their_intervals():
    rr_ms = sinus(400)
    labels = ["N"] * (len(rr_ms) + 1)
    labels[50] = labels[150] = "V"
    labels[200] = "S"
    found = variability_of(rr_ms, labels=labels).of((0, 300))
    assert found.left_out["ectopic beats"][0] == 6
    assert found.n_interpolated == 6
    assert not found.refused


def test_refused_above_the_limit_of_ectopy():
    rr_ms = sinus(400)
    labels = ["V" if at % 8 == 3 else "N" for at in range(len(rr_ms) + 1)]
    assert "ectopic beats 25 %" in variability_of(rr_ms, labels=labels).of((0, 300)).refused
    labels = ["V" if at % 12 == 3 else "N" for at in range(len(rr_ms) + 1)]
    assert not variability_of(rr_ms, labels=labels).of((0, 300)).refused


def test_refused_where_much_cannot_be_read():
    rr_ms = sinus(400)
    readable = np.arange(len(rr_ms)) % 4 > 0
    assert "unreadable signal 25 %" in variability_of(rr_ms, readable=readable).of((0, 300)).refused


def test_time_without_beats_is_left_out():
    given = beats_of(sinus(400))
    later = Intervals(given.sample + int(200 * FS_HZ), given.label, given.rr_s, given.readable)
    found = HeartRateVariability(later, episodes_of(), FS_HZ, int(later.sample[-1]) + 1)
    assert found.of((0, 400)).refused.endswith("no beats 50 %")
    assert found.of((0, 100)).refused.startswith("100 % of the time is left out")


def test_refused_without_classes():
    given = beats_of(sinus(400))
    found = HeartRateVariability(
        Intervals(given.sample, None, given.rr_s, given.readable), episodes_of(), FS_HZ, int(given.sample[-1]) + 1
    )
    assert found.whole.refused == "beats have no classes, so that N-N intervals are unknown"


def test_missed_and_additional_beats_are_left_out():
    rr_ms = sinus(400)
    disturbed = np.concatenate(
        (rr_ms[:99], [rr_ms[99] + rr_ms[100]], rr_ms[101:200], [400, rr_ms[200] - 400], rr_ms[201:])
    )
    clean, found = variability_of(rr_ms).of((0, 300)), variability_of(disturbed).of((0, 300))
    assert found.left_out["implausible intervals"][0] == 3
    for name in ("rmssd_ms", "sdnn_ms", "lf_ms2", "hf_ms2"):
        assert found.measures[name].value == pytest.approx(clean.measures[name].value, rel=0.1), name


@pytest.mark.parametrize("rr_ms", [2200, 330])
def test_slow_and_fast_steady_rates_are_plausible(rr_ms):
    random = np.random.default_rng(3)
    found = variability_of(rr_ms + random.normal(0, 0.03 * rr_ms, 1200)).of((0, 300))
    assert not found.left_out


def test_differences_do_not_cross_what_is_left_out():
    rr_ms = np.concatenate((np.full(150, 700), np.full(2, 900), np.full(150, 1100)))
    labels = np.full(303, "N")
    labels[151] = "V"
    found = variability_of(rr_ms, labels=labels).whole
    assert found.measures["rmssd_ms"].value == pytest.approx(0, abs=1e-9)
    assert found.measures["nn50"].value == 0


@pytest.mark.parametrize(
    ("length_s", "present", "missing"),
    [
        (61, {"rmssd_ms", "hf_ms2", "mean_nn_ms"}, {"lf_ms2", "lf_hf", "sdnn_ms", "vlf_ms2"}),
        (125, {"lf_ms2", "lf_hf", "lomb_lf_ms2"}, {"sdnn_ms", "vlf_ms2", "sample_entropy", "dfa_alpha1"}),
        (300, {"sdnn_ms", "vlf_ms2", "sample_entropy", "dfa_alpha1"}, {"triangular_index", "tinn_ms", "dfa_alpha2"}),
        (1200, {"triangular_index", "tinn_ms", "dfa_alpha2"}, {"sdnn_index_ms", "sdann_ms", "ulf_ms2"}),
        (3600, {"sdnn_index_ms"}, {"sdann_ms", "ulf_ms2", "deceleration_capacity_ms"}),
    ],
)
def test_each_measure_needs_its_length(length_s, present, missing):
    found = variability_of(sinus(4000)).of((0, length_s))
    assert present.isdisjoint(absent(found))
    assert missing <= absent(found)
    assert all(found.measures[name].reason.startswith("needs ") for name in missing)


def test_a_short_recording_is_refused():
    found = variability_of(sinus(10)).whole
    assert absent(found) == set(SHORTEST_S)


def test_hours_windows_day_and_night_follow_the_clock():
    found = variability_of(sinus(3 * 3600), start_time=time(20, 30))
    assert found.hours()[:2] == [(0, 1800), (1800, 5400)]
    assert found.windows()[0] == (0, 300)
    assert found.day() == [(0, 5400)]
    assert found.night() == [(5400, found.duration_s)]


def test_a_night_of_two_parts_is_measured_as_one():
    found = variability_of(sinus(26 * 3600), start_time=time(5, 0))
    assert found.night() == [(0, 3600), (17 * 3600, 25 * 3600)]
    night = found.of(*found.night())
    assert night.nn_s == pytest.approx(9 * 3600, rel=0.01)
    assert night.measures["sdnn_ms"].value is not None


def test_without_a_start_time_day_and_night_are_unknown():
    found = variability_of(sinus(3700))
    assert found.day() == found.night() == []
    assert found.hours()[0] == (0, 3600)
    told = variability_as_json(found)
    assert told["day"] == {"refused": "the recording does not say when it began"}


def test_json_holds_values_or_reasons():
    told = json.loads(
        json.dumps(variability_as_json(variability_of(sinus(1300), start_time=time(12, 0))), allow_nan=False)
    )
    assert set(told["whole"]["measures"]) == set(SHORTEST_S)
    for one in told["whole"]["measures"].values():
        assert (one["value"] is None) == ("reason" in one)
    assert told["whole"]["measures"]["sdnn_ms"]["value"] > 10
    assert told["night"] == {"refused": "the recording has no part of the night"}
    assert told["turbulence"]["reason"]
    assert len(told["five_minutes"]) == 5
