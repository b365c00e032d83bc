"""QRS energy: a Morlet wavelet transform at three scales, and the local typical QRS level."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import maximum_filter1d, median_filter

SIGNAL_RATE_HZ: Final = 200.0
"""The common internal rate. It carries the QRS band (to 30 Hz) of any recording of 100 Hz and more."""

ENERGY_RATE_HZ: Final = 100.0
"""Rate of the transform: its magnitude has no detail that 10 ms would miss."""

SCALES: Final = ((8.0, 0.035), (14.0, 0.025), (24.0, 0.016))
"""Centre frequency (Hz) and width in time (s) of the wavelets: for slow waves, for the QRS, for spikes.

The one in the middle has its -6 dB points near 7 and 21 Hz. T and P waves lie below 8 Hz, muscle noise mostly above
25 Hz; among wavelets of 8 to 17 Hz this one separates the heights of QRS complexes best from all others."""

LOW, MIDDLE, HIGH = range(3)

LEVEL_HALF_WIDTH_S: Final = 8.0
"""How far to either side the usual height of a QRS is looked for."""

FAINTEST_QRS: Final = 0.25
PAUSE_HALF_WIDTH_S: Final = 30.0
"""No QRS is usual that has less than this share of the usual height within so much to either side: in a long pause the
faint noise must not become the measure."""

_BLOCK_S: Final = 0.5


def _wavelets() -> npt.NDArray[np.float32]:
    """Return real and imaginary parts of the wavelets, shape (taps, 2 * scales), reversed in time."""
    half = round(4 * max(sigma_s for _, sigma_s in SCALES) * SIGNAL_RATE_HZ)
    time_s = np.arange(-half, half + 1) / SIGNAL_RATE_HZ
    columns = []
    for centre_hz, sigma_s in SCALES:
        window = np.exp(-0.5 * (time_s / sigma_s) ** 2) * (np.abs(time_s) <= 4 * sigma_s)
        wavelet = window * np.exp(2j * np.pi * centre_hz * time_s)
        wavelet -= window * (wavelet.sum() / window.sum())
        wavelet = wavelet[::-1] / np.abs(np.fft.fft(wavelet, 4096)).max()
        columns += [wavelet.real, wavelet.imag]
    return np.stack(columns, axis=1).astype(np.float32)


_WAVELETS: Final = _wavelets()


def wavelet_transform(signal_mv: npt.NDArray[np.float32]) -> npt.NDArray[np.complex64]:
    """Return the signal's Morlet wavelet transform at the three `SCALES`.

    Its magnitude knows no polarity and no offset, has one smooth hump for each QRS whatever its shape, and the
    maximum lies within the QRS. A wavelet has finite support, four times its width to either side.

    Parameters
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
        At `SIGNAL_RATE_HZ`, without NaN.

    Returns
    -------
    ndarray of complex64, shape (ceil(samples / 2), leads, scales)
        At `ENERGY_RATE_HZ`. The magnitude is half the amplitude of a sine of the centre frequency.
    """
    half, step = len(_WAVELETS) // 2, round(SIGNAL_RATE_HZ / ENERGY_RATE_HZ)
    padded = np.pad(signal_mv, ((half, half), (0, 0)), mode="edge")
    transforms = []
    for lead in padded.T:
        windows = sliding_window_view(np.ascontiguousarray(lead), len(_WAVELETS))[::step]
        transforms.append((windows @ _WAVELETS).view(np.complex64))
    return np.stack(transforms, axis=1)


def block_maxima(energy: npt.NDArray[np.float32], usable: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Return the largest energy within 1.5 s around each block of half a second.

    Parameters
    ----------
    energy : ndarray of float32, shape (samples,)
        QRS energy of one lead and scale.
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
    """Return the local typical QRS energy at each sample.

    The median, over `LEVEL_HALF_WIDTH_S` to either side, of the largest energy in each 1.5 s, and at least
    `FAINTEST_QRS` of its maximum within `PAUSE_HALF_WIDTH_S`.

    Parameters
    ----------
    energy : ndarray of float32, shape (samples,)
        QRS energy of one lead and scale.
    usable : ndarray of bool, shape (samples,)
        Samples that count.

    Returns
    -------
    ndarray of float32, shape (samples,)
    """
    maxima = block_maxima(energy, usable)
    width = 2 * round(LEVEL_HALF_WIDTH_S / _BLOCK_S) + 1
    level = median_filter(maxima, size=width, mode="reflect")
    around = maximum_filter1d(level, 2 * round(PAUSE_HALF_WIDTH_S / _BLOCK_S) + 1, mode="nearest")
    level = np.maximum(level, FAINTEST_QRS * around)
    step = round(_BLOCK_S * ENERGY_RATE_HZ)
    centres = (np.arange(len(level)) + 0.5) * step
    return np.interp(np.arange(len(energy)), centres, level).astype(np.float32)
