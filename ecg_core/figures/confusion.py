"""The confusion matrix of a model's card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from ecg_core.beats import CLASSES
from ecg_core.figures.texts import in_ink

_SCALE: Final = [[0.0, "rgba(31,78,121,0.03)"], [1.0, "rgba(31,78,121,1)"]]
_DARK_FROM: Final = 0.6


def confusion_figure(
    matrix: Sequence[Sequence[float]], labels: Sequence[str] = CLASSES, text_colour: str = "#16202c"
) -> go.Figure:
    """Draw a confusion matrix: counts written, shares of each reference class shaded.

    Parameters
    ----------
    matrix : sequence, shape (classes, classes)
        Rows are the reference, columns what the model said.
    labels : sequence of str
        Names of the classes.
    text_colour : str
        Of counts on a light shade.

    Raises
    ------
    ValueError
        If the matrix is not square or does not fit the labels.
    """
    counts = np.asarray(matrix, dtype=float)
    if counts.shape != (len(labels), len(labels)):
        raise ValueError(f"Expected a matrix of {len(labels)} x {len(labels)}, not {counts.shape}.")
    totals = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
    figure = go.Figure(
        go.Heatmap(
            z=share,
            x=list(labels),
            y=list(labels),
            colorscale=_SCALE,
            zmin=0,
            zmax=1,
            showscale=False,
            xgap=2,
            ygap=2,
            customdata=counts,
            hovertemplate="reference %{y}, model %{x}<br>%{customdata:,} beats, %{z:.1%} of %{y}<extra></extra>",
        )
    )
    for row, reference in enumerate(labels):
        for column, said in enumerate(labels):
            strong = share[row, column] >= _DARK_FROM
            figure.add_annotation(
                x=said,
                y=reference,
                text=f"{counts[row, column]:,.0f}",
                showarrow=False,
                font={"color": "#ffffff" if strong else text_colour, "size": 13},
            )
    figure.update_layout(
        height=270,
        margin={"l": 24, "r": 4, "t": 24, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode=False,
        xaxis={"side": "top", "fixedrange": True, "title": None, "showgrid": False},
        yaxis={"autorange": "reversed", "fixedrange": True, "title": None, "showgrid": False},
    )
    return in_ink(figure, text_colour)
