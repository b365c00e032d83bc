"""Opens the recording that a page shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import streamlit as st

from ecg_core.formats import ChannelsNeededError, LayoutNeededError
from pages.services import workspace
from pages.services.analysis_jobs import start_beat_detection
from pages.services.workspace import OpenedRecording
from pages.ui import page_frame, state, table_dialog
from pages.ui.markup import notice

_GRACE_S: Final = 0.12
"""Time in which an analysis comes from the cache, so that the page has it at once."""


def open_current_recording(*, live: bool = False) -> OpenedRecording | None:
    """Open the recording on screen; None, and a sentence, if there is none.

    Parameters
    ----------
    live : bool
        Whether the page can show a live stream.

    Raises
    ------
    RecordingError, SourceError
        If it cannot be opened.
    """
    view = state.current()
    if view.rec is None:
        notice("No recording is open. Choose one on the Recordings page.")
        st.page_link("pages/recordings.py", label="Go to Recordings")
        return None
    table_dialog.pop_described_table()
    try:
        opened = workspace.open_in_workspace(view.rec, state.local_folder())
    except (ChannelsNeededError, LayoutNeededError) as error:
        notice(str(error))
        if st.button("Say what it holds", key="say_what_it_holds", type="primary"):
            table_dialog.ask(view.rec)
        table_dialog.draw(view.rec)
        return None
    if opened.live is not None and not live:
        notice("A live stream can be read on the Review page only; it has no report and no explanations.")
        st.page_link("pages/review.py", label="Go to Review")
        return None
    if opened.rec != view.rec:  # an address that was typed may say more than one that is shown
        state.change(rec=opened.rec)
    return opened


def start_analysis(opened: OpenedRecording, grace_s: float = _GRACE_S) -> None:
    """Start beat detection of a recording that has no analysis, and show the model and device of one that has.

    Parameters
    ----------
    opened : OpenedRecording
        The recording on screen.
    grace_s : float
        How long to wait for beats that come from the cache.
    """
    if opened.analysis is None:
        start_beat_detection(opened).wait(grace_s)
    if opened.analysis is not None:
        page_frame.show_model_and_device(opened.analysis.provenance["model"], opened.analysis.provenance["device"])


@contextmanager
def rerun_when_found(opened: OpenedRecording) -> Iterator[None]:
    """Draw a page about a recording; what was found meanwhile is drawn at once.

    Beats and classes come from background jobs. Where a job ends while the page is being drawn, the first parts are
    without its result and the last ones, which would have followed the job, see no job any more.
    """
    seen = opened.analysis
    yield
    if opened.analysis is not seen:
        st.rerun()
