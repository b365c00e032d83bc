"""Handlers of the desk for the worklist: how far the recording on screen is, and the way to the next one."""

from __future__ import annotations

from typing import Any, Final

from ecg_core.errors import ReviewError
from ecg_core.review.worklist import Worklist
from ecg_core.review.worklist_item import WorklistItem
from ecg_core.review.worklist_order import Filter
from pages.api.endpoint import Answer, DeskRequest
from pages.services.errors import RequestError
from pages.services.worklist_access import is_openable, known_hash, origin_of, worklist_to_read, worklist_to_write
from pages.services.worklist_updates import renew
from pages.services.worklist_wording import is_overdue, until

_ACTIONS: Final = ("add", "claim", "release", "read", "next", "read_next")
_FREE: Final = Filter(statuses=("new",), unassigned=True)
_NOTHING_LEFT: Final = "Nothing is left to read: everything in the worklist is read, or somebody else has it."
_NO_HASH: Final = "The recording is still being read; try again in a moment."


def get_worklist(request: DeskRequest) -> Answer:
    """Return how far the recording is, as the worklist has it."""
    try:
        worklist = worklist_to_read()
    except ReviewError as error:
        return _payload(request, None, None, problem=str(error))
    recording_sha256 = known_hash(request.opened)
    item = None if worklist is None or recording_sha256 is None else worklist.get(recording_sha256)
    return _payload(request, worklist, item)


def post_worklist(request: DeskRequest) -> Answer:
    """Add, claim, release, mark as read, or go on to the next recording, which is claimed; answer as GET does.

    ``next`` in the answer is the recording to go on with. ``read_next`` marks this one as read first.
    """
    asked = request.body.get("do")
    if asked not in _ACTIONS:
        raise RequestError(f"do must be one of {', '.join(_ACTIONS)}.")
    if request.opened.live is not None and asked != "next":
        raise RequestError("A live stream does not come into the worklist.", 409)
    recording_sha256 = known_hash(request.opened)
    if recording_sha256 is None and asked != "next":
        raise RequestError(_NO_HASH, 503)
    worklist, next_item = worklist_to_write(), None
    if recording_sha256 is not None:
        _change(worklist, asked, recording_sha256, request)
    if asked in ("next", "read_next"):
        next_item = worklist.claim_next(request.person, leaving=recording_sha256, openable=is_openable)
    item = None if recording_sha256 is None else worklist.get(recording_sha256)
    return _payload(request, worklist, item, asked, next_item)


def _change(worklist: Worklist, asked: str, recording_sha256: str, request: DeskRequest) -> None:
    person = request.person
    if asked == "add":
        worklist.add([recording_sha256], person, origins={recording_sha256: origin_of(request.opened)})
        renew(worklist, recording_sha256, request.opened)
    elif asked == "claim":
        worklist.claim(recording_sha256, person)
    elif asked == "release":
        worklist.release(recording_sha256, person)
    elif asked in ("read", "read_next"):
        worklist.mark_read(recording_sha256, person)


def _payload(
    request: DeskRequest,
    worklist: Worklist | None,
    item: WorklistItem | None,
    asked: str = "",
    next_item: WorklistItem | None = None,
    problem: str | None = None,
) -> dict[str, Any]:
    nothing_left = asked in ("next", "read_next") and next_item is None
    return {
        "status": None if item is None else item.status,
        "assigned_to": None if item is None else item.assigned_to,
        "mine": item is not None and item.assigned_to == request.person,
        "due": None if item is None or item.due is None else until(item.due),
        "overdue": item is not None and is_overdue(item),
        "n_free": 0 if worklist is None else worklist.n_items(_FREE),
        "next": None if next_item is None else next_item.recording_sha256,
        "said": _NOTHING_LEFT if nothing_left else None,
        "problem": problem,
    }
