"""Measurements of whole recordings: which beats they rest on, and what a rhythm leaves without a value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ecg_core.analysis import Analysis, analyse
from ecg_core.beats import beat_table
from ecg_core.measurements import measure_recording, measurements_dict, usual_beats, waves_of_beats
from ecg_core.recording import Recording, from_array
from ecg_core.synthesis.conditions import CONDITIONS, tracing_of

pytestmark = pytest.mark.slow


def analysed(name: str, **changes: object) -> tuple[Recording, Analysis]:
    tracing = tracing_of(replace(CONDITIONS[name], **changes))  # type: ignore[arg-type]
    recording = from_array(tracing.signal_mv, 500.0, tracing.lead_names, name)
    return recording, analyse(recording, None, cache=False, waves=True)


def test_the_rate_of_a_page_is_that_of_all_beats() -> None:
    recording, analysis = analysed("normal", rate_bpm=83.0)
    found = measure_recording(recording, analysis)
    assert found is not None
    assert found.usual.measurements.overall["rate_bpm"].value == pytest.approx(83, abs=0.5)


def test_waves_are_missing_until_the_recording_is_delineated() -> None:
    tracing = tracing_of(CONDITIONS["normal"])
    recording = from_array(tracing.signal_mv, 500.0, tracing.lead_names)
    analysis = analyse(recording, None, cache=False)
    assert waves_of_beats(analysis) is None
    assert measure_recording(recording, analysis) is None
    assert measurements_dict(recording, analysis) is None


def test_an_infarction_is_stated_first_and_in_the_file() -> None:
    recording, analysis = analysed("stemi_inferior")
    told = measurements_dict(recording, analysis)
    assert told is not None
    first = told["interpretation"]["statements"][0]
    assert first["severity"] == "critical"
    assert "inferior" in first["text"].lower()
    assert told["leads"]["III"]["j_mv"]["value"] > 0.2
    assert told["hourly"] == []


def test_fibrillation_leaves_no_p_waves_whatever_the_network_saw() -> None:
    recording, analysis = analysed("normal")
    af = analysis.episodes.iloc[:0].astype(object)
    af.loc[0] = dict.fromkeys(af.columns) | {
        "kind": "AFIB",
        "start_sample": 0,
        "stop_sample": recording.n_samples,
        "reason": "RR irregular",
        "source": "beats",
    }
    found = measure_recording(recording, replace(analysis, episodes=af))
    assert found is not None
    pr = found.usual.measurements.overall["pr_ms"]
    assert (pr.value, pr.reason) == (None, "no P wave: atrial fibrillation")
    assert all(values["p_mv"].value is None for values in found.usual.measurements.leads.values())
    assert found.usual.measurements.overall["qrs_ms"].value is not None


def test_usual_beats_are_the_normal_ones_of_the_largest_family() -> None:
    _, analysis = analysed("normal")
    beats = beat_table(np.arange(10) * 500, 500.0)
    beats["label"] = list("NNNVNNNVNN")
    beats["template"] = [0, 0, 0, 1, 0, 0, 2, 1, 0, 0]
    chosen, basis = usual_beats(replace(analysis, beats=beats, paced=None))
    assert chosen.tolist() == [label == "N" and at != 6 for at, label in enumerate("NNNVNNNVNN")]
    assert basis == "7 normal beats"


def test_the_basis_says_that_beats_without_class_and_family_are_all_beats() -> None:
    _, analysis = analysed("normal")
    beats = beat_table(np.arange(10) * 500, 500.0)
    chosen, basis = usual_beats(replace(analysis, beats=beats.assign(label=None), paced=None))
    assert chosen.all()
    assert basis == "10 beats of all shapes, not classified"
    families = beats.assign(label=None, template=[0, 0, 1, 0, 0, 1, 0, 0, 0, 0])
    assert usual_beats(replace(analysis, beats=families, paced=None))[1] == "8 beats of the largest family"
    alone = beats.assign(label=None, template=list(range(10)))
    assert usual_beats(replace(analysis, beats=alone, paced=None))[1] == "10 beats of all shapes"
