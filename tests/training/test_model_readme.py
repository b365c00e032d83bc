"""The model's README says what its card says."""

from __future__ import annotations

import json

import pytest

from ecg_core.classification.model import DEFAULT_MODEL, MODELS_FOLDER
from ecg_core.training.model_readme import model_readme

pytestmark = pytest.mark.slow

FOLDER = MODELS_FOLDER / DEFAULT_MODEL


@pytest.mark.parametrize("name", sorted(file.parent.name for file in MODELS_FOLDER.glob("*/README.md")))
def test_the_shipped_readme_is_the_one_its_card_gives(name: str) -> None:
    folder = MODELS_FOLDER / name
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    assert (folder / "README.md").read_text(encoding="utf-8") == model_readme(card)


def test_figures_data_protocol_and_limits_are_in_it() -> None:
    card = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
    text = model_readme(card)
    gross = card["figures"]["ds2_reference"]["results"][0]["gross"]
    assert f"| V | {100 * gross['V']['se']:.2f} | {100 * gross['V']['ppv']:.2f} |" in text
    for said in (card["data"], card["protocol"], *card["limits"], card["training"]["command"]):
        assert said in text


def test_figures_that_are_absent_are_a_dash_and_never_zero() -> None:
    card = {
        "name": "m",
        "parameters": 1,
        "weights_sha256": "0" * 64,
        "figures": {
            "cross_validation": {
                "folds": 2,
                "accuracy": None,
                "classes": {letter: {"se": None, "ppv": 0.5, "f1": None} for letter in "NSVF"},
            }
        },
    }
    assert "| V | – | 50.00 | – | – |" in model_readme(card)


def test_a_fine_tuned_model_names_where_it_started() -> None:
    card = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
    assert "Fine-tuned" not in model_readme(card)
    card["training"]["started_from"] = {"name": "beat-2025.9"}
    assert "- Fine-tuned from beat-2025.9\n" in model_readme(card)
