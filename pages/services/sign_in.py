"""Sessions of people who have signed in, known to this process alone. No Streamlit.

A session begins when a provider has answered a sign-in, and is found by the cookie that Streamlit signs. It ends by
signing out, after its lifetime, after a time without use, when the provider refuses it, and with the process: what the
cookie says is never enough. At most every `CHECK_S` the provider is asked who the person is and which roles they have.
"""

from __future__ import annotations

import hashlib
import logging
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from ecg_core import logs, settings
from ecg_core.errors import ReviewError
from pages.services.accounts import SINGLE_USER, Account, account_of
from pages.services.audit_trail import TRAIL
from pages.services.identity_provider import ProviderRefusedError, ProviderTokens, ProviderUnreachableError

CHECK_S: Final = 45.0
"""No request is answered whose account the provider has confirmed longer ago, unless it cannot be reached."""

RETRY_S: Final = 10.0
"""A provider that did not answer is asked again after so long."""

MAX_SESSIONS: Final = 10_000
_MAX_REASONS: Final = 1000

SIGNED_IN: Final = "signed in"
SIGNED_OUT: Final = "signed out"
REFUSED: Final = "access refused"
ROLES_CHANGED: Final = "roles changed"

_NEEDED: Final = "You are not signed in. Sign in; your edits are kept in this browser."
_UNCONFIRMED: Final = (
    "Your sign-in cannot be confirmed because the sign-in provider does not answer; your edits are kept in this "
    "browser, and it is tried again."
)
_REASONS: Final = {
    "lifetime": "Your session has lasted as long as one may; sign in again.",
    "idle": "You were signed out because nothing was done for a while; sign in again.",
    "person": "You have signed out.",
    "administrator": "An administrator has ended your session.",
}


class SignInNeededError(ReviewError):
    """Whoever asks has no session, or it has ended; the message says why."""


class UnconfirmedError(ReviewError):
    """The provider has not confirmed an account for too long."""


class Provider(Protocol):
    """What sessions need of a provider, see `identity_provider.IdentityProvider`."""

    name: str

    def confirm(self, tokens: ProviderTokens) -> tuple[dict[str, Any], ProviderTokens]:
        """Return a session's claims and the tokens that count from now on."""


CookieReader = Callable[[Mapping[str, str]], tuple[Mapping[str, Any], Mapping[str, Any]] | None]
"""Returns claims and tokens of Streamlit's cookies; None where there are none, or a signature is wrong."""


@dataclass(eq=False)
class Session:
    """A session.

    Attributes
    ----------
    key : str
        By which it is found; cannot be turned back into the cookie.
    provider : Provider
        With which the person has signed in.
    tokens : ProviderTokens
    account : Account
    began_at : str
        UTC in ISO 8601.
    began_s, used_s, confirmed_s, asked_s : float
        Beginning, last use, last answer of the provider and last question, on the clock of `SignIn`.
    windows : set of str
        Ids of Streamlit's sessions that belong to it.
    refused : set
        Refusals that the audit log knows already.
    """

    key: str
    provider: Provider
    tokens: ProviderTokens = field(repr=False)
    account: Account
    began_at: str
    began_s: float
    used_s: float
    confirmed_s: float = -math.inf
    asked_s: float = -math.inf
    windows: set[str] = field(default_factory=set)
    refused: set[tuple[str, str]] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


