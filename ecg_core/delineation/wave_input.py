"""Input of the delineation network: each lead at 250 Hz, without baseline, in units of its usual QRS height."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter, uniform_filter1d

from ecg_core.arrays import BoolArray, Float32Array
from ecg_core.signal.gaps import as_columns
from ecg_core.signal.resampling import resample

RATE_HZ: Final = 250
BLOCK_S: Final = 2
"""The unit of the signal is told in blocks of this length: at any heart rate they hold a QRS complex."""

UNIT_HALF_WIDTH: Final = 10
"""Blocks to either side whose median range is the unit."""

BASELINE_S: Final = 1.2
"""Width of the moving mean that is taken out, twice."""

CLIP: Final = 3.0
"""Values beyond so many units are cut off."""

SMALL: Final = 8.0
"""Factor of the second input channel, which compresses large values: P waves are a tenth of the QRS complex."""


def wave_input(signal_mv: npt.ArrayLike, fs_hz: float) -> tuple[Float32Array, BoolArray]:
    """Bring a signal to the form that the delineation network takes.

    Parameters
    ----------
    signal_mv : array_like, shape (samples,) or (samples, leads)
        In any unit; NaN where absent.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    wave : ndarray of float32, shape (blocks * BLOCK_S * RATE_HZ, leads)
        Whole blocks, the last one filled with zeros; in units of the usual range around, within +-`CLIP`.
    present : ndarray of bool, shape (blocks, leads)
        Where more than half of the block holds values that are not constant.
    """
    signal = as_columns(signal_mv)
    offset = np.array([np.median(lead[np.isfinite(lead)]) if np.isfinite(lead).any() else 0.0 for lead in signal.T])
    wave = resample(signal - offset.astype(np.float32), fs_hz, float(RATE_HZ))
    length = BLOCK_S * RATE_HZ
    n_blocks = -(-len(wave) // length)
    wave = np.pad(wave, ((0, n_blocks * length - len(wave)), (0, 0)), mode="edge")
    absent = ~np.isfinite(wave)
    wave[absent] = 0.0
    baseline = wave
    for _ in range(2):
        baseline = uniform_filter1d(baseline, round(BASELINE_S * RATE_HZ) + 1, axis=0, mode="nearest")
    wave = np.where(absent, np.float32(0), wave - baseline)
    blocks = wave.reshape(n_blocks, length, -1)
    span = np.ptp(blocks, axis=1)
    still = (np.diff(blocks, axis=1) == 0).mean(axis=1)
    present = (absent.reshape(blocks.shape).mean(axis=1) < 0.5) & (still < 0.5) & (span > 0)
    unit = np.repeat(_unit(span, present), length, axis=0)
    return np.clip(wave / unit, -CLIP, CLIP).astype(np.float32, copy=False), present


def channels(wave: Float32Array) -> Float32Array:
    """Return the network's input channels of one lead.

    Parameters
    ----------
    wave : ndarray of float32, shape (..., samples)
        As :func:`wave_input` returns it; an even number of samples.

    Returns
    -------
    ndarray of float32, shape (..., samples / 2, 4)
        Two successive samples, each as it is and compressed.
    """
    pairs = wave.reshape(*wave.shape[:-1], -1, 2)
    return np.concatenate([pairs, np.arcsinh(np.float32(SMALL) * pairs) / 3], axis=-1).astype(np.float32, copy=False)


def _unit(span: Float32Array, present: BoolArray) -> Float32Array:
    """Return the usual range around each block, shape (blocks, leads); 1 where a lead holds nothing."""
    unit = np.ones_like(span)
    for lead in range(span.shape[1]):
        known = np.flatnonzero(present[:, lead])
        if len(known):
            at = np.clip(np.searchsorted(known, np.arange(len(span))), 0, len(known) - 1)
            unit[:, lead] = median_filter(span[known[at], lead], 2 * UNIT_HALF_WIDTH + 1, mode="reflect")
    return unit
