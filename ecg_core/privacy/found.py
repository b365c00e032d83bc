"""Kinds of identifying facts in a file, without their values."""

from __future__ import annotations

from typing import Final

from ecg_core.recording import Identity

_LABELS: Final = (
    ("name", "name"),
    ("patient_id", "patient's number"),
    ("birth_date", "birth date"),
    ("device_serial", "device's serial number"),
    ("device", "device"),
)
_MAX_LABELS: Final = 12
_WORDS: Final = """
    account accession acquiring acquisition address administration admission admitting analysing and analyzing
    attending birth cart clinic code comment comments confirming copyright country date department description device
    diagnosis doctor document encounter equipment facility free history hospital id indication institution instance
    issuer last location manager middle model mrn name names number of operator operators or order ordering
    organization overreader patient performing person phone physician physicians place procedure proprietary protocol
    recording referring requesting room second sequence serial series service site sop station study subject tape
    technician telephone text title transaction uid user ward
"""
"""Of forms: a label made of them says nothing itself."""


def labels_found(identity: Identity | None) -> tuple[str, ...]:
    """Name the kinds of facts that identify a person or a device; none of none.

    Labels of free text are the format's own (``Referring physician``); one that the file made up is called free text.
    """
    if identity is None:
        return ()
    found = [label for attribute, label in _LABELS if getattr(identity, attribute)]
    others = dict.fromkeys(_known(label) for label, _ in identity.other)
    return tuple([*found, *others][:_MAX_LABELS])


def _known(label: str) -> str:
    """Return a label that is made of words of forms, else what stands for it."""
    words = label.replace("'s", "").replace("_", " ").lower().split()
    return label.lower() if words and set(words) <= set(_WORDS.split()) else "free text"
