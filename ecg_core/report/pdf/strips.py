"""Strips and the twelve-lead page as elements."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ecg_core.report.blocks import Strip, TwelveLead
from ecg_core.report.pdf.canvas import Node, ReportCanvas
from ecg_core.report.pdf.ecg_paper import (
    BEATS_MM,
    PULSE_MM,
    SPEED_ALONE,
    SPEED_AND_GAIN,
    centred,
    draw_beats,
    draw_grid,
    draw_pulse,
    draw_trace,
    lane_mm,
)
from ecg_core.report.pdf.elements import FigureRow, Piece
from ecg_core.report.pdf.fonts import BOLD, REGULAR, printable, shortened, text_width, wrapped
from ecg_core.report.pdf.geometry import (
    BODY,
    CONTENT_MM,
    GRID_COARSE,
    INK,
    LEADING,
    MM,
    MM_PER_S,
    MUTED,
    SMALL,
    TRACE,
    WIDE_MM,
)
from ecg_core.report.wording import time_text

_SMALLEST_LANE_MM: Final = 15.0
_LARGEST_LANE_MM: Final = 45.0
_STAR: Final = "★ "
_PAGE_LANES: Final = 3
_LANE_MM: Final = 30.0
_COLUMN_S: Final = 2.5
_ROWS: Final = (("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6"))


@dataclass
class StripElement(Piece):
    """A strip with its title, caption and scale."""

    strip: Strip | None = None
    node: Node | None = None
    caption: list[str] = field(default_factory=list)
    caption_node: Node | None = None
    lanes: list[tuple[float, float]] = field(default_factory=list)
    clock_s: float | None = None

    def draw(self, page: ReportCanvas, x: float, top: float) -> None:
        """Draw the strip.

        Parameters
        ----------
        page : ReportCanvas
            Where to draw.
        x, top : float
            Upper left corner in points.
        """
        assert self.strip is not None
        assert self.node is not None
        strip, width = self.strip, CONTENT_MM * MM
        y = top - BODY
        title = shortened((_STAR if strip.starred else "") + strip.title, BOLD, BODY + 0.4, 0.72 * width)
        with page.element(self.caption_node or self.node):
            page.text(x, y, title, font=BOLD, size=BODY + 0.4)
            for number, line in enumerate(self.caption):
                page.text(x, y - (number + 1) * BODY * LEADING, line, size=BODY)
        with page.artefact():
            scale = SPEED_AND_GAIN if any(strip.calibrated) else SPEED_ALONE
            page.text(x + width, y, f"{scale} · unfiltered", size=SMALL, colour=MUTED, align="right")
        paper_top = top - (1 + len(self.caption)) * BODY * LEADING - 2.5
        height_mm = BEATS_MM + sum(lane for lane, _ in self.lanes)
        bottom = paper_top - height_mm * MM
        with page.artefact():
            draw_grid(page, x, bottom, CONTENT_MM, height_mm)
        with page.element(self.node):
            self._traces(page, x, bottom, height_mm)
        with page.artefact():
            page.rectangle(x, bottom, width, height_mm * MM, stroke=GRID_COARSE, line=0.6)
        begin_s = strip.start_sample / strip.fs_hz
        end_s = strip.stop_sample / strip.fs_hz
        with page.element(self.node):
            below = bottom - SMALL - 0.5
            start = x + PULSE_MM * MM
            page.text(start, below, time_text(begin_s, self.clock_s), size=SMALL, colour=MUTED)
            end = start + (end_s - begin_s) * MM_PER_S * MM
            page.text(end, below, time_text(end_s, self.clock_s), size=SMALL, colour=MUTED, align="right")

    def _traces(self, page: ReportCanvas, x: float, bottom: float, height_mm: float) -> None:
        assert self.strip is not None
        strip = self.strip
        signal = centred(strip.signal_mv)
        start = x + PULSE_MM * MM
        top = bottom + height_mm * MM
        draw_beats(page, start, top - BEATS_MM * MM, strip.beats, len(signal) / strip.fs_hz)
        lane_top = top - BEATS_MM * MM
        with page.clipped(x, bottom, CONTENT_MM * MM, (height_mm - BEATS_MM) * MM):
            for lead, (lane, foot) in enumerate(self.lanes):
                baseline = lane_top - (lane - foot) * MM
                if strip.calibrated[lead]:
                    draw_pulse(page, x, baseline)
                draw_trace(page, start, baseline, signal[:, lead], strip.fs_hz)
                lane_top -= lane * MM
        lane_top = top - BEATS_MM * MM
        for lead, (lane, foot) in enumerate(self.lanes):
            name = strip.leads[lead] if strip.calibrated[lead] else f"{strip.leads[lead]} (relative)"
            if not np.isfinite(signal[:, lead]).any():
                name += ": no signal"
            baseline = lane_top - (lane - foot) * MM
            shown = printable(name)
            room = (PULSE_MM - 2) * MM
            size = max(BODY * min(1.0, room / text_width(shown, BOLD, BODY)), 5.5)
            page.text(x + 1.5 * MM, baseline - 4 * MM, shown, font=BOLD, size=size, colour=INK)
            lane_top -= lane * MM


def strip_element(strip: Strip, parent: Node, clock_s: float | None) -> StripElement:
    """Return a strip as an element.

    Parameters
    ----------
    strip : Strip
        The strip.
    parent : Node
        Element of the structure that it belongs to.
    clock_s : float or None
        Seconds between midnight and the start of the recording.

    Returns
    -------
    StripElement
    """
    signal = centred(strip.signal_mv)
    lanes = [lane_mm(signal[:, lead], _SMALLEST_LANE_MM, _LARGEST_LANE_MM) for lead in range(len(strip.leads))]
    caption = wrapped(strip.caption.text, REGULAR, BODY, CONTENT_MM * MM) if strip.caption.text.strip() else []
    caption = caption[:12]
    beats = " ".join(beat.label or "?" for beat in strip.beats)
    alt = f"ECG strip, leads {', '.join(strip.leads)}: {strip.title}. Beats: {beats or 'none'}."
    figure = parent.child("Figure", printable(alt))
    paper_mm = BEATS_MM + sum(lane for lane, _ in lanes)
    height = (1 + len(caption)) * BODY * LEADING + 2.5 + paper_mm * MM + SMALL + 4
    return StripElement(
        height,
        9.0,
        strip=strip,
        node=figure,
        caption=caption,
        caption_node=parent.child("Caption"),
        lanes=lanes,
        clock_s=clock_s,
    )


@dataclass
class TwelveLeadElement(Piece):
    """Twelve leads as 3 x 4 with a rhythm strip on a page across."""

    ecg: TwelveLead | None = None
    node: Node | None = None
    title: str = ""
    title_node: Node | None = None
    rows: list[FigureRow] = field(default_factory=list)
    clock_s: float | None = None

    def draw(self, page: ReportCanvas, x: float, top: float) -> None:
        """Draw the page.

        Parameters
        ----------
        page : ReportCanvas
            Where to draw.
        x, top : float
            Upper left corner in points.
        """
        assert self.ecg is not None
        assert self.node is not None
        assert self.title_node is not None
        page.outline(self.title, 0, top + 2 * MM)
        with page.element(self.title_node):
            page.text(x, top - 11, self.title, font=BOLD, size=11)
        with page.artefact():
            scale = SPEED_AND_GAIN if any(self.ecg.calibrated) else SPEED_ALONE
            told = f"{self._time} · {scale} · unfiltered"
            page.text(x + WIDE_MM * MM, top - 11, told, size=SMALL, colour=MUTED, align="right")
        y = top - 18
        for row in self.rows:
            row.draw(page, x, y)
            y -= row.height
        height_mm = _LANE_MM * (_PAGE_LANES + 1)
        bottom = y - 6 - height_mm * MM
        with page.artefact():
            draw_grid(page, x, bottom, WIDE_MM, height_mm)
        with page.element(self.node):
            self._traces(page, x, bottom, height_mm)
        with page.artefact():
            page.rectangle(x, bottom, WIDE_MM * MM, height_mm * MM, stroke=GRID_COARSE, line=0.6)

    @property
    def _time(self) -> str:
        """Time from which to which the tracing goes."""
        assert self.ecg is not None
        begin_s = self.ecg.start_sample / self.ecg.fs_hz
        end_s = begin_s + len(self.ecg.signal_mv) / self.ecg.fs_hz
        return f"{time_text(begin_s, self.clock_s)} to {time_text(end_s, self.clock_s)}"

    def _traces(self, page: ReportCanvas, x: float, bottom: float, height_mm: float) -> None:
        assert self.ecg is not None
        ecg = self.ecg
        signal = centred(ecg.signal_mv)
        start, top = x + PULSE_MM * MM, bottom + height_mm * MM
        step = round(_COLUMN_S * ecg.fs_hz)
        width = _COLUMN_S * MM_PER_S * MM
        with page.clipped(x, bottom, WIDE_MM * MM, height_mm * MM):
            for row, names in enumerate((*_ROWS, (ecg.rhythm_lead,))):
                baseline = top - (row + 0.55) * _LANE_MM * MM
                if all(ecg.calibrated[ecg.leads.index(name)] for name in names):
                    draw_pulse(page, x, baseline)
                for column, name in enumerate(names):
                    part = slice(column * step, (column + 1) * step) if len(names) > 1 else slice(None)
                    trace = signal[part, ecg.leads.index(name)]
                    draw_trace(page, start + column * width, baseline, trace, ecg.fs_hz)
                    if column:
                        edge = start + column * width
                        page.lines([(edge, baseline - 4 * MM, edge, baseline + 4 * MM)], 0.5, TRACE)
        for row, names in enumerate((*_ROWS, (ecg.rhythm_lead,))):
            for column, name in enumerate(names):
                told = name if ecg.calibrated[ecg.leads.index(name)] else f"{name} (relative)"
                at = start + column * width + 1.2 * MM
                page.text(at, top - row * _LANE_MM * MM - 4 * MM, printable(told), font=BOLD, size=BODY + 1)
        draw_beats(page, start, bottom + 0.8 * MM, ecg.beats, len(signal) / ecg.fs_hz)


def twelve_lead_element(
    ecg: TwelveLead, title: str, parent: Node, rows: list[FigureRow], clock_s: float | None
) -> TwelveLeadElement:
    """Return a twelve-lead ECG as an element that has a page across for itself.

    Parameters
    ----------
    ecg : TwelveLead
        The ECG.
    title : str
        Of the section.
    parent : Node
        Element of the structure that it belongs to.
    rows : list of FigureRow
        Measurements, printed above.
    clock_s : float or None
        Seconds between midnight and the start of the recording.

    Returns
    -------
    TwelveLeadElement
    """
    heading = parent.child("H2")
    beats = " ".join(beat.label or "?" for beat in ecg.beats)
    alt = f"Twelve-lead ECG with rhythm strip {ecg.rhythm_lead}. Beats: {beats or 'none'}."
    figure = parent.child("Figure", printable(alt))
    height = 24 + sum(row.height for row in rows) + _LANE_MM * (_PAGE_LANES + 1) * MM
    return TwelveLeadElement(
        height,
        own_page=True,
        ecg=ecg,
        node=figure,
        title=printable(title),
        title_node=heading,
        rows=rows,
        clock_s=clock_s,
    )
