"""Backups: one moment of a database while it is written to, and the same content in either kind of database."""

from __future__ import annotations

import json
import sqlite3
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from postgresql_for_tests import PostgresDatabases
from review_for_tests import log_in, session_in
from sqlalchemy import select, text
from test_audit_log import tampering
from test_migrations import at_version, made_by_0_1

from ecg_core.errors import ReviewError
from ecg_core.review import database
from ecg_core.review.audit import AuditLog, Verdict
from ecg_core.review.backup import restore_backup, write_backup
from ecg_core.review.database import FILE_NAME, Location
from ecg_core.review.edits import Relabel
from ecg_core.review.identity import marker_of
from ecg_core.review.reports import Reports
from ecg_core.review.schema import METADATA, SCHEMA_VERSION
from ecg_core.review.span_notes import SpanNotes
from ecg_core.review.verdicts import Verdicts
from ecg_core.review.worklist import Worklist
from ecg_core.teaching.answers import QuizAnswers
from ecg_core.teaching.grading import Grade

pytestmark = pytest.mark.slow

Databases = Path | PostgresDatabases
A = "a" * 64
V = Relabel((300,), "V")


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Databases:
    """Where a backup is restored."""
    (tmp_path / "elsewhere").mkdir()
    if request.param == "sqlite":
        return tmp_path / "elsewhere"
    databases: PostgresDatabases = request.getfixturevalue("postgresql_databases")
    return databases


def filled(databases: Databases) -> Location:
    """Make a database with something in every table."""
    session = session_in(databases)
    session.edit("Ann Müller 测试", [("a", V), ("b", Relabel((400,), "S"))])
    session.undo("Ann Müller 测试", "c")
    made = session.log.engine
    Worklist(made).add([A], "Ann", due="2026-05-01T12:00Z")
    reports = Reports(made)
    signed = reports.sign(
        reports.begin(A, {"x": [1.5, None]}, "Ann"), "Ann", "senior", model_sha256=None, log_revision=0
    )
    reports.amend(signed, "why", "Ben")
    notes = SpanNotes(made, A)
    notes.add("n1", "diary", 1, 2, "", "Ann")
    notes.withdraw("n1", "Ann")
    Verdicts(made).add("v1", A, "agree", "VT", "Ann")
    grades = [Grade("rhythm", "sinus rhythm", "asystole", False, 0.0), Grade("pr_ms", "160", "158", True, 1.0)]
    QuizAnswers(made).add("t1", "abcdefgh1234", "case-3f9a1c", "Ann", grades)
    made.dispose()
    return databases / FILE_NAME


def content_of(where: Location) -> dict[str, list[tuple[Any, ...]]]:
    made = database.engine(where)
    with database.reading(made) as connection:
        return {
            name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for name, table in METADATA.tables.items()
        }


def test_what_was_backed_up_is_restored_in_either_kind(
    databases: Databases, elsewhere: Databases, tmp_path: Path
) -> None:
    source, file = filled(databases), tmp_path / "backup.zip"
    summary = write_backup(source, file)
    assert file.stat().st_mode & 0o077 == 0
    assert summary.rows == {
        "audit": 10,
        "database_identity": 1,
        "documents": 0,
        "entries": 3,
        "quiz_answers": 2,
        "reports": 2,
        "sends": 0,
        "span_notes": 1,
        "verdicts": 1,
        "worklist": 1,
    }
    target = elsewhere / "restored" if isinstance(elsewhere, Path) else elsewhere.empty("restored")
    restored = restore_backup(file, target)
    assert restored == summary
    assert restored.audit.broken_at is None
    assert content_of(target) == content_of(source)
    # It is a database that one goes on with.
    made = database.engine(target)
    assert AuditLog(made).verify(summary.audit.last and summary.audit.last.hash).n_entries == 10
    reports = Reports(made)
    first, draft = reports.versions(A)
    assert reports.problem_of(first) is None
    assert reports.sign(draft, "Ann", "senior", model_sha256=None, log_revision=0).status == "amended"
    with pytest.raises(ReviewError, match="only ever appended"), database.writing(made) as connection:
        connection.execute(text("DELETE FROM entries"))
    log = database.engine(target)
    with database.reading(log) as connection:
        assert connection.execute(text("SELECT max(seq) FROM entries")).scalar() == 3


