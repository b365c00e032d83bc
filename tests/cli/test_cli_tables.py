"""Tables of numbers on the command line: what is open names the options that answer it, what was noticed is printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.synthesis import generate, scenarios


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    """Sixteen seconds of a lead in mV at 360 Hz."""
    return np.asarray(generate(scenarios()["demo_pvc"], duration_s=16, seed=2).signal[:, 0], dtype=np.float64)


def written(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_refusal_names_the_options_that_answer_it(tmp_path: Path, run: Any, values: np.ndarray) -> None:
    bare = written(tmp_path / "bare.csv", [f"{value:.3f}" for value in values])
    ran = run("analyse", bare, "--no-classify", "--out", tmp_path / "out")
    assert ran.status == 2
    assert "--fs HZ" in ran.err
    assert "--unit UNIT" in ran.err
    ran = run("analyse", bare, "--no-classify", "--fs", "360", "--unit", "mV", "--out", tmp_path / "out")
    assert ran.status == 0
    assert "given by a person" in ran.err


def test_cells_that_are_no_numbers_are_accepted_by_an_option(tmp_path: Path, run: Any, values: np.ndarray) -> None:
    cells = ["off" if 900 < n < 1500 else f"{value:.3f}" for n, value in enumerate(values)]
    path = written(tmp_path / "off.csv", ["# fs: 360", "II (mV)", *cells])
    ran = run("analyse", path, "--no-classify", "--out", tmp_path / "out")
    assert ran.status == 2
    assert "599 of 5,760 values of II" in ran.err
    assert "--invalid-as-gaps" in ran.err
    ran = run("analyse", path, "--no-classify", "--invalid-as-gaps", "--out", tmp_path / "out")
    assert ran.status == 0
    assert "599 of 5,760 values of lead II are not numbers; shown as gaps." in ran.err


def test_a_gap_between_times_is_printed_and_kept(tmp_path: Path, run: Any, values: np.ndarray) -> None:
    rows = [f"{n / 360 + 20 * (n >= 2880):.4f},{value:.3f}" for n, value in enumerate(values)]
    path = written(tmp_path / "ward.csv", ["time_s,II_mV", *rows])
    ran = run("analyse", path, "--no-classify", "--out", tmp_path / "out")
    assert ran.status == 0
    assert "20 s at 8.0 s; shown as a gap" in ran.err
    kept = json.loads((tmp_path / "out" / "ward.json").read_text())
    assert any("20 s at 8.0 s" in note for note in kept["provenance"]["notes"])
    assert not {"PAUSE", "ASYSTOLE"} & {episode["kind"] for episode in kept["episodes"]}
