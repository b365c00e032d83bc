"""Similar beats are proposed after a person has relabelled some: looked at, applied, undone, refused."""

from __future__ import annotations

import re

from conftest import NewDesk
from playwright.sync_api import Locator, expect
from synthetic_patients import Desk


def relabel_most(desk: Desk, letter: str, to: str) -> int:
    """Relabel the beats of a class of the first four minutes of five; return how many."""
    panel = desk.tab("Search")
    panel.get_by_role("button", name=re.compile(f"^Class {letter}")).click()
    panel.get_by_label("time, to").fill("0:04:00")
    count = panel.locator(".search-actions .count")
    expect(count).not_to_have_text(f"{desk.counts()[letter]} beats")
    found = int(count.inner_text().split()[0])
    panel.get_by_role("button", name="choose them all").click()
    bar = desk.page.get_by_role("region", name="Chosen beats")
    bar.get_by_role("button", name=f"Relabel the chosen beats {to}").click()
    bar.get_by_role("button", name="clear").click()
    return found


def proposal(desk: Desk) -> Locator:
    return desk.page.get_by_role("region", name="Proposal")


def n_proposed(bar: Locator) -> int:
    told = re.search(r"Apply Q to ([\d,]+) similar beats?\? Now V\.", bar.get_by_role("status").inner_text())
    assert told
    return int(told[1].replace(",", ""))


def test_similar_beats_are_proposed_looked_at_applied_and_undone_in_one_step(desk: Desk) -> None:
    desk.review("gina")
    before, bar = desk.counts(), proposal(desk)
    expect(bar).to_be_hidden()
    found = relabel_most(desk, "V", "Q")
    desk.expect_counts(V=before["V"] - found, Q=before["Q"] + found)
    expect(bar).to_be_visible()
    n = n_proposed(bar)
    assert 0 < n <= before["V"] - found

    bar.get_by_role("button", name="Look at them").click()
    chosen = desk.page.get_by_role("region", name="Chosen beats")
    expect(chosen).to_contain_text(f"{n} beat")
    expect(desk.selected).to_have_text("V")
    desk.expect_counts(V=before["V"] - found)  # looking changes nothing
    chosen.get_by_role("button", name="clear").click()

    bar.get_by_role("button", name="Apply").click()
    desk.expect_counts(V=before["V"] - found - n, Q=before["Q"] + found + n)
    expect(desk.undo_button).to_have_attribute("aria-label", re.compile(rf"{n} similar beats? to Q"))
    desk.press("u")
    desk.expect_counts(V=before["V"] - found, Q=before["Q"] + found)
    desk.press("u")
    desk.expect_counts(**before)
    desk.saved()


def test_the_keyboard_goes_to_the_proposal_and_refuses_it_until_beats_are_relabelled_again(desks: NewDesk) -> None:
    desk = desks(viewport={"width": 390, "height": 844})
    desk.review("flora")
    before, bar = desk.counts(), proposal(desk)
    relabel_most(desk, "V", "Q")
    expect(bar).to_be_visible()
    box = bar.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    desk.press("y")
    expect(bar.get_by_role("button", name="Apply")).to_be_focused()
    desk.press("Escape")
    expect(bar).to_be_hidden()
    expect(desk.paper).to_be_focused()
    desk.press("y")
    expect(desk.status).to_contain_text("Nothing is proposed")
    desk.press("u")
    desk.expect_counts(**before)
    expect(bar).to_be_hidden()
    relabel_most(desk, "V", "Q")
    expect(bar).to_be_visible()
    desk.press("y", "Enter")
    expect(desk.undo_button).to_have_attribute("aria-label", re.compile("similar beats? to Q"))
    desk.press("u", "u")
    desk.expect_counts(**before)
    desk.saved()
