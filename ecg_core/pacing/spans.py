"""Episodes that spikes tell: paced rhythm, loss of capture, asystole behind spikes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import UInt8Array
from ecg_core.pacing.chambers import VENTRICULAR
from ecg_core.pacing.response import PacingResponse, mode_name
from ecg_core.pacing.search import PacingSpikes
from ecg_core.rhythm.episode_types import DEFAULT_LIMITS, Span
from ecg_core.rhythm.intervals import readable_seconds

MIN_PACED: Final = 3
"""Paced beats that make a paced rhythm."""

BETWEEN: Final = 3
"""Other beats in a row that do not interrupt it."""

TOGETHER_S: Final = 10.0
"""Spikes without capture that lie no further apart belong to one episode."""

READABLE: Final = 0.8
"""Share of the seconds that must be readable: what shows no beat may also be fibrillation of the ventricles."""

CLEAR_GAP_S: Final = 2.0
"""A single spike without capture counts only where no beat was found for so long around it: a QRS may be overlooked."""


def pacing_spans(
    spikes: PacingSpikes,
    found: PacingResponse,
    beats: npt.NDArray[np.int64],
    fs_hz: float,
    n_samples: int,
    quality: UInt8Array | None = None,
) -> list[Span]:
    """Name the episodes.

    Parameters
    ----------
    spikes : PacingSpikes
        Pacing spikes of the recording.
    found : PacingResponse
        Of these spikes and beats.
    beats : ndarray of int64, shape (beats,)
        Beat positions in samples.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording in samples.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Without it all of the recording counts as readable.

    Returns
    -------
    list of Span
        ``PACED``, ``CAPTURE`` and ``ASYSTOLE``, with source ``pacing``.
    """
    if not len(spikes):
        return []
    return [
        *_paced(spikes, found, beats, fs_hz),
        *_without_capture(spikes, found, beats, fs_hz, n_samples),
        *_asystole(spikes, beats, fs_hz, n_samples, quality),
    ]


def _paced(spikes: PacingSpikes, found: PacingResponse, beats: npt.NDArray[np.int64], fs_hz: float) -> Iterator[Span]:
    paced = np.flatnonzero(found.mode != "")
    if not len(paced):
        return
    for group in np.split(paced, np.flatnonzero(np.diff(paced) > BETWEEN + 1) + 1):
        if len(group) < MIN_PACED:
            continue
        first, last = int(group[0]), int(group[-1])
        begin = int(beats[first])
        early = spikes.sample[(spikes.sample < begin) & (spikes.sample >= begin - 0.4 * fs_hz)]
        start = int(early[0]) if len(early) and (first == 0 or early[0] > beats[first - 1]) else begin
        stop = int(beats[last]) + 1
        rate_bpm = 60 * fs_hz * (last - first) / max(int(beats[last]) - begin, 1)
        mode = mode_name(found.mode[first : last + 1])
        reason = f"{mode}, {round(rate_bpm)} bpm, {len(group)} of {last - first + 1} beats after a spike"
        inside = (spikes.sample >= start) & (spikes.sample < stop)
        vain = int((found.unsensed & inside).sum())
        if vain:
            reason += f"; {vain} {_spikes(vain)} in or shortly after an intrinsic QRS: undersensing?"
        yield Span(start, stop, "PACED", reason, "pacing")


def _without_capture(
    spikes: PacingSpikes, found: PacingResponse, beats: npt.NDArray[np.int64], fs_hz: float, n_samples: int
) -> Iterator[Span]:
    sample = spikes.sample
    failed = np.flatnonzero(found.failed)
    if not len(failed):
        return
    for group in np.split(failed, np.flatnonzero(np.diff(sample[failed]) > TOGETHER_S * fs_hz) + 1):
        first, last = int(sample[group[0]]), int(sample[group[-1]])
        next_beat = int(np.searchsorted(beats, last, "right"))
        next_sample = int(beats[next_beat]) if next_beat < len(beats) else n_samples
        if len(group) == 1 and next_beat and next_sample - int(beats[next_beat - 1]) < CLEAR_GAP_S * fs_hz:
            continue
        # To the next spike or beat, whichever is first: there the pacemaker, or the heart, tries again.
        next_spike = int(np.searchsorted(sample, last, "right"))
        stop = min(next_sample, int(sample[next_spike]) if next_spike < len(sample) else n_samples)
        within = (sample >= first) & (sample <= last) & (spikes.chamber == VENTRICULAR)
        total = int(within.sum())
        reason = f"{len(group)} of {total} ventricular {_spikes(total)} without a QRS"
        yield Span(first, min(stop, n_samples), "CAPTURE", reason, "pacing")


def _asystole(
    spikes: PacingSpikes, beats: npt.NDArray[np.int64], fs_hz: float, n_samples: int, quality: UInt8Array | None
) -> Iterator[Span]:
    """Yield time without any beat at the ends of the recording, over which spikes go on.

    Between two beats the interval itself tells it.
    """
    limit = DEFAULT_LIMITS.asystole_s * fs_hz
    ends = [(0, n_samples)] if not len(beats) else [(0, int(beats[0])), (int(beats[-1]) + 1, n_samples)]
    for start, stop in ends:
        if stop - start < limit:
            continue
        inside = spikes.sample[(spikes.sample >= start) & (spikes.sample < stop)]
        # Only where spikes are seen is it known that the electrodes hold.
        if len(inside) < 2 or inside[-1] - inside[0] + fs_hz < limit:
            continue
        if quality is not None and len(quality):
            within = readable_seconds(quality)[int(start / fs_hz) : math.ceil(stop / fs_hz)]
            if within.mean() < READABLE:
                continue
        seconds = (stop - start) / fs_hz
        yield Span(start, stop, "ASYSTOLE", f"no QRS for {seconds:.1f} s behind {len(inside)} pacing spikes", "pacing")


def _spikes(number: int) -> str:
    return "spike" if number == 1 else "spikes"
