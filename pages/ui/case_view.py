"""One case of the page Teaching: tracing, history, truth, criteria, look-alikes."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Final

import streamlit as st

from ecg_core.errors import SourceError
from ecg_core.figures.paper import SECONDS
from ecg_core.teaching.library import CaseLibrary, TeachingCase
from pages.services import library as recordings
from pages.services.job_executor import DOWNLOAD_JOBS
from pages.services.teaching_cases import case_figure, criteria_of, length_of, located_case, reference_of_case
from pages.ui.job_progress import problem_of, progress_of
from pages.ui.markup import Markup, head, notice, quiet, table

_CASE: Final = "teaching_case"
_FETCH: Final = "teaching_fetch"
_MET: Final = {True: "met", False: "not met", None: ""}


def choose(case: TeachingCase | None) -> None:
    """Show a case; None goes back to the list.

    Parameters
    ----------
    case : TeachingCase or None
        The case.
    """
    st.session_state[_CASE] = None if case is None else case.name
    st.session_state.pop("case_truth", None)
    st.session_state.pop("case_alike", None)
    st.session_state.pop("case_start", None)


def read_address(library: CaseLibrary) -> None:
    """Take the case that the address names.

    Parameters
    ----------
    library : CaseLibrary
        All cases.
    """
    asked = st.query_params.get("case")
    if _CASE not in st.session_state and asked:
        choose(library.find(asked))


def chosen_case(library: CaseLibrary) -> TeachingCase | None:
    """Return the case on screen; None while the list is.

    Parameters
    ----------
    library : CaseLibrary
        All cases.
    """
    name = st.session_state.get(_CASE)
    case = library.cases.get(name) if name else None
    return case


def draw(case: TeachingCase, library: CaseLibrary, demonstrate: Callable[[TeachingCase], None]) -> str | None:
    """Draw a case.

    Parameters
    ----------
    case : TeachingCase
        The case.
    library : CaseLibrary
        For its look-alikes.
    demonstrate : callable
        Called with the case where it is to be shown to a class.

    Returns
    -------
    str or None
        Reference of the recording to open in Review, where that was asked for.
    """
    text = case.text
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("All cases", key="case_back", icon=":material/arrow_back:", on_click=choose, args=(None,))
        st.html(f'<div class="rs-case-title" role="heading" aria-level="1">{escape(text.title)}</div>')
        st.space("stretch")
        truth = st.toggle("Reveal the truth", key="case_truth")
        st.button(
            "Demonstrate", key="case_demonstrate", icon=":material/slideshow:", on_click=demonstrate, args=(case,)
        )
        wanted = st.button("Open in Review", key="case_open", type="primary")
    with st.container(key="card_case_history"):
        st.html(
            f"<p>{escape(text.history)}</p>"
            f'<div class="rs-quiet">{escape(text.topic)} · {escape(text.level)} · {escape(case.code)}'
            f"{' · synthetic, with exact truth' if text.signal else ''}</div>"
        )
    located = _fetched(case)
    if located:
        _tracings(case, library, truth)
    left, right = st.columns([0.4, 0.6])
    with left, st.container(key="card_case_objectives"):
        head("Objectives")
        st.html("<ul>" + "".join(f"<li>{escape(one)}</li>" for one in text.objectives) + "</ul>")
        if truth:
            head("Sources")
            st.html('<ul class="rs-small">' + "".join(f"<li>{escape(one)}</li>" for one in case.sources) + "</ul>")
    with right, st.container(key="card_case_truth"):
        head("Truth", "" if truth else "hidden until it is revealed")
        if truth:
            draw_truth(case, library)
        else:
            quiet("Read the tracing first: rate, rhythm, axis, intervals, QRS, ST, T. Then reveal the truth.")
    return reference_of_case(case) if wanted and located else None


def draw_truth(case: TeachingCase, library: CaseLibrary) -> None:
    """Draw what is true of a case: diagnosis, explanation, criteria, look-alikes, faults of the program.

    Parameters
    ----------
    case : TeachingCase
        The case.
    library : CaseLibrary
        For its look-alikes.
    """
    text = case.text
    st.html(f"<p><b>{escape(text.diagnosis)}</b></p><p>{escape(text.explanation)}</p>")
    if text.criteria:
        rows = [
            (
                f"{one.criterion.text}{f' ({one.criterion.lead})' if one.criterion.lead else ''}",
                one.shown or "seen",
                _MET[one.met],
            )
            for one in criteria_of(case)
        ]
        st.html(table(("Criterion", "This tracing", ""), rows, numeric=(1,)))
    if text.look_alikes:
        head("Mistaken for")
        differences = [
            (library.cases[one.case].text.diagnosis, one.difference)
            for one in text.look_alikes
            if one.case in library.cases
        ]
        st.html(table(("Case", "What tells them apart"), differences))
    faults = [one for one in text.known_differences if one.fault]
    if faults:
        head("Where the program's own analysis is wrong")
        items = "".join(f"<li><b>{escape(one.difference)}</b>: {escape(one.reason)}</li>" for one in faults)
        st.html(Markup(f'<ul class="rs-small">{items}</ul>'))


def _tracings(case: TeachingCase, library: CaseLibrary, truth: bool) -> None:
    """Draw the tracing and, side by side, the look-alike that was chosen."""
    alike = {one.case: library.cases[one.case] for one in case.text.look_alikes if one.case in library.cases}
    other = None
    with st.container(key="card_case_tracing"):
        with st.container(horizontal=True, vertical_alignment="center"):
            start_s = _start(case)
            if alike:
                names = {name: f"{one.text.diagnosis if truth else one.text.title}" for name, one in alike.items()}
                picked = st.selectbox(
                    "Look-alike beside it",
                    list(alike),
                    index=None,
                    key="case_alike",
                    format_func=lambda name: names[name],
                    placeholder="Compare with a look-alike",
                    label_visibility="collapsed",
                    width=420,
                )
                other = alike.get(picked) if picked else None
        if other is None:
            _figure(case, start_s, truth)
            return
        for column, one, begin_s in zip(st.columns(2), (case, other), (start_s, 0.0), strict=True):
            with column:
                quiet(one.text.diagnosis if truth else one.text.title)
                _figure(one, begin_s, truth)


def _start(case: TeachingCase) -> float:
    """Ask which ten seconds are shown."""
    recording = case.text.recording
    first_s = recording.start_s if recording else 0.0
    latest_s = max(length_of(case) - SECONDS, 0.0)
    if latest_s < 0.5:
        quiet("10 s · 25 mm/s · 10 mm/mV")
        return 0.0
    return float(
        st.slider(
            "Begins at (s)", 0.0, float(round(latest_s, 1)), min(first_s, latest_s), 0.5, key="case_start", width=320
        )
    )


def _figure(case: TeachingCase, start_s: float, truth: bool) -> None:
    svg = case_figure(case, start_s, truth, st.context.theme.type == "dark")
    if svg is None:
        notice("This recording is fetched from PhysioNet when its case is opened.", small=True)
        return
    st.image(svg, width="stretch")


def _fetched(case: TeachingCase) -> bool:
    """Tell whether the recording is here; one of PhysioNet is fetched on request."""
    if located_case(case) is not None:
        return True
    name = case.text.recording.physionet if case.text.recording else ""
    key = ("fetch", name)
    job = DOWNLOAD_JOBS.get(key)
    with st.container(key="card_case_fetch"):
        if job is None or (job.done and st.session_state.get(_FETCH) != name):
            quiet(f"The record {name} of PhysioNet is not on this machine.")
            if st.button("Fetch it from PhysioNet", key="case_fetch", type="primary"):
                if job is not None:
                    DOWNLOAD_JOBS.drop(key)
                st.session_state[_FETCH] = name
                DOWNLOAD_JOBS.submit(key, lambda progress: recordings.fetch(name, progress))
                st.rerun()
        elif not job.done:
            progress_of(key, "fetch", DOWNLOAD_JOBS)
        elif problem_of(key, "fetch", DOWNLOAD_JOBS):
            st.session_state.pop(_FETCH, None)
        else:
            raise SourceError(f"{name} was fetched but cannot be opened; look at it on the Recordings page.")
    return False
