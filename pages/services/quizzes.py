"""Quizzes for the pages: questions, answers under a name, cases that come again, results of a class. No Streamlit."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from ecg_core.classification.loading import load_beat_classifier
from ecg_core.errors import CannotKeepError, ReviewError, SettingError, SourceError
from ecg_core.review.database import location
from ecg_core.teaching.answers import QuizAnswers, attempts_of
from ecg_core.teaching.grading import Grade
from ecg_core.teaching.library import CaseLibrary, TeachingCase, case_library
from ecg_core.teaching.program_answers import program_grades
from ecg_core.teaching.questions import Question, questions_of
from ecg_core.teaching.quiz import Quiz, cases_of_quiz
from ecg_core.teaching.quiz_results import ResultRow, result_rows
from ecg_core.teaching.repetition import Card, cards_after
from pages.services.accounts import Action, acting
from pages.services.job_executor import ANALYSIS_JOBS, Job, Progress
from pages.services.review_sessions import database_in_use, why_read_only
from pages.services.teaching_cases import located_case

_S_PER_CASE: Final = 3.0


def may_see_results() -> bool:
    """Tell whether the account that asks may see what others answered."""
    return acting().may(Action.TEACH)


@lru_cache(maxsize=64)
def _questions(case: TeachingCase, seed: int, names: tuple[str, ...]) -> tuple[Question, ...]:
    recording = None
    if case.text.signal is None:
        located = located_case(case)
        recording = None if located is None else located.open()
    return questions_of(case, case_library(), seed, recording)


def questions_for(case: TeachingCase, library: CaseLibrary, seed: int) -> tuple[Question, ...]:
    """Return the questions of a case.

    Parameters
    ----------
    case : TeachingCase
        The case.
    library : CaseLibrary
        Of the wrong choices.
    seed : int
        On which choices and their order depend.
    """
    return _questions(case, seed, tuple(library.cases))


def keep_answers(attempt: str, quiz: str, case: TeachingCase, person: str, grades: Sequence[Grade]) -> str | None:
    """Keep the answers of a person to a case.

    Parameters
    ----------
    attempt : str
        Drawn by whoever makes it.
    quiz : str
        Code of the quiz; empty where the case came again by itself.
    case : TeachingCase
        The case.
    person : str
        Who answers; without a name nothing is kept.
    grades : sequence of Grade
        One for each question.

    Returns
    -------
    str or None
        Why they are not kept, where that is so.
    """
    if not person:
        return None
    problem = why_read_only()
    if problem is None:
        try:
            QuizAnswers(database_in_use()).add(attempt, quiz, case.code, person, grades, acting().key)
        except ReviewError as error:
            problem = str(error)
    return None if problem is None else f"These answers are not kept. {problem}"


def answered_cases(quiz: Quiz, person: str) -> dict[str, tuple[Grade, ...]]:
    """Return what a person answered first to the cases of a quiz.

    Parameters
    ----------
    quiz : Quiz
        The quiz.
    person : str
        Who.

    Returns
    -------
    dict of str to tuple of Grade
        By code of the case, in the order of answering; empty where nothing can be read.
    """
    answers = _answers_to_read()
    if answers is None or not person:
        return {}
    mine = [one for one in answers.of_person(person, acting().key) if one.quiz == quiz.code]
    first: dict[str, str] = {}
    for one in mine:
        first.setdefault(one.case_code, one.attempt)
    return {code: tuple(one.grade for one in mine if one.attempt == attempt) for code, attempt in first.items()}


def cards_of(person: str, library: CaseLibrary) -> tuple[Card, ...]:
    """Return the cases that are to come again to a person, those that are due first.

    Parameters
    ----------
    person : str
        Who.
    library : CaseLibrary
        A case that is not in it any more does not come again.
    """
    answers = _answers_to_read()
    if answers is None or not person:
        return ()
    known = {case.code for case in library.cases.values()}
    cards = cards_after(attempts_of(answers.of_person(person, acting().key)))
    return tuple(card for card in cards if card.case in known)


def now() -> datetime:
    """Return the time by which cases are due."""
    return datetime.now(UTC)


def answered_quizzes() -> list[tuple[str, int, str]]:
    """Return the quizzes that somebody answered: code, persons, time of the last answer; the latest first.

    Raises
    ------
    AccessDeniedError
        If the account may not see what others answered.
    """
    acting().require(Action.TEACH)
    answers = _answers_to_read()
    return [] if answers is None else answers.quizzes()


def results_of(quiz: Quiz, program: Mapping[str, Sequence[Grade]]) -> list[ResultRow]:
    """Return everybody's answers to a quiz, and the program's.

    Parameters
    ----------
    quiz : Quiz
        The quiz.
    program : mapping of str to sequence of Grade
        The program's grades by code of the case.

    Raises
    ------
    AccessDeniedError
        If the account may not see what others answered.
    """
    acting().require(Action.TEACH)
    answers = _answers_to_read()
    return result_rows([] if answers is None else answers.of_quiz(quiz.code), program)


def remove_results(quiz: Quiz, person: str) -> int:
    """Remove all answers to a quiz; returns how many.

    Parameters
    ----------
    quiz : Quiz
        The quiz.
    person : str
        Who removes them.

    Raises
    ------
    ReviewError
        If the account may not, or nothing can be written.
    """
    acting().require(Action.TEACH)
    problem = why_read_only()
    if problem is not None:
        raise CannotKeepError(problem)
    return QuizAnswers(database_in_use()).remove(quiz.code, person)


def program_key(quiz: Quiz, library: CaseLibrary) -> Hashable:
    """Return the key of the job in which the program answers a quiz.

    Parameters
    ----------
    quiz : Quiz
        The quiz.
    library : CaseLibrary
        Another one gives another key.
    """
    return ("program answers", quiz.code, tuple((case.name, hash(case.text)) for case in cases_of_quiz(quiz, library)))


def start_program_answers(quiz: Quiz, library: CaseLibrary) -> Job:
    """Let the program answer a quiz in the background; the result is a dict of grades by code of the case.

    Parameters
    ----------
    quiz : Quiz
        The quiz.
    library : CaseLibrary
        All cases.
    """
    cases = cases_of_quiz(quiz, library)

    def work(progress: Progress) -> dict[str, tuple[Grade, ...]]:
        progress("Loading the model", 0.0)
        model = load_beat_classifier(None)
        found = {}
        for place, case in enumerate(cases):
            progress(f"Case {place + 1} of {len(cases)}", place / len(cases))
            located = located_case(case)
            if located is None:
                raise SourceError(f"The recording of {case.code} is not here.")
            found[case.code] = program_grades(located.open(), questions_for(case, library, quiz.seed), library, model)
        return found

    return ANALYSIS_JOBS.submit(program_key(quiz, library), work, _S_PER_CASE * len(cases))


def _answers_to_read() -> QuizAnswers | None:
    """Return the answers; None where there is no database yet, none is made to read from."""
    try:
        where = location()
    except SettingError:
        return None
    if isinstance(where, Path) and not where.exists():
        return None
    return QuizAnswers(database_in_use())
