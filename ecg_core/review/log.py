"""The log: entries are appended to it, read from it, and never changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, func, insert, select

from ecg_core.errors import ReviewError, UuidTakenError
from ecg_core.review import audit
from ecg_core.review.database import reading, writing
from ecg_core.review.edits import Edit, parse_edit
from ecg_core.review.schema import entries as table
from ecg_core.texts import plain

NO_MODEL: Final = "none"
"""Stands for the model's hash where no model has labelled the beats."""

MAX_UUID_LENGTH: Final = 80
_MAX_PERSON_LENGTH: Final = 120
_MAX_TIME_LENGTH: Final = 40
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
_AT_ONCE: Final = 500
_BASED_ON: Final = "based_on"
_LAST_NUMBER: Final = "SELECT seq FROM sqlite_sequence WHERE name = 'entries'"


@dataclass(frozen=True)
class Entry:
    """One edit in the log.

    Attributes
    ----------
    seq : int
        Its number: increasing, but not without gaps, since all recordings share the numbers.
    uuid : str
        Drawn by whoever made the edit; the same one is never entered twice.
    person : str
    at : str
        When it was entered by the server's clock, UTC, in ISO 8601. Entries are ordered by their numbers: where the
        clock was put back, a later entry bears an earlier time, and nothing depends on it.
    edit : Edit
    based_on : int or None
        Revision that the person had before them when they made the edit; None where nothing tells it.
    """

    seq: int
    uuid: str
    person: str
    at: str
    edit: Edit
    based_on: int | None = None

    @property
    def action(self) -> str:
        """What was done, e.g. "relabel"."""
        return self.edit.action

    @property
    def payload(self) -> dict[str, Any]:
        """What the edit says besides its action."""
        return self.edit.payload()


@dataclass(frozen=True)
class Draft:
    """An edit on its way into the log, with what the log does not decide itself."""

    uuid: str
    person: str
    edit: Edit
    at: str
    based_on: int | None = None


