"""Input of the rhythm network: each lead at 100 Hz, without baseline, in units of the size that is usual around it."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, median_filter, uniform_filter1d

from ecg_core.recording import Recording
from ecg_core.signal.gaps import as_columns
from ecg_core.signal.resampling import resample

RATE_HZ: Final = 100
"""Carries everything up to 40 Hz: the width of a QRS complex, P waves, and the band of ventricular fibrillation."""

BASELINE_S: Final = 1.0
"""Width of the moving mean that is taken out, twice: what is slower than about 0.7 Hz is no heart."""

USUAL_HALF_WIDTH_S: Final = 10
"""Seconds to either side whose median range is the unit of the signal."""

LARGEST_HALF_WIDTH_S: Final = 30
SMALLEST_SHARE: Final = 0.25
"""The unit is at least this share of the largest one around: in an asystole, noise must not become the measure."""

SMALLEST_SHARE_OF_RECORDING: Final = 0.12
"""The unit is at least this share of what is usual in the recording: an asystole may last long."""

STILL_SHARE: Final = 1e-3
"""A second whose range is less than this share of the usual one holds no signal but rounding."""

ROUNDING: Final = 1e-5
"""Share of a second's largest value below which its range is rounding."""

SURVEYED: Final = 60
SURVEYED_S: Final = 20

CLIP: Final = 3.0
"""Values beyond so many units are cut off."""


def network_input(
    signal_mv: npt.ArrayLike, fs_hz: float, usual: npt.NDArray[np.float32] | None = None
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Bring a signal to the form that the rhythm network takes.

    Parameters
    ----------
    signal_mv : array_like, shape (samples,) or (samples, leads)
        In any unit; NaN where absent.
    fs_hz : float
        Sampling rate in Hz.
    usual : ndarray of float32, shape (leads,), optional
        Of :func:`usual_range`; that of this signal by default.

    Returns
    -------
    wave : ndarray of float32, shape (seconds * RATE_HZ, leads)
        Whole seconds, the last one filled with zeros; in units of the usual range around, within +-`CLIP`.
    present : ndarray of bool, shape (seconds, leads)
        Where more than half of the second holds values that are not constant.
    """
    signal = as_columns(signal_mv)
    wave, level = _without_baseline(signal, fs_hz)
    span, present = _ranges(wave, level)
    if usual is None:
        usual = _usual(span, present)
    present &= span > STILL_SHARE * usual
    unit = np.maximum(_unit(span, present), SMALLEST_SHARE_OF_RECORDING * usual)
    scaled = np.nan_to_num(wave, copy=False) / np.repeat(np.where(unit > 0, unit, 1.0), RATE_HZ, axis=0)
    return np.clip(scaled, -CLIP, CLIP).astype(np.float32, copy=False), present


def usual_range(recording: Recording) -> npt.NDArray[np.float32]:
    """Return each lead's usual range in a second, from up to `SURVEYED` spans spread over the recording.

    Returns
    -------
    ndarray of float32, shape (leads,)
        Without baseline, in the recording's unit; 0 for a lead that holds nothing.
    """
    length = round(SURVEYED_S * recording.fs_hz)
    n_spans = int(np.clip(recording.n_samples // max(length, 1), 1, SURVEYED))
    spans, presents = [], []
    for start in np.linspace(0, max(recording.n_samples - length, 0), n_spans).astype(np.int64).tolist():
        span, present = _ranges(*_without_baseline(recording.read(start, start + length), recording.fs_hz))
        spans.append(span)
        presents.append(present)
    return _usual(np.concatenate(spans), np.concatenate(presents))


def _usual(span: npt.NDArray[np.float32], present: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    return np.array(
        [np.median(span[present[:, lead], lead]) if present[:, lead].any() else 0.0 for lead in range(span.shape[1])],
        dtype=np.float32,
    )


def _without_baseline(
    signal: npt.NDArray[np.float32], fs_hz: float
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return whole seconds at `RATE_HZ` without baseline, NaN where absent, and the largest value of each second."""
    n_seconds = int(np.ceil(len(signal) / fs_hz))
    # Without its offset: a filter of several phases would leave a ripple on it.
    wave = resample(signal - _offset(signal), fs_hz, float(RATE_HZ))[: n_seconds * RATE_HZ]
    wave = np.pad(wave, ((0, n_seconds * RATE_HZ - len(wave)), (0, 0)), mode="edge")
    absent = ~np.isfinite(wave)
    wave[absent] = 0.0
    level = np.abs(wave).reshape(n_seconds, RATE_HZ, wave.shape[1]).max(axis=1, initial=0)
    width = round(BASELINE_S * RATE_HZ) + 1
    baseline = wave
    for _ in range(2):
        baseline = uniform_filter1d(baseline, width, axis=0, mode="nearest")
    wave -= baseline
    wave[absent] = np.nan
    return wave, level


def _offset(signal: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the median of each lead; 0 of one that holds nothing."""
    finite = np.isfinite(signal)
    return np.array(
        [np.median(lead[held]) if held.any() else 0.0 for lead, held in zip(signal.T, finite.T, strict=True)],
        dtype=np.float32,
    )


def _ranges(
    wave: npt.NDArray[np.float32], level: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Return the range of each second of each lead, and whether the second is present."""
    seconds = wave.reshape(-1, RATE_HZ, wave.shape[1])
    held = np.isfinite(seconds)
    seconds = np.where(held, seconds, np.float32(0))
    span = np.ptp(seconds, axis=1)
    still = np.diff(seconds, axis=1) == 0
    present = (held.mean(axis=1) > 0.5) & (still.mean(axis=1) < 0.5) & (span > ROUNDING * level)
    return span, present


def _unit(span: npt.NDArray[np.float32], present: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Return the usual range around each second, shape (seconds, leads); 0 where a lead holds nothing."""
    unit = np.zeros_like(span)
    for lead in range(span.shape[1]):
        known = np.flatnonzero(present[:, lead])
        if not len(known):
            continue
        nearest = known[np.clip(np.searchsorted(known, np.arange(len(span))), 0, len(known) - 1)]
        filled = span[nearest, lead]
        usual = median_filter(filled, 2 * USUAL_HALF_WIDTH_S + 1, mode="reflect")
        largest = maximum_filter1d(usual, 2 * LARGEST_HALF_WIDTH_S + 1, mode="nearest")
        unit[:, lead] = np.maximum(usual, SMALLEST_SHARE * largest)
    return unit
