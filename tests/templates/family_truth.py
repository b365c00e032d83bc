"""Synthetic recordings, and how alike two partitions are."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from ecg_core.recording import Recording, from_array
from ecg_core.synthesis import Synthetic, generate, scenarios

Samples = npt.NDArray[np.int64]


@cache
def synthetic(name: str, duration_s: float = 300.0) -> Synthetic:
    return generate(scenarios()[name], duration_s=duration_s)


def truth(name: str, duration_s: float = 300.0) -> tuple[Recording, Samples, npt.NDArray[np.str_]]:
    """Return a recording in memory, the samples of its beats and their symbols."""
    made = synthetic(name, duration_s)
    samples, symbols = made.annotations.beats()
    return from_array(made.signal, made.fs_hz, made.lead_names, name), samples, symbols


def agreement(one: npt.NDArray[np.int16], other: npt.NDArray[np.int16]) -> float:
    """Return the adjusted Rand index of two partitions: 1 where they are the same, near 0 where they are unrelated."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(one, other))
