"""Training history of a model, including the models that it was fine-tuned from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_LONGEST = 50


def trainings(training: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    """Yield a card's ``training`` and those before it, the latest first."""
    for _ in range(_LONGEST):
        if not isinstance(training, Mapping):
            return
        yield training
        start = training.get("started_from")
        training = start.get("training") if isinstance(start, Mapping) else None


def recordings_trained_on(training: Mapping[str, Any] | None) -> dict[str, str]:
    """Return name and content hash of every recording trained on; of two with one name, both hashes are kept."""
    return joined_recordings(one.get("recordings") or {} for one in trainings(training))


def joined_recordings(parts: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Join names and content hashes; another recording of a name that is there gets an apostrophe."""
    joined: dict[str, str] = {}
    for part in parts:
        for name, digest in part.items():
            free = str(name)
            while joined.get(free, digest) != digest:
                free += "'"
            joined[free] = str(digest)
    return joined


def carried_on(training: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what the card of a model that goes on keeps of this training: whom it has seen."""
    if not isinstance(training, Mapping):
        return {}
    kept = {key: training[key] for key in ("recordings", "patients") if training.get(key)}
    start = training.get("started_from")
    if isinstance(start, Mapping):
        kept["started_from"] = {"training": carried_on(start.get("training"))}
    return kept
