"""Model: the classifier's card: data, protocol, figures, limits."""

from __future__ import annotations

from ecg_core.classification.model import load_model
from pages.ui.model_card import card_page
from pages.ui.page_frame import show_page


def page() -> None:
    card_page(load_model())


show_page(page)
