"""Classes of whole recordings, and their F1, as the PhysioNet/CinC Challenge 2017 scored them.

Clifford GD et al.: AF classification from a short single lead ECG recording: the PhysioNet/Computing in Cardiology
Challenge 2017. Computing in Cardiology 44, 2017, doi:10.22489/CinC.2017.065-469. Of class x, with the rows of the
matrix being the reference, ``F1x = 2 Xx / (sum of row X + sum of column x)``; the Challenge's figure is the mean of N,
A and O.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.evaluation.bootstrap import quotient
from ecg_core.evaluation.interval_sets import interval_set, length

CLASSES: Final = ("N", "A", "O", "~")
"""Normal rhythm, atrial fibrillation, other rhythm, too noisy."""

CLASS_NAMES: Final = {"N": "normal", "A": "atrial fibrillation", "O": "other rhythm", "~": "too noisy"}

NOISY_FROM: Final = 0.5
"""Share of a recording from which on, when unreadable, it is too noisy."""


def recording_class(episodes: pd.DataFrame, n_samples: int) -> str:
    """Return the class of a recording that follows from its episodes.

    Parameters
    ----------
    episodes : pandas.DataFrame
        As :func:`ecg_core.rhythm.episodes` returns them.
    n_samples : int
        Length of the recording in samples.

    Returns
    -------
    str
        ``A`` if there is an episode of atrial fibrillation; else ``~`` if half of the recording or more is unreadable;
        else ``O`` if anything else was found, single ectopic beats too; else ``N``.
    """
    kinds = set(episodes["kind"])
    if "AFIB" in kinds:
        return "A"
    unreadable = episodes[episodes["kind"] == "UNREADABLE"]
    spans = unreadable[["start_sample", "stop_sample"]].to_numpy(dtype=np.int64).tolist()
    if n_samples and length(interval_set(spans, n_samples)) >= NOISY_FROM * n_samples:
        return "~"
    return "O" if kinds - {"UNREADABLE"} else "N"


def class_matrix(reference: Sequence[str], found: Sequence[str]) -> npt.NDArray[np.int64]:
    """Count recordings by reference class and class found.

    Parameters
    ----------
    reference : sequence of str
        Reference class of each recording.
    found : sequence of str
        Class found in each recording.

    Returns
    -------
    ndarray of int64, shape (4, 4)
        Rows are reference classes, columns classes found.
    """
    matrix = np.zeros((len(CLASSES), len(CLASSES)), dtype=np.int64)
    for true, called in zip(reference, found, strict=True):
        matrix[CLASSES.index(true), CLASSES.index(called)] += 1
    return matrix


def class_f1(matrix: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.float64]]:
    """Return F1 of each class and the Challenge's mean of N, A and O.

    Parameters
    ----------
    matrix : ndarray of int64, shape (..., 4, 4)
        Counts of recordings by reference class and class found.

    Returns
    -------
    dict of str to ndarray, shape (...)
        By class, and under ``mean``; NaN where undefined.
    """
    both = matrix.sum(axis=-1) + matrix.sum(axis=-2)
    f1 = quotient(2 * np.diagonal(matrix, axis1=-2, axis2=-1), both)
    return {name: f1[..., place] for place, name in enumerate(CLASSES)} | {"mean": f1[..., :3].mean(axis=-1)}
