"""Lead fusion: wavelet transforms of several leads, normalised by each lead's typical QRS, weighted by contrast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter, uniform_filter1d

from ecg_core.beats import UNREADABLE
from ecg_core.signal.qrs_energy import ENERGY_RATE_HZ, MIDDLE
from ecg_core.signal.quality import CommonRate

SMOOTHING_S: Final = 0.07
"""Length of the two moving averages that make one hump of the two that a broad QRS has."""

_SMOOTHING_GAIN: Final = 1.4
_MAX_CONTRAST: Final = 40.0
_SHAPE_OFFSETS_S: Final = (-0.06, -0.03, 0.0, 0.03, 0.06)


@dataclass(frozen=True)
class View:
    """QRS energy of one lead, or of several together, at `ENERGY_RATE_HZ`; 1 is the usual QRS, 0 is unreadable.

    Attributes
    ----------
    energy : ndarray of float32, shape (times, scales)
        At the scale of slower waves, of the QRS, of spikes.
    smooth : ndarray of float32, shape (times,)
        The middle scale with one hump for each QRS, however broad.
    weight : ndarray of float32, shape (times, leads)
        What each lead of the recording contributes; sums to 1 where any is readable.
    common : CommonRate
    """

    energy: npt.NDArray[np.float32]
    smooth: npt.NDArray[np.float32]
    weight: npt.NDArray[np.float32]
    common: CommonRate

    def leads(self) -> npt.NDArray[np.int64]:
        """Return the leads that contribute anywhere."""
        return np.flatnonzero(self.weight.any(axis=0))

    def shapes(self, position: npt.NDArray[np.int64]) -> npt.NDArray[np.complex64]:
        """Return the transform of each contributing lead around some times, shape (times, leads, values, scales).

        A small shift in time turns all values of a scale by the same angle, so that the magnitude of an inner
        product compares shapes without having to align them.
        """
        offsets = np.rint(np.array(_SHAPE_OFFSETS_S) * ENERGY_RATE_HZ).astype(np.int64)
        rows = np.clip(position[:, None] + offsets, 0, len(self.energy) - 1)
        return self.common.transform[rows][:, :, self.leads()].transpose(0, 2, 1, 3)


def unit(values: npt.NDArray[np.complex64], axes: int | tuple[int, ...]) -> npt.NDArray[np.complex64]:
    """Normalise vectors to length 1; zero vectors stay zero.

    Parameters
    ----------
    values : ndarray of complex64
        Of any shape and unit.
    axes : int or tuple of int
        Axes that make up one vector.

    Returns
    -------
    ndarray of complex64
        Of the same shape.
    """
    norm = np.sqrt((values.real**2 + values.imag**2).sum(axis=axes, keepdims=True))
    return np.divide(values, norm, out=np.zeros_like(values), where=norm > 0)


def view(common: CommonRate, quality: npt.NDArray[np.uint8], leads: Sequence[int]) -> View:
    """Fuse leads to one view.

    A lead weighs the square of its contrast (how far the QRS stands out of what lies between), and nothing
    in seconds where it is unreadable: a lead that came off, or is lost in noise, does not hurt the others.

    Parameters
    ----------
    common : CommonRate
        The signal at the common rate.
    quality : ndarray of uint8, shape (seconds, leads)
        Quality grades.
    leads : sequence of int
        Indices of the leads to fuse.

    Returns
    -------
    View
    """
    weight = _lead_weights(common, quality, leads)
    energy = np.zeros((len(weight), common.energy.shape[2]), dtype=np.float32)
    for lead in leads:
        level = common.level[:, lead]
        relative = np.divide(common.energy[:, lead], level, out=np.zeros_like(level), where=level > 0)
        energy += relative * weight[:, lead, None]
    smooth = energy[:, MIDDLE]
    width = round(SMOOTHING_S * ENERGY_RATE_HZ)
    for _ in range(2):
        smooth = uniform_filter1d(smooth, width, mode="nearest")
    return View(energy, _SMOOTHING_GAIN * smooth, weight, common)


def _lead_weights(common: CommonRate, quality: npt.NDArray[np.uint8], leads: Sequence[int]) -> npt.NDArray[np.float32]:
    """Return each lead's share at each time, shape (times, leads); all zero where none is readable."""
    seconds = np.arange(len(common.energy)) / ENERGY_RATE_HZ
    second = np.minimum(seconds.astype(np.int64), len(quality) - 1)
    chosen = np.isin(np.arange(quality.shape[1]), leads)
    weight = ((quality > UNREADABLE)[second] & common.present & chosen).astype(np.float32)
    if len(leads) > 1:
        contrast = np.minimum(median_filter(common.contrast(), size=(3, 1), mode="nearest"), _MAX_CONTRAST)
        middles = np.arange(len(contrast)) + 0.5
        weight *= np.stack([np.interp(seconds, middles, lead) for lead in contrast.T], axis=1) ** 2
    total = weight.sum(axis=1, keepdims=True)
    return np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
