"""Everybody can use it: narrow and enlarged windows, the keyboard alone, and what axe-core finds (WCAG 2 A and AA)."""

from __future__ import annotations

import json
import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from conftest import NewDesk
from playwright.sync_api import expect
from synthetic_patients import HOLTER, Desk

# Nothing is left out, neither of ours nor of Streamlit's and plotly's.
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa"]}, "resultTypes": ["violations"]}
HOST = '[data-testid="stBidiComponentIsolated"]'
TABS = ("Families", "Full disclosure", "RR intervals", "Search")
SIZES = {"900 px": {"width": 900, "height": 900}, "200 %": {"width": 720, "height": 450}}


def violations(desk: Desk, within: str | None = None) -> list[str]:
    """Run axe-core over what is on screen, or over a part of the desk; each violation with where it is and why."""
    page = desk.page
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(AXE_SCRIPT)
    # Axe reads colours as they are: not in the middle of a transition.
    page.evaluate("() => Promise.all(document.getAnimations().map((each) => each.finished.catch(() => {})))")
    part = f"{json.dumps({'fromShadowDom': [HOST, within]})}, " if within else ""
    found = page.evaluate(f"() => axe.run({part}{json.dumps(RULES)})")["violations"]
    return [
        f"{violation['id']}: {node['target']} {node['html'][:160]} {node['failureSummary'][:300]}"
        for violation in found
        for node in violation["nodes"]
    ]


def assert_accessible(desk: Desk, where: str, within: str | None = None) -> None:
    found = violations(desk, within)
    assert not found, f"{where}:\n" + "\n".join(found)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_desk(desks: NewDesk, scheme: str) -> None:
    desk = desks(color_scheme=scheme)
    desk.review(HOLTER)
    page = desk.page
    assert_accessible(desk, "as it opens")
    desk.press("]", "d", ".")
    desk.selected.wait_for()
    desk.page.keyboard.down("Shift")
    desk.letters.last.click()
    desk.page.keyboard.up("Shift")
    expect(page.get_by_role("region", name="Chosen beats")).to_be_visible()
    assert_accessible(desk, "an event marked, beats chosen")
    for tab in TABS:
        panel = desk.tab(tab)
        panel.scroll_into_view_if_needed()
        if tab == "Families":
            panel.locator(".family-card").first.click()
        expect(panel.locator(".plot-waiting:visible")).to_have_count(0)
        assert_accessible(desk, f"a beat chosen, {tab}", ".tabs-card")
    desk.press("Escape", "c")
    expect(page.locator(".desk .sh-calipers")).to_be_visible()
    assert_accessible(desk, "calipers", ".sheet-card")
    desk.press("Escape", "a")
    assert_accessible(desk, "adding a beat", ".sheet-card")
    desk.press("Escape")
    for menu in ("Paper speed", "Layout", "Leads", "Filters"):
        desk.page.locator(".desk .sh-menu", has=page.get_by_role("menu", name=menu, include_hidden=True)).locator(
            ".sh-open"
        ).click()
        expect(page.get_by_role("menu", name=menu)).to_be_visible()
        assert_accessible(desk, f"menu {menu}", ".sheet-card")
        desk.press("Escape")
    page.get_by_role("button", name="Files").click()
    assert_accessible(desk, "menu of files", ".tools")
    page.get_by_role("menuitem", name="Export: Signal").click()
    expect(page.get_by_role("dialog", name="Export signal")).to_be_visible()
    assert_accessible(desk, "export of signal", "dialog[open]")
    desk.press("Escape")
    page.locator(".desk .sh-paper").focus()
    desk.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert_accessible(desk, "keys", "dialog[open]")
    desk.press("Escape")
    desk.choose_from("Layout", "true to paper")
    expect(page.get_by_role("dialog", name="True scale")).to_be_visible()
    assert_accessible(desk, "true scale", "dialog[open]")
    desk.press("Escape")
    desk.tab("Families")
    page.locator(".desk .sh-paper").focus()
    desk.press("u")
    desk.saved()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_other_pages(desks: NewDesk, scheme: str) -> None:
    desk = desks(color_scheme=scheme)
    desk.review("ada").press(".")
    desk.selected.wait_for()
    desk.expect_address(beat=str(desk.chosen_sample()))
    for name in ("Report", "Explain", "Model", "About", "Recordings"):
        desk.go(name)
        if name == "Report":
            expect(desk.page.get_by_text(re.compile("^Page 1 of")).first).to_be_visible()
            desk.settled()
        if name == "Explain":
            expect(desk.page.get_by_text(re.compile("^Where the network looked for"))).to_be_visible()
            expect(desk.page.locator(".js-plotly-plot").first).to_be_visible()
            desk.settled()
        assert_accessible(desk, name)


