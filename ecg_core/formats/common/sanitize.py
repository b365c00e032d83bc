"""Sanitisation of a file's texts: bounded length, plain characters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.recording import Annotations, Identity, Lead, Recording
from ecg_core.texts import plain, sentence

MAX_NAME_CHARS: Final = 40
MAX_TEXT_CHARS: Final = 2000
_MAX_LABEL_CHARS: Final = 200
_MAX_SYMBOL_CHARS: Final = 8
_MAX_TEXTS: Final = 500
_MAX_NOTES: Final = 40
_MAX_CHANNELS: Final = 1024


def sanitized(recording: Recording) -> Recording:
    """Return a recording whose texts are plain text of bounded length and number.

    Its signal and marks stay as they are; leads whose names are alike once they are cut are numbered.
    """
    load = recording.load_annotations
    notes = [sentence(note) for note in recording.notes]
    if len(notes) > _MAX_NOTES:
        notes[_MAX_NOTES:] = [f"{len(notes) - _MAX_NOTES} more remarks of this kind are left out."]
    return replace(
        recording,
        leads=_leads(recording.leads),
        comments=_texts(recording.comments),
        notes=tuple(notes),
        other_channels=_texts(recording.other_channels[:_MAX_CHANNELS], MAX_NAME_CHARS, _MAX_CHANNELS),
        load_annotations=None if load is None else _tidying(load),
        identity=None if recording.identity is None else _identity(recording.identity),
        measurements=_pairs(recording.measurements, _MAX_LABEL_CHARS),
        statements=_texts(recording.statements),
    )


def _texts(texts: Sequence[str], longest: int = MAX_TEXT_CHARS, most: int = _MAX_TEXTS) -> tuple[str, ...]:
    return tuple(plain(text, longest) for text in texts[:most])


def _pairs(pairs: Iterable[tuple[str, str]], longest: int) -> tuple[tuple[str, str], ...]:
    bounded = tuple(pairs)[: 4 * _MAX_TEXTS]
    return tuple((plain(label, _MAX_LABEL_CHARS), plain(text, longest)) for label, text in bounded)


def _leads(leads: Sequence[Lead]) -> tuple[Lead, ...]:
    taken: set[str] = set()
    result = []
    for place, lead in enumerate(leads, start=1):
        name = plain(lead.name, MAX_NAME_CHARS).strip() or f"lead {place}"
        if name in taken:
            name = f"{name[: MAX_NAME_CHARS - 8]} ({place})"
        taken.add(name)
        result.append(Lead(name, lead.calibrated, plain(lead.original_name, _MAX_LABEL_CHARS)))
    return tuple(result)


def _identity(identity: Identity) -> Identity:
    def bounded(text: str | None) -> str | None:
        return None if text is None else plain(text, MAX_TEXT_CHARS)

    return replace(
        identity,
        name=bounded(identity.name),
        patient_id=bounded(identity.patient_id),
        sex=bounded(identity.sex),
        device=bounded(identity.device),
        device_serial=bounded(identity.device_serial),
        other=_pairs(identity.other, MAX_TEXT_CHARS),
    )


def _tidying(load: Callable[[str], Annotations]) -> Callable[[str], Annotations]:
    def loaded(name: str) -> Annotations:
        marks = load(name)
        aux = tuple(plain(text, MAX_TEXT_CHARS) for text in marks.aux)
        return replace(marks, symbol=_symbols(marks.symbol), aux=aux)

    return loaded


def _symbols(symbol: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    """Return symbols of bounded length; WFDB files may define symbols of their own."""
    distinct, places = np.unique(symbol, return_inverse=True)
    bounded = [plain(str(one), _MAX_SYMBOL_CHARS) for one in distinct]
    return symbol if bounded == distinct.tolist() else np.array(bounded, dtype=str)[places]
