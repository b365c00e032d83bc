"""Explain: why a beat was given its class, what the network looks at in a class, and what other models say."""

from __future__ import annotations

import streamlit as st

from pages.services.workspace import OpenedRecording
from pages.ui import beat_explanation, other_models, state
from pages.ui.classification_panel import classification
from pages.ui.current_recording import open_current_recording, rerun_when_found, start_analysis
from pages.ui.markup import notice
from pages.ui.page_frame import show_page
from pages.ui.recording_title import title

_KEYS = "<kbd>←</kbd> <kbd>→</kbd> beat"


def page() -> None:
    opened = open_current_recording()
    if opened is not None:
        start_analysis(opened)
        with rerun_when_found(opened):
            _explain(opened)


def _explain(opened: OpenedRecording) -> None:
    title(opened, _KEYS)
    analysis = opened.analysis
    if analysis is None or not analysis.classified:
        notice("An explanation needs classified beats.", small=True)
        with st.container(key="card_classify", width=360):
            classification(opened)
        return
    view = beat_explanation.settle_beat(opened, analysis, state.current())
    panels = {
        beat_explanation.BEAT: beat_explanation.beat_panel,
        beat_explanation.CLASS: beat_explanation.class_panel,
        beat_explanation.OTHERS: other_models.panel,
    }
    panels[beat_explanation.controls(opened, analysis, view)](opened, analysis, view)
    state.write_address(view)


show_page(page)
