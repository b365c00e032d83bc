"""The zoo: every recipe trained on the same data, measured on the same DS2, in one table.

`make_zoo` goes on where it was stopped: a model whose card has its DS2 figures is not trained again. `check_zoo`
measures the models whose weights are there again and names each figure that differs from its card.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from ecg_core.classification.loading import load_classifier
from ecg_core.classification.model import DEFAULT_MODEL
from ecg_core.classification.textbook.model import TextbookModel
from ecg_core.errors import SourceError
from ecg_core.evaluation import Settings, assess, evaluate_model, report_dict
from ecg_core.mitbih import DS2
from ecg_core.training.recipes import recipes
from ecg_core.training.targets import AamiTarget
from ecg_core.training.textbook import TextbookRecipe, measure_model, train_textbook

Progress = Callable[[str, float, str], None]

TABLE: Final = "zoo.json"
FIGURES: Final = "ds2"
"""Key of a card's figures that stand in the table."""

LARGEST_SHIPPED_BYTES: Final = 2_000_000
"""Weights above this are not kept with the software, only the card."""

_TOLERANCE: Final = 2e-3
_SPEED: Final = "examples_per_s"


def make_zoo(data_dir: Path, out: Path, progress: Progress) -> list[dict[str, Any]]:
    """Train and measure every textbook recipe that is not there yet, and write the table.

    Parameters
    ----------
    data_dir : Path
        MIT-BIH's folder: DS1 trains, DS2 measures.
    out : Path
        Folder of model folders, and of ``zoo.json``.
    progress : callable

    Returns
    -------
    list of dict
        The table's rows.
    """
    _require_ds2(data_dir)
    for name, recipe in sorted(recipes().items()):
        if not isinstance(recipe, TextbookRecipe) or FIGURES in _card(out / name).get("figures", {}):
            continue
        command = f"python -m ecg_core train {name} --data {data_dir.name} --out models/{name}"

        def show(stage: str, share: float, text: str, name: str = name) -> None:
            progress(f"{name}: {stage}", share, text)

        train_textbook(recipe, [data_dir], out / name, command=command, progress=show)
        model = load_classifier(out / name)
        assert isinstance(model, TextbookModel)
        card = _card(out / name)
        card["figures"][FIGURES] = measure_on_ds2(model, data_dir)
        (out / name / "card.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    rows = table_rows(out)
    (out / TABLE).write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return rows


def check_zoo(data_dir: Path, out: Path, progress: Progress) -> list[str]:
    """Measure again every model whose weights are there; return a sentence for each figure that differs.

    Speeds are not compared: they belong to the machine.
    """
    _require_ds2(data_dir)
    differences = []
    names = [row["name"] for row in table_rows(out) if row["name"] != DEFAULT_MODEL]
    for index, name in enumerate(names):
        card = _card(out / name)
        if not all((out / name / file).is_file() for file in card["files"]):
            continue
        progress(name, index / len(names), "")
        model = load_classifier(out / name)
        assert isinstance(model, TextbookModel)
        measured = measure_on_ds2(model, data_dir)
        for figure, expected in card["figures"][FIGURES].items():
            found = measured.get(figure)
            if figure != _SPEED and not _agree(found, expected):
                differences.append(f"{name}: {figure} is {found}, its card says {expected}.")
    try:
        table = json.loads((out / TABLE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        table = None
    if table != table_rows(out):
        differences.append(f"{TABLE} does not say what the cards say; make the zoo again.")
    return differences


def measure_on_ds2(model: TextbookModel, data_dir: Path) -> dict[str, Any]:
    """Return a textbook model's figures on DS2: EC57's where it tells classes, else its target's own."""
    figures = measure_model(model, [data_dir / f"{record}.hea" for record in DS2])
    if model.card["target"] != AamiTarget.name:
        return figures
    results = evaluate_model(data_dir, list(DS2), model, peaks="reference")
    report = report_dict(assess(results, "reference", Settings()))
    return {**ec57_figures(report), _SPEED: figures[_SPEED]}


def ec57_figures(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the few gross figures of an EC57 report that stand in the table: e and j as N, whole records."""
    block = next(r for r in report["results"] if r["mapping"] == "de_chazal" and not r["start_s"])
    gross = block["gross"]
    figures = {"accuracy": gross["accuracy"]}
    for letter in ("V", "S", "N", "F"):
        for statistic in ("se", "ppv", "f1"):
            figures[f"{letter}_{statistic}"] = gross[letter][statistic]
    without = block.get("S_without_232")
    if without:
        figures["S_f1_without_232"] = without["gross"]["f1"]
    return {name: None if value is None else round(float(value), 4) for name, value in figures.items()}


def table_rows(out: Path) -> list[dict[str, Any]]:
    """Return the table's rows from the cards: the shipped model first, then the recipes by name."""
    rows = []
    names = [DEFAULT_MODEL, *sorted(name for name, recipe in recipes().items() if isinstance(recipe, TextbookRecipe))]
    for name in names:
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
                "weights_shipped": _is_shipped([out / name / file for file in card.get("files", ["weights.npz"])]),
                "figures": shown,
                **({"published_split": published} if published else {}),
            }
        )
    return rows


def _card(folder: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / "card.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


def _is_shipped(files: list[Path]) -> bool:
    """Tell whether a model's files are there and small enough to be kept with the software."""
    return all(file.is_file() and file.stat().st_size < LARGEST_SHIPPED_BYTES for file in files)


def _agree(found: Any, expected: Any) -> bool:
    if found is None or expected is None:
        return found is expected
    return abs(float(found) - float(expected)) <= _TOLERANCE * max(1.0, abs(float(expected)))


def _require_ds2(data_dir: Path) -> None:
    missing = [record for record in DS2 if not (data_dir / f"{record}.hea").is_file()]
    if missing:
        raise SourceError(f"{data_dir} lacks {len(missing)} records of DS2 ({missing[0]} ...); give MIT-BIH's folder.")
