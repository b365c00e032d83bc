"""Setting wave boundaries beside the chosen beat: the interval follows, and undo restores it."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from synthetic_patients import Desk


def test_a_boundary_is_set_by_keyboard_and_undone(desk: Desk) -> None:
    desk.review("ada")
    desk.press("w")
    desk.select_other(lambda: desk.press("."))
    control = desk.page.locator(".desk .inspector .boundaries")
    intervals = control.locator("span")
    expect(intervals).to_have_text(re.compile(r"QRS \d+"))
    before = intervals.inner_text()
    control.get_by_label("Boundary of a wave").select_option(label="QRS end")
    control.get_by_label("Boundary one sample later").press("Enter")
    expect(intervals).not_to_have_text(before)
    expect(control.get_by_label("Boundary one sample later")).to_be_focused()
    desk.press("Control+z")
    expect(intervals).to_have_text(before)
