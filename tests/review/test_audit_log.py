"""The audit log: one chain, in both kinds of database, that tells where it was tampered with."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from postgresql_for_tests import PostgresDatabases
from review_for_tests import log_in, recording, session_in
from sqlalchemy import Connection, Engine, text

from ecg_core.errors import ReviewError
from ecg_core.review import audit, database
from ecg_core.review.audit import GENESIS, AuditLog
from ecg_core.review.edits import Relabel
from ecg_core.review.exchange import export_log, import_log

pytestmark = pytest.mark.slow

Databases = Path | PostgresDatabases
NAME = "review.sqlite3"
ROOT = Path(__file__).parents[2]
V = Relabel((300,), "V")


def audit_in(databases: Databases, n_entries: int = 0) -> AuditLog:
    log = AuditLog(database.engine(databases / NAME))
    for number in range(n_entries):
        log.append("Ann Müller", "opened", "a" * 64, {"number": number, "page": "Review"}, role="reader")
    return log


@contextmanager
def tampering(engine: Engine) -> Iterator[Connection]:
    """Write past the triggers, as somebody may who owns the database."""
    with engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            for table in ("audit", "entries"):
                for what in ("update", "delete"):
                    connection.execute(text(f"DROP TRIGGER {table}_no_{what}"))
        yield connection


def test_rows_come_back_as_they_were_given_in_one_chain(databases: Databases) -> None:
    log = audit_in(databases)
    first = log.append("Ann Müller", "opened", "a" * 64, {"b": [1, None, "ü"], "a": {"x": 1.5}}, role="senior")
    second = log.append("Ben", "exported", "report 7")
    assert log.entries() == [first, second]
    assert (first.seq, first.previous, second.seq, second.previous) == (1, GENESIS, 2, first.hash)
    assert first.details == {"b": [1, None, "ü"], "a": {"x": 1.5}}
    assert (first.person, first.role, first.action, first.subject) == ("Ann Müller", "senior", "opened", "a" * 64)
    assert second.role == audit.NO_ROLE
    assert first.at.endswith("+00:00")
    assert log.entries(after=1) == log.entries(last=1) == log.entries(subject="report 7") == [second]
    found = log.verify()
    assert (found.n_entries, found.last, found.broken_at) == (2, second, None)


def test_the_hash_is_that_of_the_documented_text(databases: Databases) -> None:
    """So that a chain can be verified without this program."""
    import hashlib
    import json

    entry = audit_in(databases, 1).entries()[0]
    told = {"seq": 1, "at": entry.at, "person": "Ann Müller", "role": "reader", "action": "opened", "subject": "a" * 64}
    told |= {"details": '{"number":0,"page":"Review"}', "previous": "0" * 64}
    text_of_it = json.dumps(told, sort_keys=True, separators=(",", ":"))
    assert entry.hash == hashlib.sha256(text_of_it.encode()).hexdigest()


TAMPERING = {
    "a changed person": ("UPDATE audit SET person = 'Ben' WHERE seq = 3", 3, "Entry 3 was changed."),
    "changed details": ("UPDATE audit SET details = '{}' WHERE seq = 2", 2, "Entry 2 was changed."),
    "the first row gone": ("DELETE FROM audit WHERE seq = 1", 2, "Entry 1 is missing."),
    "a row gone": ("DELETE FROM audit WHERE seq = 4", 5, "Entry 4 is missing."),
    "two rows exchanged": (
        "UPDATE audit SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END WHERE seq IN (2, 3); "
        "UPDATE audit SET seq = -seq WHERE seq < 0",
        2,
        "does not follow",
    ),
}


@pytest.mark.parametrize("how", TAMPERING)
def test_verification_tells_where_the_chain_breaks(databases: Databases, how: str) -> None:
    statements, broken_at, reason = TAMPERING[how]
    log = audit_in(databases, 6)
    with tampering(log.engine) as connection:
        for statement in statements.split("; "):
            connection.execute(text(statement))
    found = log.verify()
    assert found.broken_at == broken_at
    assert found.reason is not None
    assert reason in found.reason
    assert found.n_entries == broken_at - 1 - ("missing" in reason)


def test_a_row_put_in_with_a_hash_of_its_own_breaks_the_chain_behind_it(databases: Databases) -> None:
    log = audit_in(databases, 3)
    row = {"seq": 2, "at": "", "person": "Eve", "role": "x", "action": "x", "subject": "x", "details": "{}"}
    row["previous"] = log.entries()[0].hash
    with tampering(log.engine) as connection:
        connection.execute(text("DELETE FROM audit WHERE seq = 2"))
        connection.execute(audit.insert(audit.table).values({**row, "hash": audit.hash_of(row)}))
    found = log.verify()
    assert (found.n_entries, found.broken_at) == (2, 3)


def test_rows_cut_off_at_the_end_are_told_by_a_hash_that_was_kept_elsewhere(databases: Databases) -> None:
    log = audit_in(databases, 5)
    kept = log.entries()[-1].hash
    assert log.verify(kept).broken_at is None
    with tampering(log.engine) as connection:
        connection.execute(text("DELETE FROM audit WHERE seq > 3"))
    assert log.verify().broken_at is None
    found = log.verify(kept)
    assert found.broken_at == 4
    assert "cut off" in str(found.reason)


def test_edits_are_told_with_their_content(databases: Databases) -> None:
    session = session_in(databases)
    session.edit("Ann", [("a", V), ("b", Relabel((400,), "S"))])
    session.edit("Ann", [("a", V)])  # sent again: nothing new
    session.undo("Ben", "nothing of theirs")
    session.undo("Ann", "c")
    log = AuditLog(session.log.engine)
    told = [
        (entry.person, entry.action, entry.subject, entry.details["first"], entry.details["last"])
        for entry in log.entries()
    ]
    assert told == [("Ann", "edited", recording().sha256, 1, 2), ("Ann", "edited", recording().sha256, 3, 3)]
    elsewhere = log_in(databases, "elsewhere")
    assert import_log(elsewhere, export_log(session.log), by="Cid") == 3
    imported = AuditLog(elsewhere.engine).entries()
    assert [(entry.person, entry.action, entry.details["entries"]) for entry in imported] == [
        ("Cid", audit.IMPORTED, 3)
    ]
    assert log.verify().broken_at is None
    with tampering(log.engine) as connection:
        connection.execute(text("UPDATE entries SET person = 'Ben' WHERE seq = 2"))
    found = log.verify()
    assert found.broken_at == 1
    assert "edits 1 to 2" in str(found.reason)


def test_a_row_stands_or_falls_with_the_callers_transaction(databases: Databases) -> None:
    log = audit_in(databases, 1)

    def fail() -> None:
        with database.writing(log.engine) as connection:
            audit.append_within(connection, "Ann", "signed", "report 1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert len(log.entries()) == 1
    assert log.append("Ann", "signed", "report 1").seq == 2


@pytest.mark.parametrize("statement", ["UPDATE audit SET person = 'Ben'", "DELETE FROM audit"])
def test_the_database_refuses_to_change_rows(databases: Databases, statement: str) -> None:
    log = audit_in(databases, 2)
    with pytest.raises(ReviewError, match="only ever appended"), database.writing(log.engine) as connection:
        connection.execute(text(statement))
    assert log.verify().n_entries == 2


@pytest.mark.parametrize(
    ("person", "subject", "details"),
    [("", "s", {}), ("x" * 121, "s", {}), ("A\nB", "s", {}), ("A", "", {}), ("A", "s", {"a": float("nan")})],
)
def test_what_cannot_be_kept_is_refused(tmp_path: Path, person: str, subject: str, details: dict[str, object]) -> None:
    log = audit_in(tmp_path)
    with pytest.raises(ReviewError, match=r"audit log"):
        log.append(person, "opened", subject, details)
    assert log.entries() == []


def test_processes_that_append_at_the_same_time_keep_one_chain(databases: Databases) -> None:
    place = databases / NAME
    address = f"sqlite:///{place}" if isinstance(place, Path) else place.render_as_string(hide_password=False)
    program = (
        "import sys; from ecg_core.review.audit import AuditLog; from ecg_core.review import database as d\n"
        f"log = AuditLog(d.engine(d.location_of({address!r}))); d.WRITE_PATIENCE_S = 60.0\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "for n in range(40): log.append(sys.argv[1], 'opened', 'a' * 64, {'n': n})"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", program, person], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        for person in ("Ann", "Ben")
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.communicate("go\n", timeout=120)
    assert [child.returncode for child in children] == [0, 0]
    log = audit_in(databases)
    found = log.verify()
    assert (found.n_entries, found.broken_at) == (80, None)
    for person in ("Ann", "Ben"):
        assert [entry.details["n"] for entry in log.entries() if entry.person == person] == list(range(40))
