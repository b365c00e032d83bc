"""A person corrects rhythm: names a span, trims it, takes it back; what the program found there gives way."""

from __future__ import annotations

import re

import pytest
from conftest import NewDesk
from playwright.sync_api import Locator, expect
from synthetic_patients import Desk
from test_correcting import drag_over


def percent(desk: Desk) -> float:
    return float(re.sub(r"[^0-9.]", "", desk.figure("atrial fibrillation")))


def expect_burden(desk: Desk, share: float) -> None:
    """Wait for the summary's AF burden; the list of events and the lane have followed then."""
    desk.until(lambda: abs(percent(desk) - share) < 0.051)


def named(desk: Desk, rhythm: str = "") -> Locator:
    """Stretches of the lane that people named."""
    which = f'[data-rhythm="{rhythm}"]' if rhythm else ""
    return desk.page.locator(f".desk .sh-stretch.ours.named{which}:visible")


def name_it(desk: Desk, rhythm: str) -> None:
    """Open the menu of the span in hand by its key and choose a rhythm."""
    desk.press("h")
    expect(desk.page.get_by_role("menu", name="Rhythm of the span")).to_be_visible()
    desk.page.get_by_role("menuitemradio", name=rhythm, exact=True).click()
    desk.painted()


def end_of(desk: Desk, which: str) -> Locator:
    return desk.page.get_by_role("slider", name=re.compile(f"^{which} of "))


def drag_end(desk: Desk, which: str, x: float) -> None:
    box = end_of(desk, which).bounding_box()
    assert box is not None
    mouse = desk.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + 8)
    mouse.down()
    mouse.move(x - 3, box["y"] + 8, steps=3)
    mouse.move(x, box["y"] + 8)
    mouse.up()
    desk.painted()


def test_a_rhythm_span_is_drawn_trimmed_undone_and_kept(desk: Desk, desks: NewDesk) -> None:
    desk.review("dora", t=20)
    none = percent(desk)
    beats = desk.shown()
    drag_over(desk, beats[2][0], beats[5][0])
    name_it(desk, "atrial fibrillation")
    expect(named(desk, "AFIB")).to_have_text("AF")
    length_s = 300.0
    first_s = (beats[5][0] - beats[2][0]) / 360
    expect_burden(desk, none + 100 * first_s / length_s)
    desk.saved()
    drawn = percent(desk)
    assert drawn > none
    expect(desk.page.locator(".desk .events")).to_contain_text("Atrial fibrillation")

    # By hand to a beat further on, and by key one beat back.
    drag_end(desk, "End", beats[8][2])
    longer_s = (beats[8][0] - beats[2][0]) / 360
    expect_burden(desk, none + 100 * longer_s / length_s)
    desk.saved()
    longer = percent(desk)
    end_of(desk, "End").focus()
    desk.press("ArrowLeft", "Enter")
    expect_burden(desk, none + 100 * (beats[7][0] - beats[2][0]) / 360 / length_s)
    desk.saved()
    trimmed = percent(desk)
    assert drawn < trimmed < longer
    assert desk.start_s() == pytest.approx(20), "the keys of an end turn no page"

    desk.press("Escape", "u")
    expect_burden(desk, longer)
    desk.press("u")
    expect_burden(desk, drawn)
    desk.press("u")
    expect_burden(desk, none)
    expect(named(desk)).to_have_count(0)
    desk.press("Shift+U", "Shift+U")
    expect_burden(desk, longer)
    desk.saved()

    desk.page.reload()
    desk.read_in("dora")
    expect(named(desk, "AFIB")).to_have_text("AF")
    expect_burden(desk, longer)
    other = desks()
    other.review("dora", t=20)
    expect(named(other, "AFIB")).to_have_attribute("aria-label", re.compile("atrial fibrillation.*named by"))
    named(other, "AFIB").click()
    other.page.get_by_role("button", name="delete rhythm").click()
    expect(named(other)).to_have_count(0)
    expect_burden(other, none)
    expect_burden(desk, none)
    expect(named(desk)).to_have_count(0)


def test_what_the_program_found_gives_way_and_is_told(desk: Desk) -> None:
    desk.review("emma")
    desk.press("]")
    expect(desk.event).to_contain_text("V tachycardia")
    desk.press("h")
    menu = desk.page.get_by_role("menu", name="Rhythm of the span")
    expect(menu).to_contain_text("The program found here: ventricular tachycardia")
    desk.press("s")  # the first name with this letter
    focused = menu.locator(":focus")
    expect(focused).to_have_text(re.compile("^s"))
    menu.get_by_role("menuitemradio", name="sinus rhythm").click()
    expect(named(desk, "N")).to_have_text("sinus")
    events = desk.page.locator(".desk .events")
    expect(events.get_by_text("V tachycardia")).to_have_count(0)
    kinds = desk.page.get_by_role("group", name="Kinds of events shown")
    kinds.get_by_role("button", name=re.compile("^sinus")).click()
    expect(events).to_contain_text("overrules ventricular tachycardia")
    desk.press("u")
    expect(events.get_by_text("V tachycardia").first).to_be_visible()
    expect(named(desk)).to_have_count(0)
    desk.saved()


