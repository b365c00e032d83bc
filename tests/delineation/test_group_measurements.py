"""Median beats of families and of hours, against exact waves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from waves_for_tests import drawn, true_waves

from ecg_core.analysis import Analysis, analyse
from ecg_core.beats import beat_table
from ecg_core.delineation.waves import ABSENT, Waves
from ecg_core.group_measurements import measure_families, measure_family, measure_hours
from ecg_core.measurements import measurements_dict
from ecg_core.recording import Recording, from_array
from ecg_core.synthesis.conditions import NORMAL, P_SINUS, VENTRICULAR
from ecg_core.synthesis.tracing import TWELVE_LEADS, Drawing, Event, Tracing

HOUR_S = 3600.0


@cache
def _base() -> Analysis:
    recording, _ = drawn("normal")
    return analyse(recording, None, cache=False, waves=True)


def events(duration_s: float, pq_s: tuple[float, ...], every_v: int) -> Iterator[Event]:
    """Sinus beats with the PQ time of their hour; each `every_v`th beat is ventricular and early, without a P wave."""
    for number, at in enumerate(np.arange(1.0, duration_s - 1, 0.9).tolist()):
        if number % every_v == every_v - 1:
            yield Event(at - 0.25, beat=VENTRICULAR)
        else:
            yield Event(at - pq_s[int(at // HOUR_S)], p=P_SINUS)
            yield Event(at, beat=NORMAL, rr_s=0.9)


def analysed(tracing: Tracing) -> tuple[Recording, Analysis]:
    """A tracing with its exact waves, classes and a family for each class."""
    recording = from_array(tracing.signal_mv, tracing.fs_hz, tracing.lead_names)
    base, waves = _base(), true_waves(tracing)
    assert base.waves is not None
    assert base.templates is not None
    beats = beat_table(waves.beat, tracing.fs_hz)
    beats["label"] = tracing.waves.symbol
    beats["template"] = np.where(tracing.waves.symbol == "V", 4, 0)
    family = base.templates.families[0]
    templates = replace(base.templates, families=(family, replace(family, index=4), replace(family, index=7)))
    episodes = base.episodes.iloc[:0]
    found = replace(base.waves, waves=waves)
    return recording, replace(base, beats=beats, episodes=episodes, waves=found, templates=templates, paced=None)


@cache
def minute() -> tuple[Recording, Analysis]:
    drawing = Drawing(500.0, 60.0, TWELVE_LEADS)
    return analysed(drawing.draw(list(events(60.0, (0.14,), 5))))


@cache
def long_recording() -> tuple[Recording, Analysis]:
    """An hour and a quarter; the PQ time is 60 ms longer in the second hour."""
    drawing = Drawing(100.0, 1.25 * HOUR_S, ("II", "V5"))
    return analysed(drawing.draw(list(events(1.25 * HOUR_S, (0.14, 0.20), 7))))


def with_rhythm(analysis: Analysis, kind: str, start: int, stop: int) -> Analysis:
    episodes = analysis.episodes.iloc[:0].astype(object)
    episodes.loc[0] = dict.fromkeys(episodes.columns) | {"kind": kind, "start_sample": start, "stop_sample": stop}
    return replace(analysis, episodes=episodes)


def exact_ms(waves: Waves, chosen: np.ndarray, start: str, stop: str, fs_hz: float) -> float:
    return float(np.nanmedian(waves.interval_ms(start, stop, fs_hz)[chosen]))


def test_each_family_has_the_exact_intervals_of_its_beats() -> None:
    recording, analysis = minute()
    assert analysis.waves is not None
    families = measure_families(recording, analysis)
    assert set(families) == {0, 4}  # the third has no beats
    label = analysis.beats["label"].to_numpy()
    for index, letter in ((0, "N"), (4, "V")):
        found, chosen = families[index], label == letter
        overall = found.measurements.overall
        assert (found.label, found.n_beats) == (letter, chosen.sum())
        exact = exact_ms(analysis.waves.waves, chosen, "qrs_on", "qrs_off", 500.0)
        assert overall["qrs_ms"].value == pytest.approx(exact, abs=1)
        assert overall["qrs_ms"].sd is not None
        assert overall["qrs_ms"].sd >= 5
        assert overall["qrs_axis_deg"].value is not None
    assert families[0].basis == f"{(label == 'N').sum()} normal beats"
    assert families[4].basis == f"{(label == 'V').sum()} beats of the family"


def test_a_ventricular_family_has_no_pr_and_no_rate_each_with_its_reason() -> None:
    recording, analysis = minute()
    found = measure_family(recording, analysis, 4)
    assert found is not None
    overall = found.measurements.overall
    assert (overall["pr_ms"].value, overall["pr_ms"].reason) == (None, "no P wave")
    assert (overall["rate_bpm"].value, overall["rate_bpm"].reason) == (None, "no two successive beats")
    assert (overall["qtc_bazett_ms"].value, overall["qtc_bazett_ms"].reason) == (None, "no two successive beats")
    assert overall["qt_ms"].value is not None


def test_a_family_follows_what_a_person_makes_of_it() -> None:
    recording, analysis = minute()
    merged = analysis.beats.assign(template=0)
    both = measure_family(recording, replace(analysis, beats=merged), 0)
    assert both is not None
    assert both.n_beats == len(merged)
    assert both.label == "N"
    assert both.basis == f"{len(merged)} beats of the family"
    assert measure_family(recording, replace(analysis, beats=merged), 4) is None
    relabelled = measure_family(recording, replace(analysis, beats=analysis.beats.assign(label="N")), 4)
    assert relabelled is not None
    assert relabelled.basis == f"{relabelled.n_beats} normal beats"


@pytest.mark.parametrize(
    ("kind", "reason"), [("AFIB", "no P wave: atrial fibrillation"), ("AFL", "no P wave: atrial flutter")]
)
def test_no_p_wave_is_claimed_in_fibrillation_or_flutter(kind: str, reason: str) -> None:
    recording, analysis = minute()
    found = measure_family(recording, with_rhythm(analysis, kind, 0, recording.n_samples), 0)
    assert found is not None
    measurements = found.measurements
    for name in ("p_ms", "pr_ms", "p_axis_deg"):
        assert (measurements.overall[name].value, measurements.overall[name].reason) == (None, reason)
    assert all(lead["p_mv"].value is None for lead in measurements.leads.values())
    assert measurements.overall["qrs_ms"].value is not None


def test_pr_of_a_group_partly_in_fibrillation_is_that_of_its_other_beats() -> None:
    recording, analysis = minute()
    assert analysis.waves is not None
    samples = analysis.beats["sample"].to_numpy()
    stop = int(samples[len(samples) // 4])
    found = measure_family(recording, with_rhythm(analysis, "AFIB", 0, stop), 0)
    assert found is not None
    conducted = (analysis.beats["label"] == "N").to_numpy()
    pr = found.measurements.overall["pr_ms"]
    assert pr.n == (conducted & (samples >= stop)).sum()
    assert pr.value == pytest.approx(exact_ms(analysis.waves.waves, conducted, "p_on", "qrs_on", 500.0), abs=1)


def test_without_waves_and_for_recordings_below_an_hour_there_is_nothing_by_the_hour() -> None:
    recording, analysis = minute()
    assert measure_hours(recording, analysis) == ()
    bare = replace(analysis, waves=None)
    assert measure_families(recording, bare) == {}
    assert measure_family(recording, bare, 0) is None
    assert measure_hours(recording, bare) == ()


def test_each_hour_has_the_intervals_of_its_usual_beats() -> None:
    recording, analysis = long_recording()
    assert analysis.waves is not None
    hours = measure_hours(recording, analysis)
    assert len(hours) == 2
    normal = (analysis.beats["label"] == "N").to_numpy()
    time_s = analysis.waves.waves.beat / recording.fs_hz
    for hour, found in enumerate(hours):
        chosen = normal & (time_s // HOUR_S == hour)
        assert found.basis == f"{chosen.sum()} normal beats"
        exact = exact_ms(analysis.waves.waves, chosen, "p_on", "qrs_on", 100.0)
        assert found.measurements.overall["pr_ms"].value == pytest.approx(exact, abs=1)
    first, second = (found.measurements.overall["pr_ms"].value for found in hours)
    assert first is not None
    assert second is not None
    assert second - first == pytest.approx(60, abs=10)


def test_an_hour_of_fibrillation_has_no_pr_and_an_hour_without_beats_says_so() -> None:
    recording, analysis = long_recording()
    hour = round(HOUR_S * recording.fs_hz)
    first, second = measure_hours(recording, with_rhythm(analysis, "AFIB", 0, hour))
    assert first.measurements.overall["pr_ms"].reason == "no P wave: atrial fibrillation"
    assert second.measurements.overall["pr_ms"].value is not None
    kept = analysis.beats[analysis.beats["sample"] < hour].reset_index(drop=True)
    _, empty = measure_hours(recording, replace(analysis, beats=kept))
    assert (empty.n_beats, empty.label, empty.basis) == (0, None, "no beats")
    assert empty.measurements.overall["qrs_ms"].reason == "no beats"


def test_a_lead_that_cannot_be_read_is_said_to_be_so() -> None:
    recording, analysis = minute()
    assert analysis.waves is not None
    waves = analysis.waves.waves
    assessed, offset = waves.assessed.copy(), waves.offset.copy()
    assessed[:, 1], offset[:, 1] = False, ABSENT
    hidden = replace(analysis, waves=replace(analysis.waves, waves=replace(waves, assessed=assessed, offset=offset)))
    found = measure_family(recording, hidden, 0)
    assert found is not None
    assert found.measurements.leads["II"]["r_mv"].reason == "lead II cannot be read"
    assert found.measurements.leads["V5"]["r_mv"].value is not None


def test_the_file_holds_families_and_hours() -> None:
    recording, analysis = long_recording()
    told = measurements_dict(recording, analysis)
    assert told is not None
    assert [(one["family"], one["label"]) for one in told["families"]] == [(0, "N"), (4, "V")]
    assert [one["hour"] for one in told["hours"]] == [0, 1]
    for one in (*told["families"], *told["hours"]):
        qrs = one["global"]["qrs_ms"]
        assert qrs["value"] > 0
        assert qrs["sd"] > 0
        assert qrs["n"] <= one["n_beats"]
        assert set(one["leads"]) == {"II", "V5"}
    assert told["families"][1]["global"]["pr_ms"] == {
        "value": None,
        "sd": None,
        "n": told["families"][1]["n_beats"],
        "reason": "no P wave",
    }
