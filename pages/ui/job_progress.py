"""Progress and errors of a background job on a page."""

from __future__ import annotations

from collections.abc import Hashable

import streamlit as st

from pages.services.job_executor import ANALYSIS_JOBS, JobExecutor, acting_for
from pages.services.wording import shown
from pages.ui import browser_sessions
from pages.ui.markup import literal, notice

POLL_S = 0.4


@st.fragment(run_every=POLL_S)
def progress_of(key: Hashable, label: str, executor: JobExecutor = ANALYSIS_JOBS, *, cancel: bool = True) -> None:
    """Show how far a job is, every few tenths of a second; the page runs again when it ends.

    Parameters
    ----------
    key : hashable
        The job's.
    label : str
        Key of the widgets.
    executor : JobExecutor
        Executor of the job.
    cancel : bool
        Whether it can be cancelled.
    """
    with acting_for(browser_sessions.browser()):
        job = executor.get(key)
    if job is None or job.done:
        st.rerun()
        return
    bar, button = st.columns([0.74, 0.26], vertical_alignment="bottom")
    with bar:
        stage = literal(shown(job.stage))
        st.progress(job.share, text=f"{stage} · {100 * job.share:.0f} %" if job.share else f"{stage} …")
    if cancel:
        with button:
            st.button("Cancel", key=f"{label}_cancel", on_click=_cancel, args=(key, executor))


def problem_of(key: Hashable, label: str, executor: JobExecutor = ANALYSIS_JOBS) -> bool:
    """Show why a job failed, with a button to try again.

    Parameters
    ----------
    key : Hashable
        Key of the job.
    label : str
        Name of the job, for the message.
    executor : JobExecutor
        Executor of the job.

    Returns
    -------
    bool
        Whether it failed.
    """
    with acting_for(browser_sessions.browser()):
        job = executor.get(key)
    if job is None or not job.done or job.problem is None:
        return False
    if job.cancelled:
        _drop(key, executor)
        return False
    notice(job.problem, problem=True)
    st.button("Try again", key=f"{label}_again", on_click=_drop, args=(key, executor))
    return True


def _cancel(key: Hashable, executor: JobExecutor) -> None:
    with acting_for(browser_sessions.browser()):
        executor.cancel(key)


def _drop(key: Hashable, executor: JobExecutor) -> None:
    with acting_for(browser_sessions.browser()):
        executor.drop(key)
