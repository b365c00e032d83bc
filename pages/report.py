"""Report: fill in, edit, look at and sign the report of the recording on screen."""

from __future__ import annotations

import streamlit as st

from pages.services.workspace import OpenedRecording
from pages.ui import report_form, report_preview, report_signing, state
from pages.ui.classification_panel import classification
from pages.ui.current_recording import open_current_recording, rerun_when_found, start_analysis
from pages.ui.markup import notice
from pages.ui.page_frame import show_page
from pages.ui.recording_title import title


def page() -> None:
    opened = open_current_recording()
    if opened is not None:
        start_analysis(opened)
        with rerun_when_found(opened):
            _report(opened)


def _report(opened: OpenedRecording) -> None:
    title(opened, "")
    state.write_address(state.current())
    if opened.analysis is None or not opened.analysis.classified:
        notice("A report needs classified beats.", small=True)
        with st.container(key="card_classify", width=360):
            classification(opened)
        return
    with st.container():  # always there: what comes behind it keeps its place, and what is being typed in it
        report_preview.delineation(opened)
    filling, looking = st.columns([0.42, 0.58], gap="medium")
    with filling:
        fields, signatures, texts = st.container(key="report_fields"), st.container(), st.container()
        kept = report_form.form(opened, fields, texts)
        with signatures:
            report_signing.signing(opened, kept)
    with looking:
        report_preview.preview(opened, kept)


show_page(page)
