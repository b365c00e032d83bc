"""Clinical criteria of episodes whose cause is known."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from ecg_core.analysis import Analysis, analyse
from ecg_core.episode_criteria import WITH_CRITERIA, episode_reasons
from ecg_core.interpretation.criteria import Criterion
from ecg_core.recording import Recording, from_array
from ecg_core.synthesis import generate, scenarios

pytestmark = pytest.mark.slow

DESK = Path(__file__).parents[1] / "assets" / "desk" / "src"


@cache
def analysed(scenario: str) -> tuple[Recording, Analysis]:
    """A demo recording, delineated, with its true classes."""
    made = generate(scenarios()[scenario], duration_s=300, seed=3)
    recording = from_array(made.signal, made.fs_hz, made.lead_names, scenario)
    analysis = analyse(recording, None, cache=False, waves=True)
    samples, symbols = made.annotations.beats()
    found = analysis.beats["sample"].to_numpy()
    nearest = np.abs(found[:, None] - samples[None, :]).argmin(axis=1)
    classes = {"N": "N", "A": "S", "V": "V", "F": "F"}
    return recording, replace(
        analysis, beats=analysis.beats.assign(label=[classes[str(symbols[at])] for at in nearest])
    )


def longest_run(analysis: Analysis, label: str) -> tuple[int, int]:
    """First and last sample of the longest run of a class."""
    is_label = (analysis.beats["label"] == label).to_numpy(dtype=bool)
    edges = np.diff(np.concatenate([[0], is_label.astype(int), [0]]))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    at = int((stops - starts).argmax())
    samples = analysis.beats["sample"].to_numpy()
    return int(samples[starts[at]]), int(samples[stops[at] - 1])


def reasons(scenario: str, label: str, kind: str) -> dict[str, Criterion]:
    recording, analysis = analysed(scenario)
    first, last = longest_run(analysis, label)
    found = episode_reasons(analysis, recording.fs_hz, kind, first, last + 1)
    return {one.name: one for one in found}


def test_a_run_of_vt_is_fast_wide_and_regular_and_says_that_hidden_p_waves_are_not_found() -> None:
    found = reasons("demo_pvc", "V", "VT")
    assert {name for name, one in found.items() if one.met} >= {"Rate", "QRS width", "Timing", "Regularity", "Shape"}
    assert "usual" in found["QRS width"].measured
    assert found["AV dissociation"].met is not False


def test_the_rate_of_an_idioventricular_rhythm_is_not_above_its_limit() -> None:
    found = reasons("demo_pvc", "V", "IVR")
    assert found["Rate"].met is False
    assert found["Rate"].limit.startswith("<=")


def test_sinus_beats_named_a_run_of_vt_speak_against_it() -> None:
    recording, analysis = analysed("demo_sinus")
    samples = analysis.beats["sample"].to_numpy()
    found = {
        one.name: one for one in episode_reasons(analysis, recording.fs_hz, "VT", int(samples[10]), int(samples[40]))
    }
    for name in ("Rate", "QRS width", "Timing", "AV dissociation", "Fusion beats", "Shape"):
        assert found[name].met is False, found[name]


def test_fibrillation_is_irregular_without_p_waves_at_one_interval() -> None:
    recording, analysis = analysed("demo_af")
    episodes = analysis.episodes
    start, stop = episodes.loc[episodes["kind"] == "AFIB", ["start_sample", "stop_sample"]].to_numpy(dtype=int)[0]
    found = {one.name: one for one in episode_reasons(analysis, recording.fs_hz, "AFIB", int(start), int(stop))}
    assert found["Regularity"].met
    assert found["P wave before"].met


def test_sinus_rhythm_named_fibrillation_speaks_against_it() -> None:
    recording, analysis = analysed("demo_sinus")
    found = episode_reasons(analysis, recording.fs_hz, "AFIB", 0, recording.n_samples)
    assert [one.met for one in found] == [False, False]


def test_without_waves_width_and_p_waves_are_not_measurable_and_rate_is() -> None:
    recording, analysis = analysed("demo_pvc")
    first, last = longest_run(analysis, "V")
    without = replace(analysis, waves=None)
    found = {one.name: one for one in episode_reasons(without, recording.fs_hz, "VT", first, last + 1)}
    assert found["QRS width"].met is None
    assert found["AV dissociation"].met is None
    assert found["Rate"].met


@pytest.mark.parametrize("kind", ["PAUSE", "UNREADABLE", "VF"])
def test_other_kinds_have_no_criteria(kind: str) -> None:
    recording, analysis = analysed("demo_pvc")
    assert episode_reasons(analysis, recording.fs_hz, kind, 0, recording.n_samples) == ()


def test_a_span_without_beats_has_no_criteria() -> None:
    recording, analysis = analysed("demo_pvc")
    assert episode_reasons(analysis, recording.fs_hz, "VT", 0, 1) == ()


@pytest.mark.parametrize("kind", WITH_CRITERIA)
def test_every_kind_is_read_from_two_beats_alone(kind: str) -> None:
    recording, analysis = analysed("demo_pvc")
    few = replace(analysis, beats=analysis.beats.iloc[:2])
    found = episode_reasons(few, recording.fs_hz, kind, 0, recording.n_samples)
    assert found
    assert "nan" not in " ".join(one.measured for one in found)


def test_the_browser_asks_for_the_kinds_that_have_criteria() -> None:
    line = re.search(r"WITH_CRITERIA.*= \[(.*)\]", (DESK / "episode_criteria.ts").read_text())
    assert line is not None
    assert tuple(re.findall(r'"(\w+)"', line[1])) == WITH_CRITERIA
