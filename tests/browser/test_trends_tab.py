"""The hourly table of a long recording: cells lead to the strip, rows and spans to their heart-rate variability."""

from __future__ import annotations

import re

from conftest import NewDesk
from playwright.sync_api import Locator, expect
from synthetic_patients import HOLTER, Desk
from test_correcting import drag_over


def cell(panel: Locator, row: str, column: str) -> Locator:
    return panel.get_by_role("button", name=re.compile(rf"^[^,]*, {re.escape(column)}, {re.escape(row)}:"))


def times(text: str) -> list[int]:
    """Return the times of day in a text, in seconds."""
    found = re.findall(r"(\d\d):(\d\d):(\d\d)", text)
    return [3600 * int(hours) + 60 * int(minutes) + int(seconds) for hours, minutes, seconds in found]


def expect_on_strip(desk: Desk, time_s: int) -> None:
    """Wait until a time of day is on the strip."""

    def is_shown() -> bool:
        start_s, stop_s = times(desk.span.inner_text())
        return start_s <= time_s <= stop_s

    desk.until(is_shown)


def follow(desk: Desk, button: Locator) -> None:
    """Click on a cell and see that the strip shows the time that it names."""
    told = times(button.get_attribute("title") or "")[-1]
    button.click()
    expect_on_strip(desk, told)


def test_cells_lead_to_what_they_rest_on(desk: Desk) -> None:
    panel = desk.review(HOLTER).tab("Trends")
    for row, column in (("Whole", "Fastest"), ("10:00", "Slowest"), ("11:00", "Longest RR"), ("Whole", "V beats")):
        follow(desk, cell(panel, row, column))
    # The fastest minute of the table is that of the summary.
    assert cell(panel, "Whole", "Fastest").inner_text() == desk.figure("fastest").split()[0]
    assert cell(panel, "Whole", "Longest RR").inner_text() == desk.figure("longest RR").split()[0]


def test_arrow_keys_move_among_cells_and_leave_the_strip_alone(desk: Desk) -> None:
    panel = desk.review(HOLTER).tab("Trends")
    cell(panel, "Whole", "Mean").focus()
    before = desk.start_s()
    desk.press("ArrowDown", "ArrowDown", "ArrowRight")
    focused = panel.locator("button:focus")
    expect(focused).to_have_attribute("title", re.compile("Slowest, 09:00"))
    assert desk.start_s() == before
    desk.press("Enter")
    expect_on_strip(desk, times(focused.get_attribute("title") or "")[-1])


def test_the_table_follows_edits(desks: NewDesk) -> None:
    desk = desks()
    panel = desk.review("flora").tab("Trends")
    expect(panel).to_contain_text("ten minutes and more")
    panel = desk.review(HOLTER).tab("Trends")
    v_beats = cell(panel, "Whole", "V beats")
    before = int(v_beats.inner_text().replace(",", ""))
    follow(desk, v_beats)
    desk.press("n")
    expect(v_beats).to_have_text(f"{before - 1:,}")
    desk.press("u")
    expect(v_beats).to_have_text(f"{before:,}")


def test_variability_of_rows_and_of_the_selected_span(desk: Desk) -> None:
    panel = desk.review(HOLTER).tab("Trends")
    card = panel.get_by_role("region", name="Heart-rate variability")
    expect(card).to_contain_text(re.compile(r"whole recording.*(Not computed|From [\d,]+ N-N intervals)", re.DOTALL))
    panel.get_by_role("button", name="09:00", exact=True).click()
    expect(card).to_contain_text("09:00:00 to 10:00:00")
    card.get_by_role("button", name="Selected span").click()
    expect(desk.status).to_contain_text("Select a span on the strip first")
    samples = [sample for sample, _, _ in desk.shown()]
    drag_over(desk, samples[1], samples[6])
    card.get_by_role("button", name="Selected span").click()
    expect(card).to_contain_text(re.compile(r"too few N-N intervals|left out"))


def test_qtc_follows_the_formula_that_the_desk_prefers(desk: Desk) -> None:
    panel = desk.review(HOLTER).tab("Trends")
    header = panel.get_by_role("columnheader", name=re.compile("^QTc"))
    expect(header).to_contain_text("QTc Fridericia")
    before = cell(panel, "Whole", "QTc Fridericia").inner_text()
    panel.get_by_label("Formula of QTc").select_option("Bazett")
    expect(header).to_contain_text("QTc Bazett")
    after = cell(panel, "Whole", "QTc Bazett").inner_text()
    assert 200 < int(before) < 700
    assert before != after
    desk.tab("Measurements")
    expect(desk.page.locator(".desk .ms-values")).to_contain_text("(Bazett)")
