"""The database that edits, reports and the audit log are kept in.

SQLite by default, embedded, one file in the data folder; PostgreSQL where ``RHYTHMOSCOPE_DATABASE`` names a server.
What is written is on the disk before it is acknowledged, several processes may write at once, and the database itself
refuses to change or drop an entry. `ecg_core.review.sqlite_store` and `ecg_core.review.postgresql_store` hold what
differs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Connection, Engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from ecg_core import settings
from ecg_core.errors import CannotKeepError, ReviewError
from ecg_core.review import identity, postgresql_store, sqlite_store
from ecg_core.review.schema import METADATA, SCHEMA_VERSION, entries, schema_version
from ecg_core.review.store import BUSY, Store, cause

__all__ = [
    "BUSY",
    "FILE_NAME",
    "METADATA",
    "SCHEMA_VERSION",
    "CannotKeepError",
    "Location",
    "data_folder",
    "engine",
    "entries",
    "location",
    "location_of",
    "reading",
    "schema_version",
    "shown",
    "trouble_of",
    "writing",
]

FILE_NAME: Final = "review.sqlite3"

WRITE_PATIENCE_S: Final = 2.0
"""An edit waits so long for others that write, in this process and in others together."""

Location = Path | URL
"""Where a database is: a file, or an address on a server."""

_opening: Final = threading.Lock()
_held: Final[WeakKeyDictionary[Engine, Store]] = WeakKeyDictionary()


def data_folder() -> Path:
    """Return the folder of what cannot be computed again; ``RHYTHMOSCOPE_HOME`` moves it."""
    return settings.HOME.get()


def location() -> Location:
    """Return where the database is: ``RHYTHMOSCOPE_DATABASE``, else a file in the data folder."""
    given = settings.DATABASE.get()
    return data_folder() / FILE_NAME if given is None else location_of(given)


def location_of(address: str) -> Location:
    """Return the place that an address names.

    Parameters
    ----------
    address : str
        As `ecg_core.settings.DATABASE` takes them.

    Returns
    -------
    Path or URL
        A file for SQLite.
    """
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        return Path(url.database or FILE_NAME).absolute()
    return url.set(drivername="postgresql+psycopg")


def shown(where: Location) -> str:
    """Return where a database is, without a password."""
    return postgresql_store.shown(where) if isinstance(where, URL) else str(where)


def engine(where: Location | None = None) -> Engine:
    """Open the database; a new one is made where there is none and never was one, an older one brought up to date.

    Parameters
    ----------
    where : Path or URL, optional
        Where it is; as :func:`location` says by default.

    Returns
    -------
    Engine
        To be shared by the threads of a process.

    Raises
    ------
    ReviewError
        If it cannot be opened or made, is no such database, is damaged, or is a newer version's; as `CannotKeepError`
        if it is gone, another one lies in its place, the server does not answer, or it is busy.
    """
    where = location() if where is None else where
    with _opening:
        store: Store
        if isinstance(where, URL):
            made, store = postgresql_store.open_server(where)
        else:
            made, store = sqlite_store.open_file(Path(where))
        _held[made] = store
        event.listen(made, "engine_disposed", _let_go)
        return made


def trouble_of(where: Location) -> tuple[identity.Trouble, str] | None:
    """Tell what has become of a database file; quick, and without opening it.

    Parameters
    ----------
    where : Path or URL
        Where it is.

    Returns
    -------
    tuple of (str, str) or None
        A word and a sentence. None if it is as this process opened it, or, where it has not, if it is there or may be
        made; and for what is on a server.
    """
    if isinstance(where, URL):
        return None
    file = where
    stores = [store for store in list(_held.values()) if isinstance(store, sqlite_store.SqliteStore)]
    opened = [store.witness for store in stores if store.witness.file == file]
    if opened:
        troubles = [trouble for witness in opened if (trouble := witness.trouble()) is not None]
        return (troubles[0], sqlite_store.opened_in_words(file, troubles[0])) if troubles else None
    before = identity.trouble_before_opening(file)
    return None if before is None else (before, sqlite_store.before_opening_in_words(file, before))


@contextmanager
def reading(on: Engine) -> Iterator[Connection]:
    """Open a transaction that sees one state of the database; failures become one sentence."""
    try:
        with on.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection
    except SQLAlchemyError as error:
        store = _held.get(on)
        if store is not None:
            raise store.cannot_read(error) from error
        raise ReviewError(f"The database of edits cannot be read ({cause(error)}); try again.") from error


@contextmanager
def writing(on: Engine, patience_s: float | None = None) -> Iterator[Connection]:
    """Open a transaction that nobody else writes beside; what fails inside leaves nothing behind.

    When the block has ended without an error, what was written is on the disk, in the database that others will find.

    Parameters
    ----------
    on : Engine
        The database.
    patience_s : float, optional
        How long to wait for others that write, in this process and in others together; `WRITE_PATIENCE_S` by default.

    Raises
    ------
    CannotKeepError
        If others wrote for so long, or the database is not where it was opened any more.
    ReviewError
        If it cannot be written.
    """
    with _held[on].writing(on, WRITE_PATIENCE_S if patience_s is None else patience_s) as connection:
        yield connection


def _let_go(disposed: Engine) -> None:
    store = _held.get(disposed)
    if store is not None:
        store.let_go()
