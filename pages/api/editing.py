"""The routes that change something: edits, undo and redo, splitting a family, the jobs, and the place."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from ecg_core import logs
from ecg_core.errors import UuidTakenError
from ecg_core.review.edits import Edit, Redo, SplitFamily, Undo, parse_edit
from ecg_core.review.log import LONGEST_UUID, is_uuid
from ecg_core.review.workbench import Outcome, Workbench
from ecg_core.templates import split_family
from pages.api.answering import Answer, Call
from pages.api.asking import Refused, since_of
from pages.api.patches import bench_to_edit, patch
from pages.api.reading import get_state
from pages.api.seats import Place
from pages.parts import desk
from pages.parts.jobs import BOARD

MOST_EDITS: Final = 1000
_JOBS: Final = ("classify", "cancel", "retry")


def post_edits(call: Call) -> Answer:
    """Take edits, all or none; answers with what is otherwise since the revision that the browser has."""
    posted = call.body.get("edits")
    if not isinstance(posted, list) or not 0 < len(posted) <= MOST_EDITS:
        raise Refused(f"edits must be a list of 1 to {MOST_EDITS} edits.")
    since = since_of(call.body)
    bench = bench_to_edit(call)
    edits = [(_uuid(one), _edit(one)) for one in posted]
    # An edit may have waited in the browser while the revision went on: what counts is what the person had seen.
    outcome = bench.edit(call.person, edits, since_of(call.body, "based_on", default=since))
    _told(call, [edit.action for _, edit in edits], outcome)
    return patch(call, bench, since, outcome.refused)


def post_undo(call: Call) -> Answer:
    """Take back the person's last edit."""
    bench = bench_to_edit(call)
    outcome = bench.undo(call.person, _uuid_if_any(call.body))
    _told(call, ["undo"], outcome)
    return patch(call, bench, since_of(call.body), outcome.refused)


def post_redo(call: Call) -> Answer:
    """Bring back what the person has undone last."""
    bench = bench_to_edit(call)
    outcome = bench.redo(call.person, _uuid_if_any(call.body))
    _told(call, ["redo"], outcome)
    return patch(call, bench, since_of(call.body), outcome.refused)


def post_split(call: Call) -> Answer:
    """Part a family's beats in two, as they fall apart by themselves."""
    family = call.body.get("family")
    if isinstance(family, bool) or not isinstance(family, int) or not 0 <= family < 2**15:
        raise Refused("family must be the number of a family.")
    since = since_of(call.body)
    uuid = _uuid_if_any(call.body) or secrets.token_urlsafe(16)
    bench = bench_to_edit(call)
    bench.catch_up()
    entered = bench.log.action_of(uuid)
    if entered is not None:
        # Sent again: what it split has been split since.
        if entered != SplitFamily.action:
            raise UuidTakenError(f"Another edit was entered under the uuid {uuid!r}; split the family again.")
        return patch(call, bench, since)
    outcome = bench.edit(call.person, [(uuid, _split(call, bench, family))])
    _told(call, ["split_family"], outcome)
    return patch(call, bench, since, outcome.refused)


def _split(call: Call, bench: Workbench, family: int) -> SplitFamily:
    analysis, state = call.opened.analysis, bench.state
    assert analysis is not None
    # A beat that a person added has no place among the others, and stays.
    members = state.id[(state.template == family) & (state.id >= 0)]
    if not len(members):
        raise Refused(f"Family {family + 1} is not here any more.", 422)
    samples = analysis.beats["sample"].to_numpy(np.int64)
    apart = split_family(bench.points(), np.searchsorted(samples, members))
    if not apart.any():
        raise Refused(f"Nothing tells the beats of family {family + 1} apart.", 422)
    return SplitFamily(family, state.next_family, tuple(members[apart].tolist()))


def post_place(call: Call) -> None:
    """Remember what is on screen, for the pages that a person goes to next."""
    start_s, beat = call.body.get("start_s"), call.body.get("beat")
    if isinstance(start_s, bool) or not isinstance(start_s, int | float) or not 0 <= start_s < 2**31:
        raise Refused("start_s must be seconds of the recording.")
    if beat is not None and (isinstance(beat, bool) or not isinstance(beat, int) or not 0 <= beat < 2**31):
        raise Refused("beat must be the id of a beat that was found, or null.")
    call.seat.place = Place(float(start_s), beat)


def post_job(call: Call) -> Answer:
    """Begin to classify, cancel what is under way, or try again what failed; answers as ``state`` does.

    Who cancels leaves the work to the others who wait for it.
    """
    asked = call.body.get("do")
    if asked not in _JOBS:
        raise Refused(f"do must be one of {', '.join(_JOBS)}.")
    opened = call.opened
    desk.restore(opened)
    beats = BOARD.get(desk.beats_key(opened))
    if asked == "cancel":
        for key in (desk.classify_key(opened), desk.beats_key(opened)):
            BOARD.cancel(key)
    elif asked == "retry" and beats is not None and beats.problem:
        BOARD.drop(desk.beats_key(opened))
        desk.first_look(opened)
    elif opened.analysis is None:
        raise Refused("The beats are still being found.", 422)
    elif not opened.analysis.classified:
        desk.classify(opened)
    return get_state(call)


def _told(call: Call, actions: list[str], outcome: Outcome) -> None:
    """Tell the log that edits were saved: of which recording, how many, of which kinds."""
    logs.event(
        "edit_saved",
        code=logs.code_of(call.opened.recording.sha256),
        edits=len(actions),
        actions=sorted(set(actions)),
        refused=len(outcome.refused),
        revision=outcome.revision,
    )


def _edit(posted: Mapping[str, Any]) -> Edit:
    edit = parse_edit(posted)
    if isinstance(edit, Undo | Redo):
        raise Refused("Undo and redo have addresses of their own.")
    return edit


def _uuid_if_any(body: Mapping[str, Any]) -> str | None:
    return _uuid(body) if body.get("uuid") is not None else None


def _uuid(posted: object) -> str:
    """Return the name that whoever made an edit has given it."""
    uuid = posted.get("uuid") if isinstance(posted, Mapping) else None
    if not isinstance(uuid, str) or not is_uuid(uuid):
        raise Refused(f"Every edit needs a uuid of 1 to {LONGEST_UUID} printable characters.")
    return uuid
