"""Saliency maps under the waveform, lead by lead: one hue, from nothing to strong."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from ecg_core.figures.palette import QUIET, SALIENCY_RGB
from ecg_core.figures.texts import in_ink

_ROW_PX: Final = 190
_SMALL_ROW_PX: Final = 130
_MAP_POINTS: Final = 160
_HUE: Final = ",".join(map(str, SALIENCY_RGB))
_SCALE: Final = [[0.0, f"rgba({_HUE},0.0)"], [1.0, f"rgba({_HUE},0.6)"]]


def saliency_figure(
    offsets_s: npt.NDArray[np.floating],
    wave: npt.NDArray[np.floating],
    saliency: npt.NDArray[np.floating],
    lead_names: Sequence[str],
    unit: str = "mV",
    trace_colour: str = "#101820",
) -> go.Figure:
    """Draw each lead's waveform over its saliency map.

    Parameters
    ----------
    offsets_s : ndarray, shape (n,)
        Time relative to the beat.
    wave : ndarray, shape (n, leads)
        NaN where absent.
    saliency : ndarray, shape (n, leads)
        0 to 1.
    lead_names : sequence of str
        Shown literally.
    unit : str
        Of the wave.
    trace_colour : str
        Colour of the trace.

    Returns
    -------
    plotly.graph_objects.Figure
        One panel per lead: three columns for more than three leads.
    """
    n_leads = wave.shape[1]
    n_columns = 1 if n_leads <= 3 else 3
    n_rows = math.ceil(n_leads / n_columns)
    row_px = _ROW_PX if n_columns == 1 else _SMALL_ROW_PX
    figure = go.Figure()
    layout: dict[str, Any] = {}
    annotations = []
    at_ms = 1000 * np.asarray(offsets_s, dtype=float)
    coarse_ms = np.linspace(at_ms[0], at_ms[-1], min(_MAP_POINTS, len(at_ms)))
    for lead in range(n_leads):
        number = "" if lead == 0 else str(lead + 1)
        row, column = divmod(lead, n_columns)
        low, high = _limits(wave[:, lead])
        figure.add_trace(
            go.Heatmap(
                x=coarse_ms,
                y=[low, high],
                z=[np.round(np.interp(coarse_ms, at_ms, saliency[:, lead]), 3)],
                colorscale=_SCALE,
                zmin=0,
                zmax=1,
                showscale=lead == 0,
                colorbar={
                    "thickness": 10,
                    "len": 1.0,
                    "outlinewidth": 0,
                    "tickvals": [0, 1],
                    "title": {"text": "weight", "side": "top"},
                },
                hoverinfo="skip",
                xaxis=f"x{number}",
                yaxis=f"y{number}",
            )
        )
        figure.add_trace(
            go.Scatter(
                x=np.round(at_ms, 2),
                y=np.round(wave[:, lead].astype(float), 4),
                mode="lines",
                line={"color": trace_colour, "width": 1.6},
                customdata=np.round(saliency[:, lead].astype(float), 2),
                hovertemplate=f"%{{x:.0f}} ms · %{{y:.2f}} {unit} · weight %{{customdata:.2f}}<extra></extra>",
                name=escape(lead_names[lead]),
                xaxis=f"x{number}",
                yaxis=f"y{number}",
            )
        )
        left, right = column / n_columns + (0.03 if column else 0), (column + 1) / n_columns - 0.005
        top, bottom = 1 - row / n_rows, 1 - (row + 1) / n_rows + 0.12 / n_rows
        layout[f"xaxis{number}"] = _axis(
            [left, right], f"y{number}", showticklabels=row == n_rows - 1 or lead + n_columns >= n_leads
        ) | {
            "range": [float(at_ms[0]), float(at_ms[-1])],
            "ticksuffix": " ms",
            "tickangle": 0,
            **({"nticks": 4} if n_columns > 1 else {}),
        }
        layout[f"yaxis{number}"] = _axis([bottom, top], f"x{number}") | {
            "range": [low, high],
            "nticks": 4,
            # Outside, they would stand on the traces of the panel before.
            "ticklabelposition": "inside" if column else "outside",
        }
        annotations.append(
            {
                "text": f"<b>{escape(lead_names[lead])}</b>",
                "x": left,
                "y": top,
                "xref": "paper",
                "yref": "paper",
                "xanchor": "left",
                "yanchor": "top",
                "xshift": 30 if column else 6,  # beside the ticks inside
                "yshift": -2,
                "showarrow": False,
                "bgcolor": "rgba(128,144,160,0.22)",
            }
        )
    figure.update_layout(
        **layout,
        annotations=annotations,
        height=row_px * n_rows + 26,
        margin={"l": 38, "r": 6, "t": 6, "b": 24},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(128,144,160,0.06)",
        showlegend=False,
        dragmode=False,
        hovermode="closest",
    )
    return in_ink(figure, trace_colour)


def _axis(domain: list[float], anchor: str, **more: Any) -> dict[str, Any]:
    return {
        "domain": domain,
        "anchor": anchor,
        "fixedrange": True,
        "zeroline": False,
        "gridcolor": "rgba(128,144,160,0.2)",
        "title": None,
        "linecolor": QUIET,
        **more,
    }


def _limits(lead: npt.NDArray[np.floating]) -> tuple[float, float]:
    present = lead[np.isfinite(lead)]
    if not len(present):
        return -1.0, 1.0
    low, high = float(present.min()), float(present.max())
    margin = 0.12 * max(high - low, 0.2)
    return low - margin, high + margin
