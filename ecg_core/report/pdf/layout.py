"""From the sections of a report to elements, and from elements to pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ecg_core.report.blocks import FamilyPictures, Figure, Figures, Paragraph, RateTrend, Strip, Table, TwelveLead
from ecg_core.report.model import Report, Section
from ecg_core.report.pdf.canvas import Node
from ecg_core.report.pdf.elements import (
    Element,
    Heading,
    figure_rows,
    note_lines,
    subheading,
    text_lines,
)
from ecg_core.report.pdf.fonts import BOLD, REGULAR, printable
from ecg_core.report.pdf.geometry import BODY, INK, MM, MUTED, SMALL, WIDE_MM
from ecg_core.report.pdf.pictures import family_rows, trend_element
from ecg_core.report.pdf.strips import strip_element, twelve_lead_element
from ecg_core.report.pdf.tables import table_elements

_QUIET: frozenset[str] = frozenset({"recording", "rate", "not_assessed", "provenance", "disclaimer", "statements"})
"""Sections whose texts explain rather than tell: they are set smaller."""


_MAX_REASONS = 6
"""Reasons of absent cells below a table."""

_TOGETHER = 12
"""Rows of figures up to so many stay on one page."""


@dataclass
class Page:
    """A page: elements with the height of their upper edge, in points from the foot of the page."""

    wide: bool
    placed: list[tuple[Element, float]] = field(default_factory=list)


def section_elements(section: Section, root: Node, width: float, clock_s: float | None) -> list[Element]:
    """Return a section as elements.

    Parameters
    ----------
    section : Section
        The section.
    root : Node
        Root of the document's structure.
    width : float
        In points.
    clock_s : float or None
        Seconds between midnight and the start of the recording.

    Returns
    -------
    list of Element
        None where everything in it was taken out.
    """
    node = root.child("Sect")
    if len(section.blocks) == 1 and isinstance(section.blocks[0], TwelveLead):
        ecg = section.blocks[0]
        rows = figure_rows(ecg.figures, node, WIDE_MM * MM, 5) if ecg.figures else []
        return [twelve_lead_element(ecg, section.title, node, rows, clock_s)]
    heading = Heading(20.0, 12.0, True, text=printable(section.title), node=node.child("H2"), width=width)
    elements: list[Element] = []
    for block in section.blocks:
        match block:
            case Paragraph():
                lines = _paragraph(block, section.id, node, width)
                if lines and section.id == "strips":
                    lines[-1].with_next = True
                elements += lines
            case Figures():
                rows = figure_rows(block.figures, node, width, block.columns) if block.figures else []
                for row in rows[:-1]:
                    row.with_next = len(rows) <= _TOGETHER
                elements += rows
            case Table():
                if block.title:
                    elements.append(subheading(block.title, node))
                elements += table_elements(block, node, width)
                notes = [block.note] if block.note else []
                if block.reasons:
                    told = "; ".join(block.reasons[:_MAX_REASONS])
                    notes.append(f"Absent – {told}{'; …' if len(block.reasons) > _MAX_REASONS else ''}.")
                for note in notes:
                    elements += note_lines(note, node, width)
            case RateTrend():
                elements.append(trend_element(block, node, width))
                elements += note_lines(block.note, node, width)
            case Strip():
                elements.append(strip_element(block, node, clock_s))
            case FamilyPictures():
                elements += family_rows(block, node)
            case TwelveLead():
                raise ValueError("A twelve-lead ECG stands in a section of its own.")
    if not elements:
        root.kids.remove(node)
        return []
    return [heading, *elements]


def paginated(elements: Sequence[Element], top: float, bottom: float, wide_top: float) -> list[Page]:
    """Distribute elements over pages.

    Parameters
    ----------
    elements : sequence of Element
        In order.
    top, bottom : float
        Of what an upright page holds, in points from its foot.
    wide_top : float
        The same upper edge of a page across.

    Returns
    -------
    list of Page
        One at least.
    """
    pages = [Page(wide=False)]
    y = top
    at = 0
    while at < len(elements):
        if elements[at].own_page:
            if not pages[-1].placed:
                pages.pop()
            pages += [Page(wide=True, placed=[(elements[at], wide_top)]), Page(wide=False)]
            y = top
            at += 1
            continue
        # What must stay together is placed together, unless no page could hold it.
        stop = at + 1
        while stop < len(elements) and elements[stop - 1].with_next and not elements[stop].own_page:
            stop += 1
        group = elements[at:stop]
        fresh = not pages[-1].placed
        needed = sum(one.height + one.before for one in group) - (group[0].before if fresh else 0.0)
        if not fresh and y - needed < bottom:
            pages.append(Page(wide=False))
            y = top
            continue
        for one in group:
            if pages[-1].placed and y - one.before - one.height < bottom:
                pages.append(Page(wide=False))
                y = top
            if not pages[-1].placed:
                again = one.head()
                if again is not None:
                    pages[-1].placed.append((again, y))
                    y -= again.height
            else:
                y -= one.before
            pages[-1].placed.append((one, y))
            y -= one.height
        at = stop
    if len(pages) > 1 and not pages[-1].placed:
        pages.pop()
    return pages


def head_elements(report: Report, root: Node, width: float) -> list[Element]:
    """Return title and identity at the head of the first page.

    Parameters
    ----------
    report : Report
        The report.
    root : Node
        Root of the document's structure.
    width : float
        In points.

    Returns
    -------
    list of Element
    """
    elements: list[Element] = [*text_lines(report.title, root, width, font=BOLD, size=17, colour=INK, role="H1")]
    if report.identity is not None:
        rows = tuple(Figure(f"identity.{label}", label, text) for label, text in report.identity.rows)
        printed = figure_rows(rows, root, width, 2)
        printed[0].before = 7.0
        elements += printed
    return elements


def signature_elements(report: Report, root: Node, width: float, content_sha256: str) -> list[Element]:
    """Return the status of the report and its signatures.

    Parameters
    ----------
    report : Report
        The report.
    root : Node
        Root of the document's structure.
    width : float
        In points.
    content_sha256 : str
        Hash of the content.

    Returns
    -------
    list of Element
    """
    node = root.child("Sect")
    status = report.status
    elements: list[Element] = [
        Heading(20.0, 12.0, True, text="Status and signatures", node=node.child("H2"), width=width)
    ]
    told = f"Status: {status.label}." + ("" if status.signatures else " This report is not signed.")
    elements += text_lines(told, node, width, font=BOLD)
    if status.reason:
        elements += text_lines(f"Amended because: {status.reason}", node, width)
        elements += text_lines(f"Replaces the report with the content hash {status.replaces_sha256}.", node, width)
    for signature in status.signatures:
        told = f"{signature.name}, {signature.role} – {signature.meaning}, {signature.signed_at} (UTC)"
        elements += text_lines(told, node, width)
    elements += text_lines(f"Content hash (SHA-256): {content_sha256}", node, width, size=SMALL, colour=MUTED)
    for one in elements[:-1]:
        one.with_next = True
    return elements


def _paragraph(paragraph: Paragraph, section: str, node: Node, width: float) -> list[Element]:
    elements: list[Element] = []
    quiet = section in _QUIET and not paragraph.edited and not paragraph.emphasis
    # Only a person writes several lines; each of them is a paragraph.
    for text in paragraph.text.splitlines():
        if text.strip():
            elements += text_lines(
                text,
                node,
                width,
                font=BOLD if paragraph.emphasis else REGULAR,
                size=SMALL + 0.4 if quiet else BODY + (0.8 if section == "conclusion" else 0.0),
                colour=MUTED if quiet else INK,
                bullet="•" if section == "conclusion" else "",
            )
    return elements
