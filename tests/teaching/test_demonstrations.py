"""Steps of demonstrations: their schema, what is on screen at each, the bundled ones against their cases, changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.errors import SourceError
from ecg_core.synthesis.strip_drawing import draw_strip
from ecg_core.teaching.demonstration import (
    Scene,
    demonstration_of,
    demonstration_problems,
    forget_changes,
    keep_demonstration,
    parse_demonstration,
    scenes_of,
)
from ecg_core.teaching.library import TeachingCase, case_library

LEADS = ("I", "II", "V1")
PREPARED = [case for case in case_library().cases.values() if (case.folder / "demonstration.toml").is_file()]


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "home"))


def scenes(*steps: dict[str, Any]) -> tuple[Scene, ...]:
    return scenes_of(parse_demonstration({"steps": list(steps)}, "test"))


def test_a_step_keeps_what_it_leaves_out_and_marks_last_one_step() -> None:
    first, second, third = scenes(
        {"text": "a", "at_s": 4, "view": "rhythm", "lead": "V1", "highlight_s": [5, 6], "reveal": ["program", "truth"]},
        {"text": "b", "hide": ["program"], "measure_s": [5, 5.4]},
    )
    assert first == Scene()
    assert (second.at_s, second.view, second.lead, second.highlight_s) == (4, "rhythm", "V1", (5, 6))
    assert second.show == ("truth", "program")
    assert (third.at_s, third.view, third.lead, third.show) == (4, "rhythm", "V1", ("truth",))
    assert third.highlight_s is None
    assert third.measure_s == (5, 5.4)


def test_a_sweep_goes_on_until_something_is_marked_or_it_is_stopped() -> None:
    marked = scenes({"text": "a", "sweep": True}, {"text": "b"}, {"text": "c", "measure_s": [0, 1]}, {"text": "d"})
    assert [scene.sweep for scene in marked] == [False, True, True, False, False]
    assert [scene.sweep for scene in scenes({"text": "a", "sweep": True}, {"text": "b", "sweep": False})][-1] is False


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ({}, "text: field required"),
        ({"text": " "}, "text: string should have at least 1"),
        ({"text": "a", "measure_s": [2, 1]}, "a span begins before it ends"),
        ({"text": "a", "measure_s": [2]}, "measure_s"),
        ({"text": "a", "at_s": -1}, "at_s: input should be greater"),
        ({"text": "a", "reveal": ["diagnosis"]}, "reveal 1: input should be 'truth', 'program' or 'saliency'"),
        ({"text": "a", "sweep": True, "highlight_s": [1, 2]}, "nothing is highlighted or measured"),
        ({"text": "a", "colour": "red"}, "colour"),
    ],
)
def test_a_wrong_step_is_told_by_its_number_and_field(step: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SourceError, match=f"(?i)test: steps 2.*{sentence}"):
        parse_demonstration({"steps": [{"text": "right"}, step]}, "test")


def test_steps_have_to_fit_the_tracing() -> None:
    found = parse_demonstration(
        {"steps": [{"text": "a", "measure_s": [8, 12]}, {"text": "b", "lead": "V9", "highlight_lead": "II"}]}, "test"
    )
    assert demonstration_problems(found, 20, (*LEADS, "V9")) == []
    first, second = demonstration_problems(found, 10, LEADS)
    assert first == "step 1 names second 12 of a tracing of 10 s"
    assert second == "step 2 names the lead V9, which the tracing lacks"


def test_at_least_five_cases_come_with_steps() -> None:
    assert len(PREPARED) >= 5
    assert all(len(demonstration_of(case).steps) >= 4 for case in PREPARED)


@pytest.mark.parametrize("case", PREPARED, ids=lambda case: case.name)
def test_bundled_steps_fit_their_case_and_do_not_tell_its_diagnosis_first(case: TeachingCase) -> None:
    assert case.text.signal is not None
    drawn = draw_strip(case.text.signal)
    demonstration = demonstration_of(case)
    assert demonstration_problems(demonstration, case.text.signal.seconds, drawn.tracing.lead_names) == []
    assert case.text.diagnosis.rstrip(".").lower() not in demonstration.steps[0].text.lower()
    shown = {one for scene in scenes_of(demonstration) for one in scene.show}
    assert "truth" in shown


@pytest.mark.parametrize("case", PREPARED, ids=lambda case: case.name)
def test_bundled_measurements_stand_between_true_waves(case: TeachingCase) -> None:
    assert case.text.signal is not None
    drawn = draw_strip(case.text.signal)
    waves, fs_hz = drawn.tracing.waves, drawn.tracing.fs_hz
    edges = np.concatenate([waves.beat, waves.common.ravel()]) / fs_hz
    edges = edges[np.isfinite(edges)]
    for step in demonstration_of(case).steps:
        for at_s in step.measure_s or ():
            assert np.abs(edges - at_s).min() < 0.01, (step.text, at_s)


def test_changed_steps_take_the_place_of_the_cases_own_until_they_are_forgotten() -> None:
    case = next(case for case in PREPARED if case.name == "wenckebach")
    own = demonstration_of(case)
    keep_demonstration(case, [{"text": "Look “here”", "measure_s": [1, 2.5], "reveal": ["truth"]}], 20, LEADS)
    changed = demonstration_of(case)
    assert [(step.text, step.measure_s, step.reveal) for step in changed.steps] == [
        ("Look “here”", (1, 2.5), ("truth",))
    ]
    with pytest.raises(SourceError, match="step 1 names second 30"):
        keep_demonstration(case, [{"text": "late", "at_s": 30}], 20, LEADS)
    assert demonstration_of(case) == changed
    forget_changes(case)
    assert demonstration_of(case) == own
    forget_changes(case)


def test_a_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    case = PREPARED[0]
    folder = tmp_path / "home" / "demonstrations"
    folder.mkdir(parents=True)
    for content, sentence in (
        (b"steps = 1 1", "is no TOML"),
        (b"\xff\xfe", "no text in UTF-8"),
        (b"steps = 1", "steps"),
    ):
        (folder / f"{case.name}.toml").write_bytes(content)
        with pytest.raises(SourceError, match=sentence):
            demonstration_of(case)
