"""Worklist: which recordings are to be read, by whom, until when, how far that is, and what was found in them.

A change that a person makes is told to the audit log in the same transaction, but for the position, which changes with
every move. In which order recordings come: `ecg_core.review.worklist_order`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, case, delete, func, insert, select, update

from ecg_core.errors import ReviewError
from ecg_core.review.audit import NO_ROLE, append_within
from ecg_core.review.database import reading, writing
from ecg_core.review.log import is_time, now
from ecg_core.review.row_checks import check_person, check_recording
from ecg_core.review.schema import reports
from ecg_core.review.schema import worklist as table
from ecg_core.review.worklist_item import Counts, Findings, Origin, Status, WorklistItem, item_of_row
from ecg_core.review.worklist_order import ALL, NOT_CLASSIFIED, OPEN, Filter, Order, filtered, in_order

_NEXT: Final[dict[Status, tuple[Status, ...]]] = {
    "new": ("reading", "read", "signed"),
    "reading": ("new", "read", "signed", "amended"),
    "read": ("reading", "signed", "amended"),
    "signed": ("reading", "amended"),
    "amended": ("reading", "amended"),
}
"""What may follow: what was signed is read again only to be amended, and is never new."""

_AT_ONCE: Final = 500
_MAX_SAMPLE: Final = 2**62


class Worklist:
    """The worklist of a database.

    Parameters
    ----------
    engine : Engine
        See :func:`ecg_core.review.database.engine`.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def add(
        self,
        recordings: Sequence[str],
        person: str,
        role: str = NO_ROLE,
        due: str | None = None,
        origins: Mapping[str, Origin] = MappingProxyType({}),
    ) -> int:
        """Add recordings as new; of those that are there already only the origin follows.

        Parameters
        ----------
        recordings : sequence of str
            SHA-256 of each.
        person, role : str
            Who adds them.
        due : str, optional
            Until when they are to be read, in ISO 8601 with time zone.
        origins : mapping of str to Origin
            Where recordings are opened from.

        Returns
        -------
        int
            How many were new.

        Raises
        ------
        ReviewError
            If one is no hash, the time is none, or nothing can be written.
        """
        check_person(person)
        due = _utc(due)
        for recording in recordings:
            check_recording(recording)
        wanted, n_new = list(dict.fromkeys(recordings)), 0
        # Some at a time, so that nobody who edits has to wait for all of them.
        for first in range(0, len(wanted), _AT_ONCE):
            with writing(self.engine) as connection:
                n_new += _add(connection, wanted[first : first + _AT_ONCE], person, role, due, origins)
        return n_new

    def remove(self, recording_sha256: str, person: str, role: str = NO_ROLE) -> None:
        """Take a recording out that nobody has read yet; its edits stay. Nothing happens if it is not there.

        Parameters
        ----------
        recording_sha256 : str
            The recording.
        person, role : str
            Who takes it out.

        Raises
        ------
        ReviewError
            If it was read or signed, somebody else has it, or nothing can be written.
        """
        check_person(person)
        with writing(self.engine) as connection:
            item = _found(connection, recording_sha256)
            if item is None:
                return
            if item.status not in ("new", "reading"):
                raise ReviewError(f"A recording that is {item.status} stays in the worklist.")
            _not_anothers(item, person)
            _remove(connection, item, person, role)

    def remove_new_of_folder(self, folder: str, person: str) -> int:
        """Take out the recordings of a folder that is gone with which nobody has begun.

        Parameters
        ----------
        folder : str
            As in `Origin.folder`.
        person : str
            Who does it.

        Returns
        -------
        int
            How many there were.

        Raises
        ------
        ReviewError
            If nothing can be written.
        """
        with writing(self.engine) as connection:
            gone = select(table).where(table.c.folder == folder, table.c.status == "new", table.c.assigned_to.is_(None))
            items = [item_of_row(row) for row in connection.execute(gone)]
            for item in items:
                _remove(connection, item, person, NO_ROLE)
            return len(items)

    def get(self, recording_sha256: str) -> WorklistItem | None:
        """Return a recording of the worklist, None if it is not in it."""
        with reading(self.engine) as connection:
            return _found(connection, recording_sha256)

    def items(
        self, by: Filter = ALL, order: Order = "urgency", *, first: int = 0, count: int | None = None
    ) -> list[WorklistItem]:
        """Return recordings in order.

        Parameters
        ----------
        by : Filter
            Which ones.
        order : str
            One of `ecg_core.review.worklist_order.ORDERS`.
        first : int
            So many are left out at the begin.
        count : int, optional
            So many at most; all by default.

        Returns
        -------
        list of WorklistItem

        Raises
        ------
        ReviewError
            If the database cannot be read.
        """
        with reading(self.engine) as connection:
            if count is None:
                rows = connection.execute(in_order(filtered(select(table), by), order).offset(first))
                return [item_of_row(row) for row in rows]
            # Of ten thousand rows only the hashes are sorted, which takes half the time.
            hashes = in_order(filtered(select(table.c.recording_sha256), by), order).offset(first).limit(count)
            wanted = list(connection.scalars(hashes))
            rows = connection.execute(select(table).where(table.c.recording_sha256.in_(wanted)))
            return sorted(map(item_of_row, rows), key=lambda item: wanted.index(item.recording_sha256))

    def n_items(self, by: Filter = ALL) -> int:
        """Return how many recordings pass a filter.

        Parameters
        ----------
        by : Filter
            Which ones.

        Raises
        ------
        ReviewError
            If the database cannot be read.
        """
        with reading(self.engine) as connection:
            return connection.execute(filtered(select(func.count()).select_from(table), by)).scalar_one()

    def counts(self) -> Counts:
        """Count the recordings by what is still to be done with them.

        Raises
        ------
        ReviewError
            If the database cannot be read.
        """
        is_open = table.c.status.in_(OPEN)
        counted = (is_open, is_open & (table.c.due < now()), table.c.stage.in_(NOT_CLASSIFIED))
        columns: list[ColumnElement[int]] = [func.count(), *(func.count(case((each, 1))) for each in counted)]
        with reading(self.engine) as connection:
            found = [int(count) for count in connection.execute(select(*columns).select_from(table)).one()]
        return Counts(*found)

    def worst_kinds(self) -> set[str]:
        """Return the kinds that are the worst event of a recording in the worklist.

        Raises
        ------
        ReviewError
            If the database cannot be read.
        """
        kinds = select(table.c.worst_kind).where(table.c.worst_kind.is_not(None)).distinct()
        with reading(self.engine) as connection:
            return set(connection.scalars(kinds))

    def claim(
        self, recording_sha256: str, person: str, role: str = NO_ROLE, *, take_over: bool = False
    ) -> WorklistItem:
        """Take a recording to read it.

        Parameters
        ----------
        recording_sha256 : str
            The recording.
        person, role : str
            Who reads it.
        take_over : bool
            Whether to take it from somebody else who has claimed it.

        Returns
        -------
        WorklistItem

        Raises
        ------
        ReviewError
            If it is not in the worklist, somebody else has it, or nothing can be written.
        """
        check_person(person)
        with writing(self.engine) as connection:
            item = _there(connection, recording_sha256)
            if not take_over:
                _not_anothers(item, person)
            return _claim(connection, item, person, role)

    def claim_next(
        self,
        person: str,
        role: str = NO_ROLE,
        *,
        leaving: str | None = None,
        openable: Callable[[WorklistItem], bool] = lambda _: True,
    ) -> WorklistItem | None:
        """Take the recording that is to be read next: the most urgent one that nobody has; then the person's own.

        Parameters
        ----------
        person, role : str
            Who reads.
        leaving : str, optional
            Recording that they come from, which is not the next. Of their own the one behind it follows, so that who
            goes on and on comes to each.
        openable : callable
            Tells whether a recording can be opened; others are passed over.

        Returns
        -------
        WorklistItem or None
            None if there is nothing left.

        Raises
        ------
        ReviewError
            If nothing can be written.
        """
        check_person(person)
        free = Filter(statuses=("new",), unassigned=True)
        mine = Filter(statuses=("new", "reading"), assigned_to=person)
        with writing(self.engine) as connection:
            own = _in_order(connection, mine)
            left = own.index(leaving) if leaving in own else -1
            behind = [*own[left + 1 :], *own[: max(left, 0)]]
            for recording in (*_in_order(connection, free), *behind):
                item = _there(connection, recording)
                if recording != leaving and openable(item):
                    return _claim(connection, item, person, role)
            return None

    def begin(
        self, recording_sha256: str, origin: Origin | None, person: str, role: str = NO_ROLE
    ) -> WorklistItem | None:
        """Note that a person has begun to correct a recording or to write its report.

        Parameters
        ----------
        recording_sha256 : str
            The recording; nothing happens if it is not in the worklist.
        origin : Origin or None
            Where it is opened from, if it is to be added.
        person, role : str
            Who has begun. Unless somebody else has it, or it is signed, it is theirs from now on.

        Returns
        -------
        WorklistItem or None
            None if it is not in the worklist.

        Raises
        ------
        ReviewError
            If nothing can be written.
        """
        check_person(person)
        check_recording(recording_sha256)
        with writing(self.engine) as connection:
            if origin is not None:
                _add(connection, [recording_sha256], person, role, None, {recording_sha256: origin})
            item = _found(connection, recording_sha256)
            if item is None or item.assigned_to not in (None, person) or item.status in ("signed", "amended"):
                return item
            return _claim(connection, item, person, role)

    def mark_read(self, recording_sha256: str, person: str, role: str = NO_ROLE) -> WorklistItem:
        """Note that a person has read a recording through.

        Parameters
        ----------
        recording_sha256 : str
            The recording.
        person, role : str
            Who has read it; it is theirs if it was nobody's.

        Returns
        -------
        WorklistItem

        Raises
        ------
        ReviewError
            If it is not in the worklist, somebody else has it, it is signed, or nothing can be written.
        """
        check_person(person)
        with writing(self.engine) as connection:
            item = _there(connection, recording_sha256)
            _not_anothers(item, person)
            if item.assigned_to is None and item.status != "read":
                _claim(connection, item, person, role)
            set_status_within(connection, recording_sha256, "read", person, role)
            return _there(connection, recording_sha256)

    def release(self, recording_sha256: str, person: str, role: str = NO_ROLE, *, others: bool = False) -> WorklistItem:
        """Give a claimed recording back; one that was not read through is new again.

        Parameters
        ----------
        recording_sha256 : str
            The recording.
        person, role : str
            Who gives it back.
        others : bool
            Whether to give back what somebody else has claimed.

        Returns
        -------
        WorklistItem

        Raises
        ------
        ReviewError
            If it is not in the worklist, somebody else has it, or nothing can be written.
        """
        check_person(person)
        with writing(self.engine) as connection:
            item = _there(connection, recording_sha256)
            if item.assigned_to is None:
                return item
            if item.assigned_to != person and not others:
                raise ReviewError(f"{item.assigned_to} has claimed this recording, not {person}.")
            status: Status = "new" if item.status == "reading" else item.status
            _change(connection, item, person, assigned_to=None, claimed_at=None, status=status)
            append_within(connection, person, "released", recording_sha256, {"of": item.assigned_to}, role=role)
            return _there(connection, recording_sha256)

    def set_status(self, recording_sha256: str, status: Status, person: str, role: str = NO_ROLE) -> WorklistItem:
        """Set how far a recording is.

        Parameters
        ----------
        recording_sha256 : str
            The recording.
        status : str
            One of `STATUSES`.
        person, role : str
            Who sets it.

        Returns
        -------
        WorklistItem

        Raises
        ------
        ReviewError
            If it is not in the worklist, cannot become that, or nothing can be written.
        """
        check_person(person)
        with writing(self.engine) as connection:
            _there(connection, recording_sha256)
            set_status_within(connection, recording_sha256, status, person, role)
            return _there(connection, recording_sha256)

    def set_due(self, recording_sha256: str, due: str | None, person: str, role: str = NO_ROLE) -> WorklistItem:
        """Set until when a recording is to be read.

        Parameters
        ----------
        recording_sha256 : str
            The recording.
        due : str or None
            In ISO 8601 with time zone; None takes the time away.
        person, role : str
            Who sets it.

        Returns
        -------
        WorklistItem

        Raises
        ------
        ReviewError
            If it is not in the worklist, the time is none, or nothing can be written.
        """
        check_person(person)
        due = _utc(due)
        with writing(self.engine) as connection:
            item = _there(connection, recording_sha256)
            _change(connection, item, person, due=due)
            append_within(connection, person, "due time set", recording_sha256, {"due": due}, role=role)
            return _there(connection, recording_sha256)

    def keep_findings(self, recording_sha256: str, findings: Findings, origin: Origin | None = None) -> bool:
        """Keep what was found; nothing happens if the recording is not in the worklist or the same is kept.

        Parameters
        ----------
        recording_sha256 : str
            The recording.
        findings : Findings
            What was found.
        origin : Origin, optional
            Where it is opened from.

        Returns
        -------
        bool
            Whether something was kept.

        Raises
        ------
        ReviewError
            If nothing can be written.
        """
        with reading(self.engine) as connection:
            before = _found(connection, recording_sha256)
        if before is None or (before.findings == findings and origin in (None, before.origin)):
            return False
        values = asdict(findings) | ({} if origin is None else asdict(origin))
        with writing(self.engine) as connection:
            changed = update(table).where(table.c.recording_sha256 == recording_sha256)
            return connection.execute(changed.values(values)).rowcount > 0

    def keep_position(self, recording_sha256: str, sample: int, person: str) -> None:
        """Remember where reading stopped; nothing happens if the recording is somebody else's or not in the worklist.

        Parameters
        ----------
        recording_sha256 : str
            The recording.
        sample : int
            Sample at the recording's own rate.
        person : str
            Who reads.

        Raises
        ------
        ReviewError
            If the sample is none, or nothing can be written.
        """
        check_person(person)
        if isinstance(sample, bool) or not isinstance(sample, int) or not 0 <= sample < _MAX_SAMPLE:
            raise ReviewError("A position is the number of a sample.")
        with writing(self.engine) as connection:
            item = _found(connection, recording_sha256)
            mine = item is not None and item.assigned_to in (None, person)
            if item is not None and mine and item.position_sample != sample:
                _change(connection, item, person, position_sample=sample)


