"""Teaching: search the case library, study a case, compare it with those it is mistaken for, add one; quizzes."""

from __future__ import annotations

import streamlit as st

from ecg_core.teaching.library import CaseLibrary, TeachingCase, case_library
from pages.services.teaching_cases import may_add_cases
from pages.ui import (
    case_form,
    case_list,
    case_view,
    demonstration_steps,
    demonstration_view,
    heart_settings,
    quiz_case,
    quiz_results,
    quiz_start,
    state,
    teaching_parts,
)
from pages.ui.page_frame import show_page


def page() -> None:
    library = case_library()
    case_view.read_address(library)
    demonstration_view.read_address(library)
    quiz_start.read_address()
    heart_settings.read_address()
    run = quiz_case.under_way(library)
    if run is not None:
        teaching_parts.keep_address(quiz=run.address)
        quiz_case.draw(run, library)
        return
    demonstrated = demonstration_view.under_way(library)
    if demonstrated is not None:
        demonstration_view.keep_address(demonstrated)
        demonstration_view.draw(demonstrated)
        return
    chosen = case_view.chosen_case(library)
    if chosen is not None:
        teaching_parts.keep_address(case=chosen.code)
        study(chosen, library)
        return
    part = teaching_parts.choose_part()
    if part == teaching_parts.QUIZ:
        teaching_parts.keep_address(quiz=quiz_start.chosen_code())
        quiz_start.draw(library)
        return
    if part == teaching_parts.DEMONSTRATION:
        demonstration_view.choice(library)
        heart_settings.draw()
        teaching_parts.keep_address(heart=heart_settings.settings().text)
        return
    teaching_parts.keep_address()
    if part == teaching_parts.RESULTS:
        quiz_results.draw(library)
        return
    case_list.draw(library)
    if may_add_cases():
        case_form.draw(library)


def study(case: TeachingCase, library: CaseLibrary) -> None:
    """Draw one case, and open its recording in Review where that was asked for.

    Parameters
    ----------
    case : TeachingCase
        The case.
    library : CaseLibrary
        All cases.
    """
    opened = case_view.draw(case, library, demonstration_view.begin)
    demonstration_steps.draw(case)
    if opened is not None:
        state.open_recording(opened)
        st.switch_page("pages/review.py", query_params=state.to_params(state.current()))


show_page(page)
