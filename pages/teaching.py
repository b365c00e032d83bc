"""Teaching: search the case library, study a case, compare it with those it is mistaken for, add one."""

from __future__ import annotations

import streamlit as st

from ecg_core.teaching.library import case_library
from pages.services.teaching_cases import may_add_cases
from pages.ui import case_form, case_list, case_view, state
from pages.ui.page_frame import show_page


def page() -> None:
    library = case_library()
    case_view.read_address(library)
    chosen = case_view.chosen_case(library)
    if chosen is None:
        case_list.draw(library)
        if may_add_cases():
            case_form.draw(library)
        return
    opened = case_view.draw(chosen, library)
    if opened is not None:
        state.open_recording(opened)
        st.switch_page("pages/review.py", query_params=state.to_params(state.current()))


show_page(page)
