"""Audit log: who did what to which recording or document, and when; append-only, in a chain of hashes.

Each row has the SHA-256 of its own content and of the hash of the row before it, so that a row that was changed, taken
out or put in between breaks the chain there. Rows that were cut off at the end leave a whole chain: who wants to notice
that keeps the last hash elsewhere and gives it to `verify`.

A row about edits has the SHA-256 of the entries of the log that it tells of; `verify` compares them too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, insert, select

from ecg_core.errors import ReviewError
from ecg_core.review.database import reading, writing
from ecg_core.review.schema import audit as table
from ecg_core.review.schema import entries as log_table

GENESIS: Final = "0" * 64
"""Stands for the hash before the first row."""

NO_ROLE: Final = "not signed in"
"""Role of people on a server without sign-in."""

EDITED: Final = "edited"
IMPORTED: Final = "imported edits"

_MAX: Final = {"person": 120, "role": 40, "action": 40, "subject": 200}
_MAX_DETAILS: Final = 64 * 1024
_AT_ONCE: Final = 1000
_role: ContextVar[str] = ContextVar("role", default=NO_ROLE)


@contextmanager
def role_of_actor(role: str) -> Iterator[None]:
    """Let rows that are appended inside without a role have this one."""
    before = _role.set(role)
    try:
        yield
    finally:
        _role.reset(before)


@dataclass(frozen=True)
class AuditEntry:
    """One row of the audit log.

    Attributes
    ----------
    seq : int
        Its number, without gaps from 1.
    at : str
        UTC by the server's clock, in ISO 8601.
    person : str
        Who did it.
    role : str
        Role that they had then.
    action : str
        What was done, e.g. "edited", "opened", "signed".
    subject : str
        What it was done to: the SHA-256 of a recording, or the name of a document.
    details : dict
        What else there is to say, as JSON has it.
    previous, hash : str
        SHA-256 of the row before it, and its own, in hexadecimal.
    """

    seq: int
    at: str
    person: str
    role: str
    action: str
    subject: str
    details: dict[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True)
class Verdict:
    """What a verification has found.

    Attributes
    ----------
    n_entries : int
        Rows that were looked at, up to where the chain breaks.
    last : AuditEntry or None
        The last row of the whole part of the chain.
    broken_at : int or None
        Number of the row at which the chain breaks; None if it is whole.
    reason : str or None
        What is wrong there, in one sentence.
    """

    n_entries: int
    last: AuditEntry | None
    broken_at: int | None = None
    reason: str | None = None


class AuditLog:
    """The audit log of a database.

    Parameters
    ----------
    engine : Engine
        See :func:`ecg_core.review.database.engine`.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def append(
        self,
        person: str,
        action: str,
        subject: str,
        details: Mapping[str, Any] | None = None,
        *,
        role: str = NO_ROLE,
    ) -> AuditEntry:
        """Append a row in a transaction of its own; see :func:`append_within`.

        Parameters
        ----------
        person, action, subject : str
            Who did what to what.
        details : mapping, optional
            What else there is to say.
        role : str
            Role of the person.

        Returns
        -------
        AuditEntry

        Raises
        ------
        ReviewError
            If it cannot be written.
        """
        with writing(self.engine) as connection:
            return append_within(connection, person, action, subject, details, role=role)

    def entries(self, after: int = 0, *, subject: str | None = None, last: int | None = None) -> list[AuditEntry]:
        """Return rows in order.

        Parameters
        ----------
        after : int
            Number of the last row that is left out.
        subject : str, optional
            Only those about it.
        last : int, optional
            Only so many, the newest.

        Returns
        -------
        list of AuditEntry

        Raises
        ------
        ReviewError
            If the database cannot be read.
        """
        wanted = select(table).where(table.c.seq > after).order_by(table.c.seq.desc()).limit(last)
        if subject is not None:
            wanted = wanted.where(table.c.subject == subject)
        with reading(self.engine) as connection:
            return [_entry(row) for row in connection.execute(wanted)][::-1]

    def verify(self, expected: str | None = None) -> Verdict:
        """Look through the whole chain; see :func:`verify_within`.

        Parameters
        ----------
        expected : str, optional
            Hash of a row that must be in it.

        Raises
        ------
        ReviewError
            If the database cannot be read.
        """
        with reading(self.engine) as connection:
            return verify_within(connection, expected)


def append_within(
    connection: Connection,
    person: str,
    action: str,
    subject: str,
    details: Mapping[str, Any] | None = None,
    *,
    role: str = NO_ROLE,
) -> AuditEntry:
    """Append a row within the caller's transaction, of :func:`ecg_core.review.database.writing`.

    Parameters
    ----------
    connection : Connection
        Connection with the transaction: nobody else may write beside it, or the chain would fork.
    person, action, subject : str
        Who did what to what.
    details : mapping, optional
        What else there is to say, as JSON has it.
    role : str
        Role of the person; by default the one that `role_of_actor` says.

    Returns
    -------
    AuditEntry

    Raises
    ------
    ReviewError
        If a text is empty or too long, or the details are no JSON.
    """
    role = _role.get() if role == NO_ROLE else role
    texts = {"person": person, "role": role, "action": action, "subject": subject}
    for name, text in texts.items():
        if not (isinstance(text, str) and text.strip() and len(text) <= _MAX[name] and text.isprintable()):
            raise ReviewError(f"The audit log needs a {name} of 1 to {_MAX[name]} printable characters.")
    try:
        told = canonical(dict(details or {}))
    except (TypeError, ValueError):
        raise ReviewError("What the audit log is to keep cannot be written as JSON.") from None
    if len(told) > _MAX_DETAILS:
        raise ReviewError(f"What the audit log is to keep is longer than {_MAX_DETAILS >> 10} kB.")
    last = connection.execute(select(table.c.seq, table.c.hash).order_by(table.c.seq.desc()).limit(1)).first()
    seq, previous = (1, GENESIS) if last is None else (last[0] + 1, last[1])
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    row: dict[str, Any] = {"seq": seq, "at": at, **texts, "details": told, "previous": previous}
    row["hash"] = hash_of(row)
    connection.execute(insert(table).values(row))
    return AuditEntry(**{**row, "details": json.loads(told)})