def set_status_within(
    connection: Connection, recording_sha256: str, status: Status, person: str, role: str = NO_ROLE
) -> None:
    """Set how far a recording is, within the caller's transaction; nothing happens if it is not in the worklist.

    Parameters
    ----------
    connection : Connection
        Connection with a transaction of :func:`ecg_core.review.database.writing`.
    recording_sha256 : str
        The recording.
    status : str
        One of `STATUSES`.
    person, role : str
        Who sets it.

    Raises
    ------
    ReviewError
        If it cannot become that.
    """
    item = _found(connection, recording_sha256)
    if item is None or item.status == status:
        return
    if status not in _NEXT[item.status]:
        raise ReviewError(f"A recording that is {item.status} cannot become {status}.")
    _change(connection, item, person, status=status)
    append_within(connection, person, "status set", recording_sha256, {"from": item.status, "to": status}, role=role)


def _add(
    connection: Connection,
    recordings: Sequence[str],
    person: str,
    role: str,
    due: str | None,
    origins: Mapping[str, Origin],
) -> int:
    asked = table.c.recording_sha256.in_(recordings)
    known = {row.recording_sha256: item_of_row(row) for row in connection.execute(select(table).where(asked))}
    for recording, item in known.items():
        origin = origins.get(recording)
        if origin is not None and origin != item.origin:
            moved = update(table).where(table.c.recording_sha256 == recording)
            connection.execute(moved.values(**asdict(origin)))
    new, at = [recording for recording in recordings if recording not in known], now()
    common = {"due": due, "added_at": at, "changed_at": at, "changed_by": person}
    if new:
        signed = _signed(connection, new)
        rows = [
            {"recording_sha256": one, "status": signed.get(one, "new"), **common, **asdict(origins.get(one, Origin()))}
            for one in new
        ]
        connection.execute(insert(table), rows)
    for recording in new:
        append_within(connection, person, "added to the worklist", recording, {"due": due}, role=role)
    return len(new)


