"""Identity of the account, the browser and the window that a page runs for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import streamlit as st

from pages.services.accounts import NOBODY, Account
from pages.services.middleware import BROWSER_COOKIE, browser_of
from pages.services.sign_in import SIGN_IN
from pages.ui.streamlit_compat import AUTH_COOKIE, session_id


def browser() -> str:
    """Return the name of the browser that this script runs for, whatever windows it has; empty outside of a session.

    The cookie tells browsers apart, see `pages.services.middleware.browser_of`; without one all of an address are one.
    Where people sign in, the account stands for all their browsers.
    This is who takes turns and whose limits count. Without sign-in it proves nothing: whoever throws the cookie away is
    somebody else, which is why there are limits for all together as well.
    """
    if not session_id():
        return ""
    address = f"address {st.context.ip_address or 'here'}"
    return _known() or hashlib.sha256(address.encode()).hexdigest()[:32]


def who_asks() -> tuple[str, str]:
    """Return the window and the browser that this script runs for; empty outside of one, and where there is no cookie.

    Uploads belong to them, which a browser without a cookie does not share with others of its address.
    """
    return session_id(), _known()


def account() -> Account:
    """Return the account that this script runs for; `NOBODY` outside of a script where people sign in.

    Raises
    ------
    SignInNeededError, UnconfirmedError
        See `pages.services.sign_in.SignIn.account`.
    """
    if SIGN_IN.is_required and not session_id():
        return NOBODY
    return SIGN_IN.account(_cookies(), window=session_id())


def why_signed_out() -> str:
    """Return in a sentence why the session of this browser has ended; empty where none has."""
    return SIGN_IN.why_ended(_cookies())


def has_cookie() -> bool:
    """Tell whether this browser has the cookie of a sign-in, whether it counts or not."""
    return AUTH_COOKIE in _cookies()


def _cookies() -> Mapping[str, str]:
    return st.context.cookies.to_dict() if SIGN_IN.is_required else {}


def _known() -> str:
    if not session_id():
        return ""
    if SIGN_IN.is_required:
        return account().key
    return browser_of(str(st.context.cookies.get(BROWSER_COOKIE, "")))
