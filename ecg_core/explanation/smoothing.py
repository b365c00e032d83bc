"""Adding up what neighbouring samples say: one sample's for and the next one's against are nothing to look at."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy.ndimage import convolve1d

HALF_WIDTH_S: Final = 0.04


def smoothed(values: npt.NDArray[np.float32], fs_hz: float) -> npt.NDArray[np.float32]:
    """Smooth along time with a raised cosine of 40 ms half width; what is added up stays the same sum.

    Parameters
    ----------
    values : ndarray of float32, shape (..., samples)
        Values to smooth along the last axis.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    ndarray of float32, of `values`'s shape
    """
    return summed(values, round(HALF_WIDTH_S * fs_hz), "reflect")


def summed(values: npt.NDArray[np.float32], half: int, ends: Literal["reflect", "constant"]) -> npt.NDArray[np.float32]:
    """Add up neighbours along time, weighed by a raised cosine that reaches `half` samples to either side.

    Parameters
    ----------
    values : ndarray of float32, shape (..., samples)
        Values to smooth along the last axis.
    half : int
        Half the width of the window in samples.
    ends : {"reflect", "constant"}
        What stands beyond the ends: the signal mirrored, or nothing.
    """
    kernel = np.hanning(2 * half + 3)[1:-1]
    return np.asarray(convolve1d(values, kernel / kernel.sum(), axis=-1, mode=ends), dtype=np.float32)
