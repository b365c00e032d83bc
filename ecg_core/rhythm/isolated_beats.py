"""Isolated ectopic beats (in no run, pair or pattern) and their prematurity."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.arrays import Float64Array, Int64Array
from ecg_core.rhythm.intervals import Intervals
from ecg_core.rhythm.precedence import replaces
from ecg_core.rhythm.signal_precedence import replaces_single
from ecg_core.signal.intervals import MAX_RR_S

LOCAL_INTERVALS: Final = 21
"""Intervals whose median a single beat's own interval is compared with."""

PATTERNS: Final = {"V": ("B", "T"), "S": ("AB",)}
"""Kinds that tell the single beats of a class inside them."""

Spans = tuple[npt.ArrayLike, npt.ArrayLike]
"""First samples, and samples one past the last, of episodes."""


def isolated_beats(given: Intervals, letter: str, patterns: Spans = ((), ())) -> Int64Array:
    """Find the beats of a class that stand alone.

    Parameters
    ----------
    given : Intervals
        Intervals between beats.
    letter : str
        A class.
    patterns : (array_like of int, array_like of int)
        Where bigeminy and trigeminy begin and end: their beats are told by them.

    Returns
    -------
    ndarray of int64
        Positions of the beats that have the class, no neighbour of it across a readable interval, and lie in none of
        the patterns.
    """
    of_class = given.labelled_as(letter)
    paired = of_class[1:] & of_class[:-1] & given.readable
    of_class[1:] &= ~paired
    of_class[:-1] &= ~paired
    alone = np.flatnonzero(of_class)
    starts, stops = (np.sort(np.asarray(edge, dtype=np.int64)) for edge in patterns)
    at = given.sample[alone]
    # Inside none: as many have ended as have begun. Sorting both edges on their own leaves these counts as they are.
    return alone[np.searchsorted(starts, at, side="right") == np.searchsorted(stops, at, side="right")]


def listed_isolated_beats(given: Intervals, episodes: pd.DataFrame, letter: str) -> Int64Array:
    """Find the single beats of a class that are events of their own.

    Parameters
    ----------
    given : Intervals
        Those that the episodes were found in.
    episodes : pandas.DataFrame
        As :func:`ecg_core.rhythm.episodes` returns them; its single beats do not matter.
    letter : {"V", "S"}
        Class of the beats.

    Returns
    -------
    ndarray of int64
        Positions of the single beats that lie in no pattern of theirs, in no ventricular rhythm of the signal, and in
        no rhythm named by a person that has no separate beats.
    """
    single = f"SINGLE_{letter}"
    holds = [
        kind in PATTERNS[letter]
        or (replaces(kind, single) if source == "person" else replaces_single(kind, single, source))
        for kind, source in zip(episodes["kind"], episodes["source"], strict=True)
    ]
    spans = episodes[np.array(holds, dtype=bool)]
    return isolated_beats(given, letter, (spans["start_sample"].to_numpy(), spans["stop_sample"].to_numpy()))


def coupling(given: Intervals, beats: Int64Array) -> Float64Array:
    """Compare the interval before each beat with the local median interval.

    Parameters
    ----------
    given : Intervals
        Intervals between beats.
    beats : ndarray of int64, shape (beats,)
        Positions.

    Returns
    -------
    ndarray of float64, shape (beats,)
        0.7 is 30 % early; NaN where the interval before the beat cannot be read or is longer than 3 s, which says
        nothing about prematurity. Such intervals do not count for the median of the 21 around either.
    """
    result = np.full(len(beats), np.nan)
    n_intervals = len(given.rr_s)
    if not n_intervals or not len(beats):
        return result
    usable = np.where(given.readable & (given.rr_s <= MAX_RR_S), given.rr_s, np.nan)
    before = np.asarray(beats) - 1
    known = np.flatnonzero((before >= 0) & np.isfinite(usable[before]))
    half = LOCAL_INTERVALS // 2
    # NaN sorts last: the median is in the middle of what comes before it.
    padded = np.pad(usable, half, constant_values=np.nan)
    around = np.sort(padded[before[known, None] + np.arange(LOCAL_INTERVALS)], axis=1)
    n_known = np.isfinite(around).sum(axis=1)
    rows = np.arange(len(known))
    median = (around[rows, (n_known - 1) // 2] + around[rows, n_known // 2]) / 2
    result[known] = usable[before[known]] / median
    return result
