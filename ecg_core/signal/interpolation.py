"""Interpolation of a signal between its samples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def read_spans(
    signal: npt.NDArray[np.float32], start: npt.NDArray[np.float64], n_samples: int
) -> npt.NDArray[np.float32]:
    """Read spans that begin between samples, by cubic (Catmull-Rom) interpolation.

    Whole samples would let a window jump by up to half a sample with the phase of the resampled grid.

    Parameters
    ----------
    signal : ndarray of float32, shape (samples, leads)
        In any unit.
    start : ndarray, shape (spans,)
        Fractional sample at which each span begins.
    n_samples : int
        Length of each span.

    Returns
    -------
    ndarray of float32, shape (spans, n_samples, leads)
        Beyond the signal's ends, the end's value.
    """
    whole = np.floor(start).astype(np.int64)
    t = (start - whole).astype(np.float32)[:, None, None]
    taps = (
        ((-t + 2) * t - 1) * t / 2,
        ((3 * t - 5) * t * t + 2) / 2,
        ((-3 * t + 4) * t + 1) * t / 2,
        (t - 1) * t * t / 2,
    )
    rows = whole[:, None] + np.arange(-1, n_samples + 2)[None, :]
    spans = signal[np.clip(rows, 0, len(signal) - 1)]
    result = taps[0] * spans[:, :n_samples]
    for shift in (1, 2, 3):
        result += taps[shift] * spans[:, shift : shift + n_samples]
    return np.asarray(result, dtype=np.float32)
