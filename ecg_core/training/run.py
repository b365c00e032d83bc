"""Training a recipe from folders of recordings to a complete model folder."""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ecg_core.beats import CLASSES
from ecg_core.classification.model import BeatModel, save_model
from ecg_core.classification.network import NetworkSpec, build_network
from ecg_core.classification.rr import RR_FEATURES
from ecg_core.classification.windows import BAND_HZ, WindowSpec
from ecg_core.errors import ModelError
from ecg_core.mitbih import DS1
from ecg_core.progress import StageProgress
from ecg_core.training.checkpoint import Checkpoint
from ecg_core.training.data_sources import recordings_of
from ecg_core.training.facts import training_facts
from ecg_core.training.fine_tuning import FineTuning
from ecg_core.training.folds import patient_folds, require_folds
from ecg_core.training.held_out import HeldOut, familiarity_of
from ecg_core.training.logs import TrainingLog
from ecg_core.training.loop import Trained, train_network
from ecg_core.training.model_readme import UNMEASURED, data_text, protocol_text, write_readme
from ecg_core.training.noise import NoiseBank
from ecg_core.training.prepared_beats import prepare
from ecg_core.training.recipes import Recipe
from ecg_core.training.run_config import RunConfig

if TYPE_CHECKING:
    import keras


def train_recipe(config: RunConfig[Recipe], progress: StageProgress | None = None) -> Path:
    """Train a recipe of the beat classifier and write the model folder.

    Out-of-fold predictions, grouped by patient, give the card's cross-validated figures, the temperature and the limit
    of the out-of-distribution score; the network that is kept is then trained on all recordings. A run that was killed
    resumes after its last finished epoch when it is started again with the same settings.

    Parameters
    ----------
    config : RunConfig of Recipe
        Settings of the run; without folds the temperature stays at 1. With fine-tuning, the dimensions of the model
        that is started from replace the recipe's.
    progress : callable, optional
        Called as ``progress(stage, share, text)``.

    Returns
    -------
    Path
        The model folder.

    Raises
    ------
    SourceError
        If there is nothing to train on, there are fewer patients than folds, or a patient was trained on before.
    ModelError
        If the model to start from was trained with another recipe.
    """
    recipe, seed, folds, patients = config.recipe, config.seed, config.n_folds, config.patients
    fine_tuning, runtime = config.fine_tuning, config.runtime
    started = time.monotonic()
    headers = recordings_of(config.data)
    groups = patients.groups([header.stem for header in headers])
    require_folds(folds, len(set(groups)))
    spec, window = _network_of(recipe, fine_tuning)
    used = replace(spec, usual_interval_s=recipe.usual_interval_s)
    schedule = recipe.schedule
    if fine_tuning:
        schedule = replace(schedule, learning_rate=schedule.learning_rate / fine_tuning.slower)
    bank = NoiseBank.found(config.noise, window.fs_hz, BAND_HZ) if recipe.augmentation.recorded_noise else None
    prepared = prepare(headers, window, progress=(lambda share: progress("Preparing", share, "")) if progress else None)
    recordings = dict(zip(prepared.names, prepared.sha256, strict=True))
    if fine_tuning:
        fine_tuning.check(recordings, patients)
    written = TrainingLog(config.logs)
    checkpoints: list[Checkpoint] = []

    def train_on(chosen: npt.NDArray[np.int64], stage: str) -> Trained:
        validated = f", out of fold {_in_words(found[-1])}" if found else ""

        def report(done: int, total: int, figures: dict[str, float]) -> None:
            if progress:
                progress(stage, done / total, f"loss {figures['loss']:.3f}{validated}")

        checkpoint = Checkpoint.of(
            {
                "network": spec.to_dict(),
                "schedule": asdict(schedule),
                "augmentation": asdict(recipe.augmentation),
                "noise": bank.sha256 if bank else None,
                "data": prepared.sha256,
                "chosen": hashlib.sha256(chosen.tobytes()).hexdigest(),
                "from": [fine_tuning.model.sha256, fine_tuning.freeze] if fine_tuning else None,
                "runtime": runtime.facts(),
                "seed": seed,
            }
        )
        checkpoints.append(checkpoint)
        trained = train_network(
            prepared,
            chosen,
            spec,
            schedule,
            recipe.augmentation,
            seed,
            report,
            start=fine_tuning.apply if fine_tuning else None,
            checkpoint=checkpoint,
            after_epoch=lambda epoch, _, loss: written.write(stage, epoch, {"loss": loss}),
            bank=bank,
            runtime=runtime,
        )
        return replace(trained, network=_with_its_weights(used, trained.network))

    temperature, validated, familiarity = 1.0, None, None
    found: list[dict[str, Any]] = []
    everything = np.arange(len(prepared))
    held = HeldOut(prepared)
    if folds:
        whole = slice(prepared.n_whole)
        in_folds = patient_folds(prepared.label[whole], prepared.recording[whole], groups, folds)
        for number, held_out in enumerate(in_folds):
            stage = f"Fold {number + 1} of {folds}"
            # Parts of a recording go where it goes.
            others = np.flatnonzero(~np.isin(prepared.recording, np.unique(prepared.recording[held_out])))
            trained = train_on(others, stage)
            found.append(held.add(trained.network, held_out, others, recipe.prior * trained.log_prior_shift))
            written.write(stage, schedule.epochs, _scalars(found[-1]))
        temperature = round(held.temperature(), 4)
        validated = {
            "folds": folds,
            "grouped_by": "patient",
            **held.figures(headers, temperature, recipe.context),
        }
    trained = train_on(everything, "Final network")
    if folds:
        familiarity = replace(familiarity_of(trained.network, prepared, everything), limit=round(held.limit(), 2))
    written.close()
    held_against_ds2 = set(DS1) <= set(prepared.names) and not fine_tuning

    folder = save_model(
        config.out,
        trained.network,
        used,
        name=config.name,
        window=window,
        temperature=temperature,
        logit_shift=np.round(recipe.prior * trained.log_prior_shift, 5).tolist(),
        context=recipe.context,
        familiarity=familiarity,
        texts={
            "recipe": recipe.name,
            "summary": recipe.summary,
            "data": data_text(headers, len(set(groups))),
            "protocol": protocol_text(held_against_ds2),
            "limits": [*(recipe.limits_on_ds1 if held_against_ds2 else (UNMEASURED,)), *recipe.limits],
            "training": training_facts(
                config,
                recordings=recordings,
                losses=trained.loss,
                seconds=time.monotonic() - started,
                noise=bank.sha256 if bank else None,
                beats={c: int((prepared.label[: prepared.n_whole] == i).sum()) for i, c in enumerate(CLASSES)},
                schedule=asdict(schedule),
                augmentation=asdict(recipe.augmentation),
                prior=recipe.prior,
                mapping="de_chazal",
                **runtime.facts(),
            ),
            "figures": {"cross_validation": validated} if validated else {},
        },
    )
    write_readme(folder)
    for checkpoint in checkpoints:
        checkpoint.forget()
    return folder


