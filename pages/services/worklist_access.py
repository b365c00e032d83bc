"""The worklist of the database in use, and what is kept there of an open recording. No Streamlit."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from ecg_core.analysis import Analysis
from ecg_core.errors import CannotKeepError, ReviewError, SettingError
from ecg_core.interpretation.statement import Severity
from ecg_core.measurements import measure_recording
from ecg_core.privacy import Traces, public_name
from ecg_core.review.database import location
from ecg_core.review.session import ReviewSession
from ecg_core.review.worklist import Worklist
from ecg_core.review.worklist_item import Findings, Origin, Stage, WorklistItem
from ecg_core.rhythm import by_urgency
from ecg_core.rhythm.precedence import event_key
from pages.services import library
from pages.services.review_sessions import database_in_use, read_on, review_session_of, why_read_only
from pages.services.workspace import OpenedRecording

PROGRAM: Final = "Rhythmoscope"
"""Who the audit log names for what no person has done."""

REASSURING: Final = frozenset({"DEVICE_NORMAL"})
"""Kinds that are never the worst event of a recording."""

_MAX_STATEMENT: Final = 200
_MAX_NAME: Final = 200


def worklist_to_write() -> Worklist:
    """Return the worklist.

    Raises
    ------
    CannotKeepError
        If nothing can be written.
    ReviewError
        If the database cannot be opened.
    """
    problem = why_read_only()
    if problem is not None:
        raise CannotKeepError(problem)
    return Worklist(database_in_use())


def worklist_to_read() -> Worklist | None:
    """Return the worklist; None where there is no database yet, none is made for it.

    Raises
    ------
    CannotKeepError
        If the database cannot be used.
    ReviewError
        If it cannot be opened.
    """
    try:
        where = location()
    except SettingError as error:
        raise CannotKeepError(str(error)) from error
    if isinstance(where, Path) and not where.exists():
        return None
    return worklist_to_write()


def known_hash(opened: OpenedRecording) -> str | None:
    """Return the hash of an open recording, None while nobody has computed it."""
    known: str | None = opened.recording.__dict__.get("sha256")
    return known


def origin_of(opened: OpenedRecording) -> Origin:
    """Return where an open recording comes from, and what it is called, without identity; its hash must be known.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    """
    recording = opened.recording
    folder = None
    if recording.source in ("local", "upload") and recording.within:
        folder = str(recording.within[0])
        if Traces.of(recording.identity).shown_by(folder):
            folder = None  # who opens it has the folder open anyway
    start = recording.start_time
    return Origin(
        opened.rec,
        folder,
        public_name(recording)[:_MAX_NAME],
        start.isoformat(timespec="seconds") if isinstance(start, datetime) else None,
        recording.duration_s,
        recording.fs_hz,
    )


def begin_reading(worklist: Worklist, opened: OpenedRecording, person: str) -> None:
    """Note that a person has begun to correct a recording or to write its report.

    Parameters
    ----------
    worklist : Worklist
        The worklist.
    opened : OpenedRecording
        The open recording. It is added if it is not there, unless it is one of the demos.
    person : str
        Who has begun; see :meth:`ecg_core.review.worklist.Worklist.begin`.

    Raises
    ------
    ReviewError
        If nothing can be written.
    """
    origin = None if opened.recording.source == "demo" else origin_of(opened)
    worklist.begin(opened.recording.sha256, origin, person)


def findings_of(opened: OpenedRecording) -> Findings:
    """Return what the analysis of an open recording has found, as people have corrected it.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.

    Raises
    ------
    ReviewError
        If the log of edits cannot be read.
    """
    session = review_session_of(opened)
    if session is not None:
        read_on(session)
    analysis = opened.analysis if session is None else session.analysis
    if analysis is None:
        return Findings()
    dismissed = frozenset[str]() if session is None else session.state.dismissed_events()
    kind, sample = _worst_event(analysis, dismissed)
    statement, severity = _statement(opened, analysis, session)
    summary = analysis.summary
    return Findings(
        _stage(analysis),
        kind,
        sample,
        statement,
        severity,
        summary.burden_v_percent,
        summary.burden_s_percent,
        summary.af_share,
        summary.readable_share,
    )


def is_openable(item: WorklistItem) -> bool:
    """Tell whether there is something to open: of an upload, whether it is still here.

    Parameters
    ----------
    item : WorklistItem
        A recording in the worklist.
    """
    rec = item.origin.rec
    return rec is not None and (not rec.startswith("upload/") or library.is_uploaded(rec))


def forget_folder(folder: Path) -> None:
    """Take the recordings of an upload that was removed out of the worklist, unless somebody has begun with them.

    Parameters
    ----------
    folder : Path
        The upload's folder, links resolved.
    """
    with suppress(ReviewError):  # what stays is shown as gone
        worklist = worklist_to_read()
        if worklist is not None:
            worklist.remove_new_of_folder(str(folder), PROGRAM)


def _stage(analysis: Analysis) -> Stage:
    if not analysis.classified:
        return "beats"
    return "classes" if analysis.waves is None else "waves"


def _worst_event(analysis: Analysis, dismissed: frozenset[str]) -> tuple[str, int] | tuple[None, None]:
    listed = by_urgency(analysis.episodes)
    columns = (listed[name].tolist() for name in ("kind", "start_sample", "source"))
    for kind, start, source in zip(*columns, strict=True):
        if kind not in REASSURING and event_key(kind, start, source) not in dismissed:
            return str(kind), int(start)
    return None, None


def _statement(
    opened: OpenedRecording, analysis: Analysis, session: ReviewSession | None
) -> tuple[str, int] | tuple[None, None]:
    """Return the most urgent diagnostic statement, if it is critical or urgent, once the waves are known."""
    if analysis.waves is None or (session is not None and session.delineate_more() < 1):
        return None, None
    found = measure_recording(opened.recording, analysis if session is None else session.analysis)
    first = next(iter(found.interpretation.statements), None) if found is not None else None
    if first is None or first.severity > Severity.URGENT:
        return None, None
    return first.text[:_MAX_STATEMENT], int(first.severity)
