"""Elements of a page: pieces of known height that are laid out one under the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

from ecg_core.report.blocks import Figure
from ecg_core.report.pdf.canvas import Node, ReportCanvas
from ecg_core.report.pdf.fonts import BOLD, REGULAR, printable, text_width, wrapped
from ecg_core.report.pdf.geometry import ACCENT, BODY, INK, LEADING, MM, MUTED, RULE, SMALL, Colour

GUTTER: Final = 6 * MM
_LABEL_MM: Final = 33.0


class Element(Protocol):
    """A piece of a page.

    Attributes
    ----------
    height : float
        In points.
    before : float
        Space above it, none at the head of a page.
    with_next : bool
        Whether it may not be the last on its page.
    own_page : bool
        Whether it has a page across for itself.
    """

    height: float
    before: float
    with_next: bool
    own_page: bool

    def head(self) -> Element | None:
        """Return what is drawn above it again where it begins a page."""
        ...

    def draw(self, page: ReportCanvas, x: float, top: float) -> None:
        """Draw it.

        Parameters
        ----------
        page : ReportCanvas
            Where to draw.
        x, top : float
            Of its upper left corner, in points.
        """
        ...


@dataclass
class Piece:
    """What elements have in common."""

    height: float = 0.0
    before: float = 0.0
    with_next: bool = False
    own_page: bool = False

    def head(self) -> Element | None:
        """Return nothing: most elements repeat nothing."""
        return None


@dataclass
class Line(Piece):
    """A line of text.

    Attributes
    ----------
    text : str
        Printable.
    node : Node or None
        Element of the structure; None for an artefact.
    font, size, colour, indent
        How it is drawn.
    bullet : str
        Drawn before an indented line.
    """

    text: str = ""
    node: Node | None = None
    font: str = REGULAR
    size: float = BODY
    colour: Colour = INK
    indent: float = 0.0
    bullet: str = ""

    def draw(self, page: ReportCanvas, x: float, top: float) -> None:
        """Draw the line."""
        if self.node is None:
            return
        with page.element(self.node):
            y = top - self.size
            if self.bullet:
                page.text(x + self.indent - 3 * MM, y, self.bullet, size=self.size, colour=ACCENT)
            page.text(x + self.indent, y, self.text, font=self.font, size=self.size, colour=self.colour)


@dataclass
class Heading(Piece):
    """Heading of a section, with its bookmark and a rule below."""

    text: str = ""
    node: Node | None = None
    width: float = 0.0
    level: int = 0

    def draw(self, page: ReportCanvas, x: float, top: float) -> None:
        """Draw the heading."""
        assert self.node is not None
        page.outline(self.text, self.level, top + 2 * MM)
        with page.element(self.node):
            page.text(x, top - 11, self.text, font=BOLD, size=11, colour=ACCENT)
        with page.artefact():
            page.lines([(x, top - 15.5, x + self.width, top - 15.5)], 0.6, ACCENT)


@dataclass
class FigureRow(Piece):
    """Figures beside each other, each with its label.

    Attributes
    ----------
    cells : list of (list of str, list of str)
        Lines of the label and of the value of each.
    nodes : list of Node
    column : float
        Width of a cell in points.
    label : float
        Width of the labels in points.
    """

    cells: list[tuple[list[str], list[str]]] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    column: float = 0.0
    label: float = 0.0

    def draw(self, page: ReportCanvas, x: float, top: float) -> None:
        """Draw the row."""
        step = BODY * LEADING
        for number, ((label, value), node) in enumerate(zip(self.cells, self.nodes, strict=True)):
            left = x + number * self.column
            with page.element(node):
                for at, text in enumerate(label):
                    page.text(left, top - BODY - at * step, text, size=BODY, colour=MUTED)
                for at, text in enumerate(value):
                    page.text(left + self.label, top - BODY - at * step, text, size=BODY)


def text_lines(
    text: str,
    parent: Node,
    width: float,
    *,
    font: str = REGULAR,
    size: float = BODY,
    colour: Colour = INK,
    before: float = 3.0,
    bullet: str = "",
    role: str = "P",
) -> list[Line]:
    """Return a paragraph as lines.

    Parameters
    ----------
    text : str
        As it was given.
    parent : Node
        Element of the structure that it belongs to.
    width : float
        In points.
    font : str
        Of the text.
    size : float
        Of the text in points.
    colour : tuple of float
        Of the text.
    before : float
        Space above in points.
    bullet : str
        Sign before an indented paragraph.
    role : str
        In the structure.

    Returns
    -------
    list of Line
    """
    node = parent.child(role)
    indent = 4 * MM if bullet else 0.0
    lines = [
        Line(size * LEADING, 0.0, text=one, node=node, font=font, size=size, colour=colour, indent=indent)
        for one in wrapped(text, font, size, width - indent)
    ]
    lines[0].before = before
    lines[0].bullet = bullet
    if len(lines) > 1:
        # Neither the first nor the last line of a paragraph stands alone.
        lines[0].with_next = lines[-2].with_next = True
    return lines


def figure_rows(figures: tuple[Figure, ...], parent: Node, width: float, columns: int) -> list[FigureRow]:
    """Return figures as rows of cells; one that is too long for a cell has a row for itself.

    Parameters
    ----------
    figures : tuple of Figure
        In the order in which they are read, row by row.
    parent : Node
        Element of the structure that they belong to.
    width : float
        In points.
    columns : int
        Cells of a row.

    Returns
    -------
    list of FigureRow
    """
    column = (width + GUTTER) / columns
    widest = max(text_width(printable(one.label), REGULAR, BODY) for one in figures) + 3 * MM
    label = _LABEL_MM * MM if columns <= 2 else min(widest, _LABEL_MM * MM)
    room = column - GUTTER - label
    rows: list[FigureRow] = []
    pending: list[Figure] = []

    def flush() -> None:
        if pending:
            rows.append(_row(pending, parent, column, label, room))
            pending.clear()

    for figure in figures:
        # Two lines are let through in wide cells; words that cannot be broken have a row for themselves.
        lines = 1.9 if " " in figure.text and columns == 2 else 1.0
        if columns > 1 and text_width(printable(figure.text), REGULAR, BODY) > lines * room:
            flush()
            rows.append(_row([figure], parent, width + GUTTER, label, width - label))
            continue
        pending.append(figure)
        if len(pending) == columns:
            flush()
    flush()
    return rows


def _row(figures: list[Figure], parent: Node, column: float, label: float, room: float) -> FigureRow:
    cells = [
        (wrapped(one.label, REGULAR, BODY, label - 2 * MM), wrapped(one.text, REGULAR, BODY, room)) for one in figures
    ]
    n_lines = max(max(len(left), len(right)) for left, right in cells)
    nodes = [parent.child("P") for _ in figures]
    return FigureRow(n_lines * BODY * LEADING + 1.2, 0.0, cells=cells, nodes=nodes, column=column, label=label)


@dataclass
class Rule(Piece):
    """A thin line across."""

    width: float = 0.0
    colour: Colour = RULE

    def draw(self, page: ReportCanvas, x: float, top: float) -> None:
        """Draw the line."""
        with page.artefact():
            page.lines([(x, top - self.height / 2, x + self.width, top - self.height / 2)], 0.5, self.colour)


def subheading(text: str, parent: Node) -> Line:
    """Return a small heading within a section.

    Parameters
    ----------
    text : str
        As it was given.
    parent : Node
        Element of the structure that it belongs to.

    Returns
    -------
    Line
    """
    return Line(
        BODY * LEADING + 3, 6.0, True, text=printable(text), node=parent.child("H3"), font=BOLD, size=BODY + 0.6
    )


def note_lines(text: str, parent: Node, width: float) -> list[Line]:
    """Return a small muted note.

    Parameters
    ----------
    text : str
        As it was given.
    parent : Node
        Element of the structure that it belongs to.
    width : float
        In points.

    Returns
    -------
    list of Line
    """
    return text_lines(text, parent, width, size=SMALL, colour=MUTED, before=2.5)
