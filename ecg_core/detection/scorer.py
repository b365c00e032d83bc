"""Candidate scorer: small neural networks in NumPy."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.detection.candidates import FEATURES
from ecg_core.detection.context import FEATURES as CONTEXT
from ecg_core.detection.exemplars import FEATURES as MEMORY
from ecg_core.errors import ModelError

WEIGHTS_FILE: Final = Path(__file__).with_name("scorer.json")
"""What ``python -m ecg_core.training.detector_fit`` wrote, with the records it was fitted on."""

ARRAYS: Final = ("mean", "scale", "hidden", "output")


@dataclass(frozen=True)
class Network:
    """One hidden layer of rectified units between standardised features and log odds.

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
        """Return the log odds that each candidate is a beat, shape (candidates,)."""
        standardised = (features - self.mean) / self.scale
        units = np.maximum(standardised @ self.hidden[:-1] + self.hidden[-1], 0)
        return np.asarray(units @ self.output[:-1] + self.output[-1])


@dataclass(frozen=True)
class Scorer:
    """Networks applied one after the other.

    Attributes
    ----------
    networks : tuple of Network
        The first sees a candidate's own features, each later one also what the one before said around it.
    """

    networks: tuple[Network, ...]


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
            f"{path.name} cannot be read ({error}): fit it with python -m ecg_core.training.detector_fit."
        ) from error
    if (*FEATURES, *MEMORY, *CONTEXT) != tuple(content.get("features", ())):
        raise ModelError(
            f"{path.name} was fitted on other features: fit it again with python -m ecg_core.training.detector_fit."
        )
    return Scorer(
        tuple(
            Network(**{name: np.asarray(network[name], np.float32) for name in ARRAYS})
            for network in content["networks"]
        )
    )
