"""Model: the classifier's card: data, protocol, figures, limits."""

from __future__ import annotations

from ecg_core.classification.model import load_model
from pages.parts.frame import show
from pages.parts.model_card import card_page


def page() -> None:
    card_page(load_model())


show(page)