def _with_its_weights(spec: NetworkSpec, network: keras.Model) -> keras.Model:
    """Return the network as it is used: trained with the rate, used without it."""
    result = build_network(spec)
    result.set_weights(network.get_weights())
    return result


def _network_of(recipe: Recipe, fine_tuning: FineTuning | None) -> tuple[NetworkSpec, WindowSpec]:
    """Return the network's numbers and its window: the recipe's, or those of the model to go on from."""
    if fine_tuning:
        fine_tuning.check_recipe(recipe.name)
        model = fine_tuning.model
        if not isinstance(model, BeatModel):
            raise ModelError(f"{model.name} is no network of the recipe {recipe.name}.")
        return NetworkSpec.from_dict(model.card["network"]), model.window
    if not len(recipe.filters) == len(recipe.kernels) == len(recipe.strides):
        raise ModelError("filters, kernels and strides take one number each for every convolution.")
    spec = NetworkSpec(
        n_samples=recipe.window.n_samples,
        n_rr_features=len(RR_FEATURES),
        filters=recipe.filters,
        kernels=recipe.kernels,
        strides=recipe.strides,
        dense=recipe.dense,
        dropout=recipe.dropout,
    )
    return spec, recipe.window


def _scalars(figures: dict[str, Any]) -> dict[str, float]:
    f1 = {f"validation F1 of {letter}": of_class["f1"] for letter, of_class in figures["classes"].items()}
    return {"validation accuracy": figures["accuracy"], **f1}


def _in_words(figures: dict[str, Any]) -> str:
    return f"accuracy {figures['accuracy']:.3f}, F1 of V {figures['classes']['V']['f1']:.3f}"
