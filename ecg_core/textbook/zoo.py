"""The zoo: every recipe trained on the same data, measured on the same DS2, in one table.

`make_zoo` goes on where it was stopped: what was trained with the recipe's settings is not trained again, what was
measured is not measured again. `check_zoo` scores every model again from its weights.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ecg_core.classification.model import COMPARABLE_MODEL, load_model
from ecg_core.errors import ModelError, SourceError
from ecg_core.mitbih import DS2
from ecg_core.progress import StageProgress
from ecg_core.textbook.inputs import inputs_to_dict
from ecg_core.textbook.model import load_textbook
from ecg_core.textbook.training import TextbookRecipe, built_digest, train_textbook, untrained
from ecg_core.training.augmentation import STILL
from ecg_core.training.ds2 import (
    SPEED,
    ec57_figures,
    measure_beat_model,
    measure_textbook,
    speed_of_beat_model,
)
from ecg_core.training.recipes import recipes
from ecg_core.training.run_config import RunConfig
from ecg_core.training.targets import AamiTarget
from ecg_core.writing import write_text

TABLE: Final = "zoo.json"
FIGURES: Final = "ds2"
"""Key of a card's figures that stand in the table."""

_TOLERANCE: Final = 2e-3


@dataclass(frozen=True)
class ZooCheck:
    """What came of checking the zoo.

    Attributes
    ----------
    scored : tuple of str
        Names of the models that were scored.
    differences : tuple of str
        One sentence each.
    """

    scored: tuple[str, ...]
    differences: tuple[str, ...]


def make_zoo(data_dir: Path, out: Path, progress: StageProgress) -> list[dict[str, Any]]:
    """Train and measure every textbook recipe as far as that was not done, and write the table.

    Parameters
    ----------
    data_dir : Path
        MIT-BIH's folder: DS1 trains, DS2 measures.
    out : Path
        Folder of model folders, and of ``zoo.json``.
    progress : callable
        Called with the fraction done.

    Returns
    -------
    list of dict
        The table's rows.
    """
    _require_ds2(data_dir)
    for name, recipe in sorted(_textbook_recipes().items()):

        def show(stage: str, share: float, text: str, name: str = name) -> None:
            progress(f"{name}: {stage}", share, text)

        _make_one(out / name, recipe, data_dir, show)
    rows = table_rows(out)
    for row in rows:
        if row["name"] == COMPARABLE_MODEL:
            model = load_model(out / COMPARABLE_MODEL)
            row["figures"][SPEED] = _speed_in_table(out) or speed_of_beat_model(model, data_dir, DS2[0])
    _write_json(out / TABLE, rows)
    return rows


def check_zoo(data_dir: Path, out: Path, progress: StageProgress) -> ZooCheck:
    """Score every model again from its weights, and compare with its card.

    Speeds are not compared: they depend on the machine.

    Parameters
    ----------
    data_dir : Path
        Folder of the MIT-BIH Arrhythmia Database.
    out : Path
        Folder of model folders.
    progress : callable
        Called as ``progress(model, share, record)``.

    Returns
    -------
    ZooCheck
    """
    _require_ds2(data_dir)
    scored: list[str] = []
    differences: list[str] = []
    known = sorted(_textbook_recipes().items())
    own = [COMPARABLE_MODEL] if _card(out / COMPARABLE_MODEL) else []
    for index, name in enumerate([*own, *(name for name, _ in known)]):

        def show(share: float, record: str, index: int = index, name: str = name) -> None:
            progress(name, (index + share) / (len(own) + len(known)), record)

        show(0.0, "")
        try:
            differences += _check_one(out / name, dict(known).get(name), data_dir, scored, show)
        except ModelError as error:
            differences.append(str(error))
    if _without_speed(_table(out)) != _without_speed(table_rows(out)):
        differences.append(f"{TABLE} does not say what the cards say; make the zoo again.")
    return ZooCheck(tuple(scored), tuple(differences))


def table_rows(out: Path) -> list[dict[str, Any]]:
    """Return the table's rows from the cards: the beat classifier first, then the recipes by name."""
    rows = []
    for name in [COMPARABLE_MODEL, *sorted(_textbook_recipes())]:
        card = _card(out / name)
        figures = dict(card.get("figures", {}))
        shown = ec57_figures(figures["ds2_reference"]) if "ds2_reference" in figures else figures.get(FIGURES)
        if not card or shown is None:
            continue
        published = figures.get("published_split")
        rows.append(
            {
                "name": name,
                "recipe": card["recipe"],
                "summary": card["summary"],
                "trained_for": card.get("trained_for", AamiTarget.trained_for),
                "parameters": card["parameters"],
                "seconds_to_train": card["training"]["seconds"],
                "figures": shown,
                **({"published_split": published} if published else {}),
            }
        )
    return rows