def test_a_backup_shows_one_moment_while_others_write(databases: Databases, tmp_path: Path) -> None:
    log, over = log_in(databases), threading.Event()
    log.append("Ann", [V], ["first"])

    def write() -> None:
        number = 0
        while not over.is_set():
            log.append("Ann", [V, V], [f"{number}", f"{number} b"])
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        summaries = [write_backup(databases / FILE_NAME, tmp_path / f"{number}.zip") for number in range(4)]
    finally:
        over.set()
        writer.join()
    sizes = [summary.rows["entries"] for summary in summaries]
    assert sizes == sorted(set(sizes))
    for number, summary in enumerate(summaries):
        # Both of a transaction or none, and the audit log's row with them.
        assert summary.rows["entries"] % 2 == 1
        assert summary.rows["audit"] == (summary.rows["entries"] + 1) // 2
        assert summary.audit.broken_at is None
        restore_backup(tmp_path / f"{number}.zip", tmp_path / f"restored {number}")


def test_a_database_with_something_in_it_is_not_restored_into(
    databases: Databases, elsewhere: Databases, tmp_path: Path
) -> None:
    file = tmp_path / "backup.zip"
    write_backup(filled(databases), file)
    log = log_in(elsewhere, "other")
    log.append("Ann", [V], ["mine"])
    log.engine.dispose()
    with pytest.raises(ReviewError, match=r"not empty: \d+ rows"):
        restore_backup(file, elsewhere / "other")
    assert [entry.uuid for entry in log_in(elsewhere, "other").entries()] == ["mine"]


def test_an_empty_database_that_a_server_has_just_made_is_restored_into(elsewhere: Databases, tmp_path: Path) -> None:
    source, file = filled(tmp_path), tmp_path / "backup.zip"
    write_backup(source, file)
    database.engine(elsewhere / "made").dispose()
    restore_backup(file, elsewhere / "made")
    assert content_of(elsewhere / "made") == content_of(source)


def test_a_lost_database_is_restored_in_its_place(tmp_path: Path) -> None:
    source, file = filled(tmp_path), tmp_path / "backup.zip"
    assert isinstance(source, Path)
    before = content_of(source)
    write_backup(source, file)
    for each in tmp_path.glob(f"{FILE_NAME}*"):
        each.unlink()
    with pytest.raises(ReviewError, match="is gone"):
        database.engine(source)
    restore_backup(file, source)
    assert content_of(source) == before


def test_a_backup_of_another_database_does_not_take_the_place_of_a_lost_one(tmp_path: Path) -> None:
    source, file = filled(tmp_path), tmp_path / "backup.zip"
    write_backup(source, file)
    log = log_in(tmp_path / "home", FILE_NAME)
    log.append("Ann", [V], ["mine"])
    log.engine.dispose()
    lost = tmp_path / "home" / FILE_NAME
    lost.unlink()
    with pytest.raises(ReviewError, match=r"another one than that of the backup.*review\.identity"):
        restore_backup(file, lost)
    assert not lost.exists()
    marker_of(lost).unlink()
    restore_backup(file, lost)
    assert len(log_in(tmp_path / "home", FILE_NAME).entries()) == 3


