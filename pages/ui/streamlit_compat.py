"""Streamlit's internals that the dashboard relies on; all uses of them are here.

None of this is Streamlit's public interface, so a minor version may change it. `KNOWN_MINORS` lists the versions in
which it was looked at; ``requirements.txt`` allows no others. To add one: install it, run
``tests/pages/test_streamlit_compat.py`` and ``tests/browser``, add it here and to the requirement.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Final

import streamlit as st
from streamlit import logger as streamlit_logger
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx, script_runner

KNOWN_MINORS: Final = ("1.67",)
"""Minor versions of Streamlit that are known to work."""

HEALTH_PATH: Final = "/_stcore/health"
UPLOAD_PATH: Final = re.compile(r"/_stcore/upload_file/(?P<session>[^/]+)/[^/]+$")
"""Where Streamlit receives uploads; ``session`` is the id of the window's session."""

_KERAS_CLEANER: Final = "_clean_problem_modules"
_CONSOLE_HANDLER: Final = "streamlit_console_handler"
_INLINE_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def session_id() -> str:
    """Return the id of the session (a browser window) that this script runs for; empty outside of one."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context is not None else ""


def is_active_session(session: str) -> bool:
    """Tell whether a session's window is connected, or was until a moment ago."""
    return runtime.exists() and runtime.get_instance().is_active_session(session)


def uploaded_bytes() -> dict[str, int]:
    """Return the bytes of uploaded files that Streamlit keeps in memory for each session."""
    if not runtime.exists():
        return {}
    kept = getattr(runtime.get_instance().uploaded_file_mgr, "file_storage", {})
    # Copies: a session may end meanwhile.
    return {session: sum(len(file.data) for file in list(files.values())) for session, files in list(kept.items())}


def inline_scripts() -> list[str]:
    """Return the scripts that stand in Streamlit's page itself."""
    page = Path(st.__file__).parent / "static" / "index.html"
    try:
        return _INLINE_SCRIPT.findall(page.read_text(encoding="utf-8"))
    except OSError:
        return []


def log_through(handler: logging.Handler) -> None:
    """Let Streamlit's loggers write through a handler, also those that it sets up later.

    Parameters
    ----------
    handler : Handler
        Takes the place of Streamlit's console handler.
    """

    def take_over(logger: logging.Logger) -> None:
        own = getattr(logger, _CONSOLE_HANDLER, None)
        if own is not None:
            logger.removeHandler(own)
        # Streamlit's loggers do not propagate.
        if handler not in logger.handlers:
            logger.addHandler(handler)
        setattr(logger, _CONSOLE_HANDLER, handler)

    streamlit_logger.setup_formatter = take_over
    streamlit_logger.update_formatter()


def keep_keras_session() -> None:
    """Stop Streamlit from clearing the Keras session after each run of a page; may be called repeatedly.

    ``keras.backend.clear_session()`` forgets the names given so far while another thread builds a network (which then
    fails on a name used twice), drops TensorFlow's compiled kernels, and collects all garbage: 0.4 s for each click.
    Networks here are built once and kept, so there is nothing to clear.
    """
    if hasattr(script_runner, _KERAS_CLEANER):
        setattr(script_runner, _KERAS_CLEANER, _clean_nothing)


def _clean_nothing() -> None:
    """Replace Streamlit's `_clean_problem_modules`."""
