"""Columns of the hourly table that rest on waves: PR, QRS, QTc and the ST segment.

Intervals are medians of minutes over the normal beats, and a cell is the median of its minutes; it leads to the minute
in which the interval is longest. A minute counts if at least half of its normal beats show the wave, and ten or more
do. QT is corrected with the median interval of its own minute.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from ecg_core.arrays import Float64Array
from ecg_core.delineation.waves import Waves
from ecg_core.rhythm.intervals import Intervals
from ecg_core.rhythm.trends import Cell, Column, Spans

FEWEST_BEATS: Final = 10
_MIN_SHARE: Final = 0.5
_MINUTE_S: Final = 60
_INTERVALS: Final = {"pr": ("p_on", "qrs_on"), "qrs": ("qrs_on", "qrs_off"), "qt": ("qrs_on", "t_off")}

Correct = Callable[[Float64Array, Float64Array], Float64Array]
"""From QT in ms and RR in s to QTc in ms."""


def interval_columns(waves: Waves, given: Intervals, fs_hz: float, correct: Correct, formula: str) -> list[Column]:
    """Return the columns PR, QRS and QTc, and the longest QTc.

    Parameters
    ----------
    waves : Waves
        Boundaries of the beats as they were detected.
    given : Intervals
        Beats and intervals under review; N beats alone are measured.
    fs_hz : float
        Sampling rate in Hz.
    correct : callable
        Corrects QT for the heart rate.
    formula : str
        Name of the correction, as shown.

    Returns
    -------
    list of Column
    """
    minutes = _by_minute(waves, given, fs_hz)
    minutes["qtc"] = correct(minutes["qt"].to_numpy(), minutes["rr_s"].to_numpy())
    reasons = {"pr": "no P wave in most beats", "qrs": "QRS not measured", "qtc": "QT not measured in most beats"}

    def column(name: str, title: str, of: str, leads_to: str, pick: Callable[[Float64Array], float]) -> Column:
        values = minutes[of].to_numpy(dtype=np.float64)

        def cell(spans: Spans) -> Cell:
            at = _positions(spans, _MINUTE_S, len(values))
            at = at[np.isfinite(values[at])]
            if not len(at):
                return Cell(None, None, reasons[of])
            longest = int(at[np.argmax(values[at])])
            return Cell(pick(values[at]), round(max(longest * _MINUTE_S, spans[0][0]) * fs_hz))

        return Column(name, title, "ms", "Intervals", 0, leads_to, cell)

    def median(values: Float64Array) -> float:
        return float(np.median(values))

    def largest(values: Float64Array) -> float:
        return float(values.max())

    return [
        column("pr_ms", "PR", "pr", "the minute with the longest PR", median),
        column("qrs_ms", "QRS", "qrs", "the minute with the widest QRS", median),
        column("qtc_ms", f"QTc {formula}", "qtc", "the minute with the longest QTc", median),
        column("longest_qtc_ms", "Longest QTc", "qtc", "the minute with the longest QTc", largest),
    ]


def st_columns(
    lead_names: Sequence[str],
    deviation_mv: Float64Array,
    bin_s: float,
    fs_hz: float,
    not_assessed: Mapping[str, str],
) -> list[Column]:
    """Return a column for each lead: the largest deviation of the ST segment, with its sign.

    Parameters
    ----------
    lead_names : sequence of str
        Names of the leads.
    deviation_mv : ndarray of float64, shape (bins, leads)
        ST level less its reference; NaN where it was not measured.
    bin_s : float
        Length of a bin in seconds.
    fs_hz : float
        Sampling rate in Hz.
    not_assessed : mapping of str to str
        Leads without any level, with the reason.

    Returns
    -------
    list of Column
    """

    def column(lead: int, name: str) -> Column:
        values = deviation_mv[:, lead]

        def cell(spans: Spans) -> Cell:
            at = _positions(spans, bin_s, len(values))
            at = at[np.isfinite(values[at])]
            if not len(at):
                return Cell(None, None, not_assessed.get(name, "not measured"))
            farthest = int(at[np.argmax(np.abs(values[at]))])
            return Cell(float(values[farthest]), round(max(farthest * bin_s, spans[0][0]) * fs_hz))

        return Column(f"st_{lead}", name, "mV", "Largest ST deviation", 2, "where it is largest", cell)

    return [column(lead, name) for lead, name in enumerate(lead_names)]


def _positions(spans: Spans, step_s: float, n: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the steps whose middle lies in some spans."""
    parts = [
        np.arange(math.ceil(start_s / step_s - 0.5), math.ceil(stop_s / step_s - 0.5)) for start_s, stop_s in spans
    ]
    at = np.concatenate(parts).astype(np.int64)
    return at[(at >= 0) & (at < n)]


def _by_minute(waves: Waves, given: Intervals, fs_hz: float) -> pd.DataFrame:
    """Return the medians of each minute: ``pr, qrs, qt`` in ms, ``rr_s``; NaN where too few beats show them."""
    normal = given.sample[given.labelled_as("N")] if given.label is not None else given.sample
    chosen = np.isin(waves.beat, normal)
    last_s = max(int(given.sample[-1]) if len(given.sample) else 0, int(waves.beat[-1]) if len(waves) else 0) / fs_hz
    n_minutes = int(last_s // _MINUTE_S) + 1
    table = pd.DataFrame(index=pd.RangeIndex(n_minutes))
    minute = (waves.beat[chosen] / fs_hz // _MINUTE_S).astype(np.int64)
    for name, (first, last) in _INTERVALS.items():
        length_ms = 1000 / fs_hz * (waves.sample_of(last) - waves.sample_of(first))[chosen]
        groups = pd.Series(length_ms).groupby(minute)
        shown = groups.count()
        enough = (shown >= FEWEST_BEATS) & (shown >= _MIN_SHARE * groups.size())
        table[name] = groups.median().where(enough)
    of_normal = given.readable.copy()
    if given.label is not None:
        of_normal &= ~given.touching(~given.labelled_as("N"))
    ends = (given.sample[1:][of_normal] / fs_hz // _MINUTE_S).astype(np.int64)
    table["rr_s"] = pd.Series(given.rr_s[of_normal]).groupby(ends).median()
    return table
