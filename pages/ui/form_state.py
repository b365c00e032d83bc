"""Values of the fields of the report's form in a session, and which saved version they belong to."""

from __future__ import annotations

from typing import Final

import streamlit as st

FIELD: Final = "report_field_"
"""Prefix of the keys of fields whose values are kept with the report."""

_SHOWN: Final = "report_shown"


def value_of(name: str, kept: str) -> str:
    """Give a field the value that is kept, unless a person has changed it since it was drawn; return the field's key.

    What the program wrote follows the analysis: a text that nobody has touched never passes for a person's.

    Parameters
    ----------
    name : str
        Of the field.
    kept : str
        Value that is kept with the report, or that the program drafts.
    """
    key, drawn = f"{FIELD}{name}", f"{FIELD}drawn_{name}"
    untouched = key not in st.session_state or st.session_state[key] == st.session_state.get(drawn)
    # What is set again, though it is the same, would take what somebody is typing off the screen.
    if untouched and st.session_state.get(key) != kept:
        st.session_state[key] = kept
    st.session_state[drawn] = kept
    return key


def forget_form() -> None:
    """Forget the fields of the session, so that they show what is kept."""
    for key in [key for key in st.session_state if str(key).startswith(FIELD)]:
        del st.session_state[key]
    st.session_state.pop(_SHOWN, None)


def changed_by_others(shown: tuple[str, int, int]) -> bool:
    """Tell whether somebody else saved the report since this session drew it; the fields then show what is kept.

    Parameters
    ----------
    shown : tuple of (str, int, int)
        Recording, version, and how often it was saved.
    """
    before = st.session_state.get(_SHOWN)
    if before == shown:
        return False
    forget_form()
    note_shown(shown)
    return before is not None and before[0] == shown[0]


def note_shown(shown: tuple[str, int, int]) -> None:
    """Note which saved version the fields of the session show; see :func:`changed_by_others`."""
    st.session_state[_SHOWN] = shown
