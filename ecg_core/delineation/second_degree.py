"""Second-degree AV block from P waves: some P waves come on time and no QRS complex follows.

The sinus node goes on: from P wave to P wave the time is steady, those without QRS complex included. That tells block
from a blocked premature atrial beat, whose P wave is early, from sinoatrial block, which has none, and from atrial
bigeminy. Type I (Wenckebach) has a longer PR interval before the dropped beat than after it, type II has the same; of
block 2:1 neither can be said, and two or more P waves in a row without QRS complex are advanced block (Kusumoto et al.
2019, ACC/AHA/HRS guideline on bradycardia and conduction delay, doi:10.1161/CIR.0000000000000628).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from ecg_core.arrays import BoolArray, Float64Array, Int64Array
from ecg_core.delineation.waves import Waves

FEWEST_DROPPED: Final = 3
"""Dropped beats that make an episode: a single one may be a wave taken for a P wave."""

REACH_BEATS: Final = 8
"""Conducted beats between two dropped ones up to which they are one episode."""

P_CYCLE_S: Final = (0.4, 2.0)
"""From P wave to P wave: faster atria are in tachycardia or flutter."""

STEADY: Final = 0.15
"""How far the time between two P waves may be from their mean. Around a QRS complex it may be shorter by about a tenth
(ventriculophasic sinus arrhythmia)."""

USUALLY_STEADY: Final = 0.08
"""The same, for the median of an episode."""

SAME_CYCLE: Final = 0.25
"""How far the interval beside a dropped beat may be from the time between P waves, unless a beat is dropped in it."""

LONGER_PR_MS: Final = 20.0
"""By so much the PR interval is longer before a dropped beat than after it in type I: twice the uncertainty."""

_MOST: Final = 0.9
_LONGEST_RR_S: Final = 10.0


@dataclass(frozen=True)
class _DroppedBeats:
    """Pauses with P waves that are not conducted.

    Attributes
    ----------
    beat : ndarray of int64, shape (pauses,)
        Positions of the beats before them.
    n_p : ndarray of int64, shape (pauses,)
        P waves in each that no QRS complex follows.
    cycle_s : ndarray of float64, shape (pauses,)
        Mean time from P wave to P wave.
    departure : ndarray of float64, shape (pauses,)
        Largest departure from it, as a share.
    """

    beat: Int64Array
    n_p: Int64Array
    cycle_s: Float64Array
    departure: Float64Array


def second_degree_blocks(waves: Waves, fs_hz: float, conducted: BoolArray) -> Iterator[tuple[int, int, str]]:
    """Find episodes of second-degree AV block.

    Parameters
    ----------
    waves : Waves
        Boundaries of the beats, and the P waves without beat.
    fs_hz : float
        Sampling rate in Hz.
    conducted : ndarray of bool, shape (beats,)
        Beats that P waves may lead to.

    Yields
    ------
    first, stop : int
        First beat of the episode, and one past the last.
    reason : str
    """
    dropped = _dropped(waves, fs_hz, conducted)
    groups = np.split(np.arange(len(dropped.beat)), np.flatnonzero(np.diff(dropped.beat) > REACH_BEATS) + 1)
    pr_ms = waves.interval_ms("p_on", "qrs_on", fs_hz)
    for group in groups:
        if len(group) < FEWEST_DROPPED or np.median(dropped.departure[group]) > USUALLY_STEADY:
            continue
        first, stop = int(dropped.beat[group[0]]), int(dropped.beat[group[-1]]) + 2
        rr_s = np.diff(waves.beat[first:stop]) / fs_hz
        yield first, stop, _reason(dropped, group, pr_ms[first:stop], rr_s)


def _dropped(waves: Waves, fs_hz: float, conducted: BoolArray) -> _DroppedBeats:
    """Find the pauses in which P waves come on time and no QRS complex follows."""
    p_s, beat_s, other_s = waves.sample_of("p_on") / fs_hz, waves.beat / fs_hz, waves.unconducted_p[:, 0] / fs_hz
    usable = conducted & np.isfinite(p_s)
    low, high = np.searchsorted(other_s, beat_s[:-1]), np.searchsorted(other_s, beat_s[1:])
    rows = np.flatnonzero((high > low) & usable[:-1] & usable[1:] & (np.diff(beat_s) < _LONGEST_RR_S))
    found = []
    for row in rows.tolist():
        p_waves = np.concatenate([p_s[row : row + 1], other_s[low[row] : high[row]], p_s[row + 1 : row + 2]])
        between = np.diff(p_waves)
        mean_s = float(between.mean())
        largest = float(np.abs(between - mean_s).max()) / mean_s
        if P_CYCLE_S[0] <= mean_s <= P_CYCLE_S[1] and largest <= STEADY:
            found.append((row, len(between) - 1, mean_s, largest))
    at, n_p, cycle_s, departure = np.array(found, dtype=np.float64).reshape(-1, 4).T
    dropped = _DroppedBeats(at.astype(np.int64), n_p.astype(np.int64), cycle_s, departure)
    return _in_sinus_rhythm(dropped, np.diff(beat_s))


def _in_sinus_rhythm(dropped: _DroppedBeats, rr_s: Float64Array) -> _DroppedBeats:
    """Leave out pauses beside which beats come at intervals other than the P waves'."""
    pause = np.zeros(len(rr_s), dtype=bool)
    pause[dropped.beat] = True
    fits = np.ones(len(dropped.beat), dtype=bool)
    for step in (-1, 1):
        beside = dropped.beat + step
        inside = (beside >= 0) & (beside < len(rr_s))
        beside = np.clip(beside, 0, max(len(rr_s) - 1, 0))
        same = np.abs(rr_s[beside] - dropped.cycle_s) <= SAME_CYCLE * dropped.cycle_s
        fits &= ~inside | pause[beside] | same
    return _DroppedBeats(dropped.beat[fits], dropped.n_p[fits], dropped.cycle_s[fits], dropped.departure[fits])


def _reason(dropped: _DroppedBeats, group: Int64Array, pr_ms: Float64Array, rr_s: Float64Array) -> str:
    """Return what an episode is told by, given the PR intervals of its beats and the intervals between them."""
    at = dropped.beat[group] - dropped.beat[group[0]]
    n_dropped, n_beats, most = int(dropped.n_p[group].sum()), len(rr_s), int(dropped.n_p[group].max())
    cycle_s = float(np.median(dropped.cycle_s[group]))
    longer_ms = float(np.median(pr_ms[at] - pr_ms[at + 1]))
    if most > 1:
        kind = f"advanced block, up to {most} P waves in a row without QRS"
    elif np.mean(np.abs(rr_s - 2 * cycle_s) <= SAME_CYCLE * cycle_s) >= _MOST:
        kind = "2:1 block"
    elif longer_ms > LONGER_PR_MS:
        kind = f"type I: PR {longer_ms:.0f} ms longer before the dropped beat than after it"
    else:
        kind = "PR the same before and after the dropped beat, as in type II"
    return (
        f"{n_dropped} P waves on time without QRS beside {n_beats} conducted ones, {kind}; P waves "
        f"{60 / cycle_s:.0f}/min, QRS {60 / rr_s.mean():.0f}/min"
    )
