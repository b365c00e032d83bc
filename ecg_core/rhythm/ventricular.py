"""Ventricular tachycardia and fibrillation from the rhythm network's probabilities, second by second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from ecg_core.arrays import BoolArray, Float32Array, UInt8Array
from ecg_core.rhythm.intervals import readable_seconds, runs
from ecg_core.rhythm.rhythm_classes import RHYTHM_CLASSES

VT, VF = RHYTHM_CLASSES.index("VT"), RHYTHM_CLASSES.index("VF")
SMOOTHING_S: Final = 3
CERTAIN: Final = 0.4
"""Probability of VT or VF, averaged over `SMOOTHING_S`, from which the rhythm is named."""

CONTINUES: Final = 0.25
"""Probability down to which a named rhythm goes on at its ends."""

MIN_DURATION_S: Final = 3
POSSIBLE: Final = 0.1
"""Probability in unreadable signal from which VT or VF is possible: below it, both are ruled out."""

POSSIBLE_REACH_S: Final = 5

NEAR_NAMED_S: Final = 30
"""Seconds from a named VT or VF within which nothing unreadable rules it out: it may go on behind the artefact."""

RULED_OUT_S: Final = 30
"""Readable seconds without VT or VF in a row that end a named one: until then nothing unreadable rules it out.

As long as what is called sustained: chest compressions on fibrillation look like readable beats for 10 s and more.
"""

MAX_OPEN_S: Final = 300
"""Seconds after which a named VT or VF counts as ended even so: a lead may stay off for hours."""


@dataclass(frozen=True)
class VentricularSpan:
    """A span of ventricular rhythm.

    Attributes
    ----------
    start_s, stop_s : int
        Whole seconds, the last one not included.
    certain : bool
        False where no lead can be read and a ventricular rhythm is only not ruled out.
    probability : float
        Mean probability of VT or VF; where it is not certain the largest.
    vf_share : float
        Share of fibrillation in that probability.
    """

    start_s: int
    stop_s: int
    certain: bool
    probability: float
    vf_share: float


def ventricular_probability(probabilities: Float32Array) -> Float32Array:
    """Return the smoothed probability of VT or VF.

    Parameters
    ----------
    probabilities : ndarray of float32, shape (seconds, 8)
        As the rhythm network gives them.

    Returns
    -------
    ndarray of float32, shape (seconds,)
    """
    return uniform_filter1d(probabilities[:, VT] + probabilities[:, VF], SMOOTHING_S, mode="nearest")


def ventricular_spans(
    probabilities: Float32Array, quality: UInt8Array, unreadable_s: float = 5.0
) -> list[VentricularSpan]:
    """Name ventricular rhythms, and what in unreadable signal may be one.

    Parameters
    ----------
    probabilities : ndarray of float32, shape (seconds, 8)
        Probability of each rhythm in each second.
    quality : ndarray of uint8, shape (seconds, leads)
        Grades, to know where no lead can be read.
    unreadable_s : float
        Shortest unreadable time that is looked at.

    Returns
    -------
    list of VentricularSpan
        In order of time, none overlapping another.
    """
    if not len(probabilities):
        return []
    together = ventricular_probability(probabilities)
    named = _named(together)

    def span(first: int, last: int, *, certain: bool) -> VentricularSpan:
        inside = probabilities[first : last + 1]
        probability = float(together[first : last + 1].mean() if certain else near[first : last + 1].max())
        vf, both = float(inside[:, VF].sum()), float(inside[:, [VT, VF]].sum())
        return VentricularSpan(first, last + 1, certain, probability, vf / max(both, 1e-6))

    near = maximum_filter1d(together, 2 * POSSIBLE_REACH_S + 1, mode="nearest")
    found = [span(int(first), int(last), certain=True) for first, last in zip(*runs(named), strict=True)]
    readable = readable_seconds(quality)[: len(together)]
    possible_there = (near > POSSIBLE) | maximum_filter1d(named, 2 * NEAR_NAMED_S + 1, mode="constant")
    possible_there |= _not_ended(named, readable)
    unreadable = ~readable & ~named[: len(quality)]
    for first, last in zip(*runs(unreadable), strict=True):
        if last - first + 1 >= unreadable_s:
            possible = runs(possible_there[first : last + 1])
            found += [span(int(first + a), int(first + b), certain=False) for a, b in zip(*possible, strict=True)]
    return sorted(found, key=lambda one: one.start_s)


def _not_ended(named: BoolArray, readable: BoolArray) -> BoolArray:
    """Tell in which seconds behind a named rhythm its end has not been seen yet."""
    open_ended = named.copy()
    seen, last = RULED_OUT_S, 0
    for second in range(len(readable)):
        if named[second]:
            seen, last = 0, second
        elif readable[second]:
            seen += 1
        else:
            seen = seen if seen >= RULED_OUT_S else 0
        open_ended[second] |= seen < RULED_OUT_S and second - last <= MAX_OPEN_S
    return open_ended


def _named(together: Float32Array) -> BoolArray:
    """Tell in which seconds VT or VF is named: certain somewhere, long enough, and out to where it ends."""
    going_on = together > CONTINUES
    named = np.zeros(len(together), dtype=bool)
    for first, last in zip(*runs(going_on), strict=True):
        inside = np.flatnonzero(together[first : last + 1] > CERTAIN)
        if len(inside) >= MIN_DURATION_S:
            named[first : last + 1] = True
    return named
