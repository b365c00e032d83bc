"""Hourly table of a long recording: rates, ectopy, runs, pauses, AF and heart-rate variability.

A row is an hour (of the clock where the start time is known), the day, the night, or the whole recording; a column is
a figure; a cell is its value and the sample that it rests on: the fastest minute, the longest pause, the first V beat.
An event counts in every row into which it reaches. What cannot be told is absent with its reason, never zero: figures
of kinds that were not looked for, and of rows in which nothing can be read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from ecg_core.arrays import BoolArray, UInt8Array
from ecg_core.rhythm.assessed import Assessment
from ecg_core.rhythm.hrv import HeartRateVariability
from ecg_core.rhythm.intervals import Intervals, readable_seconds
from ecg_core.rhythm.rate import smoothed_rate_of
from ecg_core.rhythm.urgency import by_urgency

Spans = Sequence[tuple[float, float]]
"""Starts and ends in seconds from the start of the recording."""

V_RUNS: Final = ("VF", "POSSIBLE_VT", "VT", "IVR")
S_RUNS: Final = ("SVTA", "SVR")
PAUSES: Final = ("ASYSTOLE", "PAUSE")
AV_BLOCK: Final = ("AVB3", "AVB2", "AVB1")

_UNREADABLE: Final = "unreadable signal"
_NO_CLASSES: Final = "beats not classified"
_TOO_FEW_BEATS: Final = "too few beats"


@dataclass(frozen=True)
class Cell:
    """A figure of the table.

    Attributes
    ----------
    value : float or None
    sample : int or None
        Where what it rests on is seen.
    reason : str
        Why there is no value.
    """

    value: float | None
    sample: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes
    ----------
    name : str
        Stable identifier.
    title, unit : str
        As shown.
    group : str
        Heading that neighbouring columns share.
    digits : int
        Decimals.
    leads_to : str
        What a click on a cell shows, as a phrase.
    cell : callable
        Returns the figure of some spans.
    """

    name: str
    title: str
    unit: str
    group: str
    digits: int
    leads_to: str
    cell: Callable[[Spans], Cell]


