"""The log keeps what it was given: once, in order, for good."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from postgresql_for_tests import PostgresDatabases
from review_for_tests import log_in, recording, session_in
from sqlalchemy import text

from ecg_core.errors import ReviewError, UuidTakenError
from ecg_core.review import database
from ecg_core.review.edits import Delete, Edit, MarkEvent, Relabel, RelabelFamily
from ecg_core.review.exchange import export_log, import_log
from ecg_core.review.log import EditLog

pytestmark = pytest.mark.slow

V = Relabel((300,), "V")
Databases = Path | PostgresDatabases


def test_entries_come_back_as_they_were_given(databases: Databases) -> None:
    edits: list[Edit] = [V, Delete(((-1, 5), (7, 7))), MarkEvent("VT:5", None), RelabelFamily(2, "S")]
    appended = log_in(databases).append("Ann Müller", edits, ["a", "b", "c", "d"])
    read = log_in(databases).entries()
    assert read == appended
    assert [entry.edit for entry in read] == edits
    assert [entry.seq for entry in read] == sorted({entry.seq for entry in read})
    assert {entry.person for entry in read} == {"Ann Müller"}
    assert all(entry.at.endswith("+00:00") for entry in read)
    assert read[1].action == "delete"
    assert read[1].payload == {"beats": ((-1, 5), (7, 7))}


def test_only_what_came_after_is_read(databases: Databases) -> None:
    log = log_in(databases)
    first, second = log.append("Ann", [V, V], ["a", "b"])
    assert log.entries(after=first.seq) == [second]
    assert log.entries(after=second.seq) == []
    assert log.revision() == second.seq


def test_a_uuid_is_entered_once_and_answered_with_its_entry(databases: Databases) -> None:
    log = log_in(databases)
    first = log.append("Ann", [V], ["a"])
    again = log.append("Ann", [V, V, V], ["b", "a", "b"])
    assert again[1] == first[0]
    assert again[0] == again[2]
    assert len(log.entries()) == 2


def test_another_edit_under_a_known_uuid_is_refused(databases: Databases) -> None:
    log = log_in(databases)
    log.append("Ann", [V], ["a"])
    for uuids, edits in ((["b", "a"], [V, Relabel((300,), "S")]), (["c", "c"], [V, Relabel((400,), "V")])):
        with pytest.raises(UuidTakenError, match=r"^[^\n]+\.$"):
            log.append("Ann", edits, uuids)
    assert [entry.uuid for entry in log.entries()] == ["a"]
    # Who goes by another name meanwhile has made the same edit still.
    assert log.append("Dr. Ann", [V], ["a"])[0].person == "Ann"


def test_a_clock_that_is_put_back_changes_the_times_alone(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Order, undo and conflicts go by the numbers of entries; an entry bears the time that the clock showed."""
    session, times = session_in(databases), ["2026-06-01T10:00:00.000+00:00", "2026-06-01T08:00:00.000+00:00"]
    for number, (person, label) in enumerate((("Ann", "V"), ("Ben", "S"))):
        for module in ("log", "session"):
            monkeypatch.setattr(f"ecg_core.review.{module}.now", lambda number=number: times[number])
        session.edit(person, [(person, Relabel((300,), label))], based_on=0)
    assert [entry.at for entry in session.log.entries()] == times
    for one in (session, session_in(databases)):
        assert one.state.label[2] == "S"
        assert [version.person for version in one.state.conflicts[0].versions] == ["Ann", "Ben"]
        undone = one.history("Ben")["undo"]
        assert undone is not None
        assert undone.uuid == "Ben"
    session.undo("Ben")
    assert session.state.label[2] == "V"
    elsewhere = log_in(databases, "elsewhere")
    assert import_log(elsewhere, export_log(session.log)) == 3
    assert [entry.uuid for entry in elsewhere.entries()] == [entry.uuid for entry in session.log.entries()]
    assert [entry.at for entry in elsewhere.entries()][:2] == times


def test_each_recording_and_model_has_its_own_log(databases: Databases) -> None:
    made = database.engine(databases / "db")
    logs = [EditLog(made, "a" * 64, "m"), EditLog(made, "b" * 64, "m"), EditLog(made, "a" * 64, None)]
    for number, log in enumerate(logs):
        assert log.revision() == 0
        log.append("Ann", [V], [f"u{number}"])
    assert [[entry.uuid for entry in log.entries()] for log in logs] == [["u0"], ["u1"], ["u2"]]
    assert EditLog(made, "a" * 64, "none").entries() == logs[2].entries()
    with pytest.raises(ReviewError, match="another recording"):
        logs[0].append("Ann", [V], ["u1"])


