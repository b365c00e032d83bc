"""The space in which beats of one family lie close together: shape and timing.

Shapes are seen in units of each lead's own QRS height, against the recording's median beat; only distances between
beats are used later on, so neither gain, nor polarity, nor the order of the leads matters. Times count as logarithms
of ratios. What a shape or an interval weighs was chosen on DS1 of the MIT-BIH Arrhythmia Database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array
from ecg_core.templates.timing import Timing
from ecg_core.templates.waves import FS_HZ, N_BEFORE, N_SAMPLES, Waves


@dataclass(frozen=True)
class Weights:
    """What counts how much in the distance between two beats.

    Attributes
    ----------
    qrs, repolarisation : float
        Of the root mean square distance in units of the QRS height.
    saturation : float
        Distance from the median beat beyond which shapes move apart ever more slowly: among wide beats
        it is not amplitude that makes the family.
    components : int
        Principal components of the shape that are kept; the rest is noise.
    before, after, change, rate : float
        Of the logarithms in :class:`~ecg_core.templates.timing.Timing`.
    irregularity : float
        How much an irregular rhythm takes from what an early beat counts.
    late : float
        Share that remains where a beat is late, or the next one early: the neighbours of an early beat
        are as ever.
    """

    qrs: float = 1.2
    repolarisation: float = 0.7
    saturation: float = 1.0
    components: int = 24
    before: float = 1.0
    after: float = 0.5
    change: float = 0.25
    rate: float = 0.45
    irregularity: float = 1.0
    late: float = 0.5


_PARTS: Final = (("qrs", -0.096, 0.096, 1), ("repolarisation", 0.096, 0.4, 2))
"""Weight, from, to in seconds, and how many samples are averaged."""

_QRS_SAMPLES: Final = 28
_CHUNK: Final = 4096
_BASIS_BEATS: Final = 4096


def feature_space(
    waves: Waves,
    readable: npt.NDArray[np.bool_],
    timing: Timing,
    weights: Weights | None = None,
) -> Float32Array:
    """Place every beat in the space.

    Parameters
    ----------
    waves : Waves
        Waveforms of the beats.
    readable : ndarray of bool, shape (beats, leads)
        A lead that cannot be read at a beat says nothing there; the others count for it.
    timing : Timing
        Timing features of the beats.
    weights : Weights, optional
        Weights of shape, timing and class in the distance.

    Returns
    -------
    ndarray of float32, shape (beats, features)
    """
    weights = weights or Weights()
    return np.concatenate([_shape_components(waves, readable, weights), _timing_features(timing, weights)], axis=1)


def _timing_features(timing: Timing, weights: Weights) -> Float32Array:
    steadiness = 1 / (1 + weights.irregularity * timing.scatter)
    before = np.where(timing.before > 0, weights.late, 1.0) * timing.before
    after = np.where(timing.after < 0, weights.late, 1.0) * timing.after
    columns = (
        weights.before * before * steadiness,
        weights.after * after * steadiness,
        weights.change * timing.change * steadiness,
        weights.rate * timing.rate,
    )
    return np.stack(columns, axis=1).astype(np.float32)


def _shape_components(waves: Waves, readable: npt.NDArray[np.bool_], weights: Weights) -> Float32Array:
    """Return principal components of the beats' shapes against the median beat, shape (beats, components)."""
    n_beats = len(waves.wave)
    evenly = np.unique(np.linspace(0, n_beats - 1, min(n_beats, _BASIS_BEATS)).astype(np.int64))
    # What cannot be read must not bend the median beat.
    sample = np.where(readable[evenly, :, None], waves.wave[evenly], np.nan).astype(np.float32)
    unseen = ~readable[evenly].any(axis=0)
    sample[:, unseen] = 0.0
    median = np.nanmedian(sample, axis=0)

    basis_rows = _shapes(waves.wave[evenly], readable[evenly], median, weights)
    basis_rows -= basis_rows.mean(axis=0)
    basis = _principal_axes(basis_rows, weights.components)
    result = np.empty((n_beats, basis.shape[1]), dtype=np.float32)
    for rows in _chunks(n_beats):
        result[rows] = _shapes(waves.wave[rows], readable[rows], median, weights) @ basis
    return result


def _principal_axes(rows: Float32Array, n_axes: int) -> Float32Array:
    """Return the axes along which centred rows vary most, one a column; no more than there are rows or columns."""
    if 4 * len(rows) < rows.shape[1]:  # a few beats in twelve leads: the same axes at a hundredth of the time
        axes = np.linalg.svd(rows.astype(np.float64), full_matrices=False)[2].T
    else:
        axes = np.linalg.eigh(rows.T.astype(np.float64) @ rows)[1][:, ::-1]
    return axes[:, :n_axes].astype(np.float32)


def _shapes(
    wave: npt.NDArray[np.float16], readable: npt.NDArray[np.bool_], median: Float32Array, weights: Weights
) -> Float32Array:
    """Return the weighted differences from the median beat, shape (beats, leads * samples)."""
    n_beats, n_leads, _ = wave.shape
    share = np.sqrt(1 / np.maximum(readable.sum(axis=1), 1))[:, None] * readable
    difference = (wave.astype(np.float32) - median) * share.astype(np.float32)[:, :, None]
    columns = []
    for name, begin_s, end_s, step in _PARTS:
        first, last = N_BEFORE + round(begin_s * FS_HZ), N_BEFORE + round(end_s * FS_HZ)
        last = min(last, N_SAMPLES)
        n_steps = (last - first) // step
        part = difference[:, :, first : first + n_steps * step].reshape(n_beats, n_leads, n_steps, step).sum(axis=3)
        columns.append(part.reshape(n_beats, -1) * (getattr(weights, name) / np.sqrt(step * _QRS_SAMPLES)))
    shapes = np.concatenate(columns, axis=1)
    length = np.linalg.norm(shapes, axis=1, keepdims=True)
    return np.asarray(shapes / np.sqrt(1 + (length / weights.saturation) ** 2), dtype=np.float32)


def _chunks(n_beats: int) -> Iterator[slice]:
    for start in range(0, n_beats, _CHUNK):
        yield slice(start, start + _CHUNK)
