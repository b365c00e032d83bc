"""A report as PDF."""

from __future__ import annotations

from typing import Final

from ecg_core.errors import ReportError
from ecg_core.report.as_data import content_sha256
from ecg_core.report.model import Report
from ecg_core.report.pdf.archival import make_archival
from ecg_core.report.pdf.canvas import ReportCanvas
from ecg_core.report.pdf.elements import Element
from ecg_core.report.pdf.fonts import BOLD, REGULAR, printable, register_fonts, shortened, text_width
from ecg_core.report.pdf.geometry import ALERT, CONTENT_MM, INK, MM, MUTED, PAPERS, RULE, SMALL, WIDE_MM, Paper
from ecg_core.report.pdf.layout import Page, head_elements, paginated, section_elements, signature_elements
from ecg_core.report.status import STAGE_NAMES

_TOP_MM: Final = 22.0
_BOTTOM_MM: Final = 18.0
_PROGRAM: Final = "Rhythmoscope"

__all__ = ["PAPERS", "report_pdf"]


def report_pdf(report: Report, paper: str = "a4", *, identity_in_metadata: bool = False) -> bytes:
    """Return a report as PDF; the same report gives the same bytes.

    Parameters
    ----------
    report : Report
        The report.
    paper : str
        ``a4`` or ``letter``.
    identity_in_metadata : bool
        Whether the document's title may name the person, where the report does.

    Returns
    -------
    bytes

    Raises
    ------
    ReportError
        If there is no such paper, or a signature is of another content.
    """
    if paper not in PAPERS:
        raise ReportError(f"There is no paper {paper!r:.40}; there are {', '.join(PAPERS)}.")
    digest = content_sha256(report)
    if any(one.content_sha256 != digest for one in report.status.signatures):
        raise ReportError("The report was changed after it was signed; amend it, or restore what was signed.")
    register_fonts()
    sheet = PAPERS[paper]
    title = f"{report.title} – {report.recording_name}"
    if identity_in_metadata and report.identity is not None:
        title += f" – {', '.join(text for _, text in report.identity.rows)}"
    author = "; ".join(f"{one.name}, {one.role}" for one in report.status.signatures) or _PROGRAM
    subject = f"{report.status.label}; recording {report.recording_sha256[:12]}"
    title, author, subject = (printable(text) for text in (title, author, subject))
    canvas = ReportCanvas(title, author, subject)
    width = CONTENT_MM * MM
    elements: list[Element] = head_elements(report, canvas.root, width)
    for section in report.sections:
        elements += section_elements(section, canvas.root, width, report.clock_s)
    elements += signature_elements(report, canvas.root, width, digest)
    pages = paginated(
        elements,
        sheet.height - _TOP_MM * MM,
        _BOTTOM_MM * MM,
        sheet.width - _TOP_MM * MM,
    )
    for number, page in enumerate(pages, 1):
        _draw_page(canvas, report, page, sheet, number, len(pages), digest)
    canvas.canvas.showOutline()
    make_archival(canvas.document, title, author, subject, report.created_at)
    return canvas.finished()


def _draw_page(
    canvas: ReportCanvas, report: Report, page: Page, sheet: Paper, number: int, total: int, digest: str
) -> None:
    width, height = sheet.size(page.wide)
    content = (WIDE_MM if page.wide else CONTENT_MM) * MM
    left = (width - content) / 2
    canvas.begin_page(width, height)
    with canvas.artefact():
        _draw_header(canvas, report, left, height, content)
        _draw_footer(canvas, report, left, content, number, total, digest)
    for element, top in page.placed:
        element.draw(canvas, left, top)
    canvas.end_page()


def _draw_header(canvas: ReportCanvas, report: Report, left: float, height: float, content: float) -> None:
    y = height - 12 * MM
    label = report.status.label
    tag = text_width(label, BOLD, 8.5) + 5 * MM
    colour = INK if report.status.stage in ("final", "amended") else ALERT
    canvas.rectangle(left + content - tag, y - 2.4, tag, 11.5, stroke=colour, line=0.7)
    canvas.text(left + content - tag / 2, y + 0.3, label, font=BOLD, size=8.5, colour=colour, align="middle")
    room = content - tag - 6 * MM
    parts = [report.title, report.recording_name]
    if report.identity is not None:
        parts += [text for _, text in report.identity.rows]
    canvas.text(left, y, shortened("  ·  ".join(parts), REGULAR, 8, room), size=8, colour=MUTED)
    canvas.lines([(left, y - 5.5, left + content, y - 5.5)], 0.5, RULE)


def _draw_footer(
    canvas: ReportCanvas, report: Report, left: float, content: float, number: int, total: int, digest: str
) -> None:
    y = 11.5 * MM
    canvas.lines([(left, y + 4 * MM, left + content, y + 4 * MM)], 0.5, RULE)
    stage = STAGE_NAMES[report.status.stage]
    told = f"Recording {report.recording_name} · SHA-256 {report.recording_sha256[:12]} · {stage}"
    page = f"Page {number} of {total}"
    room = content - text_width(page, BOLD, SMALL) - 6 * MM
    canvas.text(left, y, shortened(told, REGULAR, SMALL, room), size=SMALL, colour=MUTED)
    canvas.text(left + content, y, page, font=BOLD, size=SMALL, colour=MUTED, align="right")
    made = f"{report.created_at.replace('T', ' ').replace('Z', ' UTC')} · {_PROGRAM} {report.version}"
    made += f" · content {digest[:12]} · decision support, not a medical device"
    canvas.text(left, y - SMALL - 2.5, printable(made), size=SMALL - 0.6, colour=MUTED)