def append_edits_within(
    connection: Connection, action: str, person: str, recording_sha256: str, model_sha256: str, seqs: Sequence[int]
) -> AuditEntry:
    """Append a row about entries of the log that were appended in the same transaction.

    Parameters
    ----------
    connection : Connection
        Connection with the transaction.
    action : str
        `EDITED` or `IMPORTED`.
    person : str
        Who did it.
    recording_sha256, model_sha256 : str
        Of the log.
    seqs : sequence of int
        Numbers of the entries, in order and without gaps.

    Returns
    -------
    AuditEntry
    """
    first, last = seqs[0], seqs[-1]
    n_entries, digest = digest_of_edits(connection, first, last)
    details = {"model": model_sha256, "first": first, "last": last, "entries": n_entries, "sha256": digest}
    return append_within(connection, person, action, recording_sha256, details)


def digest_of_edits(connection: Connection, first: int, last: int) -> tuple[int, str]:
    """Return how many entries of the log have numbers in a range, and the SHA-256 of their content.

    Parameters
    ----------
    connection : Connection
        Connection with a transaction.
    first, last : int
        The range, both included.

    Returns
    -------
    tuple of (int, str)
    """
    wanted = select(log_table).where(log_table.c.seq.between(first, last)).order_by(log_table.c.seq)
    return digest_of_rows(connection.execute(wanted))


def digest_of_rows(rows: Iterable[Row[Any]]) -> tuple[int, str]:
    """Return how many rows there are, and the SHA-256 of their values: each as canonical JSON on a line of its own."""
    digest, n_rows = hashlib.sha256(), 0
    for row in rows:
        digest.update(canonical(list(row)).encode("ascii") + b"\n")
        n_rows += 1
    return n_rows, digest.hexdigest()


def verify_within(connection: Connection, expected: str | None = None) -> Verdict:
    """Look through the whole chain: hashes, numbers, and the edits that rows tell of.

    Parameters
    ----------
    connection : Connection
        Connection with a transaction.
    expected : str, optional
        Hash of a row that must be in it, as an earlier verification has told it.

    Returns
    -------
    Verdict
    """
    last: AuditEntry | None = None
    n_entries, previous, found = 0, GENESIS, expected is None
    for row in _rows(connection):
        reason = _reason(connection, row, n_entries + 1, previous)
        if reason is not None:
            return Verdict(n_entries, last, int(row.seq), reason)
        n_entries += 1
        last, previous = _entry(row), str(row.hash)
        found = found or previous == expected
    if not found:
        return Verdict(n_entries, last, n_entries + 1, f"No entry has the hash {expected}: entries were cut off.")
    return Verdict(n_entries, last)


def hash_of(row: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a row: of the canonical JSON of all columns but the hash, ``details`` as it is kept.

    Parameters
    ----------
    row : mapping
        Column names and values.

    Returns
    -------
    str
        In hexadecimal.
    """
    content = {name: value for name, value in row.items() if name != "hash"}
    return hashlib.sha256(canonical(content).encode("ascii")).hexdigest()


def canonical(value: Any) -> str:
    """Return a value as JSON in one form: sorted keys, no spaces, ASCII, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _rows(connection: Connection) -> Iterator[Row[Any]]:
    """Yield all rows in order, some at a time."""
    after = None
    while True:
        wanted = select(table).order_by(table.c.seq).limit(_AT_ONCE)
        rows = connection.execute(wanted if after is None else wanted.where(table.c.seq > after)).all()
        yield from rows
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1].seq


def _reason(connection: Connection, row: Row[Any], seq: int, previous: str) -> str | None:
    if row.seq != seq:
        return f"Entry {seq} is missing."
    if row.previous != previous:
        return f"Entry {seq} does not follow the entry before it: one was changed, taken out or put in."
    if row.hash != hash_of(dict(row._mapping)):
        return f"Entry {seq} was changed."
    if row.action in (EDITED, IMPORTED):
        told = json.loads(row.details)
        if "sha256" in told and (told["entries"], told["sha256"]) != digest_of_edits(
            connection, told["first"], told["last"]
        ):
            return f"The edits {told['first']} to {told['last']}, of which entry {seq} tells, were changed."
    return None


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(**{**row._mapping, "details": json.loads(row.details)})


def as_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """Yield one line of text for each row."""
    for entry in entries:
        told = canonical(entry.details) if entry.details else ""
        who = f"{entry.person} ({entry.role})"
        yield f"{entry.seq:>8}  {entry.at}  {who}  {entry.action}  {entry.subject}  {told}".rstrip()
