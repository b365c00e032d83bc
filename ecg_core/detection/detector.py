"""QRS detection in a signal in memory.

The chain, each step of it local and symmetric in time, so that cutting a recording changes nothing away from the cut:

1. each lead at a common rate, its wavelet transform in units of the usual QRS around (`signal.qrs_energy`);
2. each lead seen by itself, and all together, weighted by clarity (`fusion`);
3. every hump a candidate, described by its shape, its likeness to others, its surroundings and the local rhythm
   (`candidates`): what a search-back, a T-wave test and adaptive thresholds would look at;
4. small networks weigh all that in rounds (`scoring`), the later ones knowing what the leads by themselves and the
   neighbours in time were taken for (`context`);
5. where they doubt, the signal is unreadable; where they would only guess, no beat is claimed (`ambiguity`);
6. what is taken for a beat is put on its dominant deflection at the recording's own rate (`refine`).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ecg_core.beats import UNREADABLE
from ecg_core.detection.ambiguity import ambiguity, lower_grades
from ecg_core.detection.candidates import Candidates
from ecg_core.detection.context import AGREEMENT_S
from ecg_core.detection.faint import without_faint
from ecg_core.detection.p_waves import without_p_waves
from ecg_core.detection.peak_selection import REFRACTORY_S, select_peaks, thresholds
from ecg_core.detection.refine import refine
from ecg_core.detection.scorer import load_scorer
from ecg_core.detection.scoring import candidates_of_views, score
from ecg_core.detection.silence import shown_by, silent_leads, without_strays
from ecg_core.detection.t_waves import without_t_waves
from ecg_core.signal.gaps import as_columns, bridge_gaps
from ecg_core.signal.qrs_energy import ENERGY_RATE_HZ, MIDDLE
from ecg_core.signal.quality import at_common_rate, grade


def detect_beats(signal_mv: npt.ArrayLike, fs_hz: float) -> npt.NDArray[np.int64]:
    """Find the QRS complexes of one or several simultaneous leads.

    Parameters
    ----------
    signal_mv : array_like, shape (samples,) or (samples, leads)
        Millivolts, or any other unit; NaN where absent.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    ndarray of int64, shape (beats,)
        Strictly increasing samples at `fs_hz`, each on the R peak or the dominant QRS deflection of the first
        lead that is readable there. Nothing where no lead has a signal, or where it would be a guess.
    """
    return detect_with_quality(as_columns(signal_mv), fs_hz)[0]


def detect_with_quality(
    signal: npt.NDArray[np.float32], fs_hz: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Detect beats and grade the signal quality in one pass.

    Parameters
    ----------
    signal : ndarray of float32, shape (samples, leads)
        In mV; NaN where absent.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    sample : ndarray of int64, shape (beats,)
    quality : ndarray of uint8, shape (seconds, leads)
        `UNREADABLE`, `USABLE` or `GOOD`; one row for each started second.
    """
    nothing = np.empty(0, dtype=np.int64)
    if not signal.size:
        return nothing, np.empty((0, signal.shape[1]), dtype=np.uint8)
    if np.isnan(signal).all():  # a gap of days in an intensive care record takes no time
        return nothing, np.full((math.ceil(len(signal) / fs_hz), signal.shape[1]), UNREADABLE, dtype=np.uint8)
    common = at_common_rate(signal, fs_hz)
    quality = grade(common)
    if not (quality > UNREADABLE).any():
        return nothing, quality
    views = candidates_of_views(common, quality)
    logits = without_faint(list(views), score(views, load_scorer()), common)
    logits, p_waves = without_p_waves(views, logits, common)
    scored = [(seen.position, logit) for seen, logit in zip(views, logits, strict=True)]
    present = quality > UNREADABLE
    quality, silent = lower_grades(quality, common, scored[: signal.shape[1]], scored[-1], p_waves)

    position, logit = scored[-1]
    second = np.minimum(position // round(ENERGY_RATE_HZ), len(quality) - 1)
    threshold = thresholds(ambiguity(position, logit, len(quality))[0][second])
    probability = 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
    beats = select_peaks(position, probability, round(REFRACTORY_S * ENERGY_RATE_HZ), threshold)
    second = np.minimum(beats // round(ENERGY_RATE_HZ), len(quality) - 1)
    beats, second = (values[present[second].any(axis=1) & ~silent[second]] for values in (beats, second))
    near = np.minimum(np.rint(beats * (fs_hz / ENERGY_RATE_HZ)).astype(np.int64), len(signal) - 1)
    quality = silent_leads(signal, fs_hz, quality, near, shown_by(common.energy[..., MIDDLE], beats))
    quality, kept = without_strays(quality, near, fs_hz)
    beats, second = beats[kept], second[kept]
    readable = quality[second] > UNREADABLE
    first_readable = np.where(readable.any(axis=1), readable.argmax(axis=1), present[second].argmax(axis=1))
    sample = np.empty(len(beats), dtype=np.int64)
    bridged, _ = bridge_gaps(signal)
    for lead in np.unique(first_readable):
        here = first_readable == lead
        near = np.rint(_on_lead(beats[here], views[lead]) * (fs_hz / ENERGY_RATE_HZ)).astype(np.int64)
        sample[here] = refine(bridged[:, lead], fs_hz, np.minimum(near, len(signal) - 1))
    sample = np.unique(sample)
    return sample[without_t_waves(sample, bridged, fs_hz)], quality


def _on_lead(beats: npt.NDArray[np.int64], lead: Candidates) -> npt.NDArray[np.int64]:
    """Move each beat onto the lead's own hump, where it has one within `AGREEMENT_S`."""
    if not len(lead.position):
        return beats
    after = np.minimum(np.searchsorted(lead.position, beats), len(lead.position) - 1)
    before = np.maximum(after - 1, 0)
    nearer_after = np.abs(lead.position[after] - beats) < np.abs(lead.position[before] - beats)
    nearest = lead.position[np.where(nearer_after, after, before)]
    return np.where(np.abs(nearest - beats) <= AGREEMENT_S * ENERGY_RATE_HZ, nearest, beats)
