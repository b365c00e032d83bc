"""Whether a like wave stands before every QRS: P waves, which fibrillation has not.

The span before each QRS is compared with the mean of the same span before the beats around it. Sinus P waves are alike
and in place, so that each resembles the mean of the others; fibrillatory waves meet the QRS in any phase. The T wave of
the beat before is in place too where the rhythm is regular, so this tells an irregular rhythm with P waves from
fibrillation, and nothing about a regular one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d
from scipy.signal import butter, sosfiltfilt

from ecg_core.arrays import Float32Array
from ecg_core.recording import Recording

PIECE_S: Final = 600
OVERLAP_S: Final = 30
MIN_PROBABILITY: Final = 0.1


BEGINS_S, ENDS_S = -0.25, -0.09
"""The span that is compared, from the R peak: most of the P wave at the usual PR intervals, and nothing of the QRS."""

NEIGHBOURS: Final = 10
"""Beats to either side that the mean is taken over."""

SMOOTHED: Final = 11
FEWEST: Final = 6
_BAND_HZ: Final = (0.5, 25.0)
_POINTS: Final = 24


def p_wave_evidence(signal_mv: Float32Array, fs_hz: float, sample: npt.NDArray[np.int64]) -> Float32Array:
    """Return how alike the waves before the QRS complexes are, around each beat.

    Parameters
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
        NaN where absent.
    fs_hz : float
        Sampling rate in Hz.
    sample : ndarray of int64, shape (beats,)
        Beat positions in samples.

    Returns
    -------
    ndarray of float32, shape (beats,)
        Mean correlation of each span with the mean of its neighbours', of the lead where it is largest: -1 to 1, about
        0 in fibrillation. NaN where there are too few beats or no signal.
    """
    best = np.full(len(sample), np.nan, dtype=np.float32)
    if len(sample) < FEWEST or not len(signal_mv):
        return best
    for lead in range(signal_mv.shape[1]):
        best = np.fmax(best, _of_lead(signal_mv[:, lead], fs_hz, sample))
    return best


def _of_lead(values: Float32Array, fs_hz: float, sample: npt.NDArray[np.int64]) -> Float32Array:
    absent = np.isnan(values)
    result = np.full(len(sample), np.nan, dtype=np.float32)
    if absent.all() or len(values) < 30:
        return result
    filled = np.where(absent, np.float32(0), values)
    smooth = in_p_band(filled, fs_hz)
    place = sample[:, None] + np.linspace(BEGINS_S, ENDS_S, _POINTS)[None] * fs_hz
    inside = (place[:, 0] >= 0) & (place[:, -1] < len(values))
    nearest = np.clip(place.round().astype(np.int64), 0, len(values) - 1)
    used = inside & ~absent[nearest].any(axis=1)
    if used.sum() < FEWEST:
        return result
    spans = without_line(np.interp(place[used].ravel(), np.arange(len(smooth)), smooth).reshape(-1, _POINTS))
    size = np.sqrt((spans**2).mean(axis=1, keepdims=True))
    spans = spans / np.maximum(size, 1e-6)
    like = _likeness(spans)
    result[used] = uniform_filter1d(like, min(SMOOTHED, len(like)), mode="nearest")
    return result


@lru_cache(maxsize=16)
def _p_band(fs_hz: float) -> npt.NDArray[np.float64]:
    high_hz = min(_BAND_HZ[1], 0.45 * fs_hz)
    return np.asarray(butter(2, [_BAND_HZ[0], high_hz], "bandpass", fs=fs_hz, output="sos"))


def in_p_band(values: npt.NDArray[Any], fs_hz: float) -> npt.NDArray[Any]:
    """Return a lead within the band of P waves, without shift in time.

    Parameters
    ----------
    values : ndarray, shape (samples,)
        Signal of the lead.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    ndarray, shape (samples,)
    """
    return np.asarray(sosfiltfilt(_p_band(fs_hz), values))


def without_line(spans: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Remove mean and slope of each span, along the last axis."""
    line = np.linspace(-1, 1, spans.shape[-1])
    level = spans - spans.mean(axis=-1, keepdims=True)
    return np.asarray(level - (level @ line / (line @ line))[..., None] * line)


def _likeness(spans: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the correlation of each span with the mean of up to `NEIGHBOURS` others to either side."""
    n = len(spans)
    passed = np.concatenate((np.zeros((1, spans.shape[1])), np.cumsum(spans, axis=0)))
    first = np.clip(np.arange(n) - NEIGHBOURS, 0, None)
    stop = np.clip(np.arange(n) + NEIGHBOURS + 1, None, n)
    others = passed[stop] - passed[first] - spans
    upper = (spans * others).sum(axis=1)
    lower = np.sqrt((spans**2).sum(axis=1) * (others**2).sum(axis=1))
    return np.asarray(upper / np.maximum(lower, 1e-9))


def p_evidence_of(
    recording: Recording, sample: npt.NDArray[np.int64], probability: Float32Array, least: float = MIN_PROBABILITY
) -> Float32Array:
    """Return the P evidence of a recording's beats where fibrillation is at all likely, piece by piece.

    Parameters
    ----------
    recording : Recording
        The recording.
    sample : ndarray of int64, shape (beats,)
        Beat positions in samples.
    probability : ndarray of float32, shape (beats,)
        Of fibrillation, by the intervals.
    least : float
        Pieces in which no beat reaches it are not looked at.

    Returns
    -------
    ndarray of float32, shape (beats,)
        NaN where it is not known.
    """
    result = np.full(len(sample), np.nan, dtype=np.float32)
    piece, overlap = round(PIECE_S * recording.fs_hz), round(OVERLAP_S * recording.fs_hz)
    for start in range(0, recording.n_samples, piece):
        inside = slice(*np.searchsorted(sample, [start, start + piece]).tolist())
        if inside.start == inside.stop or probability[inside].max() < least:
            continue
        first, last = max(start - overlap, 0), min(start + piece + overlap, recording.n_samples)
        around = slice(*np.searchsorted(sample, [first, last]).tolist())
        evidence = p_wave_evidence(recording.read(first, last), recording.fs_hz, sample[around] - first)
        result[inside] = evidence[inside.start - around.start : inside.stop - around.start]
    return result
