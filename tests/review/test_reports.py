"""Reports: one is written at a time, what is signed never changes, and an amendment leaves the signed one as it was."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from postgresql_for_tests import PostgresDatabases
from sqlalchemy import text
from test_audit_log import tampering

from ecg_core.errors import ReviewError
from ecg_core.review import database
from ecg_core.review.audit import AuditLog
from ecg_core.review.edits import Relabel
from ecg_core.review.log import EditLog
from ecg_core.review.reports import Report, Reports
from ecg_core.review.worklist import Worklist

pytestmark = pytest.mark.slow

Databases = Path | PostgresDatabases
A, B, MODEL = ("a" * 64, "b" * 64, "d" * 64)
CONTENT = {"rates": [{"hour": 0, "mean_bpm": 71.5}], "qtc_ms": None, "conclusion": "Äußerst"}


def reports_in(databases: Databases) -> Reports:
    return Reports(database.engine(databases / "review.sqlite3"))


def signed_in(databases: Databases) -> tuple[Reports, Report]:
    reports = reports_in(databases)
    EditLog(reports.engine, A, MODEL).append("Ann", [Relabel((300,), "V")] * 2, ["a", "b"])
    EditLog(reports.engine, B, MODEL).append("Ann", [Relabel((300,), "V")], ["c"])
    draft = reports.begin(A, CONTENT, "Ann")
    return reports, reports.sign(draft, "Dr. Ben", "senior", model_sha256=MODEL, log_revision=2)


def test_a_draft_is_saved_and_comes_back(databases: Databases) -> None:
    reports = reports_in(databases)
    assert reports.latest(A) is None
    draft = reports.begin(A, CONTENT, "Ann")
    assert (draft.version, draft.status, draft.content, draft.saves) == (1, "draft", CONTENT, 0)
    saved = reports.save(draft, {**CONTENT, "n": 1}, {"conclusion": "Two\nlines"}, "Ben")
    assert saved.content["n"] == 1
    assert (saved.paragraphs, saved.saves, saved.saved_by, saved.created_by) == (
        {"conclusion": "Two\nlines"},
        1,
        "Ben",
        "Ann",
    )
    preliminary = reports.set_preliminary(saved, "Ben", "reader")
    assert preliminary.status == "preliminary"
    assert reports.latest(A) == preliminary
    assert reports.latest(B) is None
    with pytest.raises(ReviewError, match="has a report, begun by Ann; go on with it"):
        reports.begin(A, CONTENT, "Cid")
    actions = [entry.action for entry in AuditLog(reports.engine).entries()]
    assert actions == ["report begun", "report made preliminary"]


def test_nobody_writes_over_what_somebody_else_has_saved(databases: Databases) -> None:
    reports = reports_in(databases)
    draft = reports.begin(A, CONTENT, "Ann")
    reports.save(draft, {"by": "Ben"}, {}, "Ben")
    for change in (
        lambda: reports.save(draft, {"by": "Ann"}, {}, "Ann"),
        lambda: reports.sign(draft, "Ann", "senior", model_sha256=None, log_revision=0),
        lambda: reports.set_preliminary(draft, "Ann"),
    ):
        with pytest.raises(ReviewError, match="Ben has saved this report meanwhile"):
            change()
    found = reports.latest(A)
    assert found is not None
    assert found.content == {"by": "Ben"}


def test_a_signature_covers_the_report_and_what_it_rests_on(databases: Databases) -> None:
    reports, signed = signed_in(databases)
    assert (signed.status, signed.signed_by, signed.signed_role) == ("final", "Dr. Ben", "senior")
    assert (signed.model_sha256, signed.log_revision) == (MODEL, 2)
    assert signed.signed_at is not None
    assert signed.is_signed
    assert signed.hash is not None
    assert len(signed.hash) == len(str(signed.log_sha256)) == 64
    assert reports.latest(A) == signed
    assert reports.problem_of(signed) is None
    told = AuditLog(reports.engine).entries(last=1)[0]
    assert (told.person, told.role, told.action, told.subject) == ("Dr. Ben", "senior", "signed", A)
    assert told.details == {"report": 1, "hash": signed.hash}
    # Edits that come later are another report's.
    EditLog(reports.engine, A, MODEL).append("Ann", [Relabel((500,), "V")], ["later"])
    assert reports.problem_of(signed) is None


def test_what_was_edited_since_must_be_looked_at_before_signing(databases: Databases) -> None:
    reports = reports_in(databases)
    EditLog(reports.engine, A, MODEL).append("Ann", [Relabel((300,), "V")] * 2, ["a", "b"])
    draft = reports.begin(A, CONTENT, "Ann")
    with pytest.raises(ReviewError, match="edited since"):
        reports.sign(draft, "Ann", "senior", model_sha256=MODEL, log_revision=1)
    assert reports.sign(draft, "Ann", "senior", model_sha256=MODEL, log_revision=2).is_signed


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reports SET content = '{}'",
        "UPDATE reports SET status = 'draft', signed_at = NULL, hash = NULL",
        "UPDATE reports SET replaces = 1, reason = 'x'",
        "DELETE FROM reports",
    ],
)
def test_the_database_refuses_to_change_what_is_signed(databases: Databases, statement: str) -> None:
    reports, signed = signed_in(databases)
    with (
        pytest.raises(ReviewError, match="signed reports never change"),
        database.writing(reports.engine) as connection,
    ):
        connection.execute(text(statement))
    with pytest.raises(ReviewError, match=r"signed by Dr\. Ben; amend it"):
        reports.save(signed, {}, {}, "Ann")
    with pytest.raises(ReviewError, match=r"signed by Dr\. Ben"):
        reports.sign(signed, "Ann", "senior", model_sha256=MODEL, log_revision=2)
    assert reports.versions(A) == [signed]


def test_a_draft_may_be_removed_by_who_owns_the_database(databases: Databases) -> None:
    reports = reports_in(databases)
    reports.begin(A, CONTENT, "Ann")
    with database.writing(reports.engine) as connection:
        connection.execute(text("DELETE FROM reports"))
    assert reports.versions(A) == []


def test_an_amendment_leaves_the_signed_one_as_it_was(databases: Databases) -> None:
    reports, signed = signed_in(databases)
    with pytest.raises(ReviewError, match="needs a reason"):
        reports.amend(signed, "  ", "Ann")
    draft = reports.amend(signed, "Pause of 3.1 s was missed.", "Ann", "senior")
    assert (draft.version, draft.status, draft.replaces, draft.content) == (2, "draft", 1, CONTENT)
    assert reports.versions(A) == [signed, draft]  # nothing is replaced before it is signed
    with pytest.raises(ReviewError, match="Only the newest"):
        reports.amend(signed, "again", "Ann")
    amended = reports.sign(
        reports.save(draft, {"new": 1}, {}, "Ann"), "Ann", "senior", model_sha256=MODEL, log_revision=2
    )
    assert (amended.status, amended.reason) == ("amended", "Pause of 3.1 s was missed.")
    first, second = reports.versions(A)
    assert first == dataclasses.replace(signed, replaced_by=2)
    assert second == amended
    assert reports.problem_of(first) is None
    assert reports.problem_of(second) is None
    assert reports.amend(second, "once more", "Ann").version == 3


def test_the_worklist_follows_a_signature(databases: Databases) -> None:
    reports = reports_in(databases)
    worklist = Worklist(reports.engine)
    worklist.add([A], "Ann")
    worklist.claim(A, "Ann")
    signed = reports.sign(reports.begin(A, CONTENT, "Ann"), "Ann", "senior", model_sha256=None, log_revision=0)
    assert signed.model_sha256 == "none"
    item = worklist.get(A)
    assert item is not None
    assert item.status == "signed"
    reports.sign(reports.amend(signed, "why", "Ann"), "Ann", "senior", model_sha256=None, log_revision=0)
    item = worklist.get(A)
    assert item is not None
    assert item.status == "amended"
    # One that was signed before it came to the worklist is not new there.
    again = signed_version(reports, "b" * 64)
    signed_version(reports, "c" * 64)
    reports.sign(reports.amend(again, "why", "Ann"), "Ann", "senior", model_sha256=None, log_revision=0)
    worklist.add(["b" * 64, "c" * 64], "Ann")
    assert [one.status for one in worklist.items(order="waiting")] == ["amended", "amended", "signed"]


def signed_version(reports: Reports, recording: str) -> Report:
    begun = reports.begin(recording, CONTENT, "Ann")
    return reports.sign(begun, "Ann", "senior", model_sha256=None, log_revision=0)


def test_a_signed_report_that_was_tampered_with_is_told(databases: Databases) -> None:
    reports, signed = signed_in(databases)
    with tampering(reports.engine) as connection:
        connection.execute(text('UPDATE entries SET payload = \'{"beats":[400],"label"\\:"V"}\' WHERE uuid = \'b\''))
    assert "Edits on which the report rests" in str(reports.problem_of(signed))
    with reports.engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            connection.execute(text("DROP TRIGGER reports_no_update"))
        connection.execute(text("UPDATE reports SET content = '{}'"))
    assert "was changed after it was signed" in str(reports.problem_of(signed))


@pytest.mark.parametrize("content", [{"a": float("nan")}, {"a": object()}, {"a": "x" * (9 << 20)}])
def test_what_cannot_be_kept_is_refused(tmp_path: Path, content: dict[str, object]) -> None:
    with pytest.raises(ReviewError, match="The content of the report"):
        reports_in(tmp_path).begin(A, content, "Ann")
    assert reports_in(tmp_path).versions(A) == []
