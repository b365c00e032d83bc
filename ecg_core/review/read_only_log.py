"""Read-only edit log, for places that cannot be written to."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, StaticPool, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from ecg_core.errors import CannotKeepError
from ecg_core.health import database_problem
from ecg_core.review import postgresql_store
from ecg_core.review.database import Location
from ecg_core.review.identity import trouble_before_opening
from ecg_core.review.log import EditLog
from ecg_core.review.migrations import upgrade, version_of
from ecg_core.review.schema import METADATA, SCHEMA_VERSION

_WHY: Final = {
    "read_only": "cannot be written to",
    "full": "is on a disk that is full",
    "not_a_folder": "is no folder",
    "unreachable": "is on a disk that does not answer",
    "damaged": "holds a damaged database",
}
_REMEDY: Final = {"full": "make room and open the recording again"}
_ELSEWHERE: Final = "have RHYTHMOSCOPE_HOME set to a folder that can be written to"


class ReadOnlyLog(EditLog):
    """A log that takes no edits.

    Parameters
    ----------
    engine : Engine
        See `engine_to_read`.
    recording_sha256 : str
    model_sha256 : str or None
    problem : str
        Why, in one sentence.
    """

    def __init__(self, engine: Engine, recording_sha256: str, model_sha256: str | None, problem: str) -> None:
        super().__init__(engine, recording_sha256, model_sha256)
        self.problem = problem

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Refuse.

        Raises
        ------
        CannotKeepError
        """
        raise CannotKeepError(self.problem)
        yield


def why_unwritable(where: Location) -> str | None:
    """Tell in one sentence why edits cannot be kept in a database; None if they can, or if it is merely busy."""
    if isinstance(where, URL):
        return postgresql_store.why_unwritable(where)
    file = where
    why = database_problem(file, patience_s=0.0)
    if why is None or why == "locked":
        return None
    remedy = _REMEDY.get(why, _ELSEWHERE)
    return f"Edits cannot be kept: {file.parent} {_WHY[why]}. You can read the recording; to edit it, {remedy}."


def engine_to_read(where: Location) -> Engine | None:
    """Open a database without writing anything, not even beside it; None where it cannot be read.

    A file that an older version of the program has made is copied to memory and brought up to date there.
    """
    if isinstance(where, URL):
        return postgresql_store.engine_to_read(where)
    file = where
    # SQLite looks for the write-ahead log and its index; where they cannot be made, the file is all there is.
    ways = ["mode=ro"]
    beside = file.with_name(f"{file.name}-wal")
    if not (beside.exists() and beside.stat().st_size):
        ways.append("mode=ro&immutable=1")
    # SQLite removes the write-ahead log of an empty database: what is cut off is not even looked into.
    if file.is_file() and trouble_before_opening(file) is None:
        for way in ways:
            made = create_engine(f"sqlite:///file:{quote(str(file))}?{way}&uri=true")
            event.listen(made, "connect", _plainly)
            event.listen(made, "begin", _begin)
            try:
                with made.connect() as connection, connection.begin():
                    found = version_of(connection)
                    whole = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() == "ok"
                if whole and found == SCHEMA_VERSION:
                    return made
                if whole and 0 < found < SCHEMA_VERSION:
                    return _upgraded_copy(made)
            except (SQLAlchemyError, sqlite3.Error):
                pass
            made.dispose()
    return None


def nothing_to_read() -> Engine:
    """Return an empty database in memory, for who has none to read."""
    empty = _in_memory()
    METADATA.create_all(empty)
    return empty


def _upgraded_copy(original: Engine) -> Engine:
    copy = _in_memory()
    with original.connect() as source, copy.connect() as target:
        old, new = source.connection.dbapi_connection, target.connection.dbapi_connection
        assert isinstance(old, sqlite3.Connection)
        assert isinstance(new, sqlite3.Connection)
        old.backup(new)
    original.dispose()
    with copy.begin() as connection:
        upgrade(connection)
    return copy


def _in_memory() -> Engine:
    return create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})


def _plainly(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
