"""Report of a screening as PDF: how many of each urgency, the ranking, and strips of the most urgent at true size."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from xml.sax.saxutils import escape

import numpy as np

from ecg_core import __version__
from ecg_core.report.pdf.fonts import BOLD, REGULAR, printable, register_fonts
from ecg_core.screening.worst_strip import WorstStrip

MAX_LINES: Final = 1000
"""Recordings in the ranking, the most urgent ones; the tables hold all."""

MAX_STRIPS: Final = 40
_MM: Final = 72 / 25.4
_MM_PER_S: Final = 16.0
_MM_PER_MV: Final = 10.0
_STRIP_HEIGHT_MM: Final = 24.0
_REASON: Final = 220
_MESSAGE_CHARACTERS: Final = 120


@dataclass(frozen=True)
class Line:
    """A recording in the ranking.

    Attributes
    ----------
    name, urgency, finding, at, reason, verdicts : str
    """

    name: str
    urgency: str
    finding: str
    at: str
    reason: str
    verdicts: str


def batch_report_pdf(
    title: str, lines: Sequence[Line], counts: Mapping[str, int], model: str, strips: Sequence[WorstStrip] = ()
) -> bytes:
    """Return the report of a screening.

    Parameters
    ----------
    title : str
        Name of the screening.
    lines : sequence of Line
        The most urgent first.
    counts : mapping of str to int
        Recordings of each urgency.
    model : str
        First digits of the model's hash.
    strips : sequence of WorstStrip
        Drawn at 16 mm/s and 10 mm/mV.

    Returns
    -------
    bytes
        PDF on A4.
    """
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

    register_fonts()
    plain = ParagraphStyle("plain", fontName=REGULAR, fontSize=8, leading=10)
    strong = ParagraphStyle("strong", fontName=BOLD, fontSize=8, leading=10)
    heading = ParagraphStyle("heading", fontName=BOLD, fontSize=14, leading=18)

    def text(words: str, style: Any = plain) -> Paragraph:
        return Paragraph(escape(printable(words)), style)

    n = sum(counts.values())
    at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    story: list[Any] = [
        text(f"Screening: {title}", heading),
        text(f"{n:,} recordings: " + ", ".join(f"{count:,} {tier}" for tier, count in counts.items())),
        text(f"Rhythmoscope {__version__}, model {model}, printed {at}. Decision support, not a diagnosis."),
    ]
    if len(lines) < n:
        story.append(text(f"The {len(lines):,} most urgent recordings follow; the table of the screening holds all."))
    story.append(Spacer(1, 6))
    head = [text(words, strong) for words in ("Recording", "Urgency", "Worst finding", "At", "Reason", "Verdicts")]
    rows = [
        [text(words) for words in (one.name, one.urgency, one.finding, one.at, one.reason[:_REASON], one.verdicts)]
        for one in lines
    ]
    widths = [part * _MM for part in (36, 20, 34, 16, 58, 22)]
    table = LongTable([head, *rows], colWidths=widths, repeatRows=1)
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.3, "#c8ccd2")]))
    story.append(table)
    if strips:
        story += [Spacer(1, 10), text(f"Strips of the {len(strips)} most urgent: 16 mm/s, 10 mm/mV", strong)]
        story += [_strip(strip) for strip in strips]
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=12 * _MM,
        rightMargin=12 * _MM,
        topMargin=14 * _MM,
        bottomMargin=14 * _MM,
        title=printable(f"Screening: {title}"),
        author="Rhythmoscope",
        lang="en",
    )
    document.build(story, onFirstPage=_footer, onLaterPages=_footer)
    return buffer.getvalue()


def _footer(canvas: Any, document: Any) -> None:
    canvas.setFont(REGULAR, 7)
    canvas.drawRightString(document.pagesize[0] - 12 * _MM, 8 * _MM, f"Page {document.page}")


def _strip(strip: WorstStrip) -> Any:
    from reportlab.graphics.shapes import Drawing, Line, PolyLine, Rect, String

    width = 10.0 * _MM_PER_S * _MM
    height = _STRIP_HEIGHT_MM * _MM
    drawing = Drawing(width, height + 14)
    drawing.add(String(0, height + 4, printable(strip.title), fontName=REGULAR, fontSize=7))
    drawing.add(Rect(0, 0, width, height, fillColor=None, strokeColor="#d8b4b4", strokeWidth=0.4))
    for second in range(1, 10):
        x = second * _MM_PER_S * _MM
        drawing.add(Line(x, 0, x, height, strokeColor="#ecd5d5", strokeWidth=0.3))
    if strip.event_s is not None:
        begin, end = (min(max(moment - strip.start_s, 0.0), 10.0) * _MM_PER_S * _MM for moment in strip.event_s)
        drawing.add(Rect(begin, 0, max(end - begin, 0.5), height, fillColor="#fbeedd", strokeColor=None))
    values = strip.signal_mv.astype(float)
    present = np.isfinite(values)
    if not present.any():
        for line, words in enumerate(strip.message_lines(_MESSAGE_CHARACTERS)):
            drawing.add(String(6, height - 12 - 9 * line, printable(words), fontName=REGULAR, fontSize=7))
        return drawing
    scale = _MM_PER_MV * _MM
    if not strip.calibrated:
        scale = height / max(float(np.ptp(values[present])), 1e-9) * 0.9
    middle = float(np.median(values[present]))
    y = np.clip(height / 2 + (values - middle) * scale, 0, height)
    time_points = np.arange(len(values)) / strip.fs_hz * _MM_PER_S * _MM
    step = max(len(values) // 2500, 1)
    for piece in np.split(np.arange(len(values)), np.flatnonzero(np.diff(present.astype(int))) + 1):
        kept = piece[::step]
        if present[piece[0]] and len(kept) > 1:
            points = np.column_stack([time_points[kept], y[kept]]).round(2).ravel().tolist()
            drawing.add(PolyLine(points, strokeColor="#16202c", strokeWidth=0.5))
    return drawing
