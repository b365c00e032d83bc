"""Payload of the beats for which another class is proposed, since they are similar to beats that people relabelled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ecg_core.review.proposals import Proposal
from pages.api.deltas import session_to_read
from pages.api.endpoint import Answer, DeskRequest
from pages.api.wire import pack
from pages.services.review_sessions import problem_shown

_MAX_NAMED: Final = 3


def get_proposals(request: DeskRequest) -> Answer:
    """Return the proposals of the present revision; empty where there are none or no edit can be kept."""
    session = session_to_read(request)
    if problem_shown(request.opened) is not None:
        return None
    revision, proposed = session.proposals()
    return packed(revision, proposed) if proposed else None


def packed(revision: int, proposed: Sequence[Proposal]) -> bytes:
    """Pack proposals in their order.

    Parameters
    ----------
    revision : int
        Revision of the beats for which they hold.
    proposed : sequence of Proposal
        The proposals.

    Returns
    -------
    bytes
        See `pages.api.wire`. ``meta``: revision, and ``proposals``, each with label, reason and n. ``b<k>``: ids of
        the beats of the k-th one, those that are most surely alike first.
    """
    meta = {
        "revision": revision,
        "proposals": [
            {"label": each.label, "reason": _reason(each.persons), "n": len(each.beats)} for each in proposed
        ],
    }
    order = [np.argsort(-each.sureness, kind="stable") for each in proposed]
    return pack(meta, {f"b{k}": each.beats[order[k]].astype(np.int32) for k, each in enumerate(proposed)})


def _reason(persons: Sequence[str]) -> str:
    """Return what the log says of the edit by which a proposal is accepted."""
    named = [*persons[:_MAX_NAMED], *(["others"] if len(persons) > _MAX_NAMED else [])]
    whose = " and ".join(part for part in (", ".join(named[:-1]), *named[-1:]) if part)
    return f"similar to beats relabelled by {whose or 'a person'}"
