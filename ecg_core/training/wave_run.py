"""Training the delineation network from annotated databases to a complete model folder."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from ecg_core.caching import digest_of
from ecg_core.delineation.wave_model import KIND
from ecg_core.delineation.wave_network import CLASSES
from ecg_core.errors import SourceError
from ecg_core.progress import StageProgress
from ecg_core.rhythm.left_out import LeftOut
from ecg_core.training.data_sources import database_path
from ecg_core.training.model_folder import write_model_folder
from ecg_core.training.run_config import RunConfig
from ecg_core.training.wave_data import N_LEADS, N_SAMPLES, WaveExample, WaveSampler, ludb_examples, noise_of
from ecg_core.training.wave_fit import fit_wave_network
from ecg_core.training.wave_network import WaveNetworkSpec, build_wave_network, exported
from ecg_core.training.wave_recipe import WaveRecipe
from ecg_core.training.wave_synthesis import synthetic_examples

PROTOCOL: Final = (
    "Every sample of a lead carries the wave that cardiologists marked there, or none; what they left unmarked at both "
    "ends of a recording is not learned from. Synthetic recordings have exact truth. The cross-validated figures leave "
    "out whole patients. The QT Database was not at hand; MIT-BIH's DS2 was not looked at."
)


def train_wave_recipe(config: RunConfig[WaveRecipe], progress: StageProgress | None = None) -> Path:
    """Train the delineation network and write its folder.

    Parameters
    ----------
    config : RunConfig of WaveRecipe
        Settings of the run. With folds, as many networks are written instead, each to a folder of its own below
        `config.out` and trained without a fold of LUDB's patients, for cross-validation.
    progress : callable, optional
        Called as ``progress(stage, share, text)``.

    Returns
    -------
    Path
        The model folder, or that of the folds.

    Raises
    ------
    SourceError
        If a folder is neither LUDB nor the Noise Stress Test database.
    """
    show = progress or (lambda stage, share, text: None)
    examples, noises = _read([database_path(one) for one in config.data], show)
    made = config.recipe.augmentation.made
    show("Drawing synthetic recordings", 0.0, "")
    synthetic = synthetic_examples(made, config.seed) if made else []
    if not config.n_folds:
        return _train(config, examples, synthetic, noises, None, show)
    for number in range(config.n_folds):
        left_out = LeftOut(number, config.n_folds)
        kept = [example for example in examples if not left_out.holds(example.database, example.patient)]
        _train(replace(config, out=config.out / f"fold-{number}"), kept, synthetic, noises, left_out, show)
    return config.out


def _read(folders: Sequence[Path], show: StageProgress) -> tuple[list[WaveExample], list[Any]]:
    examples: list[WaveExample] = []
    noises: list[Any] = []
    for place, folder in enumerate(folders):
        show("Reading", place / len(folders), folder.name)
        if folder.name == "nstdb":
            noises += noise_of(folder)
        elif folder.name == "ludb":
            examples += ludb_examples(folder)
        else:
            raise SourceError(f"{folder} is neither of the databases ludb, nstdb that the delineation network reads.")
    return examples, noises


def _train(
    config: RunConfig[WaveRecipe],
    examples: Sequence[WaveExample],
    synthetic: Sequence[WaveExample],
    noises: Sequence[Any],
    left_out: LeftOut | None,
    show: StageProgress,
) -> Path:
    import keras

    recipe, started = config.recipe, time.monotonic()
    share = recipe.augmentation.share
    sets = [(part, weight) for part, weight in ((examples, 1 - share), (synthetic, share)) if part and weight > 0]
    if not sets:
        raise SourceError("There is nothing to train on: give LUDB, or let synthetic recordings be made.")
    keras.utils.set_random_seed(config.seed)
    sampler = WaveSampler(
        [part for part, _ in sets], [weight for _, weight in sets], noises, np.random.default_rng(config.seed)
    )
    spec = WaveNetworkSpec()
    network = build_wave_network(spec, N_LEADS, N_SAMPLES // 2)
    losses: list[float] = []

    def report(step: int, loss: float, _: float) -> None:
        losses.append(loss)
        show("Training", step / recipe.schedule.steps, f"loss {loss:.3f}")

    fit_wave_network(
        network, sampler, recipe.schedule.steps, recipe.schedule.batch, recipe.schedule.learning_rate, report
    )
    made = exported(network, spec)
    return write_model_folder(
        config,
        KIND,
        made.weights,
        {
            "classes": list(CLASSES),
            "left_out": None if left_out is None else left_out.card(),
            "network": made.spec,
            "parameters": int(sum(one.size for one in made.weights.values())),
            "data": _described(examples, len(synthetic)),
            "protocol": PROTOCOL,
            "tried": [],
            "figures": {},
        },
        recordings=_digest(examples),
        losses=losses[-1:],
        seconds=time.monotonic() - started,
        schedule=asdict(recipe.schedule),
        augmentation=asdict(recipe.augmentation),
    )


def _described(examples: Sequence[WaveExample], n_synthetic: int) -> dict[str, Any]:
    described: dict[str, Any] = {"ludb": {"recordings": len(examples)}} if examples else {}
    return {**described, "tracings": {"recordings": n_synthetic}}


def _digest(examples: Sequence[WaveExample]) -> dict[str, str]:
    if not examples:
        return {}
    parts = [digest_of(example.signal_mv, example.target)[:16] for example in examples]
    return {"ludb": hashlib.sha256("".join(parts).encode()).hexdigest()[:16]}