def test_beats_in_an_artefact_do_not_count(desk: Desk) -> None:
    desk.review("flora", t=30)
    page, counts = desk.page, desk.counts()
    beats = desk.shown()
    inside = [letter for _, letter, _ in beats[3:7]]
    drag_over(desk, beats[3][0], beats[6][0])
    name_it(desk, "artefact")
    expect(named(desk, "ARTEFACT")).to_have_text("artefact")
    desk.expect_counts(N=counts["N"] - inside.count("N"), V=counts["V"] - inside.count("V"))
    expect(page.locator(".desk .live")).to_contain_text(f"{sum(counts.values()) - 4} beats")
    assert [letter for _, letter, _ in desk.shown()[3:7]] == inside, "the beats stay on the strip"
    desk.press("Delete")  # belongs to the span in hand, not to a beat
    expect(named(desk)).to_have_count(0)
    desk.expect_counts(**counts)
    desk.press("u", "u")
    desk.expect_counts(**counts)
    expect(desk.undo_button).to_have_attribute("aria-disabled", "true")
    desk.saved()


def test_a_span_without_beats_can_be_named_and_the_menu_left_by_escape(desk: Desk) -> None:
    desk.review("bea", t=40)
    beats = desk.shown()
    (_, _, x0), (_, _, x1) = beats[4:6]
    box = desk.paper.bounding_box()
    assert box is not None
    desk.press("h")  # nothing is in hand: asks for a span
    expect(desk.status).to_contain_text("Select the span first")
    mouse, y = desk.page.mouse, box["y"] + 110
    mouse.move(x0 + 0.3 * (x1 - x0), y)
    mouse.down()
    mouse.move(x0 + 0.7 * (x1 - x0), y, steps=4)
    mouse.up()
    desk.press("h")
    menu = desk.page.get_by_role("menu", name="Rhythm of the span")
    expect(menu).to_be_visible()
    before = desk.counts()
    desk.press("n", "Escape")
    expect(menu).to_be_hidden()
    expect(named(desk)).to_have_count(0)
    assert desk.counts() == before, "a letter in the menu relabels nothing"
    desk.press("h")
    menu.get_by_role("menuitemradio", name="asystole").click()
    expect(named(desk, "ASYSTOLE")).to_be_visible()
    desk.press("Escape")
    expect(end_of(desk, "End")).to_be_hidden()
    desk.press("u")
    expect(named(desk)).to_have_count(0)
    desk.saved()


@pytest.mark.parametrize("width", [1920, 1440, 900, 390])
def test_the_references_rhythm_stands_beside_ours_and_nothing_is_overprinted(desks: NewDesk, width: int) -> None:
    desk = desks(viewport={"width": width, "height": 900})
    desk.review("holter", t=60)
    desk.page.get_by_role("button", name="reference", exact=True).click()
    theirs = desk.page.locator(".desk .sh-stretch.theirs:visible")
    expect(theirs.first).to_be_visible()
    x0, x1 = (desk.shown()[at][2] for at in (1, -2))
    box = desk.paper.bounding_box()
    assert box is not None
    mouse, keyboard = desk.page.mouse, desk.page.keyboard
    keyboard.down("Alt")
    mouse.move(x0, box["y"] + box["height"] - 40)
    mouse.down()
    mouse.move(x1, box["y"] + box["height"] - 40, steps=4)
    mouse.up()
    keyboard.up("Alt")
    name_it(desk, "atrial flutter")
    expect(named(desk, "AFL")).to_be_visible()
    expect(theirs.locator(".sh-differs").first).to_be_visible()
    boxes = desk.page.locator(
        ".desk .sh-stretch:visible, .desk .sh-letters .sh-beat, .desk .sh-letters .sh-ref"
    ).evaluate_all(
        "nodes => nodes.map((node) => { const box = node.getBoundingClientRect();"
        " return [node.className.split(' ').slice(0, 2).join(' '), box.left, box.top, box.right, box.bottom]; })"
    )
    for at, (one, left, top, right, bottom) in enumerate(boxes):
        for other, left2, top2, right2, bottom2 in boxes[at + 1 :]:
            if one.startswith("sh-beat") and other.startswith("sh-beat"):
                continue  # letters of beats that follow each other closely
            meet = min(right, right2) - max(left, left2) > 1.5 and min(bottom, bottom2) - max(top, top2) > 1.5
            assert not meet, (one, other, (left, top, right, bottom), (left2, top2, right2, bottom2))
    desk.press("Escape", "u")
    expect(named(desk)).to_have_count(0)
    desk.saved()
