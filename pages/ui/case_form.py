"""Form of the page Teaching with which a teacher adds a case, also from the recording that is open."""

from __future__ import annotations

import tomllib
from typing import Any, Final

import streamlit as st

from ecg_core.errors import RecordingError, SourceError
from ecg_core.export.annotations import marks_of
from ecg_core.recording import Annotations, Recording
from ecg_core.teaching.adding import add_case, name_from
from ecg_core.teaching.case import LEVELS, TOPICS
from ecg_core.teaching.library import MAX_BYTES, CaseLibrary
from pages.services import workspace
from pages.ui import case_view, state
from pages.ui.markup import head, literal, notice, quiet

_OPEN, _FILE = "The recording that is open", "A file case.toml"
_FIELDS: Final = ("title", "history", "diagnosis", "explanation")


def draw(library: CaseLibrary) -> None:
    """Draw the form, folded until it is wanted.

    Parameters
    ----------
    library : CaseLibrary
        For look-alikes.
    """
    with st.expander("Add a case", key="case_adding"):
        way = st.radio("Tracing", (_OPEN, _FILE), key="case_way", horizontal=True)
        if way == _FILE:
            _from_file()
            return
        rec = state.current().rec
        if rec is None:
            notice("Open a recording first; its signal becomes the case's, without what says whose it is.", small=True)
            return
        _from_recording(rec, library)


def _from_file() -> None:
    quiet("A script for the generator with its texts, as the guide for teachers describes it.")
    file = st.file_uploader("case.toml", key="case_file", label_visibility="collapsed")
    if file is None or not st.button("Add this case", key="case_add_file", type="primary"):
        return
    try:
        if file.size > MAX_BYTES:
            raise SourceError(f"A case has {MAX_BYTES:,} bytes at most.")
        data = tomllib.loads(file.getvalue().decode("utf-8"))
        if "recording" in data:
            raise SourceError("A case from a file has a script, not a recording; open the recording and add it here.")
        _added(name_from(str(data.get("title", ""))), data)
    except UnicodeDecodeError:
        notice("This file is no text in UTF-8.", problem=True)
    except tomllib.TOMLDecodeError as error:
        notice(f"This file is no TOML: {error!s:.160}.", problem=True)
    except (SourceError, RecordingError) as error:
        notice(str(error), problem=True)


def _from_recording(rec: str, library: CaseLibrary) -> None:
    opened = workspace.open_in_workspace(rec, state.local_folder())
    recording = opened.recording
    with st.form("case_form", border=False):
        head("From the open recording", f"{recording.duration_s:.0f} s, {len(recording.leads)} leads")
        left, right = st.columns(2)
        with left:
            title = st.text_input("Title (without the diagnosis)", key="case_title", max_chars=90)
            history = st.text_area("History, two sentences", key="case_history", max_chars=600, height=80)
            objectives = st.text_area("Objectives, one a line", key="case_objectives", max_chars=1800, height=80)
            start_s = st.number_input("From (s)", 0.0, max(recording.duration_s, 0.1), 0.0, key="case_from")
            length_s = st.number_input(
                "Length (s)", 2.0, 1800.0, min(max(recording.duration_s, 2.0), 60.0), key="case_length"
            )
        with right:
            diagnosis = st.text_area("Diagnosis", key="case_diagnosis", max_chars=600, height=68)
            explanation = st.text_area("Explanation", key="case_explanation", max_chars=600, height=80)
            topic = st.selectbox("Topic", TOPICS, key="case_topic")
            level = st.segmented_control("Level", LEVELS, default=LEVELS[0], key="case_level")
            criteria = st.text_area("Criteria, one a line", key="case_criteria", max_chars=3000, height=80)
            sources = st.text_area("Sources, one a line", key="case_sources", max_chars=3000, height=68)
        alike = st.multiselect(
            "Mistaken for",
            list(library.cases),
            key="case_alikes",
            max_selections=6,
            format_func=lambda name: literal(library.cases[name].text.diagnosis),
        )
        quiet("The beats and rhythms found and corrected in Review become the truth. Name, date and texts are removed.")
        if not st.form_submit_button("Add this case", key="case_add", type="primary"):
            return
    data: dict[str, Any] = {
        "title": title,
        "topic": topic,
        "level": level or LEVELS[0],
        "history": history,
        "objectives": _lines(objectives),
        "diagnosis": diagnosis,
        "explanation": explanation,
        "sources": _lines(sources),
        "criteria": [{"text": line} for line in _lines(criteria)],
        "look_alikes": [{"case": name, "difference": "See its criteria."} for name in alike],
    }
    marks = None if opened.analysis is None else marks_of(opened.analysis)
    try:
        _added(name_from(diagnosis) or name_from(title), data, recording, marks, (start_s, start_s + length_s))
    except (SourceError, RecordingError) as error:
        notice(str(error), problem=True)


def _added(
    name: str,
    data: dict[str, Any],
    recording: Recording | None = None,
    marks: Annotations | None = None,
    span_s: tuple[float, float] | None = None,
) -> None:
    if not name:
        raise SourceError("Give the case a title and a diagnosis.")
    missing = [field for field in _FIELDS if not str(data.get(field, "")).strip()]
    if missing:
        raise SourceError(f"A case needs its {missing[0]}.")
    case_view.choose(add_case(name, data, recording, marks, span_s))
    st.rerun()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
