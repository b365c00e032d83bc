"""Administration: who is signed in, and the audit log."""

from __future__ import annotations

import streamlit as st

from pages.ui import administration_cards
from pages.ui.page_frame import show_page


def page() -> None:
    people, log = st.columns([0.38, 0.62])
    with people:
        administration_cards.people()
    with log:
        administration_cards.audit_log()


show_page(page)
