"""Parts of the page Teaching: cases, quiz, demonstration, results of a class; and the page's address."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.services.quizzes import may_see_results

CASES: Final = "Cases"
QUIZ: Final = "Quiz"
DEMONSTRATION: Final = "Demonstration"
RESULTS: Final = "Results"
_SHOWN: Final = "teaching_shown"
_CHOSEN: Final = "teaching_part"


def show_part(part: str) -> None:
    """Show a part with the next run of the page.

    Parameters
    ----------
    part : str
        `CASES`, `QUIZ`, `DEMONSTRATION` or `RESULTS`.
    """
    st.session_state[_SHOWN] = part
    st.session_state.pop(_CHOSEN, None)


def choose_part() -> str:
    """Draw the choice between the parts and return the one to show; results are for those who teach."""
    parts = [CASES, QUIZ, DEMONSTRATION, *([RESULTS] if may_see_results() else [])]
    shown = st.session_state.get(_SHOWN, CASES)
    chosen = st.segmented_control(
        "Part of the page",
        parts,
        default=shown if shown in parts else CASES,
        key=_CHOSEN,
        label_visibility="collapsed",
    )
    # A second click on the part that is shown takes the choice away; the part stays.
    part = chosen or (shown if shown in parts else CASES)
    st.session_state[_SHOWN] = part
    return str(part)


def keep_address(**params: str) -> None:
    """Let the address name what is shown, so that it can be opened again.

    Parameters
    ----------
    **params : str
        Its parameters; empty ones are left out.
    """
    wanted = {name: value for name, value in params.items() if value}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
