"""A paced recording on the desk: its spikes on the strip, what they tell in the events and in the summary."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from driving import NewWindow
from playwright.sync_api import expect


def _without_capture(folder: Path) -> Path:
    """Write 30 s of ventricular pacing in which every third spike captures nothing."""
    time_s = np.arange(15_000) / 500
    signal = 0.008 * np.random.default_rng(0).standard_normal(len(time_s))
    for index, at_s in enumerate(np.arange(0.7, 29.0, 1.0)):
        signal[round(at_s * 500)] += 1.5
        if index % 3 != 2:
            for delay_s, width_s, height in ((0.09, 0.034, 0.9), (0.165, 0.03, -0.18), (0.41, 0.07, -0.38)):
                signal += height * np.exp(-0.5 * ((time_s - at_s - delay_s) / width_s) ** 2)
    path = folder / "paced.csv"
    path.write_text("# fs: 500\nII_mV\n" + "".join(f"{value:.4f}\n" for value in signal))
    return path


def test_spikes_stand_on_the_strip_and_loss_of_capture_comes_first(window: NewWindow, tmp_path: Path) -> None:
    dashboard = window().open()
    page = dashboard.page
    page.locator("input[type=file]").set_input_files([_without_capture(tmp_path)])
    page.get_by_role("button", name="Open upload").click()
    expect(page.locator(".desk .sh-paper[data-whole=true]")).to_be_visible()
    expect(page.locator(".desk .sh-spikes")).to_contain_text("without capture")
    expect(page.locator(".desk .events")).to_contain_text("ventricular spikes without a QRS")
    expect(page.locator(".desk .summary .notes")).to_contain_text(
        "Pacing: ventricular pacing; 29 spikes, 9 without capture."
    )
