"""Recording-level context applied to the network's per-beat probabilities.

Corrections, each of them what a reader does with the rest of the recording in view; a model's card says which it uses:

- *Beats of a kind.* Beats are parted into small clusters by shape, timing and what the network says of them; half of
  a beat's say (a geometric mean) goes to its cluster. A single odd verdict among many alike is most often wrong.
- *Atrial fibrillation.* An early beat in it is not an atrial premature beat: S gives way. Fibrillation is where
  :mod:`ecg_core.rhythm.af_spans` finds it, by a model of intervals and by P waves; in older models, where the intervals
  are as irregular as in it, or less so (it may be slow) but no P wave like the recording's stands before the complexes.
- *Paroxysm.* In a regular tachycardia that begins or ends within three beats and is not ventricular, N gives way to
  S: its beats follow each other like any others, and only the jump of the rate tells (see
  :mod:`ecg_core.rhythm.rate_segments`).

Clusters and irregularity were chosen by cross-validation on DS1 and the MIT-BIH Supraventricular Arrhythmia Database;
on patients outside, irregularity takes bigeminy for fibrillation, and clusters help one direction and harm another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter
from scipy.special import softmax

from ecg_core.arrays import Float64Array
from ecg_core.beats import CLASSES, UNREADABLE
from ecg_core.recording import Recording
from ecg_core.rhythm.af_spans import af_spans
from ecg_core.rhythm.fibrillation import irregularity, relative_irregularity
from ecg_core.rhythm.interval_model import af_probability
from ecg_core.rhythm.intervals import known_intervals
from ecg_core.rhythm.p_waves import p_evidence_of
from ecg_core.rhythm.rate_segments import paroxysmal
from ecg_core.signal.intervals import MAX_RR_S
from ecg_core.signal.quality import grades_at
from ecg_core.templates.grouping import CLASS_DISTANCE, small_clusters
from ecg_core.templates.space import BeatSpace, beat_space
from ecg_core.templates.waves import FS_HZ, N_BEFORE

N, S, V, F, Q = range(len(CLASSES))
_LETTERS: Final = np.array(CLASSES)
_LEAST: Final = 1e-4
_MIN_INTERVALS: Final = 20
_P_WAVE: Final = slice(N_BEFORE - round(0.26 * FS_HZ), N_BEFORE - round(0.06 * FS_HZ))
_P_WAVE_BEATS: Final = 101
_SURVEYED: Final = 4000
_SHARE_V: Final = 0.3
_DOUBT: Final = 0.9


@dataclass(frozen=True)
class ContextSpec:
    """Constants of the corrections; they stand in a model's card.

    Attributes
    ----------
    cluster_weight : float
        Share of a beat's say that goes to its cluster, 0 to 1.
    fewest_clusters, most_clusters : int
        Of a recording; between them, one for every hundred beats.
    irregular_from, irregular_to : float
        Index of irregularity (1/s) where S begins to give way, and from where it gives way altogether.
    slow_from, slow_to : float
        The same for the relative irregularity, where there is no P wave.
    p_wave_from, p_wave_to : float
        Correlation with the recording's usual P wave below which there is none, and above which there is one.
    left_to_s : float
        What is left of the probability of S in fibrillation.
    paroxysm_share : float
        What part of the probability of N goes to S in a paroxysm.
    af_spans : bool
        Whether S gives way in the spans of fibrillation that :mod:`ecg_core.rhythm.af_spans` finds, instead of by the
        indices of irregularity above.
    """

    cluster_weight: float = 0.5
    fewest_clusters: int = 8
    most_clusters: int = 60
    irregular_from: float = 0.75
    irregular_to: float = 0.95
    slow_from: float = 0.35
    slow_to: float = 0.45
    p_wave_from: float = 0.2
    p_wave_to: float = 0.4
    left_to_s: float = 0.03
    paroxysm_share: float = 0.9
    af_spans: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the card."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ContextSpec:
        """Read the card's values."""
        return cls(**values)


