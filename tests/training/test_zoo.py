"""The zoo: one table from the cards, gone on with where it stopped, and checked figure by figure."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ecg_core.classification.model import DEFAULT_MODEL, MODELS_FOLDER
from ecg_core.errors import SourceError
from ecg_core.synthesis import write_scenario
from ecg_core.training import zoo
from ecg_core.training.recipes import recipes
from ecg_core.training.textbook import TextbookRecipe
from ecg_core.training.zoo import check_zoo, ec57_figures, make_zoo, table_rows

pytestmark = pytest.mark.tensorflow

NAMES = ("cnn5", "feature_logistic", "heart_rate_mlp")


def quiet(stage: str, share: float, text: str) -> None:
    """Show nothing."""


def small_recipes() -> dict[str, TextbookRecipe]:
    found = {name: recipe for name, recipe in recipes().items() if name in NAMES}
    return {
        name: replace(recipe, schedule=replace(recipe.schedule, epochs=1, batches_per_epoch=2, batch_size=16))
        for name, recipe in found.items()
        if isinstance(recipe, TextbookRecipe)
    }


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
    held_out = lambda data_dir: [data_dir / "101.hea", data_dir / "106.hea"]  # noqa: E731
    monkeypatch.setattr("ecg_core.training.textbook.training_headers", held_out)


@pytest.fixture(scope="module")
def made(mitdb: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    out = tmp_path_factory.mktemp("zoo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(zoo, "DS2", ("100", "103"))
        patch.setattr(zoo, "recipes", small_recipes)
        patch.setattr(
            "ecg_core.training.textbook.training_headers", lambda data_dir: [data_dir / "101.hea", data_dir / "106.hea"]
        )
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
        # cnn5's million parameters are above what is kept with the software.
        assert row["weights_shipped"] == (row["name"] != "cnn5")
        assert row["figures"]["examples_per_s"] > 0
    figures = {row["name"]: row["figures"] for row in rows}
    assert {"accuracy", "V_se", "V_ppv", "V_f1", "S_f1"} <= set(figures["cnn5"])
    assert {"mae_bpm", "mae_of_mean_bpm"} <= set(figures["heart_rate_mlp"])


def test_a_zoo_as_it_was_made_has_no_differences(made: Path, mitdb: Path) -> None:
    assert check_zoo(mitdb, made, quiet) == []


def test_a_figure_edited_in_a_card_is_found(copy: Path, mitdb: Path) -> None:
    edit(copy / "heart_rate_mlp", "mae_bpm", 1.5)
    edit(copy / "cnn5", "accuracy", None)
    rewrite_table(copy)
    differences = check_zoo(mitdb, copy, quiet)
    assert len(differences) == 2
    assert differences[0].startswith("cnn5: accuracy is ")
    assert differences[0].endswith(", its card says None.")
    assert differences[1].startswith("heart_rate_mlp: mae_bpm is ")
    assert differences[1].endswith(", its card says 1.5.")


def test_a_table_that_says_something_else_than_the_cards_is_found(copy: Path, mitdb: Path) -> None:
    rows = json.loads((copy / "zoo.json").read_text())
    rows[0]["figures"]["accuracy"] = 0.999
    (copy / "zoo.json").write_text(json.dumps(rows))
    assert check_zoo(mitdb, copy, quiet) == ["zoo.json does not say what the cards say; make the zoo again."]
    (copy / "zoo.json").unlink()
    assert check_zoo(mitdb, copy, quiet) == ["zoo.json does not say what the cards say; make the zoo again."]


def test_another_machine_s_speed_is_no_difference(copy: Path, mitdb: Path) -> None:
    edit(copy / "cnn5", "examples_per_s", 1)
    rewrite_table(copy)
    assert check_zoo(mitdb, copy, quiet) == []


def test_a_model_without_weights_stands_in_the_table_and_is_not_measured(copy: Path, mitdb: Path) -> None:
    (copy / "cnn5" / "weights.npz").unlink()
    rewrite_table(copy)
    assert [row["weights_shipped"] for row in table_rows(copy)] == [False, True, True]
    asked: list[str] = []
    assert check_zoo(mitdb, copy, lambda stage, share, text: asked.append(stage)) == []
    assert asked == ["feature_logistic", "heart_rate_mlp"]


def test_a_zoo_goes_on_where_it_was_stopped(copy: Path, mitdb: Path) -> None:
    card = json.loads((copy / "cnn5" / "card.json").read_text())
    shutil.rmtree(copy / "heart_rate_mlp")
    del card["figures"]["ds2"]  # stopped between training and measuring
    (copy / "cnn5" / "card.json").write_text(json.dumps(card))
    untouched = (copy / "feature_logistic" / "card.json").read_bytes()
    (copy / "zoo.json").unlink()
    asked: list[str] = []
    rows = make_zoo(mitdb, copy, lambda stage, share, text: asked.append(stage.split(":")[0]))
    assert set(asked) == {"cnn5", "heart_rate_mlp"}
    assert (copy / "feature_logistic" / "card.json").read_bytes() == untouched
    assert [row["name"] for row in rows] == sorted(NAMES)
    assert check_zoo(mitdb, copy, quiet) == []
    asked.clear()
    make_zoo(mitdb, copy, lambda stage, share, text: asked.append(stage))
    assert asked == []


def test_without_the_records_of_ds2_nothing_is_begun(made: Path, tmp_path: Path) -> None:
    for begin in (make_zoo, check_zoo):
        with pytest.raises(SourceError, match=r"lacks 2 records of DS2 \(100 \.\.\.\); give MIT-BIH's folder"):
            begin(tmp_path, made, quiet)


def test_the_shipped_model_stands_first_with_the_figures_of_its_card(copy: Path) -> None:
    shutil.copytree(MODELS_FOLDER / DEFAULT_MODEL, copy / DEFAULT_MODEL)
    first = table_rows(copy)[0]
    card = json.loads((MODELS_FOLDER / DEFAULT_MODEL / "card.json").read_text())
    assert first["name"] == DEFAULT_MODEL
    assert first["figures"] == ec57_figures(card["figures"]["ds2_reference"])
    gross = card["figures"]["ds2_reference"]["results"][0]["gross"]
    assert first["figures"]["V_se"] == pytest.approx(gross["V"]["se"], abs=1e-4)


def test_an_empty_folder_has_no_rows(tmp_path: Path) -> None:
    assert table_rows(tmp_path) == []
