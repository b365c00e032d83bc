"""Backup of the database as one file, the same for SQLite and PostgreSQL, and its restoration into an empty one.

The file is a zip of ``manifest.json`` and, for each table, ``tables/NAME.jsonl``: a JSON list for each row, in the
order of the columns that the manifest names, beside the number of rows and their SHA-256. A backup shows one moment,
however much is written meanwhile. One of an older version is restored with the tables of that version and then brought
up to date.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy import URL, Connection, Engine, MetaData, Table, func, insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from ecg_core import __version__
from ecg_core.errors import ReviewError
from ecg_core.review import identity, postgresql_store, sqlite_store
from ecg_core.review.audit import Verdict, canonical, verify_within
from ecg_core.review.database import Location, reading, shown
from ecg_core.review.migrations import upgrade, version_of
from ecg_core.review.read_only_log import engine_to_read
from ecg_core.review.schema import METADATA, SCHEMA_VERSION, database_identity, schema_version
from ecg_core.review.store import cause
from ecg_core.writing import replacing

FORMAT: Final = "rhythmoscope-backup"
FORMAT_VERSION: Final = 1

_MANIFEST: Final = "manifest.json"
_MAX_MANIFEST_BYTES: Final = 1 << 20
_AT_ONCE: Final = 500
_PATIENCE_S: Final = 10.0

_DAMAGED: Final = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, TypeError, AttributeError)


@dataclass(frozen=True)
class Summary:
    """What a backup holds.

    Attributes
    ----------
    rows : dict of str to int
        Rows by table.
    audit : Verdict
        What the verification of the audit log has found.
    """

    rows: dict[str, int]
    audit: Verdict


def write_backup(where: Location, out: Path) -> Summary:
    """Write a backup of a database; the file appears whole or not at all, readable by this account alone.

    Parameters
    ----------
    where : Path or URL
        The database; others may write to it meanwhile.
    out : Path
        The file; it is not there yet.

    Returns
    -------
    Summary

    Raises
    ------
    ReviewError
        If the database cannot be read, or there is such a file.
    OSError
        If the file cannot be written.
    """
    if out.exists():
        raise ReviewError(f"{out} is there already; name another file.")
    with _snapshot(where) as connection, replacing(out) as partial:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            tables = {table.name: _write_table(connection, table, archive) for table in _tables(connection)}
            audit = verify_within(connection)
            manifest = {
                "format": FORMAT,
                "format_version": FORMAT_VERSION,
                "software_version": __version__,
                "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "schema_version": version_of(connection),
                "tables": tables,
                "audit": {"entries": audit.n_entries, "hash": None if audit.last is None else audit.last.hash},
            }
            archive.writestr(_MANIFEST, json.dumps(manifest, indent=1))
    return Summary({name: described["rows"] for name, described in tables.items()}, audit)


def restore_backup(file: Path, where: Location) -> Summary:
    """Restore a backup into a database that is empty, or not there yet; all or nothing.

    Parameters
    ----------
    file : Path
        What :func:`write_backup` has written.
    where : Path or URL
        The database, to which no server writes.

    Returns
    -------
    Summary

    Raises
    ------
    ReviewError
        If the file is no backup, damaged, or a newer version's, or the database is not empty or cannot be written.
    OSError
        If the file cannot be read.
    """
    damaged = ReviewError(f"{file} is no backup of this program, or is damaged.")
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest(archive)
            _check_versions(file, manifest)
            if isinstance(where, URL):
                return _restore_to_server(archive, manifest, where)
            return _restore_to_file(archive, manifest, Path(where))
    except ReviewError:
        raise
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise ReviewError(f"{shown(where)} cannot take the backup ({cause(error)}); nothing was changed.") from error
    except _DAMAGED:
        raise damaged from None


@contextmanager
def _snapshot(where: Location) -> Iterator[Connection]:
    """Open a transaction on one state of a database: of a file on a copy, so that nobody waits for the backup."""
    made = engine_to_read(where) if isinstance(where, URL) or where.is_file() else None
    if made is None:
        raise ReviewError(f"{shown(where)} cannot be read as a database of this version; nothing was written.")
    try:
        if isinstance(where, URL):
            with reading(made) as connection:
                yield connection
            return
        with tempfile.TemporaryDirectory() as folder:
            copy = _copied(made, Path(folder) / "copy")
            try:
                with reading(copy) as connection:
                    yield connection
            finally:
                copy.dispose()
    finally:
        made.dispose()


def _copied(made: Engine, file: Path) -> Engine:
    """Copy a database by SQLite's own means for it (online backup), which shows one moment."""
    with made.connect() as connection:
        source = connection.connection.dbapi_connection
        assert isinstance(source, sqlite3.Connection)
        with sqlite3.connect(file) as target:
            source.backup(target)
        target.close()
    return sqlite_store.engine_on(file)


def _tables(connection: Connection) -> list[Table]:
    """Return the program's tables as they are in a database, whatever its version; not Alembic's."""
    there = set(inspect(connection).get_table_names()) & METADATA.tables.keys() - {schema_version.name}
    found = MetaData()
    found.reflect(connection, only=sorted(there))
    return [found.tables[name] for name in sorted(there)]


