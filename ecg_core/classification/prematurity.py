"""N against S by intervals alone: boosted trees on what stands around a beat, without the rate.

Whether a beat is premature shows in its intervals, and intervals with labels exist for thousands of hours whose signal
was never published. The trees learn from these; the network sees the wave. Both say how a beat's probability of N and
S together is divided.

How early premature beats are differs between patients. A second set of trees may therefore follow the first: beside the
intervals it sees where the first set's log-odds of a beat stand in their distribution over half an hour, that is, the
density there and the minimum of the density between beats on time and premature ones.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d, median_filter, percentile_filter, uniform_filter1d
from scipy.special import expit, logit

from ecg_core.arrays import BoolArray, Float32Array, Float64Array
from ecg_core.beats import CLASSES
from ecg_core.rhythm.boosted_trees import BoostedTrees

N, S, V, F = (CLASSES.index(letter) for letter in "NSVF")
PREFIX: Final = "trees_"
SECOND_PREFIX: Final = "second_trees_"
"""Of the arrays' names in a model's file of weights."""

DISTRIBUTION_S: Final = 1800.0
"""Length of the parts whose distributions of log-odds are taken; a shorter recording is one part."""
MIN_BEATS: Final = 300
"""Beats of a part below which its distribution says too little, and the first trees decide."""

MAX_EARLY_RATIO: Final = 0.93
"""A beat is early if the interval before it is at most this share of at least one reference interval."""
MAX_ON_TIME_LOG_ODDS: Final = -4.0
"""Upper bound on the log-odds of S of a beat that is not early: a pause after it does not make it premature."""

_CLIP: Final = 8.0
_BIN: Final = 0.25
_SMOOTHING_BINS: Final = 2.0
_DOUBTFUL: Final = 2.5
_CERTAIN: Final = 2.0
_TOWARDS_ZERO: Final = 0.1
"""Penalty on a minimum of the density, for each unit of log-odds away from zero."""

_REACH: Final = 5
_EARLINESS_COLUMNS: Final = (5, 11, 13, 15, 18)
"""Columns of :func:`interval_features` that hold the interval before a beat against a reference interval: local median,
local upper quartile, upper quartile of the recording, median of a wider stretch, the interval before it."""
_NEIGHBOURS: Final = 4
_SCATTER_BEATS: Final = (11, 31, 101, 301)
_EARLY_BEATS: Final = (21, 101, 501)
_EARLY: Final = 0.85
_LOCAL_BEATS, _UPPER_BEATS, _WIDE_BEATS = 21, 31, 101
_MIN_RR_S, _MAX_RR_S, _USUAL_RR_S = 0.1, 3.0, 0.8
_LIMIT: Final = 3.0
_LEAST: Final = 1e-6


@dataclass(frozen=True)
class PrematurityTrees:
    """Trees that tell S from N by intervals, and how much they count beside the network.

    Attributes
    ----------
    trees : BoostedTrees
    weight : float
        Share of the trees in the log-odds of S against N, 0 to 1.
    second : BoostedTrees or None
        Trees that decide in place of the first from :func:`second_features`, where there are beats enough.
    """

    trees: BoostedTrees
    weight: float
    second: BoostedTrees | None = None

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[Any]], weight: float) -> PrematurityTrees:
        """Return the trees that a model's weights hold.

        Parameters
        ----------
        arrays : mapping of str to ndarray
            All arrays of the weights.
        weight : float
            Share of the trees.

        Returns
        -------
        PrematurityTrees

        Raises
        ------
        KeyError, ValueError
            If they are not there, or do not fit.
        """

        def stored(prefix: str) -> dict[str, npt.NDArray[Any]]:
            return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}

        second = stored(SECOND_PREFIX)
        return cls(BoostedTrees.of(stored(PREFIX)), weight, BoostedTrees.of(second) if second else None)

    def log_odds(self, time_s: Float64Array, ventricular: BoolArray, known: BoolArray | None = None) -> Float64Array:
        """Return the log-odds of S against N of each beat.

        Parameters
        ----------
        time_s : ndarray, shape (beats,)
            Increasing beat times; three or more.
        ventricular : ndarray of bool, shape (beats,)
            Which beats are V or F.
        known : ndarray of bool, shape (beats - 1,), optional
            False where an interval says nothing, since beats may be missing in it.

        Returns
        -------
        ndarray, shape (beats,)
        """
        intervals = interval_features(time_s, ventricular, known)
        result = self.trees.log_odds(intervals).astype(np.float64)
        if self.second is not None:
            first = result.copy()
            for part in parts(time_s):
                if part.stop - part.start >= MIN_BEATS:
                    rows = second_features(first[part], ventricular[part], intervals[part])
                    result[part] = self.second.log_odds(rows)
        on_time = intervals[:, _EARLINESS_COLUMNS].min(axis=1) > np.log(MAX_EARLY_RATIO)
        return np.where(on_time, np.minimum(result, MAX_ON_TIME_LOG_ODDS), result)

    def divided(
        self, probabilities: Float32Array, time_s: Float64Array, known: BoolArray | None = None
    ) -> Float32Array:
        """Divide what each beat has of N and S together anew, by the network and the trees.

        Parameters
        ----------
        probabilities : ndarray of float32, shape (beats, 5)
            What the network says of each beat by itself.
        time_s : ndarray, shape (beats,)
            Increasing beat times.
        known : ndarray of bool, shape (beats - 1,), optional
            False where an interval says nothing, since beats may be missing in it.

        Returns
        -------
        ndarray of float32, shape (beats, 5)
        """
        if len(time_s) < 3:
            return probabilities
        ventricular = np.isin(probabilities.argmax(axis=1), (V, F))
        by_trees = self.log_odds(time_s, ventricular, known)
        result = probabilities.astype(np.float64)
        both = result[:, N] + result[:, S]
        by_network = logit(np.clip(result[:, S] / np.maximum(both, _LEAST), _LEAST, 1 - _LEAST))
        share = expit((1 - self.weight) * by_network + self.weight * by_trees)
        result[:, S], result[:, N] = both * share, both * (1 - share)
        return result.astype(np.float32)


def interval_features(time_s: Float64Array, ventricular: BoolArray, known: BoolArray | None = None) -> Float32Array:
    """Return what stands around each beat: logarithms of ratios of intervals, none of which depends on the rate.

    Parameters
    ----------
    time_s : ndarray, shape (beats,)
        Increasing beat times; three or more.
    ventricular : ndarray of bool, shape (beats,)
        Which beats are V or F. Intervals beside them do not count for what is usual.
    known : ndarray of bool, shape (beats - 1,), optional
        False where an interval says nothing, since beats may be missing in it.

    Returns
    -------
    ndarray of float32, shape (beats, features)
        Zero where an interval is not known or not there.
    """
    n_beats = len(time_s)
    intervals = np.diff(time_s)
    usable = (intervals > _MIN_RR_S) & (intervals <= _MAX_RR_S)
    if known is not None:
        usable &= known
    interval = np.log(np.where(usable, intervals, np.nan))
    sinus = _filled(np.where(ventricular[1:] | ventricular[:-1], np.nan, interval))
    local, wide, upper = (
        median_filter(sinus, size=_at_most(_LOCAL_BEATS, sinus), mode="nearest"),
        median_filter(sinus, size=_at_most(_WIDE_BEATS, sinus), mode="nearest"),
        percentile_filter(sinus, 75, size=_at_most(_UPPER_BEATS, sinus), mode="nearest"),
    )

    def beside(values: Float64Array, after: int = 0) -> Float64Array:
        """Return the value of the interval before each beat, or of one so many intervals after it."""
        place = np.arange(n_beats) - 1 + after
        inside = (place >= 0) & (place < len(values))
        return np.where(inside, values[np.clip(place, 0, len(values) - 1)], np.nan)

    def near(values: Float64Array) -> Float64Array:
        """Return a smooth course at each beat; its first value stands for the beat that has no interval before it."""
        return np.concatenate([values[:1], values])

    around = [beside(interval, k) for k in range(-_REACH, _REACH + 1)]
    before, after, second = around[_REACH], around[_REACH + 1], around[_REACH - 1]
    usual, usual_wide = near(local), near(wide)
    columns = [each - usual for each in around]
    for reference in (near(upper), np.quantile(sinus, 0.75), usual_wide):
        columns += [before - reference, after - reference]
    columns += [after - before, before - second, np.log((np.exp(before) + np.exp(after)) / 2) - usual]
    for k in range(-_NEIGHBOURS, _NEIGHBOURS + 1):
        place = np.arange(n_beats) + k
        inside = (place >= 0) & (place < n_beats)
        columns.append((inside & ventricular[np.clip(place, 0, n_beats - 1)]).astype(np.float64))
    change = np.abs(np.diff(sinus, prepend=sinus[0]))
    for width in _SCATTER_BEATS:
        size = _at_most(width, change)
        columns += [
            beside(median_filter(change, size=size, mode="nearest")),
            beside(uniform_filter1d(change, size=size, mode="nearest")),
        ]
    early = (sinus - local < np.log(_EARLY)).astype(np.float64)
    for width in _EARLY_BEATS:
        columns.append(beside(uniform_filter1d(early, size=_at_most(width, early), mode="nearest")))
    columns += [usual - usual_wide, usual - np.median(sinus)]
    columns += [before - beside(interval, -2), before - beside(interval, -3)]
    three_before = np.mean([beside(sinus, -k) for k in (1, 2, 3)], axis=0)
    three_after = np.mean([beside(sinus, k) for k in (2, 3, 4)], axis=0)
    columns += [before - three_before, three_after - three_before]
    return np.nan_to_num(np.clip(np.stack(columns, axis=1), -_LIMIT, _LIMIT), nan=0.0).astype(np.float32)


def parts(time_s: Float64Array) -> list[slice]:
    """Divide beats into equal parts of about half an hour.

    Parameters
    ----------
    time_s : ndarray, shape (beats,)
        Increasing beat times; one or more.
    """
    length_s = float(time_s[-1] - time_s[0])
    n_parts = max(1, round(length_s / DISTRIBUTION_S))
    edges = np.searchsorted(time_s, time_s[0] + length_s * np.arange(1, n_parts) / n_parts)
    bounds = [0, *(int(edge) for edge in edges), len(time_s)]
    return [slice(start, stop) for start, stop in itertools.pairwise(bounds)]


def second_features(log_odds: Float64Array, ventricular: BoolArray, intervals: Float32Array) -> Float32Array:
    """Return what the second trees see: the distribution of the first trees' log-odds, and the intervals.

    Parameters
    ----------
    log_odds : ndarray, shape (beats,)
        Of S against N, by the first trees.
    ventricular : ndarray of bool, shape (beats,)
        Which beats are V or F.
    intervals : ndarray of float32, shape (beats, features)
        As :func:`interval_features` returns them.

    Returns
    -------
    ndarray of float32, shape (beats, features)
    """
    return np.concatenate([distribution_features(log_odds, ventricular), intervals], axis=1)


def distribution_features(log_odds: Float64Array, ventricular: BoolArray) -> Float32Array:
    """Return where each beat's log-odds of S stand in the distribution of those of all beats that are not ventricular.

    Parameters
    ----------
    log_odds : ndarray, shape (beats,)
        Of S against N, by the first trees.
    ventricular : ndarray of bool, shape (beats,)
        Which beats are V or F.

    Returns
    -------
    ndarray of float32, shape (beats, 7)
        The log-odds; the logarithm of the density there; the place of the minimum of the density near zero, and the
        distance from it; and logarithms of the shares of beats that are doubtful, certainly S, and S.
    """
    score = np.clip(log_odds, -_CLIP, _CLIP)
    counted = score[~ventricular]
    in_thousands = 1000 / max(len(counted), 1)
    edges = np.arange(-_CLIP, _CLIP + 2 * _BIN, _BIN)
    counts = np.histogram(counted, bins=edges)[0].astype(np.float64)
    density = gaussian_filter1d(counts, _SMOOTHING_BINS, mode="constant") * in_thousands
    centre = (edges[1:] + edges[:-1]) / 2
    near = np.abs(centre) <= _DOUBTFUL
    cost = np.log1p(density[near]) + _TOWARDS_ZERO * np.abs(centre[near])
    minimum = centre[near][cost.argmin()]
    shares = [density[near].sum(), (counted > _CERTAIN).sum() * in_thousands, (counted > 0).sum() * in_thousands]
    columns = [
        score,
        np.interp(score, centre, np.log1p(density)),
        np.full(len(score), minimum),
        score - minimum,
        *(np.full(len(score), np.log1p(share)) for share in shares),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def _at_most(width: int, values: Float64Array) -> int:
    return min(width, len(values))


def _filled(values: Float64Array) -> Float64Array:
    """Return values with what is missing between its neighbours."""
    there = np.flatnonzero(np.isfinite(values))
    if len(there) < 2:
        return np.full(len(values), np.log(_USUAL_RR_S))
    return np.interp(np.arange(len(values)), there, values[there])
