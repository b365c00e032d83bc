"""A small training run from recordings to a model folder that classifies."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ecg_core.analysis import analyse
from ecg_core.beats import CLASSES, PROBABILITY_COLUMNS
from ecg_core.classification.model import load_model
from ecg_core.cli.program import main
from ecg_core.errors import SourceError
from ecg_core.formats import open_recording
from ecg_core.training.recipes import Recipe, recipes
from ecg_core.training.run import train_recipe
from ecg_core.training.run_config import RunConfig
from ecg_core.training.schedule import Schedule

TINY = Recipe(
    name="tiny",
    summary="A few steps of a small network",
    filters=(4, 6),
    kernels=(5, 3),
    strides=(2, 2),
    dense=8,
    schedule=replace(Schedule(), epochs=2, batches_per_epoch=4, batch_size=16),
)


@pytest.fixture(scope="module")
def trained(annotated: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, float, str]]]:
    """A model folder, and what was reported while it was trained."""
    seen: list[tuple[str, float, str]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path_factory.mktemp("cache")))
        folder = train_recipe(
            RunConfig(
                TINY,
                (annotated,),
                tmp_path_factory.mktemp("trained") / "tiny-1",
                seed=5,
                folds=2,
                command="the command",
            ),
            lambda stage, share, text: seen.append((stage, share, text)),
        )
    return folder, seen


@pytest.mark.tensorflow
def test_the_folder_loads_and_classifies(trained: tuple[Path, object], annotated: Path) -> None:
    model = load_model(trained[0])
    assert model.name == "tiny-1"
    recording = open_recording(annotated / "demo_pvc")
    analysis = analyse(recording, model, peaks=recording.annotations().beats()[0])
    probabilities = analysis.beats[list(PROBABILITY_COLUMNS)].to_numpy()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert np.ptp(probabilities, axis=0).max() > 1e-4


@pytest.mark.tensorflow
def test_the_card_tells_what_it_was_trained_on(trained: tuple[Path, object], annotated: Path) -> None:
    card = json.loads((trained[0] / "card.json").read_text())
    training = card["training"]
    assert training["command"] == "the command"
    assert training["seed"] == 5
    headers = sorted(annotated.glob("*.hea"))
    assert training["recordings"] == {header.stem: open_recording(header).sha256 for header in headers}
    n_beats = sum(len(open_recording(header).annotations().beats()[0]) for header in headers)
    assert sum(training["beats"].values()) == n_beats
    assert list(training["beats"]) == list(CLASSES)
    assert len(training["loss"]) == TINY.schedule.epochs
    assert 0.2 <= card["calibration"]["temperature"] <= 5
    validated = card["figures"]["cross_validation"]
    assert (validated["folds"], validated["grouped_by"]) == (2, "patient")
    assert 0 <= validated["accuracy"] <= 1


@pytest.mark.tensorflow
def test_progress_goes_through_every_stage_to_its_end(trained: tuple[Path, list[tuple[str, float, str]]]) -> None:
    seen = trained[1]
    stages = list(dict.fromkeys(stage for stage, _, _ in seen))
    assert stages == ["Preparing", "Fold 1 of 2", "Fold 2 of 2", "Final network"]
    for stage in stages:
        shares = [share for name, share, _ in seen if name == stage]
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
    assert seen[-1][2].startswith("loss ")


@pytest.mark.slow
@pytest.mark.tensorflow
def test_the_same_seed_gives_the_same_weights_and_another_others(annotated: Path, tmp_path: Path) -> None:
    once = replace(TINY, schedule=replace(TINY.schedule, epochs=1, batches_per_epoch=2))

    def weights(name: str, seed: int) -> list[np.ndarray]:
        folder = train_recipe(RunConfig(once, (annotated,), tmp_path / name, seed=seed, folds=0))
        assert json.loads((folder / "card.json").read_text())["calibration"]["temperature"] == 1.0
        with np.load(folder / "weights.npz") as stored:
            return [stored[name] for name in stored.files]

    first, again, other = weights("a", 3), weights("b", 3), weights("c", 4)
    for left, right in zip(first, again, strict=True):
        np.testing.assert_allclose(left, right, atol=1e-6)
    assert any(np.abs(left - right).max() > 1e-3 for left, right in zip(first, other, strict=True))


@pytest.mark.parametrize("folds", [1, 4, -2])
def test_folds_that_cannot_be_made_are_refused_before_any_work(annotated: Path, tmp_path: Path, folds: int) -> None:
    with pytest.raises(SourceError, match=f"3 patients cannot be divided into {folds} folds"):
        train_recipe(RunConfig(TINY, (annotated,), tmp_path / "model", folds=folds))
    assert not (tmp_path / "model").exists()


@pytest.mark.tensorflow
def test_train_is_a_command(
    annotated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ecg_core.training.recipes.recipes", lambda: {"tiny": TINY})
    out = tmp_path / "model"
    assert main(["train", "tiny", "--data", str(annotated), "--out", str(out), "--folds", "0"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith(f"Wrote {out}: ")
    card = json.loads((out / "card.json").read_text())
    assert card["training"]["command"].startswith("python -m ecg_core train tiny --data")
    assert load_model(out).name == "model"


def test_every_recipe_has_its_own_name_and_a_line_for_people() -> None:
    for name, recipe in recipes().items():
        assert recipe.name == name
        assert recipe.summary
        assert "\n" not in recipe.summary
