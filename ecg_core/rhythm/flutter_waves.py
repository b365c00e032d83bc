"""Flutter waves: an atrial wave of one constant rate that goes on through the ventricular complexes.

In atrial flutter the atria beat regularly, some 300 times a minute, and their wave fills the whole signal between the
QRS complexes; in fibrillation the rate and shape of the waves change within seconds, and a sinus P wave fills a small
part of the interval between beats. A window of `WINDOW_S` seconds is therefore described by two shares of variance,
both of the signal outside of the QRS complexes:

- `wave_share`: what a periodic wave of one rate from `SLOWEST_PER_MIN` to `FASTEST_PER_MIN`, its fundamental and two
  harmonics, explains of all of it;
- `free_share`: what that wave explains of what a mean T and P wave, locked to the QRS complexes, leave. Where the
  ventricles follow regularly, flutter waves are locked too and nothing is left, so it tells something about irregular
  intervals only. Where they follow in groups, as in bigeminy, the T and P waves of each place in the group are others,
  and a wave whose rate is a multiple of the groups' is no independent one: each place has a mean T and P wave then.

Both are least-squares fits of all samples at once (ventricular complexes are left out rather than subtracted), as in
average beat subtraction followed by a harmonic model of the atrial signal (Stridh and Sörnmo 2001,
doi:10.1109/10.900266). `phase_lock` says how alike the phase of the wave is at the QRS complexes: conducted flutter
waves precede them by about one delay, a tremor of the same rate does not.

Rates of 240 to 350 /min are those of typical flutter, from 200 /min under antiarrhythmic drugs (Saoudi et al. 2001,
doi:10.1053/euhj.2001.2658).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.signal import butter, sosfiltfilt

from ecg_core.arrays import BoolArray, Float32Array, Float64Array

RATE_HZ: Final = 50
WINDOW_S: Final = 10
SLOWEST_PER_MIN, FASTEST_PER_MIN = 200.0, 350.0
BEST_LEADS: Final = 3
"""Leads whose shares are averaged: the ones that show the wave best, fewer where there are fewer."""

MIN_BEATS: Final = 6
_STEP_PER_MIN: Final = 2.5
_HARMONICS: Final = 3
_BAND_HZ: Final = (1.0, 20.0)
_QRS_S: Final = (0.07, 0.11)
"""How far a QRS complex reaches before and after its peak."""

_T_ENDS_S, _T_SHARE, _P_BEGINS_S, _SPACING_S = 0.50, 0.62, 0.30, 0.04
_MIN_FUNDAMENTAL: Final = 0.4
"""Share of the wave's power at its own rate: below it, it is a wave of a multiple of that rate."""

_MIN_SAMPLES: Final = 150
_MIN_PERIODOGRAM: Final = 0.12
"""Share of variance at one rate, by the periodogram, below which no wave of that rate is fitted."""

_LONGEST_GROUP: Final = 3
_REPEATED: Final = 0.06
"""Difference of intervals, as a share of their mean, up to which they are the same: respiration changes them too."""

_RIDGE: Final = 1e-3

_N: Final = RATE_HZ * WINDOW_S
_TIME_S: Final = (np.arange(_N) - _N / 2) / RATE_HZ
RATES_PER_MIN: Final = np.arange(SLOWEST_PER_MIN, FASTEST_PER_MIN + _STEP_PER_MIN / 2, _STEP_PER_MIN)


def _waves(multiples: int) -> Float64Array:
    """Return cosine and sine of each rate's multiples, shape (rates, multiples, 2, samples)."""
    angle = 2 * np.pi / 60 * RATES_PER_MIN[:, None, None] * np.arange(1, multiples + 1)[:, None] * _TIME_S
    return np.stack([np.cos(angle), np.sin(angle)], axis=2)


_WAVES: Final = _waves(_HARMONICS).reshape(len(RATES_PER_MIN), 2 * _HARMONICS, _N)


