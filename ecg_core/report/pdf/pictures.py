"""Pictures of a report: heart rate over time, mean beats of the families."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ecg_core.report.blocks import FamilyPicture, FamilyPictures, RateTrend, number_text
from ecg_core.report.pdf.canvas import Node, ReportCanvas
from ecg_core.report.pdf.ecg_paper import SPEED_AND_GAIN, centred, draw_grid, draw_trace, lane_mm
from ecg_core.report.pdf.elements import Piece
from ecg_core.report.pdf.fonts import BOLD, REGULAR, printable, shortened, text_width
from ecg_core.report.pdf.geometry import ACCENT, ALERT, BAND, BODY, CONTENT_MM, LEADING, MM, MUTED, RULE, SMALL
from ecg_core.report.wording import time_text

_PLOT_MM: Final = 42.0
_LABELS_MM: Final = 22.0
_BAND_MM: Final = 3.4
_STEPS_S: Final = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_MOST_TICKS: Final = 13
_FAMILY_MM: Final = 30.0
_FAMILIES_A_ROW: Final = 6
_SMALLEST_FAMILY_MM: Final = 25.0
_LARGEST_FAMILY_MM: Final = 45.0


@dataclass
class TrendElement(Piece):
    """Heart rate over time with rows of marks below."""

    trend: RateTrend | None = None
    node: Node | None = None
    width: float = 0.0

    def draw(self, page: ReportCanvas, x: float, top: float) -> None:
        """Draw the picture.

        Parameters
        ----------
        page : ReportCanvas
            Where to draw.
        x, top : float
            Upper left corner in points.
        """
        assert self.trend is not None
        assert self.node is not None
        trend = self.trend
        y = top - BODY
        left, plot = x + _LABELS_MM * MM, self.width - _LABELS_MM * MM - 1
        plot_top = y - 11
        bottom = plot_top - _PLOT_MM * MM
        low, high, step = _rate_axis(trend)
        scale_y = _PLOT_MM * MM / (high - low)
        per_s = plot / trend.duration_s
        with page.artefact():
            levels = [bottom + (n - low) * scale_y for n in range(low, high + 1, step)]
            page.lines([(left, level, left + plot, level) for level in levels], 0.3, RULE)
        with page.element(self.node):
            page.text(x, y, printable(trend.title), font=BOLD, size=BODY + 0.4)
            page.text(left + 1 * MM, plot_top + 2, "bpm", size=SMALL, colour=MUTED)
            for n in range(low, high + 1, step):
                at = bottom + (n - low) * scale_y - SMALL / 3
                page.text(left - 2 * MM, at, str(n), size=SMALL, colour=MUTED, align="right")
            self._curves(page, left, bottom, low, scale_y, per_s)
            foot = self._bands(page, x, left, plot, bottom - 2 * MM, per_s)
            self._ticks(page, left, plot, foot, per_s)

    def _curves(self, page: ReportCanvas, left: float, bottom: float, low: int, scale_y: float, per_s: float) -> None:
        assert self.trend is not None
        trend = self.trend
        middle = (np.arange(len(trend.mean_bpm)) + 0.5) * trend.bin_s
        at = left + np.minimum(middle, trend.duration_s) * per_s
        for start, stop in _spans(np.isfinite(trend.min_bpm) & np.isfinite(trend.max_bpm)):
            upper = list(zip(at[start:stop], bottom + (trend.max_bpm[start:stop] - low) * scale_y, strict=True))
            lower = list(zip(at[start:stop], bottom + (trend.min_bpm[start:stop] - low) * scale_y, strict=True))
            if stop - start > 1:
                page.polygon([*upper, *reversed(lower)], BAND)
            else:
                page.lines([(*upper[0], *lower[0])], 1.5, BAND)
        for start, stop in _spans(np.isfinite(trend.mean_bpm)):
            points = list(zip(at[start:stop], bottom + (trend.mean_bpm[start:stop] - low) * scale_y, strict=True))
            if len(points) == 1:
                points = [(points[0][0] - 0.6, points[0][1]), (points[0][0] + 0.6, points[0][1])]
            page.polyline(points, 0.8, ACCENT)

    def _bands(self, page: ReportCanvas, x: float, left: float, plot: float, top: float, per_s: float) -> float:
        assert self.trend is not None
        y = top
        for band in self.trend.bands:
            y -= _BAND_MM * MM
            page.text(x, y + 0.8 * MM, printable(band.label), size=SMALL, colour=MUTED)
            page.rectangle(left, y + 0.4 * MM, plot, 2.4 * MM, fill=(0.955, 0.962, 0.97))
            colour = ALERT if band.id in ("ventricular", "urgent") else (ACCENT if band.id != "unreadable" else MUTED)
            for start_s, stop_s in band.spans_s:
                begin = left + max(start_s, 0.0) * per_s
                width = max((min(stop_s, self.trend.duration_s) - start_s) * per_s, 0.5)
                page.rectangle(begin, y + 0.4 * MM, min(width, left + plot - begin), 2.4 * MM, fill=colour)
        return y

    def _ticks(self, page: ReportCanvas, left: float, plot: float, foot: float, per_s: float) -> None:
        assert self.trend is not None
        trend = self.trend
        step = next((one for one in _STEPS_S if trend.duration_s / one <= (_MOST_TICKS if one >= 60 else 8)), 86400)
        offset = trend.clock_s or 0.0
        tick = math.ceil(offset / step) * step
        seconds = step < 60
        while tick - offset <= trend.duration_s + 1e-6:
            at = left + (tick - offset) * per_s
            page.lines([(at, foot, at, foot - 1.2 * MM)], 0.4, MUTED)
            text = time_text(tick - offset, trend.clock_s, seconds=seconds).lstrip("+").partition(" ")[0]
            half = text_width(text, REGULAR, SMALL) / 2
            middle = min(at, left + plot - half)
            page.text(middle, foot - 1.2 * MM - SMALL, text, size=SMALL, colour=MUTED, align="middle")
            tick += step


def trend_element(trend: RateTrend, parent: Node, width: float) -> TrendElement:
    """Return the heart rate over time as an element.

    Parameters
    ----------
    trend : RateTrend
        The picture.
    parent : Node
        Element of the structure that it belongs to.
    width : float
        In points.

    Returns
    -------
    TrendElement
    """
    known = trend.mean_bpm[np.isfinite(trend.mean_bpm)]
    told = f"{known.min():.0f} to {known.max():.0f} bpm" if len(known) else "no rate"
    node = parent.child("Figure", f"{trend.title}: means of {trend.bin_s:g} s between {told}.")
    height = BODY + 13 + _PLOT_MM * MM + 2 * MM + len(trend.bands) * _BAND_MM * MM + SMALL + 3 * MM
    return TrendElement(height, 6.0, trend=trend, node=node, width=width)


@dataclass
class FamilyRow(Piece):
    """Mean beats beside each other at true size."""

    pictures: tuple[FamilyPicture, ...] = ()
    nodes: list[Node] = field(default_factory=list)
    paper_mm: float = _SMALLEST_FAMILY_MM
    first: bool = True

    def draw(self, page: ReportCanvas, x: float, top: float) -> None:
        """Draw the row.

        Parameters
        ----------
        page : ReportCanvas
            Where to draw.
        x, top : float
            Upper left corner in points.
        """
        paper_top = top - 2 * BODY * LEADING
        bottom = paper_top - self.paper_mm * MM
        for number, (picture, node) in enumerate(zip(self.pictures, self.nodes, strict=True)):
            left = x + number * _FAMILY_MM * MM
            width_mm = _FAMILY_MM - 5
            with page.artefact():
                draw_grid(page, left, bottom, width_mm, self.paper_mm)
            with page.element(node):
                name = shortened(f"{picture.label}, {picture.lead}", BOLD, SMALL + 0.4, (_FAMILY_MM - 2) * MM)
                page.text(left, top - BODY, name, font=BOLD, size=SMALL + 0.4)
                share = f"{number_text(picture.n_beats)} ({picture.share_percent:.1f} %)"
                page.text(left, top - BODY - BODY * LEADING, share, size=SMALL, colour=MUTED)
                signal = centred(picture.mean_mv[:, None])[:, 0]
                lane, foot = lane_mm(signal, self.paper_mm, self.paper_mm)
                length_mm = 25.0 * len(signal) / picture.fs_hz
                with page.clipped(left, bottom, width_mm * MM, lane * MM):
                    begin = left + max((width_mm - length_mm) / 2, 0.0) * MM
                    draw_trace(page, begin, bottom + foot * MM, signal, picture.fs_hz)
        if self.first:
            with page.artefact():
                page.text(
                    x + CONTENT_MM * MM, bottom - SMALL - 1, SPEED_AND_GAIN, size=SMALL, colour=MUTED, align="right"
                )


def family_rows(block: FamilyPictures, parent: Node) -> list[FamilyRow]:
    """Return the mean beats of the families as rows of six.

    Parameters
    ----------
    block : FamilyPictures
        The pictures.
    parent : Node
        Element of the structure that they belong to.

    Returns
    -------
    list of FamilyRow
    """
    rows = []
    for start in range(0, len(block.pictures), _FAMILIES_A_ROW):
        pictures = block.pictures[start : start + _FAMILIES_A_ROW]
        nodes = [
            parent.child("Figure", printable(f"Mean beat of family {one.label}, lead {one.lead}, {one.n_beats} beats."))
            for one in pictures
        ]
        signals = [centred(one.mean_mv[:, None])[:, 0] for one in pictures]
        paper_mm = max(lane_mm(one, _SMALLEST_FAMILY_MM, _LARGEST_FAMILY_MM)[0] for one in signals)
        height = 2 * BODY * LEADING + paper_mm * MM + SMALL + 4
        rows.append(FamilyRow(height, 5.0, pictures=pictures, nodes=nodes, paper_mm=paper_mm, first=start == 0))
    return rows


def _rate_axis(trend: RateTrend) -> tuple[int, int, int]:
    """Return the lowest and the highest rate of the axis and its step, in bpm."""
    known = np.concatenate([trend.mean_bpm, trend.min_bpm, trend.max_bpm])
    known = known[np.isfinite(known)]
    least, most = (float(known.min()), float(known.max())) if len(known) else (40.0, 120.0)
    step = 20 if most - least <= 120 else 40
    low = max(math.floor(least / step) * step, 0)
    high = max(math.ceil(most / step) * step, low + 2 * step)
    return low, high, step


def _spans(present: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], present.view(np.int8), [0]))))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
