"""Notes on spans: added once, withdrawn once, never changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from postgresql_for_tests import PostgresDatabases
from sqlalchemy import text

from ecg_core.errors import ReviewError, UuidTakenError
from ecg_core.review import database
from ecg_core.review.audit import AuditLog
from ecg_core.review.span_notes import KINDS, SpanNotes

pytestmark = pytest.mark.slow

Databases = Path | PostgresDatabases
A, B = ("a" * 64, "b" * 64)


def notes_in(databases: Databases, recording: str = A) -> SpanNotes:
    return SpanNotes(database.engine(databases / "review.sqlite3"), recording)


def test_notes_come_back_by_where_they_begin(databases: Databases) -> None:
    notes = notes_in(databases)
    later = notes.add("n1", "sleep", 5_000, 9_000, "", "Ann")
    first = notes.add("n2", "diary", 100, 400, "Climbing\nstairs, palpitations", "Ben", "reader")
    press = notes.add("n3", "button", 250, 250, "", "Ann")
    notes_in(databases, B).add("n4", "note", 0, 10, "another recording's", "Ann")
    assert notes.notes() == [first, press, later]
    assert (first.kind, first.start_sample, first.stop_sample, first.person) == ("diary", 100, 400, "Ben")
    assert first.text == "Climbing stairs, palpitations"
    assert notes.notes(kind="sleep") == [later]
    assert notes.notes(250, 251) == [first, press]
    assert notes.notes(251, 5_000) == [first]
    assert notes.notes(400, 5_000) == []
    told = AuditLog(notes.engine).entries()[1]
    assert (told.person, told.role, told.action, told.subject) == ("Ben", "reader", "note added", A)
    assert told.details == {"note": 2, "kind": "diary", "start": 100, "stop": 400}


def test_a_note_sent_twice_is_added_once(databases: Databases) -> None:
    notes = notes_in(databases)
    first = notes.add("n1", "activity", 1, 2, "", "Ann")
    assert notes.add("n1", "activity", 1, 2, "", "Ann") == first
    for change in ({"kind": "note"}, {"stop_sample": 3}, {"text": "x"}):
        given: dict[str, Any] = {"kind": "activity", "start_sample": 1, "stop_sample": 2, "text": "", **change}
        with pytest.raises(UuidTakenError):
            notes.add("n1", **given, person="Ann")
    with pytest.raises(UuidTakenError):
        notes_in(databases, B).add("n1", "activity", 1, 2, "", "Ann")
    assert len(notes.notes()) == 1
    assert len(AuditLog(notes.engine).entries()) == 1


def test_a_withdrawn_note_stays_and_says_by_whom(databases: Databases) -> None:
    notes = notes_in(databases)
    notes.add("n1", "activity", 1, 2, "", "Ann")
    withdrawn = notes.withdraw("n1", "Ben")
    assert withdrawn.withdrawn_by == "Ben"
    assert withdrawn.withdrawn_at is not None
    assert notes.withdraw("n1", "Cid") == withdrawn
    assert notes.notes() == []
    assert notes.notes(withdrawn=True) == [withdrawn]
    with pytest.raises(ReviewError, match="no such note"):
        notes.withdraw("n2", "Ann")
    with pytest.raises(ReviewError, match="no such note"):
        notes_in(databases, B).withdraw("n1", "Ann")
    assert [entry.action for entry in AuditLog(notes.engine).entries()] == ["note added", "note withdrawn"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE span_notes SET text = 'x'",
        "UPDATE span_notes SET stop_sample = 7, withdrawn_by = 'Eve', withdrawn_at = 'now' WHERE uuid = 'n1'",
        "UPDATE span_notes SET withdrawn_by = 'Eve' WHERE uuid = 'n2'",
        "UPDATE span_notes SET withdrawn_by = NULL, withdrawn_at = NULL WHERE uuid = 'n2'",
        "DELETE FROM span_notes",
    ],
)
def test_the_database_refuses_to_change_notes(databases: Databases, statement: str) -> None:
    notes = notes_in(databases)
    notes.add("n1", "activity", 1, 2, "", "Ann")
    notes.add("n2", "activity", 1, 2, "", "Ann")
    notes.withdraw("n2", "Ann")
    before = notes.notes(withdrawn=True)
    with pytest.raises(ReviewError, match="never changed"), database.writing(notes.engine) as connection:
        connection.execute(text(statement))
    assert notes.notes(withdrawn=True) == before


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"uuid": ""}, "needs a uuid"),
        ({"kind": "drawing"}, "can be of the kind"),
        ({"kind": "artefact"}, "can be of the kind"),
        ({"start_sample": 3}, "cannot end before"),
        ({"start_sample": -1}, "numbers of samples"),
        ({"stop_sample": True}, "numbers of samples"),
        ({"text": "x" * 2001}, "at most 2,000"),
        ({"person": " "}, "person's name"),
    ],
)
def test_what_none_can_say_is_refused(tmp_path: Path, changed: dict[str, Any], sentence: str) -> None:
    given = {"uuid": "n", "kind": "note", "start_sample": 1, "stop_sample": 2, "text": "", "person": "Ann", **changed}
    with pytest.raises(ReviewError, match=sentence):
        notes_in(tmp_path).add(**given)
    assert notes_in(tmp_path).notes() == []
    assert "note" in KINDS
