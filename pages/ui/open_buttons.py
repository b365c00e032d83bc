"""Buttons that end a dialog about a file: cancel, or keep what was said of it and open it."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from ecg_core.errors import SourceError
from ecg_core.formats import TableLayout
from pages.services.library import LocatedRecording
from pages.services.table_layouts import keep_layout
from pages.ui.markup import notice


def open_or_cancel(
    located: LocatedRecording, layout: TableLayout, key: str, ready: bool
) -> Literal["open", "cancel"] | None:
    """Draw the buttons and keep the layout when the recording is to be opened.

    Parameters
    ----------
    located : LocatedRecording
        The file.
    layout : TableLayout
        What a person said of it.
    key : str
        Prefix of the keys of the widgets.
    ready : bool
        Whether the file opens with this layout.

    Returns
    -------
    {"open", "cancel"} or None
        None where neither button was clicked, or the layout cannot be kept, which is shown.
    """
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel", key=f"{key}_cancel"):
            return "cancel"
        if not st.button("Open recording", key=f"{key}_open", type="primary", disabled=not ready):
            return None
    try:
        keep_layout(located.header, located.source, layout)
    except SourceError as error:
        notice(str(error), problem=True)
        return None
    return "open"
