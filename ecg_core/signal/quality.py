"""Signal quality for each second and lead, by rules that can be told in a sentence each.

A second of a lead is unreadable where

- more than half of it is absent, or part of a span of a second and a half or more that never changes
  (lead off, saturated);
- its range is far beyond what is usual around it (`RANGE_UNREADABLE` times);
- its baseline moves by many times the height of the QRS (`WANDER_UNREADABLE`);
- nothing stands out of it: the height of the QRS complexes around it is less than `CONTRAST_UNREADABLE` times
  what lies between them. Noise alone has a contrast near 2.5.

It is usable, not good, where any of these holds to a lesser degree, or where fast noise (muscle, mains)
exceeds `FAST_NOISE_USABLE` of the QRS's height. Everything is a ratio, so gain and offset do not matter,
and nothing looks further than `CONTEXT_S` to either side.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter, uniform_filter1d

from ecg_core.beats import GOOD, UNREADABLE, USABLE
from ecg_core.signal.gaps import as_columns, bridge_gaps
from ecg_core.signal.qrs_energy import ENERGY_RATE_HZ, qrs_energy, qrs_level
from ecg_core.signal.resampling import resample

CONTEXT_S: Final = 16
"""Seconds to either side that can have an influence on a second's grade."""

FLAT_S: Final = 1.5
RANGE_USABLE, RANGE_UNREADABLE = 4.0, 12.0
WANDER_USABLE, WANDER_UNREADABLE = 1.5, 6.0
CONTRAST_GOOD, CONTRAST_UNREADABLE = 6.0, 3.5
FAST_NOISE_USABLE: Final = 0.15


def assess_quality(signal_mv: npt.ArrayLike, fs_hz: float) -> npt.NDArray[np.uint8]:
    """Grade each second of each lead.

    Parameters
    ----------
    signal_mv : array_like, shape (samples,) or (samples, leads)
        Millivolts, or any other unit; NaN where absent.
    fs_hz : float

    Returns
    -------
    ndarray of uint8, shape (seconds, leads)
        `UNREADABLE`, `USABLE` or `GOOD`; one row for each started second.
    """
    signal = as_columns(signal_mv)
    n_seconds = int(np.ceil(len(signal) / fs_hz))
    grades = np.full((n_seconds, signal.shape[1]), UNREADABLE, dtype=np.uint8)
    if not n_seconds:
        return grades
    present = readable_samples(signal, fs_hz)
    common = resample(bridge_gaps(signal)[0], fs_hz, ENERGY_RATE_HZ)
    energy = qrs_energy(common)
    at = np.minimum((np.arange(len(common)) * (fs_hz / ENERGY_RATE_HZ)).astype(np.int64), len(signal) - 1)
    for lead in range(signal.shape[1]):
        if present[:, lead].any():
            grades[:, lead] = _grade_lead(common[:, lead], energy[:, lead], present[at, lead], n_seconds)
    return grades


def readable_samples(signal_mv: npt.NDArray[np.float32], fs_hz: float) -> npt.NDArray[np.bool_]:
    """Tell which samples hold a value that is not part of a flat span.

    Parameters
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
    fs_hz : float

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
    return readable


def _grade_lead(
    signal_mv: npt.NDArray[np.float32],
    energy: npt.NDArray[np.float32],
    present: npt.NDArray[np.bool_],
    n_seconds: int,
) -> npt.NDArray[np.uint8]:
    """Grade one lead at the common rate; the module's text has the rules."""
    per_second = round(ENERGY_RATE_HZ)
    share_present = _by_second(present.astype(np.float32), n_seconds, per_second).mean(axis=1)
    level = _by_second(qrs_level(energy, present), n_seconds, per_second).mean(axis=1)
    between = np.quantile(_by_second(energy, n_seconds, per_second), 0.4, axis=1)

    slow = signal_mv
    for _ in range(2):
        slow = uniform_filter1d(slow, per_second // 2 + 1, mode="nearest")
    fast = signal_mv - uniform_filter1d(signal_mv, 5, mode="nearest")
    wander = np.ptp(_by_second(slow, n_seconds, per_second), axis=1)
    span = np.ptp(_by_second(signal_mv - slow, n_seconds, per_second), axis=1)
    usual_span = median_filter(span, size=2 * 8 + 1, mode="nearest")
    fast_noise = np.quantile(np.abs(_by_second(fast, n_seconds, per_second)), 0.5, axis=1)

    with np.errstate(divide="ignore", invalid="ignore"):
        contrast = np.nan_to_num(level / between, nan=0.0, posinf=np.inf)
        unreadable = (
            (share_present < 0.5)
            | (contrast < CONTRAST_UNREADABLE)
            | (span > RANGE_UNREADABLE * usual_span)
            | (wander > WANDER_UNREADABLE * usual_span)
        )
        flawed = (
            (share_present < 0.9)
            | (contrast < CONTRAST_GOOD)
            | (span > RANGE_USABLE * usual_span)
            | (wander > WANDER_USABLE * usual_span)
            | (fast_noise > FAST_NOISE_USABLE * usual_span)
        )
    return np.select([unreadable, flawed], [UNREADABLE, USABLE], GOOD).astype(np.uint8)


def _by_second(values: npt.NDArray[np.float32], n_seconds: int, per_second: int) -> npt.NDArray[np.float32]:
    """Return the values second by second, shape (seconds, per_second), the last one filled with its end."""
    wanted = n_seconds * per_second
    filled = np.pad(values[:wanted], (0, max(wanted - len(values), 0)), mode="edge")
    return filled.reshape(n_seconds, per_second)
