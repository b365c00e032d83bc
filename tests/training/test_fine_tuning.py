"""Fine-tuning: from a model's weights on other patients' recordings, with the encoder frozen or not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ecg_core.classification.model import BeatModel, load_model
from ecg_core.classification.network import ENCODER_LAYERS
from ecg_core.errors import ModelError, SourceError
from ecg_core.synthesis import write_scenario
from ecg_core.training.fine_tuning import FineTuning
from ecg_core.training.patients import BY_NAME, Patients
from ecg_core.training.recipes import Recipe
from ecg_core.training.run import train_recipe
from ecg_core.training.run_config import RunConfig
from ecg_core.training.schedule import Schedule

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("eagerly")]

TINY = Recipe(
    name="tiny",
    summary="A few steps",
    filters=(4, 6),
    kernels=(5, 3),
    strides=(2, 2),
    dense=8,
    # An average of weights that starts anew lags behind a few steps: it is left out here.
    schedule=replace(Schedule(), epochs=1, batches_per_epoch=4, batch_size=16, average=0.5),
)


@pytest.fixture(scope="module")
def base(annotated: Path, tmp_path_factory: pytest.TempPathFactory) -> BeatModel:
    return load_model(train_recipe(RunConfig(TINY, (annotated,), tmp_path_factory.mktemp("base") / "base", folds=0)))


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hospital")
    for name in ("demo_pvc", "demo_pac"):
        write_scenario(name, folder, hours=0.02, seed=77)
    return folder


def changed_layers(before: BeatModel, after: BeatModel) -> set[str]:
    pairs = zip(before.network.layers, after.network.layers, strict=True)
    return {
        old.name
        for old, new in pairs
        if any(not np.array_equal(a, b) for a, b in zip(old.get_weights(), new.get_weights(), strict=True))
    }


def test_a_frozen_encoder_stays_as_it_was_and_the_rest_learns(base: BeatModel, hospital: Path, tmp_path: Path) -> None:
    tuned = load_model(
        train_recipe(RunConfig(TINY, (hospital,), tmp_path / "a", folds=0, fine_tuning=FineTuning(base, True)))
    )
    assert tuned.card["training"]["started_from"]["frozen"] is True
    changed = changed_layers(base, tuned)
    assert changed
    assert not [name for name in changed if name.startswith(ENCODER_LAYERS)]


def test_without_freezing_the_encoder_learns_too(base: BeatModel, hospital: Path, tmp_path: Path) -> None:
    tuned = load_model(
        train_recipe(RunConfig(TINY, (hospital,), tmp_path / "b", folds=0, fine_tuning=FineTuning(base)))
    )
    assert [name for name in changed_layers(base, tuned) if name.startswith(ENCODER_LAYERS)]


def test_the_card_names_where_it_started(base: BeatModel, hospital: Path, tmp_path: Path) -> None:
    folder = train_recipe(RunConfig(TINY, (hospital,), tmp_path / "c", folds=0, fine_tuning=FineTuning(base)))
    training = json.loads((folder / "card.json").read_text())["training"]
    seen = {"recordings": base.card["training"]["recordings"]}
    expected = {"name": base.name, "sha256": base.sha256, "frozen": False, "training": seen}
    assert training["started_from"] == expected
    assert training["schedule"]["learning_rate"] == pytest.approx(TINY.schedule.learning_rate / 5)


def test_a_recording_the_model_was_trained_on_is_refused(base: BeatModel, annotated: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="base was already trained on demo_pac, demo_pvc, demo_sinus"):
        train_recipe(RunConfig(TINY, (annotated,), tmp_path / "d", folds=0, fine_tuning=FineTuning(base)))


def test_the_check_names_the_recordings_known_and_passes_others(base: BeatModel) -> None:
    tuning = FineTuning(base)
    known = dict(base.card["training"]["recordings"])
    name, digest = next(iter(known.items()))
    tuning.check({"other": "0" * 64, name: "1" * 64}, BY_NAME)
    with pytest.raises(SourceError, match=r"^base was already trained on renamed, or on the same patients; leave"):
        tuning.check({"other": "0" * 64, "renamed": digest}, BY_NAME)
    with pytest.raises(SourceError, match="renamed"):
        tuning.check({"renamed": digest}, Patients({"renamed": "somebody"}))


def test_another_recipe_s_network_is_refused_before_anything(base: BeatModel, hospital: Path, tmp_path: Path) -> None:
    other = replace(TINY, name="other")
    with pytest.raises(ModelError, match=r"^base was trained with the recipe tiny; fine-tune it with that one"):
        train_recipe(RunConfig(other, (hospital,), tmp_path / "f", folds=0, fine_tuning=FineTuning(base)))
    assert not (tmp_path / "f").exists()
    FineTuning(base).check_recipe("tiny")


def test_the_network_s_numbers_are_the_model_s_and_not_the_recipe_s(
    base: BeatModel, hospital: Path, tmp_path: Path
) -> None:
    larger = replace(TINY, filters=(8, 12), dense=16, schedule=replace(TINY.schedule, batches_per_epoch=1))
    tuned = load_model(
        train_recipe(RunConfig(larger, (hospital,), tmp_path / "g", folds=0, fine_tuning=FineTuning(base)))
    )
    assert tuned.card["network"] == base.card["network"]


def test_logs_for_tensorboard_hold_the_loss_of_each_network(annotated: Path, tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    train_recipe(RunConfig(TINY, (annotated,), tmp_path / "e", folds=2, logs=tmp_path / "logs"))
    for stage in ("Fold_1_of_2", "Fold_2_of_2", "Final_network"):
        events = EventAccumulator(str(tmp_path / "logs" / stage)).Reload()
        assert "loss" in events.Tags()["tensors"]
