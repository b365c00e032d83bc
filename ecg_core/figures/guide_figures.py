"""Plain figures of the guided explanations: lines, points and bars with axes that say what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from ecg_core.figures.palette import QUIET, SALIENCY_RGB
from ecg_core.figures.texts import in_ink

ACCENT: Final = "#{:02x}{:02x}{:02x}".format(*SALIENCY_RGB)
INK: Final = ""
"""Colour of a series that is drawn in the colour of the page's text."""

_HEIGHT_PX: Final = 250


@dataclass(frozen=True)
class Series:
    """One series of a figure.

    Attributes
    ----------
    name : str
        Stands in the legend.
    x, y : array_like
        Values; NaN breaks a line.
    kind : {"line", "points", "bars"}
    colour : str
        `INK` for that of the page's text.
    """

    name: str
    x: npt.ArrayLike
    y: npt.ArrayLike
    kind: Literal["line", "points", "bars"] = "line"
    colour: str = INK


def guide_figure(
    series: Sequence[Series],
    x_title: str,
    y_title: str,
    text_colour: str = "#16202c",
    y_range: tuple[float, float] | None = None,
) -> go.Figure:
    """Draw series over one pair of axes.

    Parameters
    ----------
    series : sequence of Series
        In the order of the legend; one series alone has none.
    x_title, y_title : str
        What the axes show, with the unit.
    text_colour : str
        Of axes, texts and series without a colour of their own.
    y_range : tuple of float, optional
        Lowest and highest value of the y axis.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    figure = go.Figure()
    for one in series:
        colour = one.colour or text_colour
        values = {"x": np.asarray(one.x), "y": np.asarray(one.y, dtype=float), "name": escape(one.name)}
        if one.kind == "bars":
            figure.add_trace(go.Bar(**values, marker={"color": colour, "line": {"width": 0}}))
        elif one.kind == "points":
            figure.add_trace(go.Scatter(**values, mode="markers", marker={"color": colour, "size": 6, "opacity": 0.7}))
        else:
            figure.add_trace(go.Scatter(**values, mode="lines", line={"color": colour, "width": 1.6}))
    axis: dict[str, Any] = {
        "fixedrange": True,
        "zeroline": False,
        "gridcolor": "rgba(128,144,160,0.2)",
        "linecolor": QUIET,
        "title_standoff": 6,
    }
    figure.update_layout(
        height=_HEIGHT_PX,
        margin={"l": 52, "r": 8, "t": 26 if len(series) > 1 else 8, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(128,144,160,0.06)",
        showlegend=len(series) > 1,
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "font": {"color": text_colour}},
        dragmode=False,
        barmode="group",
        xaxis={**axis, "title": x_title},
        yaxis={**axis, "title": y_title, **({} if y_range is None else {"range": list(y_range)})},
    )
    return in_ink(figure, text_colour)
