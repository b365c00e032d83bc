"""A quiz under way: one case at a time, its questions, and feedback at the place of each."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from html import escape
from typing import Final

import streamlit as st

from ecg_core.figures.paper import SECONDS
from ecg_core.teaching.grading import Answer, Grade, grade
from ecg_core.teaching.library import CaseLibrary, TeachingCase
from ecg_core.teaching.questions import QUESTION_NAMES, Beats, Choice, Measurement, Question
from ecg_core.teaching.quiz import Quiz, cases_of_quiz
from pages.services.quizzes import answered_cases, keep_answers, questions_for
from pages.services.teaching_cases import case_figure, length_of
from pages.ui import teaching_parts
from pages.ui.markup import head, literal, notice, quiet
from pages.ui.quiz_feedback import draw_choice, draw_measurement, draw_summary, draw_truth_of_case, letters_given
from pages.ui.reviewer import reviewer
from pages.ui.tracing import beat_letters, tracing

AGAIN: Final = "again"
"""Stands in the address where cases come again."""

_RUN: Final = "quiz_run"
_ASKS: Final = {
    "rhythm": "Which rhythm is it?",
    "diagnosis": "Which diagnosis fits best?",
    "rate_bpm": "Ventricular rate",
    "pr_ms": "PR interval",
    "qrs_ms": "QRS duration",
    "qt_ms": "QT interval",
}
_UNITS: Final = {"rate_bpm": "bpm", "pr_ms": "ms", "qrs_ms": "ms", "qt_ms": "ms"}


@dataclass
class Run:
    """A quiz under way in a session.

    Attributes
    ----------
    quiz : Quiz or None
        None where cases come again.
    cases : list of str
        Names, in order.
    seed : int
        Of the questions.
    place : int
        Of the case on screen; one past the last for the summary.
    step : int
        Counts the cases that were shown, for the widgets' keys.
    attempt : str
        Name of the attempt on screen.
    letters : tuple of str
        Given to the beats on screen.
    grades : dict of str to tuple of Grade
        By name of the case, of those that were answered.
    missing : str
        Questions without an answer, once that was said.
    problem : str or None
        Why the last answers were not kept.
    """

    quiz: Quiz | None
    cases: list[str]
    seed: int
    place: int = 0
    step: int = 0
    attempt: str = field(default_factory=lambda: uuid.uuid4().hex)
    letters: tuple[str, ...] = ()
    grades: dict[str, tuple[Grade, ...]] = field(default_factory=dict)
    missing: str = ""
    problem: str | None = None

    @property
    def address(self) -> str:
        """What stands for it in the address."""
        return AGAIN if self.quiz is None else self.quiz.code

    def go_to(self, place: int) -> None:
        """Show another case."""
        self.place, self.step = place, self.step + 1
        self.attempt, self.letters, self.missing, self.problem = uuid.uuid4().hex, (), "", None


def begin(quiz: Quiz, library: CaseLibrary) -> None:
    """Begin a quiz, or go on with the first case that the person has not answered.

    Parameters
    ----------
    quiz : Quiz
        The quiz.
    library : CaseLibrary
        All cases.
    """
    cases = cases_of_quiz(quiz, library)
    done = answered_cases(quiz, reviewer())
    run = Run(quiz, [case.name for case in cases], quiz.seed)
    run.grades = {case.name: done[case.code] for case in cases if case.code in done}
    run.place = next((at for at, case in enumerate(cases) if case.code not in done), len(cases))
    st.session_state[_RUN] = run


def repeat(codes: list[str], library: CaseLibrary) -> None:
    """Show cases again, with their choices in another order.

    Parameters
    ----------
    codes : list of str
        Of the cases.
    library : CaseLibrary
        All cases.
    """
    names = {case.code: case.name for case in library.cases.values()}
    earlier = st.session_state.get(_RUN)
    seed = 1 if earlier is None else earlier.seed + 1
    st.session_state[_RUN] = Run(None, [names[code] for code in codes if code in names], seed)


def under_way(library: CaseLibrary) -> Run | None:
    """Return the quiz under way in this session; None for none, or where its cases are gone.

    Parameters
    ----------
    library : CaseLibrary
        All cases.
    """
    run = st.session_state.get(_RUN)
    return run if isinstance(run, Run) and all(name in library.cases for name in run.cases) else None


def leave() -> None:
    """Go back to the beginning."""
    st.session_state.pop(_RUN, None)
    teaching_parts.show_part(teaching_parts.QUIZ)


def draw(run: Run, library: CaseLibrary) -> None:
    """Draw the case on screen, or the summary after the last one.

    Parameters
    ----------
    run : Run
        The quiz.
    library : CaseLibrary
        All cases.
    """
    _top(run)
    if run.place >= len(run.cases):
        draw_summary([(library.cases[name], run.grades.get(name, ())) for name in run.cases], run.quiz is None)
        wrong = [library.cases[name].code for name in run.cases if not all(one.right for one in run.grades[name])]
        with st.container(horizontal=True):
            if wrong:
                label = f"Repeat now what went wrong ({len(wrong)})"
                st.button(label, key="quiz_repeat_now", type="primary", on_click=repeat, args=(wrong, library))
            st.button("Back", key="quiz_end", on_click=leave)
        return
    case = library.cases[run.cases[run.place]]
    graded = run.grades.get(case.name)
    _history(case)
    _tracing(run, case, graded is not None)
    questions = questions_for(case, library, run.seed)
    if graded is None:
        _ask(run, case, questions)
    else:
        _feedback(run, case, questions, graded, library)


def _top(run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="quiz_top"):
        st.button("Leave", key="quiz_leave", icon=":material/arrow_back:", on_click=leave)
        marks = "".join(
            f'<i class="{_mark_of(run, at)}"{" aria-current=step" if at == run.place else ""}></i>'
            for at in range(len(run.cases))
        )
        where = f"Case {run.place + 1} of {len(run.cases)}" if run.place < len(run.cases) else "All cases answered"
        st.html(
            f'<div class="rs-case-title" role="heading" aria-level="1">{where}</div>'
            f'<div class="rs-quiz-marks" aria-hidden="true">{marks}</div>',
            width="content",
        )
        st.space("stretch")
        st.html(f'<span class="rs-quiet">{escape(reviewer() or "no name: nothing is kept")}</span>', width="content")


def _mark_of(run: Run, at: int) -> str:
    grades = run.grades.get(run.cases[at])
    if grades is None:
        return "open"
    return "right" if all(one.right for one in grades) else "wrong"


def _history(case: TeachingCase) -> None:
    said = [f"{case.text.age_years:g} years"] if case.text.age_years is not None else []
    said += [{"F": "female", "M": "male"}[case.text.sex]] if case.text.sex else []
    with st.container(key="card_case_history"):
        below = f'<div class="rs-quiet">{escape(", ".join(said))}</div>' if said else ""
        st.html(f"<p>{escape(case.text.history)}</p>{below}")


def _tracing(run: Run, case: TeachingCase, truth: bool) -> None:
    with st.container(key="card_case_tracing"):
        latest_s = round(max(length_of(case) - SECONDS, 0.0), 1)
        start_s = 0.0
        if latest_s < 0.5:
            quiet("10 s · 25 mm/s · 10 mm/mV")
        else:
            key = f"quiz_start_{run.step}"
            start_s = float(st.slider("Begins at (s)", 0.0, latest_s, 0.0, 0.5, key=key, width=320))
        svg = case_figure(case, start_s, truth, _dark(), named=False)
        if svg is None:
            notice("The recording of this case is not here any more; go on with the next one.", problem=True)
            return
        tracing(svg, f"quiz_tracing_{run.step}")
        quiet("Drag over the paper, or click twice, to measure; the arrow keys move the caliper, Escape takes it away.")


def _ask(run: Run, case: TeachingCase, questions: tuple[Question, ...]) -> None:
    beats = next((one for one in questions if isinstance(one, Beats)), None)
    if beats is not None:
        with st.container(key="card_quiz_beats"):
            _beats_head(beats)
            letters = run.letters or ("",) * len(beats.at_s)

            def take(given: tuple[str, ...]) -> None:
                run.letters = given

            beat_letters(beats, _strip(case, beats), letters, f"quiz_letters_{run.step}", take)
    with st.form("quiz_form", border=False, enter_to_submit=False), st.container(key="card_quiz_questions"):
        answers: dict[str, Answer] = {}
        choices = [one for one in questions if isinstance(one, Choice)]
        for column, question in zip(st.columns(max(len(choices), 1)), choices, strict=False):
            with column:
                answers[question.kind] = st.radio(
                    _ASKS[question.kind],
                    question.choices,
                    index=None,
                    key=f"quiz_{question.kind}_{run.step}",
                    format_func=_sentence,
                )
        numbers = [one for one in questions if isinstance(one, Measurement)]
        if numbers:
            with st.container(key="quiz_numbers"):
                for column, measured in zip(st.columns(len(numbers)), numbers, strict=True):
                    with column:
                        answers[measured.kind] = st.number_input(
                            f"{_ASKS[measured.kind]} ± {measured.tolerance:.0f} {_UNITS[measured.kind]}",
                            0,
                            2000,
                            None,
                            key=f"quiz_{measured.kind}_{run.step}",
                            placeholder=_UNITS[measured.kind],
                        )
            quiet("Measure the usual beats, the mean of several; ± says how far a right answer may be off.")
        if run.missing:
            notice(f"Not answered: {run.missing}. What stays empty counts as wrong.", small=True)
        label = "Check what is there" if run.missing else "Check the answers"
        asked = st.form_submit_button(label, key=f"quiz_check_{run.step}", type="primary")
    if beats is not None:
        answers["beats"] = run.letters or None
    if asked:
        _check(run, case, questions, answers)


def _check(run: Run, case: TeachingCase, questions: tuple[Question, ...], answers: dict[str, Answer]) -> None:
    """Grade and keep the answers; what is missing is said once first."""
    missing = [QUESTION_NAMES[one.kind] for one in questions if answers[one.kind] is None]
    if "" in run.letters:
        missing.append(f"{run.letters.count('')} beats")
    if missing and not run.missing:
        run.missing = ", ".join(missing)
        st.rerun()
    grades = tuple(grade(question, answers[question.kind]) for question in questions)
    run.grades[case.name] = grades
    run.problem = keep_answers(run.attempt, "" if run.quiz is None else run.quiz.code, case, reviewer(), grades)
    st.rerun()


def _feedback(
    run: Run,
    case: TeachingCase,
    questions: tuple[Question, ...],
    grades: tuple[Grade, ...],
    library: CaseLibrary,
) -> None:
    by_kind = {one.kind: one for one in grades}
    if run.problem:
        notice(run.problem, problem=True)
    beats = next((one for one in questions if isinstance(one, Beats) and "beats" in by_kind), None)
    if isinstance(beats, Beats):
        with st.container(key="card_quiz_beats"):
            letters_given(beats, by_kind["beats"], _strip(case, beats), f"quiz_graded_{run.step}")
    with st.container(key="card_quiz_questions"):
        n_right = sum(one.right for one in grades)
        kept = bool(reviewer()) and run.problem is None
        head(f"{n_right} of {len(grades)} right", f"kept under the name {reviewer()}" if kept else "not kept")
        choices = [one for one in questions if isinstance(one, Choice) and one.kind in by_kind]
        for column, question in zip(st.columns(max(len(choices), 1)), choices, strict=False):
            with column:
                draw_choice(_ASKS[question.kind], question, by_kind[question.kind])
        numbers = [one for one in questions if isinstance(one, Measurement) and one.kind in by_kind]
        if numbers:
            with st.container(key="quiz_numbers"):
                for column, measured in zip(st.columns(len(numbers)), numbers, strict=True):
                    with column:
                        draw_measurement(_ASKS[measured.kind], measured, by_kind[measured.kind], _UNITS[measured.kind])
        last = run.place + 1 == len(run.cases)
        st.button(
            "To the summary" if last else "Next case",
            key="quiz_next",
            type="primary",
            on_click=run.go_to,
            args=(run.place + 1,),
        )
    draw_truth_of_case(case, library)


def _beats_head(beats: Beats) -> None:
    span = f"{beats.start_s:g} to {beats.start_s + SECONDS:g} s"
    head(
        "Give each beat its letter",
        f"{span} · N normal, S supraventricular, V ventricular, F fusion, Q paced or unclear",
    )


def _strip(case: TeachingCase, beats: Beats) -> str:
    return case_figure(case, beats.start_s, False, _dark(), named=False, one_lead=True) or ""


def _sentence(text: str) -> str:
    return literal(text[:1].upper() + text[1:])


def _dark() -> bool:
    return bool(st.context.theme.type == "dark")