@pytest.mark.parametrize("size", list(SIZES))
def test_everything_is_within_reach_of_a_narrow_window(desks: NewDesk, size: str) -> None:
    desk = desks(viewport=SIZES[size])
    desk.review("ada")
    page = desk.page

    def assert_fits(where: str) -> None:
        wide = page.evaluate(
            "() => [document.scrollingElement, document.querySelector('[data-testid=stMain]')]"
            ".map((box) => box.scrollWidth - box.clientWidth)"
        )
        assert wide == [0, 0], where
        # Nothing that can be pressed lies outside, but in a list that is scrolled by itself.
        outside = page.locator(".desk").evaluate(
            "desk => [...desk.querySelectorAll('button, input, select, [tabindex=\"0\"]')].filter((node) => {"
            " const { left, right, width } = node.getBoundingClientRect();"
            " return width && !node.closest('.scroller, .sh-letters, .sh-calipers, [hidden]')"
            " && (left < -1 || right > innerWidth + 1); }).map((node) => node.outerHTML.slice(0, 120))"
        )
        assert not outside, f"{where}: {outside}"

    assert_fits("as it opens")
    desk.press("]", ".")
    desk.selected.wait_for()
    for tab in TABS:
        desk.tab(tab).scroll_into_view_if_needed()
        assert_fits(tab)
    panel = desk.tab("Families")
    panel.locator(".family-card").first.click()
    panel.get_by_role("button", name="choose its beats").click()
    expect(page.get_by_role("region", name="Chosen beats")).to_be_visible()
    assert_fits("a family chosen")
    for control in ("Explain", "delete", "add"):
        button = page.locator(".desk .inspector").get_by_role("button", name=control, exact=True)
        button.scroll_into_view_if_needed()
        button.click(trial=True)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Files").click()
    expect(page.get_by_role("menu", name="Files")).to_be_visible()
    assert_fits("files")
    page.keyboard.press("Escape")
    desk.choose_from("Layout", "3 rows")
    expect(page.locator(".desk .sh-rows canvas")).to_have_count(3)
    assert_fits("three rows")
    desk.paper.focus()
    desk.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert_fits("keys")
    page.get_by_role("button", name="Close").click()
    for name in ("Report", "Explain", "Model", "About", "Recordings"):
        desk.go(name)
        if name == "Report":
            expect(desk.page.get_by_text(re.compile("^Page 1 of")).first).to_be_visible()
            desk.settled()
        assert page.evaluate("() => document.scrollingElement.scrollWidth - innerWidth") <= 0, name


def test_the_desk_is_read_and_corrected_by_keyboard_alone(desk: Desk) -> None:
    desk.review("cleo")
    page = desk.page
    n_before = desk.counts()

    def focus(within: str, most: int = 60, key: str = "Tab") -> None:
        """Press Tab until the focus is there; it is always to be seen where it is."""
        for _ in range(most):
            page.keyboard.press(key)
            inside = page.evaluate(
                "within => { let node = document.activeElement;"
                " while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;"
                " return Boolean(node?.matches?.(within)); }",
                within,
            )
            if inside:
                return
        raise AssertionError(f"{within} is not reached by {key}")

    focus(".desk .sh-paper")
    ring = desk.paper.evaluate("node => { const s = getComputedStyle(node); return s.outlineStyle + s.boxShadow; }")
    assert ring != "nonenone"
    desk.select_other(lambda: desk.press("ArrowDown"))
    desk.press("End")
    desk.until(lambda: desk.start_s() > 280)
    desk.press("Home")
    desk.until(lambda: desk.start_s() == 0)
    for _ in range(40):
        desk.select_other(lambda: desk.press("."))
        if desk.selected.inner_text() == "V":
            break
    desk.press("s")
    desk.expect_counts(V=n_before["V"] - 1, S=n_before["S"] + 1)
    desk.press("u")
    desk.expect_counts(**n_before)

    desk.press("Escape")  # then Tab leaves the strip
    focus('.desk [role="tab"]')
    desk.press("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft")
    expect(page.get_by_role("tab", name="Families")).to_be_focused()
    focus(".desk .family-card")
    desk.press("ArrowRight", "Enter")
    expect(page.locator(".desk .family-card").nth(1)).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("button", name="split", exact=True)).to_be_enabled()
    focus('.desk [role="listbox"][aria-label^="Events"]')
    at_s = desk.start_s()
    desk.press("ArrowDown", "Enter")
    desk.until(lambda: desk.start_s() != at_s)
    expect(desk.event).to_have_count(1)
    desk.press("d")
    expect(desk.event).to_have_class(re.compile("seen"))
    desk.press("/")
    expect(page.get_by_role("button", name=re.compile("^Class N"))).to_be_focused()
    desk.press("Tab", "Tab", "Enter")
    expect(page.locator(".desk .search-actions .count")).to_have_text(f"{n_before['V']} beats")
    focus('.desk [aria-label="Beats found"]')
    desk.press("Home")
    desk.select_other(lambda: desk.press("Enter"))
    expect(desk.selected).to_have_text("V")
    focus(".desk .sh-paper", key="Shift+Tab")
    desk.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    desk.press("Escape")
    expect(dialog).to_be_hidden()
    expect(desk.paper).to_be_focused()
    desk.press("u")
    expect(desk.undo_button).to_have_attribute("aria-disabled", "true")
    desk.saved()


def test_every_chart_is_told_in_words_and_the_figures_have_units(desk: Desk) -> None:
    desk.review(HOLTER)
    for tab in TABS:
        desk.tab(tab).scroll_into_view_if_needed()
    desk.tab("RR intervals")
    silent = (
        "desk => [...desk.querySelectorAll('canvas')].filter((node) => node.checkVisibility()"
        " && node.getAttribute('aria-hidden') !== 'true' && !/\\d/.test(node.getAttribute('aria-label') ?? ''))"
        ".map((node) => node.parentElement.className)"
    )
    desk.until(lambda: desk.page.locator(".desk").evaluate(silent) == [])
    assert re.fullmatch(r"\d+(\.\d)? %", desk.figure("V burden"))
    assert desk.figure("mean rate").endswith("bpm")
    assert desk.figure("longest RR").endswith("s")
    expect(desk.page.locator(".desk .live")).to_contain_text(re.compile(r"^1\d,\d{3} beats"))
