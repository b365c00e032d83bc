"""The reliability diagram: what became of beats that were given a probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from ecg_core.figures.palette import CLASS_COLOURS, CLASS_SYMBOLS, QUIET

HEIGHT_PX: Final = 270
_DIAGRAM_PX: Final = 380
_SMALLEST_PX: Final = 4.0
_LARGEST_PX: Final = 13.0


def reliability_figure(
    bins: Mapping[str, Sequence[Mapping[str, float]]],
    text_colour: str = "#16202c",
) -> go.Figure:
    """Draw observed shares against mean probabilities; on the diagonal probabilities mean what they say.

    Parameters
    ----------
    bins : mapping of str to sequence of mappings
        Of each class: its bins with beats, each with ``predicted`` (mean probability), ``observed`` (share of
        beats that were of the class) and ``n`` (beats); as
        :func:`ecg_core.evaluation.calibration.calibration_dict` writes them.
    text_colour : str
        Of the axes' texts.

    Returns
    -------
    plotly.graph_objects.Figure
        One line per class; a mark's area grows with the logarithm of the beats in its bin.
    """
    figure = go.Figure(
        go.Scatter(
            x=[0, 1],
            y=[0, 1],
            mode="lines",
            line={"color": QUIET, "width": 1, "dash": "dot"},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    most = max((float(one["n"]) for rows in bins.values() for one in rows), default=1.0)
    for label, rows in bins.items():
        n = np.array([one["n"] for one in rows], dtype=float)
        size = np.sqrt(np.log1p(n) / np.log1p(most)) * (_LARGEST_PX - _SMALLEST_PX) + _SMALLEST_PX
        colour = CLASS_COLOURS.get(label, text_colour)
        figure.add_trace(
            go.Scatter(
                x=[float(one["predicted"]) for one in rows],
                y=[float(one["observed"]) for one in rows],
                mode="lines+markers",
                name=label,
                line={"color": colour, "width": 1.5},
                marker={"color": colour, "symbol": CLASS_SYMBOLS.get(label, "circle"), "size": np.round(size, 1)},
                customdata=n,
                hovertemplate=(
                    f"said {label} with %{{x:.0%}}: %{{y:.0%}} were<br>%{{customdata:,}} beats<extra></extra>"
                ),
            )
        )
    figure.update_layout(**share_layout(text_colour, "probability", "share that came true"))
    figure.update_layout(height=_DIAGRAM_PX)
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        axis.update(range=[-0.03, 1.03], tickvals=[0, 0.25, 0.5, 0.75, 1], tickformat=".0%")
    return figure


def share_layout(text_colour: str, x_title: str, y_title: str) -> dict[str, Any]:
    """Return the layout of a small quiet figure: two axes, a legend above, nothing to drag.

    Parameters
    ----------
    text_colour : str
        Colour of the text.
    x_title, y_title : str
        Titles of the axes.
    """
    axis = {
        "fixedrange": True,
        "gridcolor": "rgba(135,151,171,0.22)",
        "zeroline": False,
        "tickfont": {"size": 11, "color": text_colour},
        "automargin": False,
    }

    def titled(text: str, standoff_px: int) -> dict[str, Any]:
        return {**axis, "title": {"text": text, "font": {"size": 12, "color": text_colour}, "standoff": standoff_px}}

    return {
        "height": HEIGHT_PX,
        "margin": {"l": 60, "r": 14, "t": 24, "b": 40},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "dragmode": False,
        "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "font": {"color": text_colour}},
        "xaxis": titled(x_title, 6),
        "yaxis": titled(y_title, 14),
    }
