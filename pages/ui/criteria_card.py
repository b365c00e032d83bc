"""Explain page's card of clinical criteria for the class of a beat."""

from __future__ import annotations

from html import escape
from typing import Final

import streamlit as st

from ecg_core.analysis import Analysis
from ecg_core.beat_criteria import beat_reasons
from pages.services.wave_jobs import start_waves
from pages.services.workspace import OpenedRecording
from pages.ui.markup import head

_SIGNS: Final = {True: ("✓", "met"), False: ("✗", "not met"), None: ("?", "not measurable")}


def criteria_card(opened: OpenedRecording, analysis: Analysis, index: int) -> None:
    """Draw what speaks for and against the class of a beat; starts the delineation where it is missing.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    analysis : Analysis
        Analysis of the recording.
    index : int
        Position of the beat.
    """
    if analysis.waves is None:
        start_waves(opened)
    reasons = beat_reasons(analysis, opened.recording.fs_hz, index)
    head("Clinical criteria", f"for class {reasons.label}" if reasons.label else "")
    rows = []
    for one in reasons.criteria:
        sign, word = _SIGNS[one.met]
        rows.append(
            f'<li><span role="img" aria-label="{word}" title="{word}">{sign}</span> {escape(one.measured)}'
            f' <span class="rs-quiet">{escape(f"{one.name}: {one.limit}")}</span></li>'
        )
    st.html(f'<ul class="rs-criteria">{"".join(rows)}</ul>')
