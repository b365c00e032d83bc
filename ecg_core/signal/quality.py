"""Signal quality of each second and lead, graded by explicit rules.

A second of a lead is unreadable where

- more than half of it is absent, or part of a span of a second and a half or more that never changes
  (lead off, saturated), or of a square wave (calibration pulses);
- its range is far beyond what is usual around it (`RANGE_UNREADABLE` times);
- its baseline moves by many times the height of the QRS (`WANDER_UNREADABLE`);
- nothing stands out of it: the height of the QRS complexes around it (`PAUSE_HALF_WIDTH_S`) is less than
  `CONTRAST_UNREADABLE` times what lies between them in three seconds, or half that in the second itself. Noise
  alone has a contrast near 2.5.

It is usable, not good, where any of these holds to a lesser degree, or where fast noise (muscle, mains)
exceeds `FAST_NOISE_USABLE` of the QRS's height. Everything is a ratio, so gain and offset do not matter,
and nothing looks further than 40 s to either side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, median_filter, uniform_filter1d

from ecg_core.beats import GOOD, UNREADABLE, USABLE
from ecg_core.signal.gaps import as_columns, bridge_gaps
from ecg_core.signal.qrs_energy import (
    ENERGY_RATE_HZ,
    FAINTEST_QRS,
    MIDDLE,
    SIGNAL_RATE_HZ,
    qrs_level,
    wavelet_transform,
)
from ecg_core.signal.qrs_energy import PAUSE_HALF_WIDTH_S as LEVEL_PAUSE_HALF_WIDTH_S
from ecg_core.signal.resampling import resample
from ecg_core.signal.square_waves import square_wave_samples

RANGE_HALF_WIDTH_S: Final = 8
"""Seconds to either side that make up what range is usual."""

PAUSE_HALF_WIDTH_S: Final = 15
"""Seconds to either side whose QRS complexes tell a pause from noise."""

FLAT_S: Final = 1.5
RANGE_USABLE, RANGE_UNREADABLE = 4.0, 12.0
WANDER_USABLE, WANDER_UNREADABLE = 1.5, 6.0
CONTRAST_GOOD, CONTRAST_UNREADABLE = 9.0, 3.5
FAST_NOISE_USABLE: Final = 0.15


@dataclass(frozen=True)
class CommonRate:
    """A signal at the common internal rate with the features that quality and detection share.

    Attributes
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
        At `SIGNAL_RATE_HZ`, gaps bridged.
    transform : ndarray of complex64, shape (times, leads, scales)
        See :func:`ecg_core.signal.qrs_energy.wavelet_transform`, which has the rate of these times.
    energy : ndarray of float32, shape (times, leads, scales)
        Its magnitude.
    present : ndarray of bool, shape (times, leads)
        Where the signal holds values and is not flat.
    level : ndarray of float32, shape (times, leads, scales)
        The usual height of a QRS in the energy.
    between : ndarray of float32, shape (seconds, leads)
        The energy between the QRS complexes of each started second.
    """

    signal_mv: npt.NDArray[np.float32]
    transform: npt.NDArray[np.complex64]
    energy: npt.NDArray[np.float32]
    present: npt.NDArray[np.bool_]
    level: npt.NDArray[np.float32]
    between: npt.NDArray[np.float32]

    def contrast(self, half_width_s: int = 0) -> npt.NDArray[np.float32]:
        """Return the ratio of QRS energy to the energy between QRS complexes, shape (seconds, leads); 0 where absent.

        The QRS is the largest that is usual within so much to either side: a pause is no lack of contrast.
        """
        level = by_second(self.level[..., MIDDLE], len(self.between), ENERGY_RATE_HZ).mean(axis=1)
        level = maximum_filter1d(level, 2 * half_width_s + 1, axis=0, mode="nearest")
        between = np.maximum(self.between, 1e-3 * level)  # rounding alone must not decide in a flat second
        return np.divide(level, between, out=np.zeros_like(level), where=level > 0)


def at_common_rate(signal: npt.NDArray[np.float32], fs_hz: float) -> CommonRate:
    """Resample a signal to the common internal rate and compute its QRS energy.

    Parameters
    ----------
    signal : ndarray of float32, shape (samples, leads)
        In mV; NaN where absent.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    CommonRate
    """
    n_seconds = int(np.ceil(len(signal) / fs_hz))
    common = resample(bridge_gaps(signal)[0], fs_hz, SIGNAL_RATE_HZ)
    transform = wavelet_transform(common)
    energy = np.abs(transform)
    nearest = (np.arange(len(energy)) * (fs_hz / ENERGY_RATE_HZ)).astype(np.int64)
    present = readable_samples(signal, fs_hz)[np.minimum(nearest, len(signal) - 1)]
    level = np.empty_like(energy)
    for lead, scale in np.ndindex(energy.shape[1:]):
        level[:, lead, scale] = qrs_level(energy[:, lead, scale], present[:, lead])
    middle = by_second(energy[..., MIDDLE], n_seconds, ENERGY_RATE_HZ)
    between = np.quantile(middle, 0.4, axis=1).astype(np.float32)
    return CommonRate(common, transform, energy, present, level, between)


def assess_quality(signal_mv: npt.ArrayLike, fs_hz: float) -> npt.NDArray[np.uint8]:
    """Grade each second of each lead.

    Parameters
    ----------
    signal_mv : array_like, shape (samples,) or (samples, leads)
        Millivolts, or any other unit; NaN where absent.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    ndarray of uint8, shape (seconds, leads)
        `UNREADABLE`, `USABLE` or `GOOD`; one row for each started second.
    """
    signal = as_columns(signal_mv)
    if not signal.size:
        return np.empty((0, signal.shape[1]), dtype=np.uint8)
    return grade(at_common_rate(signal, fs_hz))


def grade(common: CommonRate) -> npt.NDArray[np.uint8]:
    """Grade each second of each lead of a signal at the common rate; the module's text has the rules."""
    n_seconds = len(common.between)
    per_second = round(SIGNAL_RATE_HZ)
    share_present = by_second(common.present, n_seconds, ENERGY_RATE_HZ).mean(axis=1)
    contrast = common.contrast(PAUSE_HALF_WIDTH_S)
    steady_contrast = 1 / uniform_filter1d(1 / np.maximum(contrast, 1e-3), 3, axis=0, mode="nearest")

    slow = common.signal_mv
    for _ in range(2):
        slow = uniform_filter1d(slow, per_second // 2 + 1, axis=0, mode="nearest")
    fast = common.signal_mv - uniform_filter1d(common.signal_mv, 5, axis=0, mode="nearest")
    wander = np.ptp(by_second(slow, n_seconds, SIGNAL_RATE_HZ), axis=1)
    span = np.ptp(by_second(common.signal_mv - slow, n_seconds, SIGNAL_RATE_HZ), axis=1)
    usual_span = median_filter(span, size=(2 * RANGE_HALF_WIDTH_S + 1, 1), mode="reflect")
    # In a long pause the faint noise must not become the measure of what the baseline does.
    usual_height = np.maximum(
        usual_span,
        FAINTEST_QRS * maximum_filter1d(usual_span, 2 * round(LEVEL_PAUSE_HALF_WIDTH_S) + 1, axis=0, mode="nearest"),
    )
    fast_noise = np.median(np.abs(by_second(fast, n_seconds, SIGNAL_RATE_HZ)), axis=1)

    unreadable = (
        (share_present < 0.5)
        | (steady_contrast < CONTRAST_UNREADABLE)
        | (contrast < CONTRAST_UNREADABLE / 2)
        | (span > RANGE_UNREADABLE * usual_span)
        | (wander > WANDER_UNREADABLE * usual_height)
    )
    flawed = (
        (share_present < 0.9)
        | (contrast < CONTRAST_GOOD)
        | (span > RANGE_USABLE * usual_span)
        | (wander > WANDER_USABLE * usual_height)
        | (fast_noise > FAST_NOISE_USABLE * usual_span)
    )
    return np.select([unreadable, flawed], [UNREADABLE, USABLE], GOOD).astype(np.uint8)


def readable_samples(signal_mv: npt.NDArray[np.float32], fs_hz: float) -> npt.NDArray[np.bool_]:
    """Return which samples are present and outside flat spans and square waves.

    Parameters
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
        In mV; NaN where absent.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    ndarray of bool, shape (samples, leads)
    """
    readable = np.isfinite(signal_mv)
    shortest = max(round(FLAT_S * fs_hz), 2)
    for lead in range(signal_mv.shape[1]):
        same = np.flatnonzero(np.diff(signal_mv[:, lead]) != 0)  # NaN differs from everything
        edges = np.concatenate([[-1], same, [len(signal_mv) - 1]])
        for run in np.flatnonzero(np.diff(edges) >= shortest):
            readable[edges[run] + 1 : edges[run + 1] + 1, lead] = False
        readable[square_wave_samples(signal_mv[:, lead], fs_hz), lead] = False
    return readable


def grades_at(quality: npt.NDArray[np.uint8], time_s: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Return the quality grades at given times; times beyond the end take the last grade.

    Parameters
    ----------
    quality : ndarray of uint8, shape (seconds, leads)
        Of at least one second.
    time_s : array_like, shape (moments,)
        Times in s from the begin of the recording.

    Returns
    -------
    ndarray of uint8, shape (moments, leads)
    """
    return quality[np.minimum(np.asarray(time_s).astype(np.int64), len(quality) - 1)]


def by_second(values: npt.NDArray[Any], n_seconds: int, rate_hz: float) -> npt.NDArray[Any]:
    """Reshape samples to one row per second; the last second is padded with its last value.

    Parameters
    ----------
    values : ndarray, shape (samples, leads)
        In any unit.
    n_seconds : int
        Length of the result.
    rate_hz : float
        Sampling rate of `values` in Hz, a whole number.

    Returns
    -------
    ndarray, shape (seconds, samples per second, leads)
    """
    per_second = round(rate_hz)
    wanted = n_seconds * per_second
    filled = np.pad(values[:wanted], ((0, max(wanted - len(values), 0)), (0, 0)), mode="edge")
    # The samples of a second and lead lie side by side: NumPy goes along them many times faster than across leads.
    by_lead = np.ascontiguousarray(filled.T).reshape(values.shape[1], n_seconds, per_second)
    return by_lead.transpose(1, 2, 0)
