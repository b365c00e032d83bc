"""Twelve leads on paper as SVG: 25 mm/s, 10 mm/mV, four columns of three leads and a rhythm strip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np
import numpy.typing as npt

SECONDS: Final = 10.0
COLUMNS: Final = (("I", "II", "III"), ("aVR", "aVL", "aVF"), ("V1", "V2", "V3"), ("V4", "V5", "V6"))
_MM_PER_S, _MM_PER_MV = 25.0, 10.0
_ROW_MM: Final = 24.0
_LEFT_MM, _TOP_MM, _RIGHT_MM = 8.0, 5.0, 2.0
_POINT_S: Final = 0.008


@dataclass(frozen=True)
class PaperColours:
    """Colours of a page.

    Attributes
    ----------
    trace, text, fine, coarse, mark : str
        Of the trace, of lead names, of the lines each mm and each 5 mm, and of marks.
    """

    trace: str
    text: str
    fine: str = "rgba(200,90,90,0.16)"
    coarse: str = "rgba(200,90,90,0.36)"
    mark: str = "#1f6feb"


def paper_svg(
    signal_mv: npt.NDArray[np.floating],
    fs_hz: float,
    lead_names: Sequence[str],
    colours: PaperColours,
    *,
    title: str,
    marks: Sequence[tuple[float, str]] = (),
) -> str:
    """Draw ten seconds; a recording without the twelve leads as strips below each other.

    Parameters
    ----------
    signal_mv : ndarray, shape (samples, leads)
        From the first sample to draw on; NaN where absent.
    fs_hz : float
        Sampling rate in Hz.
    lead_names : sequence of str
        Names of the leads.
    colours : PaperColours
        For the light or the dark page.
    title : str
        For screen readers.
    marks : sequence of (float, str)
        Seconds and text of marks above the rhythm strip.

    Returns
    -------
    str
        An ``svg`` element, whose unit is the millimetre.
    """
    names = list(lead_names)
    twelve = all(name in names for column in COLUMNS for name in column)
    n_rows = 4 if twelve else min(len(names), 4)
    top, bottom = _TOP_MM, 10.0 if marks else 3.0
    if n_rows == 1:
        above, below_row = _beyond_row(np.asarray(signal_mv[: round(SECONDS * fs_hz), 0], dtype=np.float64))
        top, bottom = top + above, bottom + below_row
    width, height = _LEFT_MM + SECONDS * _MM_PER_S + _RIGHT_MM, top + n_rows * _ROW_MM + bottom
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{escape(title)}"><title>{escape(title)}</title>',
        _grid(width, height, colours),
    ]
    places: list[tuple[str, int, float, float]] = []
    if twelve:
        part_s = SECONDS / len(COLUMNS)
        for column, leads in enumerate(COLUMNS):
            places += [(lead, row, column * part_s, (column + 1) * part_s) for row, lead in enumerate(leads)]
    rhythm = names[rhythm_lead(names)]
    if twelve:
        places.append((rhythm, 3, 0.0, SECONDS))
    else:
        places += [(name, row, 0.0, SECONDS) for row, name in enumerate(names[:n_rows])]
    for lead, row, start_s, stop_s in places:
        base = top + (row + 0.55) * _ROW_MM
        low, high = round(start_s * fs_hz), min(round(stop_s * fs_hz), len(signal_mv))
        clip = f"c{row}{round(start_s * 10)}"
        parts.append(
            f'<clipPath id="{clip}"><rect x="{_LEFT_MM + start_s * _MM_PER_S:g}" y="0" '
            f'width="{(stop_s - start_s) * _MM_PER_S:g}" height="{height:g}"/></clipPath>'
        )
        path = _path(np.asarray(signal_mv[low:high, names.index(lead)], dtype=np.float64), fs_hz, start_s, base)
        parts.append(
            f'<path d="{path}" fill="none" stroke="{colours.trace}" stroke-width="0.32" '
            f'stroke-linejoin="round" clip-path="url(#{clip})"/>'
        )
        x = _LEFT_MM + start_s * _MM_PER_S + 1
        parts.append(
            f'<text x="{x:g}" y="{base - 0.42 * _ROW_MM:.1f}" font-size="3.4" font-weight="600" '
            f'font-family="sans-serif" fill="{colours.text}">{escape(lead[:12])}</text>'
        )
    below = height - bottom + 1.5
    for at_s, text in marks:
        if 0 <= at_s < SECONDS:
            rhythm_mark = len(text) > 1  # rhythms stand in a line of their own below the beats
            parts.append(
                f'<text x="{_LEFT_MM + at_s * _MM_PER_S:.1f}" y="{below + (6.5 if rhythm_mark else 2):.1f}" '
                f'font-size="3.4" text-anchor="{"start" if rhythm_mark else "middle"}" font-weight="700" '
                f'font-family="sans-serif" fill="{colours.mark}">{escape(text[:12])}</text>'
            )
    base = top + (n_rows - 0.45) * _ROW_MM
    parts.append(
        f'<path d="M1 {base:g}h1.5v-10h4v10h1.5" fill="none" stroke="{colours.trace}" stroke-width="0.32"/></svg>'
    )
    return "".join(parts)


def rhythm_lead(lead_names: Sequence[str]) -> int:
    """Return the place of the rhythm strip's lead: II, or the first one where there is no II.

    Parameters
    ----------
    lead_names : sequence of str
        Names of the leads.
    """
    names = list(lead_names)
    return names.index("II") if "II" in names else 0


def share_of_width(at_s: float) -> float:
    """Return where a time of the rhythm strip lies, as a share of the drawing's width.

    Parameters
    ----------
    at_s : float
        Seconds from the first sample drawn.

    Returns
    -------
    float
    """
    return (_LEFT_MM + at_s * _MM_PER_S) / (_LEFT_MM + SECONDS * _MM_PER_S + _RIGHT_MM)


def _beyond_row(values_mv: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return by how many whole mm a trace that stands alone goes beyond its row, above and below."""
    present = values_mv[np.isfinite(values_mv)]
    if not len(present):
        return 0.0, 0.0
    above = present.max() * _MM_PER_MV - 0.55 * _ROW_MM
    below = -present.min() * _MM_PER_MV - 0.45 * _ROW_MM
    return float(max(np.ceil(above), 0)), float(max(np.ceil(below), 0))


