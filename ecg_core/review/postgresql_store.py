"""PostgreSQL under the log of edits: several servers on one database.

Whoever writes holds an advisory lock of the database from before the first look until after the commit. So entries
become visible in the order of their numbers, and a reader that asks for "entries after N" misses none; with numbers
from a sequence, a higher one may be committed first. The lock goes with the transaction, whatever becomes of the
process.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, insert, select, text
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import NullPool

from ecg_core.errors import CannotKeepError, ReviewError
from ecg_core.review import identity
from ecg_core.review.migrations import upgrade, version_of
from ecg_core.review.queueing import WriteQueue
from ecg_core.review.schema import SCHEMA_VERSION, database_identity, entries
from ecg_core.review.store import BUSY, cause

AWAY: Final = (
    "Edits cannot be kept: the database server does not answer. They wait in the browser until it does; what is shown "
    "is as it was before."
)
REFUSED: Final = "Edits cannot be kept: the database server refuses the connection ({}). They wait in the browser."
READ_ONLY: Final = (
    "Edits cannot be kept: the database server takes no changes (it is a standby, or set to read only). You can read "
    "the recording."
)
REPLACED: Final = (
    "Edits cannot be kept: the database is not the one that this server opened, or an older copy of it. What is shown "
    "is as it was before. Start the server again to go on with it."
)

LOCK: Final = 0x52687974686D6F73
"""Key of the advisory lock, "Rhythmos" in ASCII."""

_OPENING_PATIENCE_S: Final = 10.0
"""Who opens a database waits so long for others that write, or bring it up to date."""

_CONNECT_S: Final = 3
_IDLE_MS: Final = 30_000
"""A process that stopped in the middle of a transaction gives way to the others after so long."""

_MIN_WAIT_S: Final = 0.05

_GAVE_WAY: Final = ("55P03", "25P03")
"""The lock was not to be had, or a transaction in which nothing happened was ended."""

_READ_ONLY_TRANSACTION: Final = "25006"
_AWAY_CLASSES: Final = ("08", "57P")
"""Connection exceptions, and what a server says that shuts down, crashed or starts."""

_NO_ROOM_CLASS: Final = "53"
"""Disk full, out of memory, too many connections."""


def open_server(url: URL) -> tuple[Engine, PostgresStore]:
    """Open a database on a server; tables are made where there are none, older ones brought up to date.

    Parameters
    ----------
    url : URL
        Address of the database.

    Returns
    -------
    tuple of (Engine, PostgresStore)

    Raises
    ------
    ReviewError
        If it cannot be used or is a newer version's; as `CannotKeepError` if the server does not answer or is busy.
    """
    made = engine_on(url)
    store = PostgresStore()
    try:
        found = _version(made, store)
    except SQLAlchemyError as error:
        made.dispose()
        told = _said_of(error)
        if told is not None:
            raise CannotKeepError(told) from error
        raise ReviewError(
            f"The database {shown(url)} cannot be used for edits ({cause(error)}); see that its account may make "
            "tables there, or set RHYTHMOSCOPE_DATABASE to another one."
        ) from error
    if found != SCHEMA_VERSION:
        made.dispose()
        raise ReviewError(
            f"{shown(url)} was written by another version of this program (schema {found}, here {SCHEMA_VERSION}); "
            "use that version."
        )
    return made, store


def engine_on(url: URL, **options: Any) -> Engine:
    """Return an engine on a server, whose connections are tried before they are used and given up where it is gone.

    Parameters
    ----------
    url : URL
        Address of the database.
    **options
        As :func:`sqlalchemy.create_engine`.
    """
    arguments = {
        "connect_timeout": _CONNECT_S,
        "application_name": "rhythmoscope",
        # A server that went without a word is noticed within seconds, not hours.
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
    }
    if "poolclass" not in options:
        options = {"pool_size": 5, "max_overflow": 20, "pool_timeout": 5.0, "pool_recycle": 3600, **options}
    return create_engine(
        url,
        connect_args={name: value for name, value in arguments.items() if name not in url.query},
        # Whoever has waited for the lock is to see what was committed meanwhile, whatever the server's default is.
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        # What was typed in belongs into no log.
        hide_parameters=True,
        **options,
    )


def engine_to_read(url: URL) -> Engine | None:
    """Open a database without changing anything in it; None where it cannot be read or is another version's."""
    made = engine_on(url)
    try:
        with made.connect() as connection, connection.begin():
            if version_of(connection) == SCHEMA_VERSION:
                return made
    except SQLAlchemyError:
        pass
    made.dispose()
    return None


def why_unwritable(url: URL) -> str | None:
    """Tell in one sentence why edits cannot be kept in a database on a server; None if they can."""
    probe = engine_on(url, poolclass=NullPool)
    try:
        with probe.connect() as connection:
            told = connection.execute(
                text("SELECT pg_is_in_recovery(), current_setting('transaction_read_only')")
            ).one()
            return READ_ONLY if told[0] or told[1] == "on" else None
    except SQLAlchemyError as error:
        return _said_of(error) or AWAY
    finally:
        probe.dispose()


