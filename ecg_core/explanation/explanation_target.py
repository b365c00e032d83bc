"""Target of a textbook model's explanation: output, sign and unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax

from ecg_core.arrays import Float32Array
from ecg_core.beats import CLASSES
from ecg_core.errors import ModelError
from ecg_core.textbook.inputs import Arrays
from ecg_core.textbook.model import TextbookModel

TARGETS: Final = ("aami", "binary", "anomaly", "rate")
ERROR: Final = "reconstruction error"
RATE: Final = "heart rate"


@dataclass(frozen=True)
class ExplanationTarget:
    """What is to be explained.

    Attributes
    ----------
    target : str
        One of `TARGETS`.
    explained : str
    output : int
        Which of the model's outputs.
    sign : float
        -1 where what speaks against it is asked for.
    probabilities, value
        The model's answer, see :class:`~ecg_core.textbook.explanation.TextbookExplanation`.
    """

    target: str
    explained: str
    output: int
    sign: float
    probabilities: Float32Array | None
    value: float | None

    def score(self, outputs: Float32Array) -> npt.NDArray[np.floating]:
        """Return a figure that does not saturate: log odds; the value itself where the model tells no probability."""
        if self.target == "aami":
            others = np.delete(outputs.astype(np.float64), self.output, axis=1)
            return np.asarray(outputs[:, self.output] - np.logaddexp.reduce(others, axis=1))
        return np.asarray(self.sign * outputs[:, self.output])

    def amount(self, outputs: Float32Array) -> npt.NDArray[np.floating]:
        """Return the probability of what is explained; the value itself where the model tells no probability."""
        if self.target == "aami":
            return np.asarray(softmax(outputs, axis=1)[:, self.output])
        return np.asarray(expit(self.score(outputs))) if self.target == "binary" else self.score(outputs)

    def speaking_for(self, values: Float32Array) -> Float32Array:
        """Keep what speaks for the answer; a heart rate may be raised and lowered, and both count."""
        return np.abs(values) if self.target == "rate" else np.maximum(values, 0)


def explanation_target(
    model: TextbookModel, one: Arrays, outputs: Float32Array, target: str | None
) -> ExplanationTarget:
    """Ask about a model's answer.

    Parameters
    ----------
    model : TextbookModel
        The model.
    one : dict of str to ndarray
        The inputs of one beat, first axis of length 1.
    outputs : ndarray
        What the model answers.
    target : str or None
        A class; only for a model that tells the five classes.

    Raises
    ------
    ModelError
        If this version does not know what the model was trained for, or its answers do not fit that.
    """
    kind = str(model.card["target"])
    if kind not in TARGETS:
        raise ModelError(f"This version cannot explain a model trained for {kind:.40}.")
    wanted = (
        one["segment"].shape if kind == "anomaly" and "segment" in one else (1, len(CLASSES) if kind == "aami" else 1)
    )
    if outputs.shape != wanted:
        raise ModelError(f"{model.name} does not answer in the shape of a model trained for {kind}.")
    if kind == "aami":
        probabilities = softmax(outputs, axis=1)[0]
        chosen = CLASSES.index(target) if target else int(probabilities.argmax())
        return ExplanationTarget(kind, CLASSES[chosen], chosen, 1.0, probabilities, None)
    if kind == "binary":
        abnormal = float(expit(outputs[:, 0])[0])
        says_abnormal = abnormal >= 0.5
        name, sign = ("abnormal", 1.0) if says_abnormal else ("normal", -1.0)
        return ExplanationTarget(kind, name, 0, sign, None, abnormal)
    if kind == "anomaly":
        return ExplanationTarget(kind, ERROR, 0, 1.0, None, float(((outputs - one["segment"]) ** 2).mean()))
    return ExplanationTarget(kind, RATE, 0, 1.0, None, float(outputs[0, 0]))
