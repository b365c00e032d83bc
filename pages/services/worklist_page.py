"""One page of the worklist as the browser shows it, and the figures above it. No Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ecg_core.review.worklist import Worklist
from ecg_core.review.worklist_item import Counts, WorklistItem
from ecg_core.review.worklist_order import Filter, Order
from pages.services.wording import ABSENT, duration, shown
from pages.services.worklist_access import is_openable
from pages.services.worklist_wording import (
    STATUS_NAMES,
    burden,
    is_overdue,
    readable,
    until,
    waiting,
    worst_event,
)

ROWS_A_PAGE: Final = 25

COLUMNS: Final = (
    {"name": "name", "title": "Recording", "order": "name"},
    {"name": "status", "title": "Status", "order": None},
    {"name": "worst", "title": "Worst event", "order": "urgency"},
    {"name": "burden", "title": "Burden", "order": None},
    {"name": "readable", "title": "Readable", "order": None},
    {"name": "length", "title": "Length", "order": "recorded"},
    {"name": "waits", "title": "Waits", "order": "waiting"},
    {"name": "due", "title": "Due", "order": "due"},
)

_SOURCES: Final = {"demo": "synthetic demo", "upload": "upload", "physionet": "PhysioNet"}
_GONE: Final = "the upload is gone: upload the file again"
_NAME: Final = 120


@dataclass(frozen=True)
class WorklistPage:
    """What is shown of the worklist.

    Attributes
    ----------
    items : tuple of WorklistItem
        On this page.
    first, n_found : int
        Number of the first one, and how many pass the filter.
    counts : Counts
        Of the whole worklist.
    kinds : frozenset of str
        Kinds that are the worst event of one.
    """

    items: tuple[WorklistItem, ...]
    first: int
    n_found: int
    counts: Counts
    kinds: frozenset[str]


def page_of(worklist: Worklist, by: Filter, order: Order, number: int) -> WorklistPage:
    """Read one page of the worklist; the last one where there are not so many.

    Parameters
    ----------
    worklist : Worklist
        The worklist.
    by : Filter
        Which recordings.
    order : str
        Their order.
    number : int
        Number of the page, from 0.

    Returns
    -------
    WorklistPage

    Raises
    ------
    ReviewError
        If the database cannot be read.
    """
    n_found = worklist.n_items(by)
    first = min(number, max(n_found - 1, 0) // ROWS_A_PAGE) * ROWS_A_PAGE
    return WorklistPage(
        tuple(worklist.items(by, order, first=first, count=ROWS_A_PAGE)),
        first,
        n_found,
        worklist.counts(),
        frozenset(worklist.worst_kinds()),
    )


def rows_of(items: Sequence[WorklistItem], person: str, current: str | None) -> list[dict[str, Any]]:
    """Return recordings as the browser's table takes them.

    Parameters
    ----------
    items : sequence of WorklistItem
        The recordings.
    person : str
        Who looks; empty where that is not known.
    current : str or None
        Reference of the recording on screen.

    Returns
    -------
    list of dict
    """
    return [_row(item, person, current) for item in items]


def _row(item: WorklistItem, person: str, current: str | None) -> dict[str, Any]:
    openable, origin = is_openable(item), item.origin
    source = _SOURCES.get((origin.rec or "").partition("/")[0], "") if openable else _GONE
    if origin.rec is None:
        source = "nobody has told where it is"
    text, remark, tone = worst_event(item)
    share, share_tone = readable(item)
    overdue = is_overdue(item)
    mine = bool(person) and item.assigned_to == person
    is_open = item.status in ("new", "reading")
    due = ABSENT if item.due is None else until(item.due)
    recorded = "" if origin.recorded_at is None else origin.recorded_at[:16].replace("T", " ")
    return {
        "id": item.recording_sha256,
        "openable": openable,
        "current": origin.rec is not None and origin.rec == current,
        "overdue": overdue,
        "action": "release" if mine and is_open else "claim" if item.assigned_to is None and is_open else None,
        "cells": {
            "name": _cell(shown(origin.name or item.recording_sha256[:8], _NAME), source),
            "status": _cell(STATUS_NAMES[item.status], _whose(item)),
            "worst": _cell(text, remark, tone),
            "burden": _cell(burden(item)),
            "readable": _cell(share, tone=share_tone),
            "length": _cell(ABSENT if origin.duration_s is None else duration(origin.duration_s), recorded),
            "waits": _cell(waiting(item) if is_open else ABSENT),
            "due": _cell(f"overdue, {due}" if overdue else due, tone="danger" if overdue else ""),
        },
    }


def _whose(item: WorklistItem) -> str:
    if item.assigned_to is None:
        return "unassigned" if item.status == "new" else ""
    return f"by {shown(item.assigned_to, 60)}"


def _cell(text: str, below: str = "", tone: str = "") -> dict[str, str]:
    return {"text": text, "below": below, "tone": tone}
