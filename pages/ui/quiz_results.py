"""Results of a class on the page Teaching: by person, by case, every answer, beside the program's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

import streamlit as st

from ecg_core.errors import ReviewError
from ecg_core.evaluation.counts import Ratio
from ecg_core.teaching.case import QUESTION_KINDS
from ecg_core.teaching.grading import Grade
from ecg_core.teaching.library import CaseLibrary
from ecg_core.teaching.questions import QUESTION_NAMES
from ecg_core.teaching.quiz import Quiz, cases_of_quiz, quiz_of_code
from ecg_core.teaching.quiz_results import PROGRAM, QuestionSummary, ResultRow, by_case, by_person, results_csv
from pages.services.job_executor import ANALYSIS_JOBS
from pages.services.quizzes import answered_quizzes, program_key, remove_results, results_of, start_program_answers
from pages.ui.job_progress import problem_of, progress_of
from pages.ui.markup import Markup, head, notice, quiet, table
from pages.ui.quiz_feedback import answer_sign
from pages.ui.reviewer import reviewer

_KEPT: Final = "results_quiz_kept"
_SAID: Final = "results_said"
_EVERYBODY: Final = "Everybody"
_MAX_ROWS: Final = 300


def draw(library: CaseLibrary) -> None:
    """Draw the results of the quiz that is chosen.

    Parameters
    ----------
    library : CaseLibrary
        All cases.
    """
    said = st.session_state.pop(_SAID, None)
    if said:
        notice(said, small=True)
    listed = answered_quizzes()
    if not listed:
        notice("Nobody has answered a quiz yet. Make one under Quiz, and give its link to the class.")
        return
    texts = {code: f"{code} · {_persons(n)} · last answer {at[:10]}" for code, n, at in listed}
    kept = st.session_state.get(_KEPT)
    with st.container(key="card_results_quiz"):
        head("Results of a class", "first answers count")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            index = list(texts).index(kept) if kept in texts else 0
            code = st.selectbox(
                "Quiz", list(texts), index, key="results_quiz", format_func=texts.__getitem__, width=420
            )
            st.session_state[_KEPT] = code
            quiz = quiz_of_code(code)
            program = _program_answers(quiz, library)
            rows = results_of(quiz, program)
            diagnoses = {case.code: case.text.diagnosis for case in library.cases.values()}
            st.download_button(
                "CSV",
                results_csv(quiz.code, rows, diagnoses).encode(),
                file_name=f"quiz-{quiz.code}.csv",
                mime="text/csv",
                key="results_csv",
                on_click="ignore",
            )
            with st.popover("Remove"):
                quiet("All answers to this quiz go, from everybody, and do not come back; nothing of it comes again.")
                st.button("Remove these answers", key="results_remove", on_click=_remove, args=(quiz,))
        _program(quiz, library)
    with st.container(key="card_results_persons"):
        _by_person(rows)
    with st.container(key="card_results_cases"):
        _by_case(rows, quiz, library)
    with st.container(key="card_results_answers"):
        _answers(rows, diagnoses)


def _program_answers(quiz: Quiz, library: CaseLibrary) -> Mapping[str, Sequence[Grade]]:
    job = ANALYSIS_JOBS.get(program_key(quiz, library))
    return {} if job is None or not job.done or job.result is None else job.result


def _program(quiz: Quiz, library: CaseLibrary) -> None:
    """Draw how far the program is with its own answers, or the button that lets it answer."""
    key = program_key(quiz, library)
    job = ANALYSIS_JOBS.get(key)
    if job is None:
        if st.button("Let the program answer, too", key="results_program"):
            start_program_answers(quiz, library)
            st.rerun()
    elif not job.done:
        progress_of(key, "results_program")
    else:
        problem_of(key, "results_program")


def _by_person(rows: Sequence[ResultRow]) -> None:
    head("By person", "answers that were right")
    people = by_person(rows)
    kinds = [kind for kind in QUESTION_KINDS if any(kind in one.by_kind for one in people)]
    lines = [
        (
            f"{one.who} (the program)" if one.program else one.who,
            _of(one.cases),
            _percent(one.questions),
            *(_of(one.by_kind.get(kind, Ratio(0, 0))) for kind in kinds),
        )
        for one in people
    ]
    header = ("Who", "Cases without a mistake", "All answers", *(QUESTION_NAMES[kind] for kind in kinds))
    st.html(table(header, lines, numeric=range(1, len(header))))


def _by_case(rows: Sequence[ResultRow], quiz: Quiz, library: CaseLibrary) -> None:
    head("By case: whose errors are where", "persons who were right, and whether the program was")
    found = by_case(rows)
    order = [case.code for case in cases_of_quiz(quiz, library)]
    codes = [*(code for code in order if code in found), *(code for code in found if code not in order)]
    names = {case.code: case.text.diagnosis for case in library.cases.values()}
    kinds = [kind for kind in QUESTION_KINDS if any(kind in found[code] for code in codes)]
    lines = [(names.get(code, code), *(_case_cell(found[code].get(kind)) for kind in kinds)) for code in codes]
    st.html(table(("Case", *(QUESTION_NAMES[kind] for kind in kinds)), lines))


def _case_cell(one: QuestionSummary | None) -> str:
    """Return persons who were right, the program's mark, and the wrong answer that was given most."""
    if one is None:
        return ""
    parts = [f"{one.persons.hits}/{one.persons.total}"] if one.persons.total else []
    if one.program is not None:
        name, sign = ("right", "✓") if one.program.right else ("wrong", "✗")
        said = escape(one.program.answer or "no answer", quote=True)
        parts.append(
            f'<span class="rs-quiz-program is-{name}" title="{PROGRAM}: {said}">program '
            f'<i role="img" aria-label="{name}">{sign}</i></span>'
        )
    wrong = f"<small>{escape(one.most_wrong[:60])}</small>" if one.most_wrong else ""
    bad = one.persons.total and one.persons.hits * 2 < one.persons.total
    return Markup(f'<div class="rs-quiz-cell{" is-bad" if bad else ""}">{" · ".join(parts)}{wrong}</div>')


