"""Boundaries of a beat in all leads together."""

from __future__ import annotations

from typing import Final

import numpy as np

from ecg_core.arrays import BoolArray, Float32Array, Float64Array, nan_median
from ecg_core.delineation.decoding import LeadWaves

MIN_SHARE: Final = 1 / 3
"""A wave is there when the confidences of the leads that show it sum to this share of the leads that can be read."""

MAX_APART_S: Final = {"P": 0.06, "QRS": 0.05, "T": 0.08}
"""A boundary farther from the median of the leads is taken for an error of that lead."""

LEADS_FOR_SECOND: Final = 4
"""From so many leads on the second earliest onset and the second latest end are taken: one lead may err."""


def common_boundaries(
    boundary: Float64Array, confidence: Float32Array, assessed: BoolArray, height: Float32Array, fs_hz: float
) -> Float64Array:
    """Return the boundaries of each beat in all leads together.

    Onset and end are the earliest and the latest in any lead, as the standards measure intervals (IEC 60601-2-25), but
    for leads that lie far from the others.

    Parameters
    ----------
    boundary : ndarray of float64, shape (beats, leads, 9)
        Of each lead, in samples; NaN where absent.
    confidence : ndarray of float32, shape (beats, leads, 3)
        Of each wave.
    assessed : ndarray of bool, shape (beats, leads)
        Whether a lead can be read.
    height : ndarray of float32, shape (beats, leads, 3)
        Size of each wave; the peak is that of the lead in which it is largest.
    fs_hz : float
        Rate of the samples in Hz.

    Returns
    -------
    ndarray of float64, shape (beats, 9)
        NaN where a wave is absent.
    """
    n_beats = len(boundary)
    result = np.full((n_beats, 9), np.nan)
    if not boundary.size:
        return result
    n_assessed = np.maximum(assessed.sum(axis=1), 1)
    for number, apart_s in enumerate(MAX_APART_S.values()):
        onset, peak, end = (boundary[:, :, 3 * number + part] for part in range(3))
        present = assessed & np.isfinite(onset)
        weight = np.where(present, confidence[:, :, number], 0)
        there = weight.sum(axis=1) >= MIN_SHARE * n_assessed
        low = _outermost(np.where(present, onset, np.nan), apart_s * fs_hz)
        high = -_outermost(np.where(present, -end, np.nan), apart_s * fs_hz)
        largest = np.where(present, height[:, :, number], -1).argmax(axis=1)
        of_largest = np.take_along_axis(peak, largest[:, None], axis=1)[:, 0]
        columns = np.stack([low, np.clip(of_largest, low, high), high], axis=1)
        result[there, 3 * number : 3 * number + 3] = columns[there]
    return result


def unconducted_p_waves(
    leads: list[LeadWaves], beat: Float64Array, assessed: BoolArray, common: Float64Array, fs_hz: float
) -> Float64Array:
    """Return the P waves that no QRS complex follows in time, in all leads together.

    The leads must agree as they must for the P wave of a beat. What one lead shows where the others have the P wave of
    a beat is no further one.

    Parameters
    ----------
    leads : list of LeadWaves
        Of each lead.
    beat : ndarray of float64, shape (beats,)
        Beats in samples, increasing.
    assessed : ndarray of bool, shape (beats, leads)
        Whether a lead can be read at a beat.
    common : ndarray of float64, shape (beats, 9)
        Boundaries of the beats in all leads together.
    fs_hz : float
        Rate of the samples in Hz.

    Returns
    -------
    ndarray of float64, shape (waves, 3)
        Onset, peak and end, in order of time.
    """
    if not len(beat):
        return np.zeros((0, 3))
    wave = np.concatenate([lead.other_p for lead in leads])
    number = np.concatenate([np.full(len(lead.other_p), which) for which, lead in enumerate(leads)])
    confidence = np.concatenate([lead.other_p_confidence for lead in leads])
    before = np.maximum(np.searchsorted(beat, wave[:, 1]) - 1, 0)
    readable = assessed[before, number]
    wave, number, confidence, before = wave[readable], number[readable], confidence[readable], before[readable]
    order = np.argsort(wave[:, 1], kind="stable")
    wave, number, confidence, before = wave[order], number[order], confidence[order], before[order]
    apart = MAX_APART_S["P"] * fs_hz
    conducted = np.sort(common[np.isfinite(common[:, 1]), 1])
    found = []
    for part in np.split(np.arange(len(wave)), np.flatnonzero(np.diff(wave[:, 1]) > apart) + 1):
        if not len(part):
            continue
        one_each = part[np.unique(number[part], return_index=True)[1]]
        onset, peak, end = nan_median(wave[one_each])
        at = np.searchsorted(conducted, [peak - apart, peak + apart])
        enough = confidence[one_each].sum() >= MIN_SHARE * max(int(assessed[before[part[0]]].sum()), 1)
        if enough and at[0] == at[1]:
            found.append((onset, peak, end))
    return np.array(found).reshape(-1, 3)


def _outermost(values: Float64Array, apart: float) -> Float64Array:
    """Return the smallest value of each row, or the second smallest of many, without outliers; NaN of an empty row."""
    ordered = np.sort(values, axis=1)  # NaN last
    n_values = np.isfinite(ordered).sum(axis=1)
    rows = np.arange(len(values))
    middle = ordered[rows, np.maximum((n_values - 1) // 2, 0)]
    n_outliers = (ordered < (middle - apart)[:, None]).sum(axis=1)
    n_left = n_values - n_outliers
    which = np.minimum(n_outliers + (n_left >= LEADS_FOR_SECOND), values.shape[1] - 1)
    return np.where(n_values > 0, ordered[rows, which], np.nan)
