"""Marks of events: independent, with notes, filtered; all are walked through, a kind is confirmed by its strips."""

from __future__ import annotations

import re

from conftest import NewDesk
from playwright.sync_api import Locator, expect
from synthetic_patients import HOLTER, Desk


def chip(desk: Desk, group: str, name: str) -> Locator:
    """Return a chip above the list of events by the begin of its text."""
    chips = desk.page.get_by_role("group", name=group)
    return chips.get_by_role("button").filter(has_text=re.compile(rf"^{re.escape(name)}"))


def counted(node: Locator) -> int:
    """Return the number that a chip shows."""
    return int(node.locator(".count").inner_text().replace(",", ""))


def kind(desk: Desk, name: str) -> Locator:
    return chip(desk, "Kinds of events shown", name)


def filter_(desk: Desk, name: str) -> Locator:
    return chip(desk, "Marks of events shown", name)


def test_marks_and_filters(desks: NewDesk) -> None:
    desk = desks(person="Dr. Ames").review(HOLTER)
    expect(kind(desk, "V single")).to_be_visible()  # single beats travel apart
    n_events = counted(filter_(desk, "all"))
    first = desk.events.first
    desk.press("]", "d", "r")
    expect(first).to_have_class(re.compile(r"\bseen\b.*\breport\b"))
    desk.press("d")  # off again, and the star stays
    expect(first).not_to_have_class(re.compile(r"\bseen\b"))
    expect(first).to_have_class(re.compile(r"\breport\b"))
    desk.press("d", "t")
    note = desk.page.get_by_role("dialog", name="Note on the event")
    note.get_by_role("textbox").fill("longest run\n<b>show</b> it")
    note.get_by_role("button", name="Save").click()
    expect(first.locator(".reason")).to_contain_text("longest run <b>show</b> it")
    desk.press("j")  # the next that nobody has seen
    expect(desk.events.nth(1)).to_have_class(re.compile("current"))
    desk.press("x")
    desk.saved()

    expect(filter_(desk, "unseen").locator(".count")).to_have_text(str(n_events - 2))
    filter_(desk, "★ report").click()
    expect(desk.events).to_have_count(1)
    filter_(desk, "dismissed").click()
    expect(desk.events).to_have_count(1)
    expect(desk.events.first).to_have_class(re.compile("dismissed"))
    desk.events.first.click()
    desk.page.get_by_role("button", name="Dismiss", exact=True).click()  # brought back
    expect(desk.page.locator(".desk .events .empty")).to_contain_text(f"None of the {n_events} events is dismissed")
    filter_(desk, "all").click()
    desk.saved()

    other = desks(person="Ben").review(HOLTER)
    expect(other.events.first).to_have_class(re.compile(r"\bseen\b.*\breport\b"))
    expect(other.events.first).to_have_attribute("aria-label", re.compile("note: longest run <b>show</b> it"))
    expect(filter_(other, "dismissed").locator(".count")).to_have_text("0")
    desk.press("u", "u", "u", "u", "u", "u", "u")
    expect(filter_(desk, "unseen").locator(".count")).to_have_text(str(n_events))
    desk.saved()


def test_every_single_beat_can_be_walked_through(desk: Desk) -> None:
    desk.review(HOLTER)
    single = kind(desk, "V single")
    n_singles = counted(single)
    assert n_singles > 25
    assert " of " not in single.inner_text()
    single.click()
    box = desk.page.get_by_role("listbox", name="Events, most urgent first")
    expect(box.get_by_role("option").first).to_have_attribute("aria-setsize", str(n_singles))
    walked = set()
    for _ in range(n_singles):
        before = desk.event.get_attribute("aria-label") if desk.event.count() else ""
        desk.press("]")
        expect(desk.event).not_to_have_attribute("aria-label", before or "none")
        walked.add(desk.event.get_attribute("aria-label"))
    assert len(walked) == n_singles
    assert all("Single ventricular beat" in (each or "") and "RR" in (each or "") for each in walked)
    desk.press("]")
    expect(desk.status).to_contain_text("No further event")


def test_a_kind_is_confirmed_by_montage(desk: Desk) -> None:
    desk.review(HOLTER)
    page = desk.page
    kind(desk, "S single").click()
    n_events = counted(kind(desk, "S single"))
    page.get_by_role("button", name=re.compile(rf"^Look through all {n_events}")).click()
    montage = page.get_by_role("dialog", name="Montage")
    confirm = montage.get_by_role("button", name=re.compile("^Confirm"))
    strips = montage.get_by_role("gridcell")
    expect(strips.first).to_have_attribute("data-whole", "true")
    expect(confirm).to_be_disabled()  # there are further pages
    assert strips.count() < n_events
    picture = strips.first.locator("canvas").evaluate("node => node.toDataURL()")
    montage.get_by_label("lead").select_option(index=1)
    assert strips.first.locator("canvas").evaluate("node => node.toDataURL()") != picture

    desk.press("ArrowRight", "x")
    expect(strips.nth(1)).to_have_class(re.compile("dismissed"))
    without_signal = montage.locator(".montage-strip[data-whole=false]")
    expect(without_signal).to_have_count(0)  # a page that is left before its signal has come is not looked through
    while montage.get_by_role("button", name="next page ›").is_enabled():
        desk.press("PageDown")
        expect(without_signal).to_have_count(0)
    expect(montage).to_contain_text(f"all {n_events} looked through")
    strips.last.locator(".montage-go").click()  # to the strip, and back to where one was
    expect(montage).to_be_hidden()
    expect(desk.event).to_have_count(1)
    page.get_by_role("button", name=re.compile("^Look through all")).click()
    expect(confirm).to_have_text(f"Confirm {n_events - 1}, 1 dismissed")
    confirm.click()
    expect(montage).to_be_hidden()
    expect(filter_(desk, "unseen").locator(".count")).to_have_text("0")
    expect(filter_(desk, "dismissed").locator(".count")).to_have_text("1")
    desk.saved()
    expect(desk.undo_button).to_have_attribute("aria-label", re.compile(f"mark {n_events - 1} events as seen"))
    desk.press("u")
    expect(filter_(desk, "unseen").locator(".count")).to_have_text(str(n_events - 1))
    desk.press("u")
    expect(filter_(desk, "unseen").locator(".count")).to_have_text(str(n_events))
    desk.saved()


def test_the_criteria_of_a_run_unfold_below_the_events(desk: Desk) -> None:
    desk.review(HOLTER)
    kind(desk, "VT").click()
    desk.press("]")
    criteria = desk.page.locator(".desk .event-criteria")
    expect(criteria.locator("summary")).to_contain_text(re.compile(r"^Criteria: \d+ met"))
    items = criteria.get_by_role("list", name="Clinical criteria for this event").get_by_role("listitem")
    expect(items.first).to_be_hidden()
    criteria.locator("summary").click()
    expect(items.first).to_have_text(re.compile(r"^✓Rate: \d+ /min$"))
    rows = desk.page.locator(".desk .events .scroller").bounding_box()
    assert rows is not None
    assert rows["height"] > 100, "the list stays in sight"
    kind(desk, "VT").click()
    kind(desk, "V single").click()
    desk.events.first.click()
    expect(criteria).to_be_hidden()
