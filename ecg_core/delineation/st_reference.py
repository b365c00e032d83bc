"""The ST level from which deviations are counted: it follows drift and body position, and no ischaemia.

Turning over in bed moves the heart under the electrodes: the axis of the QRS and the ST level change within seconds
and stay. The Long-Term ST Database annotates such axis shifts and starts a new reference at each (Jager et al. 2003,
doi:10.1007/BF02344885; Dranca et al.: Real-time detection of transient cardiac ischemic episodes from ECG signals,
Physiol Meas 30:983-998, 2009). Here a shift is a step of the QRS shape between two steady minutes. In ischaemia the ST
level moves over minutes, with little change of the QRS; a step of ST larger than body position explains is never
taken for one.

Between shifts the reference is a running quantile over two hours. It is the one of the 25th, 50th and 75th percentile
that lies nearest to zero, so that ischaemia lasting up to 90 minutes, or three quarters of a shorter recording, does
not become the reference.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np

from ecg_core.arrays import Float64Array

SIDE_BINS: Final = 6
"""Bins of 10 s to either side of a change of position that must be steady."""

QRS_STEP: Final = 0.15
"""Least change of the QRS at a change of position, as a share of its size."""

STEADY_SHARE: Final = 0.5
"""What the QRS may change within the minute to either side, as a share of the step."""

LARGEST_STEP_MV: Final = 0.3
"""Largest step of ST that a change of body position is believed to cause."""

SHORTEST_BINS: Final = 12
"""Bins between two changes: a restless recording must not become a chain of positions, each its own reference."""

USUAL_FACTOR: Final = 4.0
"""Least change of the QRS at a change of position, in units of what it usually changes within a minute."""

WINDOW_BINS: Final = 720
PERCENTILES: Final = (25.0, 50.0, 75.0)
_KNOT_BINS: Final = 30
_SMALLEST_QRS_MV: Final = 0.05


def position_changes(qrs_mv: Float64Array, level_mv: Float64Array) -> tuple[int, ...]:
    """Find the changes of body position.

    Parameters
    ----------
    qrs_mv : ndarray of float64, shape (bins, leads, points)
        Shape of the QRS in each bin, in mV; NaN where it cannot be told.
    level_mv : ndarray of float64, shape (bins, leads)
        ST level.

    Returns
    -------
    tuple of int
        Bins with which another position begins, increasing.
    """
    known = np.isfinite(level_mv).any(axis=1) & np.isfinite(qrs_mv).any(axis=(1, 2))
    places = np.flatnonzero(known)
    if len(places) < 2 * SIDE_BINS:
        return ()
    shape = qrs_mv[places].reshape(len(places), -1)
    leads = np.isfinite(shape).mean(axis=0) > 0.5
    shape = _filled(shape[:, leads])
    level = _filled(level_mv[places][:, np.isfinite(level_mv[places]).mean(axis=0) > 0.5])
    before, after = _sides(shape)
    step = np.linalg.norm(after - before, axis=1)
    size = np.maximum(np.linalg.norm(before, axis=1), _SMALLEST_QRS_MV)
    restless = np.maximum(_restlessness(shape, -SIDE_BINS), _restlessness(shape, 0))
    st_before, st_after = _sides(level)
    st_step = np.abs(st_after - st_before).max(axis=1, initial=0.0)
    found = (step > np.maximum(QRS_STEP * size, USUAL_FACTOR * np.median(restless))) & (restless < STEADY_SHARE * step)
    found &= st_step < LARGEST_STEP_MV
    candidates = SIDE_BINS + np.flatnonzero(found)
    strength = (step / size)[found]
    chosen: list[int] = []
    for place in candidates[np.argsort(-strength, kind="stable")].tolist():
        if all(abs(place - other) >= SHORTEST_BINS for other in chosen):
            chosen.append(place)
    return tuple(sorted(int(places[place]) for place in chosen))


def slow_reference(level_mv: Float64Array, changes: tuple[int, ...]) -> Float64Array:
    """Return the reference level of each bin.

    Parameters
    ----------
    level_mv : ndarray of float64, shape (bins, leads)
        ST level in mV, NaN where unknown.
    changes : tuple of int
        Bins with which another body position begins.

    Returns
    -------
    ndarray of float64, shape (bins, leads)
        NaN in positions in which nothing is known.
    """
    result = np.full(level_mv.shape, np.nan)
    for begin, stop in pairwise([0, *changes, len(level_mv)]):
        knots = sorted({*range(begin, stop, _KNOT_BINS), stop - 1} if stop > begin else ())
        for lead in range(level_mv.shape[1]):
            values = [_nearest_zero(level_mv[_around(knot, begin, stop), lead]) for knot in knots]
            told = [(knot, value) for knot, value in zip(knots, values, strict=True) if value is not None]
            if told:
                at, height = zip(*told, strict=True)
                result[begin:stop, lead] = np.interp(np.arange(begin, stop), at, height)
    return result


def _around(knot: int, begin: int, stop: int) -> slice:
    return slice(max(begin, knot - WINDOW_BINS // 2), min(stop, knot + WINDOW_BINS // 2 + 1))


def _nearest_zero(values: Float64Array) -> float | None:
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    quantiles = np.percentile(known, PERCENTILES)
    return float(quantiles[np.argmin(np.abs(quantiles))])


def _filled(values: Float64Array) -> Float64Array:
    """Return the columns with gaps filled in from their neighbours in time."""
    filled = values.copy()
    for column in filled.T:
        missing = np.isnan(column)
        if missing.any():
            column[missing] = np.interp(np.flatnonzero(missing), np.flatnonzero(~missing), column[~missing])
    return filled


def _sides(values: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Return the medians of the bins before and after each place from `SIDE_BINS` on."""
    n_places = len(values) - 2 * SIDE_BINS + 1
    windows = np.lib.stride_tricks.sliding_window_view(values, SIDE_BINS, axis=0)
    medians = np.median(windows, axis=-1)
    return medians[:n_places], medians[SIDE_BINS : SIDE_BINS + n_places]


def _restlessness(values: Float64Array, offset: int) -> Float64Array:
    """Return how far the two halves of the minute before (offset -6) or after (0) each place lie apart."""
    half = SIDE_BINS // 2
    n_places = len(values) - 2 * SIDE_BINS + 1
    medians = np.median(np.lib.stride_tricks.sliding_window_view(values, half, axis=0), axis=-1)
    first = SIDE_BINS + offset
    early, late = medians[first : first + n_places], medians[first + half : first + half + n_places]
    return np.asarray(np.linalg.norm(late - early, axis=1))
