"""Rejection of candidates much smaller than nearby QRS complexes: P waves and noise during asystole.

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

from ecg_core.arrays import Float32Array, FloatArray, Int64Array
from ecg_core.detection.candidates import Candidates
from ecg_core.signal.qrs_energy import ENERGY_RATE_HZ, SIGNAL_RATE_HZ
from ecg_core.signal.quality import CommonRate

FAINT: Final = 0.036
"""Product of the shares of the beats' energy at the scale of the QRS, and of their peak-to-peak size, below which a
candidate is faint."""

FAINT_SHARE: Final = 0.33
"""Neither share may exceed this."""

NOTHING_ENERGY: Final = 0.05
"""Share below which it is faint whatever its shape."""

LESSER: Final = 0.15
"""Product of the shares below which likely beats of the old shape tell of a lesser gain."""

MIN_FAINT_LEAD_WEIGHT: Final = 0.7
"""Share of the leads' weight that a candidate must be faint in."""

ALIKE: Final = 0.9
"""Likeness to a beat from which a candidate is a QRS, however small."""

LIKELY: Final = 2.0
"""Log odds beyond which a candidate counts as a beat of the minutes around."""

BLOCK_S: Final = 15
REACH_BLOCKS: Final = 8
MIN_BLOCK_BEATS: Final = 4
"""Likely beats that a block must hold to say what is usual."""

USUAL_QUANTILE: Final = 0.8
SIZE_HALF_WIDTH_S: Final = 0.12
NO_BEAT: Final = -12.0
"""Log odds given to what is too faint."""

HOPELESS: Final = -4.0
"""Log odds below which a candidate is no beat anyway."""


def without_faint(views: list[Candidates], logits: list[Float32Array], common: CommonRate) -> list[Float32Array]:
    """Set the log odds of faint candidates to `NO_BEAT`.

    Parameters
    ----------
    views : list of Candidates
        As :func:`ecg_core.detection.scoring.candidates_of_views` returns them.
    logits : list of ndarray of float32, shape (candidates,)
        Log odds of each view's candidates.
    common : CommonRate
        The signal at the common rate.
    """
    width = 2 * round(SIZE_HALF_WIDTH_S * SIGNAL_RATE_HZ) + 1
    size_mv = maximum_filter1d(common.signal_mv, width, axis=0) - minimum_filter1d(common.signal_mv, width, axis=0)
    return [
        np.where(_faint(seen, logit, size_mv), np.float32(NO_BEAT), logit) if len(logit) else logit
        for seen, logit in zip(views, logits, strict=True)
    ]


def _faint(seen: Candidates, logit: Float32Array, size_mv: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Tell which candidates are faint in most of the leads that count there."""
    at = np.minimum(seen.position * round(SIGNAL_RATE_HZ / ENERGY_RATE_HZ), len(size_mv) - 1)
    block = seen.position // (BLOCK_S * round(ENERGY_RATE_HZ))
    n_blocks = int(block[-1]) + 1
    counted = seen.weight[:, seen.leads] > 0
    faint_weight, share = np.zeros(len(logit)), np.zeros(len(logit))
    for index, lead in enumerate(seen.leads):
        likely = np.flatnonzero((logit > LIKELY) & counted[:, index])
        energy, log_size = seen.log_energy[:, index], np.log(size_mv[at, lead] + 1e-9)
        usual_energy, known = _medians(energy[likely], block[likely], n_blocks)
        usual_size, _ = _medians(log_size[likely], block[likely], n_blocks)
        high_energy, high_size = _high_around(usual_energy)[block], _high_around(usual_size)[block]
        with np.errstate(invalid="ignore"):  # NaN, and so not faint, where nothing is known
            of_energy, of_size = energy - high_energy, log_size - high_size
            small = (np.maximum(of_energy, of_size) < np.log(FAINT_SHARE)) & (of_energy + of_size < np.log(FAINT))
            of_lead = small & (of_energy < np.log(NOTHING_ENERGY))
            lesser = (of_energy + of_size < np.log(LESSER)) & (logit > LIKELY)
        exemplar = np.zeros(n_blocks, dtype=np.int64)
        best = likely[np.lexsort((logit[likely], block[likely]))]
        exemplar[block[best]] = best  # the last one written is the likeliest
        alike = np.zeros(len(logit), dtype=bool)
        for one in np.flatnonzero((small & ~of_lead & (logit > HOPELESS)) | lesser):
            near = known[np.abs(known - block[one]) <= REACH_BLOCKS]
            high = near[usual_energy[near] >= high_energy[one] + np.log(0.5)]
            inner = (seen.shape[one, index] * seen.shape[exemplar[high], index].conj()).sum(axis=1)
            alike[one] = np.median(np.abs(inner).mean(axis=1)) >= ALIKE
            of_lead[one] |= small[one] and not alike[one]
        # Several small beats of the old shape: the gain has changed, and ectopic beats among them are small, too.
        of_lead &= np.bincount(block[lesser & alike], minlength=n_blocks)[block] < MIN_BLOCK_BEATS
        faint_weight += of_lead * seen.weight[:, lead]
        share += seen.weight[:, lead] * np.exp(np.clip(np.nan_to_num(of_energy + of_size), -9, 0))
    return (faint_weight >= MIN_FAINT_LEAD_WEIGHT) & (share < FAINT)


def _medians(values: FloatArray, block: Int64Array, n_blocks: int) -> tuple[FloatArray, Int64Array]:
    """Return each block's median, NaN below `MIN_BLOCK_BEATS` values, and the blocks with enough values."""
    ordered = values[np.lexsort((values, block))]
    count = np.bincount(block, minlength=n_blocks)
    known = np.flatnonzero(count >= MIN_BLOCK_BEATS)
    medians = np.full(n_blocks, np.nan)
    medians[known] = ordered[(np.cumsum(count) - count + count // 2)[known]]
    return medians, known


def _high_around(values: FloatArray) -> FloatArray:
    """Return a high quantile of what is known within `REACH_BLOCKS` of each block, NaN where nothing is."""
    padded = np.pad(values, REACH_BLOCKS, constant_values=np.nan)
    around = np.sort(np.lib.stride_tricks.sliding_window_view(padded, 2 * REACH_BLOCKS + 1), axis=1)
    n_known = np.isfinite(around).sum(axis=1)
    place = np.minimum(np.ceil(USUAL_QUANTILE * (n_known - 1)).astype(np.int64).clip(0), 2 * REACH_BLOCKS)
    return np.asarray(around[np.arange(len(values)), place])
