"""AV conduction from P waves and QRS complexes: first-degree, second-degree and complete AV block.

First-degree block is a PR interval above 200 ms before every beat. In complete block P waves and QRS complexes keep
cycles of their own: the ventricles beat slowly and regularly, the PR interval has no constant value, and the P waves
come regularly in a shorter cycle (Kusumoto et al. 2019, ACC/AHA/HRS guideline on bradycardia and conduction delay,
doi:10.1161/CIR.0000000000000628). P waves hidden in QRS or T are not needed: the others show the cycle. Second-degree
block is described in :mod:`ecg_core.delineation.second_degree`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from ecg_core.arrays import BoolArray, Float64Array
from ecg_core.delineation.second_degree import second_degree_blocks
from ecg_core.delineation.waves import Waves
from ecg_core.rhythm.episode_types import Span
from ecg_core.rhythm.intervals import runs

LONG_PR_MS, ENDS_BELOW_MS = 200.0, 190.0
"""First-degree block begins above the one and ends at the other: PR intervals are measured within 10 ms."""

LASTING_S: Final = 30.0
"""Shortest first-degree block that is an episode, and the window in which complete block is looked for."""

MIN_P_SHARE: Final = 0.5
"""Share of beats with a P wave from which on the rhythm is called atrial."""

FEWEST_P: Final = 5
"""P waves from which a cycle can be told."""

FEWEST_WITH_PR: Final = 5
"""Beats with a P wave before them from which on the PR interval can be said to vary."""

CYCLES_S: Final = (0.35, 1.3)
"""From P wave to P wave: atrial rates of 46 to 170 a minute."""

IN_PHASE: Final = 0.97
"""Length of the mean vector of the P waves' phases that makes a cycle: within about 4 % of it."""

VARYING_PR_MS: Final = 40.0
REGULAR_RR: Final = 0.1
ESCAPE_BPM: Final = 60.0
FASTER_ATRIA: Final = 0.85
"""Largest P cycle in complete block, as a share of the RR interval."""

_SMOOTHED: Final = 9
_LONGEST_GAP_S: Final = 10.0
_TO_SD: Final = 1.4826
_STEP_S: Final = 0.001


def pr_spread_ms(pr_ms: Float64Array) -> float:
    """Return the spread of PR intervals as a standard deviation, robust against single wrong ones.

    Parameters
    ----------
    pr_ms : ndarray of float64, shape (beats,)
        PR intervals in ms.
    """
    return float(_TO_SD * np.median(np.abs(pr_ms - np.median(pr_ms))))


def p_cycle_s(onset_s: Float64Array, rr_s: float) -> float:
    """Return the longest cycle, below that of the ventricles, which P waves keep.

    Parameters
    ----------
    onset_s : ndarray of float64, shape (P waves,)
        Onsets, at most half a minute apart: over longer times no cycle is steady enough.
    rr_s : float
        Interval between beats.

    Returns
    -------
    float
        In seconds; 0 where they keep none.
    """
    cycles = np.arange(CYCLES_S[0], min(CYCLES_S[1], 0.95 * rr_s), _STEP_S)
    if len(onset_s) < FEWEST_P or not len(cycles):
        return 0.0
    phases = np.exp(2j * np.pi * onset_s[:, None] / cycles[None])
    kept = np.flatnonzero(np.abs(phases.mean(axis=0)) >= IN_PHASE)
    return float(cycles[kept[-1]]) if len(kept) else 0.0


def av_spans(waves: Waves, fs_hz: float, conducted: BoolArray, escape: BoolArray | None = None) -> tuple[Span, ...]:
    """Find first-degree, second-degree and complete AV block.

    Parameters
    ----------
    waves : Waves
        Boundaries of the beats.
    fs_hz : float
        Sampling rate in Hz.
    conducted : ndarray of bool, shape (beats,)
        Beats that P waves may lead to: neither ventricular nor paced, and outside of fibrillation and flutter.
    escape : ndarray of bool, shape (beats,), optional
        Other beats that may be the escape rhythm of complete block: ventricular ones that are not paced.

    Returns
    -------
    tuple of Span
        Kinds ``AVB1``, ``AVB2`` and ``AVB3``, in order of time.
    """
    pr_ms = waves.interval_ms("p_on", "qrs_on", fs_hz)
    complete = list(_complete_blocks(waves, fs_hz, conducted if escape is None else conducted | escape, pr_ms))
    dissociated = np.zeros(len(waves), dtype=bool)
    for first, stop, _ in complete:
        dissociated[first:stop] = True
    second = list(second_degree_blocks(waves, fs_hz, conducted & ~dissociated))
    blocked = dissociated.copy()
    for first, stop, _ in second:
        blocked[first:stop] = True
    long = _long_conduction(waves, fs_hz, conducted & ~blocked, pr_ms)
    found = [
        _span(waves, first, stop, kind, reason)
        for kind, blocks in (("AVB3", complete), ("AVB2", second), ("AVB1", long))
        for first, stop, reason in blocks
    ]
    return tuple(sorted(found, key=lambda span: span.start_sample))


