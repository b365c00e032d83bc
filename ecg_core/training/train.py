"""Training of any recipe: one model folder, or an ensemble of several seeds."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

from ecg_core.classification.ensemble import MAX_MEMBERS, save_ensemble
from ecg_core.classification.loading import load_classifier
from ecg_core.errors import ModelError
from ecg_core.progress import StageProgress
from ecg_core.textbook.model import CLASSES_TARGET
from ecg_core.textbook.training import TextbookRecipe, train_textbook
from ecg_core.training.interval_recipe import IntervalRecipe
from ecg_core.training.interval_run import train_interval_recipe
from ecg_core.training.recipes import AnyRecipe, Recipe
from ecg_core.training.rhythm_recipe import RhythmRecipe
from ecg_core.training.rhythm_run import train_rhythm_recipe
from ecg_core.training.run import train_recipe
from ecg_core.training.run_config import RunConfig
from ecg_core.training.wave_recipe import WaveRecipe
from ecg_core.training.wave_run import train_wave_recipe
from ecg_core.writing import probe

_SEED_LIMIT: Final = 2**32
_DEFAULT_NOISE: Final = 0.2
"""Standard deviation of recorded noise, in QRS heights, where noise is given and the recipe mixes in none."""


def train(config: RunConfig[AnyRecipe], progress: StageProgress | None = None) -> Path:
    """Train a recipe to a model folder.

    Parameters
    ----------
    config : RunConfig
        Settings of the run.
    progress : callable, optional
        Called as ``progress(stage, share, text)``.

    Returns
    -------
    Path
        The model folder.

    Raises
    ------
    ModelError, SourceError
        If the run is not possible with these settings; raised before training begins wherever that can be known.
    """
    recipe = config.recipe
    if isinstance(recipe, IntervalRecipe | RhythmRecipe | WaveRecipe):
        if config.noise or config.fine_tuning or config.patients.listed or config.seeds != 1:
            raise ModelError(f"{recipe.name} takes none of --noise, --from, --freeze, --patients and --seeds.")
        return _train_one(config, progress)
    if config.noise and not recipe.augmentation.recorded_noise:
        noisy = replace(recipe.augmentation, recorded_noise=_DEFAULT_NOISE)
        config = replace(config, recipe=replace(recipe, augmentation=noisy))
    if not 0 <= config.seed <= _SEED_LIMIT - config.seeds:
        raise ModelError(f"--seed {config.seed}: a seed is a number from 0 to {_SEED_LIMIT - config.seeds}.")
    if config.seeds != 1:
        _require_ensemble(config)
    try:
        probe(config.out)
    except OSError as error:
        raise ModelError(
            f"The model cannot be written to {config.out}: {error.strerror or error}; give another folder."
        ) from error
    return _train_one(config, progress) if config.seeds == 1 else _train_seeds(config, progress)


def _require_ensemble(config: RunConfig[AnyRecipe]) -> None:
    """Raise ModelError where the networks of several seeds could not be joined."""
    if not 2 <= config.seeds <= MAX_MEMBERS:
        raise ModelError(f"--seeds {config.seeds}: an ensemble has 2 to {MAX_MEMBERS} members.")
    if getattr(config.recipe, "target", CLASSES_TARGET) != CLASSES_TARGET:
        raise ModelError(f"{config.recipe.name} does not tell the five classes; only models that do are joined.")
    if config.out.exists() and (not config.out.is_dir() or any(config.out.iterdir())):
        raise ModelError(f"{config.out} holds something already; give a folder that does not exist yet.")


def _train_one(config: RunConfig[AnyRecipe], progress: StageProgress | None) -> Path:
    match config.recipe:
        case IntervalRecipe():
            return train_interval_recipe(cast(RunConfig[IntervalRecipe], config), progress)
        case RhythmRecipe():
            return train_rhythm_recipe(cast(RunConfig[RhythmRecipe], config), progress)
        case WaveRecipe():
            return train_wave_recipe(cast(RunConfig[WaveRecipe], config), progress)
        case Recipe():
            return train_recipe(cast(RunConfig[Recipe], config), progress)
        case _:
            return train_textbook(cast(RunConfig[TextbookRecipe], config), progress)


def _train_seeds(config: RunConfig[AnyRecipe], progress: StageProgress | None) -> Path:
    """Train the members beside the folder they are joined into; those a killed run has finished are kept."""
    members = config.out.resolve().parent / f".{config.name}-members"
    trained = []
    seconds = 0
    for number in range(config.seeds):
        seed = config.seed + number
        folder = members / f"{config.recipe.name}-seed-{seed}"

        def show(stage: str, share: float, text: str, number: int = number) -> None:
            if progress:
                progress(f"Network {number + 1} of {config.seeds}: {stage}", share, text)

        if not _is_finished(folder, config.command, seed):
            logs = config.logs / folder.name if config.logs else None
            _train_one(replace(config, out=folder, seed=seed, seeds=1, logs=logs), show)
        seconds += int(_card(folder)["training"]["seconds"])
        trained.append(folder)
    training = {
        "command": config.command,
        "seed": config.seed,
        "seeds": config.seeds,
        "run": config.to_card(),
        "seconds": seconds,
        "patients": _card(trained[0])["training"].get("patients", {}),
    }
    summary = f"mean of {config.seeds} seeds of {config.recipe.name}"
    folder = save_ensemble(config.out, trained, config.name, texts={"summary": summary, "training": training})
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
