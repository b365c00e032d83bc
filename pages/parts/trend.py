"""The whole recording's heart rate on the Review page: a click goes there, a mark shows what is on screen."""

from __future__ import annotations

from typing import Final

import streamlit as st

from ecg_core.figures.strip import clip_view
from ecg_core.figures.trend import HEIGHT_PX, MARGINS_PX, trend_figure
from pages.parts import state
from pages.parts.desk import Opened
from pages.parts.markup import head
from pages.parts.state import View

_CHART: Final = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
_GAP_PX: Final = 6
"""Between the elements of a card, see assets/style.css."""


def trend(opened: Opened) -> None:
    """Draw the trend of the recording on the desk."""
    recording, analysis = opened.recording, opened.analysis
    head("Heart rate, whole recording", "click to go there")
    st.plotly_chart(
        trend_figure(None if analysis is None else analysis.beats, recording.duration_s, recording.start_time),
        key="review_trend",
        on_select=lambda: _take_click(opened),
        selection_mode="points",
        config=_CHART,
        alt="Heart rate over the whole recording, ectopic beats marked by colour and shape",
    )


def window_mark(view: View, duration_s: float) -> str:
    """Return the mark to lay over the trend, right below which it stands in the page.

    Parameters
    ----------
    view : View
    duration_s : float
        The recording's length.

    Returns
    -------
    str
        HTML of no height of its own.
    """
    left, right = MARGINS_PX["l"], MARGINS_PX["r"]
    start = min(view.start_s / duration_s, 1.0)
    share = min(view.span_s / duration_s, 1.0 - start)
    axis = f"(100% - {left + right}px)"
    height = HEIGHT_PX - MARGINS_PX["t"] - MARGINS_PX["b"]
    place = (
        f"left:calc({left}px + {axis} * {start:.6f});width:max(5px, calc({axis} * {share:.6f}));"
        f"bottom:{MARGINS_PX['b'] + _GAP_PX}px;height:{height}px"
    )
    return f'<div class="rs-over"><div class="rs-window" style="{place}"></div></div>'


def _take_click(opened: Opened) -> None:
    points = st.session_state["review_trend"]["selection"]["points"]
    if points:
        view = state.current()
        start_s, _ = clip_view(opened.recording.duration_s, float(points[0]["x"]) - view.span_s / 2, view.span_s)
        state.change(start_s=round(start_s, 3))
