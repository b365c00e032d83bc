"""Accounts and what their roles allow. No Streamlit.

A server without a provider of sign-in has one account, `SINGLE_USER`, which may do everything under any name. With a
provider, each request and each run of a page acts for the account that is signed in, and for `NOBODY` where none is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from ecg_core.errors import ReviewError
from ecg_core.review import audit
from ecg_core.settings import SIGN_IN_ROLES

MAX_NAME_LENGTH: Final = 60
"""Characters of a person's name, as the log of edits keeps it."""


class Action(Enum):
    """Kinds of action that a role allows."""

    READ = "open and read"
    EDIT = "edit"
    DRAFT = "write reports and make them preliminary"
    EXPORT = "take files out"
    SIGN = "sign and amend reports"
    SEND = "send reports"
    CONFIGURE = "configure destinations"
    AUDIT = "read the audit log"
    TEACH = "add teaching cases and see the results of quizzes"
    PEOPLE = "see who is signed in and sign them out"


_READING: Final = frozenset({Action.READ, Action.EDIT, Action.DRAFT, Action.EXPORT})

PERMISSIONS: Final[Mapping[str, frozenset[Action]]] = {
    "reader": _READING,
    "senior": _READING | {Action.SIGN, Action.SEND},
    "teacher": frozenset({Action.TEACH}),
    "student": frozenset(),
    "administrator": frozenset({Action.CONFIGURE, Action.AUDIT, Action.PEOPLE}),
}
"""What each role may do, with any recording. The order is that in which roles are named."""

TEACHING_PERMISSIONS: Final[Mapping[str, frozenset[Action]]] = {"teacher": _READING, "student": _READING}
"""What each role may do beside that with recordings of no patient of the house, see `is_teaching`."""

_TEACHING_SOURCES: Final = ("demo/", "case/", "physionet/")
TEACHING: Final = _TEACHING_SOURCES[0]
"""Stands for any recording of no patient where `Account.may` asks for one."""

ROLES: Final = SIGN_IN_ROLES

SIGNING_ROLES: Final[Mapping[str, str]] = {
    "senior": "senior reader",
    "reader": "reader",
    "teacher": "teacher",
    "student": "student",
}
"""How a report calls an account's role; the first one counts."""


class AccessDeniedError(ReviewError):
    """An account's roles do not allow what it asked for; the message says what it lacks."""


@dataclass(frozen=True)
class Account:
    """A person and what they may do.

    Attributes
    ----------
    name : str
        What they are called in the log of edits, the audit log and reports; empty on a server without sign-in.
    issuer, subject : str
        The provider that they signed in with, and what it calls them for ever.
    roles : tuple of str
        Of `ROLES`, in that order.
    session : str
        Key of the session; empty without sign-in.
    """

    name: str
    issuer: str
    subject: str
    roles: tuple[str, ...]
    session: str = ""

    @property
    def is_signed_in(self) -> bool:
        """Whether the account is one of a provider."""
        return bool(self.subject)

    @property
    def key(self) -> str:
        """What stands for the account, whatever sessions it has; empty without sign-in."""
        text = f"{self.issuer}\n{self.subject}"
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32] if self.is_signed_in else ""

    @property
    def audit_role(self) -> str:
        """The roles as the audit log names them."""
        if not self.is_signed_in:
            return audit.NO_ROLE
        return ", ".join(self.roles) or "no role"

    @property
    def signing_role(self) -> str:
        """The role as a report prints it; empty where the account has none that reads."""
        return next((text for role, text in SIGNING_ROLES.items() if role in self.roles), "")

    def may(self, action: Action, rec: str = "") -> bool:
        """Tell whether the account may do something.

        Parameters
        ----------
        action : Action
            What.
        rec : str
            Reference of the recording that it is done to; by default one of a patient.
        """
        tables = (PERMISSIONS, TEACHING_PERMISSIONS) if is_teaching(rec) else (PERMISSIONS,)
        return any(action in table.get(role, ()) for role in self.roles for table in tables)

    def require(self, action: Action, rec: str = "") -> None:
        """Refuse what the account may not do.

        Parameters
        ----------
        action : Action
            What.
        rec : str
            Reference of the recording that it is done to; by default one of a patient.

        Raises
        ------
        AccessDeniedError
            If it may not.
        """
        if not self.may(action, rec):
            raise AccessDeniedError(
                f"Your role ({', '.join(self.roles) or 'none'}) does not allow you to {action.value} here; "
                "whoever manages accounts can give you another one."
            )

    def signs_as(self, name: str, role: str) -> tuple[str, str]:
        """Return name and role for a report: those of the account, or what was typed where nobody signs in.

        Parameters
        ----------
        name, role : str
            What was typed.
        """
        return (self.name, self.signing_role) if self.is_signed_in else (name, role)


