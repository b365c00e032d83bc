"""Audit log of what people do besides editing: who signed in, opened and exported which recording, and was refused.

Rows are written by a thread of its own, so that nobody who reads waits for a database that is busy or away: then a row
waits, in memory, and is tried again. Edits tell the audit log themselves, in their own transaction.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ecg_core import logs
from ecg_core.errors import CannotKeepError, RecordingError, ReviewError, SettingError
from ecg_core.review import audit
from ecg_core.review.database import Location, location, writing
from ecg_core.review.log import now
from pages.services.accounts import Account, acting
from pages.services.review_sessions import database_at, why_read_only
from pages.services.workspace import OpenedRecording

OPENED: Final = "opened"
EXPORTED: Final = "exported"

MAX_WAITING: Final = 10_000
"""Rows that wait for the database; further ones are not kept, and the server's log says so."""

_AGAIN_AFTER_S: Final = 1.0
_PATIENCE_S: Final = 0.2
"""So long the thread waits for others that write; those who edit in this process wait behind it."""


@dataclass(frozen=True, eq=False)
class _Row:
    where: Location
    subject: str
    person: str
    role: str
    action: str
    details: Mapping[str, Any]


class AuditTrail:
    """Rows on their way into the audit log, in the order in which they were told."""

    def __init__(self) -> None:
        self._rows: deque[_Row] = deque()
        self._changed = threading.Condition()
        self._under_way = False
        self._running = False

    def tell(self, opened: OpenedRecording, person: str, action: str, details: Mapping[str, Any]) -> None:
        """Tell what a person has done to a recording; returns at once.

        Parameters
        ----------
        opened : OpenedRecording
            The recording.
        person : str
            Name that the person has given.
        action : str
            `OPENED` or `EXPORTED`.
        details : mapping
            What else there is to say.
        """
        self._add(opened.recording.sha256, person, acting().audit_role, action, details)

    def tell_of_account(self, account: Account, action: str, subject: str, details: Mapping[str, Any]) -> None:
        """Tell what an account has done, or was refused; returns at once.

        Parameters
        ----------
        account : Account
            Who.
        action, subject : str
            What, and to what.
        details : mapping
            What else there is to say.
        """
        self._add(subject, account.name, account.audit_role, action, details)

    def _add(self, subject: str, person: str, role: str, action: str, details: Mapping[str, Any]) -> None:
        try:
            where = location()
        except SettingError:
            return  # edits are refused for the same reason, and everybody is told
        row = _Row(where, subject, person, role, action, {"at": now(), **details})
        with self._changed:
            if len(self._rows) >= MAX_WAITING:
                logs.event("audit_row_lost", level=logging.ERROR, action=action)
                return
            self._rows.append(row)
            if not self._running:
                self._running = True
                threading.Thread(target=self._write, name="audit", daemon=True).start()
            self._changed.notify_all()

    def flush(self, within_s: float) -> bool:
        """Wait until all rows are written; tell whether they are."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._rows and not self._under_way, within_s)

    def clear(self) -> None:
        """Forget the rows that wait."""
        with self._changed:
            self._rows.clear()

    def _write(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._rows)
                row, self._under_way = self._rows.popleft(), True
            again = _written(row)
            with self._changed:
                self._under_way = False
                if again:
                    # Behind the others: theirs may be another database.
                    self._rows.append(row)
                self._changed.notify_all()
                if again:
                    self._changed.wait(_AGAIN_AFTER_S)


def _written(row: _Row) -> bool:
    """Write a row; tell whether that is to be tried again."""
    try:
        if why_read_only() is not None and row.where == location():
            return True
        with writing(database_at(row.where), _PATIENCE_S) as connection:
            audit.append_within(connection, row.person, row.action, row.subject, row.details, role=row.role)
    except CannotKeepError:
        return True
    except (ReviewError, RecordingError, SettingError, OSError) as error:
        logs.event("audit_row_lost", level=logging.ERROR, action=row.action, reason=type(error).__name__)
    return False


TRAIL: Final = AuditTrail()
