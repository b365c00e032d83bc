"""Training the textbook models: preparation, sampling, loop and figures that their recipes share."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from ecg_core.errors import ModelError, SourceError
from ecg_core.progress import StageProgress
from ecg_core.textbook.inputs import Inputs
from ecg_core.textbook.model import TextbookModel, fed, save_textbook
from ecg_core.training.augmentation import STILL, Augmentation, disturbed_arrays
from ecg_core.training.batches import sampling_weights
from ecg_core.training.checkpoint import Checkpoint
from ecg_core.training.data_sources import data_folder, recordings_of
from ecg_core.training.examples import Examples, prepare_examples
from ecg_core.training.facts import training_facts
from ecg_core.training.fine_tuning import FineTuning
from ecg_core.training.folds import patient_folds, require_folds
from ecg_core.training.limits import require
from ecg_core.training.logs import TrainingLog
from ecg_core.training.loop import fit
from ecg_core.training.losses import class_weights, log_prior_shift
from ecg_core.training.noise import NoiseBank
from ecg_core.training.run_config import RunConfig
from ecg_core.training.runtime import USUAL, Runtime, in_single_precision, predicted, scope_of
from ecg_core.training.schedule import Schedule
from ecg_core.training.splits import published_split
from ecg_core.training.targets import TARGETS, Target
from ecg_core.training.validation import Watch

if TYPE_CHECKING:
    import keras

_VALIDATION_FOLDS = 5
_BATCH = 512
_NAMED_BY_KERAS = ("name", "dtype", "seed", "trainable", "batch_shape")


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
    augmentation : Augmentation
        Of the waveforms among the inputs; nothing is disturbed by default.
    prior : float
        How far the classes' sampled shares are turned back to their true ones in the logits: 0 not, 1 wholly.
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
    augmentation: Augmentation = STILL
    prior: float = 1.0
    patience: int = 4
    published_accuracy: float | None = None
    limits: tuple[str, ...] = ()
    default_folds: ClassVar[int] = 0

    def __post_init__(self) -> None:
        """Refuse settings that cannot be trained with."""
        require("prior", self.prior, 0, 2)
        require("patience", self.patience, 1, 10**6)
        n_classes = TARGETS[self.target].n_classes
        if n_classes and len(self.schedule.balance) < n_classes:
            raise ModelError(f"schedule.balance takes {n_classes} exponents, one a class, not {self.schedule.balance}.")


def train_textbook(config: RunConfig[TextbookRecipe], progress: StageProgress | None = None) -> Path:
    """Train a textbook recipe to a complete model folder.

    A fifth of the patients is held out of training for early stopping; their figures stand in the card. A run that was
    killed resumes after its last finished epoch when it is started again with the same settings.

    Parameters
    ----------
    config : RunConfig of TextbookRecipe
        Settings of the run; with folds, the card also has figures of patients left out. With fine-tuning, the inputs
        of the model that is started from replace the recipe's.
    progress : callable, optional
        Called as ``progress(stage, share, text)``.

    Returns
    -------
    Path
        The model folder.

    Raises
    ------
    SourceError
        If there is nothing to train on, there are too few patients, or a patient was trained on before.
    ModelError
        If the model to start from was trained with another recipe.
    """
    recipe, folds, patients, fine_tuning = config.recipe, config.n_folds, config.patients, config.fine_tuning
    runtime = config.runtime
    started = time.monotonic()
    target = TARGETS[recipe.target]
    headers = recordings_of(config.data)
    groups = patients.groups([header.stem for header in headers])
    n_patients = len(set(groups))
    if n_patients < 2:
        raise SourceError(f"{recipe.name} needs recordings of at least two patients: some are held out of training.")
    require_folds(folds, n_patients, spare=2)
    if fine_tuning:
        fine_tuning.check_recipe(recipe.name)
        recipe = _going_on(recipe, fine_tuning)
    bank = _noise_bank(recipe, config.noise)
    examples = prepare_examples(
        headers, recipe.inputs, target, (lambda share: progress("Preparing", share, "")) if progress else None
    )
    recordings = dict(zip(examples.names, examples.sha256, strict=True))
    if fine_tuning:
        fine_tuning.check(recordings, patients)
    written = TrainingLog(config.logs)
    training = _Training(recipe, target, examples, config.seed, progress, written, fine_tuning, bank, runtime)
    figures: dict[str, Any] = {}
    if folds:
        figures["cross_validation"] = _cross_validated(training, groups, folds)
    chosen, held_out = _some_held_out(training, groups, np.arange(len(examples.value)))
    predictor, losses = training.run(chosen, held_out, "Training")
    figures["validation"] = {
        "patients_held_out": len({groups[index] for index in np.unique(examples.recording[held_out])}),
        **_rounded(training.measure(predictor, held_out)),
    }
    if recipe.published_accuracy is not None and not fine_tuning:
        checked = _check_published(training, config.data)
        if checked is not None:
            figures["published_split"] = checked
    written.close()
    folder = save_textbook(
        config.out,
        config.name,
        recipe.inputs,
        predictor,
        recipe=recipe.name,
        target=recipe.target,
        texts={
            "summary": recipe.summary,
            "trained_for": target.trained_for,
            "limits": list(recipe.limits),
            "training": training_facts(
                config,
                recordings=recordings,
                losses=losses,
                seconds=time.monotonic() - started,
                noise=bank.sha256 if bank else None,
                examples=len(examples.value),
                schedule=asdict(recipe.schedule),
                augmentation=asdict(recipe.augmentation),
                prior=recipe.prior,
                patience=recipe.patience,
                built=built_digest(predictor),
                **runtime.facts(),
            ),
            "figures": figures,
        },
    )
    training.forget()
    return folder


def untrained(recipe: TextbookRecipe) -> Any:
    """Return the recipe's network or estimator before training."""
    with USUAL.policy():
        return recipe.build(recipe.inputs.shapes)