SINGLE_USER: Final = Account("", "", "", ROLES)
NOBODY: Final = Account("", "", "", ())


def is_teaching(rec: str) -> bool:
    """Tell whether a reference names a recording of no patient of the house: a bundled one, or one of PhysioNet."""
    return rec.startswith(_TEACHING_SOURCES)


_acting: ContextVar[Account | None] = ContextVar("account", default=None)


class _Resolver:
    """How the account of a caller is known that `acting_as` does not name."""

    who_asks: Callable[[], Account] = staticmethod(lambda: SINGLE_USER)


def acting() -> Account:
    """Return the account that this thread works for.

    Raises
    ------
    ReviewError
        If whoever asks is not signed in (any more).
    """
    account = _acting.get()
    return _Resolver.who_asks() if account is None else account


def know_accounts(who_asks: Callable[[], Account]) -> None:
    """Register the callable that returns the account of a caller outside `acting_as`."""
    _Resolver.who_asks = staticmethod(who_asks)


@contextmanager
def acting_as(account: Account) -> Iterator[None]:
    """Let what is done inside be done by an account; the audit log gets its role."""
    before = _acting.set(account)
    try:
        with audit.role_of_actor(account.audit_role):
            yield
    finally:
        _acting.reset(before)


def account_of(
    claims: Mapping[str, Any], claim: str, mapping: Mapping[str, str], *, issuer: str = "", session: str = ""
) -> Account:
    """Return the account that a provider's claims describe.

    Parameters
    ----------
    claims : mapping
        Of the ID token or of the provider's userinfo.
    claim : str
        Name of the claim with the roles; a dot leads into an object, as in ``realm_access.roles``.
    mapping : mapping of str to str
        Role of each value of that claim; other values stand for no role.
    issuer : str
        The provider.
    session : str
        Key of the session.
    """
    told = {mapping[value] for value in _texts(value_of(claims, claim)) if value in mapping}
    roles = tuple(role for role in ROLES if role in told)
    return Account(_name(claims), issuer, str(claims.get("sub", "")), roles, session)


def value_of(claims: Mapping[str, Any], claim: str) -> Any:
    """Return a claim by its name, or by a path of names with dots between them; None if there is none.

    Parameters
    ----------
    claims : mapping
        Of the provider.
    claim : str
        Name or path.
    """
    if claim in claims:
        return claims[claim]
    found: Any = claims
    for part in claim.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found


def _texts(value: Any) -> Sequence[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []


def _name(claims: Mapping[str, Any]) -> str:
    """Return a person's name with the user name, which the provider gives to one person alone."""
    subject = one_line(str(claims.get("sub", "")))
    user = next((one_line(str(claims[name])) for name in ("preferred_username", "email") if claims.get(name)), subject)
    name = one_line(str(claims.get("name") or ""))
    user = user[: MAX_NAME_LENGTH - 2]
    if not name or name == user:
        return user
    room = MAX_NAME_LENGTH - len(user) - 3
    return f"{name[:room].rstrip()} ({user})" if room > 0 else user


def one_line(text: str) -> str:
    """Return a text on one line, of printable characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
