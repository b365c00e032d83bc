"""Where program and file differ: counted in the title, walked by a key, judged, and searched for."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect
from synthetic_patients import MISLABELLED, Desk


def rows(panel: Locator) -> Locator:
    return panel.get_by_role("listbox", name="Differences").get_by_role("option")


def opened(desk: Desk) -> Locator:
    """Open the tab from the title, once the waves are there: T waves and widths are judged too."""
    desk.review(MISLABELLED)
    desk.page.get_by_role("button", name=re.compile(r"^\d+ differences?$")).click()
    panel = desk.page.get_by_role("tabpanel", name="Differences")
    expect(rows(panel).first).to_be_visible()
    expect(panel).not_to_contain_text("not delineated yet")
    return panel


def test_differences_are_counted_walked_and_judged(desk: Desk) -> None:
    panel = opened(desk)
    expect(rows(panel).first).to_have_attribute(
        "aria-label", re.compile("file Ventricular fibrillation or flutter; audit: uncertain")
    )
    faults = rows(panel).filter(has_text=re.compile("double count|sinus beats"))
    expect(faults).to_have_count(2)
    expect(panel.get_by_role("table", name="Counts of the file and as audited")).to_contain_text("V beats")

    desk.press("i")
    expect(rows(panel).first).to_have_class(re.compile("current"))
    expect(panel).to_contain_text("the program names nothing of the kind there")
    expect(desk.page.locator(".desk .sh-head .chip", has_text="reference")).to_have_attribute("aria-pressed", "true")
    desk.press("1")
    expect(panel).to_contain_text("1 judged: program right 1, file right 0, unsure 0")
    desk.press("i", "3")
    expect(panel).to_contain_text("2 judged: program right 1, file right 0, unsure 1")
    current = rows(panel).nth(1)
    expect(current).to_have_attribute("aria-label", re.compile("judged: unsure$"))
    panel.get_by_role("button", name="file is right").click()
    expect(panel).to_contain_text("2 judged: program right 1, file right 1, unsure 0")
    desk.saved()

    desk.page.reload()
    panel = opened(desk)
    expect(panel).to_contain_text("2 judged: program right 1, file right 1, unsure 0")
    desk.press("u")
    expect(panel).to_contain_text("2 judged: program right 1, file right 0, unsure 1")
    desk.saved()


def test_a_difference_of_beats_leads_to_its_beat_and_an_edit_stands_beside(desk: Desk) -> None:
    panel = opened(desk)
    row = rows(panel).filter(has_text="shaped like the sinus beats")
    row.click()
    expect(desk.selected).to_have_text("N")
    expect(panel.locator(".differences-reason")).to_contain_text(re.compile(r"likeness 0\.9\d|likeness 1\.00"))
    desk.press("s")
    expect(row).to_have_attribute("aria-label", re.compile("program N, .*, file V, .*; person S, "))
    desk.press("u")
    expect(row).not_to_have_attribute("aria-label", re.compile("person"))
    desk.saved()


def test_filters_show_what_is_asked_for_and_an_empty_one_says_so(desk: Desk) -> None:
    panel = opened(desk)
    panel.get_by_role("button", name=re.compile("^episodes")).click()
    expect(rows(panel)).to_have_count(1)
    panel.get_by_role("button", name=re.compile(r"^S \d")).click()
    expect(panel.get_by_text("No difference of this kind.")).to_be_visible()


def test_beats_that_differ_are_searched_for(desk: Desk) -> None:
    panel = opened(desk)
    listed = rows(panel).filter(has_text="shaped like the sinus beats")
    time = listed.locator(".time").inner_text()
    search = desk.tab("Search")
    search.get_by_role("button", name="differing from the file").click()
    found = search.get_by_role("listbox", name="Beats found").get_by_role("option")
    expect(found.filter(has_text=time[:-1]).first).to_be_visible()
    n_beats = int(search.get_by_role("status").inner_text().split()[0])
    assert 0 < n_beats < 30
