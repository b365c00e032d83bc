"""Leave-database-out protocol: train on some databases, test on another, in every direction.

Cross-validation by patient inside the training data is not enough: rules chosen that way gained 5 points of S F1
there and lost 7 on patients of another recorder. What a recipe is worth is its worst direction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ecg_core.classification.model import BeatModel, load_model
from ecg_core.errors import ModelError, SourceError
from ecg_core.evaluation import Settings, assess, evaluate_model, report_dict
from ecg_core.evaluation.protocol import Peaks
from ecg_core.progress import StageProgress
from ecg_core.training.data_sources import recordings_of
from ecg_core.training.ds2 import ec57_figures
from ecg_core.training.recipes import Recipe
from ecg_core.training.run import train_recipe
from ecg_core.training.run_config import RunConfig

PEAKS: Final[tuple[Peaks, ...]] = ("reference", "detected")
ALONE, WHOLE = "each beat by itself", "whole model"


def leave_database_out(config: RunConfig[Recipe], progress: StageProgress | None = None) -> list[dict[str, Any]]:
    """Train a recipe without each database in turn, and score it on the one left out.

    Models are kept below ``config.out``, one folder a direction; a direction whose model was trained by the same
    command is not trained again.

    Parameters
    ----------
    config : RunConfig of Recipe
        Settings of the run; ``data`` names at least two databases.
    progress : callable, optional
        Called as ``progress(stage, share, text)``.

    Returns
    -------
    list of dict
        One a direction, kind of peaks and part of the model, the worst S F1 first: ``tested``, ``trained``, ``peaks``,
        ``part``, and EC57 figures (gross, whole records, e and j as N).

    Raises
    ------
    ModelError
        If there is one database only.
    SourceError
        If a patient would be on both sides.
    """
    if len(config.data) < 2:
        raise ModelError("--leave-database-out needs --data at least twice: one is left out, the others train.")
    found: list[dict[str, Any]] = []
    for number, tested in enumerate(config.data):
        others = tuple(choice for choice in config.data if choice != tested)
        headers = recordings_of([tested])
        _require_other_patients(config, headers, recordings_of(others))
        name = Path(tested).name
        stage = f"Direction {number + 1} of {len(config.data)}, without {name}"

        def show(inner: str, share: float, text: str, stage: str = stage) -> None:
            if progress:
                progress(f"{stage}: {inner}", share, text)

        out = config.out / f"without-{name}"
        if not _was_trained(out, config):
            train_recipe(replace(config, data=others, out=out), show)
        trained = [Path(choice).name for choice in others]
        found += directions_of(load_model(out), headers, name, trained, show)
    return sorted(found, key=_worst_first)


def directions_of(
    model: BeatModel, headers: list[Path], tested: str, trained: list[str], progress: StageProgress | None = None
) -> list[dict[str, Any]]:
    """Score a model on recordings of a database that it was not trained on, as :func:`leave_database_out` does.

    Parameters
    ----------
    model : BeatModel
        The model.
    headers : list of Path
        Recordings of the database.
    tested : str
        Its name.
    trained : list of str
        Names of the databases that the model was trained on.
    progress : callable, optional
        Called as ``progress(stage, share, text)``.

    Returns
    -------
    list of dict
    """
    parts = {WHOLE: model}
    if model.context is not None:
        parts[ALONE] = replace(model, card={key: value for key, value in model.card.items() if key != "context"})
    found = []
    for peaks in PEAKS:
        for part, classifier in parts.items():

            def show(share: float, record: str, peaks: str = peaks) -> None:
                if progress:
                    progress(f"Scoring, {peaks} peaks", share, record)

            names = [header.stem for header in headers]
            results = evaluate_model(headers[0].parent, names, classifier, peaks=peaks, progress=show)
            report = report_dict(assess(results, peaks, Settings.chosen("de_chazal", "counted")))
            figures = ec57_figures(report)
            found.append({"tested": tested, "trained": trained, "peaks": peaks, "part": part, "figures": figures})
    return found


def directions_text(directions: Iterable[dict[str, Any]]) -> str:
    """Return a table of directions, one a line.

    Parameters
    ----------
    directions : iterable of dict
        As :func:`leave_database_out` returns them.

    Returns
    -------
    str
    """
    lines = [f"{'trained on':24s} {'tested on':12s} {'peaks':10s} {'':20s} {'S Se':>6s} {'+P':>6s} {'F1':>6s} "
             f"{'V Se':>6s} {'+P':>6s} {'F1':>6s}"]  # fmt: skip
    for one in directions:
        figures = one["figures"]
        shown = [
            "–" if figures[f"{letter}_{of}"] is None else f"{100 * figures[f'{letter}_{of}']:.1f}"
            for letter in "SV"
            for of in ("se", "ppv", "f1")
        ]
        lines.append(
            f"{', '.join(one['trained']):24s} {one['tested']:12s} {one['peaks']:10s} {one['part']:20s} "
            + " ".join(f"{value:>6s}" for value in shown)
        )
    return "\n".join(lines)


def _worst_first(direction: dict[str, Any]) -> float:
    f1 = direction["figures"]["S_f1"]
    return -1.0 if f1 is None else float(f1)


def _require_other_patients(config: RunConfig[Recipe], tested: list[Path], trained: list[Path]) -> None:
    groups = config.patients.groups([header.stem for header in tested])
    shared = set(groups) & set(config.patients.groups([header.stem for header in trained]))
    if shared:
        raise SourceError(f"Patient {sorted(shared)[0]} has recordings in two of the databases; join these databases.")


def _was_trained(folder: Path, config: RunConfig[Recipe]) -> bool:
    try:
        training = json.loads((folder / "card.json").read_text(encoding="utf-8"))["training"]
        load_model(folder)
    except (OSError, ValueError, KeyError, ModelError):
        return False
    return bool(config.command) and training.get("command") == config.command
