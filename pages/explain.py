"""Explain: why a beat was given its class, and what the network looks at in a class over the recording."""

from __future__ import annotations

import streamlit as st

from pages.parts import state, why
from pages.parts.desk import Opened
from pages.parts.frame import show
from pages.parts.markup import notice
from pages.parts.opening import kept_up, opened_recording
from pages.parts.side import classification
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
    draw = why.beat_panel if why.controls(opened, analysis, view) == why.BEAT else why.class_panel
    draw(opened, analysis, view)
    state.write_address(view)


show(page)
