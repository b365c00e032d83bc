"""Who may write, sign, amend and take reports, under which name and role, where people sign in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sign_in_for_tests import Clock, People

from ecg_core.errors import ReviewError
from ecg_core.review.audit import AuditLog
from pages.services import accounts
from pages.services.accounts import NOBODY, AccessDeniedError, acting_as
from pages.services.audit_trail import TRAIL
from pages.services.report_drafts import first_form
from pages.services.report_exports import exported
from pages.services.report_versions import KeptDraft, amend, draft_kept, keep_draft, make_preliminary, sign
from pages.services.review_sessions import database_in_use
from pages.services.sign_in import SIGN_IN
from pages.services.workspace import OpenedRecording


@pytest.fixture
def people(classified: OpenedRecording, monkeypatch: pytest.MonkeyPatch) -> Iterator[People]:
    monkeypatch.setattr(SIGN_IN, "clock", Clock())
    accounts.know_accounts(lambda: NOBODY)
    yield People(SIGN_IN)
    SIGN_IN.configure({}, lambda _: None)
    accounts.know_accounts(lambda: accounts.SINGLE_USER)


@pytest.fixture
def patient(classified: OpenedRecording) -> OpenedRecording:
    """The recording as one of a patient."""
    return replace(classified, rec="local/patient")


def kept(opened: OpenedRecording) -> KeptDraft:
    return keep_draft(opened, first_form(opened), draft_kept(opened), "Dr Somebody Else")


def test_a_reader_makes_reports_preliminary_and_a_senior_signs_and_amends_them(
    people: People, patient: OpenedRecording
) -> None:
    reader = SIGN_IN.account(people.signed_in("ann", "reader"))
    senior = SIGN_IN.account(people.signed_in("bea", "senior"))
    with acting_as(reader):
        make_preliminary(kept(patient), "Dr Somebody Else", "cardiologist")
        with pytest.raises(AccessDeniedError, match="sign"):
            sign(patient, draft_kept(patient), "Dr Somebody Else", "cardiologist")
    with acting_as(senior):
        version = sign(patient, draft_kept(patient), "Dr Somebody Else", "cardiologist")
        assert (version.signed_by, version.signed_role) == ("Bea (bea)", "senior reader")
    with acting_as(reader), pytest.raises(AccessDeniedError):
        amend(draft_kept(patient), "why", "Dr Somebody Else", "cardiologist")
    with acting_as(senior):
        amend(draft_kept(patient), "why", "Dr Somebody Else", "cardiologist")
    assert TRAIL.flush(60)
    rows = AuditLog(database_in_use()).entries()
    assert "Dr Somebody Else" not in {row.person for row in rows}
    assert [row.person for row in rows if row.action == "access refused"] == ["Ann (ann)"]


@pytest.mark.parametrize("role", ["teacher", "administrator", "none"])
def test_other_roles_write_no_report_about_a_patient(people: People, patient: OpenedRecording, role: str) -> None:
    account = SIGN_IN.account(people.signed_in("tom", *([] if role == "none" else [role])))
    with acting_as(account):
        for act in (
            lambda: kept(patient),
            lambda: make_preliminary(draft_kept(patient), "x", "y"),
            lambda: sign(patient, draft_kept(patient), "x", "y"),
            lambda: amend(draft_kept(patient), "why", "x", "y"),
            lambda: exported(patient, "application/pdf", lambda: b"patient")(),
        ):
            with pytest.raises(AccessDeniedError):
                act()


def test_a_teacher_writes_reports_about_demos_but_signs_none(people: People, classified: OpenedRecording) -> None:
    with acting_as(SIGN_IN.account(people.signed_in("tom", "teacher"))):
        make_preliminary(kept(classified), "x", "y")
        with pytest.raises(AccessDeniedError):
            sign(classified, draft_kept(classified), "x", "y")


def test_nobody_signs_where_nobody_is_known(people: People, patient: OpenedRecording) -> None:
    with pytest.raises(AccessDeniedError):
        sign(patient, KeptDraft(first_form(patient), None, rec=patient.rec), "x", "y")


def test_a_document_is_made_for_whose_session_stands_and_is_a_row_of_the_audit_log(
    people: People, patient: OpenedRecording
) -> None:
    cookies = people.signed_in("ann", "reader")
    with acting_as(SIGN_IN.account(cookies)):
        make = exported(patient, "application/pdf", lambda: b"document")
    assert make() == b"document"
    assert TRAIL.flush(60)
    row = AuditLog(database_in_use()).entries()[-1]
    assert (row.person, row.role, row.action) == ("Ann (ann)", "reader", "exported")
    SIGN_IN.end(SIGN_IN.key(cookies))
    with pytest.raises(ReviewError, match="signed out"):
        make()
