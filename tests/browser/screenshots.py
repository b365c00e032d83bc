"""Take the documents' pictures from the running application, with the bundled demos only.

For README.md every page, light and dark, as PNG in ``assets/screenshots``; for the user guide each of its steps, light,
as WebP in ``docs/guide/pictures``. ``screenshots.py guide`` and ``screenshots.py readme`` take one of the two.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from driving import ROOT, Dashboard, launch, serve
from PIL import Image
from playwright.sync_api import Locator, expect, sync_playwright
from synthetic_patients import Desk

FOLDER = ROOT / "assets" / "screenshots"
GUIDE = ROOT / "docs" / "guide" / "pictures"
SIZE = {"width": 1440, "height": 900}
SCHEMES = ("light", "dark")
LIMIT_BYTES = 500_000
SHOWN = {"rec": "demo/demo_pvc", "t": "85"}


def main() -> int:
    """Take all pictures, or those that are named."""
    wanted = sys.argv[1:] or ["readme", "guide"]
    for folder in (FOLDER, GUIDE):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright)
        with serve(Path(folder)) as server:
            for scheme in SCHEMES if "readme" in wanted else ():
                dashboard = Dashboard(browser, server, viewport=SIZE, color_scheme=scheme)
                walk(dashboard, scheme)
                dashboard.check()
                dashboard.close()
            if "guide" in wanted:
                desk = Desk(browser, server, "Dr. Ames", viewport=SIZE, color_scheme="light", device_scale_factor=1.5)
                take_guide(desk)
                desk.check()
                desk.close()
        browser.close()
    return 0


def walk(dashboard: Dashboard, scheme: str) -> None:
    """Go through the pages with a classified recording and a PVC chosen."""
    page = dashboard.page
    dashboard.open("review", **SHOWN).strip_shown().beats_found()
    dashboard.classified()
    page.keyboard.press("]")
    page.keyboard.press(".")
    expect(dashboard.selected).to_have_text("V")
    for name in ("Review", "Explain", "Model", "About", "Recordings"):
        if name == "Review":
            dashboard.strip_shown()
        else:
            dashboard.go(name)
        if name in ("Explain", "Model"):
            expect(page.locator(".js-plotly-plot").first).to_be_visible()
        dashboard.settled()
        page.mouse.move(SIZE["width"] - 2, SIZE["height"] - 2)
        page.evaluate("() => document.activeElement.blur()")
        write(page.screenshot(animations="disabled"), FOLDER / f"{name.lower()}-{scheme}.png")


def take_guide(desk: Desk) -> None:
    """Go the way of the user guide, from the list of recordings to a file."""
    page = desk.page
    desk.open().go("Recordings")
    take("open", page.locator('[data-testid="stMain"]'))

    desk.open("review", rec="demo/demo_pvc", t="85").strip_shown()
    desk.classified().read_in("demo_pvc")
    strip, beside = page.locator(".desk .sheet-card"), page.locator(".desk .events-card")
    take("strip", strip)

    desk.press("]")
    expect(desk.event).to_contain_text("V tachycardia")
    desk.strip_shown()
    take("events", beside)

    desk.select_other(lambda: desk.press("."))
    expect(desk.selected).to_have_text("V")
    desk.press("n")
    expect(page.locator(".desk .inspector .beat-facts")).to_contain_text("relabelled")
    desk.saved()
    take("correct", page.locator(".desk .inspector-card"))
    desk.press("u")
    desk.saved()

    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")  # the inspector is longer than the window
    desk.strip_shown()
    beats = [beat for beat in desk.shown() if beat[1] == "V"]
    box = desk.paper.bounding_box()
    assert box is not None
    page.keyboard.down("Alt")
    page.mouse.move(beats[0][2] - 8, box["y"] + 90)
    page.mouse.down()
    page.mouse.move(beats[-1][2] + 8, box["y"] + 90, steps=4)
    page.mouse.up()
    page.keyboard.up("Alt")
    desk.press("h")
    menu = page.get_by_role("menu", name="Rhythm of the span")
    expect(menu).to_be_visible()
    take("rhythm", None, desk)
    desk.press("Escape", "Escape")

    page.get_by_role("button", name="Files").click()
    page.get_by_role("menuitem", name="Export: Signal").click()
    expect(page.get_by_role("dialog", name="Export signal")).to_be_visible()
    take("export", page.get_by_role("dialog", name="Export signal"))
    desk.press("Escape")

    desk.go("Explain")
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    desk.settled()
    take("explain", None, desk)

    desk.go("Report")
    expect(page.get_by_text("Page 1 of").first).to_be_visible()
    page.get_by_label("Indication").fill("Palpitations")
    page.get_by_label("Indication").press("Tab")
    expect(page.get_by_role("heading", name="Report saved")).to_be_visible()
    desk.settled()
    take("report", None, desk)


def take(name: str, place: Locator | None, desk: Desk | None = None) -> None:
    """Write a picture of a place on the page, or of the whole window, for the user guide."""
    source = place if place is not None else desk.page if desk else None
    assert source is not None
    path = GUIDE / f"{name}.webp"
    Image.open(io.BytesIO(source.screenshot(animations="disabled"))).convert("RGB").save(path, quality=80, method=6)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB")


def write(png: bytes, path: Path) -> None:
    """Write a picture as it is, with a palette only if it would be too large: a palette costs the rare colours."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (None, 256, 128):
        packed = io.BytesIO()
        (picture.quantize(colours) if colours else picture).save(packed, format="PNG", optimize=True)
        if packed.tell() < LIMIT_BYTES:
            break
    path.write_bytes(packed.getvalue())
    print(f"{path.relative_to(ROOT)}  {packed.tell() / 1000:.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