def test_a_database_of_0_1_is_backed_up_and_restored(elsewhere: Databases, tmp_path: Path) -> None:
    old, file = made_by_0_1(tmp_path / "old"), tmp_path / "backup.zip"
    before = old.read_bytes()
    assert write_backup(old, file).rows["entries"] == 8
    assert old.read_bytes() == before
    target = elsewhere / "restored" if isinstance(elsewhere, Path) else elsewhere.empty("restored")
    restore_backup(file, target)
    assert [row[1] for row in content_of(target)["entries"]] == [f"u{number}" for number in range(1, 9)]


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_a_backup_of_an_older_version_is_brought_up_to_date(
    tmp_path: Path, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, file = at_version(tmp_path / "old", version), tmp_path / "backup.zip"
    with sqlite3.connect(old) as connection:
        connection.execute("INSERT INTO database_identity VALUES ('abc123')")
        connection.execute("INSERT INTO entries VALUES (7, 'u', 'r', 'm', 'Ann', '2026', 'relabel', '{}')")
    connection.close()
    # As the version of then would have written it.
    with monkeypatch.context() as patched:
        for module in ("read_only_log", "backup", "migrations"):
            patched.setattr(f"ecg_core.review.{module}.SCHEMA_VERSION", version)
        patched.setattr("ecg_core.review.backup.verify_within", lambda *_: NOTHING_VERIFIED)
        write_backup(old, file)
    restore_backup(file, tmp_path / "new")
    content = content_of(tmp_path / "new")
    assert [row[0] for row in content["entries"]] == [7]
    assert content["schema_version"] == [(SCHEMA_VERSION,)]
    assert content["database_identity"] == [("abc123",)]


NOTHING_VERIFIED = Verdict(0, None)


def test_a_broken_audit_log_is_backed_up_restored_and_told(tmp_path: Path) -> None:
    source, file = filled(tmp_path), tmp_path / "backup.zip"
    made = database.engine(source)
    with tampering(made) as connection:
        connection.execute(text("UPDATE audit SET person = 'Eve' WHERE seq = 2"))
    made.dispose()
    assert write_backup(source, file).audit.broken_at == 2
    assert restore_backup(file, tmp_path / "restored").audit.broken_at == 2


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def rewritten(change: Callable[[dict[str, Any], dict[str, bytes]], object]) -> Callable[[Path], None]:
    def rewrite(file: Path) -> None:
        with zipfile.ZipFile(file) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(parts["manifest.json"])
        change(manifest, parts)
        parts["manifest.json"] = json.dumps(manifest).encode()
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content)

    return rewrite


DAMAGES: dict[str, Callable[[Path], None]] = {
    "cut off": cut,
    "no zip": lambda file: file.write_text("nothing of the kind") and None,
    "a row changed": rewritten(
        lambda _, parts: parts.update({"tables/entries.jsonl": parts["tables/entries.jsonl"].replace(b"Ann", b"Eve")})
    ),
    "a row gone": rewritten(
        lambda _, parts: parts.update({"tables/entries.jsonl": parts["tables/entries.jsonl"].split(b"\n", 1)[1]})
    ),
    "a table gone": rewritten(lambda manifest, _: manifest["tables"].pop("reports")),
    "a strange table": rewritten(lambda manifest, _: manifest["tables"].update(x=manifest["tables"]["entries"])),
    "no manifest": rewritten(lambda manifest, _: manifest.clear()),
    "no version": rewritten(lambda manifest, _: manifest.update(schema_version="x")),
}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_backup_leaves_nothing(elsewhere: Databases, tmp_path: Path, how: str) -> None:
    file = tmp_path / "backup.zip"
    write_backup(filled(tmp_path), file)
    DAMAGES[how](file)
    with pytest.raises(ReviewError, match=r"backup\.zip is no backup of this program, or is damaged\.$"):
        restore_backup(file, elsewhere / "target")
    if isinstance(elsewhere, Path):
        assert list(elsewhere.iterdir()) == []
    assert log_in(elsewhere, "target").entries() == []


def test_a_backup_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    write_backup(filled(tmp_path), file)
    rewritten(lambda manifest, _: manifest.update(schema_version=99))(file)
    with pytest.raises(ReviewError, match="another version of this program \\(schema 99"):
        restore_backup(file, tmp_path / "target")
    assert not (tmp_path / "target").exists()


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    out = tmp_path / "backup.zip"
    out.write_text("mine")
    with pytest.raises(ReviewError, match="is there already"):
        write_backup(filled(tmp_path), out)
    assert out.read_text() == "mine"
    with pytest.raises(ReviewError, match="cannot be read"):
        write_backup(tmp_path / "nowhere", tmp_path / "other.zip")
    assert not (tmp_path / "other.zip").exists()
