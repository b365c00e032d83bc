"""Grading: exact against the truth, beats as EC57 counts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats import CLASSES
from ecg_core.teaching.grading import beat_matrix, grade, grade_found_beats
from ecg_core.teaching.questions import Beats, Choice, Measurement

RHYTHM = Choice("rhythm", ("sinus rhythm", "asystole"), "asystole")
BEATS = Beats(10.0, (10.5, 11.5, 12.1, 13.5), ("N", "N", "V", "N"), ("N", "NS", "V", "N"))


def test_a_choice_is_right_or_wrong() -> None:
    assert grade(RHYTHM, "asystole").right
    wrong = grade(RHYTHM, "sinus rhythm")
    assert (wrong.right, wrong.score, wrong.answer, wrong.truth) == (False, 0.0, "sinus rhythm", "asystole")
    assert grade(RHYTHM, None).answer == ""
    with pytest.raises(ValueError, match="none of the choices"):
        grade(RHYTHM, "flutter")


@given(st.sampled_from(["rate_bpm", "pr_ms", "qrs_ms", "qt_ms"]), st.floats(20, 600), st.integers(0, 700))
def test_a_measurement_is_right_up_to_its_tolerance_and_no_further(kind, value: float, answer: int) -> None:  # type: ignore[no-untyped-def]
    question = Measurement(kind, value)
    given_ = grade(question, answer)
    assert given_.right == (abs(answer - int(given_.truth)) <= question.tolerance)
    assert abs(int(given_.truth) - value) <= 0.5


@pytest.mark.parametrize(("answer", "right"), [(138, True), (178, True), (137, False), (179, False)])
def test_the_edges_of_a_tolerance_are_within_it(answer: int, right: bool) -> None:
    assert grade(Measurement("pr_ms", 158.4), answer).right is right


def test_no_measurement_and_no_number_are_wrong_and_refused() -> None:
    assert not grade(Measurement("pr_ms", 160.0), None).right
    with pytest.raises(ValueError, match="no number"):
        grade(Measurement("pr_ms", 160.0), float("nan"))


@given(st.lists(st.sampled_from([*CLASSES, ""]), min_size=4, max_size=4).map(tuple))
def test_letters_score_the_share_that_agrees_as_the_matrix_does(letters: tuple[str, ...]) -> None:
    found, matrix = grade(BEATS, letters), beat_matrix(BEATS, letters)
    n_right = sum(bool(one) and one in accepted for one, accepted in zip(letters, BEATS.accepted, strict=True))
    assert found.score == n_right / 4
    assert found.right == (n_right == 4)
    assert matrix.accuracy.hits == n_right
    assert matrix.n_reference == 4


def test_a_missed_v_and_a_false_v_stand_in_the_matrix() -> None:
    matrix = beat_matrix(BEATS, ("V", "S", "N", ""))
    assert (matrix["Nv"], matrix["Ss"], matrix["Vn"], matrix["No"]) == (1, 1, 1, 1)
    assert matrix.score("V").sensitivity == (0, 1)
    assert matrix.score("V").predictivity == (0, 1)
    assert grade(BEATS, ("V", "S", "N", "")).answer == "VSN-"


@pytest.mark.parametrize("letters", [("N",), ("N", "N", "X", "N")])
def test_letters_that_fit_no_beats_are_refused(letters: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"letters|Letters"):
        grade(BEATS, letters)


def test_found_beats_are_paired_within_150_ms_and_false_ones_count() -> None:
    exact = grade_found_beats(BEATS, (10.6, 11.4, 12.2, 13.5), ("N", "S", "V", "N"))
    assert exact.right
    late = grade_found_beats(BEATS, (10.7, 11.5, 12.1, 13.5), ("N", "N", "V", "N"))
    assert (late.answer, late.right, late.score) == ("-NVN and 1 more", False, 0.6)
    false = grade_found_beats(BEATS, (10.5, 11.5, 12.1, 12.8, 13.5), ("N", "N", "V", "N", "N"))
    assert (false.answer, false.right, false.score) == ("NNVN and 1 more", False, 0.8)
    outside = grade_found_beats(BEATS, (10.05, 10.5, 11.5, 12.1, 13.5, 14.9), ("Q", "N", "N", "V", "N", "Q"))
    assert outside.right
