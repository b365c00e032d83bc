"""Demonstration of a case before a class: over the whole window, with the teacher's steps; its address is the link."""

from __future__ import annotations

from typing import Final

import streamlit as st

from ecg_core.teaching.demonstration import demonstration_of
from ecg_core.teaching.library import CaseLibrary, TeachingCase
from pages.services.demonstrations import (
    case_reading_key,
    demonstrated_case,
    prepared_cases,
    scenes_data,
    start_case_reading,
    tracing_data,
)
from pages.services.job_executor import ANALYSIS_JOBS
from pages.ui import case_view, teaching_parts
from pages.ui.demonstration_strip import demonstration_strip
from pages.ui.job_progress import problem_of, progress_of
from pages.ui.markup import head, notice, quiet

ADDRESS: Final = "demonstration"
STEP: Final = "step"
_CASE: Final = "demonstration_case"
_QUICK_S: Final = 0.3


def begin(case: TeachingCase) -> None:
    """Show a case to a class.

    Parameters
    ----------
    case : TeachingCase
        The case.
    """
    st.session_state[_CASE] = case.name


def leave() -> None:
    """Go back to where the demonstration was begun."""
    st.session_state[_CASE] = None


def read_address(library: CaseLibrary) -> None:
    """Take the demonstration that the address names, once a session.

    Parameters
    ----------
    library : CaseLibrary
        All cases.
    """
    asked = st.query_params.get(ADDRESS)
    if _CASE not in st.session_state and asked:
        case = library.find(asked)
        case_view.choose(case)
        begin(case)


def under_way(library: CaseLibrary) -> TeachingCase | None:
    """Return the case on screen; None for none.

    Parameters
    ----------
    library : CaseLibrary
        All cases.
    """
    name = st.session_state.get(_CASE)
    return library.cases.get(name) if name else None


def link_of(case: TeachingCase, step: int = 0) -> str:
    """Return the link to a demonstration.

    Parameters
    ----------
    case : TeachingCase
        The case.
    step : int
        Where it begins.
    """
    page = str(st.context.url or "").partition("?")[0] or "/teaching"
    return f"{page}?{ADDRESS}={case.code}" + (f"&{STEP}={step}" if step else "")


def draw(case: TeachingCase) -> None:
    """Draw the demonstration of a case.

    Parameters
    ----------
    case : TeachingCase
        The case.
    """
    shown = demonstrated_case(case)
    if shown is None:
        notice("The recording of this case is not on this machine; open the case to fetch it.", problem=True)
        st.button("To the case", key="demonstration_back", on_click=leave)
        return
    key = case_reading_key(case)
    job = ANALYSIS_JOBS.get(key)
    reading = job.result if job is not None and job.done and not job.problem else None
    recording = shown.recording
    failed = job is not None and job.done and job.problem
    if reading is not None:
        status = f"program: {reading.n_agreeing} of {len(reading.counted)} beats agree"
    else:
        status = "The program could not read this tracing" if failed else "The program is reading the tracing …"
    demonstration_strip(
        tracing_data(recording.read(), recording.fs_hz, recording.lead_names, shown.truth, reading),
        scenes_data(demonstration_of(case)),
        "demonstration_strip",
        name=case.code,
        label=f"Demonstration: {case.text.title}",
        heading=case.text.title,
        status=status,
        step=_step(),
        whole=True,
        on_leave=leave,
    )
    if reading is None and not problem_of(key, "demonstration"):
        if start_case_reading(case).wait(_QUICK_S):
            st.rerun()
        progress_of(key, "demonstration", cancel=False)


def keep_address(case: TeachingCase) -> None:
    """Let the address name case and step; the browser keeps the step up to date.

    Parameters
    ----------
    case : TeachingCase
        The case on screen.
    """
    step = _step()
    teaching_parts.keep_address(**{ADDRESS: case.code, STEP: str(step) if step else ""})


def choice(library: CaseLibrary) -> None:
    """Draw the choice among the cases that have steps.

    Parameters
    ----------
    library : CaseLibrary
        All cases.
    """
    cases = prepared_cases(library)
    with st.container(key="card_demonstrations"):
        head("Demonstrate a case", "full screen, with prepared steps; every case of the library can be shown without")
        if not cases:
            quiet("No case has steps yet; open one and prepare them there.")
            return
        with st.container(horizontal=True, vertical_alignment="bottom"):
            names = {case.name: case for case in cases}
            chosen = st.selectbox(
                "Case",
                list(names),
                key="demonstration_choice",
                format_func=lambda name: names[name].text.title,
                width=420,
            )
            st.button(
                "Demonstrate",
                key="demonstration_begin",
                type="primary",
                icon=":material/slideshow:",
                on_click=begin,
                args=(names[chosen],),
            )
        quiet(f"Link for the class: {link_of(names[chosen])}")


def _step() -> int:
    text = str(st.query_params.get(STEP, "0"))
    return min(int(text), 999) if text.isascii() and text.isdigit() else 0
