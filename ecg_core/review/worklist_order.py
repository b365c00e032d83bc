"""Order and filters of the worklist, as expressions that SQLite and PostgreSQL both evaluate.

Most urgent first, by the worst event (order of :data:`ecg_core.rhythm.episode_types.KINDS`) or the most urgent
diagnostic statement. What is not known is never at the end: a recording that is not analysed to the end, or most of
which cannot be read, comes after the kinds that need help at once (up to loss of capture) and before all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from sqlalchemy import ColumnElement, Select, case, func, or_

from ecg_core.review.schema import worklist as table
from ecg_core.rhythm.episode_types import URGENCY

Order = Literal["urgency", "due", "waiting", "recorded", "name"]
ORDERS: Final[tuple[Order, ...]] = get_args(Order)

OPEN: Final = ("new", "reading", "read")
"""Status of what is not signed yet."""

NOT_CLASSIFIED: Final = ("none", "beats")
"""Stages of an analysis that has no classes yet."""

READABLE_ENOUGH: Final = 0.5
"""Share of the recording that must be readable for its worst event to say something about the rest."""

NOT_ANALYSED: Final = "not analysed"
NO_EVENT: Final = "no event"
"""Beside the kinds of events, what a recording may be looked for by."""

NEEDS_HELP_AT_ONCE: Final = URGENCY[: URGENCY.index("CAPTURE") + 1]

_UNKNOWN: Final = 2 * len(NEEDS_HELP_AT_ONCE) - 1
_LAST: Final = 2 * len(URGENCY)
_RANKS: Final = {kind: 2 * at for at, kind in enumerate(URGENCY)}
_SEVERITY_RANKS: Final = {0: _RANKS["DEVICE_URGENT"], 1: _RANKS["AVB2"]}
"""Critical and urgent diagnostic statements; see `ecg_core.interpretation.statement.Severity`."""


@dataclass(frozen=True)
class Filter:
    """Which recordings of the worklist are wanted; all by default.

    Attributes
    ----------
    statuses : tuple of str or None
        Only those that have one of them.
    assigned_to : str or None
        Only those that this person has claimed.
    unassigned : bool
        Only those that nobody has claimed.
    worst : str or None
        Only those with this kind as worst event, `NOT_ANALYSED` or `NO_EVENT`.
    text : str
        Only those whose name holds it, whatever the case.
    due_before : str or None
        Only those due before a time in UTC.
    """

    statuses: tuple[str, ...] | None = None
    assigned_to: str | None = None
    unassigned: bool = False
    worst: str | None = None
    text: str = ""
    due_before: str | None = None


ALL: Final = Filter()


def filtered(wanted: Select[Any], by: Filter) -> Select[Any]:
    """Return a query for the recordings that pass a filter.

    Parameters
    ----------
    wanted : Select
        Query of the worklist.
    by : Filter
        The filter.

    Returns
    -------
    Select
    """
    columns = table.c
    if by.statuses is not None:
        wanted = wanted.where(columns.status.in_(by.statuses))
    if by.assigned_to is not None:
        wanted = wanted.where(columns.assigned_to == by.assigned_to)
    if by.unassigned:
        wanted = wanted.where(columns.assigned_to.is_(None))
    if by.worst == NOT_ANALYSED:
        wanted = wanted.where(columns.stage.in_(NOT_CLASSIFIED))
    elif by.worst == NO_EVENT:
        wanted = wanted.where(columns.stage.not_in(NOT_CLASSIFIED), columns.worst_kind.is_(None))
    elif by.worst is not None:
        wanted = wanted.where(columns.worst_kind == by.worst)
    if by.text.strip():
        wanted = wanted.where(func.lower(columns.name).contains(by.text.strip().lower(), autoescape=True))
    if by.due_before is not None:
        wanted = wanted.where(columns.due < by.due_before)
    return wanted


def in_order(wanted: Select[Any], order: Order) -> Select[Any]:
    """Return a query with its rows in an order.

    Parameters
    ----------
    wanted : Select
        Query of the worklist.
    order : str
        One of `ORDERS`.

    Returns
    -------
    Select
        By urgency, what is to be read comes before what was read, and that before what is signed.
    """
    columns = table.c
    by_due = columns.due.is_(None), columns.due
    urgent = _progress(), urgency(), *by_due
    first: dict[Order, tuple[ColumnElement[Any], ...]] = {
        "urgency": urgent,
        "due": (*by_due, *urgent),
        "waiting": (),
        "recorded": (columns.recorded_at.is_(None), columns.recorded_at.desc()),
        "name": (columns.name.is_(None), func.lower(columns.name)),
    }
    return wanted.order_by(*first[order], columns.added_at, columns.recording_sha256)


def urgency() -> ColumnElement[Any]:
    """Return the expression of the urgency of a recording, the most urgent having the lowest number."""
    columns = table.c
    by_kind = case(_RANKS, value=columns.worst_kind, else_=_LAST)
    by_statement = case(_SEVERITY_RANKS, value=columns.statement_severity, else_=_LAST)
    found = case((by_kind <= by_statement, by_kind), else_=by_statement)
    unsure = or_(columns.stage != "waves", columns.readable_share.is_(None), columns.readable_share < READABLE_ENOUGH)
    return case((unsure & (found > _UNKNOWN), _UNKNOWN), else_=found)


def _progress() -> ColumnElement[Any]:
    return case({"new": 0, "reading": 0, "read": 1}, value=table.c.status, else_=2)
