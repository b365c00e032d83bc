"""How likely a candidate is a beat: a small network, run in NumPy."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.detection.candidates import FEATURES
from ecg_core.errors import ModelError

WEIGHTS_FILE: Final = Path(__file__).with_name("scorer.json")
"""What ``python -m ecg_core.detection.fit`` wrote, with the records it was fitted on."""


@dataclass(frozen=True)
class Scorer:
    """One hidden layer of rectified units between standardised features and a probability.

    Attributes
    ----------
    mean, scale : ndarray of float32, shape (features,)
        What standardises the features.
    hidden : ndarray of float32, shape (features + 1, units)
        Weights, and the offsets in the last row.
    output : ndarray of float32, shape (units + 1,)
        Weights, and the offset at the end.
    """

    mean: npt.NDArray[np.float32]
    scale: npt.NDArray[np.float32]
    hidden: npt.NDArray[np.float32]
    output: npt.NDArray[np.float32]

    def __call__(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the probability that each candidate is a beat, shape (candidates,)."""
        standardised = (features - self.mean) / self.scale
        units = np.maximum(standardised @ self.hidden[:-1] + self.hidden[-1], 0)
        logit = units @ self.output[:-1] + self.output[-1]
        return 1 / (1 + np.exp(-np.clip(logit, -30, 30)))


@cache
def load_scorer(path: Path = WEIGHTS_FILE) -> Scorer:
    """Read the fitted weights.

    Raises
    ------
    ModelError
        If the file is missing or belongs to other features.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{path.name} cannot be read ({error}): fit it with python -m ecg_core.detection.fit."
        ) from error
    if tuple(content["features"]) != FEATURES:
        raise ModelError(
            f"{path.name} was fitted on other features: fit it again with python -m ecg_core.detection.fit."
        )
    arrays = {name: np.asarray(content[name], np.float32) for name in ("mean", "scale", "hidden", "output")}
    return Scorer(**arrays)


def choose(
    position: npt.NDArray[np.int64], probability: npt.NDArray[np.float32], refractory: int
) -> npt.NDArray[np.int64]:
    """Return the positions of the beats: the likely candidates, the likelier one of two that are too close.

    Parameters
    ----------
    position : ndarray of int64, shape (candidates,)
        Increasing.
    probability : ndarray of float32, shape (candidates,)
    refractory : int
        Least distance of two beats in samples.
    """
    likely = probability >= 0.5
    position, probability = position[likely], probability[likely]
    kept = np.ones(len(position), dtype=bool)
    crowded = np.flatnonzero(np.diff(position) < refractory)
    for index in sorted({*crowded, *(crowded + 1)}, key=lambda index: -probability[index]):
        if kept[index]:
            for step in (-1, 1):
                other = index + step
                while 0 <= other < len(position) and abs(position[other] - position[index]) < refractory:
                    kept[other] = False
                    other += step
    return position[kept]
