"""Where in the beat a saliency map lies, against where it would lie by chance.

There is no wave delineation in this software, so the parts are fixed times around the beat: a normal PR interval is
120 to 200 ms, so P waves lie 250 to 50 ms before the R peak; QRS and T wave end within 400 ms of it, also in wide
ventricular beats, where QT is about 450 ms.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array

REGIONS_S: Final = {
    "earlier": (-np.inf, -0.25),
    "before_qrs": (-0.25, -0.05),
    "qrs_t": (-0.05, 0.4),
    "later": (0.4, np.inf),
}
"""Begin and end of each part relative to the beat, the end left out; together they are the whole window."""


def shares(
    map_: Float32Array, readable: Float32Array, offsets_s: npt.NDArray[np.float64]
) -> dict[str, npt.NDArray[np.float64]]:
    """Return the share of each beat's saliency that lies in each part.

    Parameters
    ----------
    map_ : ndarray of float32, shape (beats, leads, samples)
        Not negative.
    readable : ndarray of float32, shape (beats, leads)
        1 where a lead can be read, else 0.
    offsets_s : ndarray, shape (samples,)
        Time of each sample after the R peak in s.

    Returns
    -------
    dict of str to ndarray, shape (beats,)
        For each of `REGIONS_S`; NaN where a beat's map is empty.
    """
    seen = map_ * readable[:, :, None]
    total = seen.sum(axis=(1, 2), dtype=np.float64)
    empty = np.full(len(map_), np.nan)
    return {
        name: np.divide(seen[:, :, inside].sum(axis=(1, 2)), total, out=empty.copy(), where=total > 0)
        for name, inside in _inside(offsets_s).items()
    }


def chances(offsets_s: npt.NDArray[np.float64]) -> dict[str, float]:
    """Return the share that each part would have by chance: its length over the window's."""
    return {name: float(inside.mean()) for name, inside in _inside(offsets_s).items()}


def _inside(offsets_s: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.bool_]]:
    return {name: (offsets_s >= begin) & (offsets_s < end) for name, (begin, end) in REGIONS_S.items()}
