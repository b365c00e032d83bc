"""Calibration of probabilities: expected calibration error, Brier score, reliability.

- Expected calibration error (Naeini et al. 2015, AAAI; Guo et al. 2017, arXiv:1706.04599): beats are sorted into
  bins by their probability; the error is the mean over beats of the distance between a bin's mean probability
  and the share of beats in it for which the event came true. Either in 15 equal bins of [0, 1], or in 15 bins
  that hold equally many beats ("adaptive", Nguyen and O'Connor 2015; ties stay together).
- Of the label: probability of the most probable class against its being right. Of a class: probability of the
  class against the beat's being of it, over all beats.
- Brier score (Brier 1950): mean squared distance between probabilities and truth; summed over the classes for
  the whole (0 best, 2 worst), and of each class alone (0 best, 1 worst).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float64Array
from ecg_core.beats import CLASSES
from ecg_core.evaluation.bootstrap import (
    RESAMPLES,
    SEED,
    Interval,
    by_patient,
    patient_weights,
    percentile_interval,
    quotient,
)

BINS: Final = 15
CALIBRATED_CLASSES: Final = ("N", "S", "V")


@dataclass(frozen=True)
class Reliability:
    """Beats sorted into bins by a probability; bins without beats are left out.

    Attributes
    ----------
    low, high : ndarray, shape (bins,)
        Borders of each bin.
    n : ndarray of int64, shape (bins,)
        Beats in it.
    predicted, observed : ndarray, shape (bins,)
        Mean probability, and share of beats for which the event came true.
    error : float
        Expected calibration error.
    interval : (float, float) or None
        95 % interval of the error by patient, where patients were given. An error is a sum of distances, which
        resampling only adds to: for well calibrated probabilities the interval lies above the error itself.
    """

    low: Float64Array
    high: Float64Array
    n: npt.NDArray[np.int64]
    predicted: Float64Array
    observed: Float64Array
    error: float
    interval: Interval | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-able values, the bins as rows."""
        rows = zip(self.low, self.high, self.n, self.predicted, self.observed, strict=True)
        return {
            "error": self.error,
            "interval": self.interval,
            "bins": [
                {
                    "low": round(float(low), 6),
                    "high": round(float(high), 6),
                    "n": int(n),
                    "predicted": round(float(predicted), 6),
                    "observed": round(float(observed), 6),
                }
                for low, high, n, predicted, observed in rows
            ],
        }


def reliability(
    probability: npt.ArrayLike,
    came_true: npt.ArrayLike,
    *,
    adaptive: bool = False,
    n_bins: int = BINS,
    patients: Sequence[str] | None = None,
) -> Reliability:
    """Sort beats into bins by a probability and compare it with what came true.

    Parameters
    ----------
    probability : array_like, shape (beats,)
        Predicted probabilities.
    came_true : array_like of bool, shape (beats,)
        Whether the predicted event occurred.
    adaptive : bool
        Whether bins hold equally many beats rather than equal ranges.
    n_bins : int
        Number of bins.
    patients : sequence of str, optional
        Whose each beat is; gives the error its interval.

    Raises
    ------
    ValueError
        If there are no beats, or a probability lies outside [0, 1].
    """
    predicted, observed = np.asarray(probability, dtype=np.float64), np.asarray(came_true, dtype=np.float64)
    if not len(predicted) or predicted.min() < 0 or predicted.max() > 1:
        raise ValueError("Calibration needs probabilities between 0 and 1.")
    grid = np.linspace(0, 1, n_bins + 1)
    edges = np.unique(np.quantile(predicted, grid)) if adaptive else grid
    n_kept = max(len(edges) - 1, 1)
    place = np.searchsorted(edges[1:-1], predicted, side="left") if len(edges) > 1 else np.zeros(len(predicted), int)
    n = np.bincount(place, minlength=n_kept)
    sums = np.stack([np.bincount(place, weights=values, minlength=n_kept) for values in (predicted, observed)])
    filled = n > 0
    return Reliability(
        low=edges[:n_kept][filled],
        high=edges[-n_kept:][filled],
        n=n[filled],
        predicted=sums[0][filled] / n[filled],
        observed=sums[1][filled] / n[filled],
        error=float(np.abs(sums[0] - sums[1]).sum() / len(predicted)),
        interval=None if patients is None else _error_interval(place, n_kept, predicted - observed, patients),
    )


