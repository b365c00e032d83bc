"""Routes of the patient's diary, of figures asleep and awake, and of the agreement between readers."""

from __future__ import annotations

from typing import Any, Final, cast

import numpy as np

from ecg_core import logs
from ecg_core.review.diary import DiaryEntry
from ecg_core.review.log import MAX_UUID_LENGTH, is_uuid
from ecg_core.review.readers import CATEGORIES, Reader, ReaderAgreement
from ecg_core.review.sleep_wake import Period, Sleep
from ecg_core.review.span_notes import KINDS, MAX_TEXT_LENGTH, Kind
from ecg_core.rhythm import KIND_NAMES
from ecg_core.rhythm.precedence import NAMEABLE
from ecg_core.rhythm.surroundings import Surroundings
from ecg_core.texts import sentence_case
from pages.api.endpoint import Answer, DeskRequest
from pages.api.params import int_param
from pages.services import workspace
from pages.services.diary import add_entry, diary_of, readers_agreement, sleep_figures, withdraw_entry
from pages.services.errors import RequestError

_MAX_SAMPLE: Final = 2**53
_MAX_VERSION: Final = 2**32
_MAX_NAME: Final = 120
_ENOUGH_DIGITS: Final = 6


def get_diary(request: DeskRequest) -> Answer:
    """Return diary entries with the rhythm at each; empty if the browser has this version."""
    workspace.restore(request.opened)
    return _diary(request, int_param(request.params, "have", -1, _MAX_VERSION, default=-1))


def post_diary(request: DeskRequest) -> Answer:
    """Add an entry to the diary; answers as ``diary`` does."""
    body = request.body
    kind, text = body.get("kind"), body.get("text", "")
    if kind not in KINDS:
        raise RequestError(f"kind must be one of {', '.join(KINDS)}.")
    if not isinstance(text, str) or len(text) > MAX_TEXT_LENGTH:
        raise RequestError(f"text must be a text of at most {MAX_TEXT_LENGTH} characters.")
    if request.opened.live is not None:
        raise RequestError("A live stream takes no entries.", 409)
    span = _sample(body, "start_sample"), _sample(body, "stop_sample")
    workspace.restore(request.opened)
    add_entry(request.opened, _uuid(body), cast(Kind, kind), span, text.strip(), request.person)
    logs.event("note_added", code=logs.code_of(request.opened.recording.sha256), kind=kind)
    return _diary(request)


def post_withdrawal(request: DeskRequest) -> Answer:
    """Withdraw an entry that a person has added; answers as ``diary`` does."""
    workspace.restore(request.opened)
    withdraw_entry(request.opened, _uuid(request.body), request.person)
    logs.event("note_withdrawn", code=logs.code_of(request.opened.recording.sha256))
    return _diary(request)


def get_sleep(request: DeskRequest) -> Answer:
    """Return figures asleep, awake and in activity; empty before beats have been found."""
    workspace.restore(request.opened)
    found = sleep_figures(request.opened)
    if found is None:
        return None
    sleep, figures = found
    return {
        **_sleep(sleep),
        "columns": [
            {"name": one.name, "title": one.title, "unit": one.unit, "digits": one.digits} for one in figures.columns
        ],
        "rows": [_period(period) for period in figures.periods],
    }


def get_readers(request: DeskRequest) -> Answer:
    """Return who has edited the recording, and the agreement of two of them."""
    workspace.restore(request.opened)
    first, second = (request.params.get(name, "")[:_MAX_NAME] for name in ("first", "second"))
    readers, agreement = readers_agreement(request.opened, (first, second) if first and second else None)
    return {
        "readers": [_reader(one) for one in readers],
        "agreement": None if agreement is None else _agreement(agreement),
    }


def _diary(request: DeskRequest, have: int = -1) -> Answer:
    found = diary_of(request.opened, have)
    if found is None:
        return None
    entries = [_entry(one, around) for one, around in zip(found.entries, found.around, strict=True)]
    return {
        "version": found.version,
        "entries": entries,
        "sleep": None if found.sleep is None else _sleep(found.sleep),
        "problems": found.problems,
    }


def _entry(entry: DiaryEntry, around: Surroundings | None) -> dict[str, Any]:
    return {
        "uuid": entry.uuid or None,
        "kind": entry.kind,
        "title": entry.title,
        "start_sample": entry.start_sample,
        "stop_sample": entry.stop_sample,
        "text": entry.text,
        "by": entry.person or None,
        "at": entry.at or None,
        "around": None
        if around is None
        else {"rhythm": around.rhythm, "beats": around.beats, "rate_bpm": _rounded(around.mean_bpm)},
    }


def _sleep(sleep: Sleep) -> dict[str, Any]:
    return {"basis": sleep.basis, "told": sleep.told, "spans_s": [list(span) for span in sleep.spans_s]}


def _period(period: Period) -> dict[str, Any]:
    return {
        "name": period.name,
        "spans_s": [list(span) for span in period.spans_s],
        "values": [_rounded(cell.value) for cell in period.cells],
        "samples": [cell.sample for cell in period.cells],
        "reasons": [cell.reason for cell in period.cells],
    }


def _reader(reader: Reader) -> dict[str, Any]:
    return {"name": reader.name, "n_edits": reader.n_edits, "n_lost": reader.n_lost}


def _agreement(found: ReaderAgreement) -> dict[str, Any]:
    return {
        "first": _reader(found.first),
        "second": _reader(found.second),
        "categories": list(CATEGORIES),
        "counts": found.counts.tolist(),
        "n_changed": int(np.sum(found.counts_changed)),
        "kappa": _rounded(found.kappa),
        "kappa_changed": _rounded(found.kappa_changed),
        "n_differences": found.n_differences,
        "differences": [{"sample": one.sample, "first": one.first, "second": one.second} for one in found.differences],
        "events": [
            {"title": _title(kind), "first": first, "second": second, "both": both}
            for kind, first, second, both in found.events
        ],
        "n_event_differences": found.n_event_differences,
        "event_differences": [
            {"title": _title(one.kind), "start_sample": one.start_sample, "reader": one.reader}
            for one in found.event_differences
        ],
        "statements": None
        if found.statements is None
        else [{"text": text, "reader": reader} for text, reader in found.statements],
        "n_statements": found.n_statements,
    }


def _title(kind: str) -> str:
    return sentence_case(KIND_NAMES.get(kind) or NAMEABLE.get(kind, kind))


def _sample(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_SAMPLE:
        raise RequestError(f"{name} must be the number of a sample.")
    return value


def _uuid(body: dict[str, Any]) -> str:
    uuid = body.get("uuid")
    if not isinstance(uuid, str) or not is_uuid(uuid):
        raise RequestError(f"Every entry needs a uuid of 1 to {MAX_UUID_LENGTH} printable characters.")
    return uuid


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _ENOUGH_DIGITS)
