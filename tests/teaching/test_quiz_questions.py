"""Questions: what is asked of a case, and which answers are right."""

from __future__ import annotations

import pytest

from ecg_core.sources.demos import open_demo
from ecg_core.synthesis.strip_drawing import draw_strip
from ecg_core.teaching.adding import add_case
from ecg_core.teaching.case import Criterion
from ecg_core.teaching.library import case_library
from ecg_core.teaching.questions import (
    N_CHOICES,
    RHYTHM_TEXTS,
    TOLERANCES,
    Beats,
    Choice,
    Measurement,
    Question,
    questions_of,
    rhythm_text,
)
from ecg_core.teaching.truth_measures import measure_truth

LIBRARY = case_library()
SYNTHETIC = [case for case in LIBRARY.cases.values() if case.text.signal is not None]


def asked(name: str, seed: int = 1) -> dict[str, Question]:
    return {one.kind: one for one in questions_of(LIBRARY.cases[name], LIBRARY, seed)}


def test_measurements_are_those_of_the_criteria() -> None:
    found = asked("av_block_first_degree")
    signal = LIBRARY.cases["av_block_first_degree"].text.signal
    assert signal is not None
    for kind in ("rate_bpm", "pr_ms", "qrs_ms", "qt_ms"):
        one = found[kind]
        assert isinstance(one, Measurement)
        assert one.value == measure_truth(draw_strip(signal), Criterion("x y z", measure=kind))
    pr = found["pr_ms"]
    assert isinstance(pr, Measurement)
    assert pr.value == pytest.approx(290, abs=6)


@pytest.mark.parametrize(
    ("name", "absent"),
    [
        ("wenckebach", {"pr_ms"}),  # it grows from beat to beat
        ("atrial_fibrillation", {"pr_ms"}),  # no P waves
        ("ventricular_bigeminy", {"rate_bpm", "pr_ms", "qrs_ms", "qt_ms"}),  # no usual beat
        ("torsade_de_pointes", {"rate_bpm", "pr_ms", "qrs_ms", "qt_ms"}),  # two rhythms
        ("monomorphic_vt", {"pr_ms", "qt_ms"}),  # ventricular beats
        ("fast_atrial_fibrillation", {"rate_bpm"}),  # another one on each page
        ("failure_to_capture", {"rhythm"}),  # the case says that two answers are right
        ("normal_ecg", {"beats"}),  # no topic of rhythm
    ],
)
def test_what_has_no_one_answer_is_not_asked(name: str, absent: set[str]) -> None:
    assert not absent & set(asked(name))
    assert "diagnosis" in asked(name)


def test_the_rate_tolerance_grows_with_the_rate() -> None:
    assert Measurement("rate_bpm", 60.0).tolerance == 5
    assert Measurement("rate_bpm", 200.0).tolerance == 10
    assert Measurement("pr_ms", 300.0).tolerance == TOLERANCES["pr_ms"] == 20


def test_choices_hold_the_right_one_once_and_the_look_alikes() -> None:
    one = asked("wenckebach")["diagnosis"]
    assert isinstance(one, Choice)
    assert one.right == LIBRARY.cases["wenckebach"].text.diagnosis
    assert one.choices.count(one.right) == 1
    assert len(set(one.choices)) == N_CHOICES
    assert {LIBRARY.cases[name].text.diagnosis for name in ("mobitz_2", "blocked_atrial_beats")} <= set(one.choices)
    orders = {asked("wenckebach", seed)["diagnosis"].choices.index(one.right) for seed in range(30)}  # type: ignore[union-attr]
    assert orders == set(range(N_CHOICES))
    assert asked("wenckebach") == asked("wenckebach")


@pytest.mark.slow  # draws every case
@pytest.mark.parametrize("case", SYNTHETIC, ids=lambda case: case.name)
def test_every_case_has_questions_with_one_right_answer(case) -> None:  # type: ignore[no-untyped-def]
    found = questions_of(case, LIBRARY, 4)
    assert all(name in RHYTHM_TEXTS for name in case.text.truth.rhythms)
    for one in found:
        assert one.kind not in case.text.not_asked
        if isinstance(one, Choice):
            assert one.choices.count(one.right) == 1
            assert len(set(one.choices)) == len(one.choices) == N_CHOICES
            assert not any("MIT-BIH" in text for text in one.choices)
    diagnosis = next(one for one in found if one.kind == "diagnosis")
    assert isinstance(diagnosis, Choice)
    words = {text: set(text.lower().replace(".", "").split()) for text in diagnosis.choices}
    true = words.pop(diagnosis.right)
    assert not any(other <= true or true <= other for other in words.values())


def test_letters_are_asked_where_there_is_most_to_tell() -> None:
    one = asked("accelerated_idioventricular")["beats"]
    assert isinstance(one, Beats)
    assert one.start_s == 10
    assert "V" in one.letters
    assert all(one.start_s <= at_s < one.start_s + 10 for at_s in one.at_s)


def test_escape_beats_are_right_as_n_and_as_s() -> None:
    junctional, ventricular = (asked(name)["beats"] for name in ("junctional_rhythm", "complete_block_ventricular"))
    assert isinstance(junctional, Beats)
    assert isinstance(ventricular, Beats)
    assert set(junctional.accepted) == {"NS"}
    assert set(ventricular.accepted) == {"V"}


def test_rhythms_are_words_in_their_order() -> None:
    assert rhythm_text(("N", "VT", "VT", "N")) == "sinus rhythm, then ventricular tachycardia, then sinus rhythm"
    assert rhythm_text(("N", "XYZ")) == ""
    assert rhythm_text(()) == ""


def test_a_case_from_a_recording_is_asked_for_its_reference() -> None:
    recording = open_demo("demo_pvc")
    data = {
        "title": "Woman of 50",
        "topic": "ectopy",
        "level": "student",
        "history": "A woman of 50. Her heart stumbles.",
        "objectives": ["Find the extra beats."],
        "diagnosis": "Extra beats of one kind.",
        "explanation": "They are early and wide.",
        "criteria": [],
        "sources": [],
    }
    added = add_case("my_beats", data, recording, recording.annotations("atr"), (0.0, 30.0))
    found = {one.kind: one for one in questions_of(added, case_library(), 1, recording)}
    assert {"diagnosis", "beats"} <= set(found)
    assert not {"pr_ms", "qrs_ms"} & set(found)
    letters = found["beats"]
    assert isinstance(letters, Beats)
    assert "V" in letters.letters
