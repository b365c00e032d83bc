"""Beats that are like those a person has relabelled: what the person may want to relabel too.

Each beat that nobody has labelled is compared with its nearest neighbours in the space of the families (shape, timing,
what the classifier says): beats that a person has labelled, those they have confirmed among them, and beats of which
the classifier is sure, of each class evenly over the recording. Neighbours vote for their class, the nearer the more,
and the classifier has a vote of its own. So one relabelled beat takes its like along, but not the recording's usual
beats, among which sure ones lie closer than it does.

A beat is only proposed to go where a person has brought others of its class: if V beats were made N, no S beat is
proposed to become anything. The constants were chosen on DS1 of the MIT-BIH Arrhythmia Database and on the MIT-BIH
Supraventricular Arrhythmia Database, each classified by a network that was trained without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from ecg_core.arrays import BoolArray, Float32Array, Int64Array
from ecg_core.beats import CLASSES

_CLASS_WEIGHT: Final = 0.5
"""Weight of the Hellinger distance between class probabilities beside distances of shape and timing."""
_REACH: Final = 0.5
"""Distance from which a neighbour has no vote."""
_NEIGHBOURS: Final = 7
_SURE: Final = 0.7
"""Probability from which the classifier is sure of a beat."""
_MIN_SHARE: Final = 0.5
"""Share of the votes above which a class is proposed."""
_MAX_EXAMPLES: Final = 100
_MAX_SURE_BEATS: Final = 100
"""Beats of a class that vote because the classifier is sure of them: so rare classes are heard too."""
_USUAL_SHARE: Final = 0.1
"""Of N beats, the usual ones, this share votes,"""
_MAX_SURE_USUAL: Final = 300
"""and so many at most."""
_CHUNK: Final = 2048
_N_CLASSES: Final = len(CLASSES)
_N: Final = CLASSES.index("N")
_V: Final = CLASSES.index("V")


@dataclass(frozen=True, eq=False)
class LabelledBeats:
    """Beats of a recording with what classifier and people say of them, in order of time.

    Attributes
    ----------
    points : ndarray, shape (beats, features)
        Places in the space of shape and timing, see :func:`~ecg_core.templates.space.beat_space`.
    probabilities : ndarray, shape (beats, 5)
        What the classifier says.
    found : ndarray of int, shape (beats,)
        Class that the program gave, as a place in `ecg_core.beats.CLASSES`.
    label : ndarray of int, shape (beats,)
        Class now.
    family : ndarray of int, shape (beats,)
        Family now.
    by_person : ndarray of bool, shape (beats,)
        Beats that a person has labelled, be it as the program has.
    settled : ndarray of bool, shape (beats,)
        Beats for which nothing is proposed and which are no examples, such as unreadable ones.
    dangerous : ndarray of bool, shape (beats,)
        Beats in episodes of a dangerous rhythm.
    """

    points: npt.NDArray[np.floating]
    probabilities: npt.NDArray[np.floating]
    found: npt.NDArray[np.integer]
    label: npt.NDArray[np.integer]
    family: npt.NDArray[np.integer]
    by_person: BoolArray
    settled: BoolArray
    dangerous: BoolArray

    @property
    def changed(self) -> BoolArray:
        """Beats to which a person has given another class than the program, shape (beats,)."""
        return self.by_person & ~self.settled & (self.label != self.found)


@dataclass(frozen=True, eq=False)
class SimilarBeats:
    """Beats for which another class is proposed, in order of time.

    Attributes
    ----------
    position : ndarray of int64, shape (proposed,)
    target : ndarray of int64, shape (proposed,)
        Proposed class, as a place in `ecg_core.beats.CLASSES`.
    sureness : ndarray of float32, shape (proposed,)
        Share of the votes that the class has, 0 to 1.
    """

    position: Int64Array
    target: Int64Array
    sureness: Float32Array


def similar_beats(beats: LabelledBeats) -> SimilarBeats:
    """Find the beats that resemble those which a person has relabelled more than those that they have left.

    Parameters
    ----------
    beats : LabelledBeats
        Beats of one recording.

    Returns
    -------
    SimilarBeats
        Never a beat that a person has labelled. A V beat, or one in a dangerous episode, only where a person has
        relabelled a beat of its class in its family to the class that is proposed.
    """
    changed = beats.changed
    moved = np.zeros((_N_CLASSES, _N_CLASSES), dtype=bool)
    moved[beats.found[changed], beats.label[changed]] = True
    free = ~beats.by_person & ~beats.settled
    candidates = np.flatnonzero(free & (beats.label == beats.found) & moved[beats.found].any(axis=1))
    if not changed.any() or not len(candidates):
        nothing = np.empty(0, dtype=np.int64)
        return SimilarBeats(nothing, nothing, np.empty(0, dtype=np.float32))
    places = _places(beats)
    voters = _voters(beats, changed, free)
    with threadpool_limits(1, "blas"):  # of small products, threads that wait for each other take three times as long
        target, sureness = _voted(beats, places, candidates, voters, changed)
    kept = moved[beats.found[candidates], target] & _allowed(beats, changed, candidates, target)
    return SimilarBeats(candidates[kept], target[kept], sureness[kept])


def _places(beats: LabelledBeats) -> Float32Array:
    classes = _CLASS_WEIGHT * np.sqrt(np.maximum(beats.probabilities, 0))
    return np.concatenate([beats.points, classes], axis=1).astype(np.float32)


def _voters(beats: LabelledBeats, changed: BoolArray, free: BoolArray) -> Int64Array:
    """Return the positions of the beats that vote, those that a person has changed first."""
    kept = beats.by_person & ~beats.settled & ~changed
    sure = free & (beats.label == beats.found) & (beats.probabilities.max(axis=1) > _SURE)
    of_class = [_sure_beats(sure & (beats.found == code), code) for code in range(_N_CLASSES)]
    return np.concatenate([_some(changed, _MAX_EXAMPLES), _some(kept, _MAX_EXAMPLES), *of_class])


def _sure_beats(sure: BoolArray, code: int) -> Int64Array:
    if code == _N:
        return _some(sure, min(_MAX_SURE_USUAL, int(np.ceil(_USUAL_SHARE * sure.sum()))))
    return _some(sure, _MAX_SURE_BEATS)


def _some(chosen: BoolArray, most: int) -> Int64Array:
    """Return positions spread evenly over those chosen."""
    positions = np.flatnonzero(chosen)
    if len(positions) <= most:
        return positions
    return positions[np.linspace(0, len(positions) - 1, most).astype(np.int64)]


def _voted(
    beats: LabelledBeats,
    places: Float32Array,
    candidates: Int64Array,
    voters: Int64Array,
    changed: BoolArray,
) -> tuple[Int64Array, Float32Array]:
    """Return the class that has most votes at each candidate, and its share of them."""
    target = beats.label[candidates].astype(np.int64)
    sureness = np.zeros(len(candidates), dtype=np.float32)
    classes = np.eye(_N_CLASSES, dtype=np.float32)[beats.label[voters]]
    examples = places[voters[changed[voters]]]
    count = min(_NEIGHBOURS, len(voters))
    for start in range(0, len(candidates), _CHUNK):
        rows = candidates[start : start + _CHUNK]
        apart = _squared_distances(places[rows], examples)
        at = np.flatnonzero(apart.min(axis=1) < _REACH**2)
        if not len(at):
            continue
        rows = rows[at]
        apart = _squared_distances(places[rows], places[voters])
        # The nearest alone: found by their distance, since sorting positions takes ten times as long.
        limit = np.partition(apart, count - 1, axis=1)[:, count - 1 : count]
        weight = np.where(apart <= limit, np.maximum(1 - apart / _REACH**2, 0), np.float32(0))
        votes = weight @ classes + np.maximum(beats.probabilities[rows], 0).astype(np.float32)
        target[start + at] = votes.argmax(axis=1)
        sureness[start + at] = votes.max(axis=1) / votes.sum(axis=1)
    sure = sureness > _MIN_SHARE
    return np.where(sure, target, beats.label[candidates]), sureness


def _allowed(beats: LabelledBeats, changed: BoolArray, positions: Int64Array, target: Int64Array) -> BoolArray:
    """Tell which V beats and beats in dangerous episodes a person has given examples of; others always pass."""
    guarded = beats.dangerous[positions] | (beats.found[positions] == _V)
    at = np.flatnonzero(changed)
    n_families = int(beats.family.max(initial=0)) + 2
    key = _kind(beats, at, beats.label[at].astype(np.int64), n_families)
    return ~guarded | np.isin(_kind(beats, positions, target, n_families), key)


def _kind(beats: LabelledBeats, positions: Int64Array, target: Int64Array, n_families: int) -> Int64Array:
    """Return a number for each combination of family, class that the program gave, and class proposed."""
    family = beats.family[positions].astype(np.int64) + 1
    return (beats.found[positions].astype(np.int64) * _N_CLASSES + target) * n_families + family


def _squared_distances(points: Float32Array, targets: Float32Array) -> Float32Array:
    """Return the squared distance of each target from each point, shape (points, targets)."""
    apart = points @ targets.T
    apart *= -2
    apart += (targets**2).sum(axis=1)
    apart += (points**2).sum(axis=1)[:, None]
    return apart
