"""Which columns of a table hold times, and what sampling rate, gaps and start they give.

A rate in the file's own words and all columns of times are compared; where they contradict each other, the one that
stamps each row evenly is the sensor's own clock, and otherwise a person is asked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.errors import RecordingError
from ecg_core.formats.common.lead_names import millivolts_per
from ecg_core.formats.tables.clock import Clock, UnevenTimesError, read_clock
from ecg_core.formats.tables.columns import Column, Table, seconds_per
from ecg_core.formats.tables.layout import TableLayout

_TIME_WORDS: Final = re.compile(
    r"(?:^|[\s_.\-])(?:times?|timestamps?|datetime|seconds|millis|micros|minutes|elapsed|zeit|uhrzeit|zeitstempel|temps|heure|"
    r"tiempo|hora|tempo|tijd|tidpunkt|aika|czas|время|时间|時間|时刻|시간|zaman|date|datum|fecha|epoch)(?:$|[\s_.\-])"
    r"|^(?:t|s|ms|us|ns|min|m?sec|secs|ora|tid|čas)$",
    re.IGNORECASE,
)
_EPOCHS: Final = ((1.0, 4e8, 4e9), (1e-3, 4e11, 4e12), (1e-6, 4e14, 4e15), (1e-9, 4e17, 4e18))
"""Seconds per unit, and the range in which stamps since 1970 lie (1982 to 2096)."""

_EARLIEST_S: Final = 946_684_800.0
_PLAUSIBLE_HZ: Final = (50.0, 4000.0)
_AGREE: Final = 0.01
_ROWS_PER_BLOCK: Final = 1 << 18
_DAY_S: Final = 86_400.0
_MAX_LISTED: Final = 3


@dataclass(frozen=True)
class Timing:
    """When the rows of a table were sampled.

    Attributes
    ----------
    fs_hz : float or None
        None if neither the file nor a person tells.
    column : int or None
        The column from which rate and gaps come.
    columns : frozenset of int
        All columns of times.
    clock : Clock or None
        What the stamps say where they are used.
    begins : datetime or None
        Of the first row, by stamps since 1970.
    notes : tuple of str
        What was concluded from the stamps.
    question : str or None
        What a person has to decide.
    """

    fs_hz: float | None
    column: int | None
    columns: frozenset[int]
    clock: Clock | None = None
    begins: datetime | None = None
    notes: tuple[str, ...] = ()
    question: str | None = None


@dataclass(frozen=True)
class Timeline:
    """Places of the rows of a table among the samples of a recording, whose gaps have no rows.

    Attributes
    ----------
    first_row, first_sample : ndarray of int64
        Where each stretch without a gap begins.
    n_rows, n_samples : int
    """

    first_row: npt.NDArray[np.int64]
    first_sample: npt.NDArray[np.int64]
    n_rows: int
    n_samples: int

    @staticmethod
    def of(clock: Clock | None, n_rows: int) -> Timeline:
        """Return the timeline by a clock; without one the rows follow each other.

        Parameters
        ----------
        clock : Clock or None
            Times in the table; None if it has none.
        n_rows : int
            Number of rows.

        Returns
        -------
        Timeline
        """
        gap_rows = np.empty(0, dtype=np.int64) if clock is None else clock.gap_rows
        gap_samples = np.empty(0, dtype=np.int64) if clock is None else clock.gap_samples
        first_row = np.concatenate([np.zeros(1, dtype=np.int64), gap_rows])
        shift = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(gap_samples)])
        return Timeline(first_row, first_row + shift, n_rows, n_rows + int(shift[-1]))

    def read(
        self, read: Callable[[int, int], npt.NDArray[np.float64]], start: int, stop: int, n_columns: int
    ) -> npt.NDArray[np.float64]:
        """Return samples.

        Parameters
        ----------
        read : callable
            Returns a span of rows.
        start, stop : int
            Span of samples.
        n_columns : int
            Columns that `read` returns.

        Returns
        -------
        ndarray of float64, shape (stop - start, columns)
            NaN in gaps.
        """
        if len(self.first_row) == 1:
            return read(start, stop)
        values = np.full((stop - start, n_columns), np.nan)
        lengths = np.diff(self.first_row, append=self.n_rows)
        part = max(int(np.searchsorted(self.first_sample, start, side="right")) - 1, 0)
        while part < len(self.first_sample) and self.first_sample[part] < stop:
            sample, row = int(self.first_sample[part]), int(self.first_row[part])
            begin, end = max(start, sample), min(stop, sample + int(lengths[part]))
            if begin < end:
                values[begin - start : end - start] = read(row + begin - sample, row + end - sample)
            part += 1
        return values


def is_time_name(name: str) -> bool:
    """Return whether a column's name is that of times."""
    return _TIME_WORDS.search(name) is not None


def _holds_times(column: Column) -> bool:
    """Tell whether a column is named as times and has no unit of voltage."""
    return is_time_name(column.name) and (column.unit is None or millivolts_per(column.unit) is None)


