"""Training a recipe from folders of recordings to a complete model folder."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core import __version__
from ecg_core.beats import CLASSES
from ecg_core.classification.device import device_name, tensorflow
from ecg_core.classification.model import BeatModel, save_model
from ecg_core.classification.network import NetworkSpec
from ecg_core.classification.rr import RR_FEATURES
from ecg_core.errors import SourceError
from ecg_core.mitbih import DS1, patient_of
from ecg_core.training.calibration import fit_temperature
from ecg_core.training.card_text import card_readme
from ecg_core.training.checkpoint import Checkpoint
from ecg_core.training.datasets import PreparedBeats, prepare
from ecg_core.training.logs import TrainingLog
from ecg_core.training.loop import Start, Trained, patient_folds, predict_logits, train_network
from ecg_core.training.recipes import Recipe
from ecg_core.training.splits import training_headers

log = logging.getLogger(__name__)

Progress = Callable[[str, float, str], None]
"""Called as ``progress(stage, share done, "loss 0.21")``."""


@dataclass(frozen=True)
class FineTuning:
    """Going on from a trained model.

    Attributes
    ----------
    model : BeatModel
    freeze : bool
        Whether its encoder stays as it is.
    slower : float
        What the learning rate is divided by.
    """

    model: BeatModel
    freeze: bool = False
    slower: float = 5.0

    def check(self, prepared: PreparedBeats) -> None:
        """Refuse recordings that the model was trained on: figures on them would say nothing about new patients.

        Raises
        ------
        SourceError
            If a recording stands on both sides.
        """
        known = set(self.model.card.get("training", {}).get("recordings", {}).values())
        both = [name for name, digest in zip(prepared.names, prepared.sha256, strict=True) if digest in known]
        if both:
            raise SourceError(
                f"{self.model.name} was already trained on {', '.join(both[:5])}{' ...' if len(both) > 5 else ''}; "
                "leave these recordings out of the folder."
            )


def train_recipe(
    recipe: Recipe,
    data_dirs: Sequence[Path],
    out: Path,
    *,
    seed: int = 1,
    folds: int = 3,
    name: str | None = None,
    command: str = "",
    progress: Progress | None = None,
    fine_tuning: FineTuning | None = None,
    logs: Path | None = None,
) -> Path:
    """Train a recipe and write the model folder.

    Out-of-fold predictions, grouped by patient, give the card's cross-validated figures and the temperature; then a
    last network is trained on all of the recordings. A run that was killed goes on after its last finished epoch when
    it is started again with the same settings.

    Parameters
    ----------
    recipe : Recipe
    data_dirs : sequence of Path
    out : Path
        The model folder to write.
    seed : int
    folds : int
        0 trains without cross-validation and with a temperature of 1.
    name : str, optional
        The model's name; the folder's by default.
    command : str
        The command line, for the card.
    progress : callable, optional
    fine_tuning : FineTuning, optional
        The model to go on from; its network's numbers replace the recipe's.
    logs : Path, optional
        Where TensorBoard finds the run.

    Returns
    -------
    Path
        The model folder.

    Raises
    ------
    SourceError
        If there is nothing to train on, there are fewer patients than folds, or a recording was trained on before.
    """
    started = time.monotonic()
    headers = [header for data_dir in data_dirs for header in training_headers(data_dir)]
    n_patients = len({patient_of(header.stem) for header in headers})
    if folds and not 2 <= folds <= n_patients:
        raise SourceError(f"{n_patients} patients cannot be divided into {folds} folds; give 0, or 2 to {n_patients}.")
    window = fine_tuning.model.window if fine_tuning else recipe.window
    prepared = prepare(headers, window, progress=(lambda share: progress("Preparing", share, "")) if progress else None)
    schedule, start = recipe.schedule, None
    if fine_tuning:
        fine_tuning.check(prepared)
        spec = NetworkSpec.from_dict(fine_tuning.model.card["network"])
        schedule = replace(schedule, learning_rate=schedule.learning_rate / fine_tuning.slower)
        start = Start(tuple(fine_tuning.model.network.get_weights()), fine_tuning.freeze)
    else:
        spec = NetworkSpec(
            n_samples=window.n_samples,
            n_rr_features=len(RR_FEATURES),
            filters=recipe.filters,
            kernels=recipe.kernels,
            strides=recipe.strides,
            dense=recipe.dense,
            dropout=recipe.dropout,
        )
    written = TrainingLog(logs)
    checkpoints: list[Checkpoint] = []

    def train_on(chosen: npt.NDArray[np.int64], stage: str) -> Trained:
        def report(done: int, total: int, figures: dict[str, float]) -> None:
            if progress:
                progress(stage, done / total, f"loss {figures['loss']:.3f}")

        checkpoint = Checkpoint.of(
            {
                "network": spec.to_dict(),
                "schedule": asdict(schedule),
                "augmentation": asdict(recipe.augmentation),
                "data": prepared.sha256,
                "chosen": hashlib.sha256(chosen.tobytes()).hexdigest(),
                "from": [fine_tuning.model.sha256, fine_tuning.freeze] if fine_tuning else None,
                "seed": seed,
            }
        )
        checkpoints.append(checkpoint)
        return train_network(
            prepared,
            chosen,
            spec,
            schedule,
            recipe.augmentation,
            seed,
            report,
            start=start,
            checkpoint=checkpoint,
            after_epoch=lambda epoch, _, loss: written.write(stage, epoch, {"loss": loss}),
        )

    temperature, validated = 1.0, None
    if folds:
        logits = np.zeros((len(prepared), len(CLASSES)), np.float32)
        groups = [patient_of(recording) for recording in prepared.names]
        for number, held_out in enumerate(patient_folds(prepared.label, prepared.recording, groups, folds)):
            stage = f"Fold {number + 1} of {folds}"
            trained = train_on(np.setdiff1d(np.arange(len(prepared)), held_out), stage)
            shift = recipe.prior * trained.log_prior_shift
            logits[held_out] = predict_logits(trained.network, prepared, held_out, _all_leads(prepared)) + shift
            of_fold = _figures(prepared.label[held_out], logits[held_out].argmax(axis=1))
            written.write(stage, schedule.epochs, {"validation accuracy": of_fold["accuracy"]})
        temperature = fit_temperature(logits, prepared.label)
        validated = {"folds": folds, "grouped_by": "patient", **_figures(prepared.label, logits.argmax(axis=1))}
    trained = train_on(np.arange(len(prepared)), "Final network")
    written.close()

    folder = save_model(
        out,
        trained.network,
        spec,
        name=name or out.name,
        window=window,
        temperature=round(temperature, 4),
        logit_shift=np.round(recipe.prior * trained.log_prior_shift, 5).tolist(),
        texts={
            "recipe": recipe.name,
            "summary": recipe.summary,
            "data": _data_text(prepared),
            "protocol": _PROTOCOL,
            "limits": list(recipe.limits),
            "training": {
                "command": command,
                "seed": seed,
                "started_from": {"name": fine_tuning.model.name, "sha256": fine_tuning.model.sha256}
                if fine_tuning
                else None,
                "recordings": dict(zip(prepared.names, prepared.sha256, strict=True)),
                "beats": {c: int((prepared.label == i).sum()) for i, c in enumerate(CLASSES)},
                "schedule": asdict(schedule),
                "augmentation": asdict(recipe.augmentation),
                "mapping": "de_chazal",
                "loss": [round(loss, 4) for loss in trained.loss],
                "seconds": round(time.monotonic() - started),
                "machine": f"{platform.machine()}, {os.cpu_count()} cores, {device_name()}",
                "versions": _versions(),
                "date": datetime.now(UTC).date().isoformat(),
            },
            "figures": {"cross_validation": validated} if validated else {},
        },
    )
    write_card_readme(folder)
    for checkpoint in checkpoints:
        checkpoint.forget()
    return folder


def write_card_readme(folder: Path) -> None:
    """Write a model folder's README from its card."""
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    (folder / "README.md").write_text(card_readme(card), encoding="utf-8")


