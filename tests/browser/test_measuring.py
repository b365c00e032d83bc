"""Calipers on the strip, against what the synthetic heart was told to do."""

from __future__ import annotations

import base64
import io
import re
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from playwright.sync_api import expect
from synthetic_patients import Desk

from ecg_core.synthesis import scenarios
from ecg_core.synthesis.morphology import QRS, P, make_heart
from ecg_core.synthesis.schedule import KINDS

FS_HZ = 360
SEED_OF_DEMOS = 1
ONSET_SD = 2.5
"""A wave that is a Gaussian begins so many standard deviations before its middle."""


def onsets_s(rr_s: float) -> tuple[float, float]:
    """Onsets of P and of QRS in a sinus beat of ``demo_sinus``, in seconds from its R peak."""
    heart = make_heart(scenarios()["demo_sinus"], SEED_OF_DEMOS)
    kind = KINDS.index("sinus")

    def onset(role: int, scale: float = 1.0) -> float:
        waves = (heart.role[kind] == role) & np.any(heart.dipole_mv[kind] != 0, axis=1)
        return float(np.min(scale * heart.offset_s[kind, waves] - ONSET_SD * heart.width_s[kind, waves]))

    return onset(P, rr_s**0.25), onset(QRS)


@pytest.fixture
def sinus(desk: Desk) -> Desk:
    """The desk with a regular rhythm, whose beats are found."""
    desk.open("review", rec="demo/demo_sinus", t=20)
    desk.strip_shown("demo_sinus").beats_found()
    expect(desk.letters.nth(4)).to_be_visible()
    return desk


def milliseconds(desk: Desk) -> int:
    found = re.match(r"([\d,]+) ms", desk.page.locator(".desk .sh-calipers .sh-figures").inner_text())
    assert found is not None
    return int(found[1].replace(",", ""))


def scale_of(desk: Desk) -> tuple[list[tuple[int, str, float]], float]:
    """The letters on the strip, and how many px a second takes."""
    shown = desk.shown()
    (a, _, x0), (b, _, x1) = shown[0], shown[-1]
    return shown, (x1 - x0) / ((b - a) / FS_HZ)


def drag_calipers(desk: Desk, x0: float, y0: float, x1: float, y1: float) -> None:
    mouse, keyboard = desk.page.mouse, desk.page.keyboard
    keyboard.down("Shift")
    mouse.move(x0, y0)
    mouse.down()
    mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
    mouse.move(x1, y1)
    mouse.up()
    keyboard.up("Shift")


