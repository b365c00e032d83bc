"""Quizzes: the same link gives the same cases, and does not tell what they are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.errors import SourceError
from ecg_core.teaching.case import LEVELS, TOPICS
from ecg_core.teaching.library import CaseLibrary, case_library
from ecg_core.teaching.quiz import MAX_CASES, MAX_SEED, Quiz, cases_of_quiz, quiz_of_code

LIBRARY = case_library()


def subset_of(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(st.sampled_from(names)).map(lambda chosen: tuple(name for name in names if name in chosen))


QUIZZES = st.builds(Quiz, subset_of(TOPICS), subset_of(LEVELS), st.integers(1, MAX_CASES), st.integers(0, MAX_SEED))


@given(QUIZZES)
def test_a_code_leads_back_to_its_quiz(quiz: Quiz) -> None:
    assert len(quiz.code) == 12
    assert quiz_of_code(f" {quiz.code.upper()} ") == quiz


@given(QUIZZES, st.integers(0, 11), st.sampled_from("0123456789abcdefghjkmnpqrstvwxyz"))
def test_a_letter_that_was_copied_wrongly_is_noticed(quiz: Quiz, place: int, letter: str) -> None:
    wrong = quiz.code[:place] + letter + quiz.code[place + 1 :]
    if wrong == quiz.code:
        return
    # One code in a thousand is that of another quiz by chance; it is never this one.
    try:
        assert quiz_of_code(wrong) != quiz
    except SourceError as error:
        assert wrong in str(error)


@pytest.mark.parametrize("code", ["", "nonsense", "u" * 12, "0" * 13, "../../etc/pw"])
def test_what_is_no_code_is_one_sentence(code: str) -> None:
    with pytest.raises(SourceError, match="There is no quiz"):
        quiz_of_code(code)


@pytest.mark.parametrize("change", [{"number": 0}, {"number": 31}, {"seed": -1}, {"topics": ("astrology",)}])
def test_a_quiz_that_cannot_be_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(SourceError):
        replace(Quiz(), **change)


def test_codes_of_one_topic_have_nothing_in_common() -> None:
    codes = [Quiz(("AV block",), ("student",), 10, seed).code for seed in range(40)]
    assert all(len({code[place] for code in codes}) > 8 for place in range(12))


def test_the_cases_fit_and_depend_on_the_seed() -> None:
    quiz = Quiz(("AV block", "pacing"), ("student", "resident"), 6, 11)
    drawn = cases_of_quiz(quiz, LIBRARY)
    assert len(drawn) == 6
    assert {case.text.topic for case in drawn} <= {"AV block", "pacing"}
    assert {case.text.level for case in drawn} <= {"student", "resident"}
    assert cases_of_quiz(quiz, LIBRARY) == drawn
    assert len({cases_of_quiz(replace(quiz, seed=seed), LIBRARY) for seed in range(8)}) > 4


def test_a_case_that_is_added_takes_at_most_one_place() -> None:
    quiz = Quiz(number=12, seed=3)
    whole = [case.name for case in cases_of_quiz(quiz, LIBRARY)]
    for gone in list(LIBRARY.cases)[::7]:
        fewer = CaseLibrary({name: case for name, case in LIBRARY.cases.items() if name != gone}, {})
        before = [case.name for case in cases_of_quiz(quiz, fewer)]
        kept = [name for name in whole if name != gone]
        assert before[: len(kept)] == kept


def test_records_that_have_to_be_fetched_are_left_out() -> None:
    drawn = cases_of_quiz(Quiz(("ventricular arrhythmia", "ectopy"), (), MAX_CASES, 1), LIBRARY)
    assert not any(case.text.recording is not None and case.text.recording.physionet for case in drawn)
    assert "mitdb_pvc_208" in LIBRARY.cases
