"""Pacing spikes of a whole recording: read in pieces, leads held against each other, chance findings left out."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.pacing.edges import edges
from ecg_core.pacing.spikes import MIN_RATE_HZ, candidates
from ecg_core.recording import Recording

PIECE_S: Final = 300
OVERLAP_S: Final = 6
THREADS: Final = 2

TOGETHER_S: Final = 0.016
"""Candidates of several leads this close are one spike."""

SHARE_OF_LEADS: Final = 0.2
"""Share of the leads in which a spike must be clear: one lead of up to five, three of twelve."""

NEIGHBOURS: Final = 8
NEIGHBOURHOOD_S: Final = 120.0
MIN_SUPPORTED: Final = 3
SUPPORTED: Final = 0.5
"""A spike counts where at least `MIN_SUPPORTED` of its neighbours, and half of them, are supported. Neighbours are the
`NEIGHBOURS` spikes on either side, no more than `NEIGHBOURHOOD_S` away."""

TIMING_S: Final = 0.006
"""A pacemaker's clock repeats an interval this exactly (two samples where they lie further apart)."""

MAX_INTERVAL_S: Final = 2.5

MIN_FOLLOWED: Final = 6
SHARE_FOLLOWED: Final = 0.75
LEADS_AGREE: Final = 3
"""Of spikes that a QRS follows but that keep no time, so many and this share must be supported, unless they are seen
in `LEADS_AGREE` leads."""

RESPONSE_S: Final = (0.01, 0.35)
"""A QRS follows a spike that has captured within this time: from a ventricle's onset to an atrium's AV interval."""

RESPONSE_SPREAD_S: Final = 0.015
"""What the time to the QRS may differ by between spikes that support each other."""


@dataclass(frozen=True)
class PacingSpikes:
    """Pacing spikes of a recording.

    Attributes
    ----------
    sample : ndarray of int64, shape (spikes,)
        Increasing, at the recording's own rate.
    leads : ndarray of bool, shape (spikes, leads)
        Where each can be seen.
    chamber : ndarray of str, shape (spikes,)
        ``A`` atrial, ``V`` ventricular, ``?`` where a surface lead does not tell.
    assessable : bool
        False where the sampling rate is too low for spikes to be seen: none are given then.
    deflection : ndarray of float32, shape (spikes,)
        How far the signal moves behind each spike, in units of what it does behind ventricular spikes that a QRS
        answers; NaN where that is not known.
    """

    sample: npt.NDArray[np.int64]
    leads: npt.NDArray[np.bool_]
    chamber: npt.NDArray[np.str_]
    assessable: bool = True
    deflection: npt.NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))

    def __post_init__(self) -> None:
        if len(self.deflection) != len(self.sample):
            object.__setattr__(self, "deflection", np.full(len(self.sample), np.nan, np.float32))

    def __len__(self) -> int:
        return len(self.sample)

    def taken(self, which: npt.NDArray[np.bool_ | np.int64]) -> PacingSpikes:
        """Return some of the spikes: those of a mask, or in the order of positions."""
        return PacingSpikes(
            self.sample[which], self.leads[which], self.chamber[which], self.assessable, self.deflection[which]
        )


def no_spikes(n_leads: int, assessable: bool = True) -> PacingSpikes:
    """Return a finding without any spike.

    Parameters
    ----------
    n_leads : int
        Number of leads.
    assessable : bool
        Whether the sampling rate allows spikes to be found.

    Returns
    -------
    PacingSpikes
    """
    return PacingSpikes(np.empty(0, np.int64), np.empty((0, n_leads), np.bool_), np.empty(0, dtype="<U1"), assessable)


