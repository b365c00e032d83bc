"""Exemplars: shapes of clear beats nearby, for recognising beats in noise.

Noise that lasts hides what a beat looks like from anything that sees a few seconds; but where it comes and goes, the
clear stretches next to it show the shape and the height that the beats inside must have.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.signal.qrs_energy import ENERGY_RATE_HZ

FAINTEST: Final = 0.02
"""Clarity below which a block has no say."""

BLOCK_S: Final = 15
"""Each block of this length has one exemplar, the candidate most likely a beat."""

REACH_BLOCKS: Final = 10
"""Blocks to either side that are remembered."""

HOPELESS: Final = -5.0
"""Log odds below which a candidate is no beat whatever it looks like; nothing is remembered for it."""

SURE: Final = 6.0
"""Log odds beyond which nothing is surer."""

FEATURES: Final = ("remembered_shape", "remembered_best", "remembered_height", "clarity_near", "clarity_around")
"""Names of the features: likeness to the exemplars around (mean, and most alike), the logarithm of the height in units
of theirs, how clear the candidate's own block is and how clear the exemplars are."""


def match_exemplars(
    position: npt.NDArray[np.int64],
    logit: npt.NDArray[np.float32],
    shape: npt.NDArray[np.complex64],
    log_energy: npt.NDArray[np.float32],
    weight: npt.NDArray[np.float32],
) -> npt.NDArray[np.float32]:
    """Compare each candidate with the clear beats of the minutes around.

    Parameters
    ----------
    position : ndarray of int64, shape (candidates,)
        Increasing times at `ENERGY_RATE_HZ`.
    logit : ndarray of float32, shape (candidates,)
        Log odds that each is a beat.
    shape : ndarray of complex64, shape (candidates, leads, values, scales)
        Of unit norm over the values, see :meth:`ecg_core.detection.fusion.View.shapes`.
    log_energy : ndarray of float32, shape (candidates, leads)
        In absolute units.
    weight : ndarray of float32, shape (candidates, leads)
        What each lead counts.

    Returns
    -------
    ndarray of float32, shape (candidates, len(FEATURES))
    """
    block = position // (BLOCK_S * round(ENERGY_RATE_HZ))
    starts = np.flatnonzero(np.r_[True, np.diff(block) > 0])
    n_blocks = int(block[-1]) + 1
    present = block[starts]
    clarity, exemplar = np.zeros(n_blocks), np.zeros(n_blocks, dtype=np.int64)
    height = np.zeros((n_blocks, log_energy.shape[1]))
    sure = np.minimum(np.abs(logit), SURE) / SURE
    probability = 1 / (1 + np.exp(-np.clip(logit, -30, 30).astype(np.float64)))
    expected = np.add.reduceat(probability, starts)
    counts = np.diff(np.r_[starts, len(position)])
    # the fourth power: a block with a few doubtful candidates hardly counts beside a clear one
    clarity[present] = (np.add.reduceat(sure, starts) / counts) ** 4 * (expected > 2)
    order = np.lexsort((logit, block))
    exemplar[present] = order[np.r_[starts[1:], len(position)] - 1]
    sums = np.add.reduceat(log_energy * probability[:, None], starts, axis=0)
    height[present] = sums / np.maximum(expected, 1e-9)[:, None]

    total = np.full(len(position), 1e-6)
    likeness, best, of_heights, around = (np.zeros(len(position)) for _ in range(4))
    hopeful = np.flatnonzero(logit > HOPELESS)
    exemplars = shape[exemplar].conj()
    for step in range(-REACH_BLOCKS, REACH_BLOCKS + 1):
        other = block[hopeful] + step
        there = np.clip(other, 0, n_blocks - 1)
        use = (other == there) & (clarity[there] > FAINTEST)
        rows, there = hopeful[use], there[use]
        counted = clarity[there]
        inner = np.abs(np.einsum("nlvs,nlvs->nls", shape[rows], exemplars[there])).mean(axis=2)
        alike = (inner * weight[rows]).sum(axis=1)
        difference = ((log_energy[rows] - height[there]) * weight[rows]).sum(axis=1)
        total[rows] += counted
        likeness[rows] += counted * alike
        best[rows] = np.maximum(best[rows], np.sqrt(counted) * alike)
        of_heights[rows] += counted * difference
        around[rows] = np.maximum(around[rows], counted)
    known = total > 1e-3
    columns = [
        np.where(known, likeness / total, 0),
        best,
        np.where(known, np.clip(of_heights / total, -3, 3), 0),
        clarity[block],
        around,
    ]
    return np.stack(columns, axis=1).astype(np.float32)
