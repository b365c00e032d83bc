"""Identity of the browser and of the window that a page runs for."""

from __future__ import annotations

import hashlib

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.services.middleware import BROWSER_COOKIE, browser_of


def browser() -> str:
    """Return the name of the browser that this script runs for, whatever windows it has; empty outside of a session.

    The cookie tells browsers apart, see `pages.services.middleware.browser_of`; without one all of an address are one.
    This is who takes turns and whose limits count, and proves nothing: whoever throws the cookie away is somebody else,
    which is why there are limits for all together as well.
    """
    if get_script_run_ctx(suppress_warning=True) is None:
        return ""
    address = f"address {st.context.ip_address or 'here'}"
    return _by_cookie() or hashlib.sha256(address.encode()).hexdigest()[:32]


def current() -> str:
    """Return the name of the session that this script runs for; empty outside of one."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context is not None else ""


def who_asks() -> tuple[str, str]:
    """Return the window and the browser that this script runs for; empty outside of one, and where there is no cookie.

    Uploads belong to them, which a browser without a cookie does not share with others of its address.
    """
    return current(), _by_cookie()


def _by_cookie() -> str:
    if get_script_run_ctx(suppress_warning=True) is None:
        return ""
    return browser_of(st.context.cookies.get(BROWSER_COOKIE))


def is_here(session: str) -> bool:
    """Tell whether a session's window is open, or was until a moment ago."""
    return runtime.exists() and runtime.get_instance().is_active_session(session)
