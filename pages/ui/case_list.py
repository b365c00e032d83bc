"""Case library of the page Teaching: search, filters, and a card for each case."""

from __future__ import annotations

from html import escape
from typing import Final

import streamlit as st

from ecg_core.teaching.case import LEVELS, TOPICS
from ecg_core.teaching.library import CaseLibrary, TeachingCase
from pages.services.teaching_cases import matching_cases
from pages.ui import case_view
from pages.ui.markup import head, literal, notice, quiet

_COLUMNS: Final = 3
_PAGE: Final = 24
_SHOWN: Final = "cases_shown"
_FILTERS: Final = "case_filters"


def draw(library: CaseLibrary) -> None:
    """Draw search, filters and cards.

    Parameters
    ----------
    library : CaseLibrary
        All cases.
    """
    kept = st.session_state.setdefault(_FILTERS, {"text": "", "topics": [], "levels": [], "diagnoses": False})
    with st.container(key="card_case_search"):
        head("Cases", f"{len(library.cases)} tracings with known truth")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            kept["text"] = st.text_input(
                "Search", value=kept["text"], key="case_search", placeholder="symptom, finding, diagnosis", width=300
            )
            kept["topics"] = st.multiselect("Topic", TOPICS, default=kept["topics"], key="case_topics", width=340)
            kept["levels"] = st.pills(
                "Level", LEVELS, selection_mode="multi", default=kept["levels"], key="case_levels"
            )
            kept["diagnoses"] = st.toggle("Show diagnoses", value=kept["diagnoses"], key="case_diagnoses")
    for name, problem in library.problems.items():
        notice(f"The case {name} cannot be used: {problem}", problem=True)
    found = matching_cases(library, kept["text"], kept["topics"], kept["levels"])
    if not found:
        notice("No case matches. Take away a filter or a word.", small=True)
        return
    n_shown = st.session_state.get(_SHOWN, _PAGE)
    quiet(f"{len(found)} of {len(library.cases)} cases")
    for row in range(0, min(len(found), n_shown), _COLUMNS):
        for column, case in zip(st.columns(_COLUMNS), found[row : min(row + _COLUMNS, n_shown)], strict=False):
            with column:
                _card(case, kept["diagnoses"])
    if len(found) > n_shown and st.button(f"Show {len(found) - n_shown} more", key="cases_more"):
        st.session_state[_SHOWN] = len(found)
        st.rerun()


def _card(case: TeachingCase, diagnosis: bool) -> None:
    text = case.text
    with st.container(key=f"card_case_{case.code}", height="stretch"):
        badge = " · added here" if case.own else " · real recording" if text.recording else ""
        told = f'<div class="rs-case-told">{escape(text.diagnosis)}</div>' if diagnosis else ""
        st.html(
            f'<div class="rs-head" role="heading" aria-level="3">{escape(text.title)}</div>'
            f'<div class="rs-quiet">{escape(text.topic)} · {escape(text.level)}{badge}</div>'
            f"<p>{escape(text.history)}</p>{told}"
        )
        st.button(
            "Study",
            key=f"study_{case.code}",
            help=literal(text.title),
            on_click=case_view.choose,
            args=(case,),
        )
