"""Figures asleep, awake and in activity: rates, ectopic beats by the hour, burden, heart-rate variability.

Sleep that a person has set wins over what the heart rate suggests; activity is set by persons alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ecg_core.review.span_notes import SpanNote
from ecg_core.rhythm.sleep import SleepEstimate
from ecg_core.rhythm.trends import Cell, Spans, TrendTable

Basis = Literal["by hand", "estimated", "none"]
PeriodName = Literal["asleep", "awake", "activity"]

_HOUR_S: Final = 3600.0
_PER_HOUR: Final = {"v_per_hour": ("v_beats", "V beats"), "s_per_hour": ("s_beats", "S beats")}
_OF_TRENDS: Final = ("mean_rate", "min_rate", "max_rate", "pauses", "v_runs", "s_runs", "af", "sdnn_ms", "rmssd_ms")
_NOT_LONG: Final = "no readable signal"


@dataclass(frozen=True)
class SleepWakeColumn:
    """A figure of the table: its name, and title, unit and decimals as shown."""

    name: str
    title: str
    unit: str
    digits: int


@dataclass(frozen=True)
class Period:
    """Figures of all time asleep, awake or in activity.

    Attributes
    ----------
    name : {"asleep", "awake", "activity"}
    spans_s : tuple of (float, float)
        Start and end in seconds from the start of the recording.
    cells : tuple of Cell
        One for each column.
    """

    name: PeriodName
    spans_s: tuple[tuple[float, float], ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Sleep:
    """When the person slept.

    Attributes
    ----------
    basis : {"by hand", "estimated", "none"}
    spans_s : tuple of (float, float)
        Start and end in seconds from the start of the recording.
    reason : str
        Why there are none.
    """

    basis: Basis
    spans_s: tuple[tuple[float, float], ...] = ()
    reason: str = ""

    @property
    def told(self) -> str:
        """What it rests on, in one or two sentences."""
        if self.basis == "by hand":
            return "Sleep set by hand."
        if self.basis == "estimated":
            return (
                "Sleep estimated from the rate, not observed: where the heart rate stays low for hours. Drugs that "
                "slow the heart mislead it; set sleep by hand where it is known."
            )
        return f"Sleep is not estimated: {self.reason}."


@dataclass(frozen=True)
class SleepWake:
    """Figures asleep, awake and in activity, for those of the three that there are."""

    columns: tuple[SleepWakeColumn, ...]
    periods: tuple[Period, ...]


def sleep_of(notes: Iterable[SpanNote], estimate: SleepEstimate, fs_hz: float, n_samples: int) -> Sleep:
    """Return the sleep that a person has set, else the estimated one.

    Parameters
    ----------
    notes : iterable of SpanNote
        Notes on the recording; those that were withdrawn do not count.
    estimate : SleepEstimate
        As :func:`ecg_core.rhythm.sleep.estimate_sleep` returns it.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording in samples.

    Returns
    -------
    Sleep
    """
    by_hand = _joined(notes, "sleep", fs_hz, n_samples)
    if by_hand:
        return Sleep("by hand", by_hand)
    return Sleep("estimated" if estimate.spans_s else "none", estimate.spans_s, estimate.reason)


def sleep_wake(table: TrendTable, sleep: Sleep, notes: Iterable[SpanNote], fs_hz: float, n_samples: int) -> SleepWake:
    """Return figures asleep, awake and in activity.

    Parameters
    ----------
    table : TrendTable
        Hourly table of the beats that count, whose columns are taken over other spans.
    sleep : Sleep
        As :func:`sleep_of` returns it.
    notes : iterable of SpanNote
        Notes on the recording, of which those of activity count.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording in samples.

    Returns
    -------
    SleepWake
    """
    awake = _outside(n_samples / fs_hz, sleep.spans_s) if sleep.spans_s else ()
    active = _joined(notes, "activity", fs_hz, n_samples)
    figures = _Figures(table)
    given: tuple[tuple[PeriodName, tuple[tuple[float, float], ...]], ...] = (
        ("asleep", sleep.spans_s),
        ("awake", awake),
        ("activity", active),
    )
    return SleepWake(
        figures.columns, tuple(Period(name, spans, figures.cells(spans)) for name, spans in given if spans)
    )


class _Figures:
    """Columns of the table, most of them those of the hourly one."""

    def __init__(self, table: TrendTable) -> None:
        self._by_name = {column.name: column for column in table.columns}
        self._taken = [name for name in _OF_TRENDS if name in self._by_name]
        titles = [(name, self._by_name[name]) for name in self._taken]
        self.columns = (
            SleepWakeColumn("hours", "Length", "h", 1),
            SleepWakeColumn("readable", "Readable", "%", 0),
            *(SleepWakeColumn(name, f"{title} per hour", "", 1) for name, (_, title) in _PER_HOUR.items()),
            *(
                SleepWakeColumn(name, _title(column.title, column.group), column.unit, column.digits)
                for name, column in titles
            ),
        )

    def cells(self, spans: Spans) -> tuple[Cell, ...]:
        """Return the figures of some spans."""
        hours = sum(stop - start for start, stop in spans) / _HOUR_S
        readable = self._by_name["readable"].cell(spans)
        readable_hours = hours if readable.value is None else hours * readable.value / 100
        cells = [Cell(hours), readable]
        for beats, _ in _PER_HOUR.values():
            found = self._by_name[beats].cell(spans)
            if found.value is None or not readable_hours:
                cells.append(Cell(None, None, found.reason or _NOT_LONG))
            else:
                cells.append(Cell(found.value / readable_hours, found.sample))
        return (*cells, *(self._by_name[name].cell(spans) for name in self._taken))


def _title(title: str, group: str) -> str:
    return f"{title} rate" if group == "Heart rate" else title


def _joined(notes: Iterable[SpanNote], kind: str, fs_hz: float, n_samples: int) -> tuple[tuple[float, float], ...]:
    """Return the spans of a kind in seconds, in order and without overlap."""
    spans: list[tuple[float, float]] = []
    chosen = [one for one in notes if one.kind == kind and one.withdrawn_at is None]
    for first, last in sorted((one.start_sample, min(one.stop_sample, n_samples)) for one in chosen):
        start, stop = first / fs_hz, last / fs_hz
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(spans[-1][1], stop)
        elif start < stop:
            spans.append((start, stop))
    return tuple(spans)


def _outside(duration_s: float, spans: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Return the time that no span covers."""
    edges = [0.0, *(edge for span in spans for edge in span), duration_s]
    return tuple((start, stop) for start, stop in zip(edges[::2], edges[1::2], strict=True) if stop > start)
