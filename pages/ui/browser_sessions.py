"""Identity of the browser and of the window that a page runs for."""

from __future__ import annotations

import binascii
import hashlib
from typing import Final

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.services.middleware import BROWSER_COOKIE, browser_of

_COOKIE: Final = "_streamlit_xsrf"
"""Streamlit gives every browser one, whose token stays the same while the value around it changes."""


def browser() -> str:
    """Return the name of the browser that this script runs for, whatever windows it has; empty outside of a session.

    Without a cookie all of one address are one. This is who takes turns and whose limits count, and proves nothing:
    whoever throws the cookie away is somebody else, which is why there are limits for all together as well.
    """
    if get_script_run_ctx(suppress_warning=True) is None:
        return ""
    token = _token_of(str(st.context.cookies.get(_COOKIE, "")))
    name = token if token is not None else f"address {st.context.ip_address or 'here'}".encode()
    return hashlib.sha256(name).hexdigest()[:16]


def _token_of(cookie: str) -> bytes | None:
    """Return the token in a cookie, ``2|mask|masked token|time`` in hexadecimal; None if there is none."""
    parts = cookie.strip("\"'").split("|")
    if len(parts) != 4 or parts[0] != "2":
        return None
    try:
        mask, masked = binascii.a2b_hex(parts[1]), binascii.a2b_hex(parts[2])
    except (binascii.Error, ValueError):
        return None
    return bytes(byte ^ mask[at % len(mask)] for at, byte in enumerate(masked)) if mask and masked else None


def current() -> str:
    """Return the name of the session that this script runs for; empty outside of one."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context is not None else ""


def current_browser() -> str:
    """Return what stands for the browser of this script's window; empty where that is not known."""
    context = get_script_run_ctx(suppress_warning=True)
    return browser_of(st.context.cookies.get(BROWSER_COOKIE)) if context is not None else ""


def who_asks() -> tuple[str, str]:
    """Return the window and the browser that this script runs for; empty outside of one."""
    return current(), current_browser()


def is_here(session: str) -> bool:
    """Tell whether a session's window is open, or was until a moment ago."""
    return runtime.exists() and runtime.get_instance().is_active_session(session)
