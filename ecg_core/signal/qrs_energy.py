"""How much QRS there is at each moment: the magnitude of a narrow wavelet transform, and its usual height."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, median_filter
from scipy.signal import oaconvolve

ENERGY_RATE_HZ: Final = 200.0
"""The common internal rate. It carries the QRS band (to 30 Hz) of any recording of 100 Hz and more."""

QRS_CENTRE_HZ: Final = 14.0
QRS_SIGMA_S: Final = 0.025
"""Centre frequency and width in time of the wavelet: 14 Hz with -6 dB points near 7 and 21 Hz.

T and P waves lie below 8 Hz, muscle noise mostly above 25 Hz; among wavelets of 8 to 17 Hz this one
separates the heights of QRS complexes from those of everything else best."""

LEVEL_HALF_WIDTH_S: Final = 8.0
"""How far to either side the usual height of a QRS is looked for."""

_BLOCK_S: Final = 0.5


def qrs_energy(
    signal_mv: npt.NDArray[np.float32], centre_hz: float = QRS_CENTRE_HZ, sigma_s: float = QRS_SIGMA_S
) -> npt.NDArray[np.float32]:
    """Return the magnitude of the signal's Morlet wavelet transform at one scale.

    The magnitude knows no polarity and no offset, has one smooth hump for each QRS whatever its shape, and its
    maximum lies within the QRS. The wavelet has finite support, ``4 * sigma_s`` to either side.

    Parameters
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
        At `ENERGY_RATE_HZ`, without NaN.

    Returns
    -------
    ndarray of float32, shape (samples, leads)
        Millivolts of a sine of the centre frequency that would give the same value, halved.
    """
    half = round(4 * sigma_s * ENERGY_RATE_HZ)
    time_s = np.arange(-half, half + 1) / ENERGY_RATE_HZ
    window = np.exp(-0.5 * (time_s / sigma_s) ** 2)
    wavelet = window * np.exp(2j * np.pi * centre_hz * time_s)
    wavelet -= window * (wavelet.sum() / window.sum())
    wavelet /= np.abs(np.fft.fft(wavelet, 4096)).max()
    padded = np.pad(signal_mv, ((half, half), (0, 0)), mode="edge")
    transform = oaconvolve(padded, wavelet[:, None].astype(np.complex64), mode="valid", axes=0)
    return np.abs(transform).astype(np.float32)


def block_maxima(energy: npt.NDArray[np.float32], usable: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Return the largest energy within 1.5 s around each block of half a second.

    Parameters
    ----------
    energy : ndarray of float32, shape (samples,)
    usable : ndarray of bool, shape (samples,)
        Where the energy counts; blocks without any take the value of the nearest block that has some.

    Returns
    -------
    ndarray of float32, shape (blocks,)
    """
    step = round(_BLOCK_S * ENERGY_RATE_HZ)
    n_blocks = max(-(-len(energy) // step), 1)
    counted = np.full(n_blocks * step, -1.0, dtype=np.float32)
    counted[: len(energy)] = np.where(usable, energy, -1.0)
    maxima = maximum_filter1d(counted.reshape(n_blocks, step).max(axis=1), 3, mode="nearest")
    known = np.flatnonzero(maxima >= 0)
    if not len(known):
        return np.zeros(n_blocks, dtype=np.float32)
    nearest = np.rint(np.interp(np.arange(n_blocks), known, np.arange(len(known)))).astype(np.int64)
    return maxima[known[nearest]]


def qrs_level(energy: npt.NDArray[np.float32], usable: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Return the usual height of a QRS in the energy, at each sample.

    The median, over `LEVEL_HALF_WIDTH_S` to either side, of the largest energy in each 1.5 s.

    Parameters
    ----------
    energy : ndarray of float32, shape (samples,)
    usable : ndarray of bool, shape (samples,)

    Returns
    -------
    ndarray of float32, shape (samples,)
    """
    maxima = block_maxima(energy, usable)
    width = 2 * round(LEVEL_HALF_WIDTH_S / _BLOCK_S) + 1
    level = median_filter(maxima, size=width, mode="reflect")
    step = round(_BLOCK_S * ENERGY_RATE_HZ)
    centres = (np.arange(len(level)) + 0.5) * step
    return np.interp(np.arange(len(energy)), centres, level).astype(np.float32)
