"""Payload of a live stream on the desk: its state, and the beats and events that are new since the last look."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

import numpy as np

from ecg_core.live.analyser import LiveState
from ecg_core.review.session import ReviewSession
from ecg_core.rhythm import KIND_NAMES
from ecg_core.texts import sentence_case
from pages.api.beat_columns import Distances, columns, no_beats
from pages.api.deltas import session_of
from pages.api.endpoint import Answer, DeskRequest
from pages.api.facts import recording_facts
from pages.api.params import MAX_REVISION, int_param
from pages.api.review_payload import n_uncertain, review_payload
from pages.api.wire import pack
from pages.services.errors import RequestError
from pages.services.live_streams import LiveStream
from pages.services.review_sessions import LIVE_NOT_EDITED
from pages.services.workspace import OpenedRecording

_MAX_NOTICES: Final = 5


def stream_of(opened: OpenedRecording) -> LiveStream | None:
    """Return the stream that a recording comes from; None of any other recording."""
    return opened.live if isinstance(opened.live, LiveStream) else None


def live_payload(opened: OpenedRecording) -> dict[str, Any] | None:
    """Return the state of a recording's stream; None of any other recording."""
    stream = stream_of(opened)
    if stream is None:
        return None
    state, _ = stream.look()
    return _payload(stream, state)


def live_review_payload(opened: OpenedRecording, session: ReviewSession) -> dict[str, Any]:
    """Return what follows from the beats of a live stream; single beats stand among the events, the first ones.

    Parameters
    ----------
    opened : OpenedRecording
        The stream's recording as it was analysed last.
    session : ReviewSession
        Its review session.

    Returns
    -------
    dict
        See `pages.api.review_payload`.
    """
    payload = review_payload(0, session.analysis, None, opened.unreadable)
    return {**payload, "summary": {**payload["summary"], "n_uncertain": n_uncertain(session.state)}}


def get_live(request: DeskRequest) -> Answer:
    """Return what is new of a live stream.

    The beats from ``from_sample`` on take the place of those that the browser has from there on.

    Raises
    ------
    RequestError
        If the recording is no live stream.
    """
    stream = stream_of(request.opened)
    if stream is None:
        raise RequestError("This recording is no live stream.", 404)
    since = int_param(request.params, "since", 0, MAX_REVISION)
    state, opened = stream.look()
    live = _payload(stream, state)
    if state.number == since:
        return pack({"live": live, "found": None}, no_beats())
    session = session_of(DeskRequest(request.grant, opened, request.person, request.params, request.body))
    changed = stream.changed_since(since)
    from_sample = 0 if changed is None else changed
    found = {
        "recording": recording_facts(opened),
        "derived": live_review_payload(opened, session),
        "from_sample": from_sample,
        "edits_problem": LIVE_NOT_EDITED,
    }
    rows = np.flatnonzero(session.state.sample >= from_sample)
    return pack({"live": live, "found": found}, columns(session.state, _no_families(), rows))


def _no_families() -> Distances:
    return Distances(np.empty(0, np.int32), np.empty(0, np.uint8), 1.0)


def _payload(stream: LiveStream, state: LiveState) -> dict[str, Any]:
    status = stream.status()
    fs_hz = state.recording.fs_hz
    withdrawn = [alert for alert in state.alerts if alert.withdrawn_at is not None]
    last = withdrawn[-1] if withdrawn else None
    return {
        "number": state.number,
        "state": status.state,
        "silent_s": round(status.silent_s, 1),
        "received_s": round(status.received_s, 3),
        "analysed_s": round(status.analysed_s, 3),
        "settled": status.settled,
        "ended": status.ended,
        "problem": status.problem,
        "n_notices": status.n_notices,
        "notices": [asdict(notice) for notice in status.notices[-_MAX_NOTICES:]],
        "n_withdrawn": len(withdrawn),
        "withdrawn": None
        if last is None
        else {
            "title": sentence_case(KIND_NAMES[last.kind]),
            "start_s": round(last.start_sample / fs_hz, 3),
            "stop_s": round(last.stop_sample / fs_hz, 3),
        },
    }
