"""Preview of a table before its layout is known: columns, first values, suggested roles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.errors import RecordingError
from ecg_core.formats.common.lead_names import names_ecg, names_other, usual_name
from ecg_core.formats.tables.columns import Column, Table
from ecg_core.formats.tables.layout import TableLayout
from ecg_core.formats.tables.table import find_leads, is_no_signal
from ecg_core.formats.tables.timing import Timing, timing_of

FIRST_ROWS: Final = 5
TRACE_ROWS: Final = 2000
_TRACE_POINTS: Final = 120
_NOTHING_SAID: Final = TableLayout()


@dataclass(frozen=True)
class ColumnView:
    """A column of a table.

    Attributes
    ----------
    name : str
        As the file calls it, without its unit; empty where it does not.
    unit : str or None
        As the file gives it.
    first : tuple of float
        Its first values; NaN where there is no number.
    lead : str or None
        The name of the lead that it seems to be; None where it seems to be none.
    trace : tuple of float
        Lowest and highest value of each of 60 stretches of the first rows, one after the other.
    reason : str
        Why it seems to be a lead or none.
    n_invalid : int
        Cells that are no numbers.
    """

    name: str
    unit: str | None
    first: tuple[float, ...]
    lead: str | None
    trace: tuple[float, ...] = ()
    reason: str = ""
    n_invalid: int = 0


@dataclass(frozen=True)
class TableView:
    """A table and what can be told of it without a person.

    Attributes
    ----------
    format_name : str
    n_rows : int
    columns : tuple of ColumnView
    fs_hz : float or None
        The rate that the file says, in words or by a column of times.
    times : int or None
        The column that seems to hold times.
    question : str or None
        What in its times is contradictory.
    doubts : tuple of str
        Fields of :class:`~ecg_core.formats.tables.layout.TableLayout` that its cells leave open.
    """

    format_name: str
    n_rows: int
    columns: tuple[ColumnView, ...]
    fs_hz: float | None
    times: int | None
    question: str | None = None
    doubts: tuple[str, ...] = ()


def view_of(path: Path, table: Table) -> TableView:
    """Return a preview of a table: columns, first values, suggested roles.

    Parameters
    ----------
    path : Path
        The file.
    table : Table
        Its content.

    Returns
    -------
    TableView
    """
    timing = timing_of(path, table, _NOTHING_SAID)
    try:
        places, names = find_leads(path, table, _NOTHING_SAID, timing.columns)
    except RecordingError:  # nothing looks like a lead: a person may know better
        places, names = [], []
    leads = {place: usual_name(name) for place, name in zip(places, names, strict=True)}
    first = table.read(0, min(TRACE_ROWS, table.n_rows), range(len(table.columns)))
    doubts = {column.doubt for column in table.columns if column.doubt}
    if any(column.n_invalid and place in leads for place, column in enumerate(table.columns)):
        doubts |= {"decimal", "invalid_as_gaps"}
    return TableView(
        format_name=table.format_name,
        n_rows=table.n_rows,
        columns=tuple(
            ColumnView(
                column.name,
                column.unit,
                tuple(float(value) for value in first[:FIRST_ROWS, place]),
                leads.get(place),
                _trace(first[:, place]),
                _reason(column, place, leads, timing),
                column.n_invalid,
            )
            for place, column in enumerate(table.columns)
        ),
        fs_hz=timing.fs_hz,
        times=timing.column,
        question=timing.question,
        doubts=tuple(sorted(doubts)),
    )


def _trace(values: npt.NDArray[np.float64]) -> tuple[float, ...]:
    """Return the lowest and the highest value of each stretch; NaN where it has none."""
    n_stretches = min(_TRACE_POINTS // 2, max(len(values) // 2, 1))
    points: list[float] = []
    for stretch in np.array_split(values, n_stretches):
        present = stretch[np.isfinite(stretch)]
        points += [float(present.min()), float(present.max())] if len(present) else [math.nan, math.nan]
    return tuple(points)


def _reason(column: Column, place: int, leads: dict[int, str], timing: Timing) -> str:
    if place == timing.column and timing.clock is not None:
        return f"times: {timing.clock.fs_hz:.6g} Hz"
    if place in timing.columns:
        return "named as times" if column.stamp is None else "holds dates or times"
    if column.is_text:
        return "holds words"
    if place in leads:
        unit = f" in {column.unit}" if column.unit else ""
        return f"named as an ECG lead{unit}" if names_ecg(column.name) else "taken for a lead: nothing says otherwise"
    if is_no_signal(column):
        return "named as a count or a mark"
    if names_other(column.name):
        return "named as no ECG"
    return "others are named as leads" if leads else ""
