"""A recording of 24 hours pages like one of five minutes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from driving import Dashboard
from playwright.sync_api import expect

from ecg_core.synthesis import generate, scenarios

PIECE_S = 300


def write(folder: Path, name: str, fs_hz: float, counts: npt.NDArray[np.int16], repeats: int) -> None:
    """Write a record of one lead in format 16 that repeats a piece."""
    header = f"{name} 1 {fs_hz:g} {len(counts) * repeats}\n{name}.dat 16 1000/mV 16 0 0 0 0 MLII\n"
    (folder / f"{name}.hea").write_text(header)
    piece = counts.astype("<i2").tobytes()
    with (folder / f"{name}.dat").open("wb") as out:
        for _ in range(repeats):
            out.write(piece)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``minutes`` and ``day``: the same five minutes once and for 24 hours."""
    path = tmp_path_factory.mktemp("long")
    made = generate(scenarios()["demo_pvc"], duration_s=PIECE_S, seed=2)
    counts = np.round(1000 * made.signal[::2, 0]).astype(np.int16)
    write(path, "minutes", made.fs_hz / 2, counts, 1)
    write(path, "day", made.fs_hz / 2, counts, 24 * 3600 // PIECE_S)
    return path


def bytes_of_a_page_turn(dashboard: Dashboard, t: str) -> int:
    dashboard.settled()
    before = len(dashboard.received)
    dashboard.page.keyboard.press("ArrowRight")
    dashboard.expect_address(t=t)
    dashboard.settled()
    return sum(dashboard.received[before:])


def test_a_day_opens_and_pages_like_five_minutes(dashboard: Dashboard, folder: Path) -> None:
    page = dashboard.open().page
    page.get_by_label("Folder").fill(str(folder))
    page.get_by_label("Folder").press("Enter")
    opening: dict[str, int] = {}
    turning: dict[str, int] = {}
    for name in ("minutes", "day"):
        before = len(dashboard.received)
        dashboard.choose(name).strip_shown(name).beats_found()
        expect(dashboard.letters.first).to_be_visible()
        dashboard.settled()
        opening[name] = sum(dashboard.received[before:])
        turning[name] = bytes_of_a_page_turn(dashboard, "10")
        dashboard.go("Recordings")
    expect(page.locator(".st-key-card_folder")).to_contain_text("24 h 00 min")
    assert 0 < opening["day"] < 2_000_000, opening
    assert 0 < turning["day"] < 1.5 * turning["minutes"], turning
