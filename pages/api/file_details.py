"""Payload of file details: format, leads, notes, device findings, annotations, patient identity."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from ecg_core.errors import RecordingError
from ecg_core.recording import Identity
from pages.api.endpoint import Answer, DeskRequest
from pages.services import identity_disclosure
from pages.services.wording import shown
from pages.services.workspace import OpenedRecording

_MAX_LINES: Final = 200
"""Lines of a kind; no usual file has as many."""

_NOTHING: Final = frozenset({"none", "unknown", "anonymous", "anonymized", "anonymised", "n", "a", "na", "null", "x"})
"""Words of programs that had nothing to say."""

_NAME: Final = 120
_TEXT: Final = 500


def get_file(request: DeskRequest) -> Answer:
    """Return the details of the file without patient identity."""
    return file_facts(request.opened)


def post_identity(request: DeskRequest) -> Answer:
    """Return the patient identity once, to the person who loaded the file only."""
    found = identity_disclosure.pop_identity(request.opened) if request.grant.loads else None
    lines = [] if found is None else identity_lines(found)
    return {"about": about(lines), "lines": lines} if lines else None


def file_facts(opened: OpenedRecording) -> dict[str, Any]:
    """Describe a file; all texts are data, bounded and on one line.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    """
    recording = opened.recording
    return {
        "format": shown(recording.format_name, _NAME),
        "start_time": None if recording.start_time is None else recording.start_time.isoformat(),
        "leads": [
            {
                "name": shown(lead.name, _NAME),
                "original": shown(lead.original_name, _NAME),
                "calibrated": lead.calibrated,
            }
            for lead in recording.leads[:_MAX_LINES]
        ],
        "left_out": [shown(name, _NAME) for name in recording.other_channels[:_MAX_LINES]],
        "notes": [shown(note, _TEXT) for note in recording.notes[:_MAX_LINES]],
        "measurements": [
            [shown(what, _NAME), shown(value, _TEXT)] for what, value in recording.measurements[:_MAX_LINES]
        ],
        "statements": [shown(statement, _TEXT) for statement in recording.statements[:_MAX_LINES]],
        "annotations": [_annotations(opened, at) for at in range(min(len(recording.annotation_names), _MAX_LINES))],
        "given": [[shown(what, _NAME), shown(value, _TEXT)] for what, value in recording.user_metadata],
    }


def _annotations(opened: OpenedRecording, at: int) -> dict[str, Any]:
    named: dict[str, Any] = {"name": shown(opened.recording.annotation_names[at], _NAME)}
    try:
        annotations = opened.reference(at)
    except RecordingError as error:
        return {**named, "problem": shown(str(error), _TEXT)}
    if annotations is None:
        return {**named, "n": 0, "n_beats": 0, "n_rhythms": 0}
    return {
        **named,
        "n": len(annotations.sample),
        "n_beats": len(annotations.beats()[0]),
        "n_rhythms": len(annotations.rhythms()),
    }


def identity_lines(identity: Identity) -> list[tuple[str, str]]:
    """Return what a file says of a person and a device as labels and texts.

    Parameters
    ----------
    identity : Identity
        Patient and device identity of the file.
    """
    age = identity.age_years
    said = [
        ("Name", identity.name),
        ("Id", identity.patient_id),
        ("Born", None if identity.birth_date is None else identity.birth_date.isoformat()),
        ("Sex", identity.sex),
        ("Age", None if age is None else f"{age:.3g} years"),
        ("Device", identity.device),
        ("Serial number", identity.device_serial),
        *identity.other[:_MAX_LINES],
    ]
    return [(shown(label, _NAME), shown(text, _TEXT)) for label, text in said if text and not _says_nothing(text)]


def about(lines: Sequence[tuple[str, str]]) -> str:
    """Tell what the lines of an identity are about: a "person", a "device", or "texts" that may name somebody."""
    labels = {label for label, _ in lines}
    if labels & {"Name", "Id", "Born"}:
        return "person"
    return "device" if labels <= {"Device", "Serial number"} else "texts"


def _says_nothing(text: str) -> bool:
    """Tell whether a text only stands where something could have stood: ``unknown``, ``none none``, ``N/A``."""
    return set(re.findall(r"[^\W_]+", text.casefold())) <= _NOTHING
