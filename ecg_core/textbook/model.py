"""Textbook model folders: stock Keras layers as JSON with plain arrays, or a scikit-learn estimator through skops.

Neither carries code: both are read against the lists of :mod:`ecg_core.textbook.allowed`, and within
the bounds of :mod:`ecg_core.model_files`.
"""

from __future__ import annotations

import hashlib
import json
import threading
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from ecg_core.beats import CLASSES
from ecg_core.classification.building import build_with_weights
from ecg_core.classification.device import tensorflow
from ecg_core.errors import ModelError
from ecg_core.model_files import (
    MAX_ARRAY_BYTES,
    MAX_ARRAYS,
    MAX_JSON_BYTES,
    parse_json,
    read_arrays,
    read_bytes,
    read_json,
    sha256_of,
)
from ecg_core.recording import Recording
from ecg_core.textbook.allowed import check_estimator, check_network, layer_types
from ecg_core.textbook.inputs import Arrays, Inputs, inputs_of, inputs_to_dict
from ecg_core.writing import replacing, write_text

if TYPE_CHECKING:
    import keras

KIND: Final = "textbook"
FORMAT: Final = 1
CLASSES_TARGET: Final = "aami"
"""What a card's ``target`` is where the outputs are logits of the five classes."""

_BATCH = 512
_TRUSTED_TYPES: Final = frozenset(
    {
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    }
)
_SCHEMA: Final = "schema.json"
_KEYS: Final = ("format", "name", "inputs", "target", "files", "recipe")
_FILES: Final = ({"network.json", "weights.npz"}, {"estimator.skops"})


