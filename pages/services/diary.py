"""Diary, sleep and agreement of readers of open recordings. No Streamlit."""

from __future__ import annotations

import threading
import zlib
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from ecg_core.analysis import Analysis
from ecg_core.errors import ReviewError
from ecg_core.review.diary import DiaryEntry, FileDiary, diary, file_diary
from ecg_core.review.readers import Reader, ReaderAgreement, reader_agreement, readers_of
from ecg_core.review.sleep_wake import Sleep, SleepWake, sleep_of, sleep_wake
from ecg_core.review.span_notes import Kind, SpanNote, SpanNotes
from ecg_core.rhythm.precedence import without_dismissed
from ecg_core.rhythm.sleep import SleepEstimate, estimate_sleep
from ecg_core.rhythm.surroundings import Surroundings, surroundings
from pages.services.review_sessions import database_in_use, problem_shown, read_on, review_session_of, why_read_only
from pages.services.trends import trends_of
from pages.services.workspace import OpenedRecording

_of_files: Final[WeakKeyDictionary[OpenedRecording, FileDiary]] = WeakKeyDictionary()
_estimates: Final[WeakKeyDictionary[OpenedRecording, tuple[Analysis, frozenset[str], SleepEstimate]]] = (
    WeakKeyDictionary()
)
_agreements: Final[WeakKeyDictionary[OpenedRecording, tuple[object, ReaderAgreement]]] = WeakKeyDictionary()
_comparing: Final = threading.Lock()


@dataclass(frozen=True)
class Diary:
    """The diary of a recording as it is now.

    Attributes
    ----------
    version : int
        Another one whenever anything of it is otherwise.
    entries : list of DiaryEntry
    around : list of Surroundings or None
        Of each entry; None before beats have been found.
    sleep : Sleep or None
        None before beats have been found.
    problems : list of str
        What could not be read, one sentence each.
    """

    version: int
    entries: list[DiaryEntry]
    around: list[Surroundings | None]
    sleep: Sleep | None
    problems: list[str]


def diary_of(opened: OpenedRecording, have: int = -1) -> Diary | None:
    """Return the diary of a recording.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    have : int
        The version that the browser has.

    Returns
    -------
    Diary or None
        None if nothing has changed since that version.
    """
    of_file = _of_files.get(opened)
    if of_file is None:
        of_file = _of_files[opened] = file_diary(opened.recording)
    notes, problem = _notes_or_problem(opened)
    problems = [*of_file.problems, *problem]
    analysis, dismissed = _reviewed(opened)
    made_of = notes, problems, id(analysis), sorted(dismissed)
    version = zlib.crc32(repr(made_of).encode())
    if version == have:
        return None
    entries = diary(of_file, notes)
    if analysis is None or analysis.counted is None:
        return Diary(version, entries, [None] * len(entries), None, problems)
    fs_hz, n_samples = opened.recording.fs_hz, opened.recording.n_samples
    counted, quality = analysis.counted, analysis.quality
    episodes = without_dismissed(analysis.episodes, dismissed)
    spans = [(entry.start_sample, entry.stop_sample) for entry in entries]
    around: list[Surroundings | None] = [
        surroundings(counted, episodes, fs_hz, n_samples, span, quality) for span in spans
    ]
    return Diary(version, entries, around, _sleep(opened, analysis, dismissed, notes), problems)


def sleep_figures(opened: OpenedRecording) -> tuple[Sleep, SleepWake] | None:
    """Return figures asleep, awake and in activity of the beats under review.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.

    Returns
    -------
    tuple of (Sleep, SleepWake) or None
        None before beats have been found.

    Raises
    ------
    ReviewError
        If what people have set cannot be read.
    """
    trends = trends_of(opened)
    if trends is None or trends.analysis.counted is None:
        return None
    notes = _notes_of(opened)
    sleep = _sleep(opened, trends.analysis, trends.dismissed, notes)
    return sleep, sleep_wake(trends.table, sleep, notes, opened.recording.fs_hz, opened.recording.n_samples)


