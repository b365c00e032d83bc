"""Review: the waveform with its beats, the whole recording's trend, what is most urgent, and the summary."""

from __future__ import annotations

import streamlit as st

from pages.parts.frame import show
from pages.parts.opening import kept_up, opened_recording
from pages.parts.side import side_panel
from pages.parts.title import title
from pages.parts.warmup import warm_up_later
from pages.parts.workspace import workspace

_KEYS = "<kbd>←</kbd> <kbd>→</kbd> page · <kbd>P</kbd> <kbd>N</kbd> abnormal · <kbd>E</kbd> explain"


def page() -> None:
    opened = opened_recording()
    if opened is None:
        return
    warm_up_later()
    with kept_up(opened):
        title(opened, _KEYS)
        left, right = st.columns([0.74, 0.26])
        with left:
            workspace(opened)
        with right:
            side_panel(opened)


show(page)