def search_spikes(recording: Recording, progress: Callable[[float], None] | None = None) -> PacingSpikes:
    """Find what may be pacing spikes; :func:`supported` tells which of them are.

    Parameters
    ----------
    recording : Recording
        The recording.
    progress : callable, optional
        Is told the fraction done, 0..1, after each piece.

    Returns
    -------
    PacingSpikes
        Their chambers not told yet.

    Raises
    ------
    RecordingError
        If a span cannot be read.
    """
    fs_hz, n_leads = recording.fs_hz, len(recording.leads)
    if fs_hz < MIN_RATE_HZ:
        return no_spikes(n_leads, assessable=False)
    pieces: list[PacingSpikes] = []
    waiting: deque[tuple[int, int, int, Future[PacingSpikes]]] = deque()

    def keep_next() -> None:
        start, stop, first, work = waiting.popleft()
        found = work.result()
        found = replace(found, sample=found.sample + first)
        pieces.append(found.taken((found.sample >= start) & (found.sample < stop)))
        if progress is not None:
            progress(min(stop / recording.n_samples, 1.0))

    with ThreadPoolExecutor(THREADS) as pool:
        for start_s in range(0, math.ceil(recording.duration_s), PIECE_S):
            start, stop = round(start_s * fs_hz), round((start_s + PIECE_S) * fs_hz)
            first = max(start - round(OVERLAP_S * fs_hz), 0)
            signal = recording.read(first, stop + round(OVERLAP_S * fs_hz))
            waiting.append((start, stop, first, pool.submit(spikes_of_signal, signal, fs_hz)))
            if len(waiting) > THREADS:
                keep_next()
        while waiting:
            keep_next()
    if not pieces:
        return no_spikes(n_leads)
    found = PacingSpikes(
        np.concatenate([piece.sample for piece in pieces]),
        np.concatenate([piece.leads for piece in pieces]),
        np.concatenate([piece.chamber for piece in pieces]),
    )
    return found.taken(_enough_around(found.sample, fs_hz))


def spikes_of_signal(signal: npt.NDArray[np.float32], fs_hz: float) -> PacingSpikes:
    """Find what may be pacing spikes of several simultaneous leads.

    Parameters
    ----------
    signal : ndarray of float32, shape (samples, leads)
        Signal in mV.
    fs_hz : float
        Sampling rate in Hz.
    """
    narrow = _narrow(signal, fs_hz)
    sample, leads = edges(signal, fs_hz)
    if not len(sample):
        return narrow
    every = np.concatenate((narrow.sample, sample))
    order = np.argsort(every, kind="stable")
    apart = np.diff(every[order], prepend=-_together(fs_hz) - 1) > _together(fs_hz)
    found = PacingSpikes(every, np.concatenate((narrow.leads, leads)), np.full(len(every), "?", dtype="<U1"))
    return found.taken(order[apart])


def _narrow(signal: npt.NDArray[np.float32], fs_hz: float) -> PacingSpikes:
    n_leads = signal.shape[1]
    found = [candidates(np.ascontiguousarray(signal[:, lead]), fs_hz) for lead in range(n_leads)]
    sample = np.concatenate([one.sample for one in found])
    if not len(sample):
        return no_spikes(n_leads)
    of_lead = np.repeat(np.arange(n_leads), [len(one.sample) for one in found])
    height, clear = (np.concatenate([getattr(one, name) for one in found]) for name in ("height", "clear"))
    order = np.argsort(sample, kind="stable")
    sample, of_lead, height, clear = sample[order], of_lead[order], height[order], clear[order]
    group = np.cumsum(np.diff(sample, prepend=sample[0]) > _together(fs_hz))
    seen = np.zeros((group[-1] + 1, n_leads), dtype=bool)
    seen_clearly = np.zeros_like(seen)
    heights = np.zeros(seen.shape, dtype=np.float32)
    seen[group, of_lead] = True
    seen_clearly[group[clear], of_lead[clear]] = True
    heights[group, of_lead] = height
    usable = max(int((np.isfinite(signal).any(axis=0)).sum()), 1)
    needed = max(math.ceil(SHARE_OF_LEADS * usable), 1)
    sure = seen_clearly.sum(axis=1) >= needed
    kept = sure | _like_the_sure(heights, seen, sure, needed)
    first = np.r_[0, np.flatnonzero(np.diff(group)) + 1]
    # Of the leads' places the one of the highest deflection.
    best = np.abs(heights).argmax(axis=1)
    place = sample[first].copy()
    at_best = of_lead == best[group]
    place[group[at_best]] = sample[at_best]
    n_kept = int(kept.sum())
    return PacingSpikes(place[kept], seen[kept], np.full(n_kept, "?", dtype="<U1"))


def supported(found: PacingSpikes, beats: npt.NDArray[np.int64] | None, fs_hz: float) -> npt.NDArray[np.bool_]:
    """Tell which spikes are a pacemaker's: those that keep its time, or that a QRS follows at a constant interval.

    Parameters
    ----------
    found : PacingSpikes
        Spikes found.
    beats : ndarray of int64, shape (beats,), or None
        QRS complexes found in the signal without the spikes; None where only the timing is to count.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    ndarray of bool, shape (spikes,)
    """
    sample = found.sample
    timed = _timed(sample, fs_hz)
    kept = _mostly(sample, timed, fs_hz)
    if beats is None:
        return kept
    support = timed | _followed(sample, beats, fs_hz)
    agreed = found.leads.sum(axis=1) >= LEADS_AGREE
    kept |= _mostly(sample, support & agreed, fs_hz)
    return kept | _mostly(sample, support, fs_hz, MIN_FOLLOWED, SHARE_FOLLOWED)


