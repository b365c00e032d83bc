"""Accounts: what roles allow, and how a provider's claims become roles and a name."""

from __future__ import annotations

import pytest

from ecg_core import settings
from pages.services import accounts
from pages.services.accounts import NOBODY, ROLES, SINGLE_USER, AccessDeniedError, Account, Action, account_of

PATIENT, DEMO = "local/mitdb/208", "demo/demo_pvc"
READING = {"READ", "EDIT", "DRAFT", "EXPORT"}

MAY = {
    ("reader", PATIENT): READING,
    ("reader", DEMO): READING,
    ("senior", PATIENT): READING | {"SIGN", "SEND"},
    ("senior", DEMO): READING | {"SIGN", "SEND"},
    ("teacher", PATIENT): {"TEACH"},
    ("teacher", DEMO): READING | {"TEACH"},
    ("teacher", "physionet/mitdb/100"): READING | {"TEACH"},
    ("teacher", "case/vf"): READING | {"TEACH"},
    ("teacher", "upload/token/1"): {"TEACH"},
    ("student", PATIENT): set(),
    ("student", DEMO): READING,
    ("student", "case/vf"): READING,
    ("student", "upload/token/1"): set(),
    ("administrator", PATIENT): {"CONFIGURE", "AUDIT", "PEOPLE"},
    ("administrator", DEMO): {"CONFIGURE", "AUDIT", "PEOPLE"},
}


def with_roles(*roles: str) -> Account:
    return Account("Ann (ann)", "https://provider.test", "ann", roles, "key")


@pytest.mark.parametrize(("role", "rec"), MAY)
def test_a_role_allows_what_the_table_says_and_nothing_else(role: str, rec: str) -> None:
    account = with_roles(role)
    assert {action.name for action in Action if account.may(action, rec)} == MAY[role, rec]
    for action in Action:
        if account.may(action, rec):
            account.require(action, rec)
        else:
            with pytest.raises(AccessDeniedError, match=role):
                account.require(action, rec)


def test_every_role_has_a_row_in_the_table() -> None:
    assert tuple(accounts.PERMISSIONS) == ROLES == settings.SIGN_IN_ROLES
    assert {role for role, _ in MAY} == set(ROLES)


def test_roles_add_up_and_nobody_may_anything() -> None:
    both = with_roles("teacher", "administrator")
    assert both.may(Action.READ, DEMO)
    assert both.may(Action.AUDIT)
    assert not both.may(Action.READ, PATIENT)
    assert not any(NOBODY.may(action, rec) for action in Action for rec in (PATIENT, DEMO))
    assert all(SINGLE_USER.may(action, rec) for action in Action for rec in (PATIENT, DEMO))


@pytest.mark.parametrize(
    ("claims", "claim", "expected"),
    [
        ({"roles": ["reader", "other"]}, "roles", ("reader",)),
        ({"roles": "senior"}, "roles", ("senior",)),
        ({"roles": ["administrator", "reader"]}, "roles", ("reader", "administrator")),
        ({"realm_access": {"roles": ["teacher"]}}, "realm_access.roles", ("teacher",)),
        ({"https://hospital.example/roles": ["reader"]}, "https://hospital.example/roles", ("reader",)),
        ({"roles": []}, "roles", ()),
        ({"roles": {"reader": True}}, "roles", ()),
        ({"roles": None}, "roles", ()),
        ({"roles": ["Reader", " reader", "READER"]}, "roles", ()),
        ({"realm_access": ["reader"]}, "realm_access.roles", ()),
        ({}, "roles", ()),
    ],
)
def test_roles_come_from_the_claim_and_what_is_unknown_is_none(
    claims: dict[str, object], claim: str, expected: tuple[str, ...]
) -> None:
    mapping = {role: role for role in ROLES}
    assert account_of({"sub": "ann", **claims}, claim, mapping).roles == expected


def test_groups_are_mapped_to_roles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_ROLES", "/ecg/readers=reader; 2f1c-77=senior, cn=doctors=teacher")
    mapping = settings.ROLES.get()
    assert mapping == {"/ecg/readers": "reader", "2f1c-77": "senior", "cn=doctors": "teacher"}
    told = account_of({"sub": "ann", "groups": ["/ecg/readers", "2f1c-77", "reader"]}, "groups", mapping)
    assert told.roles == ("reader", "senior")


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "Ann Lee", "preferred_username": "ann"}, "Ann Lee (ann)"),
        ({"name": "Ann Lee", "email": "ann@h.example"}, "Ann Lee (ann@h.example)"),
        ({"name": "Ann Lee"}, "Ann Lee (s-1)"),
        ({"preferred_username": "ann"}, "ann"),
        ({}, "s-1"),
        ({"name": "Ann\nLee\u202e", "preferred_username": "ann"}, "Ann Lee (ann)"),
        ({"name": "A" * 100, "preferred_username": "ann"}, "A" * 54 + " (ann)"),
    ],
)
def test_a_name_holds_what_the_provider_gives_to_one_person_alone(claims: dict[str, str], name: str) -> None:
    told = account_of({"sub": "s-1", **claims}, "roles", {})
    assert told.name == name
    assert len(told.name) <= accounts.MAX_NAME_LENGTH


def test_an_account_is_known_by_provider_and_subject_not_by_its_name() -> None:
    one = account_of({"sub": "1", "name": "Ann"}, "roles", {}, issuer="https://a.test")
    assert one.key == account_of({"sub": "1", "name": "Bea"}, "roles", {}, issuer="https://a.test", session="x").key
    assert one.key != account_of({"sub": "1", "name": "Ann"}, "roles", {}, issuer="https://b.test").key
    assert one.key != account_of({"sub": "2", "name": "Ann"}, "roles", {}, issuer="https://a.test").key
    assert SINGLE_USER.key == ""


def test_a_report_is_signed_with_the_accounts_name_and_role_whatever_was_typed() -> None:
    assert with_roles("senior", "reader").signs_as("Dr Else", "cardiologist") == ("Ann (ann)", "senior reader")
    assert with_roles("reader").signs_as("Dr Else", "cardiologist") == ("Ann (ann)", "reader")
    assert SINGLE_USER.signs_as("Dr Else", "cardiologist") == ("Dr Else", "cardiologist")
