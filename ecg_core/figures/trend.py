"""The heart rate of a whole recording as a figure: a dot for each beat, thinned to what a screen can show."""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ecg_core.figures.palette import CLASS_COLOURS, CLASS_SYMBOLS, QUIET

HEIGHT_PX: Final = 132
MARGINS_PX: Final = MappingProxyType({"l": 34, "r": 8, "t": 4, "b": 20})
"""Between the figure's edges and its axes."""

LOWEST_BPM: Final = 20.0
HIGHEST_BPM: Final = 300.0

_COLUMNS: Final = 420
_ROW_BPM: Final = 2.5
_EDGE: Final = 0.025
_TARGETS_ACROSS: Final = 400
_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)


def beat_rates(beats: pd.DataFrame) -> pd.DataFrame:
    """Return the rate that each beat's interval amounts to.

    Parameters
    ----------
    beats : pandas.DataFrame
        A beat table.

    Returns
    -------
    pandas.DataFrame
        ``time_s, rate_bpm, label``; beats without an interval are left out, rates are limited to
        `LOWEST_BPM` ... `HIGHEST_BPM`, an absent label is the empty string.
    """
    known = beats[beats["rr_s"] > 0]
    rate_bpm = np.clip(60 / known["rr_s"].to_numpy(dtype=float), LOWEST_BPM, HIGHEST_BPM)
    label = known["label"].fillna("").astype(str).to_numpy()
    return pd.DataFrame({"time_s": known["time_s"].to_numpy(dtype=float), "rate_bpm": rate_bpm, "label": label})


def thin(rates: pd.DataFrame, duration_s: float, columns: int = _COLUMNS, row_bpm: float = _ROW_BPM) -> pd.DataFrame:
    """Keep one beat of each class for each cell of a grid: what lies on top of another dot is not drawn.

    Parameters
    ----------
    rates : pandas.DataFrame
        As :func:`beat_rates` returns it.
    duration_s : float
    columns : int
        Cells across the recording.
    row_bpm : float
        Height of a cell.
    """
    column = (rates["time_s"] / max(duration_s, 1e-9) * columns).astype(int)
    row = (rates["rate_bpm"] / row_bpm).astype(int)
    cells = pd.DataFrame({"column": column, "row": row, "label": rates["label"]})
    return rates[~cells.duplicated()]


def trend_figure(
    beats: pd.DataFrame | None,
    duration_s: float,
    start_time: datetime | None = None,
) -> go.Figure:
    """Draw the heart rate over the whole recording.

    What the strip shows is not marked here: the page lays a mark over the figure, so that turning a page does not
    draw thousands of points anew. `MARGINS_PX` say where the axes lie.

    Parameters
    ----------
    beats : pandas.DataFrame or None
        A beat table; ectopic beats stand out by colour and shape. None while beats are being found. The few rates
        far outside the others are drawn at the figure's edge.
    duration_s : float
    start_time : datetime, optional
        The recording's start; the axis tells the time of day then.

    Returns
    -------
    plotly.graph_objects.Figure
        Each point's ``x`` is seconds of the recording. An invisible grid of points makes every place of the figure
        answer a click.
    """
    figure = go.Figure()
    empty = pd.DataFrame({"time_s": [], "rate_bpm": [], "label": []})
    rates = empty if beats is None else thin(beat_rates(beats), duration_s)
    low, high = _rate_axis(rates)
    edge = _EDGE * (high - low)  # so that a dot at the edge is whole
    rates = rates.assign(rate_bpm=rates["rate_bpm"].clip(low + edge, high - edge))
    figure.add_trace(_targets(duration_s, low, high))
    for label in ("", "N", "Q", "F", "S", "V"):
        of_class = rates[rates["label"] == label]
        if len(of_class):
            figure.add_trace(_dots(of_class, label, start_time))
    values, texts = time_ticks(duration_s, start_time)
    figure.update_layout(
        height=HEIGHT_PX,
        margin=dict(MARGINS_PX),
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(128,144,160,0.07)",
        showlegend=False,
        hovermode="closest",
        hoverdistance=-1,
        dragmode=False,
        xaxis={
            "range": [0, duration_s],
            "tickvals": values,
            "ticktext": texts,
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "title": None,
        },
        yaxis={
            "range": [low, high],
            "nticks": 5,
            "fixedrange": True,
            "gridcolor": "rgba(128,144,160,0.18)",
            "zeroline": False,
            "title": None,
        },
    )
    return figure


