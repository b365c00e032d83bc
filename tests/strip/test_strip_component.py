"""The strip's script: its pure functions under Node, and the component alone in a real Chromium."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ecg_core.beats import beat_table, set_probabilities
from ecg_core.figures.strip import strip_payload
from ecg_core.recording import Annotations, from_array
from pages.parts.strip import bundle

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
FS_HZ = 250.0
MARKUP = "<img src=x onerror=document.title='broken'>"


def test_pure_functions_under_node() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node.js 20 or newer on the PATH")
    run = subprocess.run(
        [node, "--test", "tests/strip/strip.test.mjs"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]


def test_bundle_is_one_module_with_a_default_export() -> None:
    script = bundle()
    assert re.findall(r"^import\b.*", script, re.MULTILINE) == []
    assert re.findall(r"^export\b.*", script, re.MULTILINE) == [
        "export default function mount({ parentElement, data, setTriggerValue }) {"
    ]
    declared = re.findall(r"^(?:const|let|class|function) +(\w+)", script, re.MULTILINE)
    assert len(declared) == len(set(declared)), "two modules declare the same name"


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    yield page
    page.close()


@pytest.fixture
def strip(page: Page) -> Iterator[Page]:
    """Mount an empty page's strip: ``mount(payload)`` shows a payload, ``events`` holds what it triggered."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: problems.append(request.url))
    page.set_content("<title>ok</title><input id='note'><button id='other'>other</button><div id='host'></div>")
    page.evaluate(
        """([css]) => {
          const host = document.getElementById('host');
          const root = host.attachShadow({ mode: 'open' });
          const style = document.createElement('style');
          style.textContent = css;
          root.append(style);
          window.events = [];
        }""",
        [(ROOT / "assets" / "strip" / "strip.css").read_text(encoding="utf-8")],
    )
    script = bundle().replace("export default function mount(", "window.mountStrip = function mount(")
    page.add_script_tag(
        type="module",
        content=script
        + """
        window.mount = (data) => {
          window.unmount = window.mountStrip({
            parentElement: document.getElementById('host').shadowRoot,
            data,
            setTriggerValue: (name, value) => window.events.push([name, value]),
          });
        };
        """,
    )
    page.wait_for_function("window.mount !== undefined")
    yield page
    assert problems == []


def payload(start_s: float = 100, span_s: float = 10, **options: Any) -> dict[str, Any]:
    t = np.arange(round(300 * FS_HZ)) / FS_HZ
    signal = np.stack([np.sin(2 * np.pi * t), 0.5 * np.cos(2 * np.pi * t)], axis=1)
    samples = np.arange(100, len(t), 200)
    p = np.full((len(samples), 5), 0.01)
    p[:, 0] = 0.96
    p[130] = [0.2, 0.1, 0.6, 0.05, 0.05]  # at 104.4 s: V, uncertain
    recording = from_array(signal, FS_HZ, [MARKUP, "V1"])
    beats = set_probabilities(beat_table(samples, FS_HZ), p)
    return dict(strip_payload(recording, beats, start_s, span_s, **options))


def show(strip: Page, **options: Any) -> None:
    strip.evaluate("data => window.mount(data)", payload(**options))


def events(strip: Page) -> list[Any]:
    return list(strip.evaluate("window.events"))


@pytest.mark.browser
def test_letters_are_buttons_that_tell_class_time_and_probability(strip: Page) -> None:
    show(strip)
    assert strip.get_by_role("button", name=re.compile(r"^[NSVFQ] beat at ")).count() == 12
    letter = strip.get_by_role("button", name="V beat at 00:01:44.40, probability 0.60, uncertain")
    assert letter.inner_text() == "V"
    assert letter.get_attribute("data-sample") == "26100"
    letter.click()
    assert events(strip) == [["beat", 26100]]


@pytest.mark.browser
def test_beats_before_classification_are_dots(strip: Page) -> None:
    data = payload()
    data["beats"]["label"] = [None] * len(data["beats"]["label"])
    data["beats"]["p"] = [None] * len(data["beats"]["p"])
    strip.evaluate("data => window.mount(data)", data)
    assert strip.get_by_role("button", name=re.compile("^beat at ")).count() == 12


@pytest.mark.browser
def test_hover_tells_the_five_probabilities(strip: Page) -> None:
    show(strip)
    strip.get_by_role("button", name=re.compile("^V beat")).hover()
    tip = strip.get_by_role("tooltip").inner_text()
    for part in ("ventricular ectopic", "00:01:44.40", "RR 800 ms", "0.20", "0.60"):
        assert part in tip


@pytest.mark.browser
def test_markup_in_a_lead_name_is_shown_as_text(strip: Page) -> None:
    show(strip)
    assert strip.locator(".lead").first.inner_text() == MARKUP
    assert strip.locator("#host img").count() == 0
    assert strip.title() == "ok"


@pytest.mark.browser
def test_boxes_on_screen_are_square(strip: Page) -> None:
    """Major lines are found by their colour in the gutter, where no trace covers them."""
    show(strip)
    gaps = strip.evaluate(
        """() => {
          const canvas = document.getElementById('host').shadowRoot.querySelector('canvas');
          const { width, height } = canvas;
          const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
          const darkness = (x, y) => 255 - data[4 * (y * width + x) + 1];
          const lines = (n, at) => {
            const levels = Array.from({ length: n }, (_, i) => at(i));
            const limit = 0.75 * Math.max(...levels);
            return levels.flatMap((level, i) => (level > limit ? [i] : []));
          };
          const gaps = (at) => at.slice(1).map((x, i) => x - at[i]);
          // Along the top edge and down the left edge: between the lines only paper and minor lines.
          const down = lines(height, (y) => darkness(1, y) + darkness(2, y) + darkness(3, y));
          const along = lines(width, (x) => darkness(x, 0) + darkness(x, 1) + darkness(x, 2));
          return [gaps(along), gaps(down)];
        }"""
    )
    along, down = (np.array(found) for found in gaps)
    assert len(along) > 40
    assert len(down) > 5
    assert set(along) == set(down)
    assert len(set(along)) == 1


