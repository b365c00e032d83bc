"""Recordings: pick one of the demos or of a local folder, upload one, or fetch one from PhysioNet."""

from __future__ import annotations

import streamlit as st

from pages.ui import page_frame, recording_lists, state, table_dialog


def page() -> None:
    left, right = st.columns([0.68, 0.32])
    with right:
        recording_lists.upload()
        recording_lists.physionet()
    with left:
        recording_lists.demos()
        recording_lists.uploads_and_downloads()
        recording_lists.folder()
    wanted = recording_lists.pop_table_needing_layout()
    if wanted is not None:
        table_dialog.ask(wanted)
    table_dialog.draw()
    rec = recording_lists.pop_selected_recording() or table_dialog.pop_described_table()
    if rec is not None:
        state.open_recording(rec)
        st.switch_page("pages/review.py", query_params=state.to_params(state.current()))


page_frame.show_page(page)
