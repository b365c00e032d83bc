"""Intervals of every beat, and their medians by hour."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.delineation.measured import QTC_FORMULAS
from ecg_core.delineation.qtc import qtc_ms
from ecg_core.delineation.waves import Waves

INTERVALS: Final = {
    "p_ms": ("p_on", "p_off"),
    "pr_ms": ("p_on", "qrs_on"),
    "qrs_ms": ("qrs_on", "qrs_off"),
    "qt_ms": ("qrs_on", "t_off"),
}
COLUMNS: Final = (*INTERVALS, *(f"qtc_{formula}_ms" for formula in QTC_FORMULAS))

FEWEST_BEATS: Final = 20
"""Beats of an hour that a median of it rests on."""

_SHORTEST_RR_S, _LONGEST_RR_S = 0.25, 2.5


def beat_intervals(waves: Waves, fs_hz: float) -> pd.DataFrame:
    """Return the intervals of each beat in all leads together.

    Parameters
    ----------
    waves : Waves
        Boundaries.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    pandas.DataFrame
        A row for each beat: `COLUMNS` in ms, NaN where a wave is absent or was not assessed. QTc by the RR interval
        before the beat.
    """
    table = pd.DataFrame({name: waves.interval_ms(start, stop, fs_hz) for name, (start, stop) in INTERVALS.items()})
    rr_s = np.diff(waves.beat, prepend=waves.beat[:1]) / fs_hz
    rr_s = np.where((rr_s > _SHORTEST_RR_S) & (rr_s < _LONGEST_RR_S), rr_s, np.nan)
    for formula in QTC_FORMULAS:
        table[f"qtc_{formula}_ms"] = qtc_ms(formula, table["qt_ms"].to_numpy(), rr_s)
    return table


def hourly_medians(
    intervals: pd.DataFrame, beat: npt.NDArray[np.int64], conducted: npt.NDArray[np.bool_], fs_hz: float, n_hours: int
) -> pd.DataFrame:
    """Return the medians of each hour over the conducted beats.

    Parameters
    ----------
    intervals : pandas.DataFrame
        Of :func:`beat_intervals`.
    beat : ndarray of int64, shape (beats,)
        Samples of the beats.
    conducted : ndarray of bool, shape (beats,)
        Beats of class N that are not paced: others have intervals of their own.
    fs_hz : float
        Sampling rate in Hz.
    n_hours : int
        Started hours of the recording.

    Returns
    -------
    pandas.DataFrame
        A row for each hour: `COLUMNS`; NaN where fewer than `FEWEST_BEATS` beats show the interval.
    """
    hour = (beat[conducted] / fs_hz // 3600).astype(np.int64)
    grouped = intervals[list(COLUMNS)][conducted].groupby(hour)
    every = pd.RangeIndex(n_hours)
    median, count = grouped.median().reindex(every), grouped.count().reindex(every, fill_value=0)
    return median.where(count >= FEWEST_BEATS)
