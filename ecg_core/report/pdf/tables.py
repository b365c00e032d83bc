"""Tables as rows that may go on over several pages; the head is drawn again on each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from ecg_core.report.blocks import Table, TableColumn, TableRow, number_text
from ecg_core.report.pdf.canvas import Node, ReportCanvas
from ecg_core.report.pdf.elements import Element, Piece
from ecg_core.report.pdf.fonts import BOLD, REGULAR, printable, text_width, wrapped
from ecg_core.report.pdf.geometry import INK, MM, MUTED, RULE

_SIZE: Final = 7.4
_HEAD_SIZE: Final = 6.8
_STEP: Final = _SIZE * 1.25
_HEAD_STEP: Final = _HEAD_SIZE * 1.2
_PADDING: Final = 1.6 * MM
_TEXT_LEFT: Final = 2.6 * MM
"""Space to the left of words, which follow the right edge of numbers."""

_ROW_PADDING: Final = 3.0
_MAX_LINES: Final = 12
_TOGETHER: Final = 12
"""Rows of tables that are not divided between pages."""


@dataclass
class _Layout:
    """Columns of a table: their left edges and widths in points, and the lines of their heads."""

    columns: tuple[TableColumn, ...]
    left: list[float]
    width: list[float]
    titles: list[list[str]] = field(default_factory=list)

    @property
    def right(self) -> float:
        """Right edge of the table."""
        return self.left[-1] + self.width[-1]


@dataclass
class TableHead(Piece):
    """Head of a table: headings that neighbours share, titles, units."""

    layout: _Layout = field(default_factory=lambda: _Layout((), [], []))
    nodes: list[Node] | None = None

    def draw(self, page: ReportCanvas, x: float, top: float) -> None:
        """Draw the head; again on a later page it is an artefact.

        Parameters
        ----------
        page : ReportCanvas
            Where to draw.
        x, top : float
            Upper left corner in points.
        """
        layout = self.layout
        grouped = any(column.group for column in layout.columns)
        bottom = top - self.height
        y = top - _HEAD_SIZE
        if grouped:
            with page.artefact():
                self._groups(page, x, y)
            y -= _HEAD_STEP
        n_lines = max(len(lines) for lines in layout.titles)
        for at, (column, lines) in enumerate(zip(layout.columns, layout.titles, strict=True)):
            mark = page.artefact() if self.nodes is None else page.element(self.nodes[at])
            with mark:
                for number, line in enumerate(lines):
                    height = y - (n_lines - len(lines) + number) * _HEAD_STEP
                    _draw_cell(page, layout, at, x, height, line, column.text, BOLD, _HEAD_SIZE, muted=True)
        with page.artefact():
            page.lines([(x, bottom + 1.0, x + layout.right, bottom + 1.0)], 0.7, MUTED)

    def _groups(self, page: ReportCanvas, x: float, y: float) -> None:
        columns, layout = self.layout.columns, self.layout
        first = 0
        while first < len(columns):
            last = first
            while last + 1 < len(columns) and columns[last + 1].group == columns[first].group:
                last += 1
            if columns[first].group:
                left, right = layout.left[first] + _PADDING, layout.left[last] + layout.width[last]
                text = printable(columns[first].group)
                while text and text_width(text, REGULAR, _HEAD_SIZE) > right - left:
                    text = text[:-1]
                page.text(x + (left + right) / 2, y, text, size=_HEAD_SIZE, colour=MUTED, align="middle")
                page.lines([(x + left, y - 2.2, x + right, y - 2.2)], 0.4, RULE)
            first = last + 1


@dataclass
class TableLine(Piece):
    """A row of a table."""

    layout: _Layout = field(default_factory=lambda: _Layout((), [], []))
    cells: list[list[str]] = field(default_factory=list)
    total: bool = False
    nodes: list[Node] = field(default_factory=list)
    table_head: TableHead | None = None

    def head(self) -> Element | None:
        """Return the table's head, to be drawn again."""
        return self.table_head

    def draw(self, page: ReportCanvas, x: float, top: float) -> None:
        """Draw the row.

        Parameters
        ----------
        page : ReportCanvas
            Where to draw.
        x, top : float
            Upper left corner in points.
        """
        font = BOLD if self.total else REGULAR
        for at, (column, lines) in enumerate(zip(self.layout.columns, self.cells, strict=True)):
            with page.element(self.nodes[at]):
                for number, line in enumerate(lines):
                    y = top - _SIZE - _ROW_PADDING / 2 - number * _STEP
                    _draw_cell(page, self.layout, at, x, y, line, column.text, font, _SIZE)
        with page.artefact():
            bottom = top - self.height
            page.lines([(x, bottom, x + self.layout.right, bottom)], 0.25, RULE)