def pixels(desk: Desk) -> npt.NDArray[np.uint8]:
    """The strip's first row as it is drawn, shape (height, width, 4)."""
    address = desk.page.locator(".desk .sh-rows canvas").first.evaluate("canvas => canvas.toDataURL()")
    png = base64.b64decode(str(address).partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


@pytest.mark.parametrize("speed", ["25 mm/s", "50 mm/s"])
def test_a_pr_interval_is_what_the_heart_was_told(sinus: Desk, speed: str) -> None:
    sinus.choose_from("Paper speed", speed)
    sinus.strip_shown()
    shown, px_per_s = scale_of(sinus)
    box = sinus.paper.bounding_box()
    assert box is not None
    for (before, _, _), (sample, _, x) in pairwise(shown[1:5]):
        p_s, qrs_s = onsets_s((sample - before) / FS_HZ)
        true_ms = 1000 * (qrs_s - p_s)
        assert 120 < true_ms < 220
        drag_calipers(sinus, x + p_s * px_per_s, box["y"] + 70, x + qrs_s * px_per_s, box["y"] + 95)
        sinus.until(lambda: abs(milliseconds(sinus) - true_ms) <= 20)  # noqa: B023 - called at once
        expect(sinus.page.locator(".desk .sh-calipers")).to_contain_text(re.compile(r"ms · \d+ bpm · \d\.\d+ mV"))


def test_the_trace_stands_where_its_beats_are_marked(sinus: Desk) -> None:
    shown, px_per_s = scale_of(sinus)
    box = sinus.page.locator(".desk .sh-rows canvas").first.bounding_box()
    assert box is not None
    dark = pixels(sinus)[..., :3].max(axis=2) < 90  # the trace, not the paper or the beats' letters
    first_lane = dark[40 : dark.shape[0] // 3]
    for _, _, x in shown[1:-1]:
        at = round(x - box["x"])
        near = first_lane[:, at - 30 : at + 30]
        top = [int(np.argmax(column)) if column.any() else 10**6 for column in near.T]
        assert abs(int(np.argmin(top)) - 30) <= 0.02 * px_per_s + 1


def test_amplitude_is_measured_against_the_calibration_of_the_paper(sinus: Desk) -> None:
    shown, px_per_s = scale_of(sinus)
    px_per_mm = px_per_s / 25
    x, y = shown[2][2], (sinus.paper.bounding_box() or {"y": 0})["y"] + 60
    drag_calipers(sinus, x + 0.3 * px_per_s, y, x + 0.5 * px_per_s, y + 15 * px_per_mm)  # 15 mm at 10 mm/mV
    expect(sinus.page.locator(".desk .sh-figures").first).to_have_text(re.compile(r" · 1\.(4[5-9]|5[0-5]) mV$"))


def test_calipers_keep_to_beats_and_are_marched_out(sinus: Desk) -> None:
    sinus.page.get_by_role("button", name="calipers", exact=True).click()
    shown, px_per_s = scale_of(sinus)
    box = sinus.paper.bounding_box()
    assert box is not None
    (a, _, x0), (b, _, x1) = shown[1:3]
    mouse = sinus.page.mouse
    mouse.move(x0 + 4, box["y"] + 80)
    mouse.down()
    mouse.move(x1 - 5, box["y"] + 120, steps=3)
    mouse.up()
    rr_ms = round(1000 * (b - a) / FS_HZ)
    sinus.until(lambda: milliseconds(sinus) == rr_ms)  # exactly from beat to beat

    before = pixels(sinus)
    sinus.page.get_by_role("button", name="march out").click()
    expect(sinus.page.get_by_role("button", name="march out")).to_have_attribute("aria-pressed", "true")
    sinus.until(lambda: bool((pixels(sinus) != before).any()))
    changed = (pixels(sinus) != before).any(axis=2)
    marched = np.flatnonzero(changed.mean(axis=0) > 0.3)
    canvas = sinus.page.locator(".desk .sh-rows canvas").first.bounding_box()
    assert canvas is not None
    step = (b - a) / FS_HZ * px_per_s
    expected = [
        x for k in range(-9, 12) if canvas["x"] < (x := x0 + k * step) and shown[0][2] - step < x < shown[-1][2]
    ]
    assert len(expected) >= 8
    for x in expected:
        assert np.abs(marched + canvas["x"] - x).min() <= 2
    assert len(marched) <= 4 * (len(expected) + 4)  # lines, nothing else

    sinus.press("Escape")
    expect(sinus.page.locator(".desk .sh-calipers")).to_be_hidden()
    sinus.until(lambda: bool((pixels(sinus) == before).all()))


def test_calipers_by_keys_alone(sinus: Desk) -> None:
    page = sinus.page
    sinus.select_other(sinus.letters.nth(3).click)
    rr = page.locator(".desk .inspector .beat-facts dd").first.inner_text()
    sinus.press("c")
    figures = page.locator(".desk .sh-calipers .sh-figures")
    expect(figures).to_have_text(re.compile(rf"^{re.escape(rr)} · "))  # begins with the interval before the beat
    corner = page.get_by_role("slider", name="Second corner of the calipers")
    expect(corner).to_be_focused()
    began = milliseconds(sinus)
    sinus.press("ArrowRight", "ArrowRight")
    expect(figures).to_have_text(re.compile(rf"^{began + 20:,} ms"))
    sinus.press("Alt+ArrowLeft")
    sinus.until(lambda: abs(milliseconds(sinus) - (began + 20 - 1000 / FS_HZ)) <= 1)
    expect(corner).to_have_attribute("aria-valuetext", re.compile(rf"{milliseconds(sinus)} ms"))
    sinus.press("Shift+Tab")
    expect(page.get_by_role("slider", name="First corner of the calipers")).to_be_focused()
    sinus.press("Enter")
    expect(page.get_by_role("button", name="march out")).to_have_attribute("aria-pressed", "true")
    sinus.press("Escape")
    expect(page.locator(".desk .sh-calipers")).to_be_hidden()
    expect(sinus.paper).to_be_focused()


def test_a_measurement_stays_on_its_signal_while_the_strip_moves(sinus: Desk) -> None:
    shown, px_per_s = scale_of(sinus)
    box = sinus.paper.bounding_box()
    assert box is not None
    x = shown[4][2]
    drag_calipers(sinus, x + 0.2 * px_per_s, box["y"] + 80, x + 0.5 * px_per_s, box["y"] + 100)
    before, text = sinus.page.locator(".desk .sh-calipers").bounding_box(), milliseconds(sinus)
    assert before is not None
    mouse = sinus.page.mouse
    mouse.move(x, box["y"] + 160)
    mouse.down()
    mouse.move(x - 100, box["y"] + 160, steps=5)
    mouse.up()
    after = sinus.page.locator(".desk .sh-calipers").bounding_box()
    assert after is not None
    assert after["x"] == pytest.approx(before["x"] - 100, abs=2)
    assert milliseconds(sinus) == text == pytest.approx(300, abs=15)
    assert sinus.start_s() == pytest.approx(20 + 100 / px_per_s, abs=0.05)
