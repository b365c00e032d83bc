"""Signed reports on their way to destinations: asked for by a person, tried by servers until they are there.

A row is one version of a report for one destination. A server that tries it claims it first, for a time that it renews
while it is at it: a server that was killed leaves a claim that ends, and two servers never try the same at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, get_args

from sqlalchemy import Connection, Engine, Row, and_, func, insert, or_, select, update

from ecg_core.errors import ReviewError
from ecg_core.review.audit import NO_ROLE, append_within
from ecg_core.review.database import reading, writing
from ecg_core.review.row_checks import check_person
from ecg_core.review.schema import reports
from ecg_core.review.schema import sends as table
from ecg_core.texts import plain

State = Literal["queued", "sending", "sent", "failed", "given up"]

STATES: Final[tuple[State, ...]] = get_args(State)

CLAIM_S: Final = 120.0
"""A claim ends so long after it was renewed last."""

FIRST_WAIT_S: Final = 10.0
LONGEST_WAIT_S: Final = 3600.0
REFUSED_WAIT_S: Final = 900.0
"""What was refused is tried again after so long at the earliest."""

_MAX_REASON: Final = 500
_ACTION: Final = {"queued": "asked for sending", "sent": "sent", "given up": "gave up sending"}


@dataclass(frozen=True)
class Send:
    """A version of a report for a destination.

    Attributes
    ----------
    seq : int
    recording_sha256 : str
    version : int
    report_hash : str
        Hash of the signed version.
    destination : str
        Name of the destination.
    state : {"queued", "sending", "sent", "failed", "given up"}
    asked_at, asked_by, asked_role : str
        Whose action it rests on.
    tries : int
        Since it was asked for last.
    next_at : str or None
        When it is tried again.
    claim : str or None
        Of the server that is at it.
    reason : str or None
        Why the last try failed, or why it was given up.
    sent_at : str or None
        When it arrived last.
    """

    seq: int
    recording_sha256: str
    version: int
    report_hash: str
    destination: str
    state: State
    asked_at: str
    asked_by: str
    asked_role: str
    tries: int
    next_at: str | None
    claim: str | None
    reason: str | None
    sent_at: str | None


class Sends:
    """The reports on their way of a database.

    Parameters
    ----------
    engine : Engine
        See :func:`ecg_core.review.database.engine`.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def of(self, recording_sha256: str) -> list[Send]:
        """Return what is on its way or has arrived of a recording, in the order in which it was asked for first."""
        wanted = select(table).where(table.c.recording_sha256 == recording_sha256).order_by(table.c.seq)
        with reading(self.engine) as connection:
            return [_send(row) for row in connection.execute(wanted)]

    def ask(
        self, recording_sha256: str, version: int, destination: str, person: str, role: str = NO_ROLE, place: str = ""
    ) -> Send:
        """Ask for a signed version to be sent; asking again lets it be tried at once, or sent once more.

        Parameters
        ----------
        recording_sha256, version : str, int
            Of the report.
        destination : str
            Name of the destination.
        person, role : str
            Who asks.
        place : str
            Address of the destination, for the audit log.

        Returns
        -------
        Send

        Raises
        ------
        ReviewError
            If the version is not signed or was replaced by another one, it is being sent at the moment, or nothing can
            be written.
        """
        check_person(person)
        check_person(role)
        with writing(self.engine) as connection:
            report_hash = _signed(connection, recording_sha256, version)
            mine = and_(
                table.c.recording_sha256 == recording_sha256,
                table.c.version == version,
                table.c.destination == destination,
            )
            row = connection.execute(select(table).where(mine)).first()
            at = _at()
            asked = {
                **{"state": "queued", "asked_at": at, "asked_by": person, "asked_role": role, "tries": 0},
                **{"next_at": at, "reason": None},
            }
            if row is None:
                seq = (connection.execute(select(func.max(table.c.seq))).scalar() or 0) + 1
                named = {"recording_sha256": recording_sha256, "version": version, "destination": destination}
                connection.execute(insert(table).values(seq=seq, report_hash=report_hash, **named, **asked))
            elif row.state == "sending" and row.claimed_until > at:
                raise ReviewError("This report is being sent at the moment; wait until that has ended.")
            else:
                connection.execute(update(table).where(mine).values(claim=None, claimed_until=None, **asked))
            made = _send(connection.execute(select(table).where(mine)).one())
            _tell(connection, made, "queued", person, role, place=place)
            return made

    def give_up(self, send: Send, person: str, role: str = NO_ROLE) -> Send:
        """Let a report that has not arrived not be tried again.

        Parameters
        ----------
        send : Send
            Which.
        person, role : str
            Who decides that.

        Raises
        ------
        ReviewError
            If it has arrived or is being sent at the moment, or nothing can be written.
        """
        check_person(person)
        check_person(role)
        with writing(self.engine) as connection:
            row = connection.execute(select(table).where(table.c.seq == send.seq)).one()
            if row.state not in ("queued", "failed") and not (row.state == "sending" and row.claimed_until <= _at()):
                raise ReviewError(f"This report cannot be given up: it is {row.state}.")
            return _given_up(connection, send, f"Given up by {person}.", person, role)

    def due(self, destinations: Collection[str]) -> list[str]:
        """Return the destinations, of some, for which something is to be tried now."""
        wanted = select(table.c.destination).where(_is_due(_at()), table.c.destination.in_(destinations)).distinct()
        with reading(self.engine) as connection:
            return sorted(connection.scalars(wanted))

    def claim(self, destination: str) -> Send | None:
        """Claim the report for a destination that has waited for longest; None if none is to be tried now.

        Parameters
        ----------
        destination : str
            Name of the destination.

        Raises
        ------
        ReviewError
            If nothing can be written.
        """
        with writing(self.engine) as connection:
            while True:
                at = _at()
                wanted = select(table).where(_is_due(at), table.c.destination == destination)
                row = connection.execute(wanted.order_by(table.c.asked_at, table.c.seq).limit(1)).first()
                if row is None:
                    return None
                newer = _replaced_by(connection, row.recording_sha256, row.version)
                if newer is not None:
                    # An older version would take the place of the newer one where the newer one is already.
                    why = f"Version {newer} was signed before it could be sent."
                    _given_up(connection, _send(row), why, row.asked_by, row.asked_role)
                    continue
                values = {"state": "sending", "claim": uuid.uuid4().hex, "claimed_until": _at(CLAIM_S)}
                mine = table.c.seq == row.seq
                connection.execute(
                    update(table).where(mine).values(tries=row.tries + 1, next_at=None, reason=row.reason, **values)
                )
                return _send(connection.execute(select(table).where(mine)).one())

    def renew(self, send: Send) -> bool:
        """Renew a claim; tell whether it is still held."""
        with writing(self.engine) as connection:
            done = connection.execute(update(table).where(_held(send)).values(claimed_until=_at(CLAIM_S)))
            return done.rowcount == 1

    def arrived(self, send: Send, details: dict[str, Any]) -> None:
        """Tell that a report has arrived.

        Parameters
        ----------
        send : Send
            As it was claimed; without effect where the claim has ended.
        details : dict
            What else the audit log is told: where, and how much of it.
        """
        with writing(self.engine) as connection:
            values = {"state": "sent", "sent_at": _at(), "claim": None, "claimed_until": None, "reason": None}
            if connection.execute(update(table).where(_held(send)).values(values)).rowcount == 1:
                _tell(connection, send, "sent", send.asked_by, send.asked_role, tries=send.tries, **details)

    def failed(self, send: Send, reason: str, *, refused: bool = False) -> None:
        """Tell that a try has failed; it is tried again after a time that grows.

        Parameters
        ----------
        send : Send
            As it was claimed; without effect where the claim has ended.
        reason : str
            Why.
        refused : bool
            Whether the same again soon is of no use.
        """
        with writing(self.engine) as connection:
            values = {
                **{"state": "failed", "claim": None, "claimed_until": None, "reason": plain(reason, _MAX_REASON)},
                "next_at": _at(wait_s(send.tries, refused=refused)),
            }
            connection.execute(update(table).where(_held(send)).values(values))