def is_trained_as(recipe: TextbookRecipe, card: Mapping[str, Any]) -> bool:
    """Tell whether a card's model was built and trained with the settings that the recipe has now.

    A setting that was introduced after the card was written counts as left at its default.

    Parameters
    ----------
    recipe : TextbookRecipe
        The recipe.
    card : mapping
        Content of the model's card.

    Returns
    -------
    bool
    """
    training = card.get("training")
    if not training:
        return False
    schedule = {**asdict(type(recipe.schedule)()), **training.get("schedule", {})}
    augmentation = {**asdict(STILL), **training.get("augmentation", {})}
    patience, prior = training.get("patience", recipe.patience), training.get("prior", 0.0)
    then = [card["inputs"], card["target"], schedule, augmentation, patience, prior]
    now = [
        inputs_to_dict(recipe.inputs),
        recipe.target,
        asdict(recipe.schedule),
        asdict(recipe.augmentation),
        recipe.patience,
        recipe.prior,
    ]
    if json.loads(json.dumps(then)) != json.loads(json.dumps(now)):
        return False
    return bool(training.get("built") == built_digest(untrained(recipe)))


def _make_one(folder: Path, recipe: TextbookRecipe, data_dir: Path, progress: StageProgress) -> None:
    """Train and measure, as far as each was not done."""
    if not is_trained_as(recipe, _card(folder)) or not _can_be_opened(folder):
        command = f"python -m ecg_core train {recipe.name} --data {data_dir.name} --out models/{recipe.name}"
        train_textbook(RunConfig(recipe, (data_dir,), folder, command=command), progress)
    card = _card(folder)
    if FIGURES not in card["figures"]:
        card["figures"][FIGURES] = measure_textbook(
            load_textbook(folder), data_dir, DS2, lambda share, record: progress("Measuring", share, record)
        )
        _write_json(folder / "card.json", card)


def _check_one(
    folder: Path,
    recipe: TextbookRecipe | None,
    data_dir: Path,
    scored: list[str],
    progress: Callable[[float, str], None],
) -> list[str]:
    name, card = folder.name, _card(folder)
    if recipe is None:
        expected = ec57_figures(card["figures"]["ds2_reference"])
        found = measure_beat_model(load_model(folder), data_dir, DS2, progress)
        scored.append(name)
        return _differences(name, found, expected)
    if FIGURES not in card.get("figures", {}):
        return [f"{name} has no card with figures; make the zoo."]
    differences = []
    if not is_trained_as(recipe, card):
        differences.append(f"{name} was trained with other settings than its recipe has now; make the zoo again.")
    found = measure_textbook(load_textbook(folder), data_dir, DS2, progress)
    scored.append(name)
    return differences + _differences(name, found, card["figures"][FIGURES])


def _differences(name: str, found: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}: {figure} is {found.get(figure)}, its card says {expected.get(figure)}."
        for figure in dict.fromkeys([*expected, *found])
        if figure != SPEED and not _agree(found.get(figure), expected.get(figure))
    ]


def _can_be_opened(folder: Path) -> bool:
    try:
        load_textbook(folder)
    except ModelError:
        return False
    return True


def _textbook_recipes() -> dict[str, TextbookRecipe]:
    return {name: recipe for name, recipe in recipes().items() if isinstance(recipe, TextbookRecipe)}


def _card(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / "card.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


def _table(out: Path) -> Any:
    try:
        return json.loads((out / TABLE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _speed_in_table(out: Path) -> Any:
    """Return the beat classifier's speed where it was measured before."""
    for row in _table(out) or []:
        if row["name"] == COMPARABLE_MODEL:
            return row["figures"].get(SPEED)
    return None


def _without_speed(rows: Any) -> Any:
    if not isinstance(rows, list):
        return None
    return [
        {**row, "figures": {name: value for name, value in row["figures"].items() if name != SPEED}} for row in rows
    ]


def _write_json(file: Path, content: Any) -> None:
    """Write at once: a process that is stopped leaves the old file or the new one."""
    write_text(file, json.dumps(content, indent=2) + "\n")


def _agree(found: Any, expected: Any) -> bool:
    if found is None or expected is None:
        return found is expected
    return abs(float(found) - float(expected)) <= _TOLERANCE * max(1.0, abs(float(expected)))


def _require_ds2(data_dir: Path) -> None:
    missing = [record for record in DS2 if not (data_dir / f"{record}.hea").is_file()]
    if missing:
        raise SourceError(f"{data_dir} lacks {len(missing)} records of DS2 ({missing[0]} ...); give MIT-BIH's folder.")
