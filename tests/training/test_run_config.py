"""Configuration of a run: from the command line into the card."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from command_line import configured

from ecg_core.training.facts import training_facts

pytestmark = pytest.mark.tensorflow


def test_a_card_records_the_run_without_folders_or_patients(tmp_path: Path) -> None:
    table = tmp_path / "patients.csv"
    table.write_text("recording,patient\nx,Meier\n")
    noise = tmp_path / "nstdb"
    config = configured(
        "cnn5",
        (str(tmp_path / "ward"), "svdb"),
        tmp_path / "models" / "mine",
        seed=7,
        folds=2,
        noise=noise,
        patients=table,
        precision="float32",
    )
    facts = training_facts(config, recordings={"x": "0" * 64}, losses=[1.0], seconds=2.4)
    assert facts["run"] == {
        "recipe": "cnn5",
        "data": ["ward", "svdb"],
        "seed": 7,
        "seeds": 1,
        "folds": 2,
        "patients": "table",
        "noise": "nstdb",
        "fine_tuning": None,
        "precision": "float32",
    }
    assert config.name == "mine"
    assert str(tmp_path) not in json.dumps(facts)
    assert "Meier" not in json.dumps(facts)


@pytest.mark.parametrize(("recipe", "folds"), [("beat", 3), ("cnn5", 0), ("rhythm_intervals", 3), ("rhythm", 0)])
def test_each_recipe_has_its_number_of_folds(recipe: str, folds: int, tmp_path: Path) -> None:
    assert configured(recipe, ("svdb",), tmp_path / "out").n_folds == folds
    assert configured(recipe, ("svdb",), tmp_path / "out", folds=5).n_folds == 5


def test_a_configuration_cannot_be_changed(tmp_path: Path) -> None:
    config = configured("cnn5", ("svdb",), tmp_path / "out")
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.seed = 2  # type: ignore[misc]