_PROTOCOL = (
    "Patients are never divided between training and test. Every choice was made by cross-validation grouped by "
    "patient inside the training data; the model was frozen, and MIT-BIH's DS2 was then run once. Scored after "
    "ANSI/AAMI EC57 as by WFDB's bxb: 150 ms, one to one. Published results that divide one patient's beats over "
    "training and test, resample before the split, or choose the epoch on the test set are not comparable."
)


def _data_text(prepared: PreparedBeats) -> str:
    patients = len({patient_of(name) for name in prepared.names})
    listed = " ".join(prepared.names)
    if set(prepared.names) == set(DS1):
        return (
            f"MIT-BIH Arrhythmia Database (Moody & Mark 2001, PhysioNet, ODC-By 1.0), de Chazal's DS1: {listed}. "
            f"{patients} patients; two leads of 30 minutes each."
        )
    return f"{len(prepared.names)} recordings of {patients} patients: {listed}."


def _all_leads(prepared: PreparedBeats) -> list[int]:
    return list(range(prepared.beat.shape[1]))


def _figures(label: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Return accuracy, and sensitivity, predictive value and F1 of each class, of beats classified one by one."""
    figures: dict[str, Any] = {"accuracy": round(float((label == predicted).mean()), 4), "classes": {}}
    for index, letter in enumerate(CLASSES):
        right = int(((label == index) & (predicted == index)).sum())
        se = right / max(int((label == index).sum()), 1)
        ppv = right / max(int((predicted == index).sum()), 1)
        figures["classes"][letter] = {
            "se": round(se, 4),
            "ppv": round(ppv, 4),
            "f1": round(2 * se * ppv / max(se + ppv, 1e-9), 4),
        }
    return figures


def _versions() -> dict[str, str]:
    import keras
    import scipy

    return {
        "rhythmoscope": __version__,
        "tensorflow": tensorflow().__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }
