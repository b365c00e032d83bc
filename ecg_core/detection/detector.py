"""Beats of a signal in memory."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks

from ecg_core.beats import UNREADABLE
from ecg_core.detection.refine import refine
from ecg_core.signal.gaps import as_columns, bridge_gaps
from ecg_core.signal.qrs_energy import ENERGY_RATE_HZ, qrs_energy, qrs_level
from ecg_core.signal.quality import assess_quality, readable_samples
from ecg_core.signal.resampling import resample

REFRACTORY_S: Final = 0.2
"""No two beats are closer than this: the ventricles cannot be excited again."""

THRESHOLD: Final = 0.42
"""Share of the usual QRS height that a peak must reach."""


def detect_beats(signal_mv: npt.ArrayLike, fs_hz: float) -> npt.NDArray[np.int64]:
    """Find the QRS complexes of one or several simultaneous leads.

    Parameters
    ----------
    signal_mv : array_like, shape (samples,) or (samples, leads)
        Millivolts, or any other unit; NaN where absent.
    fs_hz : float

    Returns
    -------
    ndarray of int64, shape (beats,)
        Strictly increasing samples at `fs_hz`, each on the R peak or the dominant QRS deflection of the first
        readable lead. Nothing where no lead is readable.
    """
    signal = as_columns(signal_mv)
    return detect_graded(signal, fs_hz, assess_quality(signal, fs_hz))


def detect_graded(
    signal: npt.NDArray[np.float32], fs_hz: float, quality: npt.NDArray[np.uint8]
) -> npt.NDArray[np.int64]:
    """Find the beats of a signal whose quality has been assessed."""
    nothing = np.empty(0, dtype=np.int64)
    if not (quality > UNREADABLE).any():
        return nothing
    bridged, _ = bridge_gaps(signal)
    present = readable_samples(signal, fs_hz)
    energy = qrs_energy(resample(bridged, fs_hz, ENERGY_RATE_HZ))
    at = np.minimum((np.arange(len(energy)) * (fs_hz / ENERGY_RATE_HZ)).astype(np.int64), len(signal) - 1)
    second = np.minimum((np.arange(len(energy)) / ENERGY_RATE_HZ).astype(np.int64), len(quality) - 1)
    weight = quality.astype(np.float32)[second]
    relative = np.zeros(len(energy), dtype=np.float32)
    for lead in range(signal.shape[1]):
        usable = present[at, lead]
        level = qrs_level(energy[:, lead], usable)
        relative += weight[:, lead] * np.divide(
            energy[:, lead], level, out=np.zeros_like(level), where=(level > 0) & usable
        )
    total = weight.sum(axis=1)
    relative = np.divide(relative, total, out=np.zeros_like(relative), where=total > 0)
    peaks, _ = find_peaks(relative, height=THRESHOLD, distance=round(REFRACTORY_S * ENERGY_RATE_HZ))
    sample = np.rint(peaks * (fs_hz / ENERGY_RATE_HZ)).astype(np.int64)
    sample = sample[sample < len(signal)]
    lead = int(np.argmax((quality > UNREADABLE).mean(axis=0) > 0.5))
    return np.unique(refine(bridged[:, lead], fs_hz, sample))
