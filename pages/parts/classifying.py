"""The way to classified beats where a page needs them: a button, its progress, or what went wrong."""

from __future__ import annotations

import streamlit as st

from pages.parts import desk, people
from pages.parts.desk import Opened
from pages.parts.follow import problem_of, progress_of
from pages.parts.jobs import BOARD, asking


def classification(opened: Opened) -> None:
    """Draw the way to classified beats of the recording on the desk."""
    beats_key, classes_key = desk.beats_key(opened), desk.classify_key(opened)
    if opened.analysis is None:
        if not problem_of(beats_key, "beats"):
            progress_of(beats_key, "beats", cancel=False)
        return
    job = BOARD.get(classes_key)
    if job is not None and not job.done:
        progress_of(classes_key, "classify")
        return
    problem_of(classes_key, "classify")
    st.button(
        "Classify beats",
        key="classify_beats",
        type="primary",
        width="stretch",
        on_click=_begin,
        args=(opened,),
        help="Gives each beat its class: N, S, V, F or Q.",
    )


def _begin(opened: Opened) -> None:
    with asking(people.browser()):
        desk.classify(opened)
