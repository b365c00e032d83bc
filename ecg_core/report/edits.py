"""The analysis of a recording with the edits that the database of reviews holds, read without writing anything."""

from __future__ import annotations

from pathlib import Path

from ecg_core.analysis import Analysis
from ecg_core.errors import ReportError, ReviewError
from ecg_core.recording import Recording
from ecg_core.report.source import Review
from ecg_core.review.database import location, shown
from ecg_core.review.read_only_log import ReadOnlyLog, engine_to_read
from ecg_core.review.readers import readers_of, two_readers
from ecg_core.review.session import ReviewSession
from ecg_core.review.span_notes import SpanNote, SpanNotes
from ecg_core.review.state import State

_READ_ONLY = "This log is only read."


def span_notes_of(session: ReviewSession) -> tuple[SpanNote, ...]:
    """Return the notes on spans of a recording that nobody has withdrawn.

    Parameters
    ----------
    session : ReviewSession
        Of the recording; its notes stand in the database of its log.

    Raises
    ------
    ReviewError
        If the database cannot be read.
    """
    return tuple(SpanNotes(session.log.engine, session.recording.sha256).notes())


def review_of(
    session: ReviewSession, found: Analysis, state: State, revision: int, span_notes: tuple[SpanNote, ...] = ()
) -> Review:
    """Return what people have done to a recording, as a report tells it.

    Parameters
    ----------
    session : ReviewSession
        Of the recording.
    found : Analysis
        From which the session was made.
    state : State
        Of the session, at a revision.
    revision : int
        Of the log; entries behind it do not count.
    span_notes : tuple of SpanNote
        As :func:`span_notes_of` returns them.

    Returns
    -------
    Review

    Raises
    ------
    ReviewError
        If the log cannot be read.
    """
    entries = [entry for entry in session.log.entries() if entry.seq <= revision]
    persons = tuple(sorted(reader.name for reader in readers_of(entries)))
    return Review.of(state, revision, persons, span_notes, two_readers(session.recording, found, entries))


def with_edits(recording: Recording, analysis: Analysis) -> tuple[Analysis, Review]:
    """Return an analysis with the edits that people made in the dashboard, and their marks and notes.

    Parameters
    ----------
    recording : Recording
        The recording.
    analysis : Analysis
        As :func:`ecg_core.analysis.analyse` gives it, with waves where they are wanted.

    Returns
    -------
    analysis : Analysis
        As it was given where there are no edits.
    review : Review

    Raises
    ------
    ReportError
        If there is a database that cannot be read: a report without the corrections would pass for a corrected one.
    SettingError
        If the setting that names the database is unusable.
    """
    where = location()
    if not analysis.classified or (isinstance(where, Path) and not where.exists()):
        return analysis, Review()
    engine = engine_to_read(where)
    if engine is None:
        raise ReportError(
            f"The database of edits {shown(where)} cannot be read, so the report would lack corrections; mend it, "
            "or ask for a report without edits."
        )
    try:
        log = ReadOnlyLog(engine, recording.sha256, str(analysis.provenance["model_sha256"]), _READ_ONLY)
        session = ReviewSession(recording, analysis, log)
        notes = span_notes_of(session)
        return session.analysis, review_of(session, analysis, session.state, session.revision, notes)
    except ReviewError as error:
        raise ReportError(f"The edits of this recording cannot be read: {error}") from error
    finally:
        engine.dispose()
