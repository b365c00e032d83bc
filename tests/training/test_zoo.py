"""The zoo: one table from the cards, gone on with where it stopped, checked figure by figure."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ecg_core.classification.model import COMPARABLE_MODEL, MODELS_FOLDER
from ecg_core.errors import SourceError
from ecg_core.synthesis import write_scenario
from ecg_core.textbook import zoo
from ecg_core.textbook.training import TextbookRecipe
from ecg_core.textbook.zoo import ZooCheck, check_zoo, ec57_figures, is_trained_as, make_zoo, table_rows
from ecg_core.training.recipes import recipes

pytestmark = pytest.mark.tensorflow

NAMES = ("cnn5", "feature_logistic", "heart_rate_mlp")


def quiet(stage: str, share: float, text: str) -> None:
    """Show nothing."""


def stages_of(made: list[str]) -> Any:
    """Return a way to note what is gone through, as ``name: stage``."""
    return lambda stage, share, text: made.append(stage) if stage not in made else None


def small_recipes() -> dict[str, TextbookRecipe]:
    found = {name: recipe for name, recipe in recipes().items() if name in NAMES}
    return {
        name: replace(recipe, schedule=replace(recipe.schedule, epochs=1, batches_per_epoch=2, batch_size=16))
        for name, recipe in found.items()
        if isinstance(recipe, TextbookRecipe)
    }


def of_ds1(data: Sequence[Path]) -> list[Path]:
    """Return the two recordings to train on."""
    return [folder / f"{record}.hea" for folder in data for record in ("101", "106")]


@pytest.fixture(scope="module")
def mitdb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two recordings to train on and two of DS2, short and synthetic."""
    folder = tmp_path_factory.mktemp("mitdb")
    scenarios = {"101": "demo_pvc", "106": "demo_pac", "100": "demo_pvc", "103": "demo_sinus"}
    for seed, (record, scenario) in enumerate(scenarios.items()):
        write_scenario(scenario, folder / record, hours=0.012, seed=seed + 1)
        for suffix in (".dat", ".atr"):
            (folder / record / f"{scenario}{suffix}").rename(folder / f"{record}{suffix}")
        header = (folder / record / f"{scenario}.hea").read_text()
        # Length and rate of a record of MIT-BIH are what holds DS2 out of training; these have their own.
        (folder / f"{record}.hea").write_text(header.replace(scenario, record))
        shutil.rmtree(folder / record)
    return folder


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """DS2 of two records, three recipes of two steps each."""
    monkeypatch.setattr(zoo, "DS2", ("100", "103"))
    monkeypatch.setattr(zoo, "recipes", small_recipes)
    monkeypatch.setattr("ecg_core.textbook.training.recordings_of", of_ds1)


