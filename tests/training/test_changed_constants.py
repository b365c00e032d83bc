"""A model with other constants is another model: a name, a folder and a hash of its own, and no figures yet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ecg_core.classification.model import MODELS_FOLDER, load_model
from ecg_core.training.changed_constants import main

SOURCE = MODELS_FOLDER / "beat-2026.2"


def test_rate_is_withheld_and_the_rules_go_with_the_same_weights(tmp_path: Path) -> None:
    out = tmp_path / "other"
    words = [str(SOURCE), "--set", "network.usual_interval_s=0.8", "--set", "context=None", "--out", str(out)]
    assert main(words) == 0
    before, after = load_model(SOURCE), load_model(out)
    assert (after.name, after.card["network"]["usual_interval_s"], after.context) == ("other", 0.8, None)
    assert after.card["weights_sha256"] == before.card["weights_sha256"]
    assert after.sha256 != before.sha256
    assert after.card["figures"] == {}
    assert after.card["training"] == before.card["training"]
    assert after.card["changed_constants"]["from"] == before.name
    assert "context=None" in (out / "README.md").read_text(encoding="utf-8")


def test_one_rule_can_go_alone(tmp_path: Path) -> None:
    assert main([str(SOURCE), "--set", "context.paroxysm_share=0", "--out", str(tmp_path / "one")]) == 0
    card = json.loads((tmp_path / "one" / "card.json").read_text())
    assert card["context"]["paroxysm_share"] == 0
    assert card["context"]["cluster_weight"] == 0.5


@pytest.mark.parametrize(
    ("setting", "said"),
    [("weights=0", "sets nothing"), ("network.colour=1", "sets nothing"), ("context.left_to_s=much", "takes a value")],
)
def test_what_is_no_constant_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], setting: str, said: str
) -> None:
    assert main([str(SOURCE), "--set", setting, "--out", str(tmp_path / "none")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_a_folder_that_exists_is_left_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(SOURCE), "--set", "context=None", "--out", str(tmp_path)]) == 2
    assert "exists" in capsys.readouterr().err
