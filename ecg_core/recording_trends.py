"""Hourly table and heart-rate variability of an analysis, without the events that a person has dismissed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Final

import pandas as pd

from ecg_core.analysis import Analysis
from ecg_core.delineation.qtc import qtc_ms
from ecg_core.delineation.st import BIN_S
from ecg_core.delineation.trend_columns import interval_columns, st_columns
from ecg_core.recording import Recording
from ecg_core.rhythm import assessed_kinds
from ecg_core.rhythm.hrv import HeartRateVariability
from ecg_core.rhythm.intervals import Intervals, intervals
from ecg_core.rhythm.precedence import without_dismissed
from ecg_core.rhythm.trends import Column, TrendTable, trend_table

DEFAULT_QTC: Final = "fridericia"
"""Correction of the QT interval in the hourly table where no other is asked for."""


@dataclass(frozen=True, eq=False)
class RecordingTrends:
    """The hourly table of an analysis.

    Attributes
    ----------
    given : Intervals
        Beats and intervals that it rests on.
    episodes : pandas.DataFrame
        Episodes without those dismissed.
    variability : HeartRateVariability
    table : TrendTable
    """

    given: Intervals
    episodes: pd.DataFrame
    variability: HeartRateVariability
    table: TrendTable


def recording_trends(
    recording: Recording,
    analysis: Analysis,
    dismissed: Collection[str] = (),
    qtc: str = DEFAULT_QTC,
    variability: HeartRateVariability | None = None,
) -> RecordingTrends:
    """Return the hourly table and the heart-rate variability of an analysis.

    Parameters
    ----------
    recording : Recording
        The recording.
    analysis : Analysis
        With corrections, where a person has made some; columns of waves are there once they are delineated.
    dismissed : collection of str
        Events that a person has dismissed, as :func:`ecg_core.rhythm.precedence.event_key` names them.
    qtc : str
        Formula of QTc, one of `ecg_core.delineation.qtc.QTC_MS`.
    variability : HeartRateVariability, optional
        That of the same beats and episodes, where it is there already.

    Returns
    -------
    RecordingTrends
    """
    given = analysis.counted
    if given is None:
        given = intervals(analysis.beats, recording.fs_hz, analysis.quality)
    episodes = without_dismissed(analysis.episodes, dismissed)
    if variability is None:
        variability = HeartRateVariability(given, episodes, recording.fs_hz, recording.n_samples, recording.start_time)
    table = trend_table(
        given,
        episodes,
        variability,
        assessed_kinds(analysis),
        recording.fs_hz,
        analysis.quality,
        _columns_of_waves(recording, analysis, given, qtc),
    )
    return RecordingTrends(given, episodes, variability, table)


def _columns_of_waves(recording: Recording, analysis: Analysis, given: Intervals, qtc: str) -> list[Column]:
    """Return the columns of PR, QRS, QTc and the ST segment; none until the waves are delineated."""
    if analysis.waves is None:
        return []
    waves, trend = analysis.waves.waves, analysis.waves.st
    correct = partial(qtc_ms, qtc)
    return [
        *interval_columns(waves, given, recording.fs_hz, correct, qtc.title()),
        *st_columns(trend.lead_names, trend.deviation_mv, BIN_S, recording.fs_hz, trend.not_assessed),
    ]
