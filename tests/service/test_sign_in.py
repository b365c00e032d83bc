"""Sessions of people who have signed in with a provider that runs in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from oidc_provider_for_tests import Provider, running_provider
from sign_in_for_tests import Clock, People

from ecg_core.review.audit import AuditLog
from pages.services.accounts import ROLES, Account
from pages.services.audit_trail import TRAIL
from pages.services.identity_provider import ProviderRefusedError, ProviderTokens, ProviderUnreachableError
from pages.services.review_sessions import database_in_use
from pages.services.sign_in import CHECK_S, RETRY_S, SignIn, SignInNeededError, UnconfirmedError, key_of

pytestmark = pytest.mark.slow

MINUTE_S = 60.0


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "home"))
    yield
    TRAIL.clear()
    TRAIL.flush(60)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Door:
    """A dashboard's sign-in at a provider."""

    def __init__(self, provider: Provider, clock: Clock) -> None:
        self.provider, self.sign_in = provider, SignIn(clock)
        self.sign_in.configure({"default": provider.client()}, _read)

    def enter(self, sub: str, **claims: object) -> dict[str, str]:
        self.provider.person(sub, **claims)
        answer = self.provider.sign_in(sub)
        self.sign_in.begin("default", answer)
        return {"sub": answer["userinfo"]["sub"], "token": answer["access_token"]}

    def account(self, cookies: dict[str, str], **options: bool) -> Account:
        return self.sign_in.account(cookies, **options)


