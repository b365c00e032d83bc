"""Which chamber a spike paces: told from what follows it, another spike, a P wave or a QRS."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.pacing.search import PacingSpikes
from ecg_core.recording import Recording

ATRIAL, VENTRICULAR, UNKNOWN = "A", "V", "?"

VENTRICLES_APART_S: Final = 0.06
"""Two spikes closer than this pace both ventricles; resynchronisation allows for about as much."""

MAX_AV_S: Final = 0.35
"""Longest paced AV interval that devices offer."""

TO_PEAK_S: Final = 0.4
"""A QRS that belongs to a spike has its peak within this time."""

ONSET_S: Final = 0.085
"""The QRS of a captured ventricle begins before, that of a paced atrium after this time (the shortest paced AV
interval with conduction is about 100 ms)."""

_ACTIVE: Final = 0.2
"""Share of the steepest slope of the QRS that tells its onset; P waves are less steep."""

_MEASURED: Final = 300
_ALIKE_S: Final = 0.025
_BEHIND_SPIKE_S: Final = 0.028
_BEHIND_PEAK_S: Final = 0.06


def with_chambers(blanked: Recording, spikes: PacingSpikes, beats: npt.NDArray[np.int64]) -> PacingSpikes:
    """Return the spikes with their chambers.

    Parameters
    ----------
    blanked : Recording
        The recording without its spikes.
    spikes : PacingSpikes
        Pacing spikes of the recording.
    beats : ndarray of int64, shape (beats,)
        Beat positions in samples.
    """
    if not len(spikes):
        return spikes
    fs_hz, sample = blanked.fs_hz, spikes.sample
    chamber = np.full(len(sample), UNKNOWN, dtype="<U1")
    gap_s = np.diff(sample) / fs_hz
    delay_s = delay_to_next(sample, beats) / fs_hz
    # A beat between two spikes parts them.
    pair = (gap_s >= VENTRICLES_APART_S) & (gap_s <= MAX_AV_S) & (delay_s[:-1] > gap_s)
    chamber[:-1][pair] = ATRIAL
    chamber[1:][pair] = VENTRICULAR
    alone = np.flatnonzero((chamber == UNKNOWN) & (delay_s <= TO_PEAK_S))
    if len(alone):
        chamber[alone] = _told_by_onset(blanked, sample, delay_s, alone, beats)
    # Two ventricles, or a spike without an answer beside one that has it.
    close = gap_s < VENTRICLES_APART_S
    for one, other in ((slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None))):
        follow = close & (chamber[one] == UNKNOWN)
        chamber[one] = np.where(follow, chamber[other], chamber[one])
    unknown = chamber == UNKNOWN
    if unknown.any():
        only_atrial = (chamber == ATRIAL).any() and not (chamber == VENTRICULAR).any()
        chamber[unknown] = ATRIAL if only_atrial else VENTRICULAR
    return replace(spikes, chamber=chamber)


def delay_to_next(sample: npt.NDArray[np.int64], beats: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the delay from each spike to the next beat.

    Parameters
    ----------
    sample : ndarray of int64, shape (spikes,)
        Spike positions in samples.
    beats : ndarray of int64, shape (beats,)
        Beat positions in samples.

    Returns
    -------
    ndarray of float64, shape (spikes,)
        Delays in samples, infinite where no beat follows.
    """
    if not len(beats):
        return np.full(len(sample), np.inf)
    after = np.searchsorted(beats, sample, "right")
    return np.where(after < len(beats), beats[np.minimum(after, len(beats) - 1)] - sample, np.inf)


def _told_by_onset(
    blanked: Recording,
    sample: npt.NDArray[np.int64],
    delay_s: npt.NDArray[np.float64],
    alone: npt.NDArray[np.int64],
    beats: npt.NDArray[np.int64],
) -> npt.NDArray[np.str_]:
    """Measure where the QRS begins behind some of the spikes; what follows as late is of the same chamber."""
    fs_hz = blanked.fs_hz
    chosen = alone[np.unique(np.linspace(0, len(alone) - 1, min(len(alone), _MEASURED)).astype(np.int64))]
    is_early = np.array(
        [_onset_s(blanked, int(sample[i]), int(sample[i] + round(delay_s[i] * fs_hz))) < ONSET_S for i in chosen]
    )
    measured_s = delay_s[chosen]
    order = np.argsort(measured_s, kind="stable")
    passed = np.concatenate(([0], np.cumsum(is_early[order])))
    first, last = (np.searchsorted(measured_s[order], delay_s[alone] + side) for side in (-_ALIKE_S, _ALIKE_S))
    n_alike = last - first
    share = np.divide(passed[last] - passed[first], n_alike, out=np.full(len(alone), np.nan), where=n_alike > 0)
    early = np.where(np.isnan(share), delay_s[alone] < 0.15, share >= 0.5)
    return np.where(early, VENTRICULAR, ATRIAL)


def _onset_s(blanked: Recording, spike: int, peak: int) -> float:
    """Return the time from a spike to the onset of the QRS whose peak is given."""
    fs_hz = blanked.fs_hz
    first = spike + round(_BEHIND_SPIKE_S * fs_hz)
    last = min(peak + round(_BEHIND_PEAK_S * fs_hz), blanked.n_samples)
    step = max(round(0.012 * fs_hz), 1)
    signal = blanked.read(first, last)
    if len(signal) <= step + 2:
        return (peak - spike) / fs_hz
    slope = np.abs(signal[step:] - signal[:-step])
    steepest = np.nanmax(np.where(np.isfinite(slope), slope, 0), axis=0)
    # Leads count as they show the QRS: the sum over them, each in its own unit.
    total = np.nansum(slope / np.where(steepest > 0, np.nanmax(steepest), 1), axis=1)
    if not total.max() > 0:
        return (peak - spike) / fs_hz
    onset = int((total > _ACTIVE * total.max()).argmax())
    return _BEHIND_SPIKE_S + onset / fs_hz