def in_context(
    recording: Recording,
    samples: npt.NDArray[np.int64],
    probabilities: npt.NDArray[np.float32],
    quality: npt.NDArray[np.uint8] | None = None,
    spec: ContextSpec | None = None,
    progress: Callable[[float], None] | None = None,
) -> npt.NDArray[np.float32]:
    """Correct what was said of single beats by what the recording says.

    Parameters
    ----------
    recording : Recording
        The recording.
    samples : ndarray of int64, shape (beats,)
        All beats of the recording.
    probabilities : ndarray of float32, shape (beats, 5)
        Of each beat by itself.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Quality grades.
    spec : ContextSpec, optional
        Rules by which the recording corrects single beats.
    progress : callable, optional
        Called with the share done.

    Returns
    -------
    ndarray of float32, shape (beats, 5)
    """
    if len(samples) < 3:
        return probabilities
    spec = spec or ContextSpec()
    time_s = samples / recording.fs_hz
    found = probabilities.astype(np.float64)
    if spec.cluster_weight > 0 or not spec.af_spans:
        space = beat_space(recording, samples, quality, progress)
        found = _with_their_kind(found, space, spec)
    elif progress:
        progress(1.0)
    if spec.af_spans:
        fibrillating = _in_af_spans(recording, found, samples, quality)
    else:
        fibrillating = _fibrillating(found, time_s, space, spec)
    found[:, S] *= 1 - (1 - spec.left_to_s) * fibrillating
    found /= found.sum(axis=1, keepdims=True)
    moved = spec.paroxysm_share * _supraventricular_paroxysm(found, time_s) * found[:, N]
    found[:, S] += moved
    found[:, N] -= moved
    return found.astype(np.float32)


def unreadable(time_s: Float64Array, quality: npt.NDArray[np.uint8] | None) -> npt.NDArray[np.bool_]:
    """Tell which beats stand in seconds that no lead shows readably, shape (beats,).

    Parameters
    ----------
    time_s : ndarray, shape (beats,)
        Beat positions in s.
    quality : ndarray of uint8, shape (seconds, leads), or None
        Grades; without them nothing is unreadable.
    """
    if quality is None or not len(quality):
        return np.zeros(len(time_s), dtype=bool)
    return np.asarray((grades_at(quality, time_s) == UNREADABLE).all(axis=1))


