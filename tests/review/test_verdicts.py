"""Verdicts on what screenings found: appended, never changed, the newest of each person counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from postgresql_for_tests import PostgresDatabases
from sqlalchemy import text

from ecg_core.errors import ReviewError, UuidTakenError
from ecg_core.review import database
from ecg_core.review.audit import AuditLog
from ecg_core.review.verdicts import Verdicts

pytestmark = pytest.mark.slow

Databases = Path | PostgresDatabases
A, B = ("a" * 64, "b" * 64)


def verdicts_in(databases: Databases) -> Verdicts:
    return Verdicts(database.engine(databases / "review.sqlite3"))


def test_the_newest_verdict_of_each_person_counts(databases: Databases) -> None:
    verdicts = verdicts_in(databases)
    verdicts.add("v1", A, "agree", "VT 0:01:02", "Ann")
    ben = verdicts.add("v2", A, "unsure", "VT 0:01:02", "Ben", "noise?", "m" * 64)
    ann = verdicts.add("v3", A, "disagree", "VT 0:01:02", "Ann")
    assert verdicts.newest([A, B]) == {A: [ben, ann]}
    assert (ben.note, ben.model_sha256, ben.finding) == ("noise?", "m" * 64, "VT 0:01:02")
    assert [entry.details for entry in AuditLog(verdicts.engine).entries()] == [
        {"verdict": "agree"},
        {"verdict": "unsure"},
        {"verdict": "disagree"},
    ]


def test_a_verdict_sent_twice_is_added_once(databases: Databases) -> None:
    verdicts = verdicts_in(databases)
    assert verdicts.add("v1", A, "agree", "VT", "Ann") == verdicts.add("v1", A, "agree", "VT", "Ann")
    with pytest.raises(UuidTakenError):
        verdicts.add("v1", A, "disagree", "VT", "Ann")
    assert len(AuditLog(verdicts.engine).entries()) == 1


@pytest.mark.parametrize("statement", ["UPDATE verdicts SET verdict = 'agree'", "DELETE FROM verdicts"])
def test_the_database_refuses_to_change_verdicts(databases: Databases, statement: str) -> None:
    verdicts = verdicts_in(databases)
    verdicts.add("v1", A, "disagree", "VT", "Ann")
    before = verdicts.newest([A])
    with pytest.raises(ReviewError, match="only ever appended"), database.writing(verdicts.engine) as connection:
        connection.execute(text(statement))
    assert verdicts.newest([A]) == before


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"uuid": ""}, "needs a uuid"),
        ({"verdict": "perhaps"}, "agree, disagree or unsure"),
        ({"note": "x" * 2001}, "at most 2,000"),
        ({"person": " "}, "person's name"),
        ({"recording_sha256": "x"}, "."),
    ],
)
def test_what_none_can_say_is_refused_as_verdict(tmp_path: Path, changed: dict[str, Any], sentence: str) -> None:
    given = {"uuid": "v", "recording_sha256": A, "verdict": "agree", "finding": "VT", "person": "Ann", **changed}
    with pytest.raises(ReviewError, match=sentence):
        verdicts_in(tmp_path).add(**given)
    assert verdicts_in(tmp_path).newest([A]) == {}
