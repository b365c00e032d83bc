"""What a card says of held-out patients, and what of it the model then works with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.classification.context import ContextSpec
from ecg_core.classification.model import load_model
from ecg_core.errors import ModelError
from ecg_core.training.augmentation import Augmentation
from ecg_core.training.recipes import Recipe
from ecg_core.training.run import train_recipe
from ecg_core.training.run_config import RunConfig
from ecg_core.training.schedule import Schedule

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("eagerly")]

TINY = Recipe(
    *("tiny", "tiny"),
    filters=(4, 6),
    kernels=(5, 3),
    strides=(2, 2),
    dense=8,
    schedule=replace(Schedule(), epochs=2, batches_per_epoch=4, batch_size=16),
    augmentation=Augmentation(one_lead=0.0),
)


@pytest.fixture(scope="module")
def trained(annotated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_recipe(RunConfig(TINY, (annotated,), tmp_path_factory.mktemp("held") / "model", folds=2))


def card(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "card.json").read_text()))


def test_the_card_tells_figures_with_and_without_context_and_calibration(trained: Path) -> None:
    validated = card(trained)["figures"]["cross_validation"]
    assert set(validated["calibration_error"]) == {"N", "S", "V"}
    assert 0 <= validated["accuracy"] <= 1
    assert set(validated["without_context"]["classes"]) == {"N", "S", "V", "F", "Q"}
    assert "each beat by itself" in (trained / "README.md").read_text()


def test_the_model_works_in_the_context_that_its_card_states(trained: Path) -> None:
    model = load_model(trained)
    assert model.context == ContextSpec()
    assert model.familiarity is not None
    assert model.familiarity.limit == card(trained)["familiarity"]["limit"] > 0
    assert model.familiarity.precision.shape == (TINY.dense, TINY.dense)


def test_constants_of_context_and_familiarity_count_for_the_hash(trained: Path, tmp_path: Path) -> None:
    seen = {load_model(trained).sha256}
    changes = ({"context": {**ContextSpec().to_dict(), "left_to_s": 0.5}}, {"familiarity": {"limit": 1.0}})
    for index, change in enumerate(changes):
        folder = tmp_path / str(index)
        folder.mkdir()
        (folder / "weights.npz").write_bytes((trained / "weights.npz").read_bytes())
        (folder / "card.json").write_text(json.dumps(card(trained) | change))
        seen.add(load_model(folder).sha256)
    assert len(seen) == 3


def test_a_card_that_promises_what_the_weights_lack_is_refused(trained: Path, tmp_path: Path) -> None:
    import hashlib

    with np.load(trained / "weights.npz") as stored:
        kept = {name: stored[name] for name in stored.files if name.startswith("w")}
    np.savez(tmp_path / "weights.npz", **kept)
    digest = hashlib.sha256((tmp_path / "weights.npz").read_bytes()).hexdigest()
    (tmp_path / "card.json").write_text(json.dumps(card(trained) | {"weights_sha256": digest}))
    with pytest.raises(ModelError, match="copy the folder again"):
        _ = load_model(tmp_path).familiarity


def test_without_folds_nothing_is_strange(annotated: Path, tmp_path: Path) -> None:
    folder = train_recipe(RunConfig(TINY, (annotated,), tmp_path / "model", folds=0))
    assert load_model(folder).familiarity is None
    assert "cross_validation" not in card(folder)["figures"]
