"""Grading of answers against the truth of a case: choices, measurements with tolerance, letters of beats by EC57."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ecg_core.beats import CLASSES
from ecg_core.evaluation.counts import COLUMNS, ROWS, BeatMatrix
from ecg_core.evaluation.matching import match_beats, window_samples
from ecg_core.teaching.case import QuestionKind
from ecg_core.teaching.questions import Beats, Choice, Measurement, Question

NO_LETTER: Final = "-"
"""Stands for a beat without a letter in an answer."""

Answer = str | float | tuple[str, ...] | None
"""A choice, a number, a letter for each beat, or nothing."""

_MATCH_HZ: Final = 1000.0


@dataclass(frozen=True)
class Grade:
    """An answer beside the truth.

    Attributes
    ----------
    kind : str
        The question, one of `ecg_core.teaching.case.QUESTION_KINDS`.
    answer, truth : str
        As tables show them; the answer is empty where none was given.
    right : bool
    score : float
        1 for a right answer; of beats, the share that has the right letter; else 0.
    """

    kind: QuestionKind
    answer: str
    truth: str
    right: bool
    score: float


def grade(question: Question, answer: Answer) -> Grade:
    """Grade an answer.

    Parameters
    ----------
    question : Question
        What was asked.
    answer : str, float, tuple of str or None
        One of the choices; a number; a letter for each beat, empty for none.

    Returns
    -------
    Grade

    Raises
    ------
    ValueError
        If it is no answer to such a question.
    """
    if isinstance(question, Choice):
        if answer is not None and answer not in question.choices:
            raise ValueError(f"{answer!r} is none of the choices.")
        right = answer == question.right
        return Grade(question.kind, "" if answer is None else str(answer), question.right, right, float(right))
    if isinstance(question, Measurement):
        if answer is not None and not (isinstance(answer, int | float) and math.isfinite(answer)):
            raise ValueError(f"{answer!r} is no number.")
        truth = f"{question.value:.0f}"
        if answer is None:
            return Grade(question.kind, "", truth, False, 0.0)
        # What is compared is what is shown: 20 ms off by the figures on the page is within 20 ms.
        right = abs(float(answer) - float(truth)) <= question.tolerance
        return Grade(question.kind, f"{answer:g}", truth, right, float(right))
    return _grade_letters(question, letters_of(question, answer), 0)


def grade_found_beats(question: Beats, at_s: Sequence[float], letters: Sequence[str]) -> Grade:
    """Grade beats that were found, not only lettered: what is missed counts as wrong, and so does what is no beat.

    Parameters
    ----------
    question : Beats
        The true beats.
    at_s : sequence of float
        Beats of the same ten seconds, in seconds of the recording, in order.
    letters : sequence of str
        Their AAMI classes.

    Returns
    -------
    Grade
        The answer has the letters of the true beats, `NO_LETTER` where one was missed, and the number of false ones.
    """
    reference, test = (np.round(np.asarray(times) * _MATCH_HZ).astype(np.int64) for times in (question.at_s, at_s))
    match = match_beats(reference, test, window_samples(_MATCH_HZ))
    given = [""] * len(question.at_s)
    for true, found in zip(match.reference.tolist(), match.test.tolist(), strict=True):
        given[true] = letters[found]
    # Beats at the edges of the strip are not asked for.
    inside = [at for at in match.extra.tolist() if question.at_s[0] <= at_s[at] <= question.at_s[-1]]
    return _grade_letters(question, tuple(given), len(inside))


def letters_of(question: Beats, answer: Answer) -> tuple[str, ...]:
    """Return the letters of an answer, one for each beat; empty for none.

    Parameters
    ----------
    question : Beats
        What was asked.
    answer : tuple of str or None
        Letters.

    Raises
    ------
    ValueError
        If they are not one for each beat, or one of them is no class.
    """
    if answer is None:
        return ("",) * len(question.at_s)
    if not isinstance(answer, tuple) or len(answer) != len(question.at_s):
        raise ValueError(f"{len(question.at_s)} beats need as many letters.")
    if not set(answer) <= {*CLASSES, ""}:
        raise ValueError(f"Letters of beats are {', '.join(CLASSES)}.")
    return answer


def beat_matrix(question: Beats, letters: Sequence[str]) -> BeatMatrix:
    """Return EC57's matrix of letters against the truth; a beat without a letter counts as missed.

    Parameters
    ----------
    question : Beats
        The truth. Where two letters are accepted and one of them was given, that one counts as true.
    letters : sequence of str
        One for each beat.

    Returns
    -------
    BeatMatrix
    """
    counts = np.zeros((len(ROWS), len(COLUMNS)), dtype=np.int64)
    for true, accepted, given in zip(question.letters, question.accepted, letters, strict=True):
        row = given if given and given in accepted else true
        counts[ROWS.index(row), COLUMNS.index(given.lower() or "o")] += 1
    return BeatMatrix(counts)


def _grade_letters(question: Beats, letters: tuple[str, ...], n_extra: int) -> Grade:
    hits = sum(bool(given) and given in one for given, one in zip(letters, question.accepted, strict=True))
    shown = "".join(letter or NO_LETTER for letter in letters)
    answer = "" if not any(letters) else shown + (f" and {n_extra} more" if n_extra else "")
    right = hits == len(letters) and not n_extra
    return Grade("beats", answer, "".join(question.letters), right, hits / (len(letters) + n_extra))
