"""Shares of answers that stay while a signal is perturbed: a row for each model, a column for each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

import numpy as np
import plotly.graph_objects as go

from ecg_core.figures.palette import CLASS_COLOURS
from ecg_core.figures.texts import in_ink

_ROW_PX: Final = 23
_LETTER_PX: Final = 6.6
_RED: Final = ",".join(str(int(CLASS_COLOURS["V"][at : at + 2], 16)) for at in (1, 3, 5))
# What is lost between 100 and 90 % is to be seen as well as what is lost below.
_SCALE: Final = [
    [0.0, f"rgba({_RED},0.6)"],
    [0.5, f"rgba({_RED},0.42)"],
    [0.9, f"rgba({_RED},0.18)"],
    [0.999, f"rgba({_RED},0.04)"],
    [1.0, "rgba(128,144,160,0.08)"],
]


def robustness_figure(
    shares: Mapping[str, Sequence[float]],
    steps: Sequence[str],
    text_colour: str = "#16202c",
) -> go.Figure:
    """Draw the share of answers that stay, in percent, the more shaded the fewer.

    Parameters
    ----------
    shares : mapping of str to sequence of float
        By model, 0 to 1 at each step; NaN where there was nothing to ask about.
    steps : sequence of str
        What was done at each step.
    text_colour : str
        Of all texts.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    ValueError
        If a model has another number of shares than there are steps.
    """
    names = list(shares)
    if any(len(shares[name]) != len(steps) for name in names):
        raise ValueError(f"Each model needs {len(steps)} shares, one for each step.")
    values = [[None if np.isnan(share) else round(float(share), 4) for share in shares[name]] for name in names]
    texts = [["–" if share is None else f"{100 * share:.0f}" for share in row] for row in values]
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=list(steps),
            y=[escape(name) for name in names],
            text=texts,
            texttemplate="%{text}",
            textfont={"color": text_colour, "size": 12},
            colorscale=_SCALE,
            zmin=0,
            zmax=1,
            showscale=False,
            xgap=2,
            ygap=2,
            hovertemplate="%{y} · %{x}<br>%{z:.1%} of the answers stay<extra></extra>",
        )
    )
    widest = max((len(name) for name in names), default=0)
    figure.update_layout(
        height=_ROW_PX * max(len(names), 1) + 32,
        margin={"l": round(_LETTER_PX * widest) + 8, "r": 2, "t": 26, "b": 4},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode=False,
        xaxis={"side": "top", "fixedrange": True, "showgrid": False, "type": "category", "tickangle": 0},
        yaxis={"autorange": "reversed", "fixedrange": True, "showgrid": False, "type": "category"},
        font={"size": 12},
    )
    return in_ink(figure, text_colour)
