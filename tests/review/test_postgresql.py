"""What holds of a database on a PostgreSQL server besides what holds of SQLite's files too (`test_log.py`)."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from postgresql_for_tests import PostgresDatabases
from review_for_tests import log_in, recording, session_in
from sqlalchemy import URL, inspect, text
from test_migrations import differences

from ecg_core.errors import CannotKeepError, ReviewError
from ecg_core.review import database, migrations, postgresql_store
from ecg_core.review.audit import AuditLog
from ecg_core.review.edits import Relabel
from ecg_core.review.log import EditLog, Entry
from ecg_core.review.read_only_log import engine_to_read, why_unwritable
from ecg_core.review.schema import SCHEMA_VERSION

pytestmark = pytest.mark.slow

V = Relabel((300,), "V")
NAME = "review.sqlite3"
ROOT = Path(__file__).parents[2]

APPENDING = """
import sys
from sqlalchemy import make_url
from ecg_core.review.database import engine
from ecg_core.review.edits import Relabel
from ecg_core.review.log import EditLog
print("ready", flush=True)
sys.stdin.readline()
log = EditLog(engine(make_url({address!r})), "a" * 64, None)
for number in range({n}):
    log.append({person!r}, [Relabel((300,), "V")] * 2, [f"{person}-{{number}}", f"{person}-{{number}}b"])
"""


def executed(where: URL, statement: str) -> None:
    """Do as an administrator does, past the program."""
    made = postgresql_store.engine_on(where)
    with made.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    made.dispose()


@contextmanager
def appending(where: URL, *persons: str, n: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Run processes that open a database and append to one log at the same time."""
    with ExitStack() as stack:
        children = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", APPENDING.format(address=where.render_as_string(False), person=person, n=n)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    cwd=ROOT,
                )
            )
            for person in persons
        ]
        for child in children:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
        for child in children:
            assert child.stdin is not None
            child.stdin.write("go\n")
            child.stdin.flush()
        yield children


def test_of_two_servers_on_an_empty_database_a_reader_misses_nothing(postgresql_databases: PostgresDatabases) -> None:
    where = postgresql_databases.empty("new")
    seen: list[Entry] = []
    with appending(where, "Ann", "Ben", n=60) as children:
        log = EditLog(database.engine(where), "a" * 64, None)
        running = True
        while running:
            running = any(child.poll() is None for child in children)
            seen += log.entries(after=seen[-1].seq if seen else 0)
    assert [child.returncode for child in children] == [0, 0]
    assert [entry.seq for entry in seen] == list(range(1, 241))
    assert len({entry.uuid for entry in seen}) == 240
    # They did append at the same time.
    assert sum(one.person != other.person for one, other in pairwise(seen)) > 10
    # And the tables were made once.
    with database.reading(log.engine) as connection:
        assert migrations.version_of(connection) == SCHEMA_VERSION
        assert connection.execute(text("SELECT count(*) FROM schema_version")).scalar() == 1
        assert connection.execute(text("SELECT count(*) FROM database_identity")).scalar() == 1
        assert differences(connection) == []


@pytest.mark.parametrize(
    "statement", ["TRUNCATE entries", "TRUNCATE audit", "DELETE FROM entries", "UPDATE audit SET at = ''"]
)
def test_the_server_refuses_to_change_or_empty_the_tables(
    postgresql_databases: PostgresDatabases, statement: str
) -> None:
    log = log_in(postgresql_databases)
    log.append("Ann", [V], ["a"])
    with pytest.raises(ReviewError, match="only ever appended"), database.writing(log.engine) as connection:
        connection.execute(text(statement))
    assert len(log.entries()) == 1


def test_a_database_of_a_newer_version_is_left_alone(postgresql_databases: PostgresDatabases) -> None:
    where = postgresql_databases / NAME
    executed(where, "UPDATE schema_version SET version = 99")
    with pytest.raises(ReviewError, match="another version of this program \\(schema 99") as caught:
        database.engine(where)
    assert not isinstance(caught.value, CannotKeepError)
    assert engine_to_read(where) is None


def test_edits_wait_while_the_server_is_away_and_go_on_when_it_is_back(
    postgresql_databases: PostgresDatabases,
) -> None:
    server, where = postgresql_databases.server, postgresql_databases / NAME
    session = session_in(postgresql_databases)
    session.edit("Ann", [("before", V)])
    assert why_unwritable(where) is None
    server.kill()
    try:
        trying: list[Callable[[], object]] = [
            lambda: session.edit("Ann", [("in vain", Relabel((500,), "V"))]),
            lambda: session.log.entries(),
            lambda: database.engine(where),
        ]
        for each in trying:
            with pytest.raises(CannotKeepError, match=r"does not answer\. .* wait in the browser"):
                each()
        assert why_unwritable(where) == postgresql_store.AWAY
        assert engine_to_read(where) is None
        assert session.state.label[2] == "V"
    finally:
        server.start_again()
    # The connections of the pool are those of the server that went.
    assert [entry.uuid for entry in session.log.entries()] == ["before"]
    assert session.edit("Ann", [("after", Relabel((500,), "V"))]).refused == []
    assert [entry.uuid for entry in log_in(postgresql_databases).entries()] == ["before", "after"]
    assert why_unwritable(where) is None