def _grid(width: float, height: float, colours: PaperColours) -> str:
    fine = "".join(f"M{x} 0V{height:g}" for x in range(int(width) + 1))
    fine += "".join(f"M0 {y}H{width:g}" for y in range(int(height) + 1))
    coarse = "".join(f"M{x + 3} 0V{height:g}" for x in range(0, int(width) + 1, 5))
    coarse += "".join(f"M0 {y}H{width:g}" for y in range(0, int(height) + 1, 5))
    return (
        f'<path d="{fine}" stroke="{colours.fine}" stroke-width="0.12" fill="none"/>'
        f'<path d="{coarse}" stroke="{colours.coarse}" stroke-width="0.16" fill="none"/>'
    )


def _path(values_mv: npt.NDArray[np.float64], fs_hz: float, start_s: float, base_mm: float) -> str:
    """Return a trace as lowest and highest value of every 8 ms, so that pacing spikes stay."""
    step = max(round(_POINT_S * fs_hz), 1)
    parts: list[str] = []
    pen = "M"
    for begin in range(0, len(values_mv), step):
        piece = values_mv[begin : begin + step]
        present = np.flatnonzero(np.isfinite(piece))
        if not len(present):
            pen = "M"
            continue
        first, last = present[piece[present].argmin()], present[piece[present].argmax()]
        for at in sorted({int(first), int(last)}):
            x = _LEFT_MM + (start_s + (begin + at) / fs_hz) * _MM_PER_S
            y = base_mm - float(piece[at]) * _MM_PER_MV
            parts.append(f"{pen}{x:.2f} {y:.2f}")
            pen = "L"
    return "".join(parts)