def timing_of(path: Path, table: Table, layout: TableLayout) -> Timing:
    """Find sampling rate, gaps and start of a table.

    Parameters
    ----------
    path : Path
        For messages.
    table : Table
        Its content.
    layout : TableLayout
        What the person entered.

    Returns
    -------
    Timing

    Raises
    ------
    RecordingError
        If the layout does not fit the table.
    """
    own = _own_columns(path, table, layout)
    told = own[0] if layout.time_column is not None else None
    columns = frozenset(own) | frozenset(
        place for place, column in enumerate(table.columns) if column.stamp or _holds_times(column)
    )
    said = layout.fs_hz if layout.fs_hz is not None else table.fs_hz
    if said is not None and not (math.isfinite(said) and said > 0):
        raise RecordingError(f"{path.name} cannot have a sampling rate of {said:g} Hz; give another one.")
    if layout.fs_hz is not None:
        return Timing(float(layout.fs_hz), told, columns)
    found, problems = _clocks(path, table, layout, [told] if told is not None else own)
    return _chosen(path, table, found, problems, columns, said)


def _own_columns(path: Path, table: Table, layout: TableLayout) -> list[int]:
    """Return the columns that may tell the time, or the one that a person named."""
    if isinstance(layout.time_column, int):
        if 0 <= layout.time_column < len(table.columns):
            return [layout.time_column]
        raise RecordingError(f"{path.name} has no column {layout.time_column + 1}; it has {len(table.columns)}.")
    if layout.time_column is not None:
        wanted = layout.time_column.strip().lower()
        for index, column in enumerate(table.columns):
            if wanted and wanted == column.name.lower():
                return [index]
        names = ", ".join(column.name or "(no name)" for column in table.columns[:20])
        raise RecordingError(f"{path.name} has no column {layout.time_column!r:.60}; it has {names or 'none':.200}.")
    return [
        place
        for place, column in enumerate(table.columns)
        if column.stamp in {"date", "time of day"} or (column.stamp is None and _holds_times(column))
    ]


@dataclass(frozen=True)
class _Candidate:
    place: int
    clock: Clock
    begins: datetime | None
    notes: tuple[str, ...]


def _clocks(
    path: Path, table: Table, layout: TableLayout, places: list[int]
) -> tuple[list[_Candidate], list[tuple[int, str]]]:
    """Read the clock of each column of times; returns those that are one, and what is wrong with the others."""
    found, problems = [], []
    for place in places:
        column = table.columns[place]
        per_second, note, begins = _unit_of_times(path, table, place, layout)
        if per_second is None:
            continue

        def blocks(place: int = place, per_second: float = per_second) -> Iterator[tuple[int, npt.NDArray[np.float64]]]:
            for start in range(0, table.n_rows, _ROWS_PER_BLOCK):
                stop = min(start + _ROWS_PER_BLOCK, table.n_rows)
                yield start, table.read(start, stop, [place])[:, 0] * per_second

        key = (place, per_second)
        if key not in table.clocks:
            try:
                table.clocks[key] = read_clock(blocks, table.n_rows, wraps=column.stamp == "time of day")
            except UnevenTimesError as error:
                table.clocks[key] = str(error)
        clock = table.clocks[key]
        if isinstance(clock, str):
            problems.append((place, clock))
        else:
            found.append(_Candidate(place, clock, begins, note))
    return found, problems


def _unit_of_times(
    path: Path, table: Table, place: int, layout: TableLayout
) -> tuple[float | None, tuple[str, ...], datetime | None]:
    """Return the seconds of a unit of a column of times, notes on how they were found, and the first time."""
    column = table.columns[place]
    if column.stamp is not None:
        return 1.0, (), None
    first = table.read(0, min(table.n_rows, 2000), [place])[:, 0]
    first = first[np.isfinite(first)]
    if len(first) < 2:
        return None, (), None
    told = layout.time_unit if layout.time_unit is not None else column.unit
    per_second = None if told is None else seconds_per(told)
    if told is not None and layout.time_unit is not None and per_second is None:
        raise RecordingError(f"{path.name}: {told!r:.40} is no unit of time; give s, ms, us, ns or min.")
    epoch = next((unit for unit, low, high in _EPOCHS if low <= first[0] <= high), None)
    begins = None
    if per_second is None and epoch is not None:
        name = {1.0: "seconds", 1e-3: "milliseconds", 1e-6: "microseconds", 1e-9: "nanoseconds"}[epoch]
        note = f"The times in {_called(column, place)} of {path.name} are taken for {name} since 1970."
        return epoch, (note,), _since_1970(float(first[0]) * epoch)
    if per_second is not None:
        at_s = float(first[0]) * per_second
        begins = _since_1970(at_s) if epoch == per_second and at_s > _EARLIEST_S else None
        return per_second, (), begins
    if layout.time_column is not None or column.name.lower() == "seconds":
        return 1.0, (), None
    return (*_plausible_unit(path, column, place, first), None)


