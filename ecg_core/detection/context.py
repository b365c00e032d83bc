"""Second-pass features of the candidates from the scores of their neighbours.

A hump that fits the rhythm of the beats around it, or that another lead shows too, is taken where it would have been
too low by itself; one that competes with a likelier neighbour is dropped.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter, uniform_filter1d

from ecg_core.arrays import FloatArray
from ecg_core.detection.candidates import neighbour
from ecg_core.detection.peak_selection import REFRACTORY_S, select_peaks
from ecg_core.signal.qrs_energy import ENERGY_RATE_HZ

AGREEMENT_S: Final = 0.08
"""How far apart the humps of one beat may lie on two leads."""

MAX_LOGIT: Final = 8.0
NEIGHBOURS: Final = (-4, -3, -2, -1, 1, 2, 3, 4)
FEATURES: Final = (
    "logit", *(f"logit{k:+d}" for k in NEIGHBOURS),
    "leads_mean", "leads_highest", "leads_lowest",
    "usual_rr", "irregularity", "before_rr", "after_rr", "gap_rr", "before_that_rr", "after_that_rr",
    "rival", "doubt",
)  # fmt: skip
"""Names of the features: log odds as scored before, times in usual RR intervals of the likely beats."""


def context_features(
    position: npt.NDArray[np.int64], logit: FloatArray, leads: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Compute the second-pass features of each candidate.

    Parameters
    ----------
    position : ndarray of int64, shape (candidates,)
        Positions at `ENERGY_RATE_HZ`.
    logit : ndarray, shape (candidates,)
        Log odds, as scored before.
    leads : ndarray of float32, shape (candidates, 3)
        What the leads say by themselves, see `agreement`.

    Returns
    -------
    ndarray of float32, shape (candidates, len(FEATURES))
    """
    logit = np.clip(logit, -MAX_LOGIT, MAX_LOGIT)
    near = np.stack([neighbour(logit, k, -MAX_LOGIT) for k in NEIGHBOURS], axis=1)
    distance = np.stack([np.abs(neighbour(position, k, np.inf) - position) for k in NEIGHBOURS], axis=1)
    probability = 1 / (1 + np.exp(-logit))
    doubt = uniform_filter1d(np.minimum(probability, 1 - probability), 21, mode="nearest")

    refractory = round(REFRACTORY_S * ENERGY_RATE_HZ)
    likely = select_peaks(position, probability, refractory, 0.5)
    if len(likely) < 3:
        likely = position
    interval = np.diff(likely).astype(np.float64) if len(likely) > 1 else np.array([0.8 * ENERGY_RATE_HZ])
    usual_at = np.clip(median_filter(interval, 9, mode="reflect"), 0.25 * ENERGY_RATE_HZ, 2 * ENERGY_RATE_HZ)
    uneven_at = median_filter(np.abs(interval / usual_at - 1), 9, mode="reflect")
    padded = np.r_[[-np.inf] * 2, likely, [np.inf] * 2]
    before = np.searchsorted(likely, position - refractory, "right") + 1
    after = np.searchsorted(likely, position + refractory, "left") + 2
    at = np.clip(before - 2, 0, len(usual_at) - 1)
    usual = usual_at[at]

    def in_rr(late: FloatArray, early: FloatArray) -> FloatArray:
        both = np.isfinite(late) & np.isfinite(early)
        return np.where(both, np.minimum(np.subtract(late, early, where=both, out=np.zeros(len(late))) / usual, 4), 4)

    to_before, to_after = position - padded[before], padded[after] - position
    inside = np.where(np.array(NEIGHBOURS) < 0, distance < to_before[:, None], distance < to_after[:, None])
    rival = np.where(inside, near, -MAX_LOGIT).max(axis=1)
    columns = [
        np.log(usual / ENERGY_RATE_HZ),
        np.minimum(uneven_at[at], 1),
        in_rr(position.astype(np.float64), padded[before]),
        in_rr(padded[after], position.astype(np.float64)),
        in_rr(padded[after], padded[before]),
        in_rr(padded[before], padded[before - 1]),
        in_rr(padded[after + 1], padded[after]),
        rival,
        doubt,
    ]
    return np.column_stack([logit, near, leads, *columns]).astype(np.float32)


def agreement(
    position: npt.NDArray[np.int64],
    of_leads: list[tuple[npt.NDArray[np.int64], FloatArray]],
    weight: npt.NDArray[np.float32],
) -> npt.NDArray[np.float32]:
    """Return how far the single leads agree on each candidate.

    Parameters
    ----------
    position : ndarray of int64, shape (candidates,)
        Positions at `ENERGY_RATE_HZ`.
    of_leads : list of (positions, log odds)
        The candidates of each lead.
    weight : ndarray of float32, shape (candidates, leads)
        What each lead counts there; leads that count for nothing have no say.

    Returns
    -------
    ndarray of float32, shape (candidates, 3)
        Mean by weight of all leads; highest and lowest log odds of the two that weigh most.
    """
    said = np.full(weight.shape, -MAX_LOGIT)
    reach = round(AGREEMENT_S * ENERGY_RATE_HZ)
    for lead, (own, logit) in enumerate(of_leads):
        if not len(own):
            continue
        clipped = np.clip(logit, -MAX_LOGIT, MAX_LOGIT)
        first = np.searchsorted(own, position - reach, "left")
        stop = np.searchsorted(own, position + reach, "right")
        for step in range(2):  # candidates are further apart than half the span
            index = np.minimum(first + step, len(own) - 1)
            found = np.where(first + step < stop, clipped[index], -MAX_LOGIT)
            said[:, lead] = np.maximum(said[:, lead], found)
    clearest = np.argsort(-weight, axis=1, kind="stable")[:, :2]
    counts = np.take_along_axis(weight, clearest, axis=1) > 0
    of_clearest = np.take_along_axis(said, clearest, axis=1)
    highest = np.where(counts, of_clearest, -MAX_LOGIT).max(axis=1)
    lowest = np.where(counts, of_clearest, MAX_LOGIT).min(axis=1)
    lowest = np.where(counts.any(axis=1), lowest, -MAX_LOGIT)
    return np.stack([(said * weight).sum(axis=1), highest, lowest], axis=1).astype(np.float32)
