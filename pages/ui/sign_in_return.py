"""The way back to the address that a person had opened before they signed in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st

_SCRIPT: Final = Path(__file__).resolve().parents[2] / "assets" / "sign_in" / "return.js"


def keep_address() -> None:
    """Keep the address of this page in its window until the person has signed in."""
    _component()(key="sign_in_keep", data={"signedIn": False})


def return_to_address() -> None:
    """Open the address that was kept, once; for the front page, to which a provider comes back."""
    _component()(key="sign_in_return", data={"signedIn": True})


@cache
def _component() -> Any:
    return st.components.v2.component("rhythmoscope.sign_in_return", js=_SCRIPT.read_text(encoding="utf-8"))