def _together(fs_hz: float) -> int:
    return max(round(TOGETHER_S * fs_hz), 1)


def _like_the_sure(
    heights: npt.NDArray[np.float32], seen: npt.NDArray[np.bool_], sure: npt.NDArray[np.bool_], needed: int
) -> npt.NDArray[np.bool_]:
    """Tell which faint spikes have the height and polarity of the sure ones in the leads in which they are seen."""
    if sure.sum() < MIN_SUPPORTED:
        return np.zeros(len(seen), dtype=bool)
    usual = np.array(
        [
            np.median(column[there]) if there.any() else 0.0
            for column, there in zip(heights[sure].T, seen[sure].T, strict=True)
        ]
    )
    ratio = np.divide(heights, usual, out=np.zeros_like(heights), where=usual != 0)
    like = seen & (ratio > 0.6) & (ratio < 1.7)
    return np.asarray((like.sum(axis=1) >= needed) & (like.sum(axis=1) * 2 > seen.sum(axis=1)))


def _enough_around(sample: npt.NDArray[np.int64], fs_hz: float) -> npt.NDArray[np.bool_]:
    return _mostly(sample, np.ones(len(sample), dtype=bool), fs_hz)


def _mostly(
    sample: npt.NDArray[np.int64],
    support: npt.NDArray[np.bool_],
    fs_hz: float,
    fewest: int = MIN_SUPPORTED,
    share: float = SUPPORTED,
) -> npt.NDArray[np.bool_]:
    """Tell around which spikes enough of the others are supported."""
    place = np.arange(len(sample))
    reach = round(NEIGHBOURHOOD_S * fs_hz)
    first = np.maximum(np.searchsorted(sample, sample - reach), place - NEIGHBOURS)
    last = np.minimum(np.searchsorted(sample, sample + reach, "right"), place + NEIGHBOURS + 1)
    passed = np.concatenate(([0], np.cumsum(support)))
    n_supported = passed[last] - passed[first]
    return np.asarray((n_supported >= fewest) & (n_supported >= share * (last - first)))


def _timed(sample: npt.NDArray[np.int64], fs_hz: float) -> npt.NDArray[np.bool_]:
    """Tell which spikes stand in a row of three at equal intervals."""
    result = np.zeros(len(sample), dtype=bool)
    tolerance = max(2, round(TIMING_S * fs_hz))
    for back in range(1, 5):
        interval = sample[back:] - sample[:-back]
        middle = np.flatnonzero((interval <= MAX_INTERVAL_S * fs_hz) & (interval >= 0.25 * fs_hz)) + back
        expected = 2 * sample[middle] - sample[middle - back]
        after = np.searchsorted(sample, expected - tolerance)
        there = (after < len(sample)) & (sample[np.minimum(after, len(sample) - 1)] <= expected + tolerance)
        for members in (middle[there] - back, middle[there], after[there]):
            result[members] = True
    return result


def _followed(sample: npt.NDArray[np.int64], beats: npt.NDArray[np.int64], fs_hz: float) -> npt.NDArray[np.bool_]:
    """Tell which spikes a QRS follows after the same time as after at least two others nearby."""
    result = np.zeros(len(sample), dtype=bool)
    if not len(beats) or not len(sample):
        return result
    shortest, longest = (round(limit * fs_hz) for limit in RESPONSE_S)
    after = np.searchsorted(beats, sample + shortest)
    delay = np.where(after < len(beats), beats[np.minimum(after, len(beats) - 1)] - sample, longest + 1)
    spread = RESPONSE_SPREAD_S * fs_hz
    n_alike = np.zeros(len(sample), dtype=np.int64)
    for step in range(1, NEIGHBOURS + 1):
        near = sample[step:] - sample[:-step] <= NEIGHBOURHOOD_S * fs_hz
        alike = near & (np.abs(delay[step:] - delay[:-step]) <= spread)
        n_alike[step:] += alike
        n_alike[:-step] += alike
    return np.asarray((delay <= longest) & (n_alike >= MIN_SUPPORTED - 1))