class EditLog:
    """The log of one recording as one model saw it.

    Parameters
    ----------
    engine : Engine
        See :func:`ecg_core.review.database.engine`.
    recording_sha256 : str
    model_sha256 : str or None
        None and "none" stand for no model.
    """

    def __init__(self, engine: Engine, recording_sha256: str, model_sha256: str | None) -> None:
        self.engine = engine
        self.recording_sha256 = recording_sha256
        self.model_sha256 = model_sha256 or NO_MODEL

    def append(
        self, person: str, edits: Sequence[Edit], uuids: Sequence[str], based_on: int | None = None
    ) -> list[Entry]:
        """Append edits, all or none; they are on the disk when this returns.

        Parameters
        ----------
        person : str
            Name of the person.
        edits : sequence of Edit
            Edits in order.
        uuids : sequence of str
            One for each edit. One that the log holds already is not entered again.
        based_on : int, optional
            Revision that the person had before them.

        Returns
        -------
        list of Entry
            One for each edit; for a repeated one the entry that it has had since.

        Raises
        ------
        ReviewError
            If a name or uuid is empty or too long, an edit says what none can say, a uuid is another edit's or log's,
            or nothing can be written.
        """
        drafts = [Draft(uuid, person, edit, now(), based_on) for uuid, edit in zip(uuids, edits, strict=True)]
        with self.writing() as connection:
            return self.append_within(connection, drafts)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that nobody else writes beside; see :func:`ecg_core.review.database.writing`."""
        with writing(self.engine) as connection:
            yield connection

    def append_within(self, connection: Connection, drafts: Sequence[Draft]) -> list[Entry]:
        """Append within a transaction that the caller has begun; see :meth:`append`.

        Parameters
        ----------
        connection : Connection
            Connection with the transaction.
        drafts : sequence of Draft
            Entries to append.

        Returns
        -------
        list of Entry
        """
        check_drafts(drafts)
        known = self.known_within(connection, [draft.uuid for draft in drafts])
        seq = self.last_number_within(connection)
        new, appended = [], []
        for draft in drafts:
            entry = known.get(draft.uuid)
            if entry is None:
                seq += 1
                entry = known[draft.uuid] = Entry(seq, draft.uuid, draft.person, draft.at, draft.edit, draft.based_on)
                new.append(entry)
            elif entry.edit != draft.edit:
                raise UuidTakenError(f"Another edit was entered under the uuid {draft.uuid!r}; make this one anew.")
            appended.append(entry)
        self.insert_within(connection, new)
        return appended

    def last_number_within(self, connection: Connection) -> int:
        """Return the last number that was given in any log; whoever writes is alone and goes on from there."""
        if connection.dialect.name == "sqlite":
            return int(connection.exec_driver_sql(_LAST_NUMBER).scalar() or 0)
        return connection.execute(select(func.max(table.c.seq))).scalar() or 0

    def insert_within(
        self, connection: Connection, entries: Sequence[Entry], action: str = audit.EDITED, by: str | None = None
    ) -> None:
        """Insert entries that have been checked, with the numbers that they have, and tell the audit log of them.

        Parameters
        ----------
        connection : Connection
            Connection with the transaction.
        entries : sequence of Entry
            The entries, with numbers that follow each other.
        action : str
            What the audit log says was done.
        by : str, optional
            Who did it; the person of the entries by default.
        """
        if not entries:
            return
        connection.execute(insert(table), [self._row(entry) for entry in entries])
        seqs = [entry.seq for entry in entries]
        person = entries[0].person if by is None else by
        audit.append_edits_within(connection, action, person, self.recording_sha256, self.model_sha256, seqs)

    def entries(self, after: int = 0, most: int | None = None) -> list[Entry]:
        """Return the entries after a number, in order.

        Parameters
        ----------
        after : int
            Number of the last entry that is left out.
        most : int, optional
            Number of entries to return, at most.

        Returns
        -------
        list of Entry

        Raises
        ------
        ReviewError
            If the database cannot be read or an entry is a newer version's.
        """
        with reading(self.engine) as connection:
            return self.entries_within(connection, after, most)

    def entries_within(self, connection: Connection, after: int = 0, most: int | None = None) -> list[Entry]:
        """Read within a transaction that the caller has begun; see :meth:`entries`.

        Parameters
        ----------
        connection : Connection
            Connection with the transaction.
        after : int
            Number of the last entry that is left out.
        most : int, optional
            Number of entries to return, at most.

        Returns
        -------
        list of Entry
        """
        wanted = select(table).where(*self._mine(), table.c.seq > after).order_by(table.c.seq).limit(most)
        return [_entry(row) for row in connection.execute(wanted)]

    def action_of(self, uuid: str) -> str | None:
        """Tell what was entered under a uuid, None if nothing was."""
        with reading(self.engine) as connection:
            entry = self.known_within(connection, [uuid]).get(uuid)
        return None if entry is None else entry.action

    def revision(self) -> int:
        """Return the number of the last entry, 0 if there is none."""
        with reading(self.engine) as connection:
            return connection.execute(select(func.max(table.c.seq)).where(*self._mine())).scalar() or 0

    def _mine(self) -> tuple[Any, ...]:
        return table.c.recording_sha256 == self.recording_sha256, table.c.model_sha256 == self.model_sha256

    def known_within(self, connection: Connection, uuids: Sequence[str]) -> dict[str, Entry]:
        """Return the entries of some uuids that were entered before.

        Parameters
        ----------
        connection : Connection
            Connection with the transaction.
        uuids : sequence of str
            The uuids.

        Returns
        -------
        dict of str to Entry
            Entries by uuid.

        Raises
        ------
        UuidTakenError
            If one was entered in another log.
        """
        known = {}
        for first in range(0, len(uuids), _AT_ONCE):
            asked = select(table).where(table.c.uuid.in_(uuids[first : first + _AT_ONCE]))
            for row in connection.execute(asked):
                if (row.recording_sha256, row.model_sha256) != (self.recording_sha256, self.model_sha256):
                    raise UuidTakenError(f"The edit {row.uuid!r} was made of another recording or model; make it anew.")
                known[row.uuid] = _entry(row)
        return known

    def _row(self, entry: Entry) -> dict[str, Any]:
        based_on = {} if entry.based_on is None else {_BASED_ON: entry.based_on}
        return {
            "seq": entry.seq,
            "uuid": entry.uuid,
            "recording_sha256": self.recording_sha256,
            "model_sha256": self.model_sha256,
            "person": entry.person,
            "at": entry.at,
            "action": entry.action,
            "payload": json.dumps({**entry.payload, **based_on}, separators=(",", ":")),
        }


def now() -> str:
    """Return the time as entries bear it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def check_drafts(drafts: Sequence[Draft]) -> None:
    """Make sure that edits can be entered and read again, wherever they come from.

    Raises
    ------
    ReviewError
        If a uuid, a name or a time is none, or an edit says what none can say.
    """
    for draft in drafts:
        if not is_uuid(draft.uuid):
            raise ReviewError(f"An edit needs a uuid of 1 to {MAX_UUID_LENGTH} characters; send it again with one.")
        if not _is_name(draft.person, _MAX_PERSON_LENGTH):
            raise ReviewError(f"An edit needs a person's name of 1 to {_MAX_PERSON_LENGTH} characters; give yours.")
        if not is_time(draft.at):
            raise ReviewError("An edit needs the time at which it was made, in ISO 8601 with its time zone.")
        # What could not be read again would close the whole log to everybody.
        parse_edit(draft.edit.to_dict())


def is_uuid(text: object) -> bool:
    """Tell whether something can be the name of an edit."""
    return _is_name(text, MAX_UUID_LENGTH)


def is_time(text: object) -> bool:
    """Tell whether something is a time in ISO 8601 with its time zone, and nothing else."""
    if not isinstance(text, str) or len(text) > _MAX_TIME_LENGTH or not _TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def revision_or_none(value: object) -> int | None:
    """Return a revision as it was read from JSON, None where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _is_name(text: object, longest: int) -> bool:
    """Tell whether something is a text that a database can hold and a person can read."""
    return isinstance(text, str) and bool(text.strip()) and len(text) <= longest and text.isprintable()


def _entry(row: Row[Any]) -> Entry:
    try:
        payload = json.loads(row.payload)
        edit = parse_edit({**payload, "action": row.action})
        based_on = revision_or_none(payload.get(_BASED_ON))
    except (ValueError, TypeError) as error:
        raise ReviewError(f"Entry {row.seq} of the log of edits cannot be read: {error}") from error
    return Entry(row.seq, row.uuid, row.person, plain(row.at, _MAX_TIME_LENGTH), edit, based_on)