@pytest.mark.browser
@pytest.mark.parametrize(("width", "span_s"), [(900, 10), (900, 60), (2560, 5), (2560, 30)])
def test_nothing_sticks_out_at_any_width(strip: Page, width: int, span_s: float) -> None:
    strip.set_viewport_size({"width": width, "height": 900})
    show(strip, span_s=span_s, reference=Annotations("atr", np.array([25100]), np.array(["V"]), ("",)))
    strip.wait_for_timeout(50)
    assert strip.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    canvases = strip.locator("canvas")
    assert canvases.count() == max(1, span_s // 10)
    box = canvases.first.bounding_box()
    assert box is not None
    assert box["width"] <= width
    strip.set_viewport_size({"width": 1440, "height": 900})


@pytest.mark.browser
def test_arrow_keys_turn_pages_except_in_inputs(strip: Page) -> None:
    show(strip)
    strip.locator("#other").focus()
    strip.keyboard.press("ArrowRight")
    assert events(strip) == [["page", 1]]
    strip.locator("#note").focus()
    strip.keyboard.press("ArrowLeft")
    assert len(events(strip)) == 1


@pytest.mark.browser
def test_quick_key_presses_are_neither_lost_nor_doubled(strip: Page) -> None:
    show(strip)
    for _ in range(3):
        strip.keyboard.press("ArrowRight")
    assert events(strip) == [["page", 1]]
    show(strip, start_s=110)
    assert events(strip) == [["page", 1], ["page", 2]]
    show(strip, start_s=130)
    assert strip.locator(".range").inner_text() == "00:02:10 – 00:02:20"
    assert len(events(strip)) == 2


@pytest.mark.browser
def test_no_page_is_asked_for_beyond_the_end(strip: Page) -> None:
    show(strip, start_s=290)
    strip.keyboard.press("ArrowRight")
    assert events(strip) == []
    assert strip.get_by_role("button", name="page ›").is_disabled()


@pytest.mark.browser
def test_drag_pans_at_once_and_tells_where_to_on_release(strip: Page) -> None:
    show(strip)
    sheet = strip.locator(".sheet").bounding_box()
    assert sheet is not None
    x, y = sheet["x"] + 700, sheet["y"] + 150
    strip.mouse.move(x, y)
    strip.mouse.down()
    strip.mouse.move(x - 200, y, steps=4)
    strip.wait_for_timeout(50)
    assert strip.locator(".range").inner_text().startswith("00:01:41.")
    assert events(strip) == []
    strip.mouse.up()
    strip.wait_for_function("window.events.length === 1")
    [[name, value]] = events(strip)
    assert name == "view_start_s"
    assert 101.2 < value < 101.9


@pytest.mark.browser
def test_calipers_measure_a_dragged_box(strip: Page) -> None:
    show(strip)
    strip.get_by_role("button", name="calipers").click()
    letters = strip.get_by_role("button", name=re.compile(r"^[NV] beat"))
    first, second = letters.nth(3).bounding_box(), letters.nth(4).bounding_box()
    assert first is not None
    assert second is not None
    strip.mouse.move(first["x"] + first["width"] / 2, first["y"] + 60)
    strip.mouse.down()
    strip.mouse.move(second["x"] + second["width"] / 2, first["y"] + 110, steps=3)
    strip.mouse.up()
    measured = re.match(r"(\d+) ms · (\d+) bpm · ([\d.]+) mV", strip.locator(".caliper-text").inner_text())
    assert measured is not None
    assert float(measured[1]) == pytest.approx(800, abs=12)  # a pixel is 8 ms
    assert float(measured[2]) == pytest.approx(75, abs=2)
    assert events(strip) == []


@pytest.mark.browser
def test_reference_that_differs_is_underlined(strip: Page) -> None:
    reference = Annotations("atr", np.array([25100, 25300]), np.array(["V", "N"]), ("", ""))
    show(strip, reference=reference)
    assert strip.locator(".ref").all_inner_texts() == ["V", "N"]
    assert strip.locator(".ref.differs").all_inner_texts() == ["V"]


@pytest.mark.browser
def test_the_focus_stays_on_a_beat_when_its_payload_comes_again(strip: Page) -> None:
    show(strip)
    strip.get_by_role("button", name=re.compile("^V beat")).focus()
    show(strip, selected_sample=26100)
    focused = strip.evaluate("document.getElementById('host').shadowRoot.activeElement.dataset.sample")
    assert focused == "26100"
    assert strip.locator(".beat.selected").get_attribute("data-sample") == "26100"


@pytest.mark.browser
def test_leaving_the_page_takes_everything_along(strip: Page) -> None:
    show(strip)
    strip.evaluate("window.unmount()")
    strip.keyboard.press("ArrowRight")
    assert strip.locator(".strip").count() == 0
    assert events(strip) == []


@pytest.mark.browser
def test_a_superseded_call_does_not_take_the_strip_down(strip: Page) -> None:
    show(strip)
    strip.evaluate("window.stale = window.unmount")
    show(strip, start_s=110)
    strip.evaluate("window.stale()")
    assert strip.locator(".strip").count() == 1