@dataclass(frozen=True)
class Row:
    """A row of the table, with a cell for each column."""

    kind: Literal["hour", "day", "night", "whole"]
    spans_s: tuple[tuple[float, float], ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class TrendTable:
    """The hourly table of a recording."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def trend_table(
    given: Intervals,
    episodes: pd.DataFrame,
    variability: HeartRateVariability,
    assessment: Assessment,
    fs_hz: float,
    quality: UInt8Array | None = None,
    further: Sequence[Column] = (),
) -> TrendTable:
    """Return the hourly table of a recording.

    Parameters
    ----------
    given : Intervals
        Beats and intervals of the analysis.
    episodes : pandas.DataFrame
        Its episodes, without those that a person has dismissed.
    variability : HeartRateVariability
        Of the same beats; it tells the hours, the day and the night.
    assessment : Assessment
        Which kinds of episodes were looked for.
    fs_hz : float
        Sampling rate in Hz.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Quality grades.
    further : sequence of Column
        Columns of other measurements, before those of heart-rate variability.

    Returns
    -------
    TrendTable
    """
    figures = _Figures(given, by_urgency(episodes), assessment, fs_hz, quality)
    columns = (*figures.columns(), *further, *_variability_columns(variability, fs_hz))
    rows: list[tuple[Literal["hour", "day", "night", "whole"], Spans]] = [
        ("hour", [span]) for span in variability.hours()
    ]
    rows += [("day", day)] if (day := variability.day()) else []
    rows += [("night", night)] if (night := variability.night()) else []
    rows.append(("whole", [(0.0, variability.duration_s)]))
    return TrendTable(
        columns, tuple(Row(kind, tuple(spans), tuple(each.cell(spans) for each in columns)) for kind, spans in rows)
    )


class _Figures:
    """Figures of beats and episodes."""

    def __init__(
        self,
        given: Intervals,
        episodes: pd.DataFrame,
        assessment: Assessment,
        fs_hz: float,
        quality: UInt8Array | None,
    ) -> None:
        self.seconds = None if quality is None or not len(quality) else readable_seconds(quality)
        self.given, self.episodes, self.assessment, self.fs_hz = given, episodes, assessment, fs_hz
        self.time_s = given.sample / fs_hz
        self.rate_bpm = smoothed_rate_of(given)
        self.usable = given.readable & ~given.in_ventricular_run
        self.of_class = {letter: given.labelled_as(letter) for letter in "VS"}

    def columns(self) -> list[Column]:
        found = set(self.episodes["kind"])
        columns = [
            Column("readable", "Readable", "%", "Signal", 0, "the first unreadable signal", self.readable),
            Column("mean_rate", "Mean", "bpm", "Heart rate", 0, "the beginning", self.mean_rate),
            Column("min_rate", "Slowest", "bpm", "Heart rate", 0, "the slowest beats", self.min_rate),
            Column("max_rate", "Fastest", "bpm", "Heart rate", 0, "the fastest beats", self.max_rate),
            Column("longest_rr", "Longest RR", "s", "Pauses", 2, "the longest interval", self.longest_rr),
            self._count("pauses", "Pauses", "Pauses", "the longest pause", PAUSES),
            self._beats("v_beats", "V beats", "Ventricular", "V"),
            self._count("couplets", "Couplets", "Ventricular", "the first couplet", ("COUPLET",)),
            self._count("v_runs", "Runs, VT, VF", "Ventricular", "the most urgent run", V_RUNS),
            self._beats("s_beats", "S beats", "Supraventricular", "S"),
            self._count("s_pairs", "Pairs", "Supraventricular", "the first pair", ("PAIR_S",)),
            self._count("s_runs", "Runs, SVT", "Supraventricular", "the most urgent run", S_RUNS),
            self._share("af", "AF", "AFIB"),
        ]
        # Flutter and AV block are looked for in some of their forms only: that none was found is no zero.
        if "AFL" in found:
            columns.append(self._share("afl", "Flutter", "AFL"))
        if found.intersection(AV_BLOCK):
            columns.append(self._count("av_block", "AV block", "Rhythm", "the most urgent block", AV_BLOCK))
        return columns

    def _inside(self, spans: Spans) -> BoolArray:
        """Tell which intervals begin in some spans; shape (intervals,)."""
        inside = np.zeros(len(self.given.rr_s), dtype=bool)
        for start_s, stop_s in spans:
            first, last = np.searchsorted(self.time_s[:-1], (start_s, stop_s)).tolist()
            inside[first:last] = True
        return inside

    def _beats_inside(self, spans: Spans) -> BoolArray:
        inside = np.zeros(len(self.time_s), dtype=bool)
        for start_s, stop_s in spans:
            first, last = np.searchsorted(self.time_s, (start_s, stop_s)).tolist()
            inside[first:last] = True
        return inside

    def _nothing_readable(self, spans: Spans) -> bool:
        return not bool((self._inside(spans) & self.given.readable).any())

    def readable(self, spans: Spans) -> Cell:
        if self.seconds is None:
            return Cell(None, None, "signal quality not assessed")
        edges = [(math.floor(start_s), math.ceil(stop_s)) for start_s, stop_s in spans]
        at = np.concatenate([np.arange(start, min(stop, len(self.seconds))) for start, stop in edges])
        if not len(at):
            return Cell(None, None, "signal quality not assessed")
        unreadable = at[~self.seconds[at]]
        first_s = unreadable[0] if len(unreadable) else spans[0][0]
        return Cell(100 * float(self.seconds[at].mean()), round(first_s * self.fs_hz))

    def mean_rate(self, spans: Spans) -> Cell:
        chosen = self._inside(spans) & self.usable
        if not chosen.any():
            return Cell(None, None, _UNREADABLE)
        return Cell(float(60 * chosen.sum() / self.given.rr_s[chosen].sum()), round(spans[0][0] * self.fs_hz))

    def min_rate(self, spans: Spans) -> Cell:
        return self._extreme(spans, np.argmin, np.inf)

    def max_rate(self, spans: Spans) -> Cell:
        return self._extreme(spans, np.argmax, -np.inf)

    def _extreme(self, spans: Spans, pick: Callable[..., np.intp], otherwise: float) -> Cell:
        known = self._beats_inside(spans) & np.isfinite(self.rate_bpm)
        if not known.any():
            return Cell(None, None, _UNREADABLE if self._nothing_readable(spans) else _TOO_FEW_BEATS)
        at = int(pick(np.where(known, self.rate_bpm, otherwise)))
        return Cell(float(self.rate_bpm[at]), int(self.given.sample[at]))

    def longest_rr(self, spans: Spans) -> Cell:
        chosen = self._inside(spans) & self.given.readable
        if not chosen.any():
            return Cell(None, None, _UNREADABLE)
        at = int(np.argmax(np.where(chosen, self.given.rr_s, -1.0)))
        return Cell(float(self.given.rr_s[at]), int(self.given.sample[at]))

    def _beats(self, name: str, title: str, group: str, letter: str) -> Column:
        def cell(spans: Spans) -> Cell:
            if self.given.label is None:
                return Cell(None, None, _NO_CLASSES)
            found = np.flatnonzero(self._beats_inside(spans) & self.of_class[letter])
            if not len(found) and self._nothing_readable(spans):
                return Cell(None, None, _UNREADABLE)
            return Cell(float(len(found)), int(self.given.sample[found[0]]) if len(found) else None)

        return Column(name, title, "", group, 0, f"the first {letter} beat", cell)

    def _count(self, name: str, title: str, group: str, leads_to: str, kinds: Collection[str]) -> Column:
        ordered = self.episodes[self.episodes["kind"].isin(kinds)]
        starts, stops = ordered["start_sample"].to_numpy(), ordered["stop_sample"].to_numpy()
        reasons = [self.assessment.not_assessed[kind] for kind in kinds if kind in self.assessment.not_assessed]

        def cell(spans: Spans) -> Cell:
            inside = np.zeros(len(ordered), dtype=bool)
            for start_s, stop_s in spans:
                inside |= (starts < stop_s * self.fs_hz) & (stops > start_s * self.fs_hz)
            if inside.any():
                # In order of urgency: the first is the most urgent, of pauses the longest.
                return Cell(float(inside.sum()), int(max(starts[inside][0], spans[0][0] * self.fs_hz)))
            if reasons:
                return Cell(None, None, reasons[0])
            return Cell(None, None, _UNREADABLE) if self._nothing_readable(spans) else Cell(0.0)

        return Column(name, title, "", group, 0, leads_to, cell)

    def _share(self, name: str, title: str, kind: str) -> Column:
        chosen = self.episodes[self.episodes["kind"] == kind].sort_values("start_sample")
        inside_kind = np.zeros(len(self.given.rr_s), dtype=bool)
        edges = zip(chosen["start_sample"].tolist(), chosen["stop_sample"].tolist(), strict=True)
        for start, stop in edges:
            begin, end = np.searchsorted(self.given.sample, [start, stop]).tolist()
            inside_kind[begin : max(end - 1, begin)] = True

        def cell(spans: Spans) -> Cell:
            inside = self._inside(spans) & self.given.readable
            part = np.flatnonzero(inside & inside_kind)
            if not len(part) and kind in self.assessment.not_assessed:
                return Cell(None, None, self.assessment.not_assessed[kind])
            if not inside.any():
                return Cell(None, None, _UNREADABLE)
            value = 100 * float(self.given.rr_s[part].sum() / self.given.rr_s[inside].sum())
            return Cell(value, int(self.given.sample[part[0]]) if len(part) else None)

        return Column(name, title, "%", "Rhythm", 1, "where it begins", cell)


def _variability_columns(variability: HeartRateVariability, fs_hz: float) -> list[Column]:
    def column(name: str, title: str, unit: str, digits: int) -> Column:
        def cell(spans: Spans) -> Cell:
            found = variability.of(*spans).measures[name]
            at = None if found.value is None else round(spans[0][0] * fs_hz)
            return Cell(found.value, at, found.reason)

        return Column(name, title, unit, "Heart-rate variability", digits, "the beginning", cell)

    return [
        column("sdnn_ms", "SDNN", "ms", 0),
        column("rmssd_ms", "RMSSD", "ms", 0),
        column("lf_hf", "LF/HF", "", 1),
    ]
