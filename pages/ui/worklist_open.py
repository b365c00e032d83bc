"""The way from the worklist to the review desk, at the place where reading has stopped."""

from __future__ import annotations

import streamlit as st

from ecg_core.errors import RecordingError, ReviewError, SourceError
from ecg_core.review.worklist_item import WorklistItem
from pages.services import workspace
from pages.services.worklist_access import worklist_to_read
from pages.services.worklist_updates import UPDATES
from pages.ui import state


def open_item(item: WorklistItem) -> str | None:
    """Put a recording of the worklist on screen; the page then goes to the review desk by `go_to_review`.

    Parameters
    ----------
    item : WorklistItem
        The recording.

    Returns
    -------
    str or None
        Why it cannot be opened, in a sentence; None if it can.
    """
    origin = item.origin
    name = origin.name or item.recording_sha256[:8]
    if origin.rec is None:
        return f"Nobody has told where {name} is; open it, and add it to the worklist again."
    folder = origin.folder if origin.rec.startswith("local/") and origin.folder else state.local_folder()
    try:
        opened = workspace.open_in_workspace(origin.rec, folder)
        # Known of what was added here, unless its files have changed.
        workspace.remember_hash(opened.recording)
        is_another = opened.recording.sha256 != item.recording_sha256
    except (RecordingError, SourceError) as error:
        return f"{name} cannot be opened: {error}"
    if is_another:
        return f"The file of {name} has changed since it was added: it is another recording now. Add it again."
    if folder != state.local_folder():
        state.use_folder(folder)
    sample = UPDATES.position_of(item.recording_sha256)
    sample = item.position_sample if sample is None else sample
    state.open_recording(opened.rec, start_s=0.0 if sample is None else sample / opened.recording.fs_hz)
    return None


def open_recording_of_worklist(recording_sha256: str) -> str | None:
    """Put the recording with a hash on screen, as `open_item` does.

    Parameters
    ----------
    recording_sha256 : str
        A recording in the worklist.

    Returns
    -------
    str or None
        Why it cannot be opened, in a sentence; None if it can.
    """
    try:
        worklist = worklist_to_read()
        item = None if worklist is None else worklist.get(recording_sha256)
    except ReviewError as error:
        return str(error)
    return "This recording is not in the worklist any more." if item is None else open_item(item)


def go_to_review() -> None:
    """Leave for the review desk, at what is on screen."""
    st.switch_page("pages/review.py", query_params=state.to_params(state.change()))
