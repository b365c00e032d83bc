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


def bytes_of_a_jump(dashboard: Dashboard, to: str) -> int:
    received: list[int] = []
    page = dashboard.page
    page.on("response", lambda answer: received.append(int(answer.headers.get("content-length") or 0)))
    page.get_by_label("Go to a time").fill(to)
    page.get_by_label("Go to a time").press("Enter")
    expect(dashboard.span).to_contain_text(to[:-2])
    dashboard.strip_shown()
    return sum(received)


def test_a_day_opens_and_jumps_like_five_minutes(dashboard: Dashboard, folder: Path) -> None:
    page = dashboard.open().page
    page.get_by_label("Folder").fill(str(folder))
    page.get_by_label("Folder").press("Enter")
    sent: dict[str, int] = {}
    for name, to in (("minutes", "00:03:20"), ("day", "17:03:20")):
        dashboard.choose(name).strip_shown(name).beats_found()
        expect(dashboard.letters.first).to_be_visible()
        sent[name] = bytes_of_a_jump(dashboard, to)
        dashboard.go("Recordings")
    expect(page.locator(".st-key-card_folder")).to_contain_text("24 h 00 min")
    assert 0 < sent["day"] <= 150_000, sent
    assert sent["day"] < 1.5 * sent["minutes"] + 20_000, sent
