"""Ends of a ventricular run: beats there that look like those beside the run and not like those in it.

The rhythm network names whole seconds, so that a run may begin or end with a beat of the rhythm beside it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ecg_core.arrays import Float64Array, Int64Array
from ecg_core.recording import Recording

MOST_AT_AN_END: Final = 3
"""A second holds three beats of a usual rhythm at most."""

FEWEST_INSIDE: Final = 3
FEWEST_BESIDE: Final = 4
MARGIN: Final = 0.1
"""By so much the correlation with the beats beside the run must exceed that with the beats in it."""

_HALF_S: Final = 0.1
_SHIFT_S: Final = 0.04


def unlike_beside(recording: Recording, run: Int64Array, beside: Int64Array) -> tuple[int, int]:
    """Return which beats of a run are left without those at its ends that look like the beats beside it.

    Parameters
    ----------
    recording : Recording
        The recording.
    run : ndarray of int64, shape (beats,)
        Beats of the run in samples.
    beside : ndarray of int64, shape (beats,)
        Beats before and behind it.

    Returns
    -------
    first, stop : int
        Position of the first beat that is left, and one past the last; all where the two cannot be told apart.
    """
    n_beats = len(run)
    inner = run[min(MOST_AT_AN_END, n_beats // 3) : n_beats - min(MOST_AT_AN_END, n_beats // 3)]
    if len(inner) < FEWEST_INSIDE or len(beside) < FEWEST_BESIDE:
        return 0, n_beats
    half, shift = round(_HALF_S * recording.fs_hz), round(_SHIFT_S * recording.fs_hz)
    mean_inner, mean_beside = (_usual(recording, beats, half) for beats in (inner, beside))

    def is_beside(at: int) -> bool:
        wide = _cut(recording, at, half + shift)
        return _likeness(wide, mean_beside, shift) > _likeness(wide, mean_inner, shift) + MARGIN

    most = min(MOST_AT_AN_END, n_beats // 3)
    first, stop = 0, n_beats
    while first < most and is_beside(int(run[first])):
        first += 1
    while n_beats - stop < most and is_beside(int(run[stop - 1])):
        stop -= 1
    return first, stop


def _cut(recording: Recording, at: int, half: int) -> Float64Array:
    """Return the signal around a beat, zero where absent; shape (samples, leads)."""
    begin, end = max(at - half, 0), min(at + half + 1, recording.n_samples)
    part = np.zeros((2 * half + 1, len(recording.leads)))
    part[begin - at + half : end - at + half] = np.nan_to_num(recording.read(begin, end))
    return part


def _usual(recording: Recording, beats: Int64Array, half: int) -> Float64Array:
    return np.asarray(np.median([_cut(recording, at, half) for at in beats.tolist()], axis=0))


def _likeness(wide: Float64Array, shape: Float64Array, shift: int) -> float:
    """Return the largest correlation of a beat with a shape, over small shifts, all leads together."""
    target = (shape - shape.mean(axis=0)).ravel()
    best = -1.0
    for step in range(2 * shift + 1):
        part = wide[step : step + len(shape)]
        values = (part - part.mean(axis=0)).ravel()
        norm = float(np.sqrt((values @ values) * (target @ target)))
        if norm:
            best = max(best, float(values @ target) / norm)
    return best
