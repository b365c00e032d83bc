"""Measurements as one table of plain text."""

from __future__ import annotations

from collections.abc import Sequence

Row = tuple[str, ...]
ABSENT = "-"


def render(blocks: Sequence[tuple[str, Sequence[Row]]]) -> str:
    """Lay out blocks of rows under common column widths; a block's first row heads its columns.

    Parameters
    ----------
    blocks : sequence of (title, rows)
    """
    rows = [row for _, block in blocks for row in block]
    n_columns = max(len(row) for row in rows)
    widths = [max(len(row[column]) for row in rows if len(row) > column) for column in range(n_columns)]
    lines: list[str] = []
    for title, block in blocks:
        lines += ["", title]
        for index, row in enumerate(block):
            cells = [row[0].ljust(widths[0]), *(cell.rjust(widths[i + 1]) for i, cell in enumerate(row[1:]))]
            lines.append("  " + "  ".join(cells).rstrip())
            if index == 0:
                lines.append("  " + "-" * (len("  ".join(cells).rstrip())))
    return "\n".join(lines[1:])


def seconds(value: float | None) -> str:
    """Write a time with three digits that count."""
    if value is None:
        return ABSENT
    return f"{1000 * value:.3g} ms" if value < 1 else f"{value:.3g} s" if value < 100 else f"{value:,.0f} s"


def number(value: float | None, unit: str = "", digits: int = 0) -> str:
    """Write a number with thousands separated."""
    return ABSENT if value is None else f"{value:,.{digits}f}{unit}"


def ratio(value: float | None) -> str:
    """Write a ratio."""
    return ABSENT if value is None else f"{value:.2f}"
