"""Training orders: from settings to one model folder, or an ensemble of several seeds."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ecg_core.classification.ensemble import MOST, Ensemble, save_ensemble
from ecg_core.classification.loading import load_classifier
from ecg_core.classification.model import BeatModel
from ecg_core.errors import ModelError
from ecg_core.progress import StageProgress
from ecg_core.textbook.model import CLASSES_TARGET, TextbookModel
from ecg_core.textbook.training import TextbookRecipe, train_textbook
from ecg_core.training.fine_tuning import FineTuning
from ecg_core.training.interval_recipe import IntervalRecipe
from ecg_core.training.interval_run import train_interval_recipe
from ecg_core.training.overrides import changed
from ecg_core.training.patients import BY_NAME, Patients
from ecg_core.training.recipes import AnyRecipe, Recipe, get_recipe
from ecg_core.training.rhythm_recipe import RhythmRecipe
from ecg_core.training.rhythm_run import train_rhythm_recipe
from ecg_core.training.run import train_recipe
from ecg_core.training.runtime import Precision, Runtime
from ecg_core.writing import probe

_FOLDS = 3
_LARGEST_SEED = 2**32
_NOISE = 0.2
"""Deviation of recorded noise, in QRS heights, where a recipe says none and noise is given."""


@dataclass(frozen=True)
class TrainingOrder:
    """What is to be trained.

    Attributes
    ----------
    recipe : str
    data : tuple of str
        Data sets by name, folders, or both.
    out : Path
        The model folder to write.
    seed, seeds : int
        The first seed, and how many networks are trained, each from the next seed, and joined.
    folds : int, optional
        Patient-grouped folds; 3 of the recipe ``beat`` and 0 of the others by default.
    patients : Path, optional
        CSV table of recordings and patients.
    settings : tuple of str
        ``name=value`` changes of the recipe.
    noise : Path, optional
        Folder of recorded noise to mix in.
    start : str, optional
        Model folder, or name under ``models/``, to go on from.
    freeze : bool
        Whether all before the decision stays as it is then.
    precision : {"auto", "float32", "mixed"}
    logs : Path, optional
        Folder of TensorBoard logs.
    command : str
        The command line, for the card.
    """

    recipe: str
    data: tuple[str, ...]
    out: Path
    seed: int = 1
    seeds: int = 1
    folds: int | None = None
    patients: Path | None = None
    settings: tuple[str, ...] = ()
    noise: Path | None = None
    start: str | None = None
    freeze: bool = False
    precision: Precision = "auto"
    logs: Path | None = None
    command: str = ""


def train(order: TrainingOrder, progress: StageProgress | None = None) -> Path:
    """Train what was ordered.

    Parameters
    ----------
    order : TrainingOrder
    progress : callable, optional
        Called as ``progress(stage, share done, text)``.

    Returns
    -------
    Path
        The model folder.

    Raises
    ------
    ModelError, SourceError
        If it cannot be trained as ordered; said before anything long begins wherever that can be known.
    """
    recipe = changed(get_recipe(order.recipe), order.settings)
    if isinstance(recipe, IntervalRecipe):
        return _train_intervals(recipe, order, progress)
    if isinstance(recipe, RhythmRecipe):
        return _train_rhythm(recipe, order, progress)
    if order.noise and not recipe.augmentation.recorded_noise:
        recipe = replace(recipe, augmentation=replace(recipe.augmentation, recorded_noise=_NOISE))
    if order.freeze and not order.start:
        raise ModelError("--freeze leaves a trained model's layers as they are; name that model with --from.")
    tuning = FineTuning(_start(order.start), order.freeze) if order.start else None
    patients = Patients.read(order.patients) if order.patients else BY_NAME
    if not 0 <= order.seed <= _LARGEST_SEED - order.seeds:
        raise ModelError(f"--seed {order.seed}: a seed is a number from 0 to {_LARGEST_SEED - order.seeds}.")
    if order.seeds != 1:
        _require_ensemble(recipe, order)
    try:
        probe(order.out)
    except OSError as error:
        raise ModelError(
            f"The model cannot be written to {order.out}: {error.strerror or error}; give another folder."
        ) from error
    if order.seeds == 1:
        return _train_one(recipe, order, order.out, order.seed, tuning, patients, progress)
    return _train_seeds(recipe, order, tuning, patients, progress)


def _require_plain(name: str, order: TrainingOrder) -> None:
    """Refuse what the recipes of rhythm cannot do."""
    if order.noise or order.start or order.freeze or order.patients or order.seeds != 1:
        raise ModelError(f"{name} takes none of --noise, --from, --freeze, --patients and --seeds.")


def _train_rhythm(recipe: RhythmRecipe, order: TrainingOrder, progress: StageProgress | None) -> Path:
    _require_plain(recipe.name, order)
    return train_rhythm_recipe(
        recipe,
        order.data,
        order.out,
        seed=order.seed,
        folds=order.folds or 0,
        command=order.command,
        progress=progress,
    )


def _train_intervals(recipe: IntervalRecipe, order: TrainingOrder, progress: StageProgress | None) -> Path:
    _require_plain(recipe.name, order)
    return train_interval_recipe(
        recipe,
        order.data,
        order.out,
        seed=order.seed,
        folds=_FOLDS if order.folds is None else order.folds,
        command=order.command,
        progress=progress,
    )


def _require_ensemble(recipe: AnyRecipe, order: TrainingOrder) -> None:
    """Refuse what cannot be joined in the end."""
    if not 2 <= order.seeds <= MOST:
        raise ModelError(f"--seeds {order.seeds}: an ensemble has 2 to {MOST} members.")
    if getattr(recipe, "target", CLASSES_TARGET) != CLASSES_TARGET:
        raise ModelError(f"{recipe.name} does not tell the five classes; only models that do are joined.")
    if order.out.exists() and (not order.out.is_dir() or any(order.out.iterdir())):
        raise ModelError(f"{order.out} holds something already; give a folder that does not exist yet.")


def _start(named: str) -> BeatModel | TextbookModel:
    model = load_classifier(named)
    if isinstance(model, Ensemble):
        raise ModelError(f"{model.name} is an ensemble; fine-tune its members one by one.")
    if not isinstance(model, BeatModel | TextbookModel):
        raise ModelError(f"{named} cannot be fine-tuned.")
    return model


def _train_one(
    recipe: AnyRecipe,
    order: TrainingOrder,
    out: Path,
    seed: int,
    tuning: FineTuning | None,
    patients: Patients,
    progress: StageProgress | None,
) -> Path:
    common: dict[str, Any] = {
        "seed": seed,
        "command": order.command,
        "progress": progress,
        "fine_tuning": tuning,
        "patients": patients,
        "noise": order.noise,
        "runtime": Runtime(order.precision),
        "logs": order.logs if out == order.out or order.logs is None else order.logs / out.name,
    }
    if isinstance(recipe, Recipe):
        folds = _FOLDS if order.folds is None else order.folds
        return train_recipe(recipe, order.data, out, folds=folds, **common)
    assert isinstance(recipe, TextbookRecipe)
    return train_textbook(recipe, order.data, out, folds=order.folds or 0, **common)


def _train_seeds(
    recipe: AnyRecipe,
    order: TrainingOrder,
    tuning: FineTuning | None,
    patients: Patients,
    progress: StageProgress | None,
) -> Path:
    """Train the members beside the folder they are joined into; those a killed run has finished are kept."""
    out = order.out
    members = out.resolve().parent / f".{out.resolve().name}-members"
    trained = []
    seconds = 0
    for number in range(order.seeds):
        seed = order.seed + number
        folder = members / f"{recipe.name}-seed-{seed}"

        def show(stage: str, share: float, text: str, number: int = number) -> None:
            if progress:
                progress(f"Network {number + 1} of {order.seeds}: {stage}", share, text)

        if not _is_finished(folder, order.command, seed):
            _train_one(recipe, order, folder, seed, tuning, patients, show)
        seconds += int(_card(folder)["training"]["seconds"])
        trained.append(folder)
    training = {
        "command": order.command,
        "seed": order.seed,
        "seeds": order.seeds,
        "seconds": seconds,
        "patients": _card(trained[0])["training"].get("patients", {}),
    }
    summary = f"mean of {order.seeds} seeds of {recipe.name}"
    folder = save_ensemble(out, trained, out.resolve().name, texts={"summary": summary, "training": training})
    shutil.rmtree(members)
    return folder


def _is_finished(folder: Path, command: str, seed: int) -> bool:
    try:
        training = _card(folder)["training"]
        if not command or (training.get("command"), training.get("seed")) != (command, seed):
            return False  # not opened: a model is kept open, and this one is about to be trained anew
        load_classifier(folder)
    except (ModelError, KeyError, OSError):
        return False
    return True


def _card(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "card.json").read_text(encoding="utf-8")))
