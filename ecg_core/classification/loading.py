"""Opening a model folder of any kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ecg_core.classification.ensemble import KIND as ENSEMBLE
from ecg_core.classification.ensemble import Ensemble, load_ensemble
from ecg_core.classification.model import BeatModel, load_model, model_folder
from ecg_core.errors import ModelError
from ecg_core.model_files import read_json
from ecg_core.recording import Recording
from ecg_core.textbook.model import KIND as TEXTBOOK
from ecg_core.textbook.model import TextbookModel, load_textbook


class Classifier(Protocol):
    """What tells the classes of beats: a trained model of any kind."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def folder(self) -> Path:
        """Where it was opened from."""
        ...

    @property
    def sha256(self) -> str:
        """Hash of all that shapes a result."""
        ...

    @property
    def card(self) -> dict[str, Any]:
        """Its card."""
        ...

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
            Quality grades; computed where needed and not given.
        progress : callable, optional
            Called with the fraction done.

        Returns
        -------
        ndarray of float32, shape (beats, 5)
            Probabilities in the order of `ecg_core.beats.CLASSES`.
        """
        ...


def load_classifier(folder: Path | str | None = None) -> BeatModel | TextbookModel | Ensemble:
    """Open a model folder; parameters and errors as :func:`~ecg_core.classification.model.load_model`."""
    path = model_folder(folder)
    try:
        kind = read_json(path / "card.json").get("kind")
    except (OSError, ModelError, AttributeError):
        kind = None  # the loader says what is wrong
    if kind == ENSEMBLE:
        return load_ensemble(path)
    return load_textbook(path) if kind == TEXTBOOK else load_model(path)


def load_beat_classifier(folder: Path | str | None = None) -> Classifier:
    """Open the folder of a model that tells the five classes; one that was trained for something else is refused."""
    model = load_classifier(folder)
    if isinstance(model, TextbookModel):
        model.require_classes()
    return model
