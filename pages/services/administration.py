"""What administrators see and do: who is signed in, and the audit log. No Streamlit."""

from __future__ import annotations

from typing import Final

from ecg_core.review.audit import AuditEntry, AuditLog, Verdict
from pages.services.accounts import Action, acting
from pages.services.audit_trail import TRAIL
from pages.services.review_sessions import database_in_use
from pages.services.sign_in import SIGN_IN, Session

READ_AUDIT_LOG: Final = "read the audit log"
MAX_SHOWN: Final = 500
"""Rows of the audit log that are shown, the newest."""


def signed_in_sessions() -> list[Session]:
    """Return the sessions of all people, the one used last first.

    Raises
    ------
    AccessDeniedError
        If the account may not see them.
    """
    acting().require(Action.PEOPLE)
    return SIGN_IN.sessions()


def end_session(key: str) -> None:
    """End somebody's session.

    Raises
    ------
    AccessDeniedError
        If the account may not.
    """
    acting().require(Action.PEOPLE)
    SIGN_IN.end(key, "administrator")


def audit_entries() -> list[AuditEntry]:
    """Return the newest rows of the audit log, the newest first; that they were read is a row, too.

    Raises
    ------
    AccessDeniedError, ReviewError
        If the account may not read them, or the database cannot be read.
    """
    account = acting()
    account.require(Action.AUDIT)
    entries = AuditLog(database_in_use()).entries(last=MAX_SHOWN)
    if account.is_signed_in:
        TRAIL.tell_of_account(account, READ_AUDIT_LOG, "audit log", {"rows": len(entries)})
    return entries[::-1]


def verified_audit_log() -> Verdict:
    """Look through the chain of the audit log.

    Raises
    ------
    AccessDeniedError, ReviewError
        If the account may not read it, or the database cannot be read.
    """
    acting().require(Action.AUDIT)
    return AuditLog(database_in_use()).verify()