def _answers(rows: Sequence[ResultRow], diagnoses: Mapping[str, str]) -> None:
    head("Answers")
    people = list(dict.fromkeys(row.who for row in rows))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        who = st.selectbox("Who", [_EVERYBODY, *people], key="results_who", width=260)
        wrong = st.toggle("Wrong ones alone", key="results_wrong")
    shown = [row for row in rows if who in (_EVERYBODY, row.who) and not (wrong and row.grade.right)]
    lines = [
        (
            row.who,
            diagnoses.get(row.case_code, row.case_code),
            QUESTION_NAMES[row.grade.kind] + (f" (round {row.round})" if row.round > 1 else ""),
            Markup(answer_sign(row.grade.right) + escape(row.grade.answer or "no answer")),
            row.grade.truth,
        )
        for row in shown[:_MAX_ROWS]
    ]
    if not lines:
        quiet("No such answer.")
        return
    st.html(table(("Who", "Case", "Question", "Answer", "Truth"), lines))
    if len(shown) > _MAX_ROWS:
        quiet(f"The first {_MAX_ROWS} of {len(shown):,}; the CSV file has all.")


def _remove(quiz: Quiz) -> None:
    try:
        n_removed = remove_results(quiz, reviewer() or "a teacher")
    except ReviewError as error:
        st.session_state[_SAID] = str(error)
    else:
        st.session_state[_SAID] = f"{n_removed:,} answers were removed."


def _of(ratio: Ratio) -> str:
    return f"{ratio.hits}/{ratio.total}" if ratio.total else "–"


def _percent(ratio: Ratio) -> str:
    return "–" if ratio.value is None else f"{100 * ratio.value:.0f} %"


def _persons(n: int) -> str:
    return "1 person" if n == 1 else f"{n} persons"