def table_elements(table: Table, parent: Node, width: float) -> list[Element]:
    """Return a table as its head and its rows.

    Parameters
    ----------
    table : Table
        The table.
    parent : Node
        Element of the structure that it belongs to.
    width : float
        Room in points; the table is no wider.

    Returns
    -------
    list of Element
    """
    node = parent.child("Table")
    texts = [_texts(row, table.columns) for row in table.rows]
    layout = _laid_out(table, texts, width)
    layout.titles = [
        [
            *(wrapped(column.title, BOLD, _HEAD_SIZE, layout.width[at] - _padding(column, at)) if column.title else []),
            *([printable(column.unit)] if column.unit else []),
        ]
        or [""]
        for at, column in enumerate(table.columns)
    ]
    grouped = any(column.group for column in table.columns)
    n_lines = max(len(lines) for lines in layout.titles) + int(grouped)
    height = n_lines * _HEAD_STEP + 4.0
    head_row = node.child("TR")
    head = TableHead(height, 2.0, True, layout=layout, nodes=[head_row.child("TH") for _ in table.columns])
    again = TableHead(height, layout=layout)
    elements: list[Element] = [head]
    for number, (row, cells) in enumerate(zip(table.rows, texts, strict=True)):
        lines = [
            wrapped(text, BOLD if row.total else REGULAR, _SIZE, layout.width[at] - _padding(table.columns[at], at))[
                :_MAX_LINES
            ]
            for at, text in enumerate(cells)
        ]
        node_row = node.child("TR")
        elements.append(
            TableLine(
                max(len(one) for one in lines) * _STEP + _ROW_PADDING,
                0.0,
                # Small tables stay together; of others neither the first nor the last row stands alone.
                (len(table.rows) <= _TOGETHER or number in (0, len(table.rows) - 2)) and number < len(table.rows) - 1,
                layout=layout,
                cells=lines,
                total=row.total,
                nodes=[node_row.child("TD") for _ in table.columns],
                table_head=None if number == 0 else again,
            )
        )
    return elements


def _padding(column: TableColumn, at: int) -> float:
    """Return the part of a column's width that stays empty."""
    return _PADDING + (_TEXT_LEFT if column.text and at else 0.0)


def _texts(row: TableRow, columns: tuple[TableColumn, ...]) -> list[str]:
    return [number_text(cell.value, column.digits) for cell, column in zip(row.cells, columns, strict=True)]


def _laid_out(table: Table, texts: list[list[str]], width: float) -> _Layout:
    """Give numbers the room that they need, and share the rest among texts."""
    natural, least = [], []
    for at, column in enumerate(table.columns):
        cells = max((text_width(printable(row[at]), BOLD, _SIZE) for row in texts), default=0.0)
        words = [*column.title.split(), column.unit]
        head = max((text_width(printable(word), BOLD, _HEAD_SIZE) for word in words), default=0.0)
        longest = max(
            (text_width(printable(word), BOLD, _SIZE) for row in texts for word in row[at].split()), default=0.0
        )
        padding = _padding(column, at)
        natural.append(max(cells, head) + padding)
        least.append(max(longest if column.text else cells, head) + padding)
    text = [at for at, column in enumerate(table.columns) if column.text]
    widths = list(natural)
    over = sum(widths) - width
    if over > 0 and text:
        fixed = sum(widths[at] for at in range(len(widths)) if at not in text)
        room = max(width - fixed, 0.0)
        # A text column takes no more than it needs; what it leaves goes to the others by their weights.
        open_columns = set(text)
        while open_columns:
            weight = sum(table.columns[at].weight for at in open_columns)
            fits = {at for at in open_columns if natural[at] <= room * table.columns[at].weight / weight}
            if not fits:
                for at in open_columns:
                    widths[at] = max(room * table.columns[at].weight / weight, min(least[at], 0.3 * width))
                break
            room -= sum(natural[at] for at in fits)
            open_columns -= fits
    if sum(widths) > width:
        share = width / sum(widths)
        widths = [one * share for one in widths]
    elif over < 0:
        spare = width - sum(widths)
        # Numbers that stand far apart are hard to read across: columns of numbers grow by a third at most.
        numbers = [at for at in range(len(widths)) if at not in text]
        for at in numbers:
            widths[at] += min(spare / len(widths), 0.35 * widths[at] + 2 * MM)
        spare = width - sum(widths)
        if text:
            weight = sum(table.columns[at].weight for at in text)
            for at in text:
                # Words that stand far from their numbers are hard to read across, too.
                widths[at] += min(spare * table.columns[at].weight / weight, 0.6 * natural[at] + 4 * MM)
    left = [sum(widths[:at]) for at in range(len(widths))]
    return _Layout(table.columns, left, widths)


def _draw_cell(
    page: ReportCanvas,
    layout: _Layout,
    at: int,
    x: float,
    y: float,
    text: str,
    is_text: bool,
    font: str,
    size: float,
    *,
    muted: bool = False,
) -> None:
    colour = MUTED if muted else INK
    if is_text:
        page.text(x + layout.left[at] + (_TEXT_LEFT if at else 0), y, text, font=font, size=size, colour=colour)
    else:
        right = x + layout.left[at] + layout.width[at] - _PADDING / 2
        page.text(right, y, text, font=font, size=size, colour=colour, align="right")
