"""Backup and restoration on the command line, also from one kind of database to the other."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from postgresql_for_tests import PostgresDatabases, Server

from ecg_core.review import database
from ecg_core.review.database import FILE_NAME
from ecg_core.review.edits import Relabel
from ecg_core.review.log import EditLog

pytestmark = pytest.mark.slow

Run = Callable[..., Any]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with two edits."""
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "home"))
    log = EditLog(database.engine(), "a" * 64, None)
    log.append("Ann", [Relabel((300,), "V")] * 2, ["a", "b"])
    log.engine.dispose()
    return tmp_path / "home"


@pytest.fixture
def databases(postgresql_server: Server) -> Iterator[PostgresDatabases]:
    made = PostgresDatabases(postgresql_server)
    yield made
    made.drop()


def test_edits_move_from_a_file_to_a_server(
    run: Run, home: Path, tmp_path: Path, databases: PostgresDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "backup.zip"
    ran = run("backup", "--out", out)
    assert ran.status == 0
    assert "entries 2" in ran.out
    assert "audit log whole" in ran.out
    address = databases.empty("new").render_as_string(hide_password=False)
    monkeypatch.setenv("RHYTHMOSCOPE_DATABASE", address)
    ran = run("restore", out)
    assert (ran.status, ran.err) == (0, "")
    assert "entries 2" in ran.out
    assert [entry.uuid for entry in EditLog(database.engine(), "a" * 64, None).entries()] == ["a", "b"]
    assert "1 entries, whole" in run("audit", "verify").out
    again = run("restore", out)
    assert again.status == 2
    assert "is not empty" in again.err


def test_a_broken_audit_log_is_told_with_exit_status_2(run: Run, home: Path, tmp_path: Path) -> None:
    with sqlite3.connect(home / FILE_NAME) as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET person = 'Eve'")
    connection.close()
    ran = run("backup", "--out", tmp_path / "backup.zip")
    assert ran.status == 0
    assert "broken at entry 1" in ran.err
    ran = run("restore", tmp_path / "backup.zip", "--database", tmp_path / "other")
    assert ran.status == 2
    assert "Restored, but the audit log is broken at entry 1" in ran.err
    assert (tmp_path / "other").is_file()


def test_bad_input_is_one_sentence(run: Run, home: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.zip").write_text("nothing of the kind")
    for words, sentence in (
        (("restore", tmp_path / "nowhere.zip", "--database", tmp_path / "new"), "No such file"),
        (("restore", tmp_path / "notes.zip", "--database", tmp_path / "new"), "is no backup"),
        (("backup", "--out", tmp_path / "notes.zip"), "is there already"),
        (("backup", "--out", tmp_path / "x.zip", "--database", tmp_path / "nowhere"), "cannot be read"),
        (("backup", "--out", tmp_path / "none" / "x.zip"), "No such file"),
    ):
        ran = run(*words)
        assert ran.status == 2, words
        assert ran.err.count("\n") == 1
        assert sentence in ran.err
    assert not (tmp_path / "new").exists()
