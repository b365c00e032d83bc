"""What surrounds every page: style, name, standing reminder, and the last stop of known problems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Final

import streamlit as st

from ecg_core.errors import ModelError, RecordingError, SourceError
from pages.parts.markup import notice

_STYLE: Final = Path(__file__).resolve().parents[2] / "assets" / "style.css"
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


def say_what_computed(model: str | None, device: str | None) -> None:
    """Name model and device in the header."""
    text = " · ".join([part for part in (device, f"model {model}" if model else None) if part])
    st.session_state[_STANDING] = f"{text} · " if text else ""


@contextmanager
def known_problems() -> Iterator[None]:
    """Show a known problem as its sentence; the app goes on."""
    try:
        yield
    except (RecordingError, ModelError, SourceError) as error:
        notice(str(error), problem=True)
