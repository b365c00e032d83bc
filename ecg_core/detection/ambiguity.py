"""Detection ambiguity: where the candidates' scores leave beats undecided.

A second of a lead is unreadable, besides what the signal alone shows (`signal.quality`),

- where the errors to be expected around it exceed `DOUBT_UNREADABLE` of the beats to be expected (beats are claimed
  there all the same, marked by that grade, until errors exceed `DOUBT_SILENT`: then none is);
- where hardly any beat is likely within `HALF_WIDTH_S`, though the signal there is as large as elsewhere: something
  else than a heart drives it. A quiet stretch is a pause, and stays readable.

It is not good where errors exceed `DOUBT_USABLE` of the beats.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from ecg_core.beats import UNREADABLE, USABLE
from ecg_core.signal.qrs_energy import ENERGY_RATE_HZ, MIDDLE
from ecg_core.signal.quality import CommonRate, by_second

HALF_WIDTH_S: Final = 4
DOUBT_USABLE, DOUBT_UNREADABLE, DOUBT_SILENT = 0.05, 0.3, 0.5

MIN_BEATS_PER_S: Final = 0.2
QUIET: Final = 0.3
"""A pause is a stretch whose energy stays below this share of the largest QRS level within `PAUSE_S`."""

PAUSE_S: Final = 15
P_WAVE_S: Final = 0.12
"""Half of the time for which a P wave has energy."""


def ambiguity(
    position: npt.NDArray[np.int64], logit: npt.NDArray[np.float32], n_seconds: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the expected detection errors per expected beat, and the expected beats per second, around each second.

    Parameters
    ----------
    position : ndarray of int64, shape (candidates,)
        Times at `ENERGY_RATE_HZ`.
    logit : ndarray of float32, shape (candidates,)
        Log odds.
    n_seconds : int
        Length of the result.

    Returns
    -------
    errors, beats_per_s : ndarray, shape (seconds,)
    """
    probability = 1 / (1 + np.exp(-logit.astype(np.float64)))
    second = np.minimum(position // round(ENERGY_RATE_HZ), n_seconds - 1)
    beats, errors = (
        uniform_filter1d(np.bincount(second, counted, n_seconds), 2 * HALF_WIDTH_S + 1, mode="nearest")
        for counted in (probability, np.minimum(probability, 1 - probability))
    )
    return errors / np.maximum(beats, MIN_BEATS_PER_S), beats


def lower_grades(
    quality: npt.NDArray[np.uint8],
    common: CommonRate,
    of_leads: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]],
    together: tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]],
    p_waves: npt.NDArray[np.int64] | None = None,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """Lower the quality grades where detection is ambiguous.

    Parameters
    ----------
    quality : ndarray of uint8, shape (seconds, leads)
        What the signal alone shows.
    common : CommonRate
        The signal at the common rate.
    of_leads : list of (position, logit)
        The scored candidates of each lead by itself.
    together : (position, logit)
        Those of all leads together.
    p_waves : ndarray of int64, shape (waves,), optional
        Times of P waves without QRS complex at `ENERGY_RATE_HZ`: they are a heart's, and do not make a stretch loud.

    Returns
    -------
    quality : ndarray of uint8, shape (seconds, leads)
        Where the leads are certain together though none is by itself, the clearest of them is usable.
    silent : ndarray of bool, shape (seconds,)
        Where no beat may be claimed.
    """
    n_seconds, n_leads = quality.shape
    energy = by_second(_without(common.energy[..., MIDDLE], p_waves), n_seconds, ENERGY_RATE_HZ).max(axis=1)
    level = by_second(common.level[..., MIDDLE], n_seconds, ENERGY_RATE_HZ).max(axis=1)
    loud = energy > QUIET * maximum_filter1d(level, 2 * PAUSE_S + 1, axis=0, mode="nearest")
    loud = maximum_filter1d(loud, 3, axis=0, mode="nearest")

    errors = np.empty(quality.shape)
    lost = np.empty(quality.shape, dtype=bool)
    for lead, scored in enumerate(of_leads):
        errors[:, lead], beats = ambiguity(*scored, n_seconds)
        lost[:, lead] = (beats < MIN_BEATS_PER_S) & loud[:, lead]
    unknown = lost | (errors > DOUBT_UNREADABLE)
    lowered = np.where(unknown, UNREADABLE, np.where(errors > DOUBT_USABLE, np.minimum(quality, USABLE), quality))
    errors_together, beats = ambiguity(*together, n_seconds)
    silent = (errors_together > DOUBT_SILENT) | ((beats < MIN_BEATS_PER_S) & lost.all(axis=1))
    if n_leads > 1:
        told = (errors_together <= DOUBT_UNREADABLE) & (beats >= MIN_BEATS_PER_S)
        rescued = np.flatnonzero(told & (lowered == UNREADABLE).all(axis=1) & (quality > UNREADABLE).any(axis=1))
        clearest = np.where(quality[rescued] > UNREADABLE, errors[rescued], np.inf).argmin(axis=1)
        lowered[rescued, clearest] = USABLE
    return np.minimum(lowered, quality).astype(np.uint8), silent


def _without(energy: npt.NDArray[np.float32], p_waves: npt.NDArray[np.int64] | None) -> npt.NDArray[np.float32]:
    """Return the energy with nothing around P waves, shape (times, leads)."""
    if p_waves is None or not len(p_waves):
        return energy
    reach = round(P_WAVE_S * ENERGY_RATE_HZ)
    around = np.clip(p_waves[:, None] + np.arange(-reach, reach + 1), 0, len(energy) - 1)
    rest = energy.copy()
    rest[around] = 0
    return rest