@dataclass(frozen=True)
class TextbookModel:
    """A trained textbook model.

    Attributes
    ----------
    name : str
    folder : Path
    sha256 : str
        Hash of the files and constants that shape a result.
    card : dict
    inputs : Inputs
    """

    name: str
    folder: Path
    sha256: str
    card: dict[str, Any] = field(repr=False)
    inputs: Inputs
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @cached_property
    def predictor(self) -> Callable[[Arrays], npt.NDArray[np.float32]]:
        """What turns input arrays into outputs; imports its library at the first use."""
        if "estimator.skops" in self.card["files"]:
            return _estimator_outputs(self.folder / "estimator.skops")
        network = self.network

        def outputs(arrays: Arrays) -> npt.NDArray[np.float32]:
            return np.asarray(network.predict_on_batch(fed(arrays)), dtype=np.float32)

        return outputs

    @cached_property
    def network(self) -> keras.Model:
        """The network; imports TensorFlow at the first use.

        Raises
        ------
        ModelError
            If the folder holds none, its description names anything but stock layers, or its weights do not fit.
        """
        if "network.json" not in self.card["files"]:
            raise ModelError(f"{self.name} is no network.")
        described = self._read_json("network.json")
        check_network(self.name, described)
        if not isinstance(described, dict):
            raise ModelError(f"{self.name}: its network.json describes no network; copy the model folder again.")
        described.pop("compile_config", None)  # of no use to a trained network
        arrays = read_arrays(self.folder / "weights.npz")
        if set(arrays) != {f"w{index}" for index in range(len(arrays))}:
            raise ModelError(f"{self.name}: its weights do not fit its network; copy the model folder again.")
        tensorflow()
        import keras

        network = build_with_weights(
            self.name,
            lambda: keras.models.model_from_json(json.dumps(described)),
            [arrays[f"w{index}"] for index in range(len(arrays))],
            layer_types(),
        )
        network.jit_compile = False
        return network

    def _read_json(self, file: str) -> Any:
        try:
            return read_json(self.folder / file)
        except FileNotFoundError:
            raise ModelError(f"{self.name} has no {file}; copy the model folder again.") from None

    def outputs(self, arrays: Arrays, progress: Callable[[float], None] | None = None) -> npt.NDArray[np.float32]:
        """Return the outputs for prepared inputs, computed batch by batch.

        Parameters
        ----------
        arrays : dict of str to ndarray of float32, first axis beats
            Inputs by name.
        progress : callable, optional
            Called with the fraction done.

        Returns
        -------
        ndarray of float32, first axis beats
        """
        n_beats = len(next(iter(arrays.values())))
        parts = []
        with self._lock:
            predictor = self.predictor
            for start in range(0, n_beats, _BATCH):
                batch = {name: array[start : start + _BATCH] for name, array in arrays.items()}
                try:
                    parts.append(predictor(batch))
                except ModelError:
                    raise
                except Exception as error:  # the libraries raise whatever a folder that does not fit leads them into
                    raise ModelError(
                        f"{self.name} cannot be run: what it holds does not fit its card; copy the model folder again."
                    ) from error
                if progress:
                    progress(min(1.0, (start + _BATCH) / n_beats))
        return np.concatenate(parts) if parts else np.empty((0, 1), np.float32)

    def classify(
        self,
        recording: Recording,
        samples: npt.NDArray[np.int64],
        quality: npt.NDArray[np.uint8] | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> npt.NDArray[np.float32]:
        """Return the class probabilities of beats.

        Parameters
        ----------
        recording : Recording
            The recording.
        samples : ndarray of int64, shape (beats,)
            Beat positions in samples.
        quality : ndarray of uint8, shape (seconds, leads), optional
            Quality grades; not used.
        progress : callable, optional
            Called with the fraction done.

        Returns
        -------
        ndarray of float32, shape (beats, 5)
            Probabilities in the order of `ecg_core.beats.CLASSES`.

        Raises
        ------
        ModelError
            If the model was trained for another target.
        """
        self.require_classes()
        if not len(samples):
            return np.empty((0, len(CLASSES)), np.float32)
        logits = self.outputs(self.inputs.arrays(recording, samples), progress)
        return np.asarray(softmax(logits, axis=1), dtype=np.float32)

    def require_classes(self) -> None:
        """Raise a ModelError unless the model tells the five classes."""
        if self.card["target"] != CLASSES_TARGET:
            trained_for = self.card.get("trained_for", self.card["target"])
            raise ModelError(f"{self.name} does not tell the classes {' '.join(CLASSES)}: {trained_for}.")


def fed(arrays: Arrays) -> Arrays | npt.NDArray[np.float32]:
    """Return inputs as Keras takes them: by name, or the array itself where there is one."""
    return arrays if len(arrays) > 1 else next(iter(arrays.values()))


def save_textbook(
    folder: Path, name: str, inputs: Inputs, predictor: Any, *, recipe: str, target: str, texts: Mapping[str, Any]
) -> Path:
    """Write a complete model folder.

    Parameters
    ----------
    folder : Path
        The folder.
    name : str
        Name of the model.
    inputs : Inputs
        Inputs of the model.
    predictor : keras.Model or scikit-learn estimator
        Trained network or estimator.
    recipe, target : str
        Names of the recipe and of its target.
    texts : mapping
        What else the card says.

    Returns
    -------
    Path
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if hasattr(predictor, "get_weights"):
        arrays = {f"w{index}": np.asarray(array, np.float32) for index, array in enumerate(predictor.get_weights())}
        with replacing(folder / "weights.npz") as partial:
            np.savez_compressed(partial, allow_pickle=False, **arrays)
        described = json.loads(predictor.to_json())
        described.pop("compile_config", None)  # the optimizer is of no use to a trained network
        write_text(folder / "network.json", json.dumps(described) + "\n")
        files: tuple[str, ...] = ("network.json", "weights.npz")
        parameters: int | None = int(predictor.count_params())
    else:
        import skops.io

        with replacing(folder / "estimator.skops") as partial:
            skops.io.dump(predictor, partial, compression=zipfile.ZIP_LZMA)
        files, parameters = ("estimator.skops",), None
    card = {
        "format": FORMAT,
        "kind": KIND,
        "name": name,
        "recipe": recipe,
        "target": target,
        "inputs": inputs_to_dict(inputs),
        "files": {file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in files},
        "parameters": parameters,
        **texts,
    }
    write_text(folder / "card.json", json.dumps(card, indent=2) + "\n")
    return folder


def load_textbook(folder: Path) -> TextbookModel:
    """Open a textbook model's folder; nothing heavy is imported yet.

    Raises
    ------
    ModelError
        If the folder is incomplete, of a newer format, or a file is not the one its card describes.
    """
    try:
        described = read_bytes(folder / "card.json", MAX_JSON_BYTES)
        card = parse_json(folder / "card.json", described)
    except (OSError, ModelError) as error:
        raise ModelError(f"{folder.name} has no readable card.json ({error}); copy the model folder again.") from error
    missing = [key for key in _KEYS if not isinstance(card, dict) or key not in card]
    if missing:
        raise ModelError(f"{folder.name}: its card lacks {', '.join(missing)}; copy the model folder again.")
    if card["format"] != FORMAT:
        raise ModelError(
            f"{folder.name} has model format {card['format']}, this version reads {FORMAT}; update Rhythmoscope."
        )
    return _load(folder, described)


@dataclass(frozen=True)
class TextbookModels:
    """The textbook models of a folder.

    Attributes
    ----------
    complete : tuple of TextbookModel
        Those that can be run, by name.
    without_weights : tuple of str
        Names of those of which only the card is there.
    """

    complete: tuple[TextbookModel, ...]
    without_weights: tuple[str, ...] = ()


def textbook_models(folder: Path) -> TextbookModels:
    """Open the textbook models of a folder; other kinds of models and what cannot be read are left out.

    Parameters
    ----------
    folder : Path
        The folder of model folders.

    Returns
    -------
    TextbookModels
    """
    complete, without_weights = [], []
    for file in sorted(folder.glob("*/card.json")):
        try:
            card = parse_json(file, read_bytes(file, MAX_JSON_BYTES))
            if not isinstance(card, dict) or card.get("kind") != KIND:
                continue
            names = card.get("files")
            if isinstance(names, dict) and not all((file.parent / str(name)).is_file() for name in names):
                without_weights.append(file.parent.name)
                continue
            complete.append(load_textbook(file.parent))
        except (OSError, ModelError):
            continue
    return TextbookModels(tuple(complete), tuple(without_weights))


@lru_cache(maxsize=16)
def _load(folder: Path, described: bytes) -> TextbookModel:
    """Check a folder's files against its card; a folder trained anew has another card, and is opened anew."""
    card = json.loads(described)
    if not isinstance(card["files"], dict) or set(card["files"]) not in _FILES:
        raise ModelError(f"{folder.name}: its card names no files of a model; copy the model folder again.")
    for file, expected in card["files"].items():
        path = folder / file
        if not path.is_file():
            raise ModelError(f"{folder.name} has no {path.name}; copy the folder again, or train it: {card['recipe']}.")
        if sha256_of(path) != expected:
            raise ModelError(f"{path} is not the file its card describes (hash differs); copy the folder again.")
    shaping = {key: card[key] for key in ("format", "inputs", "target", "files")}
    return TextbookModel(
        name=str(card["name"]),
        folder=folder,
        sha256=hashlib.sha256(json.dumps(shaping, sort_keys=True).encode()).hexdigest(),
        card=card,
        inputs=inputs_of(card["inputs"]),
    )


def _estimator_outputs(path: Path) -> Callable[[Arrays], npt.NDArray[np.float32]]:
    try:
        estimator = _estimator(path)
        classes = np.asarray(estimator.classes_, dtype=int)
    except ModelError:
        raise
    except Exception as error:  # skops raises whatever a stranger's file makes it trip over
        raise ModelError(f"{path.parent.name}: its estimator cannot be read; copy the model folder again.") from error
    if classes.ndim != 1 or not np.isin(classes, range(len(CLASSES))).all():
        raise ModelError(f"{path.parent.name}: its estimator tells other classes; copy the model folder again.")

    def outputs(arrays: Arrays) -> npt.NDArray[np.float32]:
        found = estimator.predict_proba(arrays["features"])
        logits = np.full((len(found), len(CLASSES)), -20.0, dtype=np.float32)
        logits[:, classes] = np.log(np.maximum(found, 1e-9))
        return logits

    return outputs


def _estimator(path: Path) -> Any:
    """Load an estimator, once all that it names is known to be on the list and of bounded size."""
    import skops.io

    named = path.parent.name
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_ARRAYS or sum(entry.file_size for entry in entries) > MAX_ARRAY_BYTES:
            raise ModelError(f"{named}: its estimator unpacks to more than any that is read; it was not read.")
        if archive.getinfo(_SCHEMA).file_size > MAX_JSON_BYTES:
            raise ModelError(f"{named}: its estimator's description is larger than any that is read; it was not read.")
        check_estimator(named, parse_json(path, archive.read(_SCHEMA)))
    unknown = set(skops.io.get_untrusted_types(file=path)) - _TRUSTED_TYPES
    if unknown:
        raise ModelError(
            f"{named} was refused: it holds {', '.join(sorted(unknown))[:200]}, which is no known estimator."
        )
    return skops.io.load(path, trusted=sorted(_TRUSTED_TYPES))
