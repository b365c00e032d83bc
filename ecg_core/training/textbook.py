"""Training and measuring the textbook models: preparation, sampling, loop and figures that their recipes share."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ecg_core.caching import cache_folder
from ecg_core.classification.device import device_name, tensorflow
from ecg_core.classification.textbook.inputs import Arrays, Inputs, inputs_to_dict
from ecg_core.classification.textbook.model import TextbookModel, fed, save_textbook
from ecg_core.errors import SourceError
from ecg_core.formats import open_recording
from ecg_core.mitbih import patient_of
from ecg_core.training.batches import sampling_weights
from ecg_core.training.checkpoint import Checkpoint
from ecg_core.training.logs import TrainingLog
from ecg_core.training.loop import Schedule, fit, patient_folds
from ecg_core.training.splits import published_split, training_headers
from ecg_core.training.targets import TARGETS, Target

if TYPE_CHECKING:
    import keras

log = logging.getLogger(__name__)

_PREPARATION_VERSION = 1
_VALIDATION_FOLDS = 5

Progress = Callable[[str, float, str], None]
Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class TextbookRecipe:
    """A textbook model: what it sees, what it tells, its network, its schedule.

    Attributes
    ----------
    name, summary : str
    inputs : Inputs
    target : str
        A key of `ecg_core.training.targets.TARGETS`.
    build : callable
        Takes the shapes of the inputs by name and returns the untrained network, its output without activation; or
        returns a scikit-learn estimator.
    schedule : Schedule
        Its `balance` has one exponent a class.
    patience : int
        Epochs without a better validation loss (patients held out of training) before training stops.
    published_accuracy : float, optional
        Validation accuracy in print, on :func:`~ecg_core.training.splits.published_split`.
    limits : tuple of str
    """

    name: str
    summary: str
    inputs: Inputs
    target: str
    build: Callable[[Shapes], Any]
    schedule: Schedule = field(default_factory=Schedule)
    patience: int = 4
    published_accuracy: float | None = None
    limits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Examples:
    """Examples of several recordings.

    Attributes
    ----------
    arrays : dict of str to ndarray
        Inputs by name, first axis examples.
    value : ndarray, shape (examples,)
    recording : ndarray of int64, shape (examples,)
    names, sha256 : tuple of str
        Of the recordings.
    """

    arrays: Arrays
    value: npt.NDArray[np.generic]
    recording: npt.NDArray[np.int64]
    names: tuple[str, ...]
    sha256: tuple[str, ...]

    def take(self, chosen: npt.NDArray[np.int64]) -> Arrays:
        """Return the inputs of some examples as float32."""
        return {name: array[chosen].astype(np.float32) for name, array in self.arrays.items()}


def prepare_examples(
    headers: Sequence[Path], inputs: Inputs, target: Target, progress: Callable[[float], None] | None = None
) -> Examples:
    """Compute the examples of annotated recordings, each recording's from the cache where it was prepared before."""
    parts = []
    for index, header in enumerate(headers):
        parts.append(_prepared(header, inputs, target))
        if progress:
            progress((index + 1) / len(headers))
    return Examples(
        arrays={name: np.concatenate([part[f"x_{name}"] for part in parts]) for name in inputs.shapes},
        value=np.concatenate([part["value"] for part in parts]),
        recording=np.repeat(np.arange(len(parts)), [len(part["value"]) for part in parts]),
        names=tuple(header.stem for header in headers),
        sha256=tuple(str(part["sha256"]) for part in parts),
    )


def train_textbook(
    recipe: TextbookRecipe,
    data_dirs: Sequence[Path],
    out: Path,
    *,
    seed: int = 1,
    name: str | None = None,
    command: str = "",
    progress: Progress | None = None,
    logs: Path | None = None,
) -> Path:
    """Train a textbook recipe to a complete model folder.

    A fifth of the patients is held out of training to stop it in time; their figures stand in the card.

    Parameters
    ----------
    recipe : TextbookRecipe
    data_dirs : sequence of Path
    out : Path
    seed : int
    name, command : str, optional
    progress : callable, optional
    logs : Path, optional
        Where TensorBoard finds the run.

    Returns
    -------
    Path
        The model folder.
    """
    started = time.monotonic()
    target = TARGETS[recipe.target]
    headers = [header for data_dir in data_dirs for header in training_headers(data_dir)]
    examples = prepare_examples(
        headers, recipe.inputs, target, (lambda share: progress("Preparing", share, "")) if progress else None
    )
    groups = [patient_of(recording) for recording in examples.names]
    if len(set(groups)) < 2:
        raise SourceError(f"{recipe.name} needs recordings of at least two patients: some are held out of training.")
    folds = patient_folds(
        _classes(examples, target), examples.recording, groups, min(_VALIDATION_FOLDS, len(set(groups)))
    )
    held_out = folds[0]
    chosen = np.concatenate(folds[1:])
    written = TrainingLog(logs)
    predictor, losses = _fit(recipe, target, examples, chosen, held_out, seed, progress, "Training", written)
    written.close()
    validation = _measure(predictor, target, examples, held_out)
    figures: dict[str, Any] = {"validation": {"patients_held_out": len({groups[i] for i in _of(examples, held_out)})}}
    figures["validation"] |= _rounded(validation)
    if recipe.published_accuracy is not None:
        checked = check_published(recipe, data_dirs, seed, progress)
        if checked is not None:
            figures["published_split"] = checked
    return save_textbook(
        out,
        name or out.name,
        recipe.inputs,
        predictor,
        recipe=recipe.name,
        target=recipe.target,
        texts={
            "summary": recipe.summary,
            "trained_for": target.trained_for,
            "limits": list(recipe.limits),
            "training": {
                "command": command,
                "seed": seed,
                "recordings": dict(zip(examples.names, examples.sha256, strict=True)),
                "examples": len(examples.value),
                "schedule": asdict(recipe.schedule),
                "patience": recipe.patience,
                "loss": _rounded(losses),
                "seconds": round(time.monotonic() - started),
                "machine": f"{platform.machine()}, {os.cpu_count()} cores, {device_name()}",
                "date": datetime.now(UTC).date().isoformat(),
            },
            "figures": figures,
        },
    )


