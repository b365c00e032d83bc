"""A lecture in a browser: a prepared case walked through by keys, and the synthetic heart moved by its sliders."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from driving import Dashboard, Server, serve, windows_on
from playwright.sync_api import Browser, Locator, Page, expect

from ecg_core.teaching.demonstration import demonstration_of
from ecg_core.teaching.library import case_library

READING_MS = 240_000
"""The whole analysis of a tracing, with the network's start."""

CASE = case_library().find("ventricular_premature_beats")
STEPS = demonstration_of(CASE).steps
MEASURED = next(number for number, step in enumerate(STEPS, start=1) if step.measure_s)


@pytest.fixture(scope="module")
def lecture_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("lecture")) as server:
        yield server


def strip_of(page: Page) -> Locator:
    strip = page.locator(".demonstration")
    expect(strip.locator("canvas")).to_be_visible()
    return strip


def letters(strip: Locator, kind: str) -> str:
    return "".join(strip.locator(f".letter.{kind}").all_text_contents())


def picture(page: Page) -> str:
    """Return what is painted, as text that differs where the painting does."""
    return str(page.locator(".demonstration canvas").evaluate("canvas => canvas.toDataURL()"))


def test_a_lecture_is_walked_through_by_keys_and_its_link_opens_at_the_step(
    lecture_server: Server, browser: Browser
) -> None:
    with windows_on(lecture_server, browser, Dashboard) as new:
        page = new().open("teaching", demonstration=CASE.code).page
        strip = strip_of(page)
        expect(strip).to_have_class(re.compile("whole"))
        box = strip.bounding_box()
        assert box is not None
        assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 1440, 900)
        caption, count = strip.locator(".caption"), strip.locator(".count")
        expect(caption).to_be_hidden()
        expect(count).to_have_text(f"0 of {len(STEPS)}")

        # The first step sweeps at true speed: what is painted changes by itself.
        page.keyboard.press("ArrowRight")
        expect(caption).to_have_text(STEPS[0].text)
        expect(strip.get_by_role("button", name="Sweep")).to_have_attribute("aria-pressed", "true")
        page.wait_for_timeout(300)
        before = picture(page)
        page.wait_for_timeout(300)
        assert picture(page) != before

        width = strip.locator(".band .width")
        for number in range(2, MEASURED + 1):
            expect(width).to_be_hidden()
            page.keyboard.press("PageDown" if number % 2 else " ")
            expect(caption).to_have_text(STEPS[number - 1].text)
        expect(width).to_have_text("450 ms · 133 bpm")
        expect(page).to_have_url(re.compile(rf"demonstration={CASE.code}&step={MEASURED}$"))
        assert letters(strip, "true") == ""

        page.keyboard.press("End")
        expect(count).to_have_text(f"{len(STEPS)} of {len(STEPS)}")
        expect(strip.locator(".status")).to_contain_text("beats agree", timeout=READING_MS)
        assert letters(strip, "true").startswith("NNNNVNN")
        assert len(letters(strip, "said")) == len(letters(strip, "true"))
        shaded = picture(page)
        page.keyboard.press("s")
        assert picture(page) != shaded
        page.keyboard.press("t")
        expect(strip.locator(".letter.true")).to_have_count(0)
        page.keyboard.press("ArrowLeft")
        expect(count).to_have_text(f"{len(STEPS) - 1} of {len(STEPS)}")
        expect(strip.locator(".letter.true").first).to_be_visible()

        # Two clicks measure; Escape takes the caliper away, then leaves for the case.
        paper = strip.locator(".sheet").bounding_box()
        assert paper is not None
        per_s = paper["width"] / 10
        page.mouse.click(paper["x"] + per_s, paper["y"] + 60)
        page.mouse.click(paper["x"] + 1.5 * per_s, paper["y"] + 60)
        expect(width).to_have_text("500 ms · 120 bpm")
        page.keyboard.press("Escape")
        expect(width).to_be_hidden()
        page.keyboard.press("Escape")
        expect(page.locator(".st-key-card_case_history")).to_contain_text(CASE.text.history)
        expect(page).to_have_url(re.compile(rf"\?case={CASE.code}$"))
        expect(page.locator(".demonstration")).to_have_count(0)

        # Who opens the link is at the same step.
        other = new().open("teaching", demonstration=CASE.code, step=MEASURED).page
        expect(other.locator(".demonstration .caption")).to_have_text(STEPS[MEASURED - 1].text)
        expect(other.locator(".demonstration .band .width")).to_have_text("450 ms · 133 bpm")


def test_who_wants_less_motion_sees_whole_pages(lecture_server: Server, browser: Browser) -> None:
    with windows_on(lecture_server, browser, Dashboard) as new:
        page = new(reduced_motion="reduce").open("teaching", demonstration=CASE.code, step=1).page
        strip = strip_of(page)
        expect(strip.get_by_role("button", name="Sweep")).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("t")
        expect(strip.locator(".letter.true").first).to_be_visible()
        assert len(letters(strip, "true")) >= 6


def test_sliders_change_the_tracing_and_then_what_the_program_says(lecture_server: Server, browser: Browser) -> None:
    with windows_on(lecture_server, browser, Dashboard) as new:
        page = new().open("teaching", settle=False, heart="usual").page
        strip = strip_of(page)
        verdict = page.locator(".rs-heart-verdict")
        assert letters(strip, "true") == "N" * 12
        expect(verdict).to_have_text("11 of 11 beats agree", timeout=READING_MS)
        before = picture(page)

        slider = page.get_by_role("slider", name=re.compile("Ventricular premature beats"))
        for _ in range(4):
            slider.press("ArrowRight")
        expect(strip.locator(".letter.true.is-v")).to_have_count(2)
        assert picture(page) != before
        expect(strip.locator(".letter.said.is-v")).to_have_count(2, timeout=READING_MS)
        expect(page).to_have_url(re.compile("heart=pvc_percent(:|%3A)20$"))
        expect(page.locator(".st-key-card_heart")).to_contain_text("single ventricular beat")

        # A click on a letter shows what the classifier saw in that beat alone.
        unshaded = picture(page)
        strip.locator(".beat").nth(2).click()
        expect(strip.locator(".status")).to_contain_text("Saliency of the beat at")
        expect(strip.locator(".status")).to_contain_text("truth V")
        assert picture(page) != unshaded

        rate = page.get_by_role("slider", name=re.compile("Sinus rate"))
        rate.press("Home")
        expect(strip.locator(".letter.true")).not_to_have_count(12)
        page.get_by_role("button", name="Usual heart").click()
        expect(strip.locator(".letter.true")).to_have_count(12)
        expect(verdict).to_have_text("11 of 11 beats agree", timeout=READING_MS)
        strip.get_by_role("button", name="Full screen").click()
        expect(strip.get_by_role("button", name="Full screen")).to_have_attribute("aria-pressed", "true")
        strip.get_by_role("button", name="Full screen").click()
        expect(strip.get_by_role("button", name="Full screen")).to_have_attribute("aria-pressed", "false")
