"""Asystole outside of intervals between beats: at the ends of a recording, beside unreadable signal, throughout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ecg_core.arrays import UInt8Array
from ecg_core.rhythm.intervals import Intervals, readable_seconds, runs


def open_standstills(
    given: Intervals,
    fs_hz: float,
    n_samples: int,
    quality: UInt8Array,
    shortest_s: float,
    ventricular: Sequence[tuple[int, int]] = (),
) -> Iterator[tuple[int, int, str]]:
    """Find readable stretches without a beat that do not reach from one beat to the next.

    Parameters
    ----------
    given : Intervals
        Intervals between beats.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording.
    quality : ndarray of uint8, shape (seconds, leads)
        Quality grades.
    shortest_s : float
        Shortest stretch; a stretch at the recording's start or end counts only for as long as it was recorded.
    ventricular : sequence of (int, int)
        Spans of ventricular fibrillation or tachycardia: that no beat is told in one is no asystole.

    Yields
    ------
    start, stop : int
        ``start`` is the beat before, the beginning of the recording, or of the readable signal; ``stop`` likewise.
    reason : str
    """
    edges = np.concatenate(([0], given.sample, [n_samples]))
    closed = np.concatenate(([False], given.readable, [False]))[: len(edges) - 1]
    long = np.flatnonzero((np.diff(edges) >= shortest_s * fs_hz) & ~closed)
    if not len(long) or not len(quality):
        return
    readable = readable_seconds(quality)
    active = np.zeros(len(readable), dtype=bool)
    for begin, end in ventricular:
        active[int(begin / fs_hz) : int(np.ceil(end / fs_hz))] = True
    readable &= ~active
    last_gap = len(edges) - 2
    for gap in long.tolist():
        begin, end = int(edges[gap]), int(edges[gap + 1])
        low, high = int(begin / fs_hz), min(int(np.ceil(end / fs_hz)), len(readable))
        for first, last in zip(*runs(readable[low:high]), strict=True):
            start = max(begin, int(np.ceil((low + first) * fs_hz)))
            stop = min(end, int(np.floor((low + last + 1) * fs_hz)))
            length_s = (stop - start) / fs_hz
            if length_s < shortest_s:
                continue
            where = ""
            if start == begin and gap == 0 and stop == end and gap == last_gap:
                where = ", in the whole recording"
            elif start == begin and gap == 0:
                where = " from the beginning of the recording"
            elif stop == end and gap == last_gap:
                where = ", to the end of the recording"
            elif start > begin or stop < end:
                beside = active[max(low + first - 1, 0) : low + last + 2].any()
                where = ", beside a ventricular rhythm" if beside else ", beside unreadable signal"
            yield start, stop, f"no beat for {length_s:.1f} s{where}"
