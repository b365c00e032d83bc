"""Saliency maps of several models under one beat: a row for each, on one time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from ecg_core.figures.palette import QUIET, SALIENCY_RGB
from ecg_core.figures.texts import in_ink

_ROW_PX: Final = 74
_MAP_POINTS: Final = 160
_TRACE_POINTS: Final = 700
_GAP: Final = 0.1
_HUE: Final = ",".join(map(str, SALIENCY_RGB))
_SCALE: Final = [[0.0, f"rgba({_HUE},0.0)"], [1.0, f"rgba({_HUE},0.6)"]]


@dataclass(frozen=True)
class SaliencyRow:
    """One row of the figure.

    Attributes
    ----------
    title : str
        Shown literally.
    offsets_s : ndarray, shape (n,)
        Time relative to the beat.
    wave_mv : ndarray, shape (n,)
        NaN where absent.
    map : ndarray, shape (n,)
        0 to 1.
    """

    title: str
    offsets_s: npt.NDArray[np.floating]
    wave_mv: npt.NDArray[np.floating]
    map: npt.NDArray[np.floating]


def saliency_rows_figure(
    rows: Sequence[SaliencyRow], span_s: tuple[float, float], text_colour: str = "#16202c"
) -> go.Figure:
    """Draw a beat once for each model, shaded by the model's map.

    Parameters
    ----------
    rows : sequence of SaliencyRow
        From top to bottom.
    span_s : tuple of float
        Beginning and end of the time axis relative to the beat; a map outside of it is cut off.
    text_colour : str
        Of traces and texts.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    figure = go.Figure()
    layout: dict[str, Any] = {}
    notes = []
    begin_ms, end_ms = 1000 * span_s[0], 1000 * span_s[1]
    for place, row in enumerate(rows):
        number = "" if place == 0 else str(place + 1)
        at_ms = 1000 * np.asarray(row.offsets_s, dtype=float)
        shown = (at_ms >= begin_ms) & (at_ms <= end_ms)
        at_ms, wave, weights = at_ms[shown], row.wave_mv[shown].astype(float), row.map[shown].astype(float)
        low, high = _limits(wave)
        if len(at_ms):
            coarse_ms = np.linspace(at_ms[0], at_ms[-1], min(_MAP_POINTS, len(at_ms)))
            every = max(1, len(at_ms) // _TRACE_POINTS)
            figure.add_trace(
                go.Heatmap(
                    x=np.round(coarse_ms, 1),
                    y=[low, high],
                    z=[np.round(np.interp(coarse_ms, at_ms, weights), 3)],
                    colorscale=_SCALE,
                    zmin=0,
                    zmax=1,
                    showscale=False,
                    hoverinfo="skip",
                    yaxis=f"y{number}",
                )
            )
            figure.add_trace(
                go.Scatter(
                    x=np.round(at_ms[::every], 1),
                    y=np.round(wave[::every], 4),
                    mode="lines",
                    line={"color": text_colour, "width": 1.3},
                    customdata=np.round(weights[::every], 2),
                    hovertemplate="%{x:.0f} ms · %{y:.2f} mV · weight %{customdata:.2f}<extra></extra>",
                    name=escape(row.title),
                    yaxis=f"y{number}",
                )
            )
        top = 1 - place / len(rows)
        layout[f"yaxis{number}"] = {
            "domain": [top - (1 - _GAP) / len(rows), top],
            "range": [low, high],
            "fixedrange": True,
            "zeroline": False,
            "showgrid": False,
            "showticklabels": False,
        }
        notes.append(
            {
                "text": f"<b>{escape(row.title)}</b>",
                "x": 0,
                "y": top,
                "xref": "paper",
                "yref": "paper",
                "xanchor": "left",
                "yanchor": "top",
                "xshift": 4,
                "yshift": -1,
                "showarrow": False,
                "font": {"size": 12},
            }
        )
    figure.update_layout(
        **layout,
        annotations=notes,
        xaxis={
            "range": [begin_ms, end_ms],
            "ticksuffix": " ms",
            "tickangle": 0,
            "fixedrange": True,
            "zeroline": True,
            "zerolinecolor": QUIET,
            "gridcolor": "rgba(128,144,160,0.2)",
            "anchor": f"y{len(rows)}" if len(rows) > 1 else "y",
            "nticks": 7,
        },
        height=_ROW_PX * max(len(rows), 1) + 30,
        margin={"l": 4, "r": 4, "t": 4, "b": 24},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(128,144,160,0.06)",
        showlegend=False,
        dragmode=False,
        hovermode="closest",
    )
    return in_ink(figure, text_colour)


def _limits(wave: npt.NDArray[np.floating]) -> tuple[float, float]:
    present = wave[np.isfinite(wave)]
    if not len(present):
        return -1.0, 1.0
    low, high = float(present.min()), float(present.max())
    height = max(high - low, 0.2)
    return low - 0.1 * height, high + 0.35 * height  # the title stands above the trace
