"""SQLite under the log of edits: one file, opened by several processes, written by one at a time.

What is written is on the disk before it is acknowledged (write-ahead log, synchronised at each commit). Around every
transaction it is made sure that the open file is the one that the next start will find, see `ecg_core.review.identity`.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from ecg_core.errors import CannotKeepError, ReviewError
from ecg_core.private import private_folder
from ecg_core.review import identity
from ecg_core.review.migrations import upgrade, version_of
from ecg_core.review.queueing import WriteQueue
from ecg_core.review.schema import SCHEMA_VERSION, database_identity
from ecg_core.review.store import BUSY, cause

_OPENING_PATIENCE_S: Final = 2.0
"""Who opens a database waits so long for others that write."""

_READ_PATIENCE_S: Final = 0.5
"""Readers wait for no writer; only for who opens, closes or repairs the database."""

_MIN_WAIT_S: Final = 0.05
_CHECKPOINT_AFTER_S: Final = 0.2

_WHAT_IT_HOLDS: Final = (
    "SELECT (SELECT identifier FROM database_identity), (SELECT seq FROM sqlite_sequence WHERE name = 'entries'), "
    "(SELECT uuid FROM entries WHERE seq = ?)"
)
_LAST: Final = "SELECT seq, uuid FROM entries ORDER BY seq DESC LIMIT 1"


def open_file(file: Path) -> tuple[Engine, SqliteStore]:
    """Open a database; a new one is made where there is none and never was one, an older one is brought up to date.

    Not by two threads at the same time.

    Parameters
    ----------
    file : Path
        The database.

    Returns
    -------
    tuple of (Engine, SqliteStore)

    Raises
    ------
    ReviewError
        As `ecg_core.review.database.engine`.
    """
    try:
        # Who edited what of which recording is nobody else's business.
        private_folder(file.parent)
        trouble = identity.trouble_before_opening(file)
        if trouble is not None:
            raise CannotKeepError(before_opening_in_words(file, trouble))
        identity.make_empty(file)
    except OSError as error:
        raise ReviewError(
            f"Edits cannot be kept in {file.parent}: {error.strerror}; set RHYTHMOSCOPE_HOME to a folder "
            "that can be written to."
        ) from error
    # It is never made by opening it: where it is deleted, nobody is to write into an empty one unawares.
    made = engine_on(file)
    witness = identity.Witness(file)
    # A connection that was opened while another file had the name would go on writing into that one.
    event.listen(made, "connect", lambda *_: _check(witness), insert=True)
    try:
        found = _version(made, witness)
    except (SQLAlchemyError, sqlite3.Error) as error:
        made.dispose()
        if _is_busy(error):
            raise CannotKeepError(BUSY) from error
        passing = isinstance(error, (OperationalError, sqlite3.OperationalError))
        remedy = "try again, or" if passing else "move it away or"
        raise ReviewError(
            f"{file} cannot be used as the database of edits ({cause(error)}); {remedy} set RHYTHMOSCOPE_HOME to "
            "another folder."
        ) from error
    if found != SCHEMA_VERSION:
        made.dispose()
        raise ReviewError(
            f"{file} was written by another version of this program (schema {found}, here {SCHEMA_VERSION}); "
            "use that version."
        )
    try:
        _accept(file, witness)
    except BaseException:
        made.dispose()
        raise
    return made, SqliteStore(witness)


def engine_on(file: Path) -> Engine:
    """Return an engine on a file that is there, which begins transactions as `open_file` has them."""
    made = create_engine(f"sqlite:///file:{quote(str(file.absolute()))}?mode=rw&uri=true")
    event.listen(made, "connect", _prepare)
    event.listen(made, "begin", _begin)
    return made


def before_opening_in_words(file: Path, trouble: identity.Trouble) -> str:
    """Return the message for a database that is missing, or another than expected, when it is to be opened.

    Parameters
    ----------
    file : Path
        The database.
    trouble : identity.Trouble
        What is wrong.

    Returns
    -------
    str
    """
    marker = identity.marker_of(file).name
    if trouble == "replaced":
        return (
            f"Edits cannot be kept: the database of edits in {file.parent} is not the one that was there before. Put "
            f"that one back; to go on with this one, remove the file {marker}."
        )
    what = "is gone" if trouble == "missing" else "is empty, though it was not"
    beside = f"{file.name}-wal" if identity.marked(file) is None else marker
    return (
        f"Edits cannot be kept: the database of edits in {file.parent} {what}; edits made before are not shown. Put it "
        f"or a backup of it back; to begin with an empty one, remove {file.name} and {beside}."
    )


def opened_in_words(file: Path, trouble: identity.Trouble) -> str:
    """Return the message for a database that was removed, replaced or truncated after this process opened it.

    Parameters
    ----------
    file : Path
        The database.
    trouble : identity.Trouble
        What is wrong.

    Returns
    -------
    str
    """
    what = {
        "missing": f"is gone from {file.parent}",
        "replaced": f"in {file.parent} has been replaced by another file",
        "truncated": f"in {file.parent} has been cut off or damaged from outside",
    }[trouble]
    back = "" if trouble == "truncated" else "Put it back where it was, or stop"
    return (
        f"Edits cannot be kept: the database of edits {what}. What is shown is as it was before. {back or 'Stop'} the "
        f"server, put a backup in its place, without {file.name}-wal and {file.name}-shm, and start the server again."
    )


class SqliteStore:
    """What a process keeps beside an engine on a file: who may write, and which file it is.

    Parameters
    ----------
    witness : identity.Witness
        Remembers what was opened.
    """

    def __init__(self, witness: identity.Witness) -> None:
        self.witness = witness
        self.queue = WriteQueue()
        self._anchor: sqlite3.Connection | None = None
        self._using_anchor = threading.Lock()
        self._soon = threading.Lock()

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
            with self.queue.turn(patience_s):
                self.anchor()
                _check(self.witness)
                left_s = max(give_up_at - time.monotonic(), _MIN_WAIT_S)
                with on.connect().execution_options(patience_s=left_s) as connection:
                    yield from _transaction(connection, self.witness)
                    _check(self.witness)
                self.checkpoint_soon()
        except TimeoutError as error:
            raise CannotKeepError(BUSY) from error
        except (SQLAlchemyError, sqlite3.Error) as error:
            if _is_busy(error):
                raise CannotKeepError(BUSY) from error
            if _code(error) == sqlite3.SQLITE_READONLY:
                # Opened while nothing could be written: the next one opens it anew.
                on.dispose()
            raise ReviewError(f"The edit could not be saved ({cause(error)}); try again.") from error

    def cannot_read(self, error: Exception) -> ReviewError:
        """Return what is said where it cannot be read."""
        return ReviewError(f"The database of edits cannot be read ({cause(error)}); try again.")

    def anchor(self) -> None:
        """Keep the database open, so that nobody removes the write-ahead log and it can be told from another one."""
        if self._anchor is not None:
            return
        made = sqlite3.connect(
            f"file:{quote(str(self.witness.file.absolute()))}?mode=rw",
            uri=True,
            timeout=_READ_PATIENCE_S,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            made.execute("SELECT count(*) FROM schema_version").fetchone()
            _check(self.witness)
        except (sqlite3.Error, CannotKeepError):
            made.close()
            raise
        self._anchor = made
        self.witness.opened()

    def checkpoint_soon(self) -> None:
        """Begin a checkpoint in the background, unless one is to begin already: nobody waits for it."""
        if self._soon.acquire(blocking=False):
            threading.Thread(target=self._checkpoint_once, name="checkpoint", daemon=True).start()

    def checkpoint(self) -> None:
        """Bring what was written into the database itself, where it no longer depends on the file beside it.

        While somebody reads an older state, or where there is no room, it stays where it is, as safe as before.
        """
        with self._using_anchor, suppress(sqlite3.Error):
            if self._anchor is not None and self.witness.trouble() is None:
                self._anchor.execute("PRAGMA wal_checkpoint(PASSIVE)").close()

    def let_go(self) -> None:
        """Close the database, until somebody writes again."""
        self.witness.closed()
        with self._using_anchor:
            if self._anchor is not None:
                self._anchor.close()
                self._anchor = None

    def _checkpoint_once(self) -> None:
        time.sleep(_CHECKPOINT_AFTER_S)
        # Whoever writes from now on begins another one.
        self._soon.release()
        self.checkpoint()


def _transaction(connection: Connection, witness: identity.Witness) -> Iterator[Connection]:
    """Write in a transaction, between two looks at what the database is."""
    raw = connection.connection.dbapi_connection
    assert isinstance(raw, sqlite3.Connection)
    with connection.begin():
        _check(witness)
        found, number, uuid = raw.execute(_WHAT_IT_HOLDS, (witness.last[0],)).fetchone()
        if not witness.fits(found, uuid) or (number or 0) < witness.last[0]:
            raise CannotKeepError(opened_in_words(witness.file, "replaced"))
        before, n_changes = witness.chain(), raw.total_changes
        yield connection
        written = raw.total_changes > n_changes
        last = raw.execute(_LAST).fetchone() if written else None
    if written and witness.lost(before):
        raise CannotKeepError(opened_in_words(witness.file, "truncated"))
    if last is not None:
        witness.last = int(last[0]), str(last[1])


def _check(witness: identity.Witness) -> None:
    trouble = witness.trouble()
    if trouble is not None:
        raise CannotKeepError(opened_in_words(witness.file, trouble))


def _accept(file: Path, witness: identity.Witness) -> None:
    """Make sure that a database is the one that was here before, or leave word which it is.

    Raises
    ------
    CannotKeepError
        If it is another one.
    """
    assert witness.identifier is not None
    try:
        identity.mark(file, witness.identifier)
    except OSError as error:
        raise ReviewError(f"Edits cannot be kept in {file.parent}: {error.strerror}; make room there.") from error
    if identity.marked(file) != witness.identifier:
        raise CannotKeepError(before_opening_in_words(file, "replaced"))
    identity.keep_private(file)


def _version(made: Engine, witness: identity.Witness) -> int:
    """Return the schema's version, once it is the newest one or a later program's."""
    with made.connect() as connection, connection.begin():
        found = version_of(connection)
        if found > SCHEMA_VERSION:
            return found
        if found == SCHEMA_VERSION and _identifier(connection) is not None:
            _look_into(connection, witness)
            return found
    with made.connect().execution_options(patience_s=_OPENING_PATIENCE_S) as connection, connection.begin():
        # Another process may have been quicker.
        found = version_of(connection)
        if found > SCHEMA_VERSION:
            return found
        if found:
            _refuse_damaged(connection)
        upgrade(connection)
        if _identifier(connection) is None:
            connection.execute(insert(database_identity).values(identifier=identity.new_identifier()))
        _look_into(connection, witness)
        return SCHEMA_VERSION


def _identifier(connection: Connection) -> str | None:
    return connection.execute(select(database_identity.c.identifier)).scalar()


def _refuse_damaged(connection: Connection) -> None:
    told = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if told != "ok":
        raise sqlite3.DatabaseError("database disk image is malformed")


def _look_into(connection: Connection, witness: identity.Witness) -> None:
    """Remember which database this is and what stands last in it; one that is damaged is refused."""
    _refuse_damaged(connection)
    witness.identifier = _identifier(connection)
    last = connection.exec_driver_sql(_LAST).first()
    witness.last = (0, "") if last is None else (int(last[0]), str(last[1]))


def _prepare(connection: sqlite3.Connection, _: Any) -> None:
    # The driver would begin transactions by itself, too late to hold off other writers.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={round(1000 * _READ_PATIENCE_S)}").close()
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()
    # While another process makes the database, SQLite refuses the write-ahead log without waiting for its turn.
    give_up_at = time.monotonic() + _OPENING_PATIENCE_S
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
    patience_s = connection.get_execution_options().get("patience_s")
    if patience_s is None:
        connection.exec_driver_sql("BEGIN")
        return
    # A writer that first reads must not find that another has written in between.
    raw = connection.connection.dbapi_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.execute(f"PRAGMA busy_timeout={round(1000 * patience_s)}").close()
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        raw.execute(f"PRAGMA busy_timeout={round(1000 * _READ_PATIENCE_S)}").close()


def _is_busy(error: BaseException) -> bool:
    """Tell whether a database was locked by others."""
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _code(error: BaseException) -> int | None:
    """Return SQLite's primary result code of an error."""
    code = getattr(getattr(error, "orig", None) or error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