def _plausible_unit(
    path: Path, column: Column, place: int, first: npt.NDArray[np.float64]
) -> tuple[float | None, tuple[str, ...]]:
    """Return the only unit by which times are those of an ECG; None where they may as well be a count."""
    span, steps = first[-1] - first[0], np.diff(first)
    if not span > 0 or (steps == 1).all():
        return None, ()
    rate = (len(first) - 1) / span
    fitting = [unit for unit in (1.0, 1e-3, 1e-6) if _PLAUSIBLE_HZ[0] <= rate / unit <= _PLAUSIBLE_HZ[1]]
    if len(fitting) != 1:
        return None, ()
    name = {1.0: "seconds", 1e-3: "milliseconds", 1e-6: "microseconds"}[fitting[0]]
    note = f"The times in {_called(column, place)} of {path.name} have no unit; only {name} fit an ECG."
    return fitting[0], (note,)


def _chosen(
    path: Path,
    table: Table,
    found: list[_Candidate],
    problems: list[tuple[int, str]],
    columns: frozenset[int],
    said: float | None,
) -> Timing:
    """Compare what the columns of times and the file's own words say."""
    nothing = Timing(said, None, columns)
    if not found:
        if problems and said is None:
            place, problem = problems[0]
            question = (
                f"{path.name} is not sampled evenly by its column {_called(table.columns[place], place)}: its times "
                f"{problem}; give the sampling rate, or another column of times."
            )
            return replace(nothing, question=question)
        if problems:
            place, problem = problems[0]
            note = f"The times in {_called(table.columns[place], place)} of {path.name} {problem} and were not used."
            return replace(nothing, notes=(note,))
        return nothing
    even = [each for each in found if each.clock.is_even]
    best = min(even or found, key=lambda each: (len(each.clock.gap_rows) == 0, each.clock.jitter_s * each.clock.fs_hz))
    agreeing = [each for each in found if said is None or _agree(each.clock.fs_hz, said)]
    if said is not None and not agreeing:
        question = (
            f"{path.name} says a sampling rate of {said:g} Hz, but the times in its column "
            f"{_called(table.columns[best.place], best.place)} give {best.clock.fs_hz:.6g} Hz; say which rate holds."
        )
        return replace(nothing, fs_hz=None, question=question)
    if said is not None:
        best = min(agreeing, key=lambda each: (not each.clock.is_even, each.clock.jitter_s))
    others = [each for each in found if not _agree(each.clock.fs_hz, best.clock.fs_hz)]
    if said is None and any(each.clock.is_even == best.clock.is_even for each in others):
        listed = " and ".join(
            f"{_called(table.columns[each.place], each.place)} gives {each.clock.fs_hz:.6g} Hz"
            for each in (best, *others)
        )
        return replace(
            nothing,
            question=f"The columns of times of {path.name} contradict each other: {listed}; choose one of them.",
        )
    notes = [*best.notes, *_clock_notes(path, table, best)]
    used = _called(table.columns[best.place], best.place)
    notes += [
        f"The column {_called(table.columns[each.place], each.place)} of {path.name} gives {each.clock.fs_hz:.4g} Hz "
        f"and was not used: {used} stamps every row."
        for each in others
    ]
    begins = next((each.begins for each in found if each.begins is not None), None)
    return Timing(said or best.clock.fs_hz, best.place, columns, best.clock, begins, tuple(notes))


def _clock_notes(path: Path, table: Table, best: _Candidate) -> list[str]:
    clock, column = best.clock, _called(table.columns[best.place], best.place)
    notes = []
    if clock.resolution_s * clock.fs_hz >= 1.5:
        notes.append(
            f"The times in {column} of {path.name} are steps of about {clock.resolution_s:.3g} s; the rate of "
            f"{clock.fs_hz:.6g} Hz comes from the rows between them."
        )
    elif not clock.is_even:
        notes.append(
            f"The times in {column} of {path.name} jitter by about {clock.jitter_s * 1000:.2g} ms around an even "
            f"{clock.fs_hz:.6g} Hz."
        )
    if clock.n_unreadable:
        notes.append(f"{clock.n_unreadable:,} of {table.n_rows:,} times in {column} of {path.name} cannot be read.")
    if len(clock.gap_rows):
        timeline = Timeline.of(clock, table.n_rows)
        listed = [
            f"{length_s:.3g} s at {(int(sample) - int(missing)) / clock.fs_hz:.1f} s"
            for sample, missing, length_s in zip(timeline.first_sample[1:], clock.gap_samples, clock.gap_s, strict=True)
        ]
        more = f" and {len(listed) - _MAX_LISTED:,} more" if len(listed) > _MAX_LISTED else ""
        notes.append(
            f"Samples are missing in {path.name} by its column {column}: {', '.join(listed[:_MAX_LISTED])}{more}; "
            f"shown as {'a gap' if len(listed) == 1 else 'gaps'}."
        )
    return notes


def _agree(one_hz: float, other_hz: float) -> bool:
    return abs(one_hz / other_hz - 1) <= _AGREE


def _since_1970(seconds: float) -> datetime | None:
    try:
        return datetime(1970, 1, 1) + timedelta(seconds=round(float(seconds), 6))
    except OverflowError:
        return None


def _called(column: Column, place: int) -> str:
    return column.name or f"column {place + 1}"
