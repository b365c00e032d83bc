"""Paging, links, and a view that stays while a person moves between pages."""

from __future__ import annotations

import pytest
from driving import Dashboard, NewWindow
from playwright.sync_api import expect


def test_arrow_keys_and_buttons_turn_pages(dashboard: Dashboard) -> None:
    keyboard = dashboard.open("review", rec="demo/demo_sinus").strip_shown().page.keyboard
    expect(dashboard.span).to_have_text("00:00:00 – 00:00:10")
    expect(dashboard.page.get_by_role("button", name="‹ page")).to_be_disabled()
    keyboard.press("ArrowRight")
    expect(dashboard.span).to_have_text("00:00:10 – 00:00:20")
    dashboard.expect_address(t="10")
    for _ in range(5):  # quicker than signal comes: none may be lost, none counted twice
        keyboard.press("ArrowRight")
    dashboard.expect_address(t="60")
    expect(dashboard.span).to_have_text("00:01:00 – 00:01:10")
    keyboard.press("ArrowLeft")
    dashboard.expect_address(t="50")
    dashboard.page.get_by_role("button", name="page ›").click()
    dashboard.expect_address(t="60")
    expect(dashboard.span).to_have_text("00:01:00 – 00:01:10")


def test_the_last_page_ends_with_the_recording(dashboard: Dashboard) -> None:
    dashboard.open("review", rec="demo/demo_sinus", t=285).strip_shown()
    dashboard.page.keyboard.press("ArrowRight")
    expect(dashboard.span).to_have_text("00:04:50 – 00:05:00")
    expect(dashboard.page.get_by_role("button", name="page ›")).to_be_disabled()


def test_the_address_of_one_window_opens_the_same_place_in_another(window: NewWindow) -> None:
    first = window().open("review", rec="demo/demo_pvc").strip_shown().beats_found()
    page = first.page
    page.get_by_label("Go to a time").fill("0:01:25")
    page.get_by_label("Go to a time").press("Enter")
    expect(first.letters.first).to_be_visible()
    sample = first.select_other(first.letters.nth(6).click).get_attribute("data-sample")
    first.expect_address(beat=str(sample))

    other = window().open(page.url.removeprefix(f"{first.server.url}/")).strip_shown("demo_pvc").beats_found()
    expect(other.span).to_have_text(first.span.inner_text())
    expect(other.selected).to_have_attribute("data-sample", str(sample))


def test_the_place_stays_while_a_person_moves_between_pages(dashboard: Dashboard) -> None:
    dashboard.open("review", rec="demo/demo_12lead").strip_shown().beats_found()
    dashboard.page.keyboard.press("ArrowRight")
    dashboard.page.keyboard.press("ArrowRight")
    dashboard.select_other(lambda: dashboard.page.keyboard.press("Shift+ArrowRight"))
    dashboard.expect_address(t="20", beat=str(dashboard.chosen_sample()))
    before = dashboard.address()
    for name in ("Model", "About", "Recordings"):
        dashboard.go(name)
    dashboard.go("Review").strip_shown("demo_12lead")
    expect(dashboard.span).to_have_text("00:00:20 – 00:00:30")
    dashboard.expect_address(**before)


def test_back_leads_to_the_page_a_person_came_from(dashboard: Dashboard) -> None:
    page = dashboard.open().page
    dashboard.choose("demo_sinus").strip_shown("demo_sinus")
    page.keyboard.press("ArrowRight")
    dashboard.expect_address(t="10")
    dashboard.go("Recordings").choose("demo_af").strip_shown("demo_af").settled()
    page.go_back()
    expect(page.locator(".picklist .name").first).to_be_visible()
    page.go_forward()
    dashboard.strip_shown("demo_af")


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"rec": "demo/no_such"}, "demo/no_such is not here"),
        ({"rec": "demo/../../etc/passwd"}, "names no recording"),
        ({"rec": "upload/AbC/100"}, "This upload is no longer here"),
        ({"rec": "physionet/mitdb/100"}, "mitdb/100 has not been fetched from PhysioNet"),
        ({"rec": "<img src=x onerror=alert(1)>"}, "<img src=x onerror=alert(1)> names no recording"),
    ],
)
def test_a_link_to_nothing_says_so_in_one_sentence(dashboard: Dashboard, params: dict[str, str], said: str) -> None:
    dashboard.open("review", **params)
    expect(dashboard.page.get_by_role("alert")).to_contain_text(said)
    expect(dashboard.page.get_by_role("alert")).to_have_count(1)
    dashboard.go("Recordings").choose("demo_sinus")


def test_a_link_with_nonsense_in_it_opens_what_can_be_opened(dashboard: Dashboard) -> None:
    nonsense = {"t": "1e309", "beat": "٣", "target": "X", "leads": "99,a", "ref": "yes"}
    dashboard.open("review", rec="demo/demo_sinus", **nonsense).strip_shown("demo_sinus")
    expect(dashboard.span).to_have_text("00:00:00 – 00:00:10")
    expect(dashboard.page.locator(".desk .sh-lead")).to_have_text(["MLII", "V1", "V5"])
