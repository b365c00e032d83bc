"""Beats under review as a full table, or as the difference from an earlier revision."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np

from ecg_core.errors import CannotKeepError
from ecg_core.figures.lanes import unreadable_spans
from ecg_core.review.session import Change, ReviewSession
from ecg_core.review.state import State
from ecg_core.rhythm.precedence import ARTEFACT
from pages.api.beat_columns import Distances, columns
from pages.api.endpoint import DeskRequest
from pages.api.review_payload import review_payload
from pages.api.wire import pack
from pages.services.analysis_jobs import start_beat_detection
from pages.services.errors import RequestError
from pages.services.review_sessions import problem_shown, read_on, review_session_of
from pages.services.workspace import OpenedRecording, restore

_CLASSIFY_FIRST: Final = "Classify the beats first; edits and explanations belong to classified beats."
_LOOKING_AGAIN: Final = "The beats are being found again; what was entered waits until they are there."
_REVISIONS_REMEMBERED: Final = 4096

_shapes: WeakKeyDictionary[ReviewSession, OrderedDict[int, int]] = WeakKeyDictionary()


def session_of(request: DeskRequest) -> ReviewSession:
    """Return the review session of a call's recording.

    Raises
    ------
    RequestError
        With status 503 where the beats are not here yet, as after a restart; the page has them detected again when it
        sees the recording's state. With status 409 where a person has to classify them first. Neither is a verdict on
        what was asked.
    """
    restore(request.opened)
    session = review_session_of(request.opened)
    if session is not None:
        return session
    if request.opened.analysis is None:
        raise RequestError(_LOOKING_AGAIN, 503)
    raise RequestError(_CLASSIFY_FIRST, 409)


def session_to_edit(request: DeskRequest) -> ReviewSession:
    """Return the review session, where edits can be kept; starts beat detection if the beats are not here.

    Raises
    ------
    RequestError
        As `session_of`.
    CannotKeepError
        If none can be.
    """
    if not restore(request.opened):
        start_beat_detection(request.opened)
    session = session_of(request)
    problem = problem_shown(request.opened)
    if problem is not None:
        raise CannotKeepError(problem)
    return session


def session_to_read(request: DeskRequest) -> ReviewSession:
    """Return the review session with what others have entered meanwhile, in this process or another; see
    `session_of`.
    """
    session = session_of(request)
    read_on(session)
    return session


def current_review_payload(
    request: DeskRequest, session: ReviewSession, revision: int, refused: Sequence[tuple[int, str]] = ()
) -> dict[str, Any]:
    """Return what follows from the beats as they are now, for the person who asks.

    Parameters
    ----------
    request : DeskRequest
        The request.
    session : ReviewSession
        Its review session.
    revision : int
        Read before: what is told is at least as new, and the next question for changes brings the rest.
    refused : sequence of (int, str)
        Entries that were refused just now.
    """
    analysis, state, unreadable = session.analysis, session.state, request.opened.unreadable
    if any(each.rhythm == ARTEFACT for each in state.rhythms.values()):
        unreadable = unreadable_spans(analysis.quality)
    return review_payload(
        revision, analysis, state, unreadable, session.history(request.person), refused, session.rhythms()
    )


def full_table(opened: OpenedRecording, session: ReviewSession, meta: dict[str, Any]) -> bytes:
    """Pack the whole beat table under review.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    session : ReviewSession
        Its review session.
    meta : dict
        Further fields of the response's header; not changed.

    Returns
    -------
    bytes
        As `wire.pack` writes them, with the revision in the header.
    """
    change = _remember_shape(session, session.changes(session.revision))
    distances = _distances(opened, session)
    header = {**meta, "revision": change.revision, "distance_scale": distances.scale}
    return pack(header, columns(change.state, distances))


def delta(
    request: DeskRequest,
    session: ReviewSession,
    since: int,
    refused: Sequence[tuple[int, str]] = (),
    said: str | None = None,
) -> bytes:
    """Pack the changes since a revision.

    Parameters
    ----------
    request : DeskRequest
        The request.
    session : ReviewSession
        Its review session.
    since : int
        The revision that the browser has.
    refused : sequence of (int, str)
        Entries that were refused just now.
    said : str, optional
        A sentence for the person.

    Returns
    -------
    bytes
        See `pages.api.wire`. ``meta``: derived, full, distance_scale, said, edits_problem.
        ``removed``: ids of beats that are gone.
        The columns of `pages.api.beat_columns.columns`, of the beats that are new or otherwise; of all of them where
        `full`.
    """
    shape = _shapes.get(session, OrderedDict()).get(since)
    change = _remember_shape(session, session.changes(since))
    # Splitting or merging moves the centres of families, and with them the distances of beats that stayed.
    full = change.full or shape != _shape(change.state)
    distances = _distances(request.opened, session)
    removed = np.empty(0, dtype=np.int32) if full else change.removed
    meta = {
        "derived": current_review_payload(request, session, change.revision, refused),
        "full": full,
        "distance_scale": distances.scale,
        "said": said,
        "edits_problem": problem_shown(request.opened),
    }
    return pack(meta, {"removed": removed, **columns(change.state, distances, None if full else change.rows)})


def _distances(opened: OpenedRecording, session: ReviewSession) -> Distances:
    assert opened.analysis is not None
    return Distances.of(opened.analysis, session.analysis)


def _remember_shape(session: ReviewSession, change: Change) -> Change:
    """Remember which splits and merges a revision has that a browser is told of."""
    shapes = _shapes.setdefault(session, OrderedDict())
    shapes[change.revision] = _shape(change.state)
    while len(shapes) > _REVISIONS_REMEMBERED:
        shapes.popitem(last=False)
    return change


def _shape(state: State) -> int:
    return hash(tuple(sorted(state.reshaped.items())))
