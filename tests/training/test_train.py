"""The workbench: what is ordered is trained, an ensemble goes on where it stopped, nonsense is refused first."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wfdb
from command_line import configured

from ecg_core.classification.ensemble import MAX_MEMBERS, Ensemble
from ecg_core.classification.loading import load_classifier
from ecg_core.cli.program import main
from ecg_core.errors import ModelError, SourceError
from ecg_core.formats import open_recording
from ecg_core.textbook.model import TextbookModel
from ecg_core.textbook.training import TextbookRecipe
from ecg_core.training import recipes as recipe_registry
from ecg_core.training import train as train_module
from ecg_core.training.data_sources import DATA_SETS
from ecg_core.training.patients import BY_NAME, Patients
from ecg_core.training.recipes import AnyRecipe, Recipe, recipes
from ecg_core.training.run_config import RunConfig
from ecg_core.training.runtime import Runtime
from ecg_core.training.train import train

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("eagerly")]


@pytest.fixture(autouse=True)
def _recipes(monkeypatch: pytest.MonkeyPatch, tiny_textbook: Callable[..., TextbookRecipe]) -> None:
    """Recipes that train in no time, under their own names."""
    schedule: dict[str, Any] = {"epochs": 1, "batches_per_epoch": 1}
    beat = Recipe("small beat", "small", filters=(4, 6), kernels=(5, 3), strides=(2, 2), dense=8)
    known: dict[str, AnyRecipe] = {
        "tiny": tiny_textbook(schedule),
        "two classes": tiny_textbook(schedule, name="two classes", target="binary"),
        "small beat": replace(beat, schedule=replace(beat.schedule, **schedule)),
    }
    monkeypatch.setattr("ecg_core.training.recipes.get_recipe", known.__getitem__)


class KilledError(Exception):
    """What ends a run in the middle of it."""


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[RunConfig[Any]]:
    """Configuration of each training that was begun; a run whose seed is in `killed` fails."""
    seen: list[RunConfig[Any]] = []
    for name in ("train_textbook", "train_recipe"):
        usual = getattr(train_module, name)

        def spied(config: RunConfig[Any], progress: Any, usual: Any = usual) -> Path:
            seen.append(config)
            if config.seed in killed:
                raise KilledError
            return Path(usual(config, progress))

        monkeypatch.setattr(train_module, name, spied)
    killed.clear()
    return seen


killed: set[int] = set()
"""Seeds whose training is killed."""


def card(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "card.json").read_text()))


def probabilities(model: Any, folder: Path) -> np.ndarray:
    recording = open_recording(folder / "demo_pvc.hea")
    annotations = recording.annotations()
    assert annotations is not None
    return np.asarray(model.classify(recording, annotations.beats()[0]))


@pytest.fixture(scope="module")
def joined(
    annotated: Path, tmp_path_factory: pytest.TempPathFactory, tiny_textbook: Callable[..., TextbookRecipe]
) -> tuple[Path, list[tuple[str, float, str]]]:
    """An ensemble of two seeds, and what was reported meanwhile."""
    seen: list[tuple[str, float, str]] = []
    out = tmp_path_factory.mktemp("joined") / "two"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(recipe_registry, "get_recipe", lambda name: tiny_textbook())
        order = configured("tiny", (str(annotated),), out, seed=4, seeds=2, command="the command")
        train(order, lambda *said: seen.append(said))
    return out, seen


def test_several_seeds_are_one_model_that_says_their_mean(joined: tuple[Path, Any], annotated: Path) -> None:
    model = load_classifier(joined[0])
    assert isinstance(model, Ensemble)
    assert model.name == "two"
    assert model.weights == (0.5, 0.5)
    assert [member.card["training"]["seed"] for member in model.members] == [4, 5]
    first, second = (probabilities(member, annotated) for member in model.members)
    assert np.abs(first - second).max() > 1e-3
    np.testing.assert_allclose(probabilities(model, annotated), (first + second) / 2, atol=1e-6)


def test_an_ensemble_s_card_tells_of_all_its_trainings(joined: tuple[Path, Any], annotated: Path) -> None:
    out, seen = joined
    training = card(out)["training"]
    assert (training["command"], training["seed"], training["seeds"]) == ("the command", 4, 2)
    digests = {header.stem: open_recording(header).sha256 for header in annotated.glob("*.hea")}
    assert training["recordings"] == digests
    members = load_classifier(out).members  # type: ignore[union-attr]
    assert training["seconds"] == sum(member.card["training"]["seconds"] for member in members)
    assert card(out)["summary"] == "mean of 2 seeds of tiny"
    # Nothing is left beside it.
    assert [path.name for path in out.parent.iterdir()] == ["two"]
    stages = list(dict.fromkeys(stage.split(":")[0] for stage, _, _ in seen))
    assert stages == ["Network 1 of 2", "Network 2 of 2"]
    assert "Network 2 of 2: Training" in {stage for stage, _, _ in seen}


def test_a_killed_ensemble_does_not_train_its_finished_members_again(
    annotated: Path, tmp_path: Path, begun: list[RunConfig[Any]]
) -> None:
    order = configured("tiny", (str(annotated),), tmp_path / "out", seed=1, seeds=3, command="one command")
    killed.add(2)
    with pytest.raises(KilledError):
        train(order)
    assert not (tmp_path / "out").exists()
    assert [one.seed for one in begun] == [1, 2]
    killed.clear()
    model = load_classifier(train(order))
    assert isinstance(model, Ensemble)
    assert [one.seed for one in begun] == [1, 2, 2, 3]
    assert [member.card["training"]["seed"] for member in model.members] == [1, 2, 3]


def test_members_of_another_command_are_trained_anew(
    annotated: Path, tmp_path: Path, begun: list[RunConfig[Any]]
) -> None:
    order = ("tiny", (str(annotated),), tmp_path / "out")
    killed.add(2)
    with pytest.raises(KilledError):
        train(configured(*order, seeds=2, command="one command"))
    with pytest.raises(KilledError):
        train(configured(*order, seeds=2, settings=("schedule.epochs=2",), command="another command"))
    assert [one.seed for one in begun] == [1, 2, 1, 2]


@pytest.mark.parametrize("seeds", [-1, 0, MAX_MEMBERS + 1])
def test_a_number_of_seeds_that_makes_no_ensemble_is_refused(
    annotated: Path, tmp_path: Path, begun: list[RunConfig[Any]], seeds: int
) -> None:
    with pytest.raises(ModelError, match=rf"^--seeds {seeds}: an ensemble has 2 to {MAX_MEMBERS} members\.$"):
        train(configured("tiny", (str(annotated),), tmp_path / "out", seeds=seeds))
    assert not begun
    assert not list(tmp_path.iterdir())


def test_one_seed_is_a_model_of_its_own(annotated: Path, tmp_path: Path) -> None:
    model = load_classifier(train(configured("tiny", (str(annotated),), tmp_path / "out", seed=7)))
    assert isinstance(model, TextbookModel)
    assert model.card["training"]["seed"] == 7


def test_only_models_of_the_five_classes_are_joined(
    annotated: Path, tmp_path: Path, begun: list[RunConfig[Any]]
) -> None:
    with pytest.raises(ModelError, match=r"^two classes does not tell the five classes; only models that do"):
        train(configured("two classes", (str(annotated),), tmp_path / "out", seeds=2))
    assert not begun
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("there", ["a folder", "a file"])
def test_a_folder_in_use_is_refused_before_an_ensemble_is_trained(
    annotated: Path, tmp_path: Path, begun: list[RunConfig[Any]], there: str
) -> None:
    out = tmp_path / "out"
    if there == "a file":
        out.touch()
    else:
        out.mkdir()
        (out / "card.json").touch()
    with pytest.raises(ModelError, match="out holds something already; give a folder that does not exist yet"):
        train(configured("tiny", (str(annotated),), out, seeds=2))
    assert not begun
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_settings_reach_the_training_and_its_card(annotated: Path, tmp_path: Path, begun: list[RunConfig[Any]]) -> None:
    settings = ("schedule.epochs=2", "schedule.focal_gamma=1.5", "prior=0.25", "patience=1", "augmentation.flip=0.1")
    training = card(train(configured("tiny", (str(annotated),), tmp_path / "out", settings=settings)))["training"]
    assert (training["schedule"]["epochs"], training["schedule"]["focal_gamma"]) == (2, 1.5)
    assert (training["prior"], training["patience"], training["augmentation"]["flip"]) == (0.25, 1, 0.1)
    (one,) = begun
    usual = recipe_registry.get_recipe("tiny")
    assert one.recipe.schedule == replace(usual.schedule, epochs=2, focal_gamma=1.5)
    assert one.recipe.build is usual.build  # type: ignore[union-attr]


def test_a_setting_that_is_none_is_refused_before_anything(
    annotated: Path, tmp_path: Path, begun: list[RunConfig[Any]]
) -> None:
    with pytest.raises(ModelError, match=r"^'epochs=3' sets nothing; give NAME=VALUE"):
        train(configured("tiny", (str(annotated),), tmp_path / "out", settings=("epochs=3",)))
    assert not begun


@pytest.fixture(scope="module")
def nstdb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nstdb")
    for name in ("bw", "ma", "em"):
        noise = np.random.default_rng(len(name)).standard_normal((7200, 1))
        wfdb.wrsamp(name, 360, ["mV"], ["noise"], noise, fmt=["16"], write_dir=str(folder))
    return folder


@pytest.mark.parametrize(
    ("settings", "expected"), [((), 0.2), (("augmentation.recorded_noise=0.4",), 0.4)], ids=["default", "own"]
)
def test_noise_that_is_given_is_mixed_in(
    annotated: Path, nstdb: Path, tmp_path: Path, settings: tuple[str, ...], expected: float
) -> None:
    order = ("tiny", (str(annotated),))
    training = card(train(configured(*order, tmp_path / "out", settings=settings, noise=nstdb)))["training"]
    assert training["augmentation"]["recorded_noise"] == expected
    assert set(training["noise"]) == {"bw", "ma"}
    quiet = card(train(configured(*order, tmp_path / "quiet")))["training"]
    assert quiet["augmentation"]["recorded_noise"] == 0
    assert "noise" not in quiet


def test_freezing_nothing_is_refused(annotated: Path, tmp_path: Path, begun: list[RunConfig[Any]]) -> None:
    with pytest.raises(ModelError, match=r"^--freeze leaves a trained model's layers as they are; name that model"):
        train(configured("tiny", (str(annotated),), tmp_path / "out", freeze=True))
    assert not begun


def test_an_ensemble_is_no_start(
    joined: tuple[Path, Any], annotated: Path, tmp_path: Path, begun: list[RunConfig[Any]]
) -> None:
    with pytest.raises(ModelError, match=r"^two is an ensemble; fine-tune its members one by one\.$"):
        train(configured("tiny", (str(annotated),), tmp_path / "out", start=str(joined[0])))
    with pytest.raises(ModelError):
        train(configured("tiny", (str(annotated),), tmp_path / "out", start="no such model"))
    assert not begun


@pytest.mark.parametrize("freeze", [False, True])
def test_a_model_is_gone_on_with(annotated: Path, tmp_path: Path, begun: list[RunConfig[Any]], freeze: bool) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder, names in ((first, ("demo_pvc", "demo_pac")), (second, ("demo_sinus", "demo_pvc"))):
        folder.mkdir()
        for name in names:
            for file in annotated.glob(f"{name}.*"):
                (folder / file.name).write_bytes(file.read_bytes())
    start = train(configured("tiny", (str(first),), tmp_path / "start"))
    with pytest.raises(SourceError, match="start was already trained on demo_pvc, or on the same patients"):
        train(configured("tiny", (str(second),), tmp_path / "out", start=str(start), freeze=freeze))
    for file in second.glob("demo_pvc.*"):
        file.rename(second / f"other{file.suffix}")
    header = second / "other.hea"
    header.write_text(header.read_text().replace("demo_pvc", "other"))
    signal = bytearray((second / "other.dat").read_bytes())
    signal[100] ^= 1
    (second / "other.dat").write_bytes(signal)
    tuned = train(configured("tiny", (str(second),), tmp_path / "out", start=str(start), freeze=freeze))
    seen = {"recordings": card(start)["training"]["recordings"]}
    expected = {"name": "start", "sha256": load_classifier(start).sha256, "frozen": freeze, "training": seen}
    assert card(tuned)["training"]["started_from"] == expected
    assert begun[-1].fine_tuning is not None
    assert begun[-1].fine_tuning.freeze is freeze


@pytest.mark.parametrize(("folds", "of_beat", "of_textbook"), [(None, 3, 0), (0, 0, 0), (2, 2, 2)])
def test_what_is_ordered_is_what_training_is_told(
    annotated: Path, tmp_path: Path, begun: list[RunConfig[Any]], folds: int | None, of_beat: int, of_textbook: int
) -> None:
    table = tmp_path / "patients.csv"
    table.write_text("recording,patient\nx,P-1\n")
    data, out, logs = ("svdb", str(annotated)), tmp_path / "out", tmp_path / "logs"
    options = {"seed": 3, "folds": folds, "precision": "float32", "logs": logs, "command": "the command"}
    killed.add(3)
    for recipe, expected in (("small beat", of_beat), ("tiny", of_textbook)):
        begun.clear()
        with pytest.raises(KilledError):
            train(configured(recipe, data, out, patients=table, **options))
        (one,) = begun
        assert one.recipe == recipe_registry.get_recipe(recipe)
        assert (one.data, one.out, one.n_folds) == (data, out, expected)
        assert (one.seed, one.command, one.logs) == (3, "the command", tmp_path / "logs")
        assert one.patients == Patients({"x": "P-1"})
        assert one.runtime == Runtime("float32")
        assert one.fine_tuning is one.noise is None
    with pytest.raises(KilledError):
        train(configured("tiny", data, out, seeds=2, **options))
    assert begun[-1].patients is BY_NAME
    assert begun[-1].logs == tmp_path / "logs" / begun[-1].out.name


def table_of(annotated: Path, folder: Path) -> Path:
    """A table of three patients with ids that no card may show."""
    rows = [f"{header.stem},id-{index}-Meier" for index, header in enumerate(sorted(annotated.glob("*.hea")))]
    file = folder / "patients.csv"
    file.write_text("\n".join(["recording,patient", *rows, ""]))
    return file


def test_the_command_takes_settings_patients_and_folds(
    annotated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, table = tmp_path / "model", table_of(annotated, tmp_path)
    ordered = ["train", "tiny", "--data", str(annotated), "--out", str(out), "--folds", "3", "--patients", str(table)]
    assert main([*ordered, "--set", "schedule.epochs=2", "--set", "prior=0.5", "--precision", "float32"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith(f"Wrote {out}: ")
    made = card(out)
    figures = json.loads(captured.out.split("\n", 1)[1])
    assert figures == made["figures"]
    assert (figures["cross_validation"]["folds"], figures["cross_validation"]["grouped_by"]) == (3, "patient")
    training = made["training"]
    assert (training["schedule"]["epochs"], training["prior"]) == (2, 0.5)
    assert len(training["loss"]) <= 2
    assert len(training["patients"]["hashes"]) == 3
    assert "Meier" not in (out / "card.json").read_text()
    assert training["command"].startswith("python -m ecg_core train tiny --data")
    assert "--set schedule.epochs=2" in training["command"]


def test_the_command_joins_seeds(annotated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "model"
    table = str(table_of(annotated, tmp_path))
    ordered = ["train", "tiny", "--data", str(annotated), "--out", str(out), "--seeds", "2", "--patients", table]
    assert main(ordered) == 0
    assert capsys.readouterr().out.startswith(f"Wrote {out}: {card(out)['parameters']} parameters, ")
    model = load_classifier(out)
    assert isinstance(model, Ensemble)
    assert [member.card["training"]["seed"] for member in model.members] == [1, 2]
    for file in out.rglob("card.json"):
        assert "Meier" not in file.read_text()
    # Whoever goes on from it later is told.
    later = Patients({"renamed": "id-1-Meier", "new": "id-9-Meier"})
    assert later.known(card(out)["training"], {"renamed": "0" * 64, "new": "1" * 64}) == ["renamed"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--set", "epochs=3"], "'epochs=3' sets nothing; give NAME=VALUE with one of schedule.epochs, "),
        (["--set", "schedule.epochs=x"], "schedule.epochs takes a value like 1, not 'x'."),
        (["--seeds", "0"], "--seeds 0: an ensemble has 2 to 64 members."),
        (["--freeze"], "--freeze leaves a trained model's layers as they are"),
        (["--folds", "7"], "3 patients cannot be divided into 7 folds"),
        (["--data", "nowhere"], "nowhere is not a folder, nor one of the data sets ds1"),
        (["--patients", "absent.csv"], "absent.csv"),
        (["--from", "absent model"], "absent model"),
        (["--seed", "-4"], "--seed -4: a seed is a number from 0 to "),
        (["--seed", "4294967295", "--seeds", "2"], "--seed 4294967295: a seed is"),
        (["--out", "/dev/null/model"], "The model cannot be written to /dev/null/model: "),
    ],
)
def test_what_cannot_be_trained_is_one_line_and_nothing_is_written(
    annotated: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    wrong: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", "tiny", "--data", str(annotated), "--out", "model", *wrong]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert captured.err.strip().count("\n") == 0
    assert not list(tmp_path.iterdir())


def test_recipes_and_data_sets_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, recipe in recipes().items():
        assert f"{name:20} {recipe.summary}" in lines
    for name, data_set in DATA_SETS.items():
        assert f"{name:20} {data_set.title}" in lines
    assert not [line for line in lines if line.startswith("ds2")]
