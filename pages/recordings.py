"""Recordings: the worklist, and below it what comes into it: demos, a local folder, uploads, records of PhysioNet."""

from __future__ import annotations

import streamlit as st

from pages.services.accounts import TEACHING, Action, acting
from pages.ui import live_list, page_frame, recording_lists, sign_in_return, state, table_dialog
from pages.ui.markup import notice
from pages.ui.worklist_open import go_to_review
from pages.ui.worklist_panel import pop_item_to_open, worklist_panel


def page() -> None:
    if not acting().may(Action.READ, TEACHING):
        notice("Your role opens no recordings.")
        return
    if acting().is_signed_in:
        sign_in_return.return_to_address()
    may_read = acting().may(Action.READ)
    filled = False
    if may_read:
        if pop_item_to_open():
            go_to_review()
        filled = worklist_panel()
    stream = live_list.pop_selected_stream()  # before its card is drawn, which runs the page until it was taken
    left, right = st.columns([0.68, 0.32])
    with right:
        if may_read:
            recording_lists.upload()
        recording_lists.physionet()
    with left:
        if may_read:
            live_list.live_streams()
        recording_lists.demos(expanded=not filled)
        recording_lists.uploads_and_downloads()
        if may_read:
            recording_lists.folder()
    wanted = recording_lists.pop_table_needing_layout()
    if wanted is not None:
        table_dialog.ask(wanted)
    table_dialog.draw()
    rec = stream or recording_lists.pop_selected_recording() or table_dialog.pop_described_table()
    if rec is not None:
        state.open_recording(rec)
        go_to_review()


page_frame.show_page(page)
