"""Candidates too faint to be a QRS beside the beats of the minutes around: P waves and noise of an asystole.

The usual height of a QRS (`signal.qrs_energy`) adapts within seconds, so that P waves of a ventricular standstill, or
noise, become as high as what is usual and are taken for beats. A heart's QRS does not become a tenth as high, a third
as large and of another shape from one beat to the next. A lead whose gain changes keeps the shape of its QRS, and broad
or fibrillatory waves keep a good part of its size; both are left alone.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from ecg_core.detection.candidates import Candidates
from ecg_core.signal.qrs_energy import ENERGY_RATE_HZ, SIGNAL_RATE_HZ
from ecg_core.signal.quality import CommonRate

FAINT_ENERGY: Final = 0.12
"""Share of the beats' energy at the scale of the QRS below which a candidate is faint."""

NOTHING_ENERGY: Final = 0.05
"""Share below which it is faint whatever its shape."""

FAINT_SIZE: Final = 0.3
"""Share of the beats' peak-to-peak size below which it is."""

ALIKE: Final = 0.9
"""Likeness to a beat from which a candidate is a QRS, however small."""

LIKELY: Final = 2.0
"""Log odds beyond which a candidate counts as a beat of the minutes around."""

BLOCK_S: Final = 15
REACH_BLOCKS: Final = 8
FEWEST_BEATS: Final = 4
"""Likely beats that a block must hold to say what is usual."""

USUAL_QUANTILE: Final = 0.8
SIZE_HALF_WIDTH_S: Final = 0.12
NO_BEAT: Final = -12.0
"""Log odds given to what is too faint."""

Logit = npt.NDArray[np.float32]


def without_faint(views: list[Candidates], logits: list[Logit], common: CommonRate) -> list[Logit]:
    """Return the log odds with those of faint candidates lowered to `NO_BEAT`.

    Parameters
    ----------
    views : list of Candidates
        As :func:`ecg_core.detection.scoring.candidates_of_views` returns them.
    logits : list of ndarray of float32, shape (candidates,)
    common : CommonRate
    """
    width = 2 * round(SIZE_HALF_WIDTH_S * SIGNAL_RATE_HZ) + 1
    size_mv = maximum_filter1d(common.signal_mv, width, axis=0) - minimum_filter1d(common.signal_mv, width, axis=0)
    return [
        np.where(_faint(seen, logit, size_mv), np.float32(NO_BEAT), logit) if len(logit) else logit
        for seen, logit in zip(views, logits, strict=True)
    ]


def _faint(seen: Candidates, logit: Logit, size_mv: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Tell which candidates are faint in every lead that counts there."""
    at = np.minimum(seen.position * round(SIGNAL_RATE_HZ / ENERGY_RATE_HZ), len(size_mv) - 1)
    block = seen.position // (BLOCK_S * round(ENERGY_RATE_HZ))
    n_blocks = int(block[-1]) + 1
    counted = seen.weight[:, seen.leads] > 0
    faint = np.ones(len(logit), dtype=bool)
    for index, lead in enumerate(seen.leads):
        likely = (logit > LIKELY) & counted[:, index]
        n_likely = np.bincount(block[likely], minlength=n_blocks)
        known = np.flatnonzero(n_likely >= FEWEST_BEATS)
        if not len(known):
            return np.zeros(len(logit), dtype=bool)
        log_size = np.log(size_mv[at, lead] + 1e-9)
        rows = [np.flatnonzero(likely & (block == one)) for one in known]
        usual_energy = np.array([np.median(seen.log_energy[row, index]) for row in rows])
        usual_size = np.array([np.median(log_size[row]) for row in rows])
        exemplar = np.array([row[logit[row].argmax()] for row in rows])
        of_lead = np.zeros(len(logit), dtype=bool)
        for one in range(n_blocks):
            inside = np.flatnonzero(block == one)
            near = np.flatnonzero(np.abs(known - one) <= REACH_BLOCKS)
            if not len(inside) or not len(near):
                continue
            highest = np.quantile(usual_energy[near], USUAL_QUANTILE, method="higher")
            small = seen.log_energy[inside, index] < highest + np.log(FAINT_ENERGY)
            small &= log_size[inside] < np.quantile(usual_size[near], USUAL_QUANTILE) + np.log(FAINT_SIZE)
            suspects = inside[small]
            if not len(suspects):
                continue
            high = near[usual_energy[near] >= highest + np.log(0.5)]
            inner = np.einsum("nvs,mvs->nms", seen.shape[suspects, index], seen.shape[exemplar[high], index].conj())
            unlike = np.median(np.abs(inner).mean(axis=2), axis=1) < ALIKE
            of_lead[suspects] = unlike | (seen.log_energy[suspects, index] < highest + np.log(NOTHING_ENERGY))
        faint &= of_lead | ~counted[:, index]
    return faint & counted.any(axis=1)
