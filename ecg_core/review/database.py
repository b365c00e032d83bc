"""The database that edits are kept in: SQLite, embedded, one file in the data folder.

What is written is on the disk before it is acknowledged (write-ahead log, synchronised at each commit), several
processes may write at once, and the database itself refuses to change or drop an entry.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from platformdirs import user_data_path
from sqlalchemy import (
    DDL,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from ecg_core.errors import ReviewError

SCHEMA_VERSION: Final = 1
"""Counts up whenever tables change; a database says in its table ``schema_version`` which it has."""

FILE_NAME: Final = "review.sqlite3"
_BUSY_TIMEOUT_S: Final = 15.0

METADATA: Final = MetaData()

schema_version = Table("schema_version", METADATA, Column("version", Integer, nullable=False))

entries = Table(
    "entries",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("uuid", String(80), nullable=False, unique=True),
    Column("recording_sha256", String(64), nullable=False),
    Column("model_sha256", String(64), nullable=False),
    Column("person", String(120), nullable=False),
    Column("at", String(40), nullable=False),
    Column("action", String(40), nullable=False),
    Column("payload", Text, nullable=False),
    Index("entries_of_a_recording", "recording_sha256", "model_sha256", "seq"),
    # Numbers are never given twice.
    sqlite_autoincrement=True,
)
"""The log. ``model_sha256`` is "none" for edits of beats that no model had labelled; ``at`` is UTC in ISO 8601."""

for _what in ("UPDATE", "DELETE"):
    event.listen(
        entries,
        "after_create",
        DDL(
            f"CREATE TRIGGER entries_no_{_what.lower()} BEFORE {_what} ON entries "
            "BEGIN SELECT RAISE(ABORT, 'entries are only ever appended'); END"
        ).execute_if(dialect="sqlite"),
    )


def data_folder() -> Path:
    """Return the folder of what cannot be computed again; ``RHYTHMOSCOPE_HOME`` moves it."""
    given = os.environ.get("RHYTHMOSCOPE_HOME")
    return Path(given).expanduser() if given else user_data_path("rhythmoscope")


def engine(path: Path | None = None) -> Engine:
    """Open the database, made if needed.

    Parameters
    ----------
    path : Path, optional
        Its file; in the data folder by default.

    Returns
    -------
    Engine
        To be shared by the threads of a process.

    Raises
    ------
    ReviewError
        If it cannot be opened or made, is no such database, or is a newer version's.
    """
    file = data_folder() / FILE_NAME if path is None else Path(path)
    try:
        # Who edited what of which recording is nobody else's business.
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ReviewError(
            f"Edits cannot be kept in {file.parent}: {error.strerror}; set RHYTHMOSCOPE_HOME to a folder "
            "that can be written to."
        ) from error
    made = create_engine(f"sqlite:///{file}", connect_args={"timeout": _BUSY_TIMEOUT_S})
    event.listen(made, "connect", _prepare)
    event.listen(made, "begin", _begin)
    try:
        found = _version(made)
    except (SQLAlchemyError, sqlite3.Error) as error:
        made.dispose()
        passing = isinstance(error, (OperationalError, sqlite3.OperationalError))
        remedy = "try again, or" if passing else "move it away or"
        raise ReviewError(
            f"{file} cannot be used as the database of edits ({_cause(error)}); {remedy} set RHYTHMOSCOPE_HOME to "
            "another folder."
        ) from error
    if found != SCHEMA_VERSION:
        made.dispose()
        raise ReviewError(
            f"{file} was written by another version of this program (schema {found}, here {SCHEMA_VERSION}); "
            "use that version."
        )
    return made


@contextmanager
def reading(on: Engine) -> Iterator[Connection]:
    """Open a transaction that sees one state of the database; failures become one sentence."""
    try:
        with on.connect() as connection, connection.begin():
            yield connection
    except SQLAlchemyError as error:
        raise ReviewError(f"The database of edits cannot be read ({_cause(error)}); try again.") from error


@contextmanager
def writing(on: Engine) -> Iterator[Connection]:
    """Open a transaction that nobody else writes beside; what fails inside leaves nothing behind."""
    try:
        with on.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection
    except SQLAlchemyError as error:
        raise ReviewError(f"The edit could not be saved ({_cause(error)}); try again.") from error


def _version(made: Engine) -> int:
    """Return the schema's version; a database that is new gets its tables, unless another process is quicker."""
    with made.connect() as connection, connection.begin():
        if inspect(connection).has_table(schema_version.name):
            found = connection.execute(select(schema_version.c.version)).scalar()
            if found is not None:
                return int(found)
    with made.connect().execution_options(writes=True) as connection, connection.begin():
        METADATA.create_all(connection)
        found = connection.execute(select(schema_version.c.version)).scalar()
        if found is None:
            connection.execute(insert(schema_version).values(version=SCHEMA_VERSION))
        return SCHEMA_VERSION if found is None else int(found)


def _prepare(connection: sqlite3.Connection, _: Any) -> None:
    # The driver would begin transactions by itself, too late to hold off other writers.
    connection.isolation_level = None
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()
    # While another process makes the database, SQLite refuses the write-ahead log without waiting for its turn.
    give_up_at = time.monotonic() + _BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up_at:
                raise
            time.sleep(0.01)
        else:
            return


def _begin(connection: Connection) -> None:
    # A writer that first reads must not find that another has written in between.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _cause(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0].rstrip(".")