def _signed(connection: Connection, recordings: Sequence[str]) -> dict[str, Status]:
    """Return which of some recordings have a signed report, or an amended one."""
    of_them = reports.c.recording_sha256.in_(recordings), reports.c.signed_at.is_not(None)
    newest = select(reports.c.recording_sha256, reports.c.status).where(*of_them).order_by(reports.c.version)
    return {
        row.recording_sha256: "amended" if row.status == "amended" else "signed" for row in connection.execute(newest)
    }


def _remove(connection: Connection, item: WorklistItem, person: str, role: str) -> None:
    connection.execute(delete(table).where(table.c.recording_sha256 == item.recording_sha256))
    append_within(connection, person, "removed from the worklist", item.recording_sha256, {}, role=role)


def _claim(connection: Connection, item: WorklistItem, person: str, role: str) -> WorklistItem:
    """Give a recording to a person; who has read it and goes on is reading it again."""
    status: Status = "reading" if item.status in ("new", "read") else item.status
    if item.assigned_to == person and item.status == status:
        return item
    _change(connection, item, person, assigned_to=person, claimed_at=now(), status=status)
    append_within(connection, person, "claimed", item.recording_sha256, {"from": item.assigned_to}, role=role)
    return _there(connection, item.recording_sha256)


def _not_anothers(item: WorklistItem, person: str) -> None:
    if item.assigned_to not in (None, person):
        raise ReviewError(f"{item.assigned_to} is reading this recording since {item.claimed_at}.")