def time_ticks(duration_s: float, start_time: datetime | None = None, most: int = 9) -> tuple[list[float], list[str]]:
    """Return round times for an axis: seconds of the recording, and what to write there.

    Parameters
    ----------
    duration_s : float
    start_time : datetime, optional
        The ticks fall on round times of day then.
    most : int
        Ticks wanted at most.
    """
    step = next((step for step in _STEPS_S if duration_s / step <= most), _STEPS_S[-1])
    offset_s = 0.0 if start_time is None else _seconds_of_day(start_time)
    first = np.ceil(offset_s / step) * step - offset_s
    values = [float(value) for value in np.arange(first, duration_s + 1e-9, step)]
    return values, [clock(value, start_time, seconds=step < 60) for value in values]


def clock(time_s: float, start_time: datetime | None = None, *, seconds: bool = True) -> str:
    """Write a time in the recording as ``hh:mm:ss``: of the day where the start is known, else since the start."""
    total = round(time_s + (0.0 if start_time is None else _seconds_of_day(start_time)))
    if start_time is not None:
        total %= 86400
    text = f"{total // 3600:02d}:{total // 60 % 60:02d}"
    return f"{text}:{total % 60:02d}" if seconds else text


def _seconds_of_day(moment: datetime) -> float:
    return moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6


def _rate_axis(rates: pd.DataFrame) -> tuple[float, float]:
    if not len(rates):
        return 40.0, 120.0
    low, high = rates["rate_bpm"].quantile([0.01, 0.99])
    ectopic = rates.loc[rates["label"].isin(["S", "V"]), "rate_bpm"]
    if len(ectopic):  # a short run is a small share of the beats, and what a person looks for
        high = max(float(high), float(ectopic.quantile(0.98)))
    return max(float(np.floor(low / 10) * 10 - 10), 0.0), float(np.ceil(high / 10) * 10 + 10)


def _targets(duration_s: float, low: float, high: float) -> go.Scatter:
    across = np.linspace(0, duration_s, _TARGETS_ACROSS)
    levels = low + (high - low) * np.array([0.15, 0.5, 0.85])
    hidden: dict[str, Any] = {"marker": {"opacity": 0}}
    return go.Scatter(
        x=np.tile(across, len(levels)),
        y=np.repeat(levels, len(across)),
        mode="markers",
        marker={"opacity": 0, "size": 8, "color": QUIET},
        hoverinfo="none",
        selected=hidden,
        unselected=hidden,
        name="",
    )


def _dots(rates: pd.DataFrame, label: str, start_time: datetime | None) -> go.Scatter:
    ectopic = label in ("S", "V", "F", "Q")
    opacity = 0.9 if ectopic else 0.65
    texts = [f"{clock(time_s, start_time)} · {label} · " for time_s in rates["time_s"]] if ectopic else None
    return go.Scatter(
        x=np.round(rates["time_s"].to_numpy(dtype=float), 3),
        y=np.round(rates["rate_bpm"].to_numpy(dtype=float), 1),
        mode="markers",
        name=label or "beats",
        text=texts,
        hovertemplate=("%{text}" if ectopic else "") + "%{y:.0f} bpm<extra></extra>",
        marker={
            "size": 4.5 if ectopic else 2.6,
            "color": CLASS_COLOURS.get(label, QUIET),
            "symbol": CLASS_SYMBOLS.get(label, "circle"),
            "opacity": opacity,
            "line": {"width": 0},
        },
        selected={"marker": {"opacity": opacity}},
        unselected={"marker": {"opacity": opacity}},
    )
