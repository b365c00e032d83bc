"""The audit log on the command line."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ecg_core.review import database
from ecg_core.review.audit import AuditLog
from ecg_core.review.database import FILE_NAME

Run = Callable[..., Any]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose database has three entries."""
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "home"))
    log = AuditLog(database.engine())
    for person, action in (("Ann", "opened"), ("Ben", "edited"), ("Ann", "exported")):
        log.append(person, action, "a" * 64 if person == "Ann" else "b" * 64, {"n": 1})
    log.engine.dispose()
    return tmp_path / "home"


def test_a_whole_chain_is_told_with_its_last_hash(run: Run, home: Path) -> None:
    ran = run("audit", "verify")
    assert ran.status == 0
    assert "3 entries, whole" in ran.out
    last = ran.out.split("hash ")[1].strip(" .\n")
    assert len(last) == 64
    assert run("audit", "verify", "--expect", last).status == 0
    assert run("audit", "verify", "--database", home / FILE_NAME).out == ran.out
    assert run("audit", "verify", "--database", f"sqlite:///{home / FILE_NAME}").out == ran.out
    ran = run("audit", "verify", "--expect", "0" * 64)
    assert ran.status == 2
    assert "cut off" in ran.err


def test_a_broken_chain_is_told_with_its_place_and_exit_status_2(run: Run, home: Path) -> None:
    with sqlite3.connect(home / FILE_NAME) as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET person = 'Eve' WHERE seq = 2")
    connection.close()
    ran = run("audit", "verify")
    assert ran.status == 2
    assert ran.err.count("\n") == 1
    assert "broken at entry 2" in ran.err
    assert "The 1 entries before it are whole" in ran.err
    assert not ran.out


def test_entries_are_listed(run: Run, home: Path) -> None:
    lines = run("audit", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "3"]
    assert "Ben (not signed in)  edited  " + "b" * 64 in lines[1]
    told = [json.loads(line) for line in run("audit", "list", "--json", "--last", 2).out.splitlines()]
    assert [(one["seq"], one["person"], one["details"]) for one in told] == [(2, "Ben", {"n": 1}), (3, "Ann", {"n": 1})]
    assert len(run("audit", "list", "--subject", "a" * 64).out.splitlines()) == 2
    nothing = run("audit", "list", "--subject", "c" * 64)
    assert (nothing.status, nothing.out) == (0, "")
    assert "no such entries" in nothing.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("verify", "--database", "nowhere.sqlite3"), "no database at nowhere.sqlite3"),
        (("verify", "--database", "mysql://ann:secret@db/edits"), "--database cannot be used"),
        (("list", "--database", "postgresql://ann:secret@127.0.0.1:1/edits"), "ann@127.0.0.1:1/edits cannot be read"),
        (("list", "--last", "0"), "give 1 or more"),
        ((), "verify|list"),
    ],
)
def test_bad_input_is_one_sentence(run: Run, words: tuple[str, ...], sentence: str) -> None:
    ran = run("audit", *words)
    assert ran.status == 2
    assert ran.err.count("\n") == 1
    assert sentence in ran.err
    assert "secret" not in ran.err
