"""A recording as one row: its worst finding first, nothing reassuring where nothing can be told."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from ecg_core.paths import DEMO_FOLDER
from ecg_core.screening.columns import SCHEMA
from ecg_core.screening.items import Item
from ecg_core.screening.row import RunSettings, screen_item
from ecg_core.screening.urgency import CANNOT_TELL, FINDING, LOOK_NOW, LOOK_TODAY, NOTHING_FOUND
from ecg_core.synthesis import write_scenario

pytestmark = pytest.mark.tensorflow

SETTINGS = RunSettings(keep=True)
ROOT = Path(__file__).resolve().parents[2]


def row_of_demo(name: str) -> dict[str, Any]:
    return screen_item(Item(str(DEMO_FOLDER / f"{name}.hea"), name, str(DEMO_FOLDER)), SETTINGS)


@pytest.mark.parametrize(
    ("name", "tier", "worst", "at_s"),
    [
        ("demo_pvc", LOOK_NOW, "VT", (172, 173)),
        ("demo_brady_pause_tachy", LOOK_NOW, "ASYSTOLE", (170, 172)),
        ("demo_stemi_inferior", LOOK_NOW, "STE_INFERIOR", None),
        ("demo_af", LOOK_TODAY, "AFIB", (55, 68)),
        ("demo_12lead", FINDING, "COUPLET", (36, 38)),
        ("demo_sinus", NOTHING_FOUND, "", None),
    ],
)
def test_the_worst_finding_says_how_urgent_and_where(
    name: str, tier: int, worst: str, at_s: tuple[float, float] | None
) -> None:
    row = row_of_demo(name)
    assert list(row) == SCHEMA.names
    assert (row["status"], row["tier"], row["worst"]) == ("done", tier, worst)
    if at_s is None:
        assert row["worst_at_s"] is None
    else:
        assert at_s[0] <= row["worst_at_s"] <= at_s[1]
    assert row["not_assessed"]
    assert row["n_beats"] == sum(row[f"n_{letter}"] for letter in "nsvfq")
    assert row["reference_missed_beats"] is not None


def test_what_cannot_be_opened_is_refused_with_its_reason_and_never_harmless(tmp_path: Path) -> None:
    file = tmp_path / "broken.edf"
    file.write_bytes(b"0       " + b"x" * 300)
    row = screen_item(Item(str(file), "broken.edf", str(tmp_path)), SETTINGS)
    assert (row["status"], row["tier"]) == ("refused", CANNOT_TELL)
    assert "broken.edf" in row["refused"]
    assert row["n_beats"] is None


def test_an_unreadable_recording_is_never_harmless(tmp_path: Path) -> None:
    import numpy as np
    import wfdb

    noise = np.random.default_rng(3).normal(size=(250 * 60, 1)) * 2
    wfdb.wrsamp("noise", fs=250, units=["mV"], sig_name=["II"], p_signal=noise, fmt=["16"], write_dir=str(tmp_path))
    row = screen_item(Item(str(tmp_path / "noise.hea"), "noise", str(tmp_path)), SETTINGS)
    assert row["tier"] <= CANNOT_TELL


def _command(files: list[str], out: Path) -> list[str]:
    return [sys.executable, "-m", "ecg_core", "screen", *files, "--out", str(out), "--workers"]


def _rows(out: Path) -> dict[str, dict[str, Any]]:
    table = pq.read_table(out / "screening.parquet").drop_columns(["seconds", "analysed_at"])
    return {row["name"]: row for row in table.to_pylist()}


@pytest.mark.slow
def test_killed_in_the_middle_and_begun_again_gives_the_table_of_one_process(tmp_path: Path) -> None:
    alone, killed = tmp_path / "alone", tmp_path / "killed"
    demos = [f"demo_{name}" for name in ("12lead", "pac", "pvc", "af", "noise")]
    to_screen = partial(_command, [str(write_scenario(demo, tmp_path / "data", hours=0.02)) for demo in demos])
    subprocess.run([*to_screen(alone), "1"], cwd=ROOT, check=True, capture_output=True)
    process = subprocess.Popen(
        [*to_screen(killed), "2"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    journal = killed / "rows.jsonl"
    deadline = time.monotonic() + 200
    while not (journal.is_file() and journal.read_bytes().count(b"\n") >= 2) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    n_before = journal.read_bytes().count(b"\n")
    assert n_before >= 2
    done = subprocess.run([*to_screen(killed), "2"], cwd=ROOT, check=True, capture_output=True, text=True)
    assert f"{n_before} done before" in done.stdout
    assert len(_rows(alone)) > n_before
    assert _rows(killed) == _rows(alone)
