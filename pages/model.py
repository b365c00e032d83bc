"""Model: the classifier's card, all models compared on the recording on screen, guided explanations."""

from __future__ import annotations

from ecg_core.classification.model import load_model
from pages.ui import model_comparison, model_guides, model_parts
from pages.ui.model_card import card_page
from pages.ui.page_frame import show_page


def page() -> None:
    part = model_parts.choose_part()
    if part == model_parts.COMPARED:
        model_comparison.draw()
    elif part == model_parts.GUIDED:
        model_guides.draw()
    else:
        card_page(load_model())


show_page(page)
