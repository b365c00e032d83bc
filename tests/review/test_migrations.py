"""Databases of older versions are brought up to date in place, with every entry; those of newer ones are left alone."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from review_for_tests import recording, session_in
from service.disks import read_only
from sqlalchemy import Connection, inspect

from ecg_core.errors import ReviewError
from ecg_core.review import database, migrations
from ecg_core.review.database import FILE_NAME
from ecg_core.review.edits import Relabel
from ecg_core.review.identity import marker_of
from ecg_core.review.log import EditLog
from ecg_core.review.read_only_log import engine_to_read
from ecg_core.review.schema import METADATA, SCHEMA_VERSION
from ecg_core.review.sqlite_store import engine_on

pytestmark = pytest.mark.slow

OLD = Path(__file__).parent / "old_databases" / "review_0_1.sql"
ROOT = Path(__file__).parents[2]


def made_by_0_1(folder: Path) -> Path:
    """Lay a database of version 0.1 into a folder, as that version had left it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / FILE_NAME
    connection = sqlite3.connect(file)
    connection.executescript(OLD.read_text(encoding="utf-8"))
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    marker_of(file).write_text("0123456789abcdef" * 2 + "\n")
    return file


def rows_of(file: Path) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(file)
    try:
        return connection.execute("SELECT * FROM entries ORDER BY seq").fetchall()
    finally:
        connection.close()


def objects_of(file: Path) -> dict[str, str]:
    """Return what a database is made of, in its words without their spacing."""
    connection = sqlite3.connect(file)
    try:
        told = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    finally:
        connection.close()
    return {name: "".join(sql.split()) for name, sql in told}


def at_version(file: Path, version: int) -> Path:
    """Make a new database that has had only the first migrations."""
    file.touch()
    made = engine_on(file)
    with made.connect() as connection, connection.begin():
        migrations.upgrade(connection, version)
    made.dispose()
    return file


def test_the_first_migration_makes_the_tables_of_0_1(tmp_path: Path) -> None:
    old, new = objects_of(made_by_0_1(tmp_path / "old")), objects_of(at_version(tmp_path / "new", 1))
    assert {"entries", "entries_no_update", "entries_no_delete", "entries_of_a_recording"} < set(old)
    del new["alembic_version"]
    assert "AUTOINCREMENT" in old["entries"]
    assert old == new


def test_a_database_of_0_1_is_brought_up_to_date_with_every_entry(tmp_path: Path) -> None:
    file = made_by_0_1(tmp_path)
    before = rows_of(file)
    assert len(before) == 8
    session = session_in(tmp_path)
    assert rows_of(file) == before
    assert [entry.uuid for entry in session.log.entries()] == ["u1", "u2", "u3", "u4", "u5", "u6", "u8"]
    assert session.state.conflicts
    assert -1 in session.state.id
    with database.reading(session.log.engine) as connection:
        assert migrations.version_of(connection) == SCHEMA_VERSION
        assert set(METADATA.tables) < set(inspect(connection).get_table_names())
    # It goes on with the numbers, and remains the same database.
    assert session.log.append("Ann", [Relabel((500,), "V")], ["u9"])[0].seq == 9
    assert marker_of(file).read_text().strip() == "0123456789abcdef" * 2
    with pytest.raises(ReviewError, match="only ever appended"), database.writing(session.log.engine) as connection:
        connection.exec_driver_sql("DELETE FROM entries")


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_every_older_version_is_brought_to_the_tables_of_a_new_database(tmp_path: Path, version: int) -> None:
    file = at_version(tmp_path / "old", version)
    database.engine(file).dispose()
    database.engine(tmp_path / "new").dispose()
    assert objects_of(file) == objects_of(tmp_path / "new")


def test_the_tables_are_those_that_the_program_uses(tmp_path: Path) -> None:
    with database.reading(database.engine(tmp_path / "db")) as connection:
        assert differences(connection) == []


def differences(connection: Connection) -> list[object]:
    """Return what Alembic would change to make the tables those of `METADATA`."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    told = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA)
    return [each for each in told if not (each[0] == "remove_table" and each[1].name == "alembic_version")]


def test_a_migration_that_fails_leaves_the_database_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = made_by_0_1(tmp_path)
    before = objects_of(file)

    def fail(table: str) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr("ecg_core.review.migrations._scripts.triggers.append_only", fail)
        with pytest.raises(ReviewError, match=r"disk I/O error\); try again, or"):
            database.engine(file)
    assert objects_of(file) == before
    assert len(EditLog(database.engine(file), recording().sha256, "c" * 64).entries()) == 7


def test_processes_that_start_at_the_same_time_migrate_once(tmp_path: Path) -> None:
    file = made_by_0_1(tmp_path)
    program = (
        "import sys; from pathlib import Path; from ecg_core.review import database\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        f"made = database.engine(Path({str(file)!r}))\n"
        "with database.reading(made) as c: print(c.exec_driver_sql('SELECT count(*) FROM entries').scalar())"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        for _ in range(3)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    assert [child.communicate(timeout=60)[0] for child in children] == ["8\n"] * 3
    assert [child.returncode for child in children] == [0] * 3
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT version FROM schema_version").fetchall() == [(SCHEMA_VERSION,)]
    assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(f"{SCHEMA_VERSION:04d}",)]
    connection.close()


def test_a_database_of_0_1_is_read_where_nothing_can_be_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    file = made_by_0_1(home)
    with read_only(home):
        made = engine_to_read(file)
        assert made is not None
        assert len(EditLog(made, recording().sha256, "c" * 64).entries()) == 7
        with database.reading(made) as connection:
            assert migrations.version_of(connection) == SCHEMA_VERSION
    made.dispose()
    assert len(list(home.iterdir())) == 2
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT version FROM schema_version").fetchall() == [(1,)]
    connection.close()


def test_a_damaged_old_database_is_not_migrated(tmp_path: Path) -> None:
    file = made_by_0_1(tmp_path)
    content = bytearray(file.read_bytes())
    content[4096:8192] = b"\xff" * 4096
    file.write_bytes(content)
    copy = shutil.copyfile(file, tmp_path / "copy")
    with pytest.raises(ReviewError, match="cannot be used as the database of edits"):
        database.engine(file)
    assert file.read_bytes() == copy.read_bytes()