def _reviewed(opened: OpenedRecording) -> tuple[Analysis | None, frozenset[str]]:
    """Return the analysis with everybody's edits, and the events that were dismissed."""
    session = review_session_of(opened)
    if session is None:
        return opened.analysis, frozenset()
    read_on(session)
    return session.analysis, session.state.dismissed_events()


def _sleep(opened: OpenedRecording, analysis: Analysis, dismissed: frozenset[str], notes: list[SpanNote]) -> Sleep:
    fs_hz, n_samples = opened.recording.fs_hz, opened.recording.n_samples
    known = _estimates.get(opened)
    if known is None or known[0] is not analysis or known[1] != dismissed:
        assert analysis.counted is not None
        episodes = without_dismissed(analysis.episodes, dismissed)
        estimate = estimate_sleep(analysis.counted, episodes, fs_hz, n_samples)
        known = _estimates[opened] = analysis, dismissed, estimate
    return sleep_of(notes, known[2], fs_hz, n_samples)


def _notes_or_problem(opened: OpenedRecording) -> tuple[list[SpanNote], list[str]]:
    try:
        return _notes_of(opened), []
    except ReviewError as error:
        return [], [f"What people have entered cannot be read and is not shown: {error}"]


def add_entry(opened: OpenedRecording, uuid: str, kind: Kind, span: tuple[int, int], text: str, person: str) -> None:
    """Add an entry to the diary of a recording; one that was added before is not added again.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    uuid : str
        Drawn by whoever adds it.
    kind : str
        One of `ecg_core.review.span_notes.KINDS`.
    span : tuple of (int, int)
        First sample, and one past the last; equal for a moment.
    text : str
        What it says.
    person : str
        Who adds it.

    Raises
    ------
    ReviewError
        If it says what none can say, or nothing can be written.
    """
    start, stop = span
    n_samples = opened.recording.n_samples
    if start >= n_samples or stop > n_samples:
        raise ReviewError("The recording ends before this time; give one within it.")
    if kind in ("sleep", "activity") and start == stop:
        raise ReviewError(f"The {kind} needs a beginning and an end.")
    _to_write(opened).add(uuid, kind, start, stop, text, person)


def withdraw_entry(opened: OpenedRecording, uuid: str, person: str) -> None:
    """Withdraw an entry that a person has added; the log keeps it.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    uuid : str
        Of the entry.
    person : str
        Who withdraws it.

    Raises
    ------
    ReviewError
        If there is none, or nothing can be written.
    """
    _to_write(opened).withdraw(uuid, person)


def readers_agreement(
    opened: OpenedRecording, names: tuple[str, str] | None = None
) -> tuple[list[Reader], ReaderAgreement | None]:
    """Return who has edited a recording, and the agreement of two of them.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    names : tuple of (str, str), optional
        The two; those with the most edits by default.

    Returns
    -------
    readers : list of Reader
        Those with the most edits first.
    agreement : ReaderAgreement or None
        None where fewer than two have edited, or one of the names has not.

    Raises
    ------
    ReviewError
        If the log cannot be read.
    """
    session = review_session_of(opened)
    if session is None or opened.analysis is None:
        return [], None
    revision = read_on(session)
    found = opened.analysis
    entries = [entry for entry in session.log.entries() if entry.seq <= revision]
    readers = readers_of(entries)
    known = [reader.name for reader in readers]
    if len(known) < 2:
        return readers, None
    first, second = names or (known[0], known[1])
    if first == second or first not in known or second not in known:
        return readers, None
    key = id(found), revision, first, second
    with _comparing:
        kept = _agreements.get(opened)
        if kept is None or kept[0] != key:
            made = reader_agreement(opened.recording, found, entries, first, second)
            kept = _agreements[opened] = key, made
    return readers, kept[1]


def _notes_of(opened: OpenedRecording) -> list[SpanNote]:
    session = review_session_of(opened)
    if session is None and why_read_only() is not None:
        return []
    engine = database_in_use() if session is None else session.log.engine
    return SpanNotes(engine, opened.recording.sha256).notes()


def _to_write(opened: OpenedRecording) -> SpanNotes:
    problem = problem_shown(opened)
    if problem is not None:
        raise ReviewError(problem)
    return SpanNotes(database_in_use(), opened.recording.sha256)
