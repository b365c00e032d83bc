"""Parts of the page Model: the card, the models compared, guided explanations."""

from __future__ import annotations

from typing import Final

import streamlit as st

CARD: Final = "Card"
COMPARED: Final = "Models compared"
GUIDED: Final = "Guided explanations"
PARTS: Final = (CARD, COMPARED, GUIDED)

_SHOWN: Final = "model_part_shown"
_CHOSEN: Final = "model_part"
_PARAM: Final = "part"
_IN_ADDRESS: Final = {"compared": COMPARED, "guided": GUIDED}


def show_part(part: str) -> None:
    """Show a part with the next run of the page.

    Parameters
    ----------
    part : str
        One of `PARTS`.
    """
    st.session_state[_SHOWN] = part
    st.session_state.pop(_CHOSEN, None)


def choose_part() -> str:
    """Draw the choice between the parts and return the one to show; an address may ask for one."""
    asked = _IN_ADDRESS.get(st.query_params.get(_PARAM, ""))
    if asked is not None:
        del st.query_params[_PARAM]
        show_part(asked)
    shown = st.session_state.get(_SHOWN, CARD)
    chosen = st.segmented_control(
        "Part of the page", PARTS, default=shown, key=_CHOSEN, label_visibility="collapsed", required=True
    )
    st.session_state[_SHOWN] = chosen
    return str(chosen)
