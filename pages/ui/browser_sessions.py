"""Identity of the browser and of the window that a page runs for."""

from __future__ import annotations

import hashlib

import streamlit as st

from pages.services.middleware import BROWSER_COOKIE, browser_of
from pages.ui.streamlit_compat import session_id


def browser() -> str:
    """Return the name of the browser that this script runs for, whatever windows it has; empty outside of a session.

    The cookie tells browsers apart, see `pages.services.middleware.browser_of`; without one all of an address are one.
    This is who takes turns and whose limits count, and proves nothing: whoever throws the cookie away is somebody else,
    which is why there are limits for all together as well.
    """
    if not session_id():
        return ""
    address = f"address {st.context.ip_address or 'here'}"
    return _by_cookie() or hashlib.sha256(address.encode()).hexdigest()[:32]


def who_asks() -> tuple[str, str]:
    """Return the window and the browser that this script runs for; empty outside of one, and where there is no cookie.

    Uploads belong to them, which a browser without a cookie does not share with others of its address.
    """
    return session_id(), _by_cookie()


def _by_cookie() -> str:
    if not session_id():
        return ""
    return browser_of(str(st.context.cookies.get(BROWSER_COOKIE, "")))
