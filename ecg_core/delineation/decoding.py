"""From the probability of each wave in each sample of a lead to the waves of its beats."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import BoolArray, Float32Array, Float64Array
from ecg_core.delineation.wave_input import RATE_HZ
from ecg_core.delineation.wave_network import CLASSES
from ecg_core.delineation.waves import WAVES

_BRIDGED_S: Final = {"P": 0.02, "QRS": 0.03, "T": 0.04}
"""Two parts of a wave that are no farther apart belong together."""

_SHORTEST_S: Final = {"P": 0.03, "QRS": 0.03, "T": 0.05}
_QRS_REACH_S: Final = 0.12
"""How far from its QRS complex a beat may have been detected."""

_LONGEST_PR_S: Final = 0.6
"""A P wave that begins earlier before the QRS complex does not belong to it."""

_LATEST_T_S: Final = 0.6
"""A T wave that begins later after the QRS complex does not belong to it."""

_CANDIDATES: Final = 6


@dataclass(frozen=True)
class Runs:
    """Stretches of a lead in which one wave is the most probable.

    Attributes
    ----------
    onset, end : ndarray of float64, shape (runs,)
        In samples at 250 Hz, between samples where the probabilities cross.
    mean, total : ndarray of float64, shape (runs,)
        Mean and sum of the wave's probability inside.
    """

    onset: Float64Array
    end: Float64Array
    mean: Float64Array
    total: Float64Array

    def __len__(self) -> int:
        return len(self.onset)


@dataclass(frozen=True)
class LeadWaves:
    """Waves of each beat in one lead, at 250 Hz.

    Attributes
    ----------
    boundary : ndarray of float64, shape (beats, 9)
        In the order of `ecg_core.delineation.BOUNDARIES`; NaN where there is no wave.
    confidence : ndarray of float32, shape (beats, 3)
        Probability that each wave is as stated, present or absent.
    height : ndarray of float32, shape (beats, 3)
        Of each wave, against the line between its ends, in the unit of the input; 0 where absent.
    other_p : ndarray of float64, shape (waves, 3)
        Onset, peak and end of P waves that no QRS complex follows in time.
    other_p_confidence : ndarray of float64, shape (waves,)
        Mean probability of each.
    """

    boundary: Float64Array
    confidence: Float32Array
    height: Float32Array
    other_p: Float64Array
    other_p_confidence: Float64Array


def decode(probability: Float32Array, wave: Float32Array, beat: Float64Array) -> LeadWaves:
    """Return the waves of each beat in one lead.

    Parameters
    ----------
    probability : ndarray of float32, shape (samples, 4)
        Of :class:`~ecg_core.delineation.wave_network.WaveNetwork`.
    wave : ndarray of float32, shape (samples,)
        The lead as the network sees it.
    beat : ndarray of float64, shape (beats,)
        Beats in samples at 250 Hz, increasing.

    Returns
    -------
    LeadWaves
    """
    n_beats = len(beat)
    boundary = np.full((n_beats, 9), np.nan)
    confidence = np.zeros((n_beats, 3), dtype=np.float32)
    height = np.zeros((n_beats, 3), dtype=np.float32)
    runs = {name: wave_runs(probability, name) for name in WAVES}
    if not n_beats:
        every_p = _peaked(runs["P"], np.arange(len(runs["P"])), wave)[0]
        return LeadWaves(boundary, confidence, height, every_p, runs["P"].mean)
    qrs = _nearest(runs["QRS"], beat)
    found = qrs >= 0
    qrs_on = np.where(found, runs["QRS"].onset[qrs] if len(runs["QRS"]) else np.nan, beat)
    qrs_off = np.where(found, runs["QRS"].end[qrs] if len(runs["QRS"]) else np.nan, beat)
    next_on = np.append(qrs_on[1:], len(wave) - 1.0)
    t_until = np.minimum(next_on, qrs_off + _LATEST_T_S * RATE_HZ)
    t = _largest(runs["T"], qrs_off - 1, t_until)
    t_off = np.where(t >= 0, runs["T"].end[t] if len(runs["T"]) else np.nan, qrs_off)
    p_from = np.maximum(np.concatenate([[0.0], t_off[:-1] - 1]), qrs_on - _LONGEST_PR_S * RATE_HZ)
    p = _last(runs["P"], p_from, qrs_on + 1)
    chosen = {"P": p, "QRS": qrs, "T": t}
    searched = {"P": (p_from, qrs_on), "QRS": (beat - 10, beat + 10), "T": (qrs_off, t_until)}
    for number, name in enumerate(WAVES):
        which, of_wave = chosen[name], runs[name]
        has = which >= 0
        boundary[has, 3 * number : 3 * number + 3], height[has, number] = _peaked(of_wave, which[has], wave)
        confidence[has, number] = of_wave.mean[which[has]]
        likely = _largest_within(probability[:, CLASSES.index(name)], *searched[name])
        confidence[~has, number] = 1 - likely[~has]
    other = np.setdiff1d(np.arange(len(runs["P"])), p)
    return LeadWaves(boundary, confidence, height, _peaked(runs["P"], other, wave)[0], runs["P"].mean[other])


def wave_runs(probability: Float32Array, name: str) -> Runs:
    """Return the stretches in which a wave is the most probable, short gaps bridged and short stretches dropped.

    Parameters
    ----------
    probability : ndarray of float32, shape (samples, 4)
        Probability of each class in each sample.
    name : str
        Of `ecg_core.delineation.WAVES`.

    Returns
    -------
    Runs
    """
    own = probability[:, CLASSES.index(name)]
    others = reduce(np.maximum, (probability[:, place] for place, other in enumerate(CLASSES) if other != name))
    lead_over = np.concatenate([[-1.0], own - others, [-1.0]])
    inside = lead_over > 0
    first = np.flatnonzero(inside[1:] & ~inside[:-1])
    last = np.flatnonzero(~inside[1:] & inside[:-1]) - 1
    if len(first) > 1:
        apart = first[1:] - last[:-1] - 1 > _BRIDGED_S[name] * RATE_HZ
        first, last = first[np.append(True, apart)], last[np.append(apart, True)]
    long = last - first + 1 >= _SHORTEST_S[name] * RATE_HZ
    first, last = first[long], last[long]
    # Index k of `lead_over` is sample k - 1.
    before, at = lead_over[first], lead_over[first + 1]
    onset = first - at / (at - before)
    at, after = lead_over[last + 1], lead_over[last + 2]
    end = last + at / (at - after)
    total = np.concatenate([[0.0], np.cumsum(own, dtype=np.float64)])
    summed = total[last + 1] - total[first]
    return Runs(
        np.maximum(onset, 0.0), np.minimum(end, len(own) - 1.0), summed / np.maximum(last - first + 1, 1), summed
    )


def _nearest(runs: Runs, beat: Float64Array) -> npt.NDArray[np.int64]:
    """Return the run that each beat lies in or next to, no run for two beats; -1 where there is none."""
    result = np.full(len(beat), -1, dtype=np.int64)
    if not len(runs):
        return result
    after = np.clip(np.searchsorted(runs.end, beat), 0, len(runs) - 1)
    before = np.maximum(after - 1, 0)

    def distance(which: npt.NDArray[np.int64]) -> Float64Array:
        return np.maximum(np.maximum(runs.onset[which] - beat, beat - runs.end[which]), 0.0)

    which = np.where(distance(before) < distance(after), before, after)
    away = distance(which)
    order = np.lexsort((away, which))
    best = np.append(True, np.diff(which[order]) > 0)
    keep = order[best & (away[order] <= _QRS_REACH_S * RATE_HZ)]
    result[keep] = which[keep]
    return result


def _largest(runs: Runs, start: Float64Array, stop: Float64Array) -> npt.NDArray[np.int64]:
    """Return the run with the largest sum that begins in each span; -1 where none does."""
    result = np.full(len(start), -1, dtype=np.int64)
    if not len(runs):
        return result
    low, high = np.searchsorted(runs.onset, start), np.searchsorted(runs.onset, stop)
    best = np.zeros(len(start))
    for step in range(_CANDIDATES):
        which = np.minimum(low + step, len(runs) - 1)
        better = (low + step < high) & (runs.total[which] > best)
        result[better], best[better] = which[better], runs.total[which[better]]
    return result


def _last(runs: Runs, start: Float64Array, stop: Float64Array) -> npt.NDArray[np.int64]:
    """Return the last run whose middle lies in each span; -1 where none does."""
    if not len(runs):
        return np.full(len(start), -1, dtype=np.int64)
    middle = (runs.onset + runs.end) / 2
    which = np.searchsorted(middle, stop) - 1
    inside = (which >= 0) & (middle[np.maximum(which, 0)] >= start)
    return np.where(inside, which, -1)


def _peaked(runs: Runs, which: npt.NDArray[np.int64], wave: Float32Array) -> tuple[Float64Array, Float32Array]:
    """Return onset, peak and end of some runs, shape (runs, 3), and the height over the line between the ends."""
    result = np.empty((len(which), 3))
    onset, end = runs.onset[which], runs.end[which]
    result[:, 0], result[:, 2] = onset, end
    if not len(which):
        return result, np.empty(0, dtype=np.float32)
    first = np.ceil(onset).astype(np.int64)
    length = np.maximum(np.floor(end).astype(np.int64) - first, 0)
    steps = np.arange(int(length.max()) + 1)
    at = np.minimum(first[:, None] + np.minimum(steps, length[:, None]), len(wave) - 1)
    values = wave[at].astype(np.float64)
    share = steps / np.maximum(length, 1)[:, None]
    line = values[:, :1] + (values[np.arange(len(which)), length] - values[:, 0])[:, None] * share
    above = np.where(steps <= length[:, None], np.abs(values - line), -1.0)
    result[:, 1] = np.clip(first + above.argmax(axis=1), onset, end)
    return result, above.max(axis=1).astype(np.float32)


def _largest_within(values: Float32Array, start: Float64Array, stop: Float64Array) -> Float32Array:
    """Return the largest value in each span, shape (spans,); 0 where a span is empty."""
    low = np.clip(np.ceil(start), 0, len(values)).astype(np.int64)
    high = np.clip(np.floor(stop) + 1, low, len(values)).astype(np.int64)
    empty: BoolArray = high <= low
    padded = np.append(values, np.float32(0))
    pairs = np.stack([low, np.maximum(high, low + 1)], axis=1).ravel()
    pairs = np.minimum(pairs, len(padded) - 1)
    largest = np.maximum.reduceat(padded, pairs)[::2]
    return np.where(empty, np.float32(0), largest)
