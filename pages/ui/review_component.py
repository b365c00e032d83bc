"""Streamlit component of the review desk: registers ``assets/desk`` and forwards its events."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st

from pages.services.accounts import acting
from pages.services.tokens import issue_token
from pages.services.workspace import OpenedRecording
from pages.ui import browser_sessions, state, table_dialog
from pages.ui.file_notes import show_file_notes
from pages.ui.markup import notice
from pages.ui.state import View
from pages.ui.streamlit_compat import session_id
from pages.ui.worklist_open import go_to_review, open_recording_of_worklist

API: Final = "/api/desk"

_ASSETS: Final = Path(__file__).resolve().parents[2] / "assets"
_EVENTS: Final = ("explain", "expired", "layout", "next")
_KEY: Final = "review_desk"


def show_review_component(opened: OpenedRecording, view: View) -> None:
    """Draw the desk of a recording; leaves where a person asks why a beat is what it is, or for the next recording.

    Parameters
    ----------
    opened : OpenedRecording
        The open recording.
    view : View
        Where to begin; what is on screen later lives in the browser, which keeps the address up to date.
    """
    show_file_notes(opened)
    data = {
        "api": _base(),
        "token": _token(opened),
        "rec": opened.rec,
        "start_s": view.start_s,
        "beat": view.beat,
        "reference": view.reference,
        "difference": view.difference,
        "version": hashlib.sha256(repr(opened.stamp).encode()).hexdigest()[:16],
        "loads": _loads(opened),
        "person": acting().name,
        "account": acting().key,
    }
    result = _component()(key=_KEY, data=data, **{f"on_{name}_change": _nothing for name in _EVENTS})
    if result.get("expired") and result["expired"] == data["token"]:
        state.keep_token(None)
        st.rerun()
    if result.get("next"):
        problem = open_recording_of_worklist(str(result["next"]))
        if problem is None:
            go_to_review()
        else:
            notice(problem, problem=True)
    if result.get("layout"):
        table_dialog.ask(opened.rec)
    table_dialog.draw(opened.rec)
    asked = result.get("explain")
    if asked:
        sample, start_s = asked
        changed = state.change(beat=int(sample), start_s=float(start_s), target=None)
        st.switch_page("pages/explain.py", query_params=state.to_params(changed))


def script() -> str:
    """Return the desk's ES module as `make desk` bundles it from ``assets/desk/src``."""
    return (_ASSETS / "desk" / "dist" / "desk.js").read_text(encoding="utf-8")


def style_sheet() -> str:
    """Return the desk's style: its own sheet, then those of the panels."""
    sheets = sorted((_ASSETS / "desk").glob("*.css"), key=lambda path: (path.name != "desk.css", path.name))
    return "\n".join(path.read_text(encoding="utf-8") for path in sheets)


def _token(opened: OpenedRecording) -> str:
    """Return this session's token for a recording; the same until another recording is opened or it expired."""
    kept = state.kept_token()
    if kept is not None and kept[:2] == (opened.stamp, opened.rec):
        return kept[2]
    token = issue_token(opened, session=session_id(), owner=browser_sessions.browser(), loads=_loads(opened))
    state.keep_token((opened.stamp, opened.rec, token))
    return token


def _loads(opened: OpenedRecording) -> bool:
    """Tell whether this session is that of the person who loaded the file."""
    source = opened.recording.source
    return source == "local" or (source == "upload" and state.uploaded_here(opened.rec))


def _base() -> str:
    below = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{below}{API}" if below else API


@cache
def _component() -> Any:
    return st.components.v2.component("rhythmoscope.desk", js=script(), css=style_sheet())


def _nothing() -> None:
    """Let the event be there for the run that it causes; the run itself takes it."""
