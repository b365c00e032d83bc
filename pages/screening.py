"""Screening: many recordings at once, the most urgent first, each judged by a key."""

from __future__ import annotations

import streamlit as st

from pages.services.accounts import Action, acting
from pages.ui import page_frame, screening_controls, screening_disagreement, screening_sample, screening_table
from pages.ui.markup import notice


def page() -> None:
    if not acting().may(Action.READ):
        notice("Your role opens no patients' recordings.")
        return
    known = screening_controls.controls()
    if known is None:
        return
    ranking, montage, disagreement, sample, changes = st.tabs(
        ["Ranking", "Montage", "Disagreement", "How far to trust it", "Changes"]
    )
    with ranking:
        screening_table.ranking(known)
    with montage:
        screening_table.montage(known)
    with disagreement:
        screening_disagreement.disagreement(known)
    with sample:
        screening_sample.sample(known)
    with changes:
        screening_sample.changes(known)


page_frame.show_page(page)
