"""Trees that learn S from N from annotated intervals, beside a network that stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import wfdb

from ecg_core.classification.model import MODELS_FOLDER, load_model
from ecg_core.training.prematurity_fit import main

pytestmark = pytest.mark.slow

SOURCE = MODELS_FOLDER / "beat-2026.2"
FS_HZ = 250


def write_annotations(folder: Path, name: str, seed: int, early_every: int = 9) -> None:
    """Write beats of a steady rhythm, some of them early and marked S."""
    rng = np.random.default_rng(seed)
    usual = rng.uniform(0.6, 1.1)
    time_s, symbols = [0.0], ["N"]
    for number in range(1, 600):
        early = number % early_every == 0
        after = symbols[-1] == "A"
        time_s.append(time_s[-1] + usual * (0.62 if early else 1.15 if after else 1.0) * rng.uniform(0.98, 1.02))
        symbols.append("A" if early else "N")
    sample = np.round(np.array(time_s) * FS_HZ).astype(int)
    wfdb.wrann(name, "atr", sample, symbol=symbols, fs=FS_HZ, write_dir=str(folder))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    folder = tmp_path / "ltdb_ann"
    folder.mkdir()
    for seed in range(4):
        write_annotations(folder, f"r{seed}", seed)
    return folder


def test_the_trees_learn_prematurity_and_the_network_stays(database: Path, tmp_path: Path) -> None:
    out = tmp_path / "with_trees"
    assert main([str(SOURCE), "--data", str(database), "--out", str(out)]) == 0
    before, after = load_model(SOURCE), load_model(out)
    with np.load(SOURCE / "weights.npz") as old, np.load(out / "weights.npz") as new:
        assert all((old[name] == new[name]).all() for name in old.files)
    assert before.prematurity is None
    assert after.prematurity is not None
    assert after.sha256 != before.sha256
    intervals = np.full(120, 1.0)  # another rate than any of the training's
    intervals[59], intervals[60] = 0.62, 1.15
    time_s = np.concatenate([[0.0], np.cumsum(intervals)])
    undecided = np.tile(np.array([0.45, 0.45, 0.05, 0.03, 0.02], np.float32), (121, 1))
    result = after.prematurity.divided(undecided, time_s)
    assert result[60, 1] > 2 * result[60, 0]
    assert (np.delete(result[:, 1], 60) < np.delete(result[:, 0], 60)).mean() > 0.95
    card = json.loads((out / "card.json").read_text(encoding="utf-8"))
    assert card["prematurity_training"]["beats"]["ltdb"]["recordings"] == 4
    assert card["figures"] == {}
    assert "Trees on intervals" in (out / "README.md").read_text(encoding="utf-8")


def test_beats_without_any_s_teach_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "nsrdb_ann"
    folder.mkdir()
    write_annotations(folder, "r0", 0, early_every=10_000)
    assert main([str(SOURCE), "--data", str(folder), "--out", str(tmp_path / "none")]) == 2
    assert "N and S" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