def _read(cookies: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    return {"sub": cookies["sub"]}, {"access_token": cookies["token"]}


@pytest.fixture
def door(provider: Provider, clock: Clock) -> Door:
    return Door(provider, clock)


@pytest.fixture
def clocked(clock: Clock) -> People:
    """People of a provider in this process, on a clock of the test."""
    return People(SignIn(clock))


def test_who_has_signed_in_has_the_roles_and_the_name_of_the_provider(door: Door) -> None:
    cookies = door.enter("ada", name="Ada Byron", roles=["senior", "something else"])
    account = door.account(cookies)
    assert account.roles == ("senior",)
    assert account.name == "Ada Byron (ada)"
    assert account.is_signed_in


def test_a_removed_role_takes_effect_within_a_minute(door: Door, clock: Clock) -> None:
    cookies = door.enter("bea", roles=["reader", "senior"])
    assert door.account(cookies).roles == ("reader", "senior")
    door.provider.person("bea", roles=["reader"])
    clock.now_s += MINUTE_S - 1
    assert door.account(cookies).roles == ("reader",)
    door.provider.person("bea")
    clock.now_s += MINUTE_S - 1
    assert door.account(cookies).roles == ()
    door.provider.person("bea", roles=["reader"])
    clock.now_s += MINUTE_S - 1
    assert door.account(cookies).roles == ("reader",)


def test_who_is_shut_out_at_the_provider_is_shut_out_within_a_minute(door: Door, clock: Clock) -> None:
    cookies = door.enter("carl", roles=["reader"])
    door.provider.revoke("carl")
    clock.now_s += MINUTE_S - 1
    with pytest.raises(SignInNeededError, match="provider has ended"):
        door.account(cookies)
    clock.now_s -= MINUTE_S
    with pytest.raises(SignInNeededError, match="provider has ended"):
        door.account(cookies)


def test_an_access_token_that_expires_is_renewed_and_the_session_goes_on(door: Door, clock: Clock) -> None:
    cookies = door.enter("dora", roles=["reader"])
    session = door.sign_in._sessions[key_of(cookies["token"])]
    session.tokens = replace(session.tokens, expires_at=1.0)
    clock.now_s += MINUTE_S
    assert door.account(cookies).roles == ("reader",)
    assert session.tokens.access != cookies["token"]
    assert session.tokens.expires_at is not None
    assert session.tokens.expires_at > 1.0


def test_the_provider_is_asked_no_more_often_than_needed(clocked: People, clock: Clock) -> None:
    cookies = clocked.signed_in("ann", "reader")
    assert clocked.provider.asked == 1
    for _ in range(10):
        clock.now_s += CHECK_S / 20
        clocked.sign_in.account(cookies)
    assert clocked.provider.asked == 1
    clock.now_s += CHECK_S / 2
    clocked.sign_in.account(cookies)
    assert clocked.provider.asked == 2


def test_while_the_provider_is_away_roles_hold_for_some_minutes_and_then_nobody_is_let_in(clock: Clock) -> None:
    with running_provider() as going:
        door = Door(going, clock)
        cookies = door.enter("emil", roles=["reader"])
        going.stop()
        clock.now_s += 2 * MINUTE_S
        assert door.account(cookies).roles == ("reader",)
        clock.now_s += 3 * MINUTE_S
        assert door.account(cookies).roles == ("reader",)
        clock.now_s += MINUTE_S
        with pytest.raises(UnconfirmedError, match="does not answer"):
            door.account(cookies)
        assert not door.sign_in.is_open(key_of(cookies["token"]))


def test_a_provider_that_comes_back_lets_people_go_on(clocked: People, clock: Clock) -> None:
    cookies = clocked.signed_in("ann", "reader")
    clocked.provider.problem = ProviderUnreachableError("away")
    clock.now_s += 10 * MINUTE_S
    with pytest.raises(UnconfirmedError):
        clocked.sign_in.account(cookies)
    asked = clocked.provider.asked
    with pytest.raises(UnconfirmedError):
        clocked.sign_in.account(cookies)
    assert clocked.provider.asked == asked  # not for each request of each page
    clocked.provider.problem = None
    clock.now_s += RETRY_S
    assert clocked.sign_in.account(cookies).roles == ("reader",)


def test_a_session_ends_after_its_lifetime_however_much_it_is_used(clocked: People, clock: Clock) -> None:
    cookies = clocked.signed_in("ann", "reader")
    for _ in range(12 * 6):
        clock.now_s += 10 * MINUTE_S - 0.01
        clocked.sign_in.account(cookies)
    clock.now_s += MINUTE_S
    with pytest.raises(SignInNeededError, match="lasted as long"):
        clocked.sign_in.account(cookies)


def test_a_session_ends_when_nothing_is_done_though_the_browser_goes_on_asking(clocked: People, clock: Clock) -> None:
    cookies = clocked.signed_in("ann", "reader")
    for _ in range(30):
        clock.now_s += MINUTE_S
        clocked.sign_in.account(cookies, used=False)
    clock.now_s += 1
    with pytest.raises(SignInNeededError, match="nothing was done"):
        clocked.sign_in.account(cookies, used=False)
    with pytest.raises(SignInNeededError, match="nothing was done"):
        clocked.sign_in.account(cookies)


def test_limits_are_settings(clocked: People, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_IDLE_MINUTES", "2")
    monkeypatch.setenv("RHYTHMOSCOPE_SESSION_HOURS", "0.05")
    cookies = clocked.signed_in("ann", "reader")
    clock.now_s += 100
    clocked.sign_in.account(cookies)
    clock.now_s += 79
    clocked.sign_in.account(cookies)
    clock.now_s += 2
    with pytest.raises(SignInNeededError, match="lasted"):
        clocked.sign_in.account(cookies)


def test_who_has_signed_out_needs_to_sign_in_again_with_the_same_cookies_too(clocked: People) -> None:
    cookies, others = clocked.signed_in("ann", "reader"), clocked.signed_in("ann", "reader")
    clocked.sign_in.end(clocked.sign_in.key(cookies))
    with pytest.raises(SignInNeededError, match="signed out"):
        clocked.sign_in.account(cookies)
    assert clocked.sign_in.account(others).name == "Ann (ann)"


def test_cookies_alone_are_no_session(clocked: People, door: Door, provider: Provider) -> None:
    """Whether of a server that was restarted, or of another sign-in than the one beside it."""
    clocked.person("ann", "reader")
    with pytest.raises(SignInNeededError):
        clocked.sign_in.account({"signed_in": "ann.7"})
    for nothing in ({}, {"other": "x"}):
        with pytest.raises(SignInNeededError, match="not signed in"):
            clocked.sign_in.account(nothing)
    mine, theirs = door.enter("fay", roles=["reader"]), door.enter("gus", roles=["reader"])
    with pytest.raises(SignInNeededError):
        door.account({"sub": mine["sub"], "token": theirs["token"]})


def test_without_a_provider_there_is_one_user_who_may_do_everything() -> None:
    account = SignIn().account({})
    assert not account.is_signed_in
    assert account.name == ""
    assert account.roles == ROLES


def test_roles_that_stand_in_the_id_token_alone_come_from_a_new_one(provider: Provider) -> None:
    """As with Entra ID: userinfo has no roles. Here the issuer stands for such a claim."""
    answer = provider.sign_in("hal")
    tokens = ProviderTokens.of(answer, answer["userinfo"])
    claims, renewed = provider.client("iss").confirm(tokens)
    assert renewed.access != tokens.access
    assert "iss" not in claims  # this provider renews without an ID token: the role is gone, not taken as it was
    again = provider.sign_in("hal")
    tokens = ProviderTokens.of(again, again["userinfo"])
    with pytest.raises(ProviderRefusedError, match="userinfo, or a refresh token"):
        provider.client("iss").confirm(replace(tokens, refresh=""))


def test_signing_in_and_out_and_a_change_of_roles_are_rows_of_the_audit_log(clocked: People, clock: Clock) -> None:
    cookies = clocked.signed_in("ann", "reader")
    clocked.person("ann", "senior")
    clock.now_s += MINUTE_S
    clocked.sign_in.account(cookies)
    account = clocked.sign_in.account(cookies)
    for _ in range(3):
        clocked.sign_in.tell_refused(account, "read the audit log", "a" * 64)
    clocked.sign_in.end(clocked.sign_in.key(cookies))
    assert TRAIL.flush(60)
    rows = AuditLog(database_in_use()).entries()
    assert [(row.person, row.role, row.action) for row in rows] == [
        ("Ann (ann)", "reader", "signed in"),
        ("Ann (ann)", "senior", "roles changed"),
        ("Ann (ann)", "senior", "access refused"),
        ("Ann (ann)", "senior", "signed out"),
    ]
    assert rows[0].details["subject"] == "ann"
    assert rows[1].details["before"] == "reader"


def test_who_has_no_role_is_signed_in_to_nothing_and_the_audit_log_says_so(clocked: People) -> None:
    cookies = clocked.signed_in("ann")
    assert clocked.sign_in.account(cookies).roles == ()
    assert TRAIL.flush(60)
    rows = AuditLog(database_in_use()).entries()
    assert [(row.role, row.action) for row in rows] == [("no role", "signed in"), ("no role", "access refused")]