@pytest.fixture(scope="module")
def made(mitdb: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    out = tmp_path_factory.mktemp("zoo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
        patch.setattr(zoo, "DS2", ("100", "103"))
        patch.setattr(zoo, "recipes", small_recipes)
        patch.setattr("ecg_core.textbook.training.recordings_of", of_ds1)
        make_zoo(mitdb, out, quiet)
        yield out


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    """A zoo that may be changed."""
    return Path(shutil.copytree(made, tmp_path / "zoo"))


def edit(folder: Path, figure: str, value: Any) -> None:
    card = json.loads((folder / "card.json").read_text())
    card["figures"]["ds2"][figure] = value
    (folder / "card.json").write_text(json.dumps(card))


def rewrite_table(out: Path) -> None:
    (out / "zoo.json").write_text(json.dumps(table_rows(out)))


def test_the_table_has_a_row_for_every_recipe_and_says_what_the_cards_say(made: Path) -> None:
    rows = json.loads((made / "zoo.json").read_text())
    assert [row["name"] for row in rows] == sorted(NAMES)
    for row in rows:
        card = json.loads((made / row["name"] / "card.json").read_text())
        assert row["figures"] == card["figures"]["ds2"]
        assert row["parameters"] == card["parameters"]
        assert row["trained_for"] == card["trained_for"]
        assert row["seconds_to_train"] == card["training"]["seconds"]
        assert row["figures"]["examples_per_s"] > 0
    figures = {row["name"]: row["figures"] for row in rows}
    assert {"accuracy", "V_se", "V_ppv", "V_f1", "S_f1"} <= set(figures["cnn5"])
    assert {"mae_bpm", "mae_of_mean_bpm"} <= set(figures["heart_rate_mlp"])


def test_a_zoo_as_it_was_made_has_no_differences(made: Path, mitdb: Path) -> None:
    check = check_zoo(mitdb, made, quiet)
    assert check == ZooCheck(NAMES, ())


def test_a_figure_edited_in_a_card_is_found(copy: Path, mitdb: Path) -> None:
    edit(copy / "heart_rate_mlp", "mae_bpm", 1.5)
    edit(copy / "cnn5", "accuracy", None)
    rewrite_table(copy)
    differences = check_zoo(mitdb, copy, quiet).differences
    assert len(differences) == 2
    assert differences[0].startswith("cnn5: accuracy is ")
    assert differences[0].endswith(", its card says None.")
    assert differences[1].startswith("heart_rate_mlp: mae_bpm is ")
    assert differences[1].endswith(", its card says 1.5.")


UNLIKE_CARDS = "zoo.json does not say what the cards say; make the zoo again."


def test_a_figure_left_out_of_a_card_is_found(copy: Path, mitdb: Path) -> None:
    card = json.loads((copy / "heart_rate_mlp" / "card.json").read_text())
    del card["figures"]["ds2"]["mae_bpm"]
    (copy / "heart_rate_mlp" / "card.json").write_text(json.dumps(card))
    rewrite_table(copy)
    assert [text.split(" is ")[0] for text in check_zoo(mitdb, copy, quiet).differences] == ["heart_rate_mlp: mae_bpm"]


def test_a_table_that_says_something_else_than_the_cards_is_found(copy: Path, mitdb: Path) -> None:
    rows = json.loads((copy / "zoo.json").read_text())
    rows[0]["figures"]["accuracy"] = 0.999
    (copy / "zoo.json").write_text(json.dumps(rows))
    assert check_zoo(mitdb, copy, quiet).differences == (UNLIKE_CARDS,)
    (copy / "zoo.json").unlink()
    assert check_zoo(mitdb, copy, quiet).differences == (UNLIKE_CARDS,)


def test_another_machine_s_speed_is_no_difference(copy: Path, mitdb: Path) -> None:
    edit(copy / "cnn5", "examples_per_s", 1)
    assert check_zoo(mitdb, copy, quiet).differences == ()


def test_a_model_without_weights_or_with_other_weights_is_named(copy: Path, mitdb: Path) -> None:
    (copy / "heart_rate_mlp" / "weights.npz").unlink()
    shutil.copy(copy / "heart_rate_mlp" / "network.json", copy / "cnn5")
    rewrite_table(copy)
    check = check_zoo(mitdb, copy, quiet)
    assert check.scored == ("feature_logistic",)
    other, nothing = check.differences
    assert other.endswith("network.json is not the file its card describes (hash differs); copy the folder again.")
    assert nothing == "heart_rate_mlp has no weights.npz; copy the folder again, or train it: heart_rate_mlp."
    shutil.rmtree(copy / "heart_rate_mlp")
    rewrite_table(copy)
    assert check_zoo(mitdb, copy, quiet).differences[-1] == "heart_rate_mlp has no card with figures; make the zoo."


def test_a_model_whose_weights_are_missing_is_trained_again(copy: Path, mitdb: Path) -> None:
    (copy / "cnn5" / "weights.npz").unlink()
    stages: list[str] = []
    make_zoo(mitdb, copy, stages_of(stages))
    assert {stage.split(":")[0] for stage in stages} == {"cnn5"}
    assert "cnn5: Training" in stages
    assert check_zoo(mitdb, copy, quiet) == ZooCheck(NAMES, ())


def unmeasured(folder: Path) -> None:
    """Take a model back to where it was trained and not yet measured."""
    card = json.loads((folder / "card.json").read_text())
    del card["figures"]["ds2"]
    (folder / "card.json").write_text(json.dumps(card))


def test_a_zoo_goes_on_where_it_was_stopped(copy: Path, mitdb: Path) -> None:
    before = json.loads((copy / "zoo.json").read_text())
    shutil.rmtree(copy / "heart_rate_mlp")
    unmeasured(copy / "cnn5")
    untouched = (copy / "feature_logistic" / "card.json").read_bytes()
    (copy / "zoo.json").unlink()
    stages: list[str] = []
    rows = make_zoo(mitdb, copy, stages_of(stages))
    assert {stage.split(":")[0] for stage in stages} == {"cnn5", "heart_rate_mlp"}
    assert "heart_rate_mlp: Training" in stages
    assert (copy / "feature_logistic" / "card.json").read_bytes() == untouched
    assert [row["name"] for row in rows] == sorted(NAMES)
    speed = {"examples_per_s": rows[0]["figures"]["examples_per_s"]}
    assert rows[0] == before[0] | {"figures": before[0]["figures"] | speed}
    assert check_zoo(mitdb, copy, quiet).differences == ()
    stages.clear()
    make_zoo(mitdb, copy, stages_of(stages))
    assert stages == []


def test_what_was_trained_is_measured_and_not_trained_again(copy: Path, mitdb: Path) -> None:
    estimator = (copy / "feature_logistic" / "estimator.skops").read_bytes()
    for name in ("cnn5", "feature_logistic"):
        unmeasured(copy / name)
    stages: list[str] = []
    make_zoo(mitdb, copy, stages_of(stages))
    assert stages == ["cnn5: Measuring", "feature_logistic: Measuring"]
    assert (copy / "feature_logistic" / "estimator.skops").read_bytes() == estimator
    assert check_zoo(mitdb, copy, quiet).differences == ()


def test_other_settings_than_the_recipe_s_are_named_and_trained_again(copy: Path, mitdb: Path) -> None:
    card = json.loads((copy / "heart_rate_mlp" / "card.json").read_text())
    card["training"]["schedule"]["epochs"] = 99
    (copy / "heart_rate_mlp" / "card.json").write_text(json.dumps(card))
    said = "heart_rate_mlp was trained with other settings than its recipe has now; make the zoo again."
    assert check_zoo(mitdb, copy, quiet).differences == (said,)
    stages: list[str] = []
    make_zoo(mitdb, copy, stages_of(stages))
    assert {stage.split(":")[0] for stage in stages} == {"heart_rate_mlp"}
    assert check_zoo(mitdb, copy, quiet).differences == ()


def test_a_setting_newer_than_the_card_counts_as_its_default(made: Path) -> None:
    recipe = small_recipes()["cnn5"]
    card = json.loads((made / "cnn5" / "card.json").read_text())
    assert is_trained_as(recipe, card)
    del card["training"]["schedule"]["average"]
    assert is_trained_as(recipe, card)
    assert not is_trained_as(replace(recipe, schedule=replace(recipe.schedule, average=0.5)), card)
    assert not is_trained_as(replace(recipe, inputs=replace(recipe.inputs, before_s=0.1)), card)
    assert not is_trained_as(recipe, {})


def test_without_the_records_of_ds2_nothing_is_begun(made: Path, tmp_path: Path) -> None:
    for begin in (make_zoo, check_zoo):
        with pytest.raises(SourceError, match=r"lacks 2 records of DS2 \(100 \.\.\.\); give MIT-BIH's folder"):
            begin(tmp_path, made, quiet)


def test_the_shipped_model_stands_first_with_the_figures_of_its_card(copy: Path) -> None:
    shutil.copytree(MODELS_FOLDER / COMPARABLE_MODEL, copy / COMPARABLE_MODEL)
    first = table_rows(copy)[0]
    card = json.loads((MODELS_FOLDER / COMPARABLE_MODEL / "card.json").read_text())
    assert first["name"] == COMPARABLE_MODEL
    assert first["figures"] == ec57_figures(card["figures"]["ds2_reference"])
    gross = card["figures"]["ds2_reference"]["results"][0]["gross"]
    assert first["figures"]["V_se"] == pytest.approx(gross["V"]["se"], abs=1e-4)


def test_the_shipped_model_s_speed_is_measured_once_and_its_figures_each_time(copy: Path, mitdb: Path) -> None:
    shutil.copytree(MODELS_FOLDER / COMPARABLE_MODEL, copy / COMPARABLE_MODEL)
    first = make_zoo(mitdb, copy, quiet)[0]["figures"]
    assert first["examples_per_s"] > 0
    assert make_zoo(mitdb, copy, quiet)[0]["figures"] == first
    check = check_zoo(mitdb, copy, quiet)
    assert COMPARABLE_MODEL in check.scored
    # The card tells of MIT-BIH's records; these are others.
    assert check.differences
    assert all(text.startswith(f"{COMPARABLE_MODEL}: ") for text in check.differences)


def test_an_empty_folder_has_no_rows(tmp_path: Path) -> None:
    assert table_rows(tmp_path) == []
