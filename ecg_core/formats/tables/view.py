"""Preview of a table before its layout is known: columns, first values, suggested roles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ecg_core.errors import RecordingError
from ecg_core.formats.common.lead_names import usual_name
from ecg_core.formats.tables.layout import TableLayout
from ecg_core.formats.tables.table import Table, find_leads
from ecg_core.formats.tables.timing import timing_of

FIRST_ROWS: Final = 5
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
    """

    name: str
    unit: str | None
    first: tuple[float, ...]
    lead: str | None


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
    """

    format_name: str
    n_rows: int
    columns: tuple[ColumnView, ...]
    fs_hz: float | None
    times: int | None


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
    n_columns = len(table.columns)
    first = table.read(0, min(FIRST_ROWS, table.n_rows), range(n_columns))
    return TableView(
        format_name=table.format_name,
        n_rows=table.n_rows,
        columns=tuple(
            ColumnView(column.name, column.unit, tuple(float(value) for value in first[:, place]), leads.get(place))
            for place, column in enumerate(table.columns)
        ),
        fs_hz=timing.fs_hz,
        times=timing.column,
    )