@dataclass(frozen=True)
class FlutterEvidence:
    """What a window shows of flutter waves.

    Attributes
    ----------
    rate_per_min : float
        Rate of the wave that explains most.
    wave_share, free_share : float
        See the module; the mean of the `BEST_LEADS` leads that show it best.
    lead_shares : ndarray of float64, shape (leads,)
        `wave_share` of each lead; NaN of those that cannot be read.
    lead_phases : ndarray of float64, shape (leads,)
        Phase of the wave's fundamental in each lead, in radians; NaN of those that cannot be read.
    lead_skewness : ndarray of float64, shape (leads,)
        Skewness of the signal outside of the QRS complexes: positive where upright waves stand on a long flat line. NaN
        of those that cannot be read.
    phase_lock : float
        0 to 1.
    rr_variation : float
        Coefficient of variation of the intervals between beats.
    beats_per_min : float
        Ventricular rate.
    """

    rate_per_min: float
    wave_share: float
    free_share: float
    lead_shares: Float64Array
    lead_phases: Float64Array
    lead_skewness: Float64Array
    phase_lock: float
    rr_variation: float
    beats_per_min: float


def flutter_input(signal_mv: Float32Array, fs_hz: float) -> Float64Array:
    """Return a signal in the band of flutter waves at `RATE_HZ`.

    Parameters
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
        NaN where absent.
    fs_hz : float
        Above `RATE_HZ`.

    Returns
    -------
    ndarray of float64, shape (samples at `RATE_HZ`, leads)
    """
    n = int(len(signal_mv) / fs_hz * RATE_HZ)
    if n < RATE_HZ:
        return np.zeros((n, signal_mv.shape[1]))
    edges = np.floor(np.arange(n + 1) * fs_hz / RATE_HZ).astype(np.int64)
    # Means of 20 ms: a low-pass filter without gain at mains frequency that costs little over a day.
    filled = np.nan_to_num(signal_mv)
    means = np.add.reduceat(filled[: edges[-1]], edges[:-1], axis=0, dtype=np.float64) / np.diff(edges)[:, None]
    band = butter(2, _BAND_HZ, "bandpass", fs=RATE_HZ, output="sos")
    return np.asarray(sosfiltfilt(band, means, axis=0))


def flutter_evidence(
    wave: Float64Array, beat_s: Float64Array, usable: BoolArray | None = None
) -> FlutterEvidence | None:
    """Look for flutter waves in a window.

    Parameters
    ----------
    wave : ndarray of float64, shape (`WINDOW_S` * `RATE_HZ`, leads)
        As :func:`flutter_input` returns it.
    beat_s : ndarray of float64, shape (beats,)
        Times of the beats from the window's start, with those around it.
    usable : ndarray of bool, shape (leads,), optional
        Leads that can be read.

    Returns
    -------
    FlutterEvidence or None
        None where there are too few beats, too little signal between them, or no wave of any of the rates.
    """
    inside = beat_s[(beat_s >= 0) & (beat_s < WINDOW_S)]
    leads = np.arange(wave.shape[1]) if usable is None else np.flatnonzero(usable)
    if len(inside) < MIN_BEATS or not len(leads):
        return None
    since_s, until_s = _beside_beats(beat_s)
    outside = (since_s > _QRS_S[1]) & (until_s > _QRS_S[0])
    if outside.sum() < _MIN_SAMPLES:
        return None
    median_rr_s = float(np.median(np.diff(inside)))
    given = wave[np.ix_(outside, leads)]
    level = np.ones((len(given), 1))
    if _periodogram_peak(given, _WAVES[:, :2, outside]) < _MIN_PERIODOGRAM:
        return None
    waves = _WAVES[:, :, outside]
    shares = _shares(given, waves, level)
    chosen = _best(shares)
    best = int(chosen.argmax())
    # The rate may differ a little between both fits; the wave must not.
    near = slice(max(best - 1, 0), best + 2)
    beats = _beat_waves(since_s[outside], until_s[outside], median_rr_s)
    group = _group_length(np.diff(inside))
    place = np.searchsorted(beat_s, np.arange(_N) / RATE_HZ, side="right")[outside] % group
    beats = np.concatenate([beats * (place == one)[:, None] for one in range(group)], axis=1)
    free = _best(_shares(given, waves[near], np.concatenate([level, beats], axis=1))).max()
    lead_shares = np.full(wave.shape[1], np.nan)
    lead_shares[leads] = shares[best]
    weights, *_ = np.linalg.lstsq(np.concatenate([level, waves[best].T], axis=1), given, rcond=None)
    lead_phases = np.full(wave.shape[1], np.nan)
    lead_phases[leads] = np.arctan2(-weights[2], weights[1])
    lead_skewness = np.full(wave.shape[1], np.nan)
    lead_skewness[leads] = _skewness(given)
    turns = RATES_PER_MIN[best] / 60 * inside
    return FlutterEvidence(
        rate_per_min=float(RATES_PER_MIN[best]),
        wave_share=float(chosen[best]),
        free_share=float(free),
        lead_shares=lead_shares,
        lead_phases=lead_phases,
        lead_skewness=lead_skewness,
        phase_lock=float(np.abs(np.exp(2j * np.pi * turns).mean())),
        rr_variation=rr_variation(inside),
        beats_per_min=60 / median_rr_s,
    )


