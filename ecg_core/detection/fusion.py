"""Several leads become one: their QRS energies, each in units of its own usual height, weighted by clarity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter, uniform_filter1d

from ecg_core.beats import UNREADABLE
from ecg_core.signal.qrs_energy import ENERGY_RATE_HZ, qrs_energy, qrs_level
from ecg_core.signal.quality import CommonRate

LOW_SCALE: Final = (8.0, 0.035)
HIGH_SCALE: Final = (24.0, 0.016)
"""Centre frequency (Hz) and width (s) of the wavelets that tell T waves and spikes from QRS complexes."""

SMOOTHING_S: Final = 0.075
"""Length of the two moving averages that make one hump of the two that a broad QRS has."""

_SMOOTHING_GAIN: Final = 1.4
_LARGEST_CONTRAST: Final = 40.0


@dataclass(frozen=True)
class FusedEnergy:
    """QRS energy of all readable leads together, at `ENERGY_RATE_HZ`; 1 is the usual QRS, 0 is unreadable.

    Attributes
    ----------
    middle, low, high : ndarray of float32, shape (samples,)
        At the scale of the QRS, of slower waves, of spikes.
    smooth : ndarray of float32, shape (samples,)
        `middle` with one hump for each QRS, however broad.
    """

    middle: npt.NDArray[np.float32]
    low: npt.NDArray[np.float32]
    high: npt.NDArray[np.float32]
    smooth: npt.NDArray[np.float32]


def fuse(common: CommonRate, quality: npt.NDArray[np.uint8]) -> FusedEnergy:
    """Fuse the leads.

    A lead weighs the square of its contrast (how far the QRS stands out of what lies between), and nothing
    in seconds where it is unreadable: a lead that came off, or is lost in noise, does not hurt the others.

    Parameters
    ----------
    common : CommonRate
    quality : ndarray of uint8, shape (seconds, leads)

    Returns
    -------
    FusedEnergy
    """
    weight = _lead_weights(common, quality)
    middle = _weighted(common.energy, common.level, weight)
    scales = []
    for scale in (LOW_SCALE, HIGH_SCALE):
        energy = qrs_energy(common.signal_mv, *scale)
        leads = zip(energy.T, common.present.T, strict=True)
        scales.append(_weighted(energy, np.stack([qrs_level(*lead) for lead in leads], axis=1), weight))
    smooth = middle
    width = round(SMOOTHING_S * ENERGY_RATE_HZ)
    for _ in range(2):
        smooth = uniform_filter1d(smooth, width, mode="nearest")
    return FusedEnergy(middle, scales[0], scales[1], _SMOOTHING_GAIN * smooth)


def _lead_weights(common: CommonRate, quality: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return each lead's share at each sample, shape (samples, leads); all zero where none is readable."""
    seconds = np.arange(len(common.energy)) / ENERGY_RATE_HZ
    second = np.minimum(seconds.astype(np.int64), len(quality) - 1)
    weight = ((quality > UNREADABLE)[second] & common.present).astype(np.float32)
    if quality.shape[1] > 1:
        contrast = np.minimum(median_filter(common.contrast(), size=(3, 1), mode="nearest"), _LARGEST_CONTRAST)
        middles = np.arange(len(contrast)) + 0.5
        weight *= np.stack([np.interp(seconds, middles, lead) for lead in contrast.T], axis=1) ** 2
    total = weight.sum(axis=1, keepdims=True)
    return np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)


def _weighted(
    energy: npt.NDArray[np.float32], level: npt.NDArray[np.float32], weight: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return the weighted mean over the leads of energy in units of its level, shape (samples,)."""
    relative = np.divide(energy, level, out=np.zeros_like(energy), where=level > 0)
    return (relative * weight).sum(axis=1)
