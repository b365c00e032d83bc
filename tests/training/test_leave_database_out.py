"""Training in every direction: what is left out is what is tested, and no patient stands on both sides."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ecg_core.cli.program import main
from ecg_core.errors import ModelError, SourceError
from ecg_core.synthesis import write_scenario
from ecg_core.training.leave_database_out import directions_text, leave_database_out
from ecg_core.training.patients import Patients
from ecg_core.training.recipes import Recipe
from ecg_core.training.run_config import RunConfig
from ecg_core.training.schedule import Schedule

TINY = Recipe(
    name="tiny",
    summary="A few steps of a small network",
    filters=(4, 6),
    kernels=(5, 3),
    strides=(2, 2),
    dense=8,
    schedule=replace(Schedule(), epochs=1, batches_per_epoch=2, batch_size=16),
)


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two folders of short synthetic recordings with their true annotations."""
    first, second = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    for folder, names in ((first, ("demo_pvc",)), (second, ("demo_pac", "demo_sinus"))):
        for name in names:
            write_scenario(name, folder, hours=0.02)
    return first, second


@pytest.mark.tensorflow
def test_each_database_is_tested_by_a_model_that_has_not_seen_it(
    databases: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ecg_core.training.recipes.recipes", lambda: {"tiny": TINY})
    first, second = databases
    file, out = tmp_path / "figures.json", tmp_path / "models"
    words = ["train", "tiny", "--data", str(first), "--data", str(second), "--out", str(out), "--folds", "0"]
    assert main([*words, "--leave-database-out", "--json", str(file)]) == 0
    found = json.loads(file.read_text())["directions"]
    assert {(one["tested"], *one["trained"]) for one in found} == {(first.name, second.name), (second.name, first.name)}
    assert {(one["peaks"], one["part"]) for one in found} == {
        (peaks, part) for peaks in ("reference", "detected") for part in ("whole model", "each beat by itself")
    }
    for database in databases:
        card = json.loads((out / f"without-{database.name}" / "card.json").read_text())
        assert not set(card["training"]["recordings"]) & {header.stem for header in database.glob("*.hea")}
    scores = [-1.0 if one["figures"]["S_f1"] is None else one["figures"]["S_f1"] for one in found]
    assert scores == sorted(scores)
    assert len(capsys.readouterr().out.splitlines()) == len(found) + 1


def test_one_database_has_no_direction(databases: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="at least twice"):
        leave_database_out(RunConfig(TINY, (databases[0],), tmp_path / "out"))


def test_a_patient_in_two_databases_is_refused_before_training(databases: tuple[Path, Path], tmp_path: Path) -> None:
    listed = Patients({"demo_pvc": "one", "demo_pac": "two", "demo_sinus": "one"})
    with pytest.raises(SourceError, match="Patient one has recordings in two of the databases"):
        leave_database_out(RunConfig(TINY, databases, tmp_path / "out", patients=listed))
    assert not (tmp_path / "out").exists()


def test_figures_that_are_not_defined_are_shown_as_such() -> None:
    figures = {f"{letter}_{of}": None for letter in "SV" for of in ("se", "ppv", "f1")} | {"V_se": 0.5}
    direction = {"tested": "b", "trained": ["a"], "peaks": "reference", "part": "whole model", "figures": figures}
    line = directions_text([direction]).splitlines()[1]
    assert line.split()[-6:] == ["–", "–", "–", "50.0", "–", "–"]
