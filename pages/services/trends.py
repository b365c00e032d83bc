"""Trends of an open recording: the hourly table and heart-rate variability of the beats under review."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from ecg_core.analysis import Analysis
from ecg_core.delineation.qtc import QTC_MS
from ecg_core.interpretation.ecg import subject_of
from ecg_core.recording import Recording
from ecg_core.recording_trends import DEFAULT_QTC, recording_trends
from ecg_core.rhythm.hrv import HeartRateVariability, Sex
from ecg_core.rhythm.trends import TrendTable
from pages.services.review_sessions import read_on, review_session_of
from pages.services.wording import person
from pages.services.workspace import OpenedRecording

QTC_FORMULAS: Final = tuple(QTC_MS)
"""Formulas of QTc that a table can be asked for with."""

_made: WeakKeyDictionary[OpenedRecording, tuple[Trends, ...]] = WeakKeyDictionary()
"""Tables of the beats as they were last, one for each formula that was asked for."""

_making = threading.Lock()
_YEARS: Final = re.compile(r"\b(\d{1,3})\b")


@dataclass(frozen=True, eq=False)
class Trends:
    """The hourly table of an analysis.

    Attributes
    ----------
    revision : int
        Of the log of edits.
    analysis : Analysis
        What it was made of.
    dismissed : frozenset of str
        Events that were left out.
    variability : HeartRateVariability
    table : TrendTable
    qtc : str
        Formula of its QTc, one of `QTC_FORMULAS`.
    """

    revision: int
    analysis: Analysis
    dismissed: frozenset[str]
    variability: HeartRateVariability
    table: TrendTable
    qtc: str = DEFAULT_QTC


def trends_of(opened: OpenedRecording, qtc: str | None = None) -> Trends | None:
    """Return the trends of the beats under review, computed once for each state of the review and formula of QTc.

    Parameters
    ----------
    opened : OpenedRecording
        The recording on the desk.
    qtc : str, optional
        Formula of QTc, one of `QTC_FORMULAS`. Where it does not matter, the table that is there is returned.

    Returns
    -------
    Trends or None
        None before beats have been found.
    """
    session = review_session_of(opened)
    revision, dismissed, analysis = 0, frozenset[str](), opened.analysis
    if session is not None:
        revision = read_on(session)
        dismissed, analysis = session.state.dismissed_events(), session.analysis
    if analysis is None:
        return None
    kept = _kept(opened, analysis, dismissed, qtc)
    if kept:
        return kept[0]
    with _making:
        kept = _kept(opened, analysis, dismissed, qtc)
        if not kept:
            others = _kept(opened, analysis, dismissed)
            variability = others[0].variability if others else None
            kept = (_trends(opened.recording, analysis, revision, dismissed, qtc or DEFAULT_QTC, variability),)
            _made[opened] = (*kept, *others)
        return kept[0]


def _kept(
    opened: OpenedRecording, analysis: Analysis, dismissed: frozenset[str], qtc: str | None = None
) -> tuple[Trends, ...]:
    """Return the tables that are there of these beats, with a certain formula if one is given."""
    return tuple(
        one
        for one in _made.get(opened, ())
        if one.analysis is analysis and one.dismissed == dismissed and qtc in (None, one.qtc)
    )


def age_years(recording: Recording) -> int | None:
    """Return the age that the file tells; None where it tells none, or only that it is high."""
    told = person(recording.comments)
    found = _YEARS.search(told) if told and "over" not in told and ">" not in told else None
    return int(found.group(1)) if found else None


def sex_of(recording: Recording) -> Sex | None:
    """Return the sex that the file tells; None where it tells none.

    Parameters
    ----------
    recording : Recording
        The open recording.

    Returns
    -------
    {"F", "M"} or None
    """
    told = subject_of(recording).sex
    if told is not None:
        return told
    first = (person(recording.comments) or "")[:1]  # MIT-BIH: "69 M 1085 1629 x1"
    return "F" if first == "F" else "M" if first == "M" else None


def _trends(
    recording: Recording,
    analysis: Analysis,
    revision: int,
    dismissed: frozenset[str],
    qtc: str,
    variability: HeartRateVariability | None,
) -> Trends:
    """Return the trends; heart-rate variability anew unless that of the same beats is given."""
    found = recording_trends(recording, analysis, dismissed, qtc, variability)
    return Trends(revision, analysis, dismissed, found.variability, found.table, qtc)
