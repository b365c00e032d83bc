"""Nothing is changed out of sight, nameless or behind a colleague's back."""

from __future__ import annotations

import re

import pytest
from conftest import NewDesk
from playwright.sync_api import expect
from synthetic_patients import HOLTER, Desk


def test_a_key_never_changes_a_beat_off_screen(desk: Desk) -> None:
    desk.review("dora", t=20)
    before = desk.counts()
    sample = next(sample for sample, letter, _ in desk.shown()[2:] if letter == "N")
    desk.beat(sample).click()
    desk.go_to("0:03:00")
    desk.paper.focus()
    for key in ("f", "Delete", "m"):
        desk.press(key)
        expect(desk.beat(sample)).to_be_in_viewport()
        expect(desk.status).to_contain_text(re.compile("out of view.*again"))
        desk.expect_counts(**before)
        assert desk.undo_button.get_attribute("aria-disabled") == "true"
        desk.go_to("0:03:00")
        desk.paper.focus()
    desk.press("f")
    desk.press("f")
    expect(desk.beat(sample)).to_have_text("F")
    desk.expect_counts(F=before["F"] + 1, N=before["N"] - 1)

    # Undo goes to the place that it changes.
    desk.go_to("0:03:00")
    expect(desk.beat(sample)).to_have_count(0)
    desk.press("u")
    expect(desk.beat(sample)).to_have_text("N")
    desk.expect_counts(**before)

    # Of many beats the first is shown, and the same key again means all of them.
    panel = desk.tab("Search")
    panel.get_by_role("button", name=re.compile("^Class V")).click()
    panel.get_by_role("button", name="choose them all").click()
    desk.paper.focus()
    desk.press("q")
    expect(desk.status).to_contain_text(f"of the {before['V']} chosen beats are out of view")
    desk.expect_counts(**before)
    desk.press("q")
    desk.expect_counts(V=0, Q=before["Q"] + before["V"])
    desk.press("u")
    desk.expect_counts(**before)
    desk.saved()


def test_escape_releases_what_is_chosen(desk: Desk) -> None:
    desk.review("emma", t=20)
    before = desk.counts()
    desk.beat(desk.shown()[3][0]).click()
    expect(desk.selected).to_have_count(1)
    desk.press("Escape")
    expect(desk.selected).to_have_count(0)
    desk.press("v")
    expect(desk.status).to_contain_text("Choose a beat")
    assert desk.counts() == before


def test_the_first_edit_asks_for_a_name_and_cancelling_changes_nothing(desks: NewDesk) -> None:
    desk = desks(person=None).review("flora", t=20)
    before = desk.counts()
    prompt = desk.page.get_by_role("dialog", name="Your name")
    sample = desk.shown()[3][0]
    desk.beat(sample).click()
    for key in ("f", "Delete"):
        desk.press(key)
        expect(prompt).to_be_visible()
        desk.press("Escape")
        expect(prompt).to_be_hidden()
        desk.expect_counts(**before)
        expect(desk.beat(sample)).to_have_class(re.compile("chosen"))
    desk.press("]", "d")
    expect(prompt).to_be_visible()
    prompt.get_by_role("button", name="Cancel").click()
    expect(desk.event).not_to_have_class(re.compile("seen"))
    assert desk.undo_button.get_attribute("aria-disabled") == "true"

    desk.beat(desk.shown()[3][0]).click()
    desk.press("f")
    prompt.get_by_role("textbox", name="Name").fill("  Dr. Flora  Finch ")
    desk.press("Enter")
    expect(prompt).to_be_hidden()
    desk.expect_counts(F=before["F"] + 1)
    expect(desk.page.get_by_role("textbox", name="Reviewer")).to_have_value("Dr. Flora Finch")
    expect(desk.page.locator(".desk .inspector .beat-facts")).to_contain_text("last byDr. Flora Finch")
    desk.press("s")  # nobody is asked twice
    desk.expect_counts(F=before["F"], S=before["S"] + 1)
    desk.press("u", "u")
    desk.expect_counts(**before)
    desk.saved()


@pytest.mark.parametrize("keep", ["mine", "theirs"])
def test_two_tabs_on_one_beat(desks: NewDesk, keep: str) -> None:
    ann, ben = (desks(person=name).review("bea", t=200) for name in ("Ann", "Ben"))
    sample = ann.shown()[3][0]
    for tab in (ann, ben):
        tab.page.route("**/api/desk/changes*", lambda route: route.fulfill(status=204))  # neither hears of the other
        tab.beat(sample).click()
    ann.press("s")
    ann.saved()
    expect(ann.beat(sample)).to_have_text("S")
    expect(ben.beat(sample)).to_have_text("N")
    ben.press("f")
    for tab in (ann, ben):
        tab.page.unroute("**/api/desk/changes*")
    both = {"Ann": ann, "Ben": ben}
    for name, tab in both.items():
        conflict = tab.page.get_by_role("region", name="Conflicts")
        expect(conflict).to_contain_text(f"Ann{' (you)' if name == 'Ann' else ''}: S")
        expect(conflict).to_contain_text(f"Ben{' (you)' if name == 'Ben' else ''}: F")
        expect(tab.beat(sample)).to_have_text("F")
    ann.go_to("0:00:20")
    conflict = ann.page.get_by_role("region", name="Conflicts")
    conflict.get_by_role("button", name="Show").click()
    expect(ann.beat(sample)).to_have_class(re.compile("chosen"))
    conflict.get_by_role("button", name=f"Keep {keep}").click()
    for tab in both.values():
        expect(tab.page.get_by_role("region", name="Conflicts")).to_be_hidden()
        expect(tab.beat(sample)).to_have_text({"mine": "S", "theirs": "F"}[keep])
    ann.press("u")  # the choice is an edit like any other
    for tab in both.values():
        expect(tab.page.get_by_role("region", name="Conflicts")).to_be_visible()
    ann.press("u")
    for tab in both.values():
        expect(tab.page.get_by_role("region", name="Conflicts")).to_be_hidden()
    ben.press("u")
    for tab in both.values():
        expect(tab.beat(sample)).to_have_text("N")
    ben.saved()


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1440, 900), (900, 900), (390, 844)])
def test_what_is_chosen_anywhere_is_seen_on_the_strip(desks: NewDesk, width: int, height: int) -> None:
    desk = desks(viewport={"width": width, "height": height}).review(HOLTER)
    at_s = desk.start_s()
    desk.page.get_by_role("listbox", name="Events, most urgent first").scroll_into_view_if_needed()
    desk.events.nth(2).click()
    desk.until(lambda: desk.start_s() != at_s)
    expect(desk.paper).to_be_in_viewport(ratio=0.5)

    at_s = desk.start_s()
    stage = desk.tab("Full disclosure").locator(".disclosure-stage")
    expect(stage.locator("canvas").first).to_be_visible()
    stage.evaluate("node => node.scrollIntoView({ block: 'end' })")
    desk.painted()
    box = stage.bounding_box()
    assert box is not None
    desk.page.mouse.click(box["x"] + box["width"] / 2, min(box["y"] + box["height"], height) - 40)
    desk.until(lambda: desk.start_s() != at_s)
    expect(desk.paper).to_be_in_viewport(ratio=0.5)

    found = desk.tab("Search").get_by_role("listbox", name="Beats found")
    found.evaluate("node => node.parentNode.scrollIntoView({ block: 'end' })")
    desk.select_other(lambda: found.get_by_role("option").nth(1).click())
    expect(desk.selected).to_be_in_viewport()
