"""A lead whose sign or size is not to be trusted is said above the strip, at any width."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from driving import NewWindow
from playwright.sync_api import expect

from ecg_core.synthesis import generate, scenarios


@pytest.fixture(scope="module")
def inverted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of I, II, III of which III is upside down."""
    made = generate(scenarios()["demo_12lead"], duration_s=20, seed=3)
    leads = made.signal[:, [made.lead_names.index(name) for name in ("I", "II", "III")]] * [1, 1, -1]
    path = tmp_path_factory.mktemp("doubtful") / "three leads.csv"
    rows = "\n".join(",".join(f"{value:.4f}" for value in row) for row in np.asarray(leads))
    path.write_text(f"# fs: {made.fs_hz:g}\nI_mV,II_mV,III_mV\n{rows}\n")
    return path


@pytest.mark.parametrize("width, height", [(1440, 900), (390, 844)])
def test_an_inverted_lead_is_said_above_the_strip(window: NewWindow, inverted: Path, width: int, height: int) -> None:
    dashboard = window(viewport={"width": width, "height": height})
    page = dashboard.open().page
    page.locator("input[type=file]").set_input_files(inverted)
    page.get_by_role("button", name="Open upload").click()
    dashboard.strip_shown()
    notice = page.locator(".desk .sh-notice")
    expect(notice).to_contain_text(re.compile("limb leads contradict each other.*lead III is inverted"))
    box, paper = notice.bounding_box(), dashboard.paper.bounding_box()
    assert box is not None
    assert paper is not None
    assert box["y"] + box["height"] <= paper["y"] + 1
    assert 0 <= box["x"] <= box["x"] + box["width"] <= width
    if "RHYTHMOSCOPE_PICTURES" in os.environ:
        page.screenshot(path=Path(os.environ["RHYTHMOSCOPE_PICTURES"]) / f"doubtful-{width}.png")
    dashboard.check()


def test_nothing_is_said_of_leads_that_agree(window: NewWindow) -> None:
    dashboard = window()
    dashboard.open("review", rec="demo/demo_12lead").strip_shown()
    expect(dashboard.page.locator(".desk .sh-notice")).to_be_hidden()
    dashboard.check()
