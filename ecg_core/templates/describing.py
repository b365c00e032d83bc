"""Descriptions of beat families: counts, mean waveforms, rhythm, typical beat."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array, Int64Array
from ecg_core.beats import CLASSES
from ecg_core.recording import Recording
from ecg_core.templates.families import Families, Family
from ecg_core.templates.space import BeatSpace
from ecg_core.templates.timing import Timing
from ecg_core.templates.waves import OFFSETS_S, Waves, cut_apart

_BEATS_OF_A_PICTURE: Final = 501
_BEATS_OF_A_QUICK_PICTURE: Final = 151
"""Where each beat has to be read, while a person waits: the median of so many strays by a tenth of their spread."""


def describe_families(
    samples: Int64Array,
    groups: Int64Array,
    space: BeatSpace,
    lead_names: tuple[str, ...],
    probabilities: npt.NDArray[np.floating] | None = None,
    labels: npt.NDArray[np.str_] | None = None,
) -> Families:
    """Number the groups by size and describe each.

    Parameters
    ----------
    samples : ndarray of int64, shape (beats,)
        Beat positions in samples.
    groups : ndarray of int64, shape (beats,)
        Any number for each group; one of them holds exactly the beats at which no lead can be read, and comes last.
    space : BeatSpace
        Feature space of the beats.
    lead_names : tuple of str
        Names of the leads.
    probabilities : ndarray, shape (beats, 5), optional
        Class probabilities.
    labels : ndarray of str, shape (beats,), optional
        Classes; the most probable ones by default.
    """
    numbers, first, sizes = np.unique(groups, return_index=True, return_counts=True)
    if labels is None and probabilities is not None:
        labels = np.array(CLASSES)[np.asarray(probabilities).argmax(axis=1)]
    lost, points = space.lost, space.points
    order = sorted(range(len(numbers)), key=lambda at: (bool(lost[first[at]]), -sizes[at], first[at]))
    of_beat = np.zeros(len(groups), dtype=np.int16)
    distance = np.full(len(groups), np.nan, dtype=np.float32)
    families = []
    for index, at in enumerate(order):
        beats = np.flatnonzero(groups == numbers[at])
        of_beat[beats] = index
        unreadable = bool(lost[beats[0]])
        apart = squared_distance(points[beats], points[beats].mean(axis=0))
        if not unreadable:
            distance[beats] = np.sqrt(apart)
        pictures = _pictures(space.waves, evenly(beats))
        families.append(_family(index, samples, beats, unreadable, pictures, space.timing, int(apart.argmin())))
    unnamed = Families(of_beat, tuple(families), OFFSETS_S, lead_names, distance)
    return unnamed.renamed(of_beat, labels, probabilities)


def describe_family(
    recording: Recording,
    samples: Int64Array,
    members: Int64Array,
    points: npt.NDArray[np.floating],
    timing: Timing,
    height_mv: Float32Array,
    *,
    index: int,
    unreadable: bool = False,
) -> Family:
    """Describe a family that came of splitting or merging, reading few beats only.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        All beats of the recording.
    members : ndarray of int64, shape (members,)
        Positions of at least one.
    points : ndarray, shape (beats, features)
        Points in the feature space.
    timing : Timing
        Of the beats as they are marked, where that of their centres is not at hand.
    height_mv : ndarray of float32, shape (leads,)
        See :func:`ecg_core.templates.waves.usual_heights`.
    index : int
        The family's number.
    unreadable : bool
        Whether this is the template of unreadable beats.

    Returns
    -------
    Family
        Without a label: `Families.renamed` gives it.
    """
    mine = np.asarray(points[members], dtype=np.float32)
    shown = evenly(members, _BEATS_OF_A_QUICK_PICTURE)
    pictures = _pictures(cut_apart(recording, samples[shown], height_mv), np.arange(len(shown)))
    typical = int(squared_distance(mine, mine.mean(axis=0)).argmin())
    return _family(index, samples, members, unreadable, pictures, timing, typical)


def evenly(beats: Int64Array, n_most: int = _BEATS_OF_A_PICTURE) -> Int64Array:
    """Return some of the beats, evenly spread.

    Parameters
    ----------
    beats : ndarray of int64, shape (beats,)
        Indices of the beats.
    n_most : int
        Number of beats to return, at most.

    Returns
    -------
    ndarray of int64, shape (at most n_most,)
    """
    if len(beats) <= n_most:
        return beats
    return beats[np.linspace(0, len(beats) - 1, n_most).astype(np.int64)]


def squared_distance(points: Float32Array, centre: Float32Array) -> Float32Array:
    """Return each point's squared distance from a centre.

    Parameters
    ----------
    points : ndarray of float32, shape (points, dimensions)
        The points.
    centre : ndarray of float32, shape (dimensions,)
        The centre.

    Returns
    -------
    ndarray of float32, shape (points,)
    """
    apart = points - centre
    return np.asarray(np.einsum("ij,ij->i", apart, apart))


def _family(
    index: int,
    samples: Int64Array,
    beats: Int64Array,
    unreadable: bool,
    pictures: tuple[Float32Array, Float32Array, Float32Array],
    timing: Timing,
    typical: int,
) -> Family:
    mean_mv, median_mv, spread_mv = pictures
    return Family(
        index=index,
        n_beats=len(beats),
        unreadable=unreadable,
        mean_mv=mean_mv,
        median_mv=median_mv,
        spread_mv=spread_mv,
        before=float(np.exp(timing.before[beats]).mean()),
        after=float(np.exp(timing.after[beats]).mean()),
        label=None,
        certainty=None,
        typical_sample=int(samples[beats[typical]]),
    )


def _pictures(waves: Waves, beats: Int64Array) -> tuple[Float32Array, Float32Array, Float32Array]:
    """Return mean, median and standard deviation of the beats in mV, each of shape (leads, samples)."""
    stack = waves.wave[beats].astype(np.float32)
    height = waves.height_mv[:, None]
    return stack.mean(axis=0) * height, np.median(stack, axis=0) * height, stack.std(axis=0) * height
