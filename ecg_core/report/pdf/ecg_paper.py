"""ECG paper and traces at true size: 25 mm/s, 10 mm/mV."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.report.blocks import StripBeat
from ecg_core.report.pdf.canvas import ReportCanvas
from ecg_core.report.pdf.fonts import BOLD, printable
from ecg_core.report.pdf.geometry import (
    ALERT,
    GRID_COARSE,
    GRID_FINE,
    MM,
    MM_PER_MV,
    MM_PER_S,
    MUTED,
    TINY,
    TRACE,
)

PULSE_MM: Final = 10.0
"""Width that the calibration pulse takes at the left: 1 mV for 0.2 s."""

BEATS_MM: Final = 5.0
"""Height of the row of beat labels above the traces."""

SPEED_AND_GAIN: Final = "25 mm/s · 10 mm/mV"
SPEED_ALONE: Final = "25 mm/s · amplitudes relative"
_TRACE_WIDTH: Final = 0.55


def draw_grid(page: ReportCanvas, x: float, y: float, width_mm: float, height_mm: float) -> None:
    """Draw paper with lines each millimetre, stronger each five.

    Parameters
    ----------
    page : ReportCanvas
        Where to draw.
    x, y : float
        Lower left corner in points.
    width_mm, height_mm : float
        Whole multiples of 5 mm.
    """
    width, height = width_mm * MM, height_mm * MM
    columns, rows = round(width_mm), round(height_mm)
    for step, line, colour in ((1, 0.2, GRID_FINE), (5, 0.4, GRID_COARSE)):
        upright = [(x + n * MM, y, x + n * MM, y + height) for n in range(0, columns + 1, step) if step == 5 or n % 5]
        across = [(x, y + n * MM, x + width, y + n * MM) for n in range(0, rows + 1, step) if step == 5 or n % 5]
        page.lines([*upright, *across], line, colour)


def draw_pulse(page: ReportCanvas, x: float, baseline: float) -> None:
    """Draw the calibration pulse: 1 mV for 0.2 s, between two short pieces of the baseline.

    Parameters
    ----------
    page : ReportCanvas
        Where to draw.
    x, baseline : float
        Left end and height of the baseline in points.
    """
    top = baseline + MM_PER_MV * MM
    edges = [x + share * MM for share in (1.5, 2.5, 7.5, 8.5)]
    points = [
        (edges[0], baseline),
        (edges[1], baseline),
        (edges[1], top),
        (edges[2], top),
        (edges[2], baseline),
        (edges[3], baseline),
    ]
    page.polyline(points, _TRACE_WIDTH, TRACE)


def draw_trace(page: ReportCanvas, x: float, baseline: float, signal_mv: npt.NDArray[np.float32], fs_hz: float) -> None:
    """Draw one lead; where it holds no value the trace is interrupted.

    Parameters
    ----------
    page : ReportCanvas
        Where to draw.
    x, baseline : float
        Of the first sample and of 0 mV, in points.
    signal_mv : ndarray of float32, shape (samples,)
        In mV, at true size.
    fs_hz : float
        Sampling rate in Hz.
    """
    present = np.isfinite(signal_mv)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], present.view(np.int8), [0]))))
    at = x + np.arange(len(signal_mv)) * (MM_PER_S * MM / fs_hz)
    height = baseline + signal_mv.astype(np.float64) * (MM_PER_MV * MM)
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if stop - start > 1:
            page.polyline(
                list(zip(at[start:stop].tolist(), height[start:stop].tolist(), strict=True)), _TRACE_WIDTH, TRACE
            )


def draw_beats(page: ReportCanvas, x: float, bottom: float, beats: Sequence[StripBeat], longest_s: float) -> None:
    """Draw the letters of beats with the interval before each in ms between them.

    Parameters
    ----------
    page : ReportCanvas
        Where to draw.
    x, bottom : float
        Of the time 0 and of the row, in points.
    beats : sequence of StripBeat
        In order of time.
    longest_s : float
        Beats behind this time are left out.
    """
    previous = None
    for beat in beats:
        if beat.time_s > longest_s:
            break
        at = x + beat.time_s * MM_PER_S * MM
        page.lines([(at, bottom, at, bottom + 1.0 * MM)], 0.5, MUTED)
        press = beat.label not in ("N", "")
        page.text(
            at,
            bottom + 1.6 * MM,
            printable(beat.label or "•"),
            font=BOLD,
            size=7.0,
            colour=ALERT if press else MUTED,
            align="middle",
        )
        if beat.rr_ms is not None and previous is not None and at - previous > 9 * MM:
            middle = (at + previous) / 2
            page.text(middle, bottom + 1.7 * MM, f"{beat.rr_ms:.0f}", size=TINY - 0.5, colour=MUTED, align="middle")
        previous = at


def centred(signal_mv: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return leads about their medians, so that each stands in its lane; shape (samples, leads)."""
    if not len(signal_mv):
        return signal_mv
    known = np.isfinite(signal_mv).any(axis=0)
    result = signal_mv.copy()
    if known.any():
        result[:, known] -= np.nanmedian(signal_mv[:, known], axis=0)
    return result


def lane_mm(lead_mv: npt.NDArray[np.float32], smallest_mm: float, largest_mm: float) -> tuple[float, float]:
    """Return the height of a lead's lane and of its baseline above the lane's foot, multiples of 5 mm.

    Parameters
    ----------
    lead_mv : ndarray of float32, shape (samples,)
        About its median.
    smallest_mm, largest_mm : float
        Limits of the height; what lies beyond is cut off at the edge of the paper.

    Returns
    -------
    height_mm, baseline_mm : float
    """
    finite = lead_mv[np.isfinite(lead_mv)]
    above, below = (float(finite.max()), float(-finite.min())) if len(finite) else (0.0, 0.0)
    up = max(math.ceil((above * MM_PER_MV + 1) / 5) * 5, 10)  # the calibration pulse fits above the baseline
    down = max(math.ceil((below * MM_PER_MV + 1) / 5) * 5, 5)
    if up + down < smallest_mm:
        up = max(up, int(smallest_mm - down))
    if up + down > largest_mm:
        share = largest_mm / (up + down)
        down = min(max(round(down * share / 5) * 5, 5), int(largest_mm) - 5)
        up = int(largest_mm) - down
    return float(up + down), float(down)
