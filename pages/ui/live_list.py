"""Card of the Recordings page with the live streams that the server takes."""

from __future__ import annotations

from typing import Final

import streamlit as st

from ecg_core.live.secret import has_token
from pages.services.live_streams import LIVE, StreamStatus
from pages.services.wording import duration, shown
from pages.ui.markup import head, literal, notice, quiet

_LOOK_AGAIN_S: Final = 3.0
_SELECTED: Final = "chosen_live_stream"


def live_streams() -> None:
    """Draw the card; nothing where the server takes no streams and has none."""
    if has_token() or LIVE.listed():
        _card()


def pop_selected_stream() -> str | None:
    """Return the reference of the stream that was clicked, once."""
    rec: str | None = st.session_state.pop(_SELECTED, None)
    return rec


# Rows are plain buttons, whose clicks a fragment takes by itself.
@st.fragment(run_every=_LOOK_AGAIN_S)
def _card() -> None:
    with st.container(key="card_live"):
        head("Live streams", "a demonstration, not a monitor")
        streams = LIVE.listed()
        if not streams:
            quiet("No stream has been sent since the server was started. The command replay sends one.")
        for stream in streams:
            _row(stream)


def _row(stream: StreamStatus) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"live_row_{stream.rec.partition('/')[2]}"):
        name, ready = literal(shown(stream.name)), stream.analysed_s > 0
        if st.button(name, key=f"open_{stream.rec}", type="tertiary", disabled=not ready):
            st.session_state[_SELECTED] = stream.rec
            st.rerun()
        quiet(_state_text(stream) if ready else "not enough signal yet")
        if stream.problem is not None:
            notice(stream.problem, problem=True, small=True)


def _state_text(stream: StreamStatus) -> str:
    states = {"live": "live", "stopped": f"no signal for {stream.silent_s:.0f} s", "ended": "ended"}
    more = "" if not stream.n_notices else f" · {stream.n_notices} irregularities"
    if stream.n_notices == 1:
        more = " · 1 irregularity"
    return f"{states[stream.state]} · {duration(stream.received_s)}{more}"
