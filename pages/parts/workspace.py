"""The left side of the Review page: controls, strip, chosen beat, trend. A page turn redraws this alone."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ecg_core.analysis import Analysis
from ecg_core.beats import PROBABILITY_COLUMNS
from ecg_core.figures.strip import clip_view, strip_payload
from ecg_core.figures.trend import clock
from pages.parts import state
from pages.parts.desk import Opened, beat_index, beats_key, neighbour
from pages.parts.frame import known_problems
from pages.parts.jobs import BOARD
from pages.parts.markup import Markup, letter, literal
from pages.parts.state import GAINS_MM_PER_MV, SPANS_S, View
from pages.parts.strip import StripEvent, ecg_strip
from pages.parts.trend import trend, window_mark


def workspace(opened: Opened) -> None:
    """Draw controls, strip and trend of the recording on the desk.

    The trend is drawn once for a recording and its classes; turning a page redraws the strip and the trend's mark.
    """
    strip_place = st.container()
    with st.container(key="card_trend"):
        trend(opened)
        mark = st.empty()
    with strip_place:
        _strip_and_mark(opened, mark)


@st.fragment
def _strip_and_mark(opened: Opened, mark: DeltaGenerator) -> None:
    view = fitted(opened, state.current())
    with known_problems(), st.container(key="card_strip"):
        _controls(opened, view)
        _strip(opened, view)
        _chosen_beat(opened, view)
    mark.html(window_mark(view, opened.recording.duration_s))
    state.write_address(view)


def fitted(opened: Opened, view: View) -> View:
    """Fit a view to the recording: position inside it, leads and beat that exist."""
    start_s, _ = clip_view(opened.recording.duration_s, view.start_s, view.span_s)
    leads = view.leads and (tuple(lead for lead in view.leads if lead < len(opened.recording.leads)) or None)
    beat = view.beat
    if beat is not None and opened.analysis is not None and beat_index(opened.analysis, beat) is None:
        beat = None
    if (start_s, leads, beat) == (view.start_s, view.leads, view.beat):
        return view
    return state.change(start_s=start_s, leads=leads, beat=beat)


def go_to_sample(opened: Opened, sample: int, *, choose: bool) -> None:
    """Show a place, a third of the span before it, and choose its beat if it is one."""
    view = state.current()
    fs_hz = opened.recording.fs_hz
    lead_in_s = min(view.span_s, 10.0) / 3
    visible = view.start_s + 0.3 <= sample / fs_hz <= view.start_s + view.span_s - 0.3
    start_s = view.start_s if choose and visible else sample / fs_hz - lead_in_s
    start_s, _ = clip_view(opened.recording.duration_s, start_s, view.span_s)
    state.change(start_s=round(start_s, 3), **({"beat": sample} if choose else {}))


def _controls(opened: Opened, view: View) -> None:
    recording = opened.recording
    values: dict[str, Any] = {
        "review_span": view.span_s,
        "review_gain": view.gain_mm_per_mv,
        "review_leads": list(view.leads or range(len(recording.leads))),
        "review_reference": view.reference,
    }
    for key, value in values.items():
        st.session_state[key] = value
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="review_controls"):
        st.segmented_control(
            "Seconds on screen",
            SPANS_S,
            format_func=lambda seconds: f"{seconds:.0f} s" if seconds == SPANS_S[-1] else f"{seconds:.0f}",
            key="review_span",
            label_visibility="collapsed",
            required=True,
            on_change=_take_span,
        )
        st.segmented_control(
            "Gain",
            GAINS_MM_PER_MV,
            format_func=lambda gain: f"{gain:.0f} mm/mV" if gain == GAINS_MM_PER_MV[-1] else f"{gain:.0f}",
            key="review_gain",
            label_visibility="collapsed",
            required=True,
            on_change=_take,
            args=("gain_mm_per_mv", "review_gain"),
        )
        n_shown = len(values["review_leads"])
        with st.popover("Leads" if view.leads is None else f"Leads {n_shown}/{len(recording.leads)}"):
            st.pills(
                "Leads on the strip",
                list(range(len(recording.leads))),
                selection_mode="multi",
                format_func=lambda lead: literal(recording.leads[lead].name),
                key="review_leads",
                on_change=_take_leads,
                args=(len(recording.leads),),
            )
        if recording.annotation_names:
            st.toggle(
                "Reference",
                key="review_reference",
                on_change=_take,
                args=("reference", "review_reference"),
            )
        st.text_input(
            "Go to",
            key="review_goto",
            placeholder="hh:mm:ss",
            label_visibility="collapsed",
            width=92,
            on_change=_take_time,
            args=(opened,),
        )
        abnormal = opened.abnormal()
        for label, step, shortcut in (("‹ abnormal", -1, "P"), ("abnormal ›", 1, "N")):
            st.button(
                label,
                key=f"review_abnormal_{'next' if step > 0 else 'previous'}",
                shortcut=shortcut,
                disabled=not len(abnormal),
                on_click=_take_abnormal,
                args=(opened, step),
            )


def _strip(opened: Opened, view: View) -> None:
    analysis = opened.analysis
    payload = strip_payload(
        opened.recording,
        None if analysis is None else analysis.beats,
        view.start_s,
        view.span_s,
        leads=view.leads,
        gain_mm_per_mv=view.gain_mm_per_mv,
        reference=opened.reference if view.reference else None,
        selected_sample=view.beat,
        unreadable=opened.unreadable,
        lead_range_mv=opened.lead_range_mv,
    )
    ecg_strip(payload, key="review_strip", on_event=lambda event: _take_event(opened, event))


def _chosen_beat(opened: Opened, view: View) -> None:
    analysis = opened.analysis
    with st.container(horizontal=True, vertical_alignment="center", key="review_beat"):
        index = None if analysis is None or view.beat is None else beat_index(analysis, view.beat)
        if analysis is None:
            job = BOARD.get(beats_key(opened))
            hint = "The beats could not be found." if job is not None and job.problem else "Beats are being found …"
            st.html(f'<span class="rs-quiet">{hint}</span>')
            return
        if index is not None:
            st.html(_words_of(opened, analysis, index), width="content")
        elif analysis.classified:
            st.html('<span class="rs-quiet">Choose a beat by its letter to see why it was called so.</span>')
        else:
            st.html('<span class="rs-quiet">Beats are found, not yet classified.</span>')
            return
        # There before a beat is chosen: a key pressed right after choosing one is not lost.
        if st.button("Explain this beat", key="review_explain", type="primary", shortcut="E"):
            st.switch_page("pages/explain.py", query_params=state.to_params(view))


def _words_of(opened: Opened, analysis: Analysis, index: int) -> Markup:
    beat = analysis.beats.iloc[index]
    words = [f"beat at {clock(float(beat['time_s']), opened.recording.start_time)}"]
    if analysis.classified:
        best = float(np.max(beat[list(PROBABILITY_COLUMNS)].to_numpy(dtype=float)))
        words.append(f"probability {best:.2f}")
    if np.isfinite(beat["rr_s"]):
        words.append(f"RR {1000 * beat['rr_s']:.0f} ms")
    return Markup(f"{letter(beat['label'])} {' · '.join(words)}")


def _take(part: str, key: str) -> None:
    state.change(**{part: st.session_state[key]})


def _take_span() -> None:
    view = state.current()
    span_s = st.session_state["review_span"]
    # What was in the middle stays there.
    state.change(span_s=span_s, start_s=max(view.start_s + (view.span_s - span_s) / 2, 0.0))


def _take_leads(n_leads: int) -> None:
    chosen = tuple(sorted(st.session_state["review_leads"]))
    state.change(leads=None if not chosen or len(chosen) == n_leads else chosen)


def _take_time(opened: Opened) -> None:
    seconds = seconds_of(st.session_state["review_goto"])
    st.session_state["review_goto"] = ""
    start = opened.recording.start_time
    if seconds is None:
        return
    if start is not None:
        seconds = (seconds - (start.hour * 3600 + start.minute * 60 + start.second)) % 86400
    state.change(start_s=max(seconds, 0.0))


def _take_abnormal(opened: Opened, step: int) -> None:
    view = state.current()
    fs_hz = opened.recording.fs_hz
    within = view.beat is not None and view.start_s <= view.beat / fs_hz <= view.start_s + view.span_s
    middle = int((view.start_s + min(view.span_s, 10.0) / 3) * fs_hz)
    sample = neighbour(opened.abnormal(), view.beat if within and view.beat is not None else middle, step)
    if sample is not None:
        go_to_sample(opened, sample, choose=True)


def _take_event(opened: Opened, event: StripEvent) -> None:
    view = state.current()
    if event.beat is not None:
        state.change(beat=event.beat)
    moved = event.view_start_s
    if moved is None and event.page is not None:
        moved = view.start_s + event.page * view.span_s
    if moved is not None:
        start_s, _ = clip_view(opened.recording.duration_s, moved, view.span_s)
        state.change(start_s=round(start_s, 3))


def seconds_of(text: str) -> float | None:
    """Read ``hh:mm:ss``, ``mm:ss`` or seconds; None if it is none of them."""
    match = re.fullmatch(r"\s*(?:(?:(\d{1,3}):)?(\d{1,2}):)?(\d{1,6}(?:\.\d+)?)\s*", text or "")
    if match is None:
        return None
    hours, minutes, seconds = match.groups()
    return 3600 * int(hours or 0) + 60 * int(minutes or 0) + float(seconds)