def built_digest(predictor: Any) -> str:
    """Return a short hash of how a network or estimator is built; its weights do not matter."""
    if not hasattr(predictor, "to_json"):
        described = repr(predictor)
    else:
        layers = []
        for layer in json.loads(predictor.to_json())["config"]["layers"]:
            settings = {key: value for key, value in layer["config"].items() if key not in _NAMED_BY_KERAS}
            plain = {key: value for key, value in settings.items() if not isinstance(value, dict)}
            layers.append([layer["class_name"], plain])
        described = json.dumps([layers, predictor.count_params()], sort_keys=True)
    return hashlib.sha256(described.encode()).hexdigest()[:16]


@dataclass
class _Training:
    """Everything that the networks of one run share."""

    recipe: TextbookRecipe
    target: Target
    examples: Examples
    seed: int
    progress: StageProgress | None
    written: TrainingLog
    fine_tuning: FineTuning | None
    bank: NoiseBank | None
    runtime: Runtime
    checkpoints: list[Checkpoint] = field(default_factory=list)

    def run(
        self, chosen: npt.NDArray[np.int64], held_out: npt.NDArray[np.int64] | None, stage: str
    ) -> tuple[Any, list[float]]:
        """Train on `chosen`, watching `held_out`; return the network or estimator, and the loss of each epoch."""
        recipe, target, examples = self.recipe, self.target, self.examples
        chosen = chosen[target.trains_on(examples.value[chosen])]
        predictor, strategy = self._built()
        if not hasattr(predictor, "get_weights"):
            if self.progress:
                self.progress(stage, 0.0, "")
            predictor.fit(examples.take(chosen)["features"], examples.value[chosen].astype(int))
            if self.progress:
                self.progress(stage, 1.0, "")
            return predictor, []
        schedule = recipe.schedule
        values = examples.value[chosen].astype(int) if target.n_classes else np.zeros(len(chosen), int)
        weights = sampling_weights(values, examples.recording[chosen], schedule.balance) if target.n_classes else None
        counts = np.bincount(values, minlength=target.n_classes)
        shift = self._shift(values, weights, counts)
        if self.fine_tuning:
            _add_to_bias(predictor, -shift)  # it comes with the shift of its own training

        def batches_of(epoch: int) -> Iterator[tuple[Any, npt.NDArray[np.float32]]]:
            rng = np.random.default_rng([self.seed, epoch])
            for _ in range(schedule.batches_per_epoch):
                batch = rng.choice(chosen, size=schedule.batch_size, p=weights)
                inputs = examples.take(batch)
                wanted = target.wanted(examples.value[batch], inputs)
                if recipe.augmentation != STILL:
                    inputs = disturbed_arrays(inputs, recipe.inputs.waves, recipe.augmentation, rng, self.bank)
                yield fed(inputs), wanted

        checkpoint = self._checkpoint(predictor, chosen, held_out)
        plain = replace(schedule, class_weight=0.0, focal_gamma=0.0, label_smoothing=0.0)
        watch = (
            Watch(target, examples, held_out, recipe.patience, target.loss(plain, counts), shift, checkpoint)
            if held_out is not None
            else None
        )

        def report(done: int, total: int, figures: dict[str, float]) -> None:
            if self.progress:
                seen = f", {watch.text}" if watch and watch.text else ""
                self.progress(stage, done / total, f"loss {figures['loss']:.3f}{seen}")

        def after_epoch(epoch: int, network: keras.Model, loss: float) -> bool:
            stop = watch(epoch, network) if watch else False
            seen = {"validation loss": watch.latest, **watch.figures} if watch else {}
            self.written.write(stage, epoch, {"loss": loss, **seen})
            return stop

        losses = fit(
            predictor,
            target.loss(schedule, counts),
            batches_of,
            schedule,
            report,
            checkpoint=checkpoint,
            after_epoch=after_epoch,
            strategy=strategy,
        )
        if watch and watch.best_weights is not None:
            predictor.set_weights(watch.best_weights)
        predictor = in_single_precision(predictor, lambda: recipe.build(recipe.inputs.shapes))
        _add_to_bias(predictor, shift)
        if self.progress:
            self.progress(stage, 1.0, "")
        return predictor, losses

    def measure(self, predictor: Any, chosen: npt.NDArray[np.int64]) -> dict[str, float]:
        """Return the target's figures on some examples."""
        return self.target.figures(
            self.examples.value[chosen], self.outputs(predictor, chosen), self.examples.take(chosen)
        )

    def outputs(self, predictor: Any, chosen: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Return what a network or estimator says of some examples."""
        parts = []
        for start in range(0, len(chosen), _BATCH):
            inputs = self.examples.take(chosen[start : start + _BATCH])
            if hasattr(predictor, "predict_on_batch"):
                parts.append(predicted(predictor, fed(inputs)))
                continue
            found = predictor.predict_proba(inputs["features"])
            wide = np.zeros((len(found), max(self.target.n_classes, 1)), np.float32)
            wide[:, np.asarray(predictor.classes_, dtype=int)] = found
            parts.append(wide)
        return np.concatenate(parts)

    def forget(self) -> None:
        """Remove the checkpoints, once what they led to is written."""
        for checkpoint in self.checkpoints:
            checkpoint.forget()

    def _built(self) -> tuple[Any, Any]:
        """Return the untrained network or estimator, and the strategy it is trained under."""
        with self.runtime.policy():
            import keras

            strategy = self.runtime.strategy()
            with scope_of(strategy):
                keras.utils.set_random_seed(self.seed)
                predictor = self.recipe.build(self.recipe.inputs.shapes)
                if self.fine_tuning:
                    self.fine_tuning.apply(predictor)
        return predictor, strategy

    def _shift(
        self,
        values: npt.NDArray[np.int_],
        weights: npt.NDArray[np.float64] | None,
        counts: npt.NDArray[np.int_],
    ) -> npt.NDArray[np.float32]:
        """Return what turns the outputs of sampled and weighted classes into those of their true shares."""
        if weights is None or self.target.name not in ("aami", "binary"):
            return np.zeros(1, np.float32)
        in_loss = class_weights(counts, self.recipe.schedule.class_weight)[values]
        shift = self.recipe.prior * log_prior_shift(values, weights * in_loss, self.target.n_classes)
        # A single logit is the second class's against the first's.
        return shift if len(shift) > 2 else shift[1:] - shift[:1]

    def _checkpoint(
        self, network: keras.Model, chosen: npt.NDArray[np.int64], held_out: npt.NDArray[np.int64] | None
    ) -> Checkpoint:
        checkpoint = Checkpoint.of(
            {
                "recipe": self.recipe.name,
                # Keras numbers layers through the whole process: the same network has other names the next time.
                "network": re.sub(r'_\d+"', '"', network.to_json()),
                "schedule": asdict(self.recipe.schedule),
                "augmentation": asdict(self.recipe.augmentation),
                "prior": self.recipe.prior,
                "patience": self.recipe.patience,
                "noise": self.bank.sha256 if self.bank else None,
                "data": self.examples.sha256,
                "chosen": hashlib.sha256(chosen.tobytes()).hexdigest(),
                "held_out": None if held_out is None else hashlib.sha256(held_out.tobytes()).hexdigest(),
                "from": [self.fine_tuning.model.sha256, self.fine_tuning.freeze] if self.fine_tuning else None,
                "runtime": self.runtime.facts(),
                "seed": self.seed,
            }
        )
        self.checkpoints.append(checkpoint)
        return checkpoint


def _some_held_out(
    training: _Training, groups: Sequence[str], chosen: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Divide examples: most to train on, and those of a fifth of the patients to stop in time by."""
    examples = training.examples
    present, recording = np.unique(examples.recording[chosen], return_inverse=True)
    of_present = [groups[index] for index in present]
    n_folds = min(_VALIDATION_FOLDS, len(set(of_present)))
    if n_folds < 2:
        raise SourceError("Too few patients are left to hold one out of training; give fewer folds.")
    folds = patient_folds(_classes(training, chosen), recording, of_present, n_folds)
    return chosen[np.concatenate(folds[1:])], chosen[folds[0]]


def _cross_validated(training: _Training, groups: Sequence[str], n_folds: int) -> dict[str, Any]:
    """Return the figures of all examples, each by a network that saw no other of the same patient."""
    examples = training.examples
    every = np.arange(len(examples.value))
    outputs: npt.NDArray[np.float32] | None = None
    for number, tested in enumerate(patient_folds(_classes(training, every), examples.recording, groups, n_folds)):
        chosen, held_out = _some_held_out(training, groups, np.setdiff1d(every, tested))
        predictor, _ = training.run(chosen, held_out, f"Fold {number + 1} of {n_folds}")
        found = training.outputs(predictor, tested)
        if outputs is None:
            outputs = np.zeros((len(every), *found.shape[1:]), np.float32)
        outputs[tested] = found
    assert outputs is not None
    figures = training.target.figures(examples.value, outputs, examples.take(every))
    return {"folds": n_folds, "grouped_by": "patient", **_rounded(figures)}


def _check_published(training: _Training, data: Sequence[str | Path]) -> dict[str, float] | None:
    """Repeat the published experiment on its own division of patients; None where the data is not all there."""
    split = published_split([data_folder(choice) for choice in data])
    if split is None:
        return None
    recipe = training.recipe
    examples = prepare_examples([*split.training, *split.validation], recipe.inputs, training.target)
    own = replace(training, examples=examples)  # the list of checkpoints stays the run's
    is_training = examples.recording < len(split.training)
    predictor, _ = own.run(np.flatnonzero(is_training), None, "Published split")
    measured = own.measure(predictor, np.flatnonzero(~is_training))
    return {"published_accuracy": float(recipe.published_accuracy or 0), **_rounded(measured)}


def _going_on(recipe: TextbookRecipe, fine_tuning: FineTuning) -> TextbookRecipe:
    """Return the recipe with the inputs of the model to go on from, and slower steps."""
    model = fine_tuning.model
    if not isinstance(model, TextbookModel) or "network.json" not in model.card["files"]:
        raise ModelError(f"{model.name} is no network; {recipe.name} is trained from the beginning.")
    slower = recipe.schedule.learning_rate / fine_tuning.slower
    return replace(recipe, inputs=model.inputs, schedule=replace(recipe.schedule, learning_rate=slower))


def _noise_bank(recipe: TextbookRecipe, noise: Path | None) -> NoiseBank | None:
    if not recipe.augmentation.recorded_noise and noise is None:
        return None
    if not recipe.inputs.waves:
        raise ModelError(f"{recipe.name} sees no waveform that recorded noise could be mixed into; leave it out.")
    if not recipe.augmentation.recorded_noise:
        return None
    inputs: Any = recipe.inputs
    return NoiseBank.found(noise, inputs.window.fs_hz, inputs.band_hz)


def _add_to_bias(network: keras.Model, shift: npt.NDArray[np.float32]) -> None:
    """Add a shift of the outputs to the last layer's bias."""
    if not np.any(shift):
        return
    last = network.layers[-1]
    if getattr(last, "bias", None) is None or last.bias.shape != shift.shape:
        raise ModelError("A recipe that samples classes unevenly must end in a dense layer with one output for each.")
    last.bias.assign(last.bias + shift)


def _classes(training: _Training, chosen: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return class indices; a continuous value counts as one class, so that patients are divided by their number."""
    values = training.examples.value[chosen]
    return values.astype(np.int64) if training.target.n_classes else np.zeros(len(values), np.int64)


def _rounded(figures: Any) -> Any:
    if isinstance(figures, dict):
        return {name: _rounded(value) for name, value in figures.items()}
    return None if figures != figures else round(float(figures), 4)
