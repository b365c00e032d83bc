"""Review: the waveform with its beats, the whole recording's trend, what is most urgent, and the summary."""

from __future__ import annotations

from html import escape

import streamlit as st

from pages.parts import desk, frame, state
from pages.parts.desk import Opened
from pages.parts.markup import notice
from pages.parts.side import side_panel
from pages.parts.warmup import warm_up_later
from pages.parts.wording import duration, leads, number, person, rate
from pages.parts.workspace import workspace

_GRACE_S = 0.12
"""What was analysed before comes from the cache within this; the first strip then has its beats."""

_KEYS = "<kbd>←</kbd> <kbd>→</kbd> page · <kbd>P</kbd> <kbd>N</kbd> abnormal · <kbd>E</kbd> explain"


def title(opened: Opened) -> None:
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
        f'<div class="rs-title"><strong role="heading" aria-level="1">{escape(recording.name)}</strong>{badge}'
        f"<span>{escape(' · '.join(fact for fact in facts if fact))}</span>"
        f"<span>{escape(' · '.join(found))}</span>"
        f'<span class="rs-keys">{_KEYS}</span></div>'
    )


def page() -> None:
    view = state.current()
    if view.rec is None:
        notice("No recording is open. Choose one on the Recordings page.")
        st.page_link("pages/recordings.py", label="Go to Recordings")
        return
    opened = desk.open_on_desk(view.rec, state.local_folder())
    if opened.analysis is None:
        desk.first_look(opened).wait(_GRACE_S)
    if opened.analysis is not None:
        frame.say_what_computed(opened.analysis.provenance["model"], opened.analysis.provenance["device"])
    title(opened)
    left, right = st.columns([0.74, 0.26])
    with left:
        workspace(opened)
    with right:
        side_panel(opened)
    warm_up_later()


page()
