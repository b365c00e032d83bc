"""Title line of the recording on screen."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.services.wording import duration, leads, number, person, rate, shown
from pages.services.workspace import OpenedRecording


def title(opened: OpenedRecording, keys: str) -> None:
    """Draw name, facts and figures of a recording, and the page's keys.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    keys : str
        HTML.
    """
    recording, analysis = opened.recording, opened.analysis
    facts = [leads(recording), rate(recording.fs_hz), duration(recording.duration_s), person(recording.comments)]
    found = []
    if analysis is not None:
        summary = analysis.summary
        found.append(f"{summary.n_beats:,} beats")
        if summary.burden_v_percent is not None:
            found.append(f"{summary.burden_v_percent:.1f} % V")
        found.append(f"mean {number(summary.mean_rate_bpm)} bpm")
    badge = '<span class="rs-badge">Synthetic</span>' if recording.synthetic else ""
    st.html(
        f'<div class="rs-title"><strong role="heading" aria-level="1">{escape(shown(recording.name))}</strong>{badge}'
        f"<span>{escape(' · '.join(fact for fact in facts if fact))}</span>"
        f"<span>{escape(' · '.join(found))}</span>"
        f'<span class="rs-keys">{keys}</span></div>'
    )
