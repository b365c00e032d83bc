"""Page frame: style, header, disclaimer, and display of known errors."""

from __future__ import annotations

import runpy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Final

import streamlit as st

from ecg_core.errors import ModelError, RecordingError, ReportError, ReviewError, SourceError
from pages.services.accounts import Account, acting_as
from pages.services.job_executor import acting_for
from pages.ui import browser_sessions
from pages.ui.account_menu import account_menu
from pages.ui.markup import notice

_ROOT: Final = Path(__file__).resolve().parents[2]
_STYLE: Final = _ROOT / "assets" / "style.css"
_ROUTER: Final = _ROOT / "app.py"
_router = threading.local()
_STANDING: Final = "standing"


def draw() -> None:
    """Draw the style and the header's name."""
    st.html(_STYLE)
    st.html('<div class="rs-brand">Rhythmoscope</div>')


def draw_standing() -> None:
    """Draw what stands at the header's right: device and model once they computed something, and the reminder."""
    wide = st.session_state.get(_STANDING, "")
    st.html(
        f'<div class="rs-standing"><span class="rs-wide">{escape(wide)}</span>decision support, not a diagnosis</div>'
    )


def show_model_and_device(model: str | None, device: str | None) -> None:
    """Show model and device in the header.

    Parameters
    ----------
    model : str or None
        Name of the model.
    device : str or None
        Name of the device.
    """
    text = " · ".join([part for part in (device, f"model {model}" if model else None) if part])
    st.session_state[_STANDING] = f"{text} · " if text else ""


@contextmanager
def around_page(account: Account) -> Iterator[None]:
    """Run a page inside the frame, for an account; a known problem is shown as its sentence and the app goes on."""
    _router.active = True
    draw()
    try:
        owner = browser_sessions.browser() if account.roles else ""
        with known_problems(), acting_as(account), acting_for(owner):
            yield
    finally:
        _router.active = False
    draw_standing()
    account_menu(account)


@contextmanager
def known_problems() -> Iterator[None]:
    """Show a known problem as its sentence; for fragments, which run by themselves."""
    try:
        yield
    except (RecordingError, ModelError, ReportError, ReviewError, SourceError) as error:
        notice(str(error), problem=True)


def show_page(page: Callable[[], None]) -> None:
    """Show a page; every page script ends with this.

    Until the router ran for the first time in a process, Streamlit takes the folder ``pages`` for a multipage app
    of its older kind: whoever opens a link such as ``/review`` first gets the bare page script. It then hands
    over to the router.
    """
    if getattr(_router, "active", False):
        page()
    else:
        runpy.run_path(str(_ROUTER), run_name="__main__")
