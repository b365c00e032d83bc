"""Beats dropped in regular groups, by their times alone: the footprints of Wenckebach's periods.

Intervals shorten within each group, the pause is less than twice the shortest of them, and groups of the same number
follow each other. Times alone do not tell AV block from sinoatrial block, whose pause has no P wave.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from ecg_core.arrays import BoolArray, Float64Array
from ecg_core.rhythm.intervals import Intervals

MIN_GROUPS: Final = 3
_PAUSE: Final = 1.5
"""Of the interval before it."""

_MIN_PAUSE: Final = 1.6
"""Of the mean interval of the group: after a premature beat it is shorter."""

_MIN_DURATION_S: Final = 1.0
_MEASURED_S: Final = 0.02
"""What placing R peaks may add to the difference of two intervals."""

_STEPS: Final = 0.2
"""Largest shortening from one interval to the next, and departure of any from the cycle, as shares."""

_INTERVALS: Final = (2, 6)


def grouped_beating(given: Intervals) -> Iterator[tuple[int, int, str]]:
    """Find beats dropped in regular groups.

    Yields
    ------
    first, last : int
        Positions of the beats before the first pause and after the last.
    reason : str
    """
    rr_s, broken = given.rr_s, ~given.readable | given.touching(given.labelled_as("V"))
    pauses = np.flatnonzero(rr_s[1:] > _PAUSE * rr_s[:-1]) + 1
    held: list[int] = []
    for before, pause in zip(pauses[:-1].tolist(), pauses[1:].tolist(), strict=True):
        fits = not broken[before : pause + 1].any() and _is_period(rr_s[before + 1 : pause], float(rr_s[pause]))
        if not fits or (len(held) > 1 and pause - before != held[-1] - held[-2]):
            yield from _told(held, rr_s)
            held = []
        if fits:
            held = held or [before]
            held.append(pause)
    yield from _told(held, rr_s)


def _is_period(inside: Float64Array, pause_s: float) -> bool:
    if not _INTERVALS[0] <= len(inside) <= _INTERVALS[1]:
        return False
    steps, cycle = np.diff(inside), (inside.sum() + pause_s) / (len(inside) + 2)
    shortens: BoolArray = (steps < 0) & (steps > -_STEPS * inside.mean())
    about_twice = _MIN_PAUSE * inside.mean() < pause_s < 2 * inside.min() + _MEASURED_S
    steady = np.abs(inside - cycle).max() < _STEPS * cycle
    return bool(pause_s >= _MIN_DURATION_S and shortens.all() and about_twice and steady)


def _told(pauses: list[int], rr_s: Float64Array) -> Iterator[tuple[int, int, str]]:
    if len(pauses) <= MIN_GROUPS:
        return
    n_beats = pauses[1] - pauses[0]
    reason = (
        f"{len(pauses) - 1} groups of {n_beats} beats, RR shortens to {rr_s[pauses[-1] - 1]:.2f} s, then a pause of "
        f"{rr_s[pauses[-1]]:.2f} s; sinoatrial block not ruled out by intervals alone"
    )
    yield pauses[0], pauses[-1] + 1, reason
