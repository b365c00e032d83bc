"""Trained beat models: loading a model folder and classifying the beats of a recording with it.

A model folder holds ``card.json`` (constants, data, protocol, figures), ``weights.npz`` (plain arrays) and
``README.md``. It holds no code: the network is built from the card's numbers, and arrays load without pickle.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from ecg_core import settings
from ecg_core.beats import CLASSES
from ecg_core.classification.building import build_with_weights
from ecg_core.classification.context import ContextSpec, for_review, in_context, unreadable
from ecg_core.classification.device import tensorflow
from ecg_core.classification.inference import Inference, Plan, usual_plan
from ecg_core.classification.network import NetworkSpec, build_network
from ecg_core.classification.out_of_distribution import TrainingDistance
from ecg_core.classification.prematurity import PrematurityTrees
from ecg_core.classification.rr import RR_FEATURES, rr_of_recording
from ecg_core.classification.windows import LeadReference, WindowSpec, iterate_windows, survey
from ecg_core.errors import ModelError
from ecg_core.model_files import read_arrays, read_json, sha256_of
from ecg_core.paths import MODELS_FOLDER
from ecg_core.recording import Recording
from ecg_core.rhythm.intervals import known_intervals
from ecg_core.writing import replacing, write_text

if TYPE_CHECKING:
    import keras

DEFAULT_MODEL = "beat-2026.5"
COMPARABLE_MODEL = "beat-ds1-2026.2"
"""The same trained on DS1 of MIT-BIH alone, for tables beside what others trained on it."""

FORMAT = 1
_CONSTANTS = ("format", "classes", "window", "network", "rr_features", "calibration")
_OPTIONAL_CONSTANTS = ("context", "familiarity", "prematurity")
_MEAN, _PRECISION = "familiar_mean", "familiar_precision"
_REFERENCES_KEPT = 8
_MAX_WINDOW = 4096
_NETWORK_SHARE = 0.85
"""Of the time that classifying takes; the rest is the recording's context."""


