"""Median beat: the robust average of beats that are alike, aligned in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float64Array, Int64Array, nan_median
from ecg_core.recording import Recording

BEFORE_S, AFTER_S = 0.5, 0.7
MAX_BEATS: Final = 60
"""More beats make the median no better than its noise floor; they are taken evenly from all."""

_SHIFT_S: Final = 0.02
_CORE_S: Final = 0.06
_LEVEL_S: Final = 0.02
"""Before the QRS onset, over which the baseline is taken: one period of the mains."""

_LONGEST_LINE_S: Final = 2.0
"""Baselines of two successive beats are joined by a line if they are no farther apart."""


@dataclass(frozen=True)
class MedianBeat:
    """The median of several beats.

    Attributes
    ----------
    signal_mv : ndarray of float64, shape (samples, leads)
        NaN where absent.
    noise_mv : ndarray of float64, shape (leads,)
        Standard error of the median outside the waves.
    at : int
        Index of the beat in the signal.
    beats : ndarray of int64
        Samples of the beats it rests on, in the recording, aligned to each other.
    """

    signal_mv: Float64Array
    noise_mv: Float64Array
    at: int
    beats: Int64Array


def median_beat(
    recording: Recording, samples: npt.NDArray[np.int64], onset: npt.NDArray[np.float64]
) -> MedianBeat | None:
    """Return the median of some beats, each less the line between its baseline and that of the beat after it.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        Beats that are alike.
    onset : ndarray of float64, shape (beats of the recording,)
        QRS onsets of all beats in samples, increasing, without NaN.

    Returns
    -------
    MedianBeat or None
        None without any beat whose whole span lies in the recording.
    """
    fs_hz = recording.fs_hz
    before, after = round(BEFORE_S * fs_hz), round(AFTER_S * fs_hz)
    shift = round(_SHIFT_S * fs_hz)
    usable = samples[(samples - before - shift >= 0) & (samples + after + shift < recording.n_samples)]
    if len(usable) > MAX_BEATS:
        usable = usable[np.linspace(0, len(usable) - 1, MAX_BEATS).astype(np.int64)]
    if not len(usable):
        return None
    cuts = _cuts(recording, usable, before + shift, after + shift, onset)
    offset = _aligned(cuts, before + shift, round(_CORE_S * fs_hz), shift)
    length = before + after
    moved = np.stack([cut[shift + step : shift + step + length] for cut, step in zip(cuts, offset, strict=True)])
    with np.errstate(all="ignore"):
        median = nan_median(moved)
        spread = nan_median(np.abs(moved - median))
    noise = 1.2533 * 1.4826 * np.nan_to_num(nan_median(spread)) / np.sqrt(len(moved))
    return MedianBeat(median, noise, before, usable + offset)


def _cuts(
    recording: Recording, samples: Int64Array, before: int, after: int, onset: npt.NDArray[np.float64]
) -> Float64Array:
    """Return the signal around each beat against the baseline; shape (beats, samples, leads)."""
    fs_hz = recording.fs_hz
    width = max(round(_LEVEL_S * fs_hz), 1)
    cuts = []
    for at in samples.tolist():
        own = int(np.searchsorted(onset, at)) - 1
        start = at - before
        reach = after
        has_next = 0 <= own < len(onset) - 1 and onset[own + 1] - onset[own] < _LONGEST_LINE_S * fs_hz
        if has_next:
            reach = max(after, int(onset[own + 1]) - at)
        signal = recording.read(start, at + reach).astype(np.float64)
        first = (int(onset[own]) if own >= 0 else at) - start
        level = _level(signal, first, width)
        line = np.repeat(level[None], len(signal), axis=0)
        if has_next:
            second = int(onset[own + 1]) - start
            rise = (_level(signal, second, width) - level) / max(second - first, 1)
            line = level + np.nan_to_num(rise) * (np.arange(len(signal)) - first + width / 2)[:, None]
        cuts.append((signal - line)[: before + after])
    return np.stack(cuts)


def _level(signal: Float64Array, at: int, width: int) -> Float64Array:
    """Return the mean before a sample; shape (leads,)."""
    part = signal[max(at - width, 0) : max(at, 1)]
    with np.errstate(all="ignore"):
        return np.asarray(part.mean(axis=0))


def _aligned(cuts: Float64Array, at: int, core: int, shift: int) -> Int64Array:
    """Return by how many samples each beat lies late, by its correlation with the median of all."""
    offset = np.zeros(len(cuts), dtype=np.int64)
    if len(cuts) < 3:
        return offset
    with np.errstate(all="ignore"):
        pattern = np.nan_to_num(nan_median(cuts[:, at - core : at + core]))
    steps = np.arange(-shift, shift + 1)
    for number, cut in enumerate(cuts):
        filled = np.nan_to_num(cut)
        fit = [float((filled[at - core + step : at + core + step] * pattern).sum()) for step in steps.tolist()]
        offset[number] = steps[int(np.argmax(fit))]
    return offset