def rr_variation(beat_s: Float64Array) -> float:
    """Return the coefficient of variation of the intervals between beats within a window; 0 of fewer than two."""
    rr_s = np.diff(beat_s[(beat_s >= 0) & (beat_s < WINDOW_S)])
    return float(rr_s.std() / rr_s.mean()) if len(rr_s) > 1 else 0.0


def _skewness(given: Float64Array) -> Float64Array:
    centred = given - given.mean(axis=0)
    return np.asarray((centred**3).mean(axis=0) / np.maximum((centred**2).mean(axis=0), 1e-12) ** 1.5)


def _group_length(rr_s: Float64Array) -> int:
    """Return after how many beats the intervals repeat, 1 where they do not or are all alike."""
    usual = float(rr_s.mean())
    for length in range(1, _LONGEST_GROUP + 1):
        if len(rr_s) >= 2 * length and (np.abs(rr_s[length:] - rr_s[:-length]) <= _REPEATED * usual).all():
            return length
    return 1


def _beside_beats(beat_s: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Return the time from the beat before and to the beat after each sample; -1 where there is none."""
    time_s = np.arange(_N) / RATE_HZ
    after = np.searchsorted(beat_s, time_s, side="right")
    known = (after > 0) & (after < len(beat_s))
    since_s = np.where(known, time_s - beat_s[np.maximum(after - 1, 0)], -1.0)
    until_s = np.where(known, beat_s[np.minimum(after, len(beat_s) - 1)] - time_s, -1.0)
    return since_s, until_s


def _beat_waves(since_s: Float64Array, until_s: Float64Array, median_rr_s: float) -> Float64Array:
    """Return triangular functions that add up to any T wave behind, and P wave before, the QRS complexes."""
    t_s = np.arange(_QRS_S[1], min(_T_ENDS_S, _T_SHARE * median_rr_s), _SPACING_S)
    p_s = np.arange(_QRS_S[0], _P_BEGINS_S, _SPACING_S)
    parts = [np.abs(time_s[:, None] - at_s) for time_s, at_s in ((since_s, t_s), (until_s, p_s))]
    return np.maximum(0.0, 1 - np.concatenate(parts, axis=1) / _SPACING_S)


def _periodogram_peak(given: Float64Array, fundamental: Float64Array) -> float:
    """Return about the largest share of variance that one sinusoid explains, as the mean of the best leads."""
    level = given - given.mean(axis=0)
    power = ((fundamental @ level) ** 2).sum(axis=1)
    return float(_best(power * 2 / len(given) / np.maximum((level**2).sum(axis=0), 1e-9)).max())


def _shares(given: Float64Array, waves: Float64Array, base: Float64Array) -> Float64Array:
    """Return the share of variance beyond `base` that a wave of each rate explains, shape (rates, leads).

    Zero where the wave is not one of that rate.
    """
    rates, size = waves.shape[:2]
    vectors, values, _ = np.linalg.svd(base, full_matrices=False)
    vectors = vectors[:, values > 1e-3 * values[0]]
    left = given - vectors @ (vectors.T @ given)
    in_base = waves @ vectors
    gram = waves @ waves.transpose(0, 2, 1) - in_base @ in_base.transpose(0, 2, 1)
    gram += _RIDGE * len(given) / 2 * np.eye(size)
    answer = waves @ left
    weights = np.linalg.solve(gram, answer)
    explained = (answer * weights).sum(axis=1) / np.maximum((left**2).sum(axis=0), 1e-9)
    power = (weights**2).reshape(rates, size // 2, 2, -1).sum(axis=2)
    fundamental = power[:, 0] > _MIN_FUNDAMENTAL * power.sum(axis=1)
    return np.where(fundamental, explained, 0.0)


def _best(shares: Float64Array) -> Float64Array:
    """Return the mean of the best leads' shares at each rate."""
    return np.asarray(np.sort(shares, axis=1)[:, -BEST_LEADS:].mean(axis=1))
