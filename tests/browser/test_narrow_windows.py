"""Every page fits the window, in the light and in the dark."""

from __future__ import annotations

import re

import pytest
from driving import PAGES, NewWindow
from playwright.sync_api import expect


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_window_of_900(window: NewWindow, scheme: str) -> None:
    dashboard = window(viewport={"width": 900, "height": 900}, color_scheme=scheme)
    page = dashboard.page
    dashboard.open("review", rec="demo/demo_12lead").strip_shown().beats_found()
    dashboard.classified()
    for name in PAGES:
        dashboard.go(name)
        if name == "Explain":
            expect(page.locator(".js-plotly-plot")).to_be_visible()
        wide = page.evaluate(
            "() => [document.scrollingElement, document.querySelector('[data-testid=stMain]')]"
            ".map((box) => box.scrollWidth - box.clientWidth)"
        )
        assert wide == [0, 0], name
        text = page.locator(".stApp").evaluate("app => getComputedStyle(app).color")
        brightness = sum(map(int, re.findall(r"\d+", text)[:3])) / 3
        assert (brightness > 128) == (scheme == "dark"), name


@pytest.mark.parametrize("width", [720, 900])
def test_words_of_tables_stay_whole_beside_and_below_maps(window: NewWindow, width: int) -> None:
    dashboard = window(viewport={"width": width, "height": 900})
    page = dashboard.page
    dashboard.open("review", rec="demo/demo_12lead").strip_shown().beats_found()
    dashboard.classified()
    for name, place in (("Explain", ".st-key-card_probabilities td"), ("Model", ".rs-table td")):
        dashboard.go(name)
        cell = page.locator(place).filter(has_text="supraventricular")
        expect(cell.first).to_be_visible()
        lines = cell.first.evaluate(
            "cell => { const range = document.createRange(); const text = cell.firstChild;"
            " range.setStart(text, 0); range.setEnd(text, 'supraventricular'.length);"
            " return range.getClientRects().length; }"
        )
        assert lines == 1, name
