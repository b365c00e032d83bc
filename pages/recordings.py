"""Recordings: pick one of the demos or of a local folder, upload one, or fetch one from PhysioNet."""

from __future__ import annotations

import streamlit as st

from pages.parts import frame, shelves, state, table_dialog


def page() -> None:
    left, right = st.columns([0.68, 0.32])
    with right:
        shelves.upload()
        shelves.physionet()
    with left:
        shelves.demos()
        shelves.brought()
        shelves.folder()
    wanted = shelves.to_be_told()
    if wanted is not None:
        table_dialog.ask(wanted)
    table_dialog.draw()
    rec = shelves.chosen() or table_dialog.told()
    if rec is not None:
        state.open_recording(rec)
        st.switch_page("pages/review.py", query_params=state.to_params(state.current()))


frame.show(page)
