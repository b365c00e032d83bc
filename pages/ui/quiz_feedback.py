"""Feedback on the answers to a case: each question with the answer and the truth, and the summary of a quiz."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from ecg_core.beats import CLASSES
from ecg_core.evaluation.counts import Ratio
from ecg_core.teaching.case import QUESTION_KINDS
from ecg_core.teaching.grading import NO_LETTER, Grade, beat_matrix
from ecg_core.teaching.library import CaseLibrary, TeachingCase
from ecg_core.teaching.questions import QUESTION_NAMES, Beats, Choice, Measurement
from pages.ui.case_view import draw_truth
from pages.ui.markup import Markup, head, quiet, table
from pages.ui.tracing import beat_letters


def draw_choice(asks: str, question: Choice, given: Grade) -> None:
    """Draw the choices with the answer and the right one marked.

    Parameters
    ----------
    asks : str
        What was asked.
    question : Choice
        With its choices.
    given : Grade
        The answer.
    """
    lines = []
    for text in question.choices:
        right, chosen = text == question.right, text == given.answer
        kind = "right" if right else "wrong" if chosen else "other"
        said = " · your answer" if chosen else ""
        lines.append(
            f'<li class="{kind}">{answer_sign(right, right or chosen)}<span>{escape(text[:1].upper() + text[1:])}'
            f'<span class="rs-quiet">{said}</span></span></li>'
        )
    none = "" if given.answer else '<div class="rs-quiet">No answer was given.</div>'
    st.html(f'<div class="rs-quiz-asked">{escape(asks)}</div><ul class="rs-quiz-choices">{"".join(lines)}</ul>{none}')


def draw_measurement(asks: str, question: Measurement, given: Grade, unit: str) -> None:
    """Draw a measurement beside its truth.

    Parameters
    ----------
    asks : str
        What was asked.
    question : Measurement
        With its tolerance.
    given : Grade
        The answer.
    unit : str
        Of the measurement.
    """
    answer = f"{escape(given.answer)} {unit}" if given.answer else "no answer"
    colour = "right" if given.right else "wrong"
    st.html(
        f'<div class="rs-quiz-asked">{escape(asks)}</div><div class="rs-quiz-number is-{colour}">'
        f"{answer_sign(given.right)}{answer}</div>"
        f'<div class="rs-quiet">true {escape(given.truth)} ± {question.tolerance:.0f} {unit}</div>'
    )


def letters_given(question: Beats, given: Grade, strip_svg: str, key: str) -> None:
    """Draw the letters that were given beside the true ones, with the agreement of EC57.

    Parameters
    ----------
    question : Beats
        The beats.
    given : Grade
        The answer.
    strip_svg : str
        Their strip.
    key : str
        Key of the widget.
    """
    letters = ["" if letter == NO_LETTER else letter for letter in given.answer or NO_LETTER * len(question.letters)]
    if len(letters) != len(question.letters):
        head("Beats")
        quiet("The case has changed since it was answered.")
        return
    n_right = round(given.score * len(letters))
    head("Beats", f"{n_right} of {len(letters)} right")
    beat_letters(question, strip_svg, letters, key)
    matrix = beat_matrix(question, letters)
    rows = []
    for letter in CLASSES:
        score = matrix.score(letter)
        if score.sensitivity.total or score.predictivity.total:
            rows.append((letter, _of(score.sensitivity), _of(score.predictivity)))
    agreement = table(("Class", "Sensitivity", "Positive predictivity"), rows, numeric=(1, 2))
    st.html(f'<div class="rs-quiz-agreement">{agreement}</div>')
    escape_note = " Escape beats are right as N and as S." if any(len(one) > 1 for one in question.accepted) else ""
    quiet(f"Agreement by class after ANSI/AAMI EC57.{escape_note}")


def draw_truth_of_case(case: TeachingCase, library: CaseLibrary) -> None:
    """Draw the case's title and truth.

    Parameters
    ----------
    case : TeachingCase
        The case.
    library : CaseLibrary
        For its look-alikes.
    """
    with st.container(key="card_case_truth"):
        head(case.text.title, f"{case.text.topic} · {case.text.level} · {case.code}")
        draw_truth(case, library)


def draw_summary(answered: Sequence[tuple[TeachingCase, Sequence[Grade]]], again: bool) -> None:
    """Draw what was right in a quiz.

    Parameters
    ----------
    answered : sequence of (TeachingCase, sequence of Grade)
        The cases with their grades.
    again : bool
        Whether the cases came again.
    """
    grades = [one for _, each in answered for one in each]
    whole = sum(all(one.right for one in each) for _, each in answered)
    kinds = [kind for kind in QUESTION_KINDS if any(one.kind == kind for one in grades)]
    with st.container(key="card_quiz_summary"):
        n_right = sum(one.right for one in grades)
        head("Summary", f"{n_right} of {len(grades)} answers right, {whole} of {len(answered)} cases without a mistake")
        rows = []
        for case, each in answered:
            by_kind = {one.kind: one for one in each}
            cells = [_cell(by_kind.get(kind)) for kind in kinds]
            rows.append((case.text.title, case.text.diagnosis, *cells))
        st.html(table(("Case", "Diagnosis", *(QUESTION_NAMES[kind] for kind in kinds)), rows))
        if whole < len(answered):
            quiet(
                "What was wrong stays in the first box and comes again tomorrow."
                if again
                else "The cases with a mistake come again from tomorrow on, under Again."
            )


def answer_sign(right: bool, shown: bool = True) -> str:
    """Return a check mark or a cross that is read out, as HTML.

    Parameters
    ----------
    right : bool
        Which of them.
    shown : bool
        Without it, there is room for one alone.
    """
    if not shown:
        return '<i class="rs-quiz-sign"></i>'
    name, sign = ("right", "✓") if right else ("wrong", "✗")
    return f'<i class="rs-quiz-sign is-{name}" role="img" aria-label="{name}">{sign}</i>'


def _cell(given: Grade | None) -> str:
    if given is None:
        return ""
    if given.kind == "beats" and not given.right:
        return Markup(f"{answer_sign(False)}{100 * given.score:.0f} %")
    return Markup(answer_sign(given.right))


def _of(ratio: Ratio) -> str:
    return f"{ratio.hits}/{ratio.total}" if ratio.total else "–"
