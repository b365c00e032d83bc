"""Line above the desk with what was noticed when the recording was opened."""

from __future__ import annotations

from html import escape
from typing import Final

import streamlit as st

from ecg_core.recording import Recording
from pages.services.table_preview import is_table
from pages.services.wording import shown
from pages.services.workspace import OpenedRecording
from pages.ui import table_dialog

_MAX_CHARS: Final = 400


def show_file_notes(opened: OpenedRecording) -> None:
    """Draw the notes of a recording in one line, with a button for what a person can say of the file.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    """
    notes = [shown(note, _MAX_CHARS) for note in opened.recording.notes]
    if not notes:
        return
    more = f" · {len(notes) - 1} more in File" if len(notes) > 1 else ""
    with st.container(key="file_notes", horizontal=True, vertical_alignment="center"):
        st.html(
            f'<div class="rs-notes" role="note" title="{escape(chr(10).join(notes))}">{escape(notes[0] + more)}</div>'
        )
        if _is_described(opened.recording) and st.button("Change", key="change_layout"):
            table_dialog.ask(opened.rec)


def _is_described(recording: Recording) -> bool:
    """Tell whether a recording is a table, or its channels were chosen by a person."""
    return is_table(recording) or "channels" in dict(recording.user_metadata)
