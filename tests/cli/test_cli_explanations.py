"""``evaluate --explanations``: how far the maps can be trusted, printed, as JSON, and in the card."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.classification.model import load_model
from ecg_core.evaluation.explanations import choose
from ecg_core.explanation import METHODS

Run = Callable[..., Any]

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def model(tiny_model_folder: Path, tmp_path: Path) -> Path:
    """The untrained model, its logits shifted so that it names some N and some S beats correctly, and no V."""
    folder = Path(shutil.copytree(tiny_model_folder, tmp_path / "model"))
    card = json.loads((folder / "card.json").read_text())
    card["calibration"]["logit_shift"] = [1.1, 0.0, -9.0, -9.0, -9.0]
    (folder / "card.json").write_text(json.dumps(card))
    return folder


def test_explanations_are_measured_printed_and_kept(
    run: Run, records: Path, model: Path, tiny_model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecg_core.evaluation.explanations.DRAWS", 1)
    monkeypatch.setattr("ecg_core.evaluation.explanations.RANDOMISED_BEATS", 1)
    asked = ("evaluate", "--explanations", "--data", records, "--records", "demo_pvc,demo_pac", "--model", model)
    options = ("--beats", 2, "--other-model", tiny_model_folder, "--card", "--json", tmp_path / "figures.json")
    ran = run(*asked, *options)
    assert (ran.status, ran.err) == (0, "")
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["beats"] == {"V": 0, "S": 2, "N": 2}
    assert figures["patients"] == {"V": 0, "S": 1, "N": 2}
    assert figures["replacement"] == "dominant beat"
    assert sum(figures["chance"].values()) == pytest.approx(1)
    assert tuple(figures["methods"]) == METHODS
    for found in figures["methods"].values():
        assert set(found["classes"]) == {"S", "N"}
        of_n = found["classes"]["N"]
        assert 0 < of_n["deletion"]["map"] < 1
        assert of_n["deletion"]["difference"] == pytest.approx(of_n["deletion"]["map"] - of_n["deletion"]["random"])
        assert len(of_n["deletion"]["interval"]) == 2
        assert found["classes"]["S"]["deletion"]["interval"] is None  # of one patient
        assert found["randomised"][0]["layer"] == "logits"
        # The other model has the same weights.
        assert found["other_model"]["N"]["rank_correlation"] > 0.8
    for said in ("Grad-CAM in 48 steps", "dominant beat's", "Integrated gradients S", "convolution_1", "maps of tiny"):
        assert said in ran.out

    card = json.loads((model / "card.json").read_text())
    assert card["figures"]["explanations"].keys() == figures.keys()
    assert "## Explanations" in (model / "README.md").read_text()
    assert "| Occlusion | S | 2 |" in (model / "README.md").read_text()
    assert run("evaluate", "--data", records, "--records", "demo_pac", "--model", model, "--card").status == 0
    assert set(json.loads((model / "card.json").read_text())["figures"]) == {"explanations", "demo_pac_reference"}


def test_the_sample_is_fixed_by_its_seed_and_drawn_in_turn_from_each_record(records: Path, model: Path) -> None:
    asked = (records, ["demo_pvc", "demo_pac"], load_model(model), 6)
    first, second, other = choose(*asked), choose(*asked), choose(*asked, seed=2)
    np.testing.assert_array_equal(first.index, second.index)
    assert not np.array_equal(first.index, other.index)
    of_n = first.record[first.label == "N"]
    assert sorted(of_n[:2]) == sorted(of_n[2:4]) == ["demo_pac", "demo_pvc"]


@pytest.mark.parametrize("options", [("--peaks", "detected"), ("--no-classify",), ("--beats", 0)])
def test_what_cannot_be_explained_is_one_sentence(run: Run, records: Path, model: Path, options: tuple[Any]) -> None:
    ran = run("evaluate", "--explanations", "--data", records, "--records", "demo_pvc", "--model", model, *options)
    assert ran.status == 2
    assert len(ran.complaints) == 1
    assert "--explanations needs" in ran.err


def test_a_model_that_names_nothing_correctly_is_one_sentence(run: Run, records: Path, model: Path) -> None:
    card = json.loads((model / "card.json").read_text())
    card["calibration"]["logit_shift"] = [-20.0, -20.0, -20.0, -20.0, 20.0]
    (model / "card.json").write_text(json.dumps(card))
    ran = run("evaluate", "--explanations", "--data", records, "--records", "demo_pvc", "--model", model)
    assert ran.status == 2
    assert "names no V, S or N beat of these records correctly" in ran.complaints[-1]
