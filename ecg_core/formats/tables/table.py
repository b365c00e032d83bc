"""Tables of numbers (CSV, TSV, Parquet, NPY, MATLAB), whose rate, unit and leads may have to be entered.

Nothing is guessed: a rate comes from a column of times with its unit, from the file's own words or from the person; a
unit from the column's name (``II_mv``, ``II (uV)``), a line of units or the person. What is missing is asked for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from ecg_core.errors import RecordingError
from ecg_core.formats.common.lead_names import (
    MAX_LEADS,
    millivolts_per,
    names_ecg,
    names_other,
    usual_name,
    usual_names,
)
from ecg_core.formats.common.millivolts import as_float32, scaled
from ecg_core.formats.tables.annotations import NAME as MARKS_NAME
from ecg_core.formats.tables.annotations import marks_file, read_marks
from ecg_core.formats.tables.layout import UNCALIBRATED, LayoutNeededError, TableLayout, given_note
from ecg_core.recording import SYNTHETIC_MARK, Identity, Lead, Recording, Source

_SECONDS_PER: Final = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "min": 60.0, "minutes": 60.0}
_UNIT_BEHIND = re.compile(
    r"^(?P<name>.*?)\s*(?:[\[(]\s*(?P<in>[^\])]{1,12})\s*[\])]|[ _/](?P<after>[a-zµμ]{1,8}))$", re.IGNORECASE
)
_TIME_NAME = re.compile(r"^(elapsed[ _]?)?(time|t|timestamp|seconds|zeit|date[ _]?time)$", re.IGNORECASE)
_COUNT_NAME = re.compile(r"^(|#|index|sample|samples|sample[ _]?(no|number|index|#)|unnamed: 0)$", re.IGNORECASE)
_STEPS_UNIT = re.compile(r"^(\d+(?:\.\d+)?)\s*(?:adu|steps|lsb)?/\s*mv$", re.IGNORECASE)
_PROBE_ROWS: Final = 2000
_PROBES: Final = 40


@dataclass(frozen=True)
class Column:
    """A column of a table: its name, empty if it has none, and the unit that the file gives it."""

    name: str
    unit: str | None = None

    @staticmethod
    def named(name: str) -> Column:
        """Take a unit off a column's name: ``II (mV)``, ``II [uV]``, ``time_s``."""
        found = _UNIT_BEHIND.match(name.strip())
        if found:
            unit = found["in"] or found["after"]
            if found["in"] or millivolts_per(unit) or unit.lower() in _SECONDS_PER:
                return Column(found["name"].strip() or name, unit)
        return Column(name.strip())


