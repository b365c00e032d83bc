"""Features of windows of the signal, from which boosted trees tell ventricular rhythms from others.

The classic measures for detecting shockable rhythms (Amann, Tratnig and Unterkofler 2005, "Reliability of old and new
ventricular fibrillation detection algorithms"; Figuera et al. 2016): size and shape of the distribution of values,
slopes, spectrum, autocorrelation, leakage behind a filter at the mean frequency, and how the activity is spread over
the window. All are independent of gain and polarity.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import fft

from ecg_core.arrays import Float32Array
from ecg_core.rhythm.network_input import RATE_HZ

WINDOW_S: Final = 5
_LENGTH: Final = WINDOW_S * RATE_HZ
_PADDED: Final = 720
_AT_A_TIME: Final = 1800
_SMALL: Final = np.float32(1e-6)
_BANDS_HZ: Final = ((0.5, 1.5), (1.5, 2.5), (2.5, 4), (4, 6), (6, 9), (9, 14), (14, 24), (24, 40))
_HZ: Final = fft.rfftfreq(_PADDED, 1 / RATE_HZ).astype(np.float32)
_PEAK_BAND: Final = (_HZ > 0.7) & (_HZ < 10)
_LAGS: Final = slice(18, 200)
"""Lags of the autocorrelation in hundredths of a second: 30 to 333 per minute."""


def window_features(wave: Float32Array) -> Float32Array:
    """Describe the window around each second of each lead.

    Parameters
    ----------
    wave : ndarray of float32, shape (seconds * 100, leads)
        As :func:`~ecg_core.rhythm.network_input.network_input` returns it.

    Returns
    -------
    ndarray of float32, shape (leads, seconds, features)
        Of the `WINDOW_S` around the middle of each second, zeros beyond the ends.
    """
    beyond = (_LENGTH - RATE_HZ) // 2
    leads = []
    for lead in wave.T:
        windows = sliding_window_view(np.pad(lead, beyond), _LENGTH)[::RATE_HZ]
        leads.append(
            np.concatenate([_features(windows[at : at + _AT_A_TIME]) for at in range(0, len(windows), _AT_A_TIME)])
        )
    return np.stack(leads)


def _features(x: Float32Array) -> Float32Array:
    """Return the features of windows of shape (windows, samples)."""
    size, spread, absolute = np.ptp(x, axis=1), x.std(axis=1) + _SMALL, np.abs(x)
    z = (x - x.mean(axis=1, keepdims=True)) / spread[:, None]
    slope = np.diff(x, axis=1)
    steep = np.abs(slope)
    curve = np.diff(slope, axis=1)
    square = z * z
    return np.stack(
        [
            size,
            spread,
            absolute.mean(axis=1) / spread,
            *((absolute < share * size[:, None]).mean(axis=1) for share in (0.1, 0.2, 0.3)),
            np.abs((square * z).mean(axis=1)),
            (square * square).mean(axis=1),
            steep.mean(axis=1) / spread,
            np.partition(steep, int(0.98 * steep.shape[1]), axis=1)[:, int(0.98 * steep.shape[1])] / spread,
            steep.max(axis=1) / spread,
            np.sqrt((curve * curve).mean(axis=1) / ((slope * slope).mean(axis=1) + _SMALL)),
            np.sqrt((slope * slope).mean(axis=1)) / spread,
            *_of_spectrum(z),
            *_of_autocorrelation(z),
            *_leakage(x, absolute, steep),
            *_of_blocks(x, slope, spread),
        ],
        axis=1,
    ).astype(np.float32)


def _of_spectrum(z: Float32Array) -> list[Float32Array]:
    """Return shares of bands; place, height, entropy and centre of the peak band; power at the peak and harmonics."""
    power = np.abs(fft.rfft(z * np.hanning(_LENGTH).astype(np.float32), _PADDED, axis=1)) ** 2
    total = power[:, (_HZ > 0.5) & (_HZ < 40)].sum(axis=1) + _SMALL
    shares = [power[:, (low <= _HZ) & (high > _HZ)].sum(axis=1) / total for low, high in _BANDS_HZ]
    band = power[:, _PEAK_BAND]
    band = band / (band.sum(axis=1, keepdims=True) + _SMALL)
    peak_hz = _HZ[_PEAK_BAND][band.argmax(axis=1)]
    width_hz = 0.15 * np.maximum(peak_hz, 1)

    def near(harmonic: int) -> Float32Array:
        inside = np.abs(_HZ[None] - harmonic * peak_hz[:, None]) < width_hz[:, None]
        return np.asarray((power * inside).sum(axis=1) / total, dtype=np.float32)

    entropy = -(band * np.log(band + _SMALL)).sum(axis=1)
    return [
        *shares,
        peak_hz,
        band.max(axis=1),
        entropy,
        (band * _HZ[_PEAK_BAND]).sum(axis=1),
        near(1),
        near(2),
        near(3) + near(4),
    ]


def _of_autocorrelation(z: Float32Array) -> list[Float32Array]:
    """Return the largest and smallest autocorrelation with their lags, and the lag of its first sign change."""
    spectrum = fft.rfft(z, _PADDED, axis=1)
    raw = fft.irfft(spectrum.real**2 + spectrum.imag**2, _PADDED, axis=1)[:, : _LAGS.stop]
    taper = 1 - np.arange(_LAGS.stop, dtype=np.float32) / _LENGTH
    correlation = raw / (raw[:, :1] * taper + _SMALL)
    inside, below = correlation[:, _LAGS], correlation < 0
    return [
        inside.max(axis=1),
        inside.argmax(axis=1).astype(np.float32),
        inside.min(axis=1),
        inside.argmin(axis=1).astype(np.float32),
        np.where(below.any(axis=1), below.argmax(axis=1), _LAGS.stop).astype(np.float32),
    ]


def _leakage(x: Float32Array, absolute: Float32Array, steep: Float32Array) -> list[Float32Array]:
    """Return what is left of the signal after half its mean period is added to it, and that half period.

    Kuo and Dillman 1978: fibrillation is close to a sine wave and nearly vanishes.
    """
    half = np.pi * absolute.sum(axis=1) / (steep.sum(axis=1) + _SMALL)
    lag = np.clip(np.rint(half), 1, _LAGS.stop).astype(np.int64)
    left = np.empty(len(x), dtype=np.float32)
    for one in np.unique(lag).tolist():
        rows = lag == one
        of_rows, sizes = x[rows], absolute[rows]
        remaining = np.abs(of_rows[:, one:] + of_rows[:, :-one]).sum(axis=1)
        left[rows] = remaining / (sizes[:, one:].sum(axis=1) + sizes[:, :-one].sum(axis=1) + _SMALL)
    return [left, half]


def _of_blocks(x: Float32Array, slope: Float32Array, spread: Float32Array) -> list[Float32Array]:
    """Return how activity is spread: quantiles over tenths of a second, and the sizes of the seconds."""
    tenths = (len(x), _LENGTH // 10, 10)
    energy = np.sort(np.sqrt((x.reshape(tenths) ** 2).mean(axis=2)), axis=1) / spread[:, None]
    slopes = np.sort(np.sqrt((np.pad(slope, ((0, 0), (0, 1))).reshape(tenths) ** 2).mean(axis=2)), axis=1)
    slopes /= slopes[:, -1:] + _SMALL
    at = [5, 15, 25, 35, 44]
    seconds = np.ptp(x.reshape(len(x), WINDOW_S, RATE_HZ), axis=2)
    return [
        *energy[:, [*at, -1]].T,
        *slopes[:, at].T,
        seconds.min(axis=1) / (seconds.max(axis=1) + _SMALL),
        seconds.std(axis=1) / (seconds.mean(axis=1) + _SMALL),
    ]