def test_all_or_none_are_entered(databases: Databases) -> None:
    log = log_in(databases)
    for person, uuids in (("Ann", ["a", ""]), ("Ann", ["a", "x" * 81]), ("  ", ["a", "b"]), ("Ann\ud800", ["a", "b"])):
        with pytest.raises(ReviewError, match=r"^[^\n]+\.$"):
            log.append(person, [V, V], uuids)
    assert log.entries() == []


@pytest.mark.parametrize("edit", [Relabel((), "V"), Relabel((3,), "X"), MarkEvent("<b>", "seen"), Delete(((1, -1),))])
def test_what_could_not_be_read_again_is_not_entered(databases: Databases, edit: Edit) -> None:
    log = log_in(databases)
    with pytest.raises(ReviewError):
        log.append("Ann", [V, edit], ["a", "b"])
    assert log.entries() == []


@pytest.mark.parametrize("statement", ["UPDATE entries SET person = 'Ben'", "DELETE FROM entries"])
def test_the_database_itself_refuses_to_change_what_was_entered(databases: Databases, statement: str) -> None:
    log = log_in(databases)
    log.append("Ann", [V], ["a"])
    with pytest.raises(ReviewError, match="only ever appended"), database.writing(log.engine) as connection:
        connection.execute(text(statement))
    assert log.entries()[0].person == "Ann"


def test_many_write_at_once_and_nothing_is_lost(databases: Databases) -> None:
    failures: list[BaseException] = []

    def write(person: str) -> None:
        try:
            log = log_in(databases)
            for number in range(25):
                log.append(person, [V, V], [f"{person} {number}", f"{person} {number} b"])
        except BaseException as error:  # told by the main thread
            failures.append(error)

    people = ["Ann", "Ben", "Cid", "Dea"]
    threads = [threading.Thread(target=write, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    entries = log_in(databases).entries()
    assert len({entry.uuid for entry in entries}) == len(entries) == 200
    for person in people:
        mine = [entry.uuid for entry in entries if entry.person == person]
        expected = [name for number in range(25) for name in (f"{person} {number}", f"{person} {number} b")]
        assert mine == expected


def test_the_database_lies_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "home"))
    EditLog(database.engine(), recording().sha256, None).append("Ann", [V], ["a"])
    assert (tmp_path / "home" / database.FILE_NAME).is_file()
    assert (tmp_path / "home").stat().st_mode & 0o077 == 0


def test_many_may_make_the_database_at_once(databases: Databases) -> None:
    failures: list[BaseException] = []

    def make() -> None:
        try:
            log_in(databases).append("Ann", [V], [threading.current_thread().name])
        except BaseException as error:  # told by the main thread
            failures.append(error)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(log_in(databases).entries()) == 8


def test_readers_do_not_wait_for_a_writer(databases: Databases) -> None:
    log = log_in(databases)
    log.append("Ann", [V], ["a"])
    with database.writing(log.engine) as connection:
        log.append_within(connection, [])
        assert len(log_in(databases).entries()) == 1


def test_a_database_tells_its_version_and_a_newer_one_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "db"
    database.engine(path).dispose()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version FROM schema_version").fetchall() == [(database.SCHEMA_VERSION,)]
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.execute("UPDATE schema_version SET version = 99")
    connection.close()
    with pytest.raises(ReviewError, match="another version"):
        database.engine(path)


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("nothing of the kind " * 500)
    before = path.read_bytes()
    with pytest.raises(ReviewError, match=r"notes\.txt cannot be used"):
        database.engine(path)
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReviewError, match="RHYTHMOSCOPE_HOME"):
        database.engine(tmp_path / "file" / "db")


def test_what_cannot_be_saved_is_told_in_one_sentence(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    with sqlite3.connect(tmp_path / "review.sqlite3") as connection:
        connection.execute("DROP TABLE entries")
    connection.close()
    with pytest.raises(ReviewError, match=r"^The edit could not be saved \([^\n]+\); try again\.$"):
        log.append("Ann", [V], ["a"])
    with pytest.raises(ReviewError, match=r"^The database of edits cannot be read \([^\n]+\); try again\.$"):
        log.entries()
