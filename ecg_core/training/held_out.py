"""Out-of-fold predictions: figures, temperature, and out-of-distribution limit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from ecg_core.arrays import Int64Array
from ecg_core.beats import CLASSES
from ecg_core.classification.context import ContextSpec, in_context
from ecg_core.classification.out_of_distribution import STRANGE_SHARE, TrainingDistance, fit_training_distance
from ecg_core.evaluation.calibration import CALIBRATED_CLASSES, reliability
from ecg_core.formats import open_recording
from ecg_core.training.calibration import fit_temperature
from ecg_core.training.loop import predict_with_embedding
from ecg_core.training.prepared_beats import PreparedBeats
from ecg_core.training.targets import reference_beats

if TYPE_CHECKING:
    import keras


_BEATS_OF_CLASS: Final = 4000
"""Training beats from which it is learnt what a class looks like, evenly spread."""


class HeldOut:
    """What networks that had not seen them said of the training beats.

    Parameters
    ----------
    prepared : PreparedBeats
    """

    def __init__(self, prepared: PreparedBeats) -> None:
        self._prepared = prepared
        self._logits = np.zeros((len(prepared), len(CLASSES)), np.float32)
        self._distance = np.zeros(len(prepared), np.float32)

    def add(
        self, network: keras.Model, held_out: Int64Array, trained_on: Int64Array, shift: npt.NDArray[np.float32]
    ) -> dict[str, Any]:
        """Take in a fold.

        Parameters
        ----------
        network : keras.Model
            The network.
        held_out, trained_on : ndarray of int64
            Beats.
        shift : ndarray of float32, shape (5,)
            Added to the logits.

        Returns
        -------
        dict
            The fold's figures, of beats by themselves.
        """
        logits, embedding = predict_with_embedding(network, self._prepared, held_out, all_leads(self._prepared))
        self._logits[held_out] = logits + shift
        self._distance[held_out] = familiarity_of(network, self._prepared, trained_on).distance(embedding)
        return figures_of(self._prepared.label[held_out], self._logits[held_out].argmax(axis=1))

    def temperature(self) -> float:
        """Return the temperature that makes their probabilities mean what they say."""
        whole = slice(self._prepared.n_whole)
        return fit_temperature(self._logits[whole], self._prepared.label[whole])

    def limit(self) -> float:
        """Return the distance that one beat in a thousand exceeds."""
        return float(np.quantile(self._distance[: self._prepared.n_whole], 1 - STRANGE_SHARE))

    def figures(self, headers: Sequence[Path], temperature: float, context: ContextSpec) -> dict[str, Any]:
        """Return how good they were in their recordings' context, of each data set, and without the context.

        Parameters
        ----------
        headers : sequence of Path
            Of the prepared recordings.
        temperature : float
            Temperature of the probabilities.
        context : ContextSpec
            Rules by which the recording corrects single beats.
        """
        whole = slice(self._prepared.n_whole)
        label, of_recording = self._prepared.label[whole], self._prepared.recording[whole]
        alone = softmax(self._logits[whole] / temperature, axis=1).astype(np.float32)
        found = np.empty_like(alone)
        for index, header in enumerate(headers):
            rows = of_recording == index
            recording = open_recording(header, name=header.stem)
            found[rows] = in_context(recording, reference_beats(recording)[0], alone[rows], spec=context)
        said = found.argmax(axis=1)
        folders = np.array([header.parent.name for header in headers])[of_recording]
        each = {name: figures_of(label[folders == name], said[folders == name]) for name in sorted(set(folders))}
        return {
            **figures_of(label, said),
            **({"of": each} if len(each) > 1 else {}),
            "calibration_error": {
                kind: round(reliability(found[:, at], label == at).error, 4)
                for kind in CALIBRATED_CLASSES
                for at in [CLASSES.index(kind)]
            },
            "without_context": figures_of(label, alone.argmax(axis=1)),
        }


def familiarity_of(network: keras.Model, prepared: PreparedBeats, trained_on: Int64Array) -> TrainingDistance:
    """Fit the out-of-distribution score of a network to beats of whole recordings, some of each class.

    Parameters
    ----------
    network : keras.Model
        Trained network.
    prepared : PreparedBeats
        Prepared beats.
    trained_on : ndarray of int64, shape (beats,)
        Indices of the beats that the network was trained on.

    Returns
    -------
    TrainingDistance
        Means and scale of the embedding, without a limit.
    """
    trained_on = trained_on[trained_on < prepared.n_whole]
    label = prepared.label[trained_on]
    chosen = np.sort(np.concatenate([_evenly(trained_on[label == kind]) for kind in np.unique(label)]))
    _, embedding = predict_with_embedding(network, prepared, chosen, all_leads(prepared))
    return fit_training_distance(embedding, prepared.label[chosen])


def all_leads(prepared: PreparedBeats) -> list[int]:
    """Return the leads of prepared beats."""
    return list(range(prepared.beat.shape[1]))


def figures_of(label: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Return accuracy, and sensitivity, positive predictive value and F1 of each class.

    Parameters
    ----------
    label : ndarray of int64, shape (beats,)
        Reference classes.
    predicted : ndarray of int64, shape (beats,)
        Predicted classes.

    Returns
    -------
    dict
        ``accuracy`` and ``classes``; None where a figure is not defined.
    """
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


def _evenly(beats: Int64Array) -> Int64Array:
    return beats[np.unique(np.linspace(0, len(beats) - 1, min(len(beats), _BEATS_OF_CLASS)).astype(np.int64))]
