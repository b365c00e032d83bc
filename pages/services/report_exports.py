"""Documents of reports that people take along: by accounts that may, and told to the audit log. No Streamlit."""

from __future__ import annotations

from collections.abc import Callable

from ecg_core import logs
from ecg_core.errors import ReviewError
from pages.services.accounts import Action, acting, acting_as
from pages.services.audit_trail import EXPORTED, TRAIL
from pages.services.sign_in import SIGN_IN
from pages.services.tokens import DEFAULT_REVIEWER_NAME
from pages.services.workspace import OpenedRecording


def exported(opened: OpenedRecording, media_type: str, make: Callable[[], bytes]) -> Callable[[], bytes]:
    """Return what makes a document when the account that this runs for asks for it, in whatever thread.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    media_type : str
        Of the document.
    make : callable
        Makes it.

    Returns
    -------
    callable
        Raises `ReviewError` where the account may not take it (any more).
    """
    who = acting()

    def made() -> bytes:
        account = SIGN_IN.account_at(who.session) if who.is_signed_in else who
        try:
            account.require(Action.EXPORT, opened.rec)
        except ReviewError:
            SIGN_IN.tell_refused(account, Action.EXPORT.value, opened.recording.sha256)
            raise
        with acting_as(account):
            content = make()
            TRAIL.tell(
                opened,
                account.name or DEFAULT_REVIEWER_NAME,
                EXPORTED,
                {"kind": media_type, "bytes": len(content), "document": "report"},
            )
        logs.event("export_made", kind=media_type.replace("/", "."), bytes=len(content))
        return content

    return made