def shown(url: URL) -> str:
    """Return an address without its password."""
    return URL.create("postgresql", url.username, None, url.host, url.port, url.database).render_as_string()


class PostgresStore:
    """What a process keeps beside an engine on a server: who may write, and which database it is.

    Attributes
    ----------
    identifier : str or None
        Drawn when the database was made.
    last : (int, str)
        Number and uuid of the last entry that was seen in it.
    """

    def __init__(self) -> None:
        self.identifier: str | None = None
        self.last = (0, "")
        self._queue = WriteQueue()

    @contextmanager
    def writing(self, on: Engine, patience_s: float) -> Iterator[Connection]:
        """Open a transaction that nobody else writes beside; see `ecg_core.review.database.writing`.

        Parameters
        ----------
        on : Engine
            The engine that this is kept beside.
        patience_s : float
            How long to wait for others that write.
        """
        give_up_at = time.monotonic() + patience_s
        try:
            with self._queue.turn(patience_s), on.connect() as connection, connection.begin():
                take_lock(connection, max(give_up_at - time.monotonic(), _MIN_WAIT_S))
                self._check(connection)
                yield connection
                last = _last(connection)
            # Only what has been committed counts.
            self.last = last
        except TimeoutError as error:
            raise CannotKeepError(BUSY) from error
        except SQLAlchemyError as error:
            told = _said_of(error)
            if told is not None:
                raise CannotKeepError(told) from error
            raise ReviewError(f"The edit could not be saved ({cause(error)}); try again.") from error

    def cannot_read(self, error: Exception) -> ReviewError:
        """Return what is said where it cannot be read."""
        told = _said_of(error)
        if told is not None:
            return CannotKeepError(told)
        return ReviewError(f"The database of edits cannot be read ({cause(error)}); try again.")

    def let_go(self) -> None:
        """Do nothing: all connections are the pool's."""

    def look_into(self, connection: Connection) -> None:
        """Remember which database this is and what stands last in it."""
        self.identifier = _identifier(connection)
        self.last = _last(connection)

    def _check(self, connection: Connection) -> None:
        """Make sure that the database is the one that was opened, and has everything that was seen in it."""
        number, uuid = self.last
        seen = select(entries.c.uuid).where(entries.c.seq == number).scalar_subquery()
        found = connection.execute(select(select(database_identity.c.identifier).scalar_subquery(), seen)).one()
        if found[0] != self.identifier or (number and found[1] != uuid):
            raise CannotKeepError(REPLACED)


def _version(made: Engine, store: PostgresStore) -> int:
    """Return the schema's version, once it is the newest one or a later program's."""
    with made.connect() as connection, connection.begin():
        found = version_of(connection)
        if found > SCHEMA_VERSION:
            return found
        if found == SCHEMA_VERSION and _identifier(connection) is not None:
            store.look_into(connection)
            return found
    with made.connect() as connection, connection.begin():
        take_lock(connection, _OPENING_PATIENCE_S)
        # Another process may have been quicker.
        found = version_of(connection)
        if found > SCHEMA_VERSION:
            return found
        upgrade(connection)
        if _identifier(connection) is None:
            connection.execute(insert(database_identity).values(identifier=identity.new_identifier()))
        store.look_into(connection)
        return SCHEMA_VERSION


def take_lock(connection: Connection, patience_s: float) -> None:
    """Wait until nobody else writes; let the transaction be on the disk when it is committed, and end if we stop.

    Parameters
    ----------
    connection : Connection
        Connection with a transaction, in which nothing has been read yet.
    patience_s : float
        How long to wait.
    """
    connection.execute(
        text(
            "SELECT set_config('lock_timeout', :patience, true), "
            "set_config('idle_in_transaction_session_timeout', :idle, true), set_config('synchronous_commit', "
            "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' "
            "ELSE current_setting('synchronous_commit') END, true)"
        ),
        {"patience": str(max(round(1000 * patience_s), 1)), "idle": str(_IDLE_MS)},
    )
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


def _identifier(connection: Connection) -> str | None:
    return connection.execute(select(database_identity.c.identifier)).scalar()


def _last(connection: Connection) -> tuple[int, str]:
    found = connection.execute(select(entries.c.seq, entries.c.uuid).order_by(entries.c.seq.desc()).limit(1)).first()
    return (0, "") if found is None else (int(found[0]), str(found[1]))


def _said_of(error: BaseException) -> str | None:
    """Return what is said of an error after which the same may be tried again; None for others."""
    if isinstance(error, PoolTimeoutError):
        return BUSY
    if not isinstance(error, DBAPIError):
        return None
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        # The driver itself: no connection, one that was refused, or one that broke off.
        _, fatal, refused = str(error.orig).partition("FATAL:")
        if fatal:
            return REFUSED.format(refused.splitlines()[0].strip())
        return AWAY if error.connection_invalidated or isinstance(error, OperationalError) else None
    if state in _GAVE_WAY:
        return BUSY
    if state == _READ_ONLY_TRANSACTION:
        return READ_ONLY
    if state.startswith(_NO_ROOM_CLASS):
        return f"The edit could not be saved ({cause(error)}); try again."
    return AWAY if state.startswith(_AWAY_CLASSES) or error.connection_invalidated else None