def brier_score(probability: npt.ArrayLike, truth: npt.ArrayLike) -> float:
    """Return the mean squared distance of probabilities and truth, summed over classes where there are several.

    Parameters
    ----------
    probability : array_like, shape (beats,) or (beats, classes)
        Predicted probabilities.
    truth : array_like, of the same shape
        1 where the event came true, else 0.
    """
    return float(_squared_distance(probability, truth).mean())


def calibration_dict(
    probabilities: npt.NDArray[np.floating], truth: npt.ArrayLike, patients: Sequence[str] | None = None
) -> dict[str, Any]:
    """Return every figure of the module's text as JSON-able values.

    Parameters
    ----------
    probabilities : ndarray, shape (beats, 5)
        In the order of `ecg_core.beats.CLASSES`.
    truth : array_like of str, shape (beats,)
        Reference classes.
    patients : sequence of str, optional
        Whose each beat is; gives the errors their intervals.

    Returns
    -------
    dict
        ``n``, ``brier`` (``all``, ``N``, ``S``, ``V``), ``brier_interval``, and of each of ``label``, ``N``,
        ``S``, ``V``: ``equal`` and ``adaptive``, each with ``error``, ``interval`` and ``bins``.
    """
    given = np.asarray(probabilities, dtype=np.float64).clip(0, 1)
    letters = np.asarray(truth, dtype=str)
    came_true = letters[:, None] == np.array(CLASSES)
    right = came_true[np.arange(len(letters)), given.argmax(axis=1)]
    events = {"label": (given.max(axis=1), right)}
    for letter in CALIBRATED_CLASSES:
        column = CLASSES.index(letter)
        events[letter] = (given[:, column], came_true[:, column])
    distance = _squared_distance(given, came_true)
    return {
        "n": len(letters),
        "brier": {
            "all": float(distance.mean()),
            **{letter: brier_score(*events[letter]) for letter in CALIBRATED_CLASSES},
        },
        "brier_interval": None if patients is None else _mean_interval(distance, patients),
        **{
            name: {
                way: reliability(*event, adaptive=way == "adaptive", patients=patients).to_dict()
                for way in ("equal", "adaptive")
            }
            for name, event in events.items()
        },
    }


def _squared_distance(probability: npt.ArrayLike, truth: npt.ArrayLike) -> Float64Array:
    squared = np.square(np.asarray(probability, dtype=np.float64) - np.asarray(truth, dtype=np.float64))
    return squared.sum(axis=1) if squared.ndim == 2 else squared


def _error_interval(
    place: npt.NDArray[np.intp], n_bins: int, difference: Float64Array, patients: Sequence[str]
) -> Interval | None:
    unique, owner = np.unique(np.asarray(patients, dtype=str), return_inverse=True)
    if len(unique) < 2:
        return None
    cell = owner * n_bins + place
    per_bin = np.bincount(cell, weights=difference, minlength=len(unique) * n_bins).reshape(len(unique), n_bins)
    weights = patient_weights(len(unique), RESAMPLES, SEED)
    return percentile_interval(quotient(np.abs(weights @ per_bin).sum(axis=1), weights @ np.bincount(owner)))


def _mean_interval(values: Float64Array, patients: Sequence[str]) -> Interval | None:
    sums = by_patient(np.column_stack([values, np.ones(len(values))]), patients)
    if len(sums) < 2:
        return None
    drawn = patient_weights(len(sums), RESAMPLES, SEED) @ sums
    return percentile_interval(quotient(drawn[:, 0], drawn[:, 1]))
