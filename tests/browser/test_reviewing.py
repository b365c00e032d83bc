"""Reading hours of ECG: events by keys, uncertain beats, places found, layouts, what is remembered."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect
from synthetic_patients import HOLTER, HOLTER_HOURS, Desk

ROWS_OF_TWELVE = {
    "3 × 4 + rhythm": [
        "I", "aVR", "V1", "V4",
        "II", "aVL", "V2", "V5",
        "III", "aVF", "V3", "V6",
        "II",
    ],
    "6 × 2": ["I", "V1", "II", "V2", "III", "V3", "aVR", "V4", "aVL", "V5", "aVF", "V6"],
}  # fmt: skip


def seconds(text: str) -> float:
    hours, minutes, rest = text.split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(rest)


def events_of(desk: Desk) -> int:
    """Count the listed events once the single beats, which travel apart, have come."""
    expect(desk.page.locator(".desk .events .chips").first).to_contain_text("V single")
    found = re.search(r"of ([\d,]+) seen", desk.page.locator(".desk .events .beside").inner_text())
    assert found is not None
    return int(found[1].replace(",", ""))


def picture(canvas: Locator) -> str:
    """What is drawn on a canvas."""
    return str(canvas.evaluate("canvas => canvas.toDataURL()"))


def test_hours_are_read_event_by_event(desk: Desk) -> None:
    desk.review(HOLTER)
    n_events = events_of(desk)
    assert n_events > 20
    clock_s = seconds(desk.span.inner_text().split()[0])
    walked = []
    for _ in range(4):
        desk.press("]")
        expect(desk.event).to_have_count(1)
        if walked:
            expect(desk.event).not_to_have_attribute("aria-label", walked[-1])
        walked.append(desk.event.get_attribute("aria-label") or "")
        began_s = seconds(desk.event.locator(".time").inner_text()) - clock_s
        desk.until(lambda: desk.start_s() - 1 <= began_s <= desk.start_s() + 10)  # noqa: B023 - called at once
        desk.strip_shown()
        sign, reason = desk.event.locator(".letter").inner_text(), desk.event.locator(".reason").inner_text()
        assert reason
        if sign == "V" and not walked[-1].startswith("Possible"):  # artefact may have no beats of its own
            at_most_s = (began_s + 10) * 360
            called = [letter for sample, letter, _ in desk.shown() if sample <= at_most_s]
            assert called.count("V") >= 2, (walked[-1], called)
    assert walked[0].startswith("Possible VF or VT")  # an artefact that may hide one comes before all else
    desk.press("[")
    expect(desk.event).to_have_attribute("aria-label", walked[2])


def test_marks_of_events_are_kept_and_dismissed_ones_passed_over(desk: Desk) -> None:
    desk.review(HOLTER)
    n_events = events_of(desk)
    first, second, third = (desk.events.nth(k) for k in range(3))
    desk.press("]", "d")
    expect(first).to_have_class(re.compile("seen"))
    desk.press("]", "x")
    expect(second).to_have_class(re.compile("dismissed"))
    expect(third).to_have_class(re.compile("current"))  # and on to the next
    desk.press("r")
    expect(third).to_have_class(re.compile("report"))
    desk.press("[")
    expect(first).to_have_class(re.compile("current"))
    expect(desk.page.locator(".desk .events .beside")).to_contain_text(f"3 of {n_events:,} seen")
    desk.saved()

    desk.page.reload()
    desk.read_in(HOLTER)
    expect(first).to_have_class(re.compile("seen"))
    expect(second).to_have_class(re.compile("dismissed"))
    expect(third).to_have_class(re.compile("report"))
    desk.press("]", "]")
    expect(third).to_have_class(re.compile("current"))
    for _ in range(3):
        desk.press("u")
    expect(desk.page.locator(".desk .events .beside")).to_contain_text(f"0 of {n_events:,} seen")
    desk.saved()


def test_tab_goes_from_one_uncertain_beat_to_the_next(desk: Desk) -> None:
    desk.review(HOLTER)
    desk.paper.focus()
    samples = []
    for _ in range(3):
        samples.append(desk.select_other(lambda: desk.press("Tab")).get_attribute("data-sample"))
        expect(desk.selected).to_have_class(re.compile("uncertain"))
        figures = desk.page.locator(".desk .inspector .p-figure").all_inner_texts()
        assert max(map(float, figures)) <= 0.7
        expect(desk.paper).to_be_focused()
    assert samples == sorted(samples, key=lambda sample: int(sample or 0))
    assert len(set(samples)) == 3
    desk.select_other(lambda: desk.press("Shift+Tab"))
    assert desk.chosen_sample() == samples[1]


def test_a_place_of_full_disclosure_is_a_click_away(desk: Desk) -> None:
    panel = desk.review(HOLTER).tab("Full disclosure")
    stage = panel.get_by_role("application")
    stage.scroll_into_view_if_needed()
    expect(panel.locator(".plot-waiting")).to_be_hidden()
    label = panel.get_by_role("img")
    expect(label).to_have_attribute(
        "aria-label", re.compile(r"^Lead \S+ from 09:00:00 to 09:30:00, a minute a row: [\d,]+ beats")
    )
    drawn = picture(panel.locator("canvas").first)
    box = stage.bounding_box()
    assert box is not None
    window = panel.locator(".disclosure-window").first.bounding_box()
    assert window is not None
    assert window["y"] < box["y"] + 40
    stage.click(position={"x": box["width"] * 0.6, "y": box["height"] * 0.5})
    desk.until(lambda: 600 < desk.start_s() < 1200)
    moved = panel.locator(".disclosure-window").first.bounding_box()
    assert moved is not None
    assert abs(moved["y"] - (box["y"] + box["height"] * 0.5)) < 40
    assert abs(moved["x"] + moved["width"] / 2 - (box["x"] + box["width"] * 0.6)) < 40

    panel.get_by_role("button", name="later ›").click()
    expect(label).to_have_attribute("aria-label", re.compile("from 09:30:00 to 10:00:00"))
    expect(panel.locator(".plot-waiting")).to_be_hidden()
    desk.until(lambda: picture(panel.locator("canvas").first) != drawn)


def test_a_rectangle_in_the_poincare_plot_chooses_its_beats(desk: Desk) -> None:
    panel = desk.review(HOLTER).tab("RR intervals")
    plot = panel.locator(".scatter-poincare")
    plot.scroll_into_view_if_needed()
    expect(plot.locator("canvas").first).to_have_attribute(
        "aria-label", re.compile(r"Poincaré plot of 1\d,\d{3} beats")
    )
    mouse = desk.page.mouse

    def drag(x0: float, y0: float, x1: float, y1: float) -> None:
        box = plot.bounding_box()  # the strip moves into view when beats are chosen
        assert box is not None
        mouse.move(box["x"] + x0 * box["width"], box["y"] + y0 * box["height"])
        mouse.down()
        mouse.move(box["x"] + x1 * box["width"], box["y"] + y1 * box["height"], steps=4)
        mouse.up()

    bar = desk.page.get_by_role("region", name="Chosen beats")

    def n_chosen() -> int:
        return int(re.findall(r"([\d,]+) beats? chosen", bar.inner_text())[0].replace(",", ""))

    drag(0.15, 0.02, 0.98, 0.85)
    expect(bar).to_contain_text(re.compile(r"1\d,\d{3} beats chosen"))
    many = n_chosen()
    drag(0.12, 0.02, 0.5, 0.45)  # a short interval, then a long one: premature beats
    expect(panel.locator(".scatter-count")).to_contain_text(re.compile(r"chosen · .*[SV] \d+"))
    desk.until(lambda: n_chosen() != many)
    assert 0 < n_chosen() < 3000
    panel.get_by_role("button", name="show first").click()
    expect(desk.selected).to_have_class(re.compile("selected"))
    first = desk.chosen_sample()
    desk.select_other(bar.get_by_role("button", name="next ›").click)
    assert int(desk.chosen_sample() or 0) > int(first or 0)
    desk.press("Escape")
    expect(bar).to_be_hidden()


def test_the_overview_moves_the_strip_and_is_zoomed(desk: Desk) -> None:
    page = desk.review(HOLTER).page
    mark = page.get_by_role("slider", name="What is on the sheet")
    stage = page.locator(".desk .overview-stage").bounding_box()
    assert stage is not None
    page.mouse.click(stage["x"] + 0.75 * stage["width"], stage["y"] + 40)
    there_s = 0.75 * HOLTER_HOURS * 3600
    desk.until(lambda: abs(desk.start_s() - there_s) < 0.1 * there_s)
    expect(mark).to_have_attribute("aria-valuenow", str(round(desk.start_s())))
    canvas = page.locator(".desk .overview canvas")
    whole = picture(canvas)
    page.get_by_role("group", name="Length of the overview").get_by_role("button", name="hour").click()
    expect(page.locator(".desk .overview h2")).to_contain_text("of 2 h 36 min")
    desk.until(lambda: picture(canvas) != whole)
    expect(canvas).to_have_attribute("aria-label", re.compile("bpm"))
    mark.focus()
    before = desk.start_s()
    desk.press("ArrowRight")
    desk.until(lambda: desk.start_s() > before)


@pytest.mark.parametrize("layout", list(ROWS_OF_TWELVE))
def test_twelve_leads_stand_where_a_reader_looks_for_them(desk: Desk, layout: str) -> None:
    desk.open("review", rec="demo/demo_12lead")
    desk.strip_shown("demo_12lead")
    names = desk.page.locator(".desk .sh-lead")
    expect(names).to_have_count(len(ROWS_OF_TWELVE["3 × 4 + rhythm"]))  # an ECG of a minute is a page
    desk.choose_from("Layout", layout)
    expect(names).to_have_count(len(ROWS_OF_TWELVE[layout]))
    boxes = names.evaluate_all(
        "nodes => nodes.map((node) => { const { left, top } = node.getBoundingClientRect();"
        " return [left, top, node.textContent]; })"
    )
    rows = sorted({round(top / 12) for _, top, _ in boxes})
    in_order = [name for _, _, name in sorted(boxes, key=lambda box: (round(box[1] / 12), box[0]))]
    assert in_order == ROWS_OF_TWELVE[layout], rows
    desk.strip_shown()
    expect(desk.page.locator(".desk .sh-head")).to_contain_text(layout)


def test_speed_gain_and_filters_change_the_paper_and_are_named(desk: Desk) -> None:
    desk.open("review", rec="demo/demo_12lead")
    desk.strip_shown("demo_12lead")
    head, canvas = desk.page.locator(".desk .sh-head"), desk.page.locator(".desk .sh-rows canvas").first
    expect(head).to_contain_text("25 mm/s")
    expect(head).to_contain_text("10 mm/mV")
    expect(head).to_contain_text("no filter")
    expect(desk.span).to_have_text("00:00:00 – 00:00:10")
    for menu, item, span in (
        ("Paper speed", "50 mm/s", "00:00:00 – 00:00:05"),
        ("Paper speed", "12.5 mm/s", "00:00:00 – 00:00:20"),
        ("Gain", "20 mm/mV", "00:00:00 – 00:00:20"),
    ):
        before = picture(canvas)
        desk.choose_from(menu, item)
        expect(head).to_contain_text(item)
        expect(desk.span).to_have_text(span)
        desk.strip_shown()
        desk.until(lambda: picture(canvas) != before)  # noqa: B023 - called at once
    before = picture(canvas)
    desk.choose_from("Filters", "baseline", "mains 50 Hz")
    expect(head).to_contain_text("filter: baseline, mains 50 Hz")
    desk.strip_shown()
    desk.until(lambda: picture(canvas) != before)
    desk.choose_from("Filters", "mains 60 Hz")  # never both
    expect(head).to_contain_text("filter: baseline, mains 60 Hz")

    desk.page.reload()
    desk.strip_shown("demo_12lead")
    expect(head).to_contain_text("12.5 mm/s")
    expect(head).to_contain_text("20 mm/mV")
    expect(head).to_contain_text("no filter")  # a filter is never on unasked
    expect(desk.span).to_have_text("00:00:00 – 00:00:20")


def test_the_reference_stands_as_a_second_row(desk: Desk) -> None:
    desk.review("ada", t=80)
    reference = desk.page.locator(".desk .sh-ref")
    expect(reference).to_have_count(0)
    desk.page.get_by_role("button", name="reference", exact=True).click()
    expect(reference.first).to_be_visible()
    ours = [letter for _, letter, _ in desk.shown()]
    theirs = reference.filter(has_not_text=re.compile(r"^\(")).all_inner_texts()
    assert abs(len(ours) - len(theirs)) <= 2
    assert abs(ours.count("V") - theirs.count("V")) <= 2
    assert "V" in theirs


def test_true_scale_is_set_once_for_a_screen(desk: Desk) -> None:
    desk.open("review", rec="demo/demo_sinus")
    page = desk.strip_shown("demo_sinus").page
    desk.choose_from("Layout", "true to paper")
    dialog = page.get_by_role("dialog", name="True scale")
    expect(dialog).to_be_visible()
    slider = dialog.get_by_role("slider")
    slider.fill("428")  # 85.6 mm of a bank card: 5 px to a millimetre
    assert dialog.locator(".sh-bar").bounding_box()["width"] == pytest.approx(428, abs=4)  # type: ignore[index]
    dialog.get_by_role("button", name="Use true scale").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".desk .sh-head")).to_contain_text("true")
    desk.strip_shown().beats_found()
    expect(desk.letters.nth(2)).to_be_visible()
    (a, _, x0), (b, _, x1) = desk.shown()[1:3]
    fs_hz = 360
    assert (x1 - x0) / ((b - a) / fs_hz) == pytest.approx(25 * 5, rel=0.02)  # 25 mm/s
    page.reload()
    desk.strip_shown("demo_sinus")
    expect(page.locator(".desk .sh-head")).to_contain_text("true")


def test_search_finds_beats_while_one_types(desk: Desk) -> None:
    desk.review("ada").press("/")
    panel = desk.page.get_by_role("tabpanel", name="Search")
    expect(panel).to_be_visible()
    expect(panel.get_by_role("button", name=re.compile("^Class N"))).to_be_focused()
    counts = desk.counts()
    count = panel.locator(".search-actions .count")
    expect(count).to_have_text(f"{sum(counts.values())} beats")
    panel.get_by_role("button", name=re.compile("^Class V")).click()
    expect(count).to_have_text(f"{counts['V']} beats")
    panel.get_by_label("RR before, ms, to").fill("600")
    expect(count).not_to_have_text(f"{counts['V']} beats")
    early = int(count.inner_text().split()[0])
    assert 0 < early < counts["V"]
    panel.get_by_label("time, from").fill("0:02:00")
    expect(count).not_to_have_text(re.compile(rf"^{early} beats"))
    option = panel.get_by_role("option").first
    option.click()
    expect(desk.selected).to_have_text("V")
    assert int(desk.chosen_sample() or 0) >= 120 * 360
    panel.get_by_label("RR before, ms, to").fill("fast")
    expect(panel.get_by_label("RR before, ms, to")).to_have_attribute("aria-invalid", "true")
