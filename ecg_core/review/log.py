"""The log: entries are appended to it, read from it, and never changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, func, insert, select

from ecg_core.errors import ReviewError
from ecg_core.review.database import entries as table
from ecg_core.review.database import reading, writing
from ecg_core.review.edits import Edit, parse_edit

NO_MODEL: Final = "none"
"""What stands for the model's hash where no model has labelled the beats."""

_LONGEST_UUID: Final = 80
_LONGEST_PERSON: Final = 120
_AT_ONCE: Final = 500
_BASED_ON: Final = "based_on"


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
        When it was entered, UTC, in ISO 8601.
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
        edits : sequence of Edit
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
            If a name or uuid is empty or too long, an edit says what none can say, a uuid is another log's, or nothing
            can be written.
        """
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        drafts = [Draft(uuid, person, edit, at, based_on) for uuid, edit in zip(uuids, edits, strict=True)]
        with writing(self.engine) as connection:
            return self.append_within(connection, drafts)

    def append_within(self, connection: Connection, drafts: Sequence[Draft]) -> list[Entry]:
        """Append within a transaction that the caller has begun; see :meth:`append`."""
        for draft in drafts:
            if not _is_name(draft.uuid, _LONGEST_UUID):
                raise ReviewError(f"An edit needs a uuid of 1 to {_LONGEST_UUID} characters; send it again with one.")
            if not _is_name(draft.person, _LONGEST_PERSON):
                raise ReviewError(f"An edit needs a person's name of 1 to {_LONGEST_PERSON} characters; give yours.")
            # What could not be read again would close the whole log to everybody.
            parse_edit(draft.edit.to_dict())
        known = self._known(connection, [draft.uuid for draft in drafts])
        appended = []
        for draft in drafts:
            if draft.uuid not in known:
                known[draft.uuid] = self._insert(connection, draft)
            appended.append(known[draft.uuid])
        return appended

    def entries(self, after: int = 0) -> list[Entry]:
        """Return the entries with numbers above one, in order.

        Raises
        ------
        ReviewError
            If the database cannot be read or an entry is a newer version's.
        """
        with reading(self.engine) as connection:
            return self.entries_within(connection, after)

    def entries_within(self, connection: Connection, after: int = 0) -> list[Entry]:
        """Read within a transaction that the caller has begun; see :meth:`entries`."""
        wanted = select(table).where(*self._mine(), table.c.seq > after).order_by(table.c.seq)
        return [_entry(row) for row in connection.execute(wanted)]

    def holds(self, uuid: str) -> bool:
        """Tell whether an edit with this uuid was entered."""
        with reading(self.engine) as connection:
            return bool(self._known(connection, [uuid]))

    def revision(self) -> int:
        """Return the number of the last entry, 0 if there is none."""
        with reading(self.engine) as connection:
            return connection.execute(select(func.max(table.c.seq)).where(*self._mine())).scalar() or 0

    def _mine(self) -> tuple[Any, ...]:
        return table.c.recording_sha256 == self.recording_sha256, table.c.model_sha256 == self.model_sha256

    def _known(self, connection: Connection, uuids: Sequence[str]) -> dict[str, Entry]:
        known = {}
        for first in range(0, len(uuids), _AT_ONCE):
            asked = select(table).where(table.c.uuid.in_(uuids[first : first + _AT_ONCE]))
            for row in connection.execute(asked):
                if (row.recording_sha256, row.model_sha256) != (self.recording_sha256, self.model_sha256):
                    raise ReviewError(f"The edit {row.uuid!r} was made of another recording or model; make it anew.")
                known[row.uuid] = _entry(row)
        return known

    def _insert(self, connection: Connection, draft: Draft) -> Entry:
        based_on = {} if draft.based_on is None else {_BASED_ON: draft.based_on}
        row = insert(table).values(
            uuid=draft.uuid,
            recording_sha256=self.recording_sha256,
            model_sha256=self.model_sha256,
            person=draft.person,
            at=draft.at,
            action=draft.edit.action,
            payload=json.dumps({**draft.edit.payload(), **based_on}, separators=(",", ":")),
        )
        key = connection.execute(row).inserted_primary_key
        assert key is not None
        return Entry(int(key[0]), draft.uuid, draft.person, draft.at, draft.edit, draft.based_on)


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
    return Entry(row.seq, row.uuid, row.person, row.at, edit, based_on)
