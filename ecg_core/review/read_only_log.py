"""Read-only edit log, for places that cannot be written to."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, select
from sqlalchemy.exc import SQLAlchemyError

from ecg_core.errors import CannotKeepError
from ecg_core.health import database_problem
from ecg_core.review.database import METADATA, SCHEMA_VERSION, schema_version
from ecg_core.review.identity import trouble_before_opening
from ecg_core.review.log import EditLog

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


def why_unwritable(file: Path) -> str | None:
    """Tell in one sentence why edits cannot be kept in a database; None if they can, or if it is merely busy."""
    why = database_problem(file, patience_s=0.0)
    if why is None or why == "locked":
        return None
    remedy = _REMEDY.get(why, _ELSEWHERE)
    return f"Edits cannot be kept: {file.parent} {_WHY[why]}. You can read the recording; to edit it, {remedy}."


def engine_to_read(file: Path) -> Engine | None:
    """Open a database without writing anything, not even beside it; None where it cannot be read."""
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
                    found = connection.execute(select(schema_version.c.version)).scalar()
                    if found == SCHEMA_VERSION and connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() == "ok":
                        return made
            except (SQLAlchemyError, sqlite3.Error):
                pass
            made.dispose()
    return None


def nothing_to_read() -> Engine:
    """Return an empty database in memory, for who has none to read."""
    empty = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    METADATA.create_all(empty)
    return empty


def _plainly(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
