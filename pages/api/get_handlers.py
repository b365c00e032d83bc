"""GET handlers: state, beats, edit provenance, signal, disclosure, reference, pacing, saliency, changes."""

from __future__ import annotations

from typing import Any, Final

from ecg_core.beats import CLASSES
from ecg_core.signal.viewing import VIEW_FILTERS
from pages.api.beat_columns import no_beats, unlabelled_columns
from pages.api.deltas import current_review_payload, delta, full_table, session_of, session_to_read
from pages.api.disclosure import MAX_COLUMNS, MAX_MINUTES, disclosure
from pages.api.endpoint import Answer, DeskRequest
from pages.api.facts import job, model_facts, recording_facts, stage
from pages.api.isolated_beats import singles
from pages.api.live import live_payload, live_review_payload
from pages.api.pacing import pacing
from pages.api.params import MAX_REVISION, choice_param, choices_param, float_param, int_list_param, int_param
from pages.api.reference import reference
from pages.api.review_payload import review_payload
from pages.api.saliency import AUTO, MAX_SALIENCY_BEATS, saliency
from pages.api.signal_chunks import CHUNK_S, MAX_CHUNKS, MAX_RATE_HZ, MIN_RATE_HZ, span
from pages.api.wire import pack
from pages.services import workspace
from pages.services.audit_trail import OPENED, TRAIL
from pages.services.review_sessions import problem_shown, read_on, review_session_of
from pages.services.worklist_updates import UPDATES

MAX_ENTRY_ID: Final = 2**31 - 1
_MAX_TIME_S: Final = 1e9
MAX_ANNOTATORS: Final = 10_000


def get_state(request: DeskRequest) -> Answer:
    """Return everything except beats and signal, with the job that is under way."""
    opened = request.opened
    workspace.restore(opened)
    # Read once: a job may find more while the answer is written, and all of it is to speak of the same beats.
    analysis = opened.analysis
    at = stage(analysis)
    if at == "classified":
        session = session_of(request)
        live = opened.live is not None
        found = (
            live_review_payload(opened, session) if live else current_review_payload(request, session, read_on(session))
        )
        if not request.grant.is_audited:
            request.grant.is_audited = True
            UPDATES.renew(opened)
            TRAIL.tell(
                opened, request.person, OPENED, {"model": session.log.model_sha256, "revision": session.revision}
            )
    else:
        found = review_payload(0, analysis, None, opened.unreadable)
    return {
        "stage": at,
        "job": job(opened, at),
        "recording": recording_facts(opened),
        "model": model_facts(analysis),
        "person": request.person,
        "edits_problem": problem_shown(opened),
        "live": live_payload(opened),
        **found,
    }


def get_beats(request: DeskRequest) -> Answer:
    """Return the whole beat table."""
    opened = request.opened
    workspace.restore(opened)
    session = review_session_of(opened)
    analysis = opened.analysis
    meta: dict[str, Any] = {"revision": 0, "fs_hz": opened.recording.fs_hz, "distance_scale": 1.0}
    if analysis is None:
        return pack(meta, no_beats())
    if session is None:
        return pack(meta, unlabelled_columns(analysis))
    read_on(session)
    return full_table(opened, session, meta)


def get_span(request: DeskRequest) -> Answer:
    """Return chunks of signal."""
    last = int(_MAX_TIME_S / CHUNK_S)
    return span(
        request.opened.recording,
        int_param(request.params, "first", 0, last),
        int_param(request.params, "count", 1, MAX_CHUNKS, default=1),
        float_param(request.params, "points_per_s", MIN_RATE_HZ, MAX_RATE_HZ, default=500.0),
        choices_param(request.params, "filter", VIEW_FILTERS),
    )


def get_disclosure(request: DeskRequest) -> Answer:
    """Return the full disclosure of one lead, one row per minute."""
    opened = request.opened
    lead = int_param(request.params, "lead", 0, len(opened.recording.leads) - 1, default=0)
    return disclosure(
        opened.recording,
        float_param(request.params, "start_s", 0.0, _MAX_TIME_S),
        int_param(request.params, "minutes", 1, MAX_MINUTES),
        int_param(request.params, "width", 1, MAX_COLUMNS),
        lead,
        choices_param(request.params, "filter", VIEW_FILTERS),
        opened.lanes.range_mv[lead],
    )


def get_edit(request: DeskRequest) -> Answer:
    """Return author and time of the last edit of a beat; empty if it was not edited."""
    beat = int_param(request.params, "beat", -MAX_ENTRY_ID, MAX_ENTRY_ID)
    session = session_to_read(request)
    entry = session.edited_by(beat)
    return None if entry is None else {"person": entry.person, "at": entry.at, "action": entry.action}


def get_reference(request: DeskRequest) -> Answer:
    """Return an annotation set of the file, the preferred one by default; empty if there is none."""
    annotations = request.opened.reference(int_param(request.params, "at", 0, MAX_ANNOTATORS, default=0))
    return None if annotations is None else reference(annotations)


def get_pacing(request: DeskRequest) -> Answer:
    """Return the pacing spikes matched to the current beats; empty if there are none."""
    workspace.restore(request.opened)
    session = review_session_of(request.opened)
    if session is not None:
        read_on(session)
    analysis = request.opened.analysis if session is None else session.analysis
    return None if analysis is None else pacing(analysis)


def get_singles(request: DeskRequest) -> Answer:
    """Return isolated beats as events; columns are left out if the browser has this version."""
    have = int_param(request.params, "have", 0, MAX_REVISION, default=0)
    session = session_to_read(request)
    return singles(session, have)


def get_saliency(request: DeskRequest) -> Answer:
    """Return the saliency maps of some beats."""
    ids = int_list_param(request.params, "beats", -MAX_ENTRY_ID, MAX_ENTRY_ID, MAX_SALIENCY_BEATS)
    target = choice_param(request.params, "target", (AUTO, *CLASSES), AUTO)
    return saliency(request.opened, session_to_read(request).state, ids, target)


def get_changes(request: DeskRequest) -> Answer:
    """Return the changes since a revision and whether edits can be stored; empty if nothing changed."""
    since = int_param(request.params, "since", 0, MAX_REVISION)
    kept_in_browser = choice_param(request.params, "kept", ("yes", "no", ""), "")
    session = session_of(request)
    kept = "yes" if problem_shown(request.opened) is None else "no"
    if read_on(session) == since and kept_in_browser in ("", kept):
        return None
    return delta(request, session, since)
