"""Aligned columns of text."""

from __future__ import annotations

from collections.abc import Sequence

from ecg_core.evaluation.bootstrap import Interval


def percent(value: float | None) -> str:
    """Write a fraction in percent with two decimals, ``-`` where it is undefined."""
    return "-" if value is None else f"{100 * value:.2f}"


def percent_range(interval: Interval | None) -> str:
    """Write an interval of fractions in percent."""
    return "-" if interval is None else f"{percent(interval[0])}-{percent(interval[1])}"


def number(value: float | None, decimals: int = 1) -> str:
    """Format a number, ``-`` where it is undefined.

    Parameters
    ----------
    value : float or None
        The number.
    decimals : int
        Digits after the point.

    Returns
    -------
    str
    """
    return "-" if value is None else f"{round(value, decimals) + 0.0:.{decimals}f}"


def widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """Return the width of each column."""
    return [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]


def align(rows: Sequence[Sequence[str]]) -> str:
    """Set rows in columns: the first to the left, the others to the right."""
    width = widths(rows)
    return "\n".join(
        "  ".join(
            cell.ljust(wide) if column == 0 else cell.rjust(wide)
            for column, (cell, wide) in enumerate(zip(row, width, strict=True))
        ).rstrip()
        for row in rows
    )
