"""Explain: why a beat was given its class, what the network looks at in a class, and what other models say."""

from __future__ import annotations

import streamlit as st

from pages.parts import other_models, state, why
from pages.parts.classifying import classification
from pages.parts.desk import Opened
from pages.parts.frame import show
from pages.parts.markup import notice
from pages.parts.opening import kept_up, opened_recording
from pages.parts.title import title

_KEYS = "<kbd>←</kbd> <kbd>→</kbd> beat"


def page() -> None:
    opened = opened_recording()
    if opened is not None:
        with kept_up(opened):
            _explain(opened)


def _explain(opened: Opened) -> None:
    title(opened, _KEYS)
    analysis = opened.analysis
    if analysis is None or not analysis.classified:
        notice("An explanation needs classified beats.", small=True)
        with st.container(key="card_classify", width=360):
            classification(opened)
        return
    view = why.settle_beat(opened, analysis, state.current())
    panels = {why.BEAT: why.beat_panel, why.CLASS: why.class_panel, why.OTHERS: other_models.panel}
    panels[why.controls(opened, analysis, view)](opened, analysis, view)
    state.write_address(view)


show(page)