def check_published(
    recipe: TextbookRecipe, data_dirs: Sequence[Path], seed: int, progress: Progress | None = None
) -> dict[str, float] | None:
    """Repeat the published experiment on its own division of patients; None where the data is not all there."""
    split = published_split(data_dirs)
    if split is None:
        return None
    target = TARGETS[recipe.target]
    headers = [*split.training, *split.validation]
    examples = prepare_examples(headers, recipe.inputs, target)
    is_training = examples.recording < len(split.training)
    chosen, held_out = np.flatnonzero(is_training), np.flatnonzero(~is_training)
    predictor, _ = _fit(recipe, target, examples, chosen, None, seed, progress, "Published split")
    measured = _measure(predictor, target, examples, held_out)
    return {"published_accuracy": float(recipe.published_accuracy or 0), **_rounded(measured)}


def measure_model(model: TextbookModel, headers: Sequence[Path]) -> dict[str, float]:
    """Return a model's figures on annotated recordings, and how many examples it takes a second."""
    target = TARGETS[model.card["target"]]
    examples = prepare_examples(headers, model.inputs, target)
    arrays = examples.take(np.arange(len(examples.value)))
    model.outputs({name: array[:8] for name, array in arrays.items()})  # libraries are loaded outside the measurement
    began = time.perf_counter()
    outputs = model.outputs(arrays)
    seconds = time.perf_counter() - began
    figures = target.figures(examples.value, outputs, arrays)
    return {
        **_rounded(figures),
        "examples": len(examples.value),
        "examples_per_s": round(len(examples.value) / seconds),
    }


def _prepared(header: Path, inputs: Inputs, target: Target) -> dict[str, npt.NDArray[Any]]:
    recording = open_recording(header, name=header.stem)
    annotated = header.with_suffix(".atr")
    key = json.dumps(
        [
            _PREPARATION_VERSION,
            recording.sha256,
            hashlib.sha256(annotated.read_bytes()).hexdigest() if annotated.is_file() else None,
            inputs_to_dict(inputs),
            target.name,
        ]
    )
    path = cache_folder("examples") / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.npz"
    if path.is_file():
        try:
            with np.load(path, allow_pickle=False) as stored:
                return {name: stored[name] for name in stored.files}
        except Exception:  # a damaged archive fails in whichever decoder meets the damage
            log.warning("Prepared examples were damaged and are prepared again")
    samples, value = target.examples(recording)
    arrays = inputs.arrays(recording, samples)
    part: dict[str, npt.NDArray[Any]] = {f"x_{name}": array.astype(np.float16) for name, array in arrays.items()}
    part |= {"value": value, "sha256": np.array(recording.sha256)}
    partial = path.with_suffix(f".{os.getpid()}.part.npz")
    np.savez(partial, allow_pickle=False, **part)
    partial.replace(path)
    return part


