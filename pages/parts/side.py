"""The right side of the Review page: classification, events, summary."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from ecg_core.analysis import Analysis
from ecg_core.beats import CLASSES, PROBABILITY_COLUMNS
from ecg_core.figures.strip import UNCERTAIN_BELOW
from ecg_core.figures.trend import clock
from pages.parts import desk, events, state
from pages.parts.desk import Opened
from pages.parts.follow import problem_of, progress_of
from pages.parts.jobs import BOARD
from pages.parts.markup import figures, head, letter
from pages.parts.picklist import event_list
from pages.parts.wording import number
from pages.parts.workspace import go_to_sample

_EVENTS_PX = 318


def side_panel(opened: Opened) -> None:
    """Draw the panel of the recording on the desk."""
    if opened.analysis is None or not opened.analysis.classified:
        with st.container(key="card_classify"):
            classification(opened)
    if opened.analysis is None:
        return
    with st.container(key="card_events"):
        _events(opened, opened.analysis)
    with st.container(key="card_summary"):
        _summary(opened.analysis)


def classification(opened: Opened) -> None:
    """Draw the way to classified beats: the button, progress, or what went wrong."""
    beats_key, classes_key = desk.beats_key(opened), desk.classify_key(opened)
    if opened.analysis is None:
        if not problem_of(beats_key, "beats"):
            progress_of(beats_key, "beats", cancel=False)
        return
    job = BOARD.get(classes_key)
    if job is not None and not job.done:
        progress_of(classes_key, "classify")
        return
    problem_of(classes_key, "classify")
    st.button(
        "Classify beats",
        key="review_classify",
        type="primary",
        width="stretch",
        on_click=_begin,
        args=(opened,),
        help="Gives each beat its class: N, S, V, F or Q. The strip stays usable meanwhile.",
    )


def _begin(opened: Opened) -> None:
    desk.classify(opened)


def _events(opened: Opened, analysis: Analysis) -> None:
    recording, view = opened.recording, state.current()
    n_events = len(analysis.episodes)
    shown = "" if n_events <= events.MOST else f", first {events.MOST}"
    head("Events", f"most urgent first · {n_events:,}{shown}" if n_events else "none found")
    if not n_events:
        if not analysis.classified:
            st.html('<span class="rs-quiet">Ectopic runs and atrial fibrillation need classified beats.</span>')
        return
    rows = events.event_rows(
        analysis.episodes,
        recording.fs_hz,
        lambda time_s: clock(time_s, recording.start_time),
        (view.start_s, view.start_s + view.span_s),
    )
    event_list(
        rows,
        key="review_events",
        label="Events, most urgent first",
        on_choice=lambda chosen: go_to_sample(opened, int(chosen), choose=False),
        height_px=_EVENTS_PX,
    )


def _summary(analysis: Analysis) -> None:
    summary = analysis.summary
    provenance = analysis.provenance
    head(
        "Summary", f"{provenance['model']} on {provenance['device']}" if analysis.classified else "beats not classified"
    )
    counts = summary.n_by_class
    if counts is not None:
        boxes = "".join(f"<span>{letter(label)} {counts[label]:,}</span>" for label in CLASSES)
        st.html(f'<div class="rs-classes" aria-label="Beats by class">{boxes}</div>')
    extremes = f"mean ({number(summary.min_rate_bpm)} – {number(summary.max_rate_bpm)})"
    readable = None if summary.readable_share is None else 100 * summary.readable_share
    pauses = summary.n_by_kind.get("PAUSE")
    items = [
        (number(summary.mean_rate_bpm), "bpm", extremes),
        (number(summary.n_beats), "", "beats"),
        (number(readable, 1), "%", "signal readable"),
        (number(summary.longest_rr_s, 2), "s", f"longest RR · {number(pauses)} {'pause' if pauses == 1 else 'pauses'}"),
    ]
    if counts is not None:
        items.insert(1, (number(summary.burden_v_percent, 1), "%", "V burden"))
        items.insert(2, (number(summary.burden_s_percent, 1), "%", "S burden"))
        probabilities = analysis.beats[list(PROBABILITY_COLUMNS)].to_numpy(dtype=float)
        uncertain = int(np.sum(probabilities.max(axis=1, initial=0.0) < UNCERTAIN_BELOW))
        items.append((number(uncertain), "", "uncertain beats"))
        if summary.af_share:
            items.append((number(100 * summary.af_share, 1), "%", "atrial fibrillation"))
        if summary.longest_v_run_beats:
            items.append((number(summary.longest_v_run_beats), "beats", "longest V run"))
    st.html(figures(items))
    notes = provenance["notes"]
    if notes:
        st.html(f'<div class="rs-quiet">{escape(" ".join(notes))}</div>')
