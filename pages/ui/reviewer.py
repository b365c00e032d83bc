"""Name of the person who reads in this session."""

from __future__ import annotations

from typing import Final

import streamlit as st

from pages.services.accounts import acting
from pages.services.tokens import DEFAULT_REVIEWER_NAME, reviewer_name

_KEPT: Final = "reviewer_name"
_TYPED: Final = "reviewer_typed"


def reviewer() -> str:
    """Return the account's name; without sign-in the one typed here or in this browser's desk, or none."""
    name: str = acting().name or st.session_state.get(_KEPT, "")
    return name


def keep_reviewer(name: str, *, typed: bool = False) -> None:
    """Remember the name of the person.

    Parameters
    ----------
    name : str
        As they typed it.
    typed : bool
        Whether it was typed on this page, so that the browser is to remember it, too.
    """
    kept = reviewer_name(name) if name.strip() else ""
    st.session_state[_KEPT] = "" if kept == DEFAULT_REVIEWER_NAME else kept
    if typed:
        st.session_state[_TYPED] = n_typed() + 1


def n_typed() -> int:
    """Return how often a name was typed in this session."""
    n: int = st.session_state.get(_TYPED, 0)
    return n
