"""Review sessions: one per open recording, shared by everybody who looks at it. No Streamlit."""

from __future__ import annotations

import logging
import math
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from ecg_core import logs
from ecg_core.analysis import Analysis
from ecg_core.errors import CannotKeepError, ReviewError, SettingError
from ecg_core.review.database import Location, engine, location, trouble_of
from ecg_core.review.log import EditLog
from ecg_core.review.read_only_log import ReadOnlyLog, engine_to_read, nothing_to_read, why_unwritable
from ecg_core.review.session import ReviewSession
from ecg_core.review.state import MOVED, RELABELLED
from pages.services.workspace import HELD_BESIDE, OpenedRecording

_LOOK_AGAIN_S: Final = 5.0
_READING_S: Final = 0.5
"""Time limit for applying other reviewers' edits before a request is answered; the next request continues."""


LIVE_NOT_EDITED: Final = "A live stream cannot be edited: its beats are still being found."

_NOT_SHOWN: Final = "Edits made before cannot be read and are not shown."

_sessions: WeakKeyDictionary[OpenedRecording, _Kept] = WeakKeyDictionary()
_making = threading.Lock()
_looking = threading.Lock()
_unusable: dict[Location, str] = {}
_looked: dict[Location, tuple[float, str | None]] = {}


def review_session_of(opened: OpenedRecording) -> ReviewSession | None:
    """Return the review session of a recording; None before its beats are classified.

    It is made at the first call, which reads the log of edits, and goes when the recording leaves the desk.

    Parameters
    ----------
    opened : OpenedRecording
        As it lies on the desk.

    Raises
    ------
    ReviewError
        If the log cannot be read.
    RecordingError
        If the recording's files are gone.
    """
    analysis = opened.analysis
    if analysis is None or not analysis.classified:
        return None
    kept = _sessions.get(opened)
    if kept is not None and kept.serves(analysis):
        return kept.session
    with _making:
        kept = _sessions.get(opened)
        if kept is None or not kept.serves(analysis):
            kept = _sessions[opened] = _made(opened, analysis)
        return kept.session


def adopt(opened: OpenedRecording, analysis: Analysis, found: Analysis) -> None:
    """Let the review session of a recording go on with the same beats and more found in them.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    analysis : Analysis
        From which its session was made.
    found : Analysis
        The same with waves.
    """
    with _making:
        kept = _sessions.get(opened)
        if kept is not None and kept.analysis is analysis:
            kept.session.adopt(found)
            _sessions[opened] = _Kept(found, kept.problem, kept.session)


@dataclass(frozen=True, eq=False)
class _Kept:
    """A review session.

    Attributes
    ----------
    analysis : Analysis
        From which it was made.
    problem : str or None
        Why it takes no edits, None if it does.
    session : ReviewSession
    """

    analysis: Analysis
    problem: str | None
    session: ReviewSession

    def serves(self, analysis: Analysis) -> bool:
        """Tell whether it can go on. One that could write knows more than what is left where the database is gone."""
        return self.analysis is analysis and (self.problem is None or self.problem == why_read_only())


def _made(opened: OpenedRecording, analysis: Analysis) -> _Kept:
    whose = opened.recording.sha256, _model_of(analysis)
    if opened.live is not None:
        unedited = ReadOnlyLog(_no_log(), *whose, LIVE_NOT_EDITED)
        return _Kept(analysis, None, ReviewSession(opened.recording, analysis, unedited))
    problem = why_read_only()
    try:
        where = location()
    except SettingError:
        nothing = ReadOnlyLog(nothing_to_read(), *whose, f"{problem} {_NOT_SHOWN}")
        return _Kept(analysis, problem, ReviewSession(opened.recording, analysis, nothing))
    # Where the database has gone from under this process, what it holds open can still be read.
    if problem is None or trouble_of(where) is not None:
        try:
            log = EditLog(_database(where), *whose)
            kept = _Kept(analysis, None, ReviewSession(opened.recording, analysis, log))
        except CannotKeepError as error:
            problem = str(error)
        except ReviewError as error:
            problem = _unusable[where] = f"Edits cannot be kept: {error}"
        else:
            _unusable.pop(where, None)
            return kept
        # Not tried again for each request: one of them may have waited for others that write.
        _looked[where] = time.monotonic(), problem
    to_read = _log_to_read(where, problem, *whose)
    try:
        return _Kept(analysis, problem, ReviewSession(opened.recording, analysis, to_read))
    except ReviewError:
        to_read = ReadOnlyLog(nothing_to_read(), *whose, f"{problem} {_NOT_SHOWN}")
        return _Kept(analysis, problem, ReviewSession(opened.recording, analysis, to_read))