def wait_s(tries: int, *, refused: bool) -> float:
    """Return after how long a report is tried again.

    Parameters
    ----------
    tries : int
        How often it was tried.
    refused : bool
        Whether the destination refused it, rather than not answered.
    """
    wait = min(FIRST_WAIT_S * 2 ** min(max(tries - 1, 0), 30), LONGEST_WAIT_S)
    return max(wait, REFUSED_WAIT_S) if refused else wait


def _at(later_s: float = 0.0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=later_s)).isoformat(timespec="milliseconds")


def _is_due(at: str) -> Any:
    waiting = and_(table.c.state.in_(("queued", "failed")), table.c.next_at <= at)
    return or_(waiting, and_(table.c.state == "sending", table.c.claimed_until <= at))


def _held(send: Send) -> Any:
    return and_(table.c.seq == send.seq, table.c.claim == send.claim)


def _signed(connection: Connection, recording_sha256: str, version: int) -> str:
    """Return the hash of a signed version that none has replaced."""
    mine = reports.c.recording_sha256 == recording_sha256, reports.c.version == version
    found = connection.execute(select(reports.c.hash).where(*mine)).scalar()
    if found is None:
        raise ReviewError("Only a signed report is sent; sign it first.")
    newer = _replaced_by(connection, recording_sha256, version)
    if newer is not None:
        raise ReviewError(f"Version {version} was replaced by version {newer}; send that one.")
    return str(found)


def _replaced_by(connection: Connection, recording_sha256: str, version: int) -> int | None:
    """Return the number of the newest signed version, where that is a later one."""
    signed = select(func.max(reports.c.version)).where(
        reports.c.recording_sha256 == recording_sha256, reports.c.signed_at.is_not(None)
    )
    newest = connection.execute(signed).scalar()
    return int(newest) if newest is not None and newest > version else None


def _given_up(connection: Connection, send: Send, why: str, person: str, role: str) -> Send:
    mine = table.c.seq == send.seq
    values = {"state": "given up", "reason": why, "next_at": None, "claim": None, "claimed_until": None}
    connection.execute(update(table).where(mine).values(values))
    _tell(connection, send, "given up", person, role, reason=why)
    return _send(connection.execute(select(table).where(mine)).one())


def _tell(connection: Connection, send: Send, state: str, person: str, role: str, **more: Any) -> None:
    details = {"report": send.version, "hash": send.report_hash, "destination": send.destination}
    details |= {name: value for name, value in more.items() if value not in (None, "")}
    append_within(connection, person, _ACTION[state], send.recording_sha256, details, role=role)


def _send(row: Row[Any]) -> Send:
    known = {name: value for name, value in row._mapping.items() if name != "claimed_until"}
    return Send(**known)
