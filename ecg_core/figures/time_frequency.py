"""A beat's time-frequency image in grey with what spoke for the answer laid over it."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from ecg_core.figures.palette import QUIET, SALIENCY_RGB
from ecg_core.figures.texts import in_ink

_HEIGHT_PX: Final = 230
_MARGIN: Final = {"l": 38, "r": 87, "t": 6, "b": 24}
"""To the right as wide as the scale beside a saliency figure, so that times stand below each other."""
_HUE: Final = ",".join(map(str, SALIENCY_RGB))
_GREY: Final = [[0.0, "rgba(110,124,140,0.0)"], [1.0, "rgba(110,124,140,0.85)"]]
_OVER: Final = [[0.0, f"rgba({_HUE},0.0)"], [1.0, f"rgba({_HUE},0.75)"]]


def time_frequency_figure(
    offsets_s: npt.NDArray[np.floating],
    frequencies_hz: npt.NDArray[np.floating],
    image: npt.NDArray[np.floating],
    weights: npt.NDArray[np.floating],
    text_colour: str = "#16202c",
) -> go.Figure:
    """Draw an image and its map.

    Parameters
    ----------
    offsets_s : ndarray, shape (times,)
        Relative to the beat.
    frequencies_hz : ndarray, shape (frequencies,)
        Frequencies in Hz.
    image : ndarray, shape (frequencies, times)
        Darker where it is larger.
    weights : ndarray, shape (frequencies, times)
        0 to 1.
    text_colour : str
        Of the axes' texts.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    at_ms = np.round(1000 * np.asarray(offsets_s, dtype=float), 1)
    at_hz = np.round(np.asarray(frequencies_hz, dtype=float), 2)
    figure = go.Figure(
        [
            go.Heatmap(x=at_ms, y=at_hz, z=np.round(image, 2), colorscale=_GREY, showscale=False, hoverinfo="skip"),
            go.Heatmap(
                x=at_ms,
                y=at_hz,
                z=np.round(weights, 3),
                colorscale=_OVER,
                zmin=0,
                zmax=1,
                showscale=False,
                hovertemplate="%{x:.0f} ms · %{y:.0f} Hz · weight %{z:.2f}<extra></extra>",
            ),
        ]
    )
    axis = {"fixedrange": True, "zeroline": False, "showgrid": False, "linecolor": QUIET}
    figure.update_layout(
        height=_HEIGHT_PX,
        margin=_MARGIN,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(128,144,160,0.06)",
        showlegend=False,
        dragmode=False,
        xaxis={**axis, "ticksuffix": " ms", "range": [float(at_ms[0]), float(at_ms[-1])]},
        yaxis={**axis, "nticks": 5, "automargin": False},
        annotations=[
            {
                "text": "<b>Hz</b>",
                "x": 0,
                "y": 1,
                "xref": "paper",
                "yref": "paper",
                "xanchor": "left",
                "yanchor": "top",
                "xshift": 6,
                "yshift": -2,
                "showarrow": False,
                "bgcolor": "rgba(128,144,160,0.22)",
            }
        ],
    )
    return in_ink(figure, text_colour)
