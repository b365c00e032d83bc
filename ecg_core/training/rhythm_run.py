"""Training the rhythm network from annotated databases to a complete model folder."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.caching import digest_of
from ecg_core.detection import detect_beats
from ecg_core.errors import SourceError
from ecg_core.mitbih import DS1
from ecg_core.progress import StageProgress
from ecg_core.rhythm.interval_summary import interval_summary
from ecg_core.rhythm.left_out import LeftOut
from ecg_core.rhythm.network_input import RATE_HZ
from ecg_core.rhythm.recognition import KIND, TREES
from ecg_core.rhythm.rhythm_classes import RHYTHM_CLASSES
from ecg_core.training import rhythm_data
from ecg_core.training.data_sources import database_path
from ecg_core.training.model_folder import write_model_folder
from ecg_core.training.rhythm_export import constants, exported
from ecg_core.training.rhythm_fit import Beats, RhythmNetworkSpec, Sampler, build_rhythm_network, fit_rhythm_network
from ecg_core.training.rhythm_recipe import RhythmRecipe
from ecg_core.training.rhythm_synthesis import synthetic_examples
from ecg_core.training.rhythm_trees import fit_trees
from ecg_core.training.run_config import RunConfig

READERS: Final[Mapping[str, Callable[[Path], Iterator[rhythm_data.RhythmExample]]]] = {
    "vfdb": rhythm_data.vfdb,
    "cudb": rhythm_data.cudb,
    "cinc2015_alarm60": rhythm_data.cinc2015,
    "mitdb": lambda folder: rhythm_data.mitdb(folder, DS1),
    "afib": rhythm_data.afib,
    "cinc2017": rhythm_data.cinc2017,
    "svdb": rhythm_data.svdb,
    "nstdb": rhythm_data.noise,
}
"""By the folder's name. Of MIT-BIH, DS1 alone is read; of the noise, not the electrode motion."""

SHARES: Final = {
    **{"vfdb": 0.27, "cudb": 0.14, "cinc2015": 0.12, "mitdb": 0.15, "afib": 0.03},
    **{"cinc2017": 0.15, "svdb": 0.11, "nstdb": 0.03, "synth": 0.13},
}
"""How often a window is drawn from each."""

PROTOCOL: Final = (
    "Every second carries the set of rhythms that its reference leaves possible; the loss is the probability of that "
    "set. Synthetic recordings have exact truth. The cross-validated figures leave out whole patients, three folds; "
    "those of databases left out, the whole database. MIT-BIH's DS2 was not looked at."
)


def train_rhythm_recipe(config: RunConfig[RhythmRecipe], progress: StageProgress | None = None) -> Path:
    """Train the rhythm model and write its folder.

    Parameters
    ----------
    config : RunConfig of RhythmRecipe
        Settings of the run. With folds, as many models are written instead, each to a folder of its own below
        `config.out` and trained without a fold of the patients, for cross-validation.
    progress : callable, optional
        Called as ``progress(stage, share, text)``.

    Returns
    -------
    Path
        The model folder, or that of the folds.

    Raises
    ------
    SourceError
        If a folder is of no database whose annotations are known.
    """
    show = progress or (lambda stage, share, text: None)
    folds = config.n_folds
    made = config.recipe.augmentation.made
    examples, beats = _examples([database_path(one) for one in config.data], made, config.seed, show)
    if not folds:
        return _train(config, examples, beats, None, show)
    for number in range(folds):
        left_out = LeftOut(number, folds)
        kept = [example for example in examples if not left_out.holds(example.database, example.patient)]
        _train(replace(config, out=config.out / f"fold-{number}"), kept, beats, left_out, show)
    return config.out


def _train(
    config: RunConfig[RhythmRecipe],
    examples: Sequence[rhythm_data.RhythmExample],
    beats: Beats,
    left_out: LeftOut | None,
    show: StageProgress,
) -> Path:
    import keras

    recipe, seed = config.recipe, config.seed
    started = time.monotonic()
    noises = [example for example in examples if example.database == "nstdb"]
    spec, network = RhythmNetworkSpec(), None
    arrays: dict[str, npt.NDArray[Any]] = {}
    losses: list[float] = []
    for number in range(recipe.networks):
        keras.utils.set_random_seed(seed + number)
        rng = np.random.default_rng(seed + number)
        sampler = Sampler(examples, beats, SHARES, rng, noises)
        network = build_rhythm_network(spec)
        stage = f"Network {number + 1} of {recipe.networks}"

        def report(step: int, loss: float, _: float, stage: str = stage) -> None:
            losses.append(loss)
            show(stage, step / recipe.schedule.steps, f"loss {loss:.3f}")

        fit_rhythm_network(
            network, sampler, recipe.schedule.steps, recipe.schedule.batch, recipe.schedule.learning_rate, report
        )
        arrays |= {f"n{number}_{name}": array for name, array in exported(network, spec).weights.items()}
    assert network is not None
    show("Boosted trees", 0.0, "")
    trees = fit_trees(examples, SHARES, seed)
    arrays |= {TREES + name: np.asarray(part) for name, part in vars(trees).items()}
    return write_model_folder(
        config,
        KIND,
        arrays,
        {
            "classes": list(RHYTHM_CLASSES),
            "networks": recipe.networks,
            "trees": len(trees.value),
            "left_out": None if left_out is None else left_out.card(),
            "network": constants(spec),
            "parameters": recipe.networks * network.count_params(),
            "data": _described(examples),
            "protocol": PROTOCOL,
            "figures": {},
        },
        recordings=_digests(examples),
        losses=losses[-1:],
        seconds=time.monotonic() - started,
    )


def _examples(
    folders: Sequence[Path], made: int, seed: int, show: StageProgress
) -> tuple[list[rhythm_data.RhythmExample], Beats]:
    """Read the databases, make the synthetic recordings, and describe the intervals of all."""
    examples: list[rhythm_data.RhythmExample] = []
    for place, folder in enumerate(folders):
        reader = READERS.get(folder.name)
        if reader is None:
            raise SourceError(f"{folder} is none of the databases {', '.join(READERS)} that the rhythm network reads.")
        show("Reading", place / len(folders), folder.name)
        examples += reader(folder)
    examples += synthetic_examples(made, seed)
    beats: Beats = {}
    for place, example in enumerate(examples):
        if place % 50 == 0:
            show("Finding beats", place / len(examples), example.database)
        found = detect_beats(example.wave.astype(np.float32), float(RATE_HZ)) / RATE_HZ
        beats[example.database, example.name] = interval_summary(found, len(example.allowed))
    return examples, beats


def _described(examples: Sequence[rhythm_data.RhythmExample]) -> dict[str, Any]:
    described: dict[str, Any] = {}
    for database in dict.fromkeys(example.database for example in examples):
        of_it = [example for example in examples if example.database == database]
        hours = sum(len(example.allowed) for example in of_it) / 3600
        described[database] = {"recordings": len(of_it), "hours": round(hours, 1)}
    return described


def _digests(examples: Sequence[rhythm_data.RhythmExample]) -> dict[str, str]:
    """Return a hash of what was learned from of each database."""
    found: dict[str, list[str]] = {}
    for example in examples:
        if example.database != "synth":
            found.setdefault(example.database, []).append(digest_of(example.wave, example.allowed)[:16])
    return {name: hashlib.sha256("".join(parts).encode()).hexdigest()[:16] for name, parts in found.items()}
