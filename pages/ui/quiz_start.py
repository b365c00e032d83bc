"""Beginning of a quiz: one that a link names, a new one by topic and level, or the cases that come again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

import streamlit as st

from ecg_core.errors import SourceError
from ecg_core.teaching.case import LEVELS, TOPICS
from ecg_core.teaching.library import CaseLibrary
from ecg_core.teaching.quiz import MAX_CASES, MAX_SEED, Quiz, cases_of_quiz, quiz_of_code
from ecg_core.teaching.repetition import BOX_DAYS, Card, due_cards
from pages.services.accounts import MAX_NAME_LENGTH, acting
from pages.services.quizzes import answered_cases, cards_of, now
from pages.services.teaching_cases import may_add_cases
from pages.ui import quiz_case, teaching_parts
from pages.ui.markup import head, notice, quiet
from pages.ui.reviewer import keep_reviewer, reviewer

_CODE: Final = "quiz_code"
_READ: Final = "quiz_address_read"
_NEW: Final = "quiz_new"
_DAY: Final = "%d %B"


def read_address() -> None:
    """Take the quiz that the address names, once a session."""
    if _READ in st.session_state:
        return
    st.session_state[_READ] = True
    code = st.query_params.get("quiz")
    if code and code != quiz_case.AGAIN:
        st.session_state[_CODE] = code
    if code:
        teaching_parts.show_part(teaching_parts.QUIZ)


def chosen_code() -> str:
    """Return the code of the quiz that is offered; empty for none."""
    return str(st.session_state.get(_CODE, ""))


def draw(library: CaseLibrary) -> None:
    """Draw the ways into a quiz.

    Parameters
    ----------
    library : CaseLibrary
        All cases.
    """
    code = chosen_code()
    if code:
        with st.container(key="card_quiz_chosen"):
            try:
                _offered(quiz_of_code(code), library)
            except SourceError as error:
                notice(str(error), problem=True)
                st.button("Close", key="quiz_close", on_click=_choose, args=("",))
    else:
        with st.container(key="card_quiz_name"):
            head("Quiz", "read tracings without their truth, and see at once what was right")
            _name()
    _again(library)
    _new(library)


def _offered(quiz: Quiz, library: CaseLibrary) -> None:
    cases = cases_of_quiz(quiz, library)
    head(f"Quiz {quiz.code}", f"{len(cases)} cases")
    done = answered_cases(quiz, reviewer())
    n_done = sum(case.code in done for case in cases)
    quiet("Whoever opens this page's link has the same cases in the same order. The link does not tell what they are.")
    if may_add_cases():
        st.code(_link(quiz.code), language=None)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _name()
        if cases:
            label = "Begin" if not n_done else "Go on" if n_done < len(cases) else "See the summary"
            st.button(label, key="quiz_begin", type="primary", on_click=quiz_case.begin, args=(quiz, library))
        st.button("Close", key="quiz_close", on_click=_choose, args=("",))
    if not cases:
        notice("No case of this library fits this quiz.", small=True)
    elif n_done:
        quiet(f"{n_done} of {len(cases)} answered under this name.")


def _again(library: CaseLibrary) -> None:
    """Draw what comes again to the person."""
    with st.container(key="card_quiz_again"):
        cards = cards_of(reviewer(), library)
        due = due_cards(cards, now())
        head("Again", f"{len(due)} due of {len(cards)}" if cards else "what went wrong comes again")
        if due:
            st.button(
                f"Repeat {_cases(due)}",
                key="quiz_repeat",
                type="primary",
                on_click=quiz_case.repeat,
                args=([card.case for card in due], library),
            )
        elif cards:
            quiet(f"Nothing is due today; the next case comes on {cards[0].due.strftime(_DAY).lstrip('0')}.")
        elif reviewer():
            quiet("Nothing has gone wrong so far under this name.")
        else:
            quiet("Give your name to have what goes wrong come again.")
        days = ", ".join(str(days) for days in BOX_DAYS[:-1])
        quiet(
            f"A case that went wrong comes after {days} and {BOX_DAYS[-1]} days, as long as it is right each time; "
            "wrong again, it begins anew."
        )


def _new(library: CaseLibrary) -> None:
    kept = st.session_state.setdefault(
        _NEW,
        {"topics": [], "levels": [], "number": 10, "seed": random.randrange(MAX_SEED + 1)},  # noqa: S311
    )
    with st.container(key="card_quiz_new"):
        head("New quiz")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            kept["topics"] = st.multiselect(
                "Topics", TOPICS, default=kept["topics"], key="quiz_topics", placeholder="any", width=420
            )
            kept["levels"] = st.pills(
                "Levels", LEVELS, selection_mode="multi", default=kept["levels"], key="quiz_levels"
            )
            kept["number"] = int(st.number_input("Cases", 1, MAX_CASES, kept["number"], key="quiz_number", width=130))
        quiz = Quiz(tuple(kept["topics"]), tuple(kept["levels"]), kept["number"], kept["seed"])
        n_found = len(cases_of_quiz(quiz, library))
        if n_found < quiz.number:
            quiet(f"The library has {n_found} such cases.")
        with st.container(horizontal=True):
            st.button(
                "Make the quiz",
                key="quiz_make",
                type="primary",
                disabled=not n_found,
                on_click=_make,
                args=(quiz.code,),
            )
            with st.popover("Open a quiz by its code"):
                typed = st.text_input("Code", key="quiz_typed", max_chars=40)
                st.button("Open", key="quiz_open", disabled=not typed.strip(), on_click=_choose, args=(typed.strip(),))


def _make(code: str) -> None:
    """Offer a new quiz; the next one has other cases."""
    _choose(code)
    st.session_state[_NEW]["seed"] = random.randrange(MAX_SEED + 1)  # noqa: S311


def _choose(code: str) -> None:
    st.session_state[_CODE] = code


def _name() -> None:
    """Ask for the person's name where nobody signs in."""
    if acting().is_signed_in:
        quiet(f"Your answers are kept under the name {acting().name}.")
        return
    st.session_state["quiz_person"] = reviewer()
    st.text_input(
        "Your name",
        key="quiz_person",
        placeholder="without a name nothing is kept",
        width=260,
        max_chars=MAX_NAME_LENGTH,
        on_change=lambda: keep_reviewer(str(st.session_state["quiz_person"]), typed=True),
    )


def _link(code: str) -> str:
    page = str(st.context.url or "").partition("?")[0] or "/teaching"
    return f"{page}?quiz={code}"


def _cases(due: Sequence[Card]) -> str:
    return "1 case" if len(due) == 1 else f"{len(due)} cases"
