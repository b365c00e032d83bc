"""A classifier for tests: it needs no TensorFlow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ecg_core.beats import CLASSES
from ecg_core.recording import Recording


class Teller:
    """Tells classes by the order of the beats; every seventh beat is uncertain."""

    name = "teller"
    sha256 = "7e11e4" * 10
    folder = Path("teller")

    def __init__(self) -> None:
        self.card: dict[str, Any] = {}

    def classify(
        self, recording: Recording, samples: np.ndarray, quality: object = None, progress: object = None
    ) -> np.ndarray:
        probabilities = np.full((len(samples), len(CLASSES)), 0.025, dtype=np.float32)
        at = np.arange(len(samples))
        probabilities[at, np.where(at % 5 == 3, 2, 0)] = 0.9
        probabilities[at % 7 == 6] = [0.5, 0.3, 0.1, 0.05, 0.05]
        return probabilities
