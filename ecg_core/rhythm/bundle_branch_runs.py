"""Runs of broad beats that are conducted: bundle branch block that comes with the rate, and aberrant conduction.

A run of broad complexes is no ventricular tachycardia where each of them, the first one too, follows a sinus P wave at
one and the same interval (Wellens 2001, Heart 86:579; Surawicz et al. 2009, doi:10.1161/CIRCULATIONAHA.108.191095): in
a ventricular tachycardia P waves are dissociated, or retrograde and of another shape, and its first beat has none.

The P wave is that of the narrow beats around the run, in all leads that show it clearly. In a regular rhythm the T wave
of the beat before is at a constant place, too; therefore the wave must have the shape and size of the sinus P wave in
all of these leads together, and at least `MIN_LEADS` are needed: one or two leads leave the run as it is.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ecg_core.arrays import BoolArray, Float64Array, Int64Array
from ecg_core.recording import Recording
from ecg_core.rhythm.intervals import runs
from ecg_core.rhythm.p_waves import in_p_band, without_line

MIN_RUN: Final = 3
MIN_LEADS: Final = 3
MIN_USUAL: Final = 8
MIN_CLEAR: Final = 0.85
"""Median correlation of the narrow beats' P waves with their mean, from which a lead shows them clearly."""

MIN_LIKENESS: Final = 0.85
"""Median correlation of the waves before the broad beats with the P wave, all clear leads together."""

MIN_OF_EACH: Final = 0.6
"""The same of each single beat."""

MIN_OF_FIRST: Final = 0.9
"""The same of the first one: a tachycardia that begins by itself has no P wave there, or one at another interval."""

MIN_SIZE, MAX_SIZE = 0.5, 1.7
"""Size of these waves, as a multiple of the P wave."""

AROUND_S: Final = 30.0
P_BEGINS_S, P_ENDS_S = -0.22, -0.09
"""From the R peak of narrow beats: little of the T wave before, which falls steeply into a fast P wave."""

LATER_S: Final = (-0.02, 0.12)
"""By how much later than in narrow beats the peak of a broad complex may come after the P wave."""

STEADY_S: Final = 0.012
"""Departure of this from beat to beat."""


def conducted_runs(
    recording: Recording, sample: Int64Array, broad: BoolArray, ventricular: BoolArray, usual: BoolArray
) -> BoolArray:
    """Tell which beats of broad runs are conducted from the atria.

    Parameters
    ----------
    recording : Recording
        Without pacing spikes.
    sample : ndarray of int64, shape (beats,)
        Beat positions in samples.
    broad : ndarray of bool, shape (beats,)
        Beats taken for ventricular, and doubtful ones beside them.
    ventricular : ndarray of bool, shape (beats,)
        Those taken for ventricular.
    usual : ndarray of bool, shape (beats,)
        Normal beats.

    Returns
    -------
    ndarray of bool, shape (beats,)
    """
    found = np.zeros(len(sample), dtype=bool)
    if len(recording.leads) < MIN_LEADS:
        return found
    reach = round(AROUND_S * recording.fs_hz)
    for first, last in zip(*runs(broad), strict=True):
        if ventricular[first : last + 1].sum() < MIN_RUN:
            continue
        begin = max(int(sample[first]) - reach, 0)
        end = min(int(sample[last]) + reach, recording.n_samples)
        near = slice(*np.searchsorted(sample, [begin, end]).tolist())
        beside = sample[near][usual[near]] - begin
        if len(beside) < MIN_USUAL:
            continue
        signal = np.nan_to_num(recording.read(begin, end)).astype(np.float64)
        found[first : last + 1] = _follow_p_waves(signal, recording.fs_hz, sample[first : last + 1] - begin, beside)
    return found


def _follow_p_waves(signal: Float64Array, fs_hz: float, run: Int64Array, beside: Int64Array) -> bool:
    """Tell whether every beat of a run follows a P wave like that of the beats beside it, at a constant interval."""
    low, high = round(P_BEGINS_S * fs_hz), round(P_ENDS_S * fs_hz)
    later = np.arange(round(LATER_S[0] * fs_hz), round(LATER_S[1] * fs_hz) + 1)
    steady = max(round(STEADY_S * fs_hz), 1)
    if run[0] + low - later[-1] < 0:
        return False
    shapes, waves = [], []
    for lead in signal.T:
        smooth = in_p_band(lead, fs_hz)
        given = np.array([without_line(smooth[at + low : at + high]) for at in beside.tolist() if at + low >= 0])
        shape = np.median(given, axis=0)
        if len(given) < MIN_USUAL or np.median(_likeness(given, shape)) < MIN_CLEAR:
            continue
        shapes.append(shape)
        place = run[:, None, None] - later[:, None] + np.arange(low, high)
        waves.append(without_line(smooth[place]))
    if len(shapes) < MIN_LEADS:
        return False
    shape, given = np.concatenate(shapes), np.concatenate(waves, axis=-1)
    like = _likeness(given, shape)
    size = given @ shape / (shape @ shape)
    at = int(np.median(like, axis=0).argmax())
    near = slice(max(at - steady, 0), at + steady + 1)
    best = like[:, near].argmax(axis=1) + near.start
    rows = np.arange(len(run))
    of_beats, sizes = like[rows, best], size[rows, best]
    sized = sizes.min() >= MIN_SIZE and sizes.max() <= MAX_SIZE
    alike = np.median(of_beats) >= MIN_LIKENESS and of_beats.min() >= MIN_OF_EACH and of_beats[0] >= MIN_OF_FIRST
    return bool(alike and sized)


def _likeness(waves: Float64Array, shape: Float64Array) -> Float64Array:
    """Return the correlation of waves, along the last axis, with a shape."""
    return np.asarray(waves @ shape / np.maximum(np.sqrt((waves**2).sum(axis=-1) * (shape @ shape)), 1e-12))
