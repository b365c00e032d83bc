"""Who looks at a page, as far as the server can tell: one browser window, by Streamlit's name for its session."""

from __future__ import annotations

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.api.guard import BROWSER_COOKIE, browser_of


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
