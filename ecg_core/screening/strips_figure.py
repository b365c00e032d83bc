"""Short strips around the worst moments of recordings, one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from ecg_core.figures.texts import in_ink
from ecg_core.screening.worst_strip import WorstStrip

_LANE_PX: Final = 92
_MESSAGE_CHARACTERS: Final = 56
"""In a line: what fits into a narrow window."""

_MIN_MV: Final = 1.6
_MAX_MV: Final = 8.0
_FINE: Final = "rgba(200,90,90,0.13)"
_COARSE: Final = "rgba(200,90,90,0.32)"
_EVENT: Final = "rgba(214,120,20,0.16)"


def strips_figure(strips: Sequence[WorstStrip], trace_colour: str) -> go.Figure:
    """Draw strips below each other, each at its own time, seconds from its first sample.

    Parameters
    ----------
    strips : sequence of WorstStrip
        One or more.
    trace_colour : str
        Colour of the trace.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    figure = go.Figure()
    layout: dict[str, object] = {}
    n = len(strips)
    longest_s = max((len(strip.signal_mv) / strip.fs_hz for strip in strips), default=1.0)
    shapes, notes = [], []
    for at, strip in enumerate(strips):
        suffix = "" if at == 0 else str(at + 1)
        values = strip.signal_mv.astype(float)
        figure.add_trace(
            go.Scatter(
                x=np.round(np.arange(len(values)) / strip.fs_hz, 4),
                y=values,
                mode="lines",
                line={"color": trace_colour, "width": 1.2},
                hoverinfo="skip",
                yaxis=f"y{suffix}",
            )
        )
        top = 1 - at / n
        layout[f"yaxis{suffix}"] = {
            "domain": [1 - (at + 1) / n + 0.01, top - 0.22 / n],
            "range": _range(values, strip.calibrated),
            "fixedrange": True,
            "zeroline": False,
            "gridcolor": _COARSE,
            "showticklabels": False,
            **({"dtick": 0.5, "tick0": 0} if strip.calibrated else {"showgrid": False}),
        }
        notes.append(
            {
                "x": 0, "y": top, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "top",
                "text": escape(strip.title), "showarrow": False, "font": {"size": 11},
            }
        )  # fmt: skip
        if strip.message:
            message = "<br>".join(map(escape, strip.message_lines(_MESSAGE_CHARACTERS)))
            notes.append(
                {
                    "x": 0, "y": 0.5, "xref": "paper", "yref": f"y{suffix} domain", "xanchor": "left",
                    "yanchor": "middle", "align": "left", "text": message,
                    "showarrow": False, "font": {"size": 11},
                }
            )  # fmt: skip
        if strip.event_s is not None:
            begin, end = (min(max(when - strip.start_s, 0.0), longest_s) for when in strip.event_s)
            if end > begin:
                shapes.append(
                    {
                        "type": "rect", "xref": "x", "yref": f"y{suffix} domain", "x0": begin, "x1": end, "y0": 0,
                        "y1": 1, "fillcolor": _EVENT, "line": {"width": 0}, "layer": "below",
                    }
                )  # fmt: skip
    figure.update_layout(
        **layout,
        shapes=shapes,
        annotations=notes,
        xaxis={
            "range": [0, longest_s],
            "fixedrange": True,
            "zeroline": False,
            "gridcolor": _COARSE,
            "dtick": 1,
            "minor": {"dtick": 0.2, "showgrid": True, "gridcolor": _FINE},
            "ticksuffix": " s",
            "anchor": f"y{n if n > 1 else ''}",
        },
        height=_LANE_PX * max(n, 1) + 34,
        margin={"l": 8, "r": 8, "t": 2, "b": 24},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
        dragmode=False,
    )
    return in_ink(figure, trace_colour)


def _range(values: npt.NDArray[np.float64], calibrated: bool) -> list[float]:
    present = values[np.isfinite(values)]
    if not len(present):
        return [-1.0, 1.0]
    middle = float(np.median(present))
    low, high = (float(x) for x in np.percentile(present, (0.2, 99.8)))
    height = max(high - low, 1e-9) * 1.15
    if calibrated:
        height = min(max(height, _MIN_MV), _MAX_MV)
    centre = (low + high) / 2 if high - low <= height else middle
    return [centre - height / 2, centre + height / 2]
