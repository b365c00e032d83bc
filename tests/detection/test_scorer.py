"""The network that weighs candidates, and the choice among candidates that crowd."""

import json
from pathlib import Path

import numpy as np
import pytest

from ecg_core.detection.peak_selection import select_peaks
from ecg_core.detection.scorer import WEIGHTS_FILE, load_scorer
from ecg_core.errors import ModelError
from ecg_core.mitbih import DS1


def test_likelier_of_two_that_crowd_is_kept() -> None:
    position = np.array([100, 130, 300, 345, 390, 600])
    probability = np.array([0.9, 0.95, 0.8, 0.99, 0.7, 0.2])
    assert select_peaks(position, probability, 47, 0.5).tolist() == [130, 345]


def test_loser_does_not_push_out_a_third() -> None:
    position, probability = np.array([0, 40, 80]), np.array([0.99, 0.9, 0.8])
    assert select_peaks(position, probability, 47, 0.5).tolist() == [0, 80]


def test_weights_were_fitted_on_allowed_records_only() -> None:
    content = json.loads(WEIGHTS_FILE.read_text())
    databases = {name.split("/")[0] for name in content["fitted_on"]}
    assert databases == {"mitdb", "svdb"}  # no record with electrode motion in it
    assert {name.split("/")[1] for name in content["fitted_on"] if name.startswith("mitdb")} == set(DS1)
    assert "no electrode motion" in content["noise"]


def test_missing_or_foreign_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.json cannot be read"):
        load_scorer(tmp_path / "none.json")
    content = json.loads(WEIGHTS_FILE.read_text()) | {"features": ["height"]}
    (tmp_path / "other.json").write_text(json.dumps(content))
    with pytest.raises(ModelError, match="other features"):
        load_scorer(tmp_path / "other.json")