def test_a_server_that_goes_in_the_middle_of_a_transaction_leaves_nothing_of_it(
    postgresql_databases: PostgresDatabases,
) -> None:
    log = log_in(postgresql_databases)
    drafts = session_in(postgresql_databases)

    def break_off() -> None:
        with log.writing() as connection:
            connection.execute(text("INSERT INTO entries VALUES (1, 'u', 'r', 'm', 'Ann', '', 'relabel', '{}')"))
            postgresql_databases.server.kill()

    with pytest.raises(CannotKeepError, match="wait in the browser"):
        break_off()
    postgresql_databases.server.start_again()
    assert log.revision() == 0
    assert drafts.edit("Ann", [("u", V)]).refused == []


def test_a_server_that_crashes_while_edits_come_loses_and_doubles_none(postgresql_databases: PostgresDatabases) -> None:
    log, over, acknowledged = log_in(postgresql_databases), threading.Event(), list[str]()
    crashed = threading.Event()

    def edit(person: str) -> None:
        number = 0
        while not over.is_set():
            uuid = f"{person} {number}"
            try:
                log.append(person, [V], [uuid])
            except CannotKeepError:  # sent again, as a browser does
                crashed.set()
                continue
            acknowledged.append(uuid)
            number += 1

    editors = [threading.Thread(target=edit, args=(person,)) for person in ("Ann", "Ben")]
    for editor in editors:
        editor.start()
    try:
        for _ in range(2):
            before = len(acknowledged)
            wait_for(lambda before=before: len(acknowledged) > before + 20)
            postgresql_databases.server.kill()
            postgresql_databases.server.start_again()
    finally:
        over.set()
        for editor in editors:
            editor.join()
    assert crashed.is_set()
    names = [entry.uuid for entry in log_in(postgresql_databases).entries()]
    assert len(names) == len(set(names))
    assert set(acknowledged) <= set(names)
    assert len(names) <= len(acknowledged) + 2
    assert AuditLog(log.engine).verify().broken_at is None


def wait_for(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


def test_a_refused_connection_is_told_with_its_reason(postgresql_databases: PostgresDatabases) -> None:
    where = (postgresql_databases / NAME).set(database="nowhere")
    with pytest.raises(CannotKeepError, match='refuses the connection \\(database "nowhere" does not exist\\)'):
        database.engine(where)


def test_an_edit_that_others_keep_waiting_is_to_be_sent_again(postgresql_databases: PostgresDatabases) -> None:
    log, other = log_in(postgresql_databases), log_in(postgresql_databases)
    with database.writing(other.engine):
        began_s = time.monotonic()
        with pytest.raises(CannotKeepError, match="busy"), database.writing(log.engine, patience_s=0.2):
            pass
        assert time.monotonic() - began_s < 5
        assert log.entries() == []
    assert log.append("Ann", [V], ["a"])[0].seq == 1


def test_a_process_that_stops_in_a_transaction_gives_way(
    postgresql_databases: PostgresDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, stopped = log_in(postgresql_databases), log_in(postgresql_databases)
    monkeypatch.setattr(postgresql_store, "_IDLE_MS", 200)
    inside, leave = threading.Event(), threading.Event()
    said: list[ReviewError] = []

    def stop() -> None:
        try:
            with stopped.writing() as connection:
                inside.set()
                leave.wait(60)
                connection.execute(text("SELECT 1"))
        except ReviewError as error:
            said.append(error)

    thread = threading.Thread(target=stop)
    thread.start()
    assert inside.wait(60)
    try:
        with database.writing(log.engine, patience_s=30.0) as connection:
            log.append_within(connection, [])
    finally:
        leave.set()
        thread.join()
    assert len(said) == 1
    assert isinstance(said[0], CannotKeepError)


def test_a_database_that_takes_no_changes_is_read(postgresql_databases: PostgresDatabases) -> None:
    where = postgresql_databases / NAME
    log = log_in(postgresql_databases)
    log.append("Ann", [V], ["a"])
    executed(where, f'ALTER DATABASE "{where.database}" SET default_transaction_read_only = on')
    log.engine.dispose()
    assert why_unwritable(where) == postgresql_store.READ_ONLY
    with pytest.raises(CannotKeepError, match="takes no changes"):
        log.append("Ann", [V], ["b"])
    made = engine_to_read(where)
    assert made is not None
    assert len(EditLog(made, recording().sha256, "c" * 64).entries()) == 1


def test_an_older_copy_in_its_place_is_noticed(postgresql_databases: PostgresDatabases) -> None:
    where = postgresql_databases / NAME
    log = log_in(postgresql_databases)
    log.append("Ann", [V, V], ["a", "b"])
    executed(where, "ALTER TABLE entries DISABLE TRIGGER ALL")
    executed(where, "DELETE FROM entries WHERE uuid = 'b'")
    with pytest.raises(CannotKeepError, match="older copy"):
        log.append("Ann", [V], ["c"])
    assert [entry.uuid for entry in log_in(postgresql_databases).entries()] == ["a"]


def test_times_and_names_are_kept_as_they_were_given(postgresql_databases: PostgresDatabases) -> None:
    log = log_in(postgresql_databases)
    log.append("Äñn 测试 🫀", [V], ["a"])
    assert log_in(postgresql_databases).entries()[0].person == "Äñn 测试 🫀"
    with database.reading(log.engine) as connection:
        assert {"entries", "audit"} < set(inspect(connection).get_table_names())