def _write_table(connection: Connection, table: Table, archive: zipfile.ZipFile) -> dict[str, Any]:
    digest, n_rows = hashlib.sha256(), 0
    wanted = select(table).order_by(*table.primary_key.columns)
    with archive.open(_name_of(table.name), "w", force_zip64=True) as stream:
        for row in connection.execution_options(yield_per=_AT_ONCE).execute(wanted):
            line = canonical(list(row)).encode("ascii") + b"\n"
            digest.update(line)
            stream.write(line)
            n_rows += 1
    return {"columns": [column.name for column in table.columns], "rows": n_rows, "sha256": digest.hexdigest()}


def _name_of(table: str) -> str:
    return f"tables/{table}.jsonl"


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    with archive.open(_MANIFEST) as stream:
        manifest = json.loads(stream.read(_MAX_MANIFEST_BYTES))
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ValueError
    return manifest


def _check_versions(file: Path, manifest: Mapping[str, Any]) -> None:
    newer = manifest["format_version"] > FORMAT_VERSION or manifest["schema_version"] > SCHEMA_VERSION
    if newer:
        raise ReviewError(
            f"{file} was written by another version of this program (schema {int(manifest['schema_version'])}, here "
            f"{SCHEMA_VERSION}); use that version."
        )
    if manifest["schema_version"] < 1:
        raise ValueError


def _restore_to_server(archive: zipfile.ZipFile, manifest: Mapping[str, Any], url: URL) -> Summary:
    made = postgresql_store.engine_on(url)
    try:
        with made.connect() as connection, connection.begin():
            postgresql_store.take_lock(connection, _PATIENCE_S)
            return _restore(connection, archive, manifest, url)
    finally:
        made.dispose()


def _restore_to_file(archive: zipfile.ZipFile, manifest: Mapping[str, Any], file: Path) -> Summary:
    """Restore into a file; it becomes the database that belongs there, as `identity` has it."""
    identifier = _identifier(archive)
    try:
        there = file.stat().st_size > 0
    except FileNotFoundError:
        there = False
    if not there and identity.marked(file) not in (None, identifier):
        raise ReviewError(
            f"The database that was in {file.parent} is another one than that of the backup. Put it back, or remove "
            f"{identity.marker_of(file).name} to begin with what is in the backup."
        )
    if not there:
        for each in (file, *_beside(file)):
            each.unlink(missing_ok=True)
        identity.make_empty(file)
    made = sqlite_store.engine_on(file)
    try:
        with made.connect().execution_options(patience_s=_PATIENCE_S) as connection, connection.begin():
            summary = _restore(connection, archive, manifest, file)
        identity.marker_of(file).unlink(missing_ok=True)
        identity.mark(file, identifier)
        identity.keep_private(file)
        return summary
    except BaseException:
        made.dispose()
        if not there:
            for each in (file, *_beside(file)):
                with suppress(OSError):
                    each.unlink(missing_ok=True)
        raise
    finally:
        made.dispose()


def _beside(file: Path) -> tuple[Path, ...]:
    return tuple(file.with_name(f"{file.name}{ending}") for ending in ("-wal", "-shm"))


def _identifier(archive: zipfile.ZipFile) -> str:
    with archive.open(_name_of(database_identity.name)) as stream:
        (identifier,) = json.loads(stream.readline(1000))
    if not isinstance(identifier, str) or not identifier.isalnum():
        raise ValueError
    return identifier


def _restore(connection: Connection, archive: zipfile.ZipFile, manifest: Mapping[str, Any], where: Location) -> Summary:
    _make_room(connection, where)
    upgrade(connection, manifest["schema_version"])
    there = {table.name: table for table in _tables(connection)}
    if there.keys() != manifest["tables"].keys():
        raise ValueError
    for name, described in manifest["tables"].items():
        with archive.open(_name_of(name)) as stream:
            _fill(connection, there[name], described, stream)
    upgrade(connection)
    verdict = verify_within(connection, manifest["audit"]["hash"])
    return Summary({name: described["rows"] for name, described in manifest["tables"].items()}, verdict)


def _make_room(connection: Connection, where: Location) -> None:
    """Remove the tables of a database in which nothing was ever kept; one that holds something is refused."""
    tables = _tables(connection)
    for table in tables:
        n_rows = connection.execute(select(func.count()).select_from(table)).scalar()
        if n_rows and table.name != database_identity.name:
            raise ReviewError(
                f"{shown(where)} is not empty: {n_rows:,} rows in {table.name}. A backup is restored into an empty "
                "database alone; move this one away, or name another."
            )
    names = {schema_version.name, "alembic_version"} & set(inspect(connection).get_table_names())
    for name in (*(table.name for table in tables), *sorted(names)):
        connection.exec_driver_sql(f"DROP TABLE {name}")


def _fill(connection: Connection, table: Table, described: Mapping[str, Any], stream: IO[bytes]) -> None:
    """Insert the rows of a table, and make sure that they are those that were written."""
    columns = described["columns"]
    if columns != [column.name for column in table.columns]:
        raise ValueError
    digest, n_rows, batch = hashlib.sha256(), 0, list[dict[str, Any]]()
    for line in stream:
        digest.update(line)
        batch.append(dict(zip(columns, json.loads(line), strict=True)))
        n_rows += 1
        if len(batch) == _AT_ONCE:
            connection.execute(insert(table), batch)
            batch.clear()
    if batch:
        connection.execute(insert(table), batch)
    if (n_rows, digest.hexdigest()) != (described["rows"], described["sha256"]):
        raise ValueError
