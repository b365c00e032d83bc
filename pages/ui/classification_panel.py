"""Panel that starts classification and shows its progress or error."""

from __future__ import annotations

import streamlit as st

from pages.services import workspace
from pages.services.analysis_jobs import start_classification
from pages.services.job_executor import ANALYSIS_JOBS, acting_for
from pages.services.workspace import OpenedRecording
from pages.ui import browser_sessions
from pages.ui.job_progress import problem_of, progress_of


def classification(opened: OpenedRecording) -> None:
    """Draw the way to classified beats of the recording on the desk."""
    beats_key, classes_key = workspace.beats_key(opened), workspace.classify_key(opened)
    if opened.analysis is None:
        if not problem_of(beats_key, "beats"):
            progress_of(beats_key, "beats", cancel=False)
        return
    job = ANALYSIS_JOBS.get(classes_key)
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


def _begin(opened: OpenedRecording) -> None:
    with acting_for(browser_sessions.browser()):
        start_classification(opened)
