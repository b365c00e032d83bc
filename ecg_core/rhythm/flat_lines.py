"""Lines too flat for ventricular fibrillation: asystole with drift and noise, whatever the rhythm model takes it for.

Its input is scaled to what is usual around, so that in minutes of asystole drift and noise come to look like waves. An
absolute limit tells them apart: ventricular fibrillation below 0.2 mV is called fine (Kerber et al. 1997, AHA statement
on automatic external defibrillators, doi:10.1161/01.CIR.95.6.1677), and below 0.1 mV defibrillators call asystole.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d

from ecg_core.arrays import BoolArray, Float32Array
from ecg_core.recording import Recording
from ecg_core.rhythm.intervals import runs
from ecg_core.rhythm.network_input import usual_range
from ecg_core.rhythm.rhythm_classes import IS_VENTRICULAR, RHYTHM_CLASSES
from ecg_core.signal.filters import bandpass

FLAT_MV: Final = 0.1
"""Height of the waves, in the lead where they are largest, below which there is no fibrillation."""

FLAT_SHARE: Final = 0.25
"""The same as a share of what is usual in the lead with the largest waves: a file may give a wrong gain."""

MIN_PROBABILITY: Final = 0.1
"""Probability of VT or VF from which a second is looked at: below it, none is named or possible."""

_BAND_HZ: Final = (1.5, 10.0)
"""Fibrillation's own; what is slower is drift, what is faster muscle and mains."""

_READ_HZ: Final = 50
"""Values a second that are measured: enough for the band."""

_WINDOW_S: Final = 3
_MARGIN_S: Final = 4
_PIECE_S: Final = 600
"""Seconds read at a time, besides the margins: bounds the memory."""

_PERCENT: Final = (2.0, 98.0)
"""Of the values in a window, between which the height is measured: a single deflection is no wave."""


def without_flat_lines(recording: Recording, probabilities: Float32Array) -> Float32Array:
    """Return the rhythm model's probabilities with VT and VF in flat lines as asystole.

    Parameters
    ----------
    recording : Recording
        The recording.
    probabilities : ndarray of float32, shape (seconds, 8)
        Probability of each rhythm in each second.

    Returns
    -------
    ndarray of float32, shape (seconds, 8)
    """
    looked_at = probabilities[:, IS_VENTRICULAR].sum(axis=1) >= MIN_PROBABILITY
    calibrated = np.array([lead.calibrated for lead in recording.leads], dtype=bool)
    if not looked_at.any() or not calibrated.all():
        return probabilities
    flat = looked_at & _flat(recording, maximum_filter1d(looked_at, 2 * _MARGIN_S + 1, mode="constant"))
    result = probabilities.copy()
    result[flat, RHYTHM_CLASSES.index("ASYSTOLE")] += result[flat][:, IS_VENTRICULAR].sum(axis=1)
    result[np.ix_(flat, IS_VENTRICULAR)] = 0
    return result


def _flat(recording: Recording, where: BoolArray) -> BoolArray:
    """Tell in which of some seconds every lead is flat; shape (seconds,)."""
    fs_hz = recording.fs_hz
    limit_mv = min(FLAT_MV, FLAT_SHARE * float(usual_range(recording).max(initial=0)))
    flat = np.zeros(len(where), dtype=bool)
    for first, last in zip(*runs(where), strict=True):
        for begin in range(first, last + 1, _PIECE_S):
            end = min(begin + _PIECE_S, last + 1)
            read_from, read_to = max(begin - _MARGIN_S, first), min(end + _MARGIN_S, last + 1)
            start, stop = round(read_from * fs_hz), min(round(read_to * fs_hz), recording.n_samples)
            waves = bandpass(recording.read(start, stop), fs_hz, *_BAND_HZ)
            for second in range(begin, end):
                flat[second] = (_height_mv(waves, fs_hz, second - read_from) < limit_mv).all()
    return flat


def _height_mv(waves: Float32Array, fs_hz: float, second: int) -> npt.NDArray[np.float64]:
    """Return the height of the waves around a second; shape (leads,), 0 where a lead is absent."""
    begin, end = (round((second + offset) * fs_hz) for offset in (-(_WINDOW_S // 2), _WINDOW_S // 2 + 1))
    step = max(int(fs_hz / _READ_HZ), 1)
    low, high = np.percentile(np.nan_to_num(waves[max(begin, 0) : end : step]), _PERCENT, axis=0)
    return np.asarray(high - low)