def for_review(probabilities: npt.NDArray[np.float32], doubtful: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Move nine tenths of the probability of doubtful beats to Q.

    Parameters
    ----------
    probabilities : ndarray of float32, shape (beats, 5)
        Class probabilities.
    doubtful : ndarray of bool, shape (beats,)
        Beats that need review.

    Returns
    -------
    ndarray of float32, shape (beats, 5)
    """
    result = probabilities.copy()
    result[doubtful] *= 1 - _DOUBT
    result[doubtful, Q] += _DOUBT
    return result


def _with_their_kind(probabilities: Float64Array, space: BeatSpace, spec: ContextSpec) -> Float64Array:
    """Give each beat's cluster its share of the say."""
    n_beats = len(probabilities)
    n_clusters = min(max(n_beats // 100, spec.fewest_clusters), spec.most_clusters)
    kept = np.flatnonzero(~space.lost)
    if len(kept) < 2 * n_clusters:
        return probabilities.copy()
    points = np.concatenate([space.points[kept], CLASS_DISTANCE * np.sqrt(probabilities[kept])], axis=1)
    cluster = small_clusters(points.astype(np.float32), n_clusters)
    logarithm = np.log(np.maximum(probabilities[kept], _LEAST))
    size = np.bincount(cluster)
    mean = np.stack([np.bincount(cluster, column) for column in logarithm.T], axis=1) / size[:, None]
    result = probabilities.copy()
    result[kept] = softmax((1 - spec.cluster_weight) * logarithm + spec.cluster_weight * mean[cluster], axis=1)
    return result


def _in_af_spans(
    recording: Recording,
    probabilities: Float64Array,
    samples: npt.NDArray[np.int64],
    quality: npt.NDArray[np.uint8] | None,
) -> Float64Array:
    """Return 1 for beats in a span of fibrillation by the interval model and P waves, else 0; shape (beats,)."""
    fs_hz = recording.fs_hz
    readable = known_intervals(samples, fs_hz, quality)
    said = af_probability(np.diff(samples) / fs_hz, _LETTERS[probabilities.argmax(axis=1)], readable)
    evidence = p_evidence_of(recording, samples, said)
    inside = np.zeros(len(samples))
    for span in af_spans(said, samples, fs_hz, evidence, readable=readable, n_samples=recording.n_samples):
        inside[slice(*np.searchsorted(samples, [span.start_sample, span.stop_sample]).tolist())] = 1
    return inside


def _fibrillating(
    probabilities: Float64Array, time_s: Float64Array, space: BeatSpace, spec: ContextSpec
) -> Float64Array:
    """Return how far a beat stands in fibrillation, 0 to 1, shape (beats,)."""
    ventricular = np.isin(probabilities.argmax(axis=1), (V, F))
    intervals = np.diff(time_s)
    usable = np.flatnonzero(~(ventricular[1:] | ventricular[:-1]) & (intervals < MAX_RR_S))
    if len(usable) < _MIN_INTERVALS:
        return np.zeros(len(time_s))

    def of_beats(values: Float64Array) -> Float64Array:
        return np.interp(np.arange(len(time_s)) - 0.5, usable, values)

    fast = _between(of_beats(irregularity(intervals[usable])), spec.irregular_from, spec.irregular_to)
    slow = _between(of_beats(relative_irregularity(intervals[usable])), spec.slow_from, spec.slow_to)
    without_p_wave = _between(-_p_likeness(space), -spec.p_wave_to, -spec.p_wave_from)
    return np.asarray(np.maximum(fast, slow * without_p_wave))


def _p_likeness(space: BeatSpace) -> Float64Array:
    """Return how like the recording's usual P wave that of the beats around is, in the lead that shows it best."""
    n_beats, n_leads, _ = space.waves.wave.shape
    best = np.zeros(n_beats)
    some = np.unique(np.linspace(0, n_beats - 1, min(n_beats, _SURVEYED)).astype(np.int64))
    for lead in range(n_leads):
        own = space.waves.wave[:, lead, _P_WAVE].astype(np.float32)
        seen = some[space.readable[some, lead]]
        if not len(seen):
            continue
        usual = np.median(own[seen], axis=0)
        likeness = np.where(space.readable[:, lead], _unit(own) @ _unit(usual[None])[0], 0.0)
        best = np.maximum(best, median_filter(likeness, min(_P_WAVE_BEATS, n_beats), mode="nearest"))
    return best


def _supraventricular_paroxysm(probabilities: Float64Array, time_s: Float64Array) -> npt.NDArray[np.bool_]:
    """Return which beats stand in a paroxysm that is not ventricular."""
    found = paroxysmal(time_s)
    ventricular = probabilities.argmax(axis=1) == V
    begins = np.flatnonzero(np.diff(found.astype(np.int8), prepend=0) == 1)
    ends = np.flatnonzero(np.diff(found.astype(np.int8), append=0) == -1) + 1
    for begin, end in zip(begins, ends, strict=True):
        found[begin:end] &= ventricular[begin:end].mean() < _SHARE_V
    return found


def _between(values: Float64Array, low: float, high: float) -> Float64Array:
    return np.asarray(np.clip((values - low) / (high - low), 0.0, 1.0))


def _unit(wave: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    centred = wave - wave.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).sum(axis=1, keepdims=True) + 1e-4), dtype=np.float32)
