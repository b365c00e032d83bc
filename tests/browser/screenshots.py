"""Take the README's pictures from the running application: every page, light and dark, bundled demos only."""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from driving import ROOT, Dashboard, launch, serve
from PIL import Image
from playwright.sync_api import expect, sync_playwright

FOLDER = ROOT / "assets" / "screenshots"
SIZE = {"width": 1440, "height": 900}
SCHEMES = ("light", "dark")
LIMIT_BYTES = 500_000
SHOWN = {"rec": "demo/demo_pvc", "t": "85"}


def main() -> int:
    """Take all pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright)
        with serve(Path(folder), ECG_DATA="") as server:
            for scheme in SCHEMES:
                dashboard = Dashboard(browser, server, viewport=SIZE, color_scheme=scheme)
                walk(dashboard, scheme)
                dashboard.check()
                dashboard.close()
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
        if name != "Review":
            dashboard.go(name)
        if name in ("Explain", "Model"):
            expect(page.locator(".js-plotly-plot").first).to_be_visible()
        dashboard.settled()
        page.mouse.move(SIZE["width"] - 2, SIZE["height"] - 2)
        page.evaluate("() => document.activeElement.blur()")
        write(page.screenshot(animations="disabled"), FOLDER / f"{name.lower()}-{scheme}.png")


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