def _span(waves: Waves, first: int, stop: int, kind: str, reason: str) -> Span:
    return Span(int(waves.beat[first]), int(waves.beat[stop - 1]) + 1, kind, reason)


def _long_conduction(
    waves: Waves, fs_hz: float, conducted: BoolArray, pr_ms: Float64Array
) -> Iterator[tuple[int, int, str]]:
    """Yield first beat, one past the last, and reason of each first-degree block."""
    chosen = np.flatnonzero(conducted & waves.assessed.any(axis=1))
    if len(chosen) < _SMOOTHED:
        return
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(pr_ms[chosen], _SMOOTHED // 2, mode="edge"), _SMOOTHED)
    has_p = np.isfinite(windows).mean(axis=1) > MIN_P_SHARE
    median = np.full(len(chosen), np.nan)
    median[has_p] = np.nanmedian(windows[has_p], axis=1)
    joined = np.diff(waves.beat[chosen], prepend=waves.beat[chosen[0]]) / fs_hz < _LONGEST_GAP_S
    long = median > LONG_PR_MS
    lasting = np.zeros(len(chosen), dtype=bool)
    for begin, end in zip(*runs(long, joined), strict=True):
        lasting[begin] = (waves.beat[chosen[end]] - waves.beat[chosen[begin]]) / fs_hz >= LASTING_S
    for begin, end in zip(*runs(long | (median > ENDS_BELOW_MS), joined), strict=True):
        if not lasting[begin : end + 1].any():
            continue
        first, last = int(chosen[begin]), int(chosen[end])
        inside = pr_ms[chosen[begin : end + 1]]
        share = f"{100 * np.isfinite(inside).mean():.0f} % of {len(inside)} beats"
        yield first, last + 1, f"PR {np.nanmedian(inside):.0f} ms, P wave before {share}"


def _complete_blocks(
    waves: Waves, fs_hz: float, possible: BoolArray, pr_ms: Float64Array
) -> Iterator[tuple[int, int, str]]:
    """Yield first beat, one past the last, and reason of each complete block, windows that follow each other joined."""
    beat_s, onset_s = waves.beat / fs_hz, waves.sample_of("p_on") / fs_hz
    onset_s = np.sort(np.concatenate([onset_s[np.isfinite(onset_s)], waves.unconducted_p[:, 0] / fs_hz]))
    joined: list[tuple[int, int, str]] = []
    begins_s = np.arange(beat_s[0], beat_s[-1], LASTING_S) if len(beat_s) else np.zeros(0)
    firsts, stops = (np.searchsorted(beat_s, begins_s + part) for part in (0.0, LASTING_S))
    lows, highs = (np.searchsorted(onset_s, begins_s + part) for part in (0.0, LASTING_S))
    lasting_s = beat_s[stops - 1] - beat_s[firsts]
    slow = (stops - 1 - firsts) * 60 <= ESCAPE_BPM * lasting_s
    for window in np.flatnonzero(slow & (highs - lows >= FEWEST_P)).tolist():
        first, stop = int(firsts[window]), int(stops[window])
        onsets = onset_s[lows[window] : highs[window]]
        reason = _dissociated(beat_s[first:stop], onsets, pr_ms[first:stop], possible[first:stop])
        if not reason:
            continue
        if joined and joined[-1][1] == first:
            joined[-1] = joined[-1][0], stop, joined[-1][2]
        else:
            joined.append((first, stop, reason))
    yield from joined


def _dissociated(beat_s: Float64Array, onset_s: Float64Array, pr_ms: Float64Array, possible: BoolArray) -> str:
    """Return why P waves and QRS complexes are dissociated; an empty text where they are not."""
    if len(beat_s) < 2 or len(onset_s) < FEWEST_P or not possible.all():
        return ""
    rr_s = np.diff(beat_s)
    rate, variation = 60 / rr_s.mean(), rr_s.std() / rr_s.mean()
    with_p = np.isfinite(pr_ms)
    if rate > ESCAPE_BPM or variation > REGULAR_RR or with_p.sum() < FEWEST_WITH_PR:
        return ""
    spread = pr_spread_ms(pr_ms[with_p])
    if spread < VARYING_PR_MS:
        return ""
    cycle = p_cycle_s(onset_s, float(np.median(rr_s)))
    if not 0 < cycle < FASTER_ATRIA * np.median(rr_s):
        return ""
    return f"QRS {rate:.0f}/min, regular; P waves {60 / cycle:.0f}/min; PR varies by {spread:.0f} ms"
