"""Model: the classifier's card (data, protocol, figures, limits); all models compared on the recording on screen."""

from __future__ import annotations

from ecg_core.classification.model import load_model
from pages.ui import model_comparison, model_parts
from pages.ui.model_card import card_page
from pages.ui.page_frame import show_page


def page() -> None:
    if model_parts.choose_part() == model_parts.COMPARED:
        model_comparison.draw()
    else:
        card_page(load_model())


show_page(page)