class Table(Protocol):
    """A table whose rows are read span by span.

    Attributes
    ----------
    columns : tuple of Column
    n_rows : int
    fs_hz : float or None
        Where the file says it in words.
    clock : tuple of datetime, or None
        First and last time of a column of dates, where there is one.
    begins : datetime, time or None
        When the first row was recorded, where the file says it in words.
    comments, notes : tuple of str
    format_name : str
    identity : Identity or None
        Whom the texts around the numbers name.
    """

    @property
    def columns(self) -> tuple[Column, ...]: ...  # noqa: D102

    @property
    def n_rows(self) -> int: ...  # noqa: D102

    @property
    def fs_hz(self) -> float | None: ...  # noqa: D102

    @property
    def clock(self) -> tuple[datetime, datetime] | None: ...  # noqa: D102

    @property
    def begins(self) -> datetime | time | None: ...  # noqa: D102

    @property
    def comments(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def notes(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def format_name(self) -> str: ...  # noqa: D102

    @property
    def identity(self) -> Identity | None: ...  # noqa: D102

    def read(self, start: int, stop: int, columns: Sequence[int]) -> npt.NDArray[np.float64]:
        """Return a span of rows of some columns.

        Parameters
        ----------
        start, stop : int
            Span of rows; `stop` is not part of it.
        columns : sequence of int
            Indices of columns.

        Returns
        -------
        ndarray of float64, shape (stop - start, columns)
            NaN where there is no number.
        """
        ...


def recording_of(path: Path, table: Table, layout: TableLayout | None, *, name: str, source: Source) -> Recording:
    """Build a recording from a table.

    Parameters
    ----------
    path : Path
        The file.
    table : Table
        Its content.
    layout : TableLayout or None
        What the person entered.
    name : str
        Name of the recording.
    source : str
        Where the recording comes from; see `ecg_core.recording.Source`.

    Returns
    -------
    Recording

    Raises
    ------
    LayoutNeededError
        If the rate or unit is neither in the file nor in the layout.
    RecordingError
        If the layout does not fit the table.
    """
    layout = layout or TableLayout()
    if table.n_rows < 2:
        raise RecordingError(f"{path.name} has {table.n_rows} rows of numbers, which is no recording.")
    times = find_times(path, table, layout)
    chosen, lead_names = find_leads(path, table, layout, times)
    fs_hz = find_rate(path, table, layout, times)
    scales = [_scale(table.columns[column].unit, layout.unit) for column in chosen]
    _ask(path, table, fs_hz, None in scales)
    assert fs_hz is not None
    told = layout.told()
    notes = [*table.notes, *([given_note([what for what, _ in told])] if told else [])]
    known = [scale if scale is not None else (1.0, False) for scale in scales]
    factors = np.array([factor for factor, _ in known])
    if not all(calibrated for _, calibrated in known):
        notes.append(f"The unit of {path.name} is not known: its millivolts are relative.")

    def read_span(start: int, stop: int, leads: Sequence[int]) -> npt.NDArray[np.float32]:
        values = table.read(start, stop, [chosen[lead] for lead in leads])
        return as_float32(scaled(values, factors[list(leads)]))

    left_out = [index for index in range(len(table.columns)) if index not in chosen and index != times]
    return Recording(
        name=name,
        fs_hz=fs_hz,
        n_samples=table.n_rows,
        leads=tuple(
            Lead(usual, calibrated=calibrated, original_name=own)
            for usual, own, (_, calibrated) in zip(usual_names(lead_names), lead_names, known, strict=True)
        ),
        read_span=read_span,
        files=(path,),
        start_time=table.clock[0].replace(tzinfo=None) if table.clock else table.begins,
        comments=table.comments,
        source=source,
        identity=table.identity,
        synthetic=bool(table.comments) and table.comments[0].startswith(SYNTHETIC_MARK),
        notes=tuple(notes),
        other_channels=tuple(table.columns[index].name for index in left_out if table.columns[index].name),
        load_annotations=(lambda _: read_marks(path, table.n_rows)) if marks_file(path).is_file() else None,
        annotation_names=(MARKS_NAME,) if marks_file(path).is_file() else (),
        format_name=table.format_name,
        user_metadata=told,
    )


def begins_of(text: str) -> datetime | time | None:
    """Return the point in time, or time of day, that a file gives in ISO 8601; None if it is neither."""
    for read in (datetime.fromisoformat, time.fromisoformat):
        try:
            return read(text.strip()).replace(tzinfo=None)
        except ValueError:
            continue
    return None


def find_times(path: Path, table: Table, layout: TableLayout) -> int | None:
    """Return the time column: the one in the layout, else one with a usual name.

    Parameters
    ----------
    path : Path
        For error messages.
    table : Table
        Its content.
    layout : TableLayout
        What the person entered.

    Returns
    -------
    int or None
        Index of the column; None if there is none.
    """
    if isinstance(layout.time_column, int):
        if 0 <= layout.time_column < len(table.columns):
            return layout.time_column
        raise RecordingError(f"{path.name} has no column {layout.time_column + 1}; it has {len(table.columns)}.")
    if layout.time_column is not None:
        wanted = layout.time_column.strip().lower()
        for index, column in enumerate(table.columns):
            if wanted and wanted == column.name.lower():
                return index
        raise RecordingError(f"{path.name} has no column {layout.time_column!r:.60}; it has {_listed(table)}.")
    return next((index for index, column in enumerate(table.columns) if _TIME_NAME.match(column.name)), None)


def find_leads(path: Path, table: Table, layout: TableLayout, times: int | None) -> tuple[list[int], list[str]]:
    """Return the lead columns and their names.

    Parameters
    ----------
    path : Path
        For error messages.
    table : Table
        Its content.
    layout : TableLayout
        What the person entered.
    times : int or None
        Index of the time column.

    Returns
    -------
    columns : list of int
        Indices of the lead columns.
    names : list of str
    """
    if layout.columns is not None:
        return _picked(path, table, layout.columns, layout.lead_names)
    held = [
        index
        for index, column in enumerate(table.columns)
        if index != times and not (column.name and _COUNT_NAME.match(column.name))
    ]
    if layout.lead_names is not None:
        return _told(path, table, layout.lead_names, held)
    voltage = [index for index in held if not names_other(table.columns[index].name)]
    named = [index for index in voltage if names_ecg(table.columns[index].name)]
    chosen = named or voltage
    if not chosen or len(chosen) > MAX_LEADS:
        raise RecordingError(f"{path.name} holds no column that is an ECG lead; it has {_listed(table)}.")
    return chosen, [table.columns[index].name or f"lead {place}" for place, index in enumerate(chosen, start=1)]


def _picked(
    path: Path, table: Table, places: Sequence[int], names: Sequence[str] | None
) -> tuple[list[int], list[str]]:
    n_columns = len(table.columns)
    if not places or len(set(places)) < len(places) or not all(0 <= place < n_columns for place in places):
        raise RecordingError(
            f"{path.name} has {n_columns} columns; choose at least one of them as a lead, and each only once."
        )
    if names is not None and len(names) != len(places):
        raise RecordingError(f"{path.name}: {len(places)} columns are chosen as leads but {len(names)} are named.")
    given = names or ("",) * len(places)
    own = [table.columns[place].name for place in places]
    return list(places), [
        name.strip() or column or f"lead {at}" for at, (name, column) in enumerate(zip(given, own, strict=True), 1)
    ]


def _told(path: Path, table: Table, names: Sequence[str], held: list[int]) -> tuple[list[int], list[str]]:
    by_name = {usual_name(table.columns[index].name): index for index in reversed(held) if table.columns[index].name}
    found = [by_name.get(usual_name(name)) for name in names]
    if found and all(index is not None for index in found) and len(set(found)) == len(found):
        return [index for index in found if index is not None], list(names)
    if len(names) == len(held):
        return held, list(names)
    raise RecordingError(
        f"{path.name} has {len(held)} columns of signal ({_listed(table)}), which does not fit the {len(names)} leads "
        "given; name each column, or those that are leads by their own names."
    )


def _listed(table: Table) -> str:
    names = ", ".join(column.name or "(no name)" for column in table.columns[:20])
    return f"{names:.200}" or "none"


def find_rate(path: Path, table: Table, layout: TableLayout, times: int | None) -> float | None:
    """Return the sampling rate.

    Parameters
    ----------
    path : Path
        For error messages.
    table : Table
        Its content.
    layout : TableLayout
        What the person entered.
    times : int or None
        Index of the time column.

    Returns
    -------
    float or None
        In Hz; None if neither file nor layout gives it.
    """
    given = layout.fs_hz if layout.fs_hz is not None else table.fs_hz
    if given is not None:
        if not (math.isfinite(given) and given > 0):
            raise RecordingError(f"{path.name} cannot have a sampling rate of {given:g} Hz; give another one.")
        return float(given)
    if table.clock:
        span_s = (table.clock[1] - table.clock[0]).total_seconds()
        return (table.n_rows - 1) / span_s if span_s > 0 else None
    if times is None:
        return None
    column = table.columns[times]
    per_second = _SECONDS_PER.get((layout.time_unit or column.unit or "").strip().lower())
    if per_second is None and (layout.time_column is not None or column.name.lower() == "seconds"):
        per_second = 1.0
    return _rate_of_times(path, table, times, per_second) if per_second else None


def _rate_of_times(path: Path, table: Table, times: int, per_second: float) -> float:
    name = table.columns[times].name

    def at(start: int, stop: int) -> npt.NDArray[np.float64]:
        return table.read(start, stop, [times])[:, 0] * per_second

    first_s = at(0, min(table.n_rows, _PROBE_ROWS))
    places = np.unique(np.linspace(0, table.n_rows - 1, _PROBES).astype(np.int64))
    later_s = np.array([at(int(place), int(place) + 1)[0] for place in places])
    span_s = later_s[-1] - later_s[0]
    steps_s = np.diff(first_s)
    if not (np.isfinite(steps_s).all() and np.isfinite(later_s).all() and span_s > 0 and steps_s.min() >= 0):
        raise RecordingError(f"{path.name}: the times in its column {name} do not increase from row to row.")
    rate_hz = float((table.n_rows - 1) / span_s)
    # Times printed with few digits stand still and jump, but stay within such a jump of an even clock.
    printed_s = float(steps_s[steps_s > 0].min(initial=span_s))
    late_s = max(
        np.abs(first_s - first_s[0] - np.arange(len(first_s)) / rate_hz).max(),
        np.abs(later_s - later_s[0] - places / rate_hz).max(),
    )
    if late_s > 2 * max(printed_s, 1 / rate_hz):
        raise RecordingError(
            f"{path.name} is not sampled evenly by its column {name}; resample it, or give its rate if the times "
            "are wrong."
        )
    nearest = round(rate_hz)
    return float(nearest) if nearest and abs(rate_hz / nearest - 1) < 1e-4 else rate_hz


def _scale(own_unit: str | None, told_unit: str | None) -> tuple[float, bool] | None:
    """Return what one value is in mV and whether that is known; None if nobody says the unit."""
    for unit in (told_unit, own_unit):
        if unit is None:
            continue
        factor = millivolts_per(unit)
        if factor is not None:
            return factor, True
        steps = _STEPS_UNIT.match(unit.strip())
        if steps and float(steps[1]) > 0:
            return 1 / float(steps[1]), True
        if unit == told_unit and unit.strip().lower() != UNCALIBRATED:
            raise RecordingError(f"{unit!r:.40} is no unit of voltage; give mV, uV, V, 200/mV or '{UNCALIBRATED}'.")
        return 1.0, False
    return None


def _ask(path: Path, table: Table, fs_hz: float | None, no_unit: bool) -> None:
    wanted = {"fs_hz": ("its sampling rate", fs_hz is None), "unit": ("the unit of its values", no_unit)}
    missing = [field for field, (_, absent) in wanted.items() if absent]
    if missing:
        said = " and ".join(wanted[field][0] for field in missing)
        raise LayoutNeededError(
            f"{path.name} is a table of {table.n_rows} rows and {len(table.columns)} columns that does not say {said}; "
            "give the rate in Hz, the unit (mV, uV, ...) and, if the columns have no names, the leads.",
            [column.name for column in table.columns],
            table.n_rows,
            missing,
        )