@dataclass(frozen=True)
class BeatModel:
    """A trained model.

    Attributes
    ----------
    name : str
    folder : Path
    sha256 : str
        Hash of the weights and of every constant that shapes a result.
    card : dict
        The whole card.
    window : WindowSpec
    """

    name: str
    folder: Path
    sha256: str
    card: dict[str, Any] = field(repr=False)
    window: WindowSpec
    _references: dict[tuple[str, str], LeadReference] = field(default_factory=dict, repr=False, compare=False)

    @property
    def context(self) -> ContextSpec | None:
        """How the recording corrects what is said of single beats; None where it does not."""
        values = self.card.get("context")
        return None if values is None else ContextSpec.from_dict(values)

    @cached_property
    def network(self) -> keras.Model:
        """The network with its weights; imports TensorFlow at the first use."""
        return self._with_weights(half=False)

    def _with_weights(self, *, half: bool) -> keras.Model:
        arrays = read_arrays(self.folder / "weights.npz")
        names = [name for name in arrays if name.startswith("w")]
        if set(names) != {f"w{index}" for index in range(len(names))}:
            raise ModelError(f"{self.folder.name}: its weights do not fit its network; copy the model folder again.")
        tensorflow()
        spec = NetworkSpec.from_dict(self.card["network"])
        network = build_with_weights(
            self.folder.name,
            lambda: build_network(spec, half=half),
            [arrays[f"w{index}"] for index in range(len(names))],
        )
        # On a GPU Keras would compile with XLA, anew for each of the many batch sizes that blocks of beats have.
        network.jit_compile = False
        return network

    @cached_property
    def inference(self) -> Inference:
        """The network, ready to run over many beats."""
        return self.inference_by(usual_plan())

    def inference_by(self, plan: Plan) -> Inference:
        """Return the network, ready to run by a plan."""
        return Inference(self._with_weights(half=True) if plan.half else self.network, plan)

    @cached_property
    def familiarity(self) -> TrainingDistance | None:
        """What the training beats looked like; None where the card does not tell."""
        values = self.card.get("familiarity")
        if values is None:
            return None
        try:
            stored = read_arrays(self.folder / "weights.npz")
            return TrainingDistance(stored[_MEAN], stored[_PRECISION], float(values["limit"]))
        except KeyError as error:
            raise ModelError(
                f"{self.folder.name}: its weights lack {error}, which its card promises; copy the folder again."
            ) from error

    @cached_property
    def prematurity(self) -> PrematurityTrees | None:
        """Trees that tell S from N by intervals; None where the card does not tell of any."""
        values = self.card.get("prematurity")
        if values is None:
            return None
        try:
            return PrematurityTrees.of(read_arrays(self.folder / "weights.npz"), float(values["weight"]))
        except (KeyError, ValueError) as error:
            raise ModelError(
                f"{self.folder.name}: its weights lack {error}, which its card promises; copy the folder again."
            ) from error

    def probabilities(self, logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Turn logits (beats, 5) into calibrated probabilities (beats, 5) with the card's constants."""
        calibration = self.card["calibration"]
        shifted = (logits + np.asarray(calibration["logit_shift"], np.float32)) / float(calibration["temperature"])
        return np.asarray(softmax(shifted, axis=1), dtype=np.float32)

    def classify_windows(
        self, wave: npt.NDArray[np.float32], readable: npt.NDArray[np.float32], rr: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        """Classify prepared windows.

        Parameters
        ----------
        wave : ndarray of float32, shape (beats, leads, samples, 2)
            Windows: beat and dominant beat, in QRS heights.
        readable : ndarray of float32, shape (beats, leads)
            1 where a lead can be read, else 0.
        rr : ndarray of float32, shape (beats, features)
            RR features.

        Returns
        -------
        ndarray of float32, shape (beats, 5)
            Probabilities in the order of `ecg_core.beats.CLASSES`.
        """
        return self.probabilities(self.inference(wave, readable, rr).logits)

    def classify(
        self,
        recording: Recording,
        samples: npt.NDArray[np.int64],
        quality: npt.NDArray[np.uint8] | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> npt.NDArray[np.float32]:
        """Classify beats of a recording, block by block in bounded memory.

        Parameters
        ----------
        recording : Recording
            The recording.
        samples : ndarray of int64, shape (beats,)
            Where the beats are: all of the recording's, since intervals and the dominant beat come from them.
        quality : ndarray of uint8, shape (seconds, leads), optional
            Quality grades.
        progress : callable, optional
            Called with the share done.

        Returns
        -------
        ndarray of float32, shape (beats, 5)
            In the recording's context, where the card has one (see :mod:`ecg_core.classification.context`). Beats
            that cannot be read, or that look like nothing in training, go to Q where the card has either.
        """
        report = progress or (lambda _: None)
        share = _NETWORK_SHARE if self.context else 1.0
        alone, strange = self._look(recording, samples, quality, lambda done: report(share * done))
        found = alone
        if self.context is not None:
            found = in_context(
                recording, samples, alone, quality, self.context, lambda done: report(share + (1 - share) * done)
            )
        elif self.familiarity is None:
            return alone
        return for_review(found, strange | unreadable(samples / recording.fs_hz, quality))

    def _look(
        self,
        recording: Recording,
        samples: npt.NDArray[np.int64],
        quality: npt.NDArray[np.uint8] | None,
        progress: Callable[[float], None],
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
        """Return what the network says of each beat by itself, and which beats look like nothing in training."""
        if not len(samples):
            return np.zeros((0, len(CLASSES)), dtype=np.float32), np.zeros(0, dtype=bool)
        rr = rr_of_recording(samples, recording.fs_hz, quality)
        reference = self.lead_reference(recording, samples)
        blocks = iterate_windows(recording, samples, self.window, reference, quality)
        outputs = list(self.inference.over(blocks, rr, lambda done: progress(done / len(samples))))
        # Together at the end: small products of matrices between batches would take the cores from the network.
        alone = self.probabilities(np.concatenate([part.logits for part in outputs]))
        if self.prematurity is not None:
            known = known_intervals(samples, recording.fs_hz, quality)
            alone = self.prematurity.divided(alone, samples / recording.fs_hz, known)
        if self.familiarity is None:
            return alone, np.zeros(len(samples), dtype=bool)
        return alone, self.familiarity.strange(np.concatenate([part.embedding for part in outputs]))

    def lead_reference(self, recording: Recording, samples: npt.NDArray[np.int64]) -> LeadReference:
        """Return the recording's own dominant beats; those of the last few recordings are cached.

        Parameters
        ----------
        recording : Recording
            The recording.
        samples : ndarray of int64, shape (beats,)
            Beat positions in samples.

        Returns
        -------
        LeadReference
        """
        key = (recording.sha256, hashlib.sha256(samples.tobytes()).hexdigest())
        if key not in self._references:
            while len(self._references) >= _REFERENCES_KEPT:
                self._references.pop(next(iter(self._references)), None)
            self._references[key] = survey(recording, samples, self.window)
        return self._references[key]


def load_model(folder: Path | str | None = None) -> BeatModel:
    """Open a model folder without importing TensorFlow.

    Parameters
    ----------
    folder : path-like, optional
        See :func:`model_folder`.

    Raises
    ------
    ModelError
        If the folder is not a complete model of this kind, is of a newer format, or its hash is wrong.
    """
    return _load(model_folder(folder))


def models_folder() -> Path:
    """Return where the models are that come with the software."""
    return MODELS_FOLDER


def model_folder(folder: Path | str | None = None) -> Path:
    """Return the path of a model folder given by path, or by name under ``models/``.

    By default it is the one that the environment variable ``ECG_MODEL`` names, else the shipped one.
    """
    path = Path(folder or settings.MODEL.get() or DEFAULT_MODEL)
    if not path.is_dir() and (MODELS_FOLDER / path).is_dir():
        path = MODELS_FOLDER / path
    return path.resolve()


@lru_cache(maxsize=8)
def _load(folder: Path) -> BeatModel:
    card_file = folder / "card.json"
    try:
        card = read_json(card_file)
    except FileNotFoundError:
        raise ModelError(f"{folder} is not a model folder: it has no card.json.") from None
    if not isinstance(card, dict):
        raise ModelError(f"{card_file} cannot be read (it is no JSON object); copy the model folder again.")
    if card.get("kind"):
        raise ModelError(
            f"{folder.name} is of the kind {card['kind']!s:.20}; a model of the recipe 'beat' is needed here."
        )
    missing = [key for key in (*_CONSTANTS, "name", "weights_sha256") if key not in card]
    if missing:
        raise ModelError(f"{card_file} lacks {', '.join(missing)}; copy the model folder again.")
    if card["format"] != FORMAT:
        raise ModelError(
            f"{folder.name} has model format {card['format']}, this version reads {FORMAT}; "
            "update Rhythmoscope or choose another model."
        )
    if card["classes"] != list(CLASSES) or card["rr_features"] != list(RR_FEATURES):
        raise ModelError(f"{folder.name} was trained on other classes or features than this version computes.")
    weights_file = folder / "weights.npz"
    if not weights_file.is_file():
        raise ModelError(f"{folder.name} has no weights.npz; copy the model folder again.")
    weights_sha256 = sha256_of(weights_file)
    if weights_sha256 != card["weights_sha256"]:
        raise ModelError(f"{weights_file} is not the file its card describes (hash differs); copy the folder again.")
    window = _window(card_file, card)
    _require_constants(card_file, card)
    return BeatModel(name=str(card["name"]), folder=folder, sha256=model_hash(card), card=card, window=window)


def _window(card_file: Path, card: Mapping[str, Any]) -> WindowSpec:
    try:
        window = WindowSpec(**{name: float(value) for name, value in card["window"].items()})
        n_samples = window.n_samples
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ModelError(f"{card_file} describes no window ({error}); copy the model folder again.") from error
    if min(window.fs_hz, window.before_s, window.after_s) <= 0 or n_samples > _MAX_WINDOW:
        raise ModelError(f"{card_file} describes a window of {n_samples} samples, which no beat has; copy it again.")
    return window


def _require_constants(card_file: Path, card: Mapping[str, Any]) -> None:
    """Refuse a card whose constants are of another kind than those by which a recording is classified."""
    try:
        NetworkSpec.from_dict(card["network"])
        if card.get("context") is not None:
            ContextSpec.from_dict(card["context"])
        calibration = card["calibration"]
        shift = np.asarray(calibration["logit_shift"], np.float64)
        temperature = float(calibration["temperature"])
        limit = float(card["familiarity"]["limit"]) if card.get("familiarity") is not None else 1.0
        weight = float(card["prematurity"]["weight"]) if card.get("prematurity") is not None else 0.0
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        raise ModelError(f"{card_file} describes no model ({error!s:.120}); copy the model folder again.") from error
    if not 0.0 <= weight <= 1.0:
        raise ModelError(f"{card_file} gives its trees a weight of {weight:g}, which is no share; copy it again.")
    if shift.shape != (len(CLASSES),) or not np.isfinite([*shift, temperature, limit]).all() or temperature <= 0:
        raise ModelError(f"{card_file} describes no calibration of {len(CLASSES)} classes; copy the folder again.")


def save_model(
    folder: Path,
    network: keras.Model,
    spec: NetworkSpec,
    *,
    name: str,
    window: WindowSpec,
    temperature: float = 1.0,
    logit_shift: Sequence[float] = (0.0,) * len(CLASSES),
    context: ContextSpec | None = None,
    familiarity: TrainingDistance | None = None,
    texts: Mapping[str, Any] = MappingProxyType({}),
) -> Path:
    """Write a complete model folder.

    Parameters
    ----------
    folder : Path
        Made if needed.
    network : keras.Model
        As :func:`~ecg_core.classification.network.build_network` builds it from `spec`.
    spec : NetworkSpec
        Dimensions of the network.
    name : str
        Name of the model.
    window : WindowSpec
        Length and rate of the windows.
    temperature : float
        Divides the logits.
    logit_shift : sequence of float, length 5
        Added to the logits first.
    context : ContextSpec, optional
        How the recording corrects what is said of single beats; not at all by default.
    familiarity : TrainingDistance, optional
        What training beats look like; by default nothing is strange.
    texts : mapping
        What else the card says: data, protocol, figures, limits.

    Returns
    -------
    Path
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights_file = folder / "weights.npz"
    arrays = {f"w{index}": np.asarray(array, np.float32) for index, array in enumerate(network.get_weights())}
    if familiarity is not None:
        arrays |= {_MEAN: familiarity.mean, _PRECISION: familiarity.precision}
    # The card comes last: without it a folder is no model, and beside other weights than its own it is refused.
    with replacing(weights_file) as partial:
        np.savez(partial, allow_pickle=False, **arrays)
    card = {
        "format": FORMAT,
        "name": name,
        "classes": list(CLASSES),
        "window": asdict(window),
        "network": spec.to_dict(),
        "rr_features": list(RR_FEATURES),
        "calibration": {"temperature": float(temperature), "logit_shift": [float(shift) for shift in logit_shift]},
        **({} if context is None else {"context": context.to_dict()}),
        **({} if familiarity is None else {"familiarity": {"limit": float(familiarity.limit)}}),
        "weights_sha256": hashlib.sha256(weights_file.read_bytes()).hexdigest(),
        "parameters": int(network.count_params()),
        **texts,
    }
    write_text(folder / "card.json", card_text({"figures": {}, **card}))
    return folder


def card_text(card: Mapping[str, Any]) -> str:
    """Write a card as JSON for people and for comparison: a set of figures, which may be long, is one line each."""
    place = "<figures>"
    figures = ",\n".join(f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in card["figures"].items())
    whole = json.dumps({**card, "figures": place}, indent=2)
    return whole.replace(json.dumps(place), f"{{\n{figures}\n  }}" if figures else "{}") + "\n"


def model_hash(card: dict[str, Any]) -> str:
    """Hash what shapes a result: the weights and the constants, not the texts and figures of the card."""
    constants = {key: card[key] for key in (*_CONSTANTS, "weights_sha256")}
    constants |= {key: card[key] for key in _OPTIONAL_CONSTANTS if key in card}
    return hashlib.sha256(json.dumps(constants, sort_keys=True).encode()).hexdigest()