class SignIn:
    """Who is signed in.

    Parameters
    ----------
    clock : callable
        Returns seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.providers: dict[str, Provider] = {}
        self.is_required = False
        self._read: CookieReader = lambda _: None
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._reasons: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def configure(self, providers: Mapping[str, Provider], read: CookieReader) -> None:
        """Require sign-in with one of some providers; without any, there is a single user.

        Parameters
        ----------
        providers : mapping of str to Provider
            By their names in the configuration.
        read : callable
            Reads Streamlit's cookies.
        """
        self.providers, self._read, self.is_required = dict(providers), read, bool(providers)
        with self._lock:
            self._sessions.clear()
            self._reasons.clear()

    def begin(self, provider_name: str, answer: Mapping[str, Any]) -> None:
        """Begin the session of a person with whom the provider has come back.

        Parameters
        ----------
        provider_name : str
            The provider.
        answer : mapping
            Of its token endpoint; ``userinfo`` holds the claims of its ID token, which Authlib has checked.
        """
        claims = answer.get("userinfo") or {}
        if not answer.get("access_token") or not claims.get("sub"):
            logs.event("sign_in_refused", level=logging.WARNING, kind="no_access_token")
            return
        tokens = ProviderTokens.of(answer, dict(claims))
        now_s, key = self.clock(), key_of(tokens.access)
        session = Session(
            key,
            self.providers[provider_name],
            tokens,
            _account(claims, key),
            datetime.now(UTC).isoformat(timespec="seconds"),
            now_s,
            now_s,
        )
        with self._lock:
            self._sweep(now_s)
            self._sessions[key] = session
        with suppress(ReviewError):  # which the page that follows tells
            self._confirm(session)

    def account(self, cookies: Mapping[str, str], *, used: bool = True, window: str = "") -> Account:
        """Return the account of whoever sends cookies.

        Parameters
        ----------
        cookies : mapping of str to str
            Of the request.
        used : bool
            Whether the person has done something, rather than their browser.
        window : str
            Id of Streamlit's session, where a page asks.

        Raises
        ------
        SignInNeededError
            If they are not signed in (any more).
        UnconfirmedError
            If the provider has not confirmed the account for too long.
        """
        if not self.is_required:
            return SINGLE_USER
        return self.account_at(self.key(cookies), used=used, window=window)

    def account_at(self, key: str, *, used: bool = False, window: str = "") -> Account:
        """Return the account of a session by its key; see `account`.

        Parameters
        ----------
        key : str
            Its key.
        used : bool
            Whether the person has done something.
        window : str
            Id of Streamlit's session.
        """
        if not self.is_required:
            return SINGLE_USER
        session = self._sessions.get(key)
        if session is None:
            raise SignInNeededError(self._reasons.get(key, _NEEDED))
        self._end_when_due(session)
        self._confirm(session)
        if used:
            session.used_s = self.clock()
        if window:
            session.windows.add(window)
        return session.account

    def key(self, cookies: Mapping[str, str]) -> str:
        """Return the key of the session that cookies name, even if it has ended; empty where they name none."""
        found = self._read(cookies) if self.is_required else None
        if found is None:
            return ""
        claims, tokens = found
        key = key_of(str(tokens.get("access_token") or ""))
        session = self._sessions.get(key)
        # Both cookies must be of one sign-in.
        return "" if session is not None and claims.get("sub") != session.account.subject else key

    def is_open(self, key: str) -> bool:
        """Tell whether a session stands, without asking the provider."""
        session = self._sessions.get(key)
        if session is None:
            return False
        now_s = self.clock()
        return not (self._due(session, now_s) or now_s - session.confirmed_s > CHECK_S + _grace_s() + RETRY_S)

    def has_window(self, key: str, window: str) -> bool:
        """Tell whether one of Streamlit's sessions belongs to a session.

        Parameters
        ----------
        key : str
            Key of the session.
        window : str
            Id of Streamlit's session.
        """
        session = self._sessions.get(key)
        return session is not None and window in session.windows

    def end(self, key: str, reason: str = "person") -> None:
        """End a session.

        Parameters
        ----------
        key : str
            Its key; of an unknown one nothing happens.
        reason : str
            Of `_REASONS`, or a sentence for the person.
        """
        with self._lock:
            session = self._sessions.pop(key, None)
            if session is None:
                return
            self._reasons[key] = _REASONS.get(reason, reason)
            while len(self._reasons) > _MAX_REASONS:
                self._reasons.popitem(last=False)
        kind = reason if reason in _REASONS else "provider"
        logs.event("signed_out", kind=kind)
        self._tell(session, SIGNED_OUT, {"reason": kind})

    def why_ended(self, cookies: Mapping[str, str]) -> str:
        """Return in a sentence why the session that cookies name has ended; empty where none has."""
        return self._reasons.get(self.key(cookies), "")

    def sessions(self) -> list[Session]:
        """Return the sessions, the one used last first."""
        for session in list(self._sessions.values()):
            if self._due(session, self.clock()):
                self.end(session.key, self._due(session, self.clock()))
        return sorted(self._sessions.values(), key=lambda session: -session.used_s)

    def tell_refused(self, account: Account, action: str, subject: str) -> None:
        """Let the audit log say that an account was refused something; once a session, action and subject.

        Parameters
        ----------
        account : Account
            Who.
        action, subject : str
            What they wanted to do, and to what.
        """
        session = self._sessions.get(account.session)
        if session is None or (action, subject) in session.refused:
            return
        session.refused.add((action, subject))
        logs.event("access_refused", level=logging.WARNING, kind=action.replace(" ", "_"))
        TRAIL.tell_of_account(account, REFUSED, subject, {"action": action})

    def _end_when_due(self, session: Session) -> None:
        reason = self._due(session, self.clock())
        if reason:
            self.end(session.key, reason)
            raise SignInNeededError(_REASONS[reason])

    def _due(self, session: Session, now_s: float) -> str:
        if now_s - session.began_s > settings.SESSION_HOURS.get() * 3600.0:
            return "lifetime"
        return "idle" if now_s - session.used_s > settings.IDLE_MINUTES.get() * 60.0 else ""

    def _confirm(self, session: Session) -> None:
        """Ask the provider where that is due; the account of the session is then as it says."""
        with session.lock:
            now_s = self.clock()
            if now_s - session.confirmed_s >= CHECK_S and now_s - session.asked_s >= RETRY_S:
                session.asked_s = now_s
                try:
                    claims, session.tokens = session.provider.confirm(session.tokens)
                except ProviderRefusedError as error:
                    self.end(session.key, str(error))
                    raise SignInNeededError(str(error)) from error
                except ProviderUnreachableError as error:
                    logs.event("provider_unreachable", level=logging.WARNING, reason=type(error.__cause__).__name__)
                else:
                    is_first, session.confirmed_s = session.confirmed_s == -math.inf, now_s
                    self._take_over(session, claims, is_first)
            if self.clock() - session.confirmed_s > CHECK_S + _grace_s():
                raise UnconfirmedError(_UNCONFIRMED)

    def _take_over(self, session: Session, claims: Mapping[str, Any], is_first: bool) -> None:
        """Take over what the provider says; the name stays, under which edits may wait in the browser."""
        before = session.account
        told = _account(claims, session.key)
        if told.subject != before.subject:
            reason = "The sign-in provider has answered for somebody else; sign in again."
            self.end(session.key, reason)
            raise SignInNeededError(reason)
        named = _account({**session.tokens.id_claims, **claims}, session.key) if is_first else before
        session.account = replace(before, name=named.name, roles=told.roles)
        if is_first:
            logs.event("signed_in", roles=len(told.roles))
            self._tell(session, SIGNED_IN, {"provider": session.provider.name, "subject": before.subject})
            if not told.roles:
                self._tell(session, REFUSED, {"action": "open", "reason": "no role"})
        elif told.roles != before.roles:
            logs.event("roles_changed", roles=len(told.roles))
            self._tell(session, ROLES_CHANGED, {"before": before.audit_role, "now": session.account.audit_role})

    def _tell(self, session: Session, action: str, details: Mapping[str, Any]) -> None:
        TRAIL.tell_of_account(session.account, action, f"session {session.key[:16]}", details)

    def _sweep(self, now_s: float) -> None:
        """Make room for one more session; `self._lock` is held."""
        for key, reason in [(key, self._due(session, now_s)) for key, session in self._sessions.items()]:
            if reason:
                del self._sessions[key]
        while len(self._sessions) >= MAX_SESSIONS:
            self._sessions.popitem(last=False)


def key_of(access_token: str) -> str:
    """Return the key of the session that began with an access token."""
    return hashlib.sha256(access_token.encode("utf-8", "replace")).hexdigest() if access_token else ""


def _account(claims: Mapping[str, Any], key: str) -> Account:
    return account_of(
        claims,
        settings.ROLES_CLAIM.get(),
        settings.ROLES.get(),
        issuer=str(claims.get("iss", "")),
        session=key,
    )


def _grace_s() -> float:
    return settings.PROVIDER_GRACE_MINUTES.get() * 60.0


SIGN_IN: Final = SignIn()
