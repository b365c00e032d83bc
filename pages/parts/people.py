"""Who looks at a page, as far as the server can tell: one browser window, by Streamlit's name for its session."""

from __future__ import annotations

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx


def current() -> str:
    """Return the name of the session that this script runs for; empty outside of one."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context is not None else ""


def is_here(session: str) -> bool:
    """Tell whether a session's window is open, or was until a moment ago."""
    return runtime.exists() and runtime.get_instance().is_active_session(session)
