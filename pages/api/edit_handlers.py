"""POST handlers: edits, undo and redo, family split, jobs, view position."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from ecg_core import logs
from ecg_core.errors import UuidTakenError
from ecg_core.review.edits import Edit, Redo, SplitFamily, Undo, parse_edit
from ecg_core.review.log import MAX_UUID_LENGTH, is_uuid
from ecg_core.review.session import Outcome, ReviewSession
from ecg_core.templates import split_family
from pages.api.deltas import delta, session_to_edit
from pages.api.endpoint import Answer, DeskRequest
from pages.api.get_handlers import get_state
from pages.api.params import revision_of
from pages.api.saliency import prepare
from pages.services import workspace
from pages.services.analysis_jobs import start_beat_detection, start_classification
from pages.services.errors import RequestError
from pages.services.job_executor import ANALYSIS_JOBS
from pages.services.tokens import ViewPosition
from pages.services.wave_jobs import start_waves
from pages.services.worklist_updates import UPDATES

MAX_EDITS: Final = 1000
_JOBS: Final = ("detect", "classify", "waves", "cancel", "retry")


def post_edits(request: DeskRequest) -> Answer:
    """Apply edits atomically; answer with the changes since the browser's revision."""
    posted = request.body.get("edits")
    if not isinstance(posted, list) or not 0 < len(posted) <= MAX_EDITS:
        raise RequestError(f"edits must be a list of 1 to {MAX_EDITS} edits.")
    since = revision_of(request.body)
    session = session_to_edit(request)
    edits = [(_uuid(one), _edit(one)) for one in posted]
    # An edit may have waited in the browser while the revision went on: what counts is what the person had seen.
    outcome = session.edit(request.person, edits, revision_of(request.body, "based_on", default=since))
    _log_edits(request, [edit.action for _, edit in edits], outcome)
    return delta(request, session, since, outcome.refused)


def post_undo(request: DeskRequest) -> Answer:
    """Undo the person's last edit."""
    session = session_to_edit(request)
    outcome = session.undo(request.person, _uuid_if_any(request.body))
    _log_edits(request, ["undo"], outcome)
    return delta(request, session, revision_of(request.body), outcome.refused)


def post_redo(request: DeskRequest) -> Answer:
    """Redo the person's last undone edit."""
    session = session_to_edit(request)
    outcome = session.redo(request.person, _uuid_if_any(request.body))
    _log_edits(request, ["redo"], outcome)
    return delta(request, session, revision_of(request.body), outcome.refused)


def post_split(request: DeskRequest) -> Answer:
    """Split a beat family into its two main clusters."""
    family = request.body.get("family")
    if isinstance(family, bool) or not isinstance(family, int) or not 0 <= family < 2**15:
        raise RequestError("family must be the number of a family.")
    since = revision_of(request.body)
    uuid = _uuid_if_any(request.body) or secrets.token_urlsafe(16)
    session = session_to_edit(request)
    session.catch_up()
    entered = session.log.action_of(uuid)
    if entered is not None:
        # Sent again: what it split has been split since.
        if entered != SplitFamily.action:
            raise UuidTakenError(f"Another edit was entered under the uuid {uuid!r}; split the family again.")
        return delta(request, session, since)
    outcome = session.edit(request.person, [(uuid, _split(request, session, family))])
    _log_edits(request, ["split_family"], outcome)
    return delta(request, session, since, outcome.refused)


def _split(request: DeskRequest, session: ReviewSession, family: int) -> SplitFamily:
    analysis, state = request.opened.analysis, session.state
    assert analysis is not None
    # A beat that a person added has no place among the others, and stays.
    members = state.id[(state.template == family) & (state.id >= 0)]
    if not len(members):
        raise RequestError(f"Family {family + 1} is not here any more.", 422)
    samples = analysis.beats["sample"].to_numpy(np.int64)
    apart = split_family(session.points(), np.searchsorted(samples, members))
    if not apart.any():
        raise RequestError(f"Nothing tells the beats of family {family + 1} apart.", 422)
    return SplitFamily(family, state.next_family, tuple(members[apart].tolist()))


def post_place(request: DeskRequest) -> None:
    """Store the view position for the other pages, and for whoever goes on reading."""
    start_s, beat = request.body.get("start_s"), request.body.get("beat")
    if isinstance(start_s, bool) or not isinstance(start_s, int | float) or not 0 <= start_s < 2**31:
        raise RequestError("start_s must be seconds of the recording.")
    if beat is not None and (isinstance(beat, bool) or not isinstance(beat, int) or not 0 <= beat < 2**31):
        raise RequestError("beat must be the id of a beat that was found, or null.")
    request.grant.place = ViewPosition(float(start_s), beat)
    UPDATES.move(request.opened, round(start_s * request.opened.recording.fs_hz), request.person)


def post_job(request: DeskRequest) -> Answer:
    """Start, cancel or repeat a job; answers as ``state`` does.

    ``detect`` starts beat detection, ``classify`` classification, ``waves`` delineation. ``cancel`` leaves the job to
    others who wait for it, ``retry`` repeats beat detection that failed.
    """
    asked = request.body.get("do")
    if asked not in _JOBS:
        raise RequestError(f"do must be one of {', '.join(_JOBS)}.")
    opened = request.opened
    workspace.restore(opened)
    beats = ANALYSIS_JOBS.get(workspace.beats_key(opened))
    if asked == "detect":
        start_beat_detection(opened)
    elif asked == "waves":
        start_waves(opened)
    elif asked == "cancel":
        for key in (workspace.classify_key(opened), workspace.beats_key(opened)):
            ANALYSIS_JOBS.cancel(key)
    elif asked == "retry" and beats is not None and beats.problem:
        ANALYSIS_JOBS.drop(workspace.beats_key(opened))
        start_beat_detection(opened)
    elif opened.analysis is None:
        raise RequestError("The beats are still being found.", 422)
    elif not opened.analysis.classified:
        start_classification(opened)
    return get_state(request)


def post_saliency(request: DeskRequest) -> None:
    """Start to load the model for saliency maps; the GET request answers with them once it is loaded."""
    workspace.restore(request.opened)
    prepare(request.opened)


def _log_edits(request: DeskRequest, actions: list[str], outcome: Outcome) -> None:
    """Tell the log that edits were saved: of which recording, how many, of which kinds; the worklist follows."""
    UPDATES.begin(request.opened, request.person)
    logs.event(
        "edit_saved",
        code=logs.code_of(request.opened.recording.sha256),
        edits=len(actions),
        actions=sorted(set(actions)),
        refused=len(outcome.refused),
        revision=outcome.revision,
    )


def _edit(posted: Mapping[str, Any]) -> Edit:
    edit = parse_edit(posted)
    if isinstance(edit, Undo | Redo):
        raise RequestError("Undo and redo have addresses of their own.")
    return edit


def _uuid_if_any(body: Mapping[str, Any]) -> str | None:
    return _uuid(body) if body.get("uuid") is not None else None


def _uuid(posted: object) -> str:
    """Return the name that whoever made an edit has given it."""
    uuid = posted.get("uuid") if isinstance(posted, Mapping) else None
    if not isinstance(uuid, str) or not is_uuid(uuid):
        raise RequestError(f"Every edit needs a uuid of 1 to {MAX_UUID_LENGTH} printable characters.")
    return uuid
