"""Payload of edit conflicts: beats that two people changed concurrently."""

from __future__ import annotations

from typing import Any, Final

from ecg_core.beats import CLASSES
from ecg_core.review.conflicts import Conflict, Version
from ecg_core.review.state import State

MAX_CONFLICTS: Final = 20
MAX_CONFLICT_BEATS: Final = 50


def conflicts(state: State | None) -> dict[str, Any]:
    """Return the conflicts that nobody has settled, those between the same entries together.

    Returns
    -------
    dict
        ``n_beats``, and ``groups`` of up to `MAX_CONFLICTS`: ``n_beats``; ``beats``, pairs of id and sample of up to
        `MAX_CONFLICT_BEATS`; ``versions``, of the first beat: ``entry, person, label, sample, deleted``.
    """
    groups: dict[frozenset[int], list[Conflict]] = {}
    for conflict in [] if state is None else state.conflicts:
        groups.setdefault(conflict.entries, []).append(conflict)
    shown = sorted(groups.values(), key=lambda group: max(group[0].entries), reverse=True)[:MAX_CONFLICTS]
    return {
        "n_beats": 0 if state is None else len(state.conflicts),
        "groups": [
            {
                "n_beats": len(group),
                "beats": [[one.beat, _where(one)] for one in group[:MAX_CONFLICT_BEATS]],
                "versions": [_version(version) for version in group[0].versions],
            }
            for group in shown
        ],
    }


def _where(conflict: Conflict) -> int:
    """Return where to look: where the beat stands in the last version that has it."""
    return next(version.value.sample for version in reversed(conflict.versions) if version.value.alive)


def _version(version: Version) -> dict[str, Any]:
    alive, code, sample = version.value
    return {
        "entry": version.entry,
        "person": version.person,
        "label": CLASSES[code] if code < len(CLASSES) else None,
        "sample": sample,
        "deleted": not alive,
    }
