"""A few seconds of a recording on paper, to see whether its rate and unit are right."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from ecg_core.figures.texts import in_ink

_LANE_PX: Final = 74
_MIN_MV: Final = 1.5
_MAX_POINTS: Final = 4000
_FINE: Final = "rgba(200,90,90,0.13)"
_COARSE: Final = "rgba(200,90,90,0.32)"
_MAX_FINE_LINES: Final = 60


def preview_figure(
    signal: npt.NDArray[np.floating],
    fs_hz: float,
    lead_names: Sequence[str],
    *,
    calibrated: bool,
    trace_colour: str,
) -> go.Figure:
    """Draw leads below each other at one scale.

    Parameters
    ----------
    signal : ndarray, shape (samples, leads)
        NaN where absent. Millivolts where `calibrated`.
    fs_hz : float
        Sampling rate in Hz.
    lead_names : sequence of str
        Shown literally.
    calibrated : bool
        Whether heights can be told: the paper has lines of 0.5 mV then, and a lane is never less than 1.5 mV high,
        so that a signal in a unit far too small looks flat.
    trace_colour : str
        Colour of the trace.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    step = max(len(signal) // _MAX_POINTS, 1)
    time_s = np.arange(0, len(signal), step) / fs_hz
    figure = go.Figure()
    lanes = {}
    n_leads = signal.shape[1]
    for lead, name in enumerate(lead_names):
        values = signal[::step, lead].astype(float)
        low, high = _limits(values, _MIN_MV if calibrated else 0.0)
        suffix = "" if lead == 0 else str(lead + 1)
        figure.add_trace(
            go.Scatter(
                x=np.round(time_s, 4),
                y=values,
                mode="lines",
                line={"color": trace_colour, "width": 1.2},
                hoverinfo="skip",
                yaxis=f"y{suffix}",
                name=escape(name),
            )
        )
        lanes[f"yaxis{suffix}"] = {
            "domain": [1 - (lead + 1) / n_leads + 0.015, 1 - lead / n_leads - 0.015],
            "range": [low, high],
            "fixedrange": True,
            "zeroline": False,
            "gridcolor": _COARSE,
            "showticklabels": calibrated,
            "nticks": 4,
            **({"dtick": 0.5, "tick0": 0} if calibrated and high - low <= 8 else {}),
            "title": {"text": escape(name[:12]), "standoff": 4},
        }
    whole_s = len(signal) / fs_hz
    fine = {"dtick": 0.04, "showgrid": True, "gridcolor": _FINE} if whole_s / 0.04 <= _MAX_FINE_LINES else {}
    figure.update_layout(
        **lanes,
        xaxis={
            "range": [0, whole_s],
            "fixedrange": True,
            "zeroline": False,
            "gridcolor": _COARSE,
            "dtick": 1 if whole_s > 4 else 0.2,
            "minor": {"dtick": 0.2, "showgrid": True, "gridcolor": _FINE, **fine},
            "ticksuffix": " s",
            "anchor": f"y{n_leads if n_leads > 1 else ''}",
        },
        height=_LANE_PX * n_leads + 44 if n_leads > 1 else 150,
        margin={"l": 48, "r": 8, "t": 4, "b": 24},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
        dragmode=False,
    )
    return in_ink(figure, trace_colour)


def _limits(values: npt.NDArray[np.float64], least: float) -> tuple[float, float]:
    present = values[np.isfinite(values)]
    if not len(present):
        return -1.0, 1.0
    low, high = float(present.min()), float(present.max())
    missing = max(least - (high - low), 0.08 * (high - low), 1e-6)
    return low - missing / 2, high + missing / 2
