"""The risk-coverage curve: what is gained by leaving doubtful beats to a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from ecg_core.figures.reliability import share_layout

_LINE: Final = "#3d7db0"
_ROOM: Final = 1.12


def coverage_figure(
    coverage: Sequence[float],
    risk: Sequence[float],
    marked: Sequence[float] = (),
    text_colour: str = "#16202c",
) -> go.Figure:
    """Draw the share of wrong labels among the surest beats against the share of beats kept.

    Parameters
    ----------
    coverage : sequence of float
        Shares of beats kept, 0 to 1, ascending.
    risk : sequence of float
        Share of wrong labels among them.
    marked : sequence of float
        Coverages to mark on the curve, those that a table beside it tells more of.
    text_colour : str
        Of the axes' texts.

    Raises
    ------
    ValueError
        If the two do not go together.
    """
    if len(coverage) != len(risk):
        raise ValueError(f"Each of {len(coverage)} coverages needs its risk, not {len(risk)}.")
    said = "of the surest %{x:.0%}, %{y:.2%} are wrong<extra></extra>"
    points = [(x, y) for x, y in zip(coverage, risk, strict=True) if any(abs(x - one) < 1e-6 for one in marked)]
    figure = go.Figure(
        [
            go.Scatter(
                x=list(coverage),
                y=list(risk),
                mode="lines",
                line={"color": _LINE, "width": 2},
                hovertemplate=said,
                showlegend=False,
            ),
            go.Scatter(
                x=[x for x, _ in points],
                y=[y for _, y in points],
                mode="markers",
                marker={"color": _LINE, "size": 8},
                hovertemplate=said,
                showlegend=False,
            ),
        ]
    )
    figure.update_layout(**share_layout(text_colour, "beats kept, the surest first", "wrong labels"))
    figure.update_layout(margin_t=8)
    figure.update_xaxes(tickformat=".0%")
    figure.update_yaxes(range=[0, _ROOM * max([*risk, 0.01])], tickformat=".1~%", nticks=6)
    return figure