def _fit(
    recipe: TextbookRecipe,
    target: Target,
    examples: Examples,
    chosen: npt.NDArray[np.int64],
    held_out: npt.NDArray[np.int64] | None,
    seed: int,
    progress: Progress | None,
    stage: str,
    written: TrainingLog | None = None,
) -> tuple[Any, list[float]]:
    """Train on `chosen`, watching `held_out`; return the network or estimator, and the loss of each epoch."""
    chosen = chosen[target.trains_on(examples.value[chosen])]
    tensorflow()
    import keras

    keras.utils.set_random_seed(seed)
    predictor = recipe.build(recipe.inputs.shapes)
    if not isinstance(predictor, keras.Model):
        arrays = examples.take(chosen)
        predictor.fit(arrays["features"], examples.value[chosen].astype(int))
        return predictor, []
    schedule = recipe.schedule
    weights = (
        sampling_weights(examples.value[chosen].astype(int), examples.recording[chosen], schedule.balance)
        if target.n_classes
        else None
    )

    def batches_of(epoch: int) -> Iterator[tuple[Any, npt.NDArray[np.float32]]]:
        rng = np.random.default_rng([seed, epoch])
        for _ in range(schedule.batches_per_epoch):
            batch = rng.choice(chosen, size=schedule.batch_size, p=weights)
            inputs = examples.take(batch)
            yield fed(inputs), target.wanted(examples.value[batch], inputs)

    checkpoint = Checkpoint.of(
        {
            "recipe": recipe.name,
            # Keras numbers layers through the whole process: the same network has other names the next time.
            "network": re.sub(r'_\d+"', '"', predictor.to_json()),
            "schedule": asdict(schedule),
            "data": examples.sha256,
            "chosen": hashlib.sha256(chosen.tobytes()).hexdigest(),
            "seed": seed,
        }
    )
    watch = _Watch(target, examples, held_out, recipe.patience, checkpoint) if held_out is not None else None

    def report(done: int, total: int, figures: dict[str, float]) -> None:
        if progress:
            text = f"loss {figures['loss']:.3f}" + (f", validation {watch.best:.3f}" if watch and watch.seen else "")
            progress(stage, done / total, text)

    def after_epoch(epoch: int, network: keras.Model, loss: float) -> bool:
        stop = watch(epoch, network) if watch else False
        if written:
            written.write(stage, epoch, {"loss": loss} | ({"validation loss": watch.latest} if watch else {}))
        return stop

    losses = fit(predictor, target.loss(), batches_of, schedule, report, checkpoint=checkpoint, after_epoch=after_epoch)
    if watch and watch.best_weights is not None:
        predictor.set_weights(watch.best_weights)
    checkpoint.forget()
    return predictor, losses


class _Watch:
    """Stops training when patients held out of it no longer gain, and keeps the best weights."""

    def __init__(
        self,
        target: Target,
        examples: Examples,
        held_out: npt.NDArray[np.int64],
        patience: int,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        held_out = held_out[target.trains_on(examples.value[held_out])]
        # A few thousand examples tell as much as all, and each epoch asks for them.
        step = max(1, len(held_out) // 4000)
        self._inputs = examples.take(held_out[::step])
        self._wanted = target.wanted(examples.value[held_out[::step]], self._inputs)
        self._loss = target.loss()
        self._patience = patience
        self._checkpoint = checkpoint
        kept = checkpoint.restore_best() if checkpoint else None
        self._best_epoch, self.best = kept[:2] if kept else (0, float("inf"))
        self.best_weights: list[npt.NDArray[np.float32]] | None = kept[2] if kept else None
        self.latest = float("inf")
        self.seen = kept is not None

    def __call__(self, epoch: int, network: keras.Model) -> bool:
        """Judge an epoch; True stops."""
        outputs = np.concatenate(
            [
                np.asarray(network.predict_on_batch(fed({name: a[i : i + 512] for name, a in self._inputs.items()})))
                for i in range(0, len(self._wanted), 512)
            ]
        )
        self.latest = float(self._loss(self._wanted, outputs))
        self.seen = True
        if self.latest < self.best:
            self.best, self._best_epoch, self.best_weights = self.latest, epoch, network.get_weights()
            if self._checkpoint:
                self._checkpoint.store_best(epoch, self.best, self.best_weights)
        return epoch - self._best_epoch >= self._patience


def _measure(predictor: Any, target: Target, examples: Examples, chosen: npt.NDArray[np.int64]) -> dict[str, float]:
    parts, inputs = [], examples.take(chosen)
    for start in range(0, len(chosen), 512):
        batch = {name: array[start : start + 512] for name, array in inputs.items()}
        if hasattr(predictor, "predict_on_batch"):
            parts.append(np.asarray(predictor.predict_on_batch(fed(batch)), dtype=np.float32))
        else:
            found = predictor.predict_proba(batch["features"])
            wide = np.zeros((len(found), max(target.n_classes, 1)), np.float32)
            wide[:, np.asarray(predictor.classes_, dtype=int)] = found
            parts.append(wide)
    return target.figures(examples.value[chosen], np.concatenate(parts), inputs)


def _classes(examples: Examples, target: Target) -> npt.NDArray[np.int64]:
    """Return class indices; a continuous value counts as one class, so that patients are divided by their number."""
    return examples.value.astype(np.int64) if target.n_classes else np.zeros(len(examples.value), np.int64)


def _of(examples: Examples, chosen: npt.NDArray[np.int64]) -> list[int]:
    return [int(index) for index in np.unique(examples.recording[chosen])]


def _rounded(figures: Any) -> Any:
    if isinstance(figures, dict):
        return {name: _rounded(value) for name, value in figures.items()}
    if isinstance(figures, list):
        return [_rounded(value) for value in figures]
    return None if figures != figures else round(float(figures), 4)
