"""95 % intervals by the bootstrap over patients.

Beats of one patient are alike, so patients are drawn, with replacement, as many as there are; percentile
intervals (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). Seeded: the same records
give the same interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float64Array
from ecg_core.evaluation.counts import BeatMatrix, class_ratios

RESAMPLES: Final = 2000
SEED: Final = 1
CONFIDENCE: Final = 0.95
INTERVAL_KINDS: Final = ("QRS", "V", "S", "N")

Interval = tuple[float, float]


def patient_weights(n_patients: int, resamples: int = RESAMPLES, seed: int = SEED) -> npt.NDArray[np.int64]:
    """Draw patients with replacement.

    Parameters
    ----------
    n_patients : int
        Number of patients.
    resamples : int
        Number of resamples.
    seed : int
        Seed of the draw.

    Returns
    -------
    ndarray of int64, shape (resamples, patients)
        How often each patient was drawn; rows sum to the number of patients.
    """
    share = np.full(n_patients, 1 / n_patients)
    return np.random.default_rng(seed).multinomial(n_patients, share, size=resamples)


def percentile_interval(values: Float64Array, confidence: float = CONFIDENCE) -> Interval | None:
    """Return the percentile interval of resampled figures.

    Parameters
    ----------
    values : ndarray of float64, shape (resamples,)
        Figure of each resample, NaN where undefined.
    confidence : float
        Coverage of the interval, from 0 to 1.

    Returns
    -------
    Interval or None
        None if no resample defines the figure.
    """
    defined = values[~np.isnan(values)]
    if not len(defined):
        return None
    tail = 50 * (1 - confidence)
    low, high = np.percentile(defined, [tail, 100 - tail])
    return float(low), float(high)


def by_patient(values: npt.NDArray[Any], patients: Sequence[str]) -> npt.NDArray[Any]:
    """Sum up rows that belong to the same patient.

    Parameters
    ----------
    values : ndarray, shape (rows, ...)
        Rows to add up.
    patients : sequence of str, length rows
        Patient of each row.

    Returns
    -------
    ndarray, shape (patients, ...)
    """
    unique, owner = np.unique(np.asarray(patients, dtype=str), return_inverse=True)
    sums = np.zeros((len(unique), *values.shape[1:]), dtype=values.dtype)
    np.add.at(sums, owner, values)
    return sums


def matrix_intervals(
    matrices: Sequence[BeatMatrix],
    patients: Sequence[str],
    *,
    fusion_against_s: bool = True,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> dict[str, Any] | None:
    """Return intervals of the gross figures.

    Parameters
    ----------
    matrices : sequence of BeatMatrix
        One a record.
    patients : sequence of str
        Whose each record is; records of one patient are drawn together.
    fusion_against_s : bool
        See :func:`~ecg_core.evaluation.counts.class_ratios`.
    resamples, seed : int
        Number of resamples, and seed of the draw.

    Returns
    -------
    dict or None
        ``{"QRS": {"se": (low, high), "ppv": ..., "f1": ...}, "V": ..., "S": ..., "N": ..., "accuracy": (low,
        high)}``, fractions, None where undefined; QRS alone where beats carry no class. None as a whole if
        there are fewer than two patients.
    """
    counts = by_patient(np.array([matrix.counts for matrix in matrices]), patients)
    if len(counts) < 2:
        return None
    weights = patient_weights(len(counts), resamples, seed)
    drawn = np.tensordot(weights, counts, axes=1)
    labelled = all(matrix.labelled for matrix in matrices)
    result: dict[str, Any] = {}
    for kind in INTERVAL_KINDS if labelled else INTERVAL_KINDS[:1]:
        ratios = class_ratios(drawn, kind, fusion_against_s=fusion_against_s)
        (hits, reference), (_, found) = ratios["se"], ratios["ppv"]
        f1 = np.where(reference > 0, quotient(2 * hits, reference + found), np.nan)
        result[kind] = {
            "se": percentile_interval(quotient(hits, reference)),
            "ppv": percentile_interval(quotient(hits, found)),
            "f1": percentile_interval(f1),
        }
    if labelled:
        n_classes = len(BeatMatrix().counts) - 2
        right = np.trace(drawn[:, :n_classes, :n_classes], axis1=1, axis2=2)
        result["accuracy"] = percentile_interval(quotient(right, drawn[:, :n_classes].sum((1, 2))))
    return result


def quotient(hits: npt.NDArray[Any], total: npt.NDArray[Any]) -> Float64Array:
    """Divide, giving NaN where the total is 0.

    Parameters
    ----------
    hits : ndarray
        Numerators.
    total : ndarray, same shape
        Denominators.

    Returns
    -------
    ndarray of float64, same shape
    """
    return np.divide(hits, total, out=np.full(np.shape(total), np.nan), where=np.asarray(total) != 0)