def problem_shown(opened: OpenedRecording) -> str | None:
    """Return why edits of a recording cannot be stored and whether earlier ones are missing; None if they can."""
    kept = _sessions.get(opened)
    if kept is not None and isinstance(kept.session.log, ReadOnlyLog):
        return kept.session.log.problem
    return why_read_only()


def unusable() -> bool:
    """Return whether the database was damaged or of another version when last opened."""
    return location() in _unusable


def read_on(session: ReviewSession) -> int:
    """Read entries of other processes within a short time limit; return the revision.

    Where the log cannot be read at the moment, the beats stay as they were known last: who reads is told by
    `problem_shown` that edits cannot be kept.
    """
    try:
        return session.catch_up(within_s=_READING_S)
    except ReviewError as error:
        logs.event("log_not_read", level=logging.WARNING, reason=type(error).__name__)
        return session.revision


def why_read_only() -> str | None:
    """Return in one sentence why edits cannot be stored; None if they can.

    Reading goes on then, with the edits that are there.
    """
    try:
        where = location()
    except SettingError as error:
        return f"Edits cannot be kept: {error} Start the server again with it."
    trouble = trouble_of(where)
    if trouble is not None:
        return trouble[1]
    now_s = time.monotonic()
    looked_s, problem = _looked.get(where, (-math.inf, None))
    # One looks, the others go by what was found before: a disk that answers late holds up nobody else.
    if now_s - looked_s >= _LOOK_AGAIN_S and _looking.acquire(blocking=where not in _looked):
        try:
            problem = why_unwritable(where)
            _looked[where] = now_s, problem
        finally:
            _looking.release()
    return problem


def correction_of(opened: OpenedRecording, sample: int) -> str | None:
    """Return in a sentence how a detected beat was corrected; None if it was not.

    Parameters
    ----------
    opened : OpenedRecording
        As it lies on the desk.
    sample : int
        Where detection found it, which is its id in the log.

    Raises
    ------
    ReviewError
        If the log cannot be read.
    """
    session = review_session_of(opened)
    if session is None:
        return None
    read_on(session)
    state = session.state
    at = int(state.positions([sample])[0])
    if at < 0:
        return "A person has deleted this beat; what follows is the model's view of it."
    edited = int(state.edited[at])
    done = [f"relabelled it {state.label[at]}"] if edited & RELABELLED else []
    if edited & MOVED:
        done.append(f"moved it by {1000 * (int(state.sample[at]) - sample) / opened.recording.fs_hz:+.0f} ms")
    return f"A person has {' and '.join(done)}; what follows is the model's view of it." if done else None


def database_at(where: Location) -> Engine:
    """Return the database at a place, opened once for the whole process.

    Raises
    ------
    ReviewError
        If it cannot be opened.
    """
    return _database(where)


def database_in_use() -> Engine:
    """Return the database of edits, worklist and reports.

    Raises
    ------
    ReviewError
        If it cannot be opened.
    """
    try:
        return database_at(location())
    except SettingError as error:
        raise ReviewError(str(error)) from error


def _model_of(analysis: Analysis) -> str:
    return str(analysis.provenance["model_sha256"])


def _log_to_read(where: Location, problem: str, recording_sha256: str, model_sha256: str) -> ReadOnlyLog:
    readable = nothing_to_read() if isinstance(where, Path) and not where.exists() else engine_to_read(where)
    if readable is None:
        readable = nothing_to_read()
        problem = problem if "not shown" in problem else f"{problem} {_NOT_SHOWN}"
    return ReadOnlyLog(readable, recording_sha256, model_sha256, problem)


@lru_cache(maxsize=1)
def _no_log() -> Engine:
    return nothing_to_read()


@lru_cache(maxsize=2)
def _database(where: Location) -> Engine:
    return engine(where)


HELD_BESIDE.append(_sessions.get)