def _in_order(connection: Connection, by: Filter) -> list[str]:
    wanted = select(table.c.recording_sha256).where(table.c.rec.is_not(None))
    return list(connection.scalars(in_order(filtered(wanted, by), "urgency")))


def _found(connection: Connection, recording_sha256: str) -> WorklistItem | None:
    row = connection.execute(select(table).where(table.c.recording_sha256 == recording_sha256)).first()
    return None if row is None else item_of_row(row)


def _there(connection: Connection, recording_sha256: str) -> WorklistItem:
    found = _found(connection, recording_sha256)
    if found is None:
        raise ReviewError("This recording is not in the worklist; add it first.")
    return found


def _change(connection: Connection, item: WorklistItem, person: str, **values: Any) -> None:
    changed = update(table).where(table.c.recording_sha256 == item.recording_sha256)
    connection.execute(changed.values(**values, changed_at=now(), changed_by=person))


def _utc(due: str | None) -> str | None:
    """Return a due time as it is kept, so that times are ordered as texts are."""
    if due is None:
        return None
    if not is_time(due):
        raise ReviewError("A due time is in ISO 8601 with its time zone, as 2026-05-01T12:00+00:00.")
    return datetime.fromisoformat(due).astimezone(UTC).isoformat(timespec="seconds")
