"""Beats of a broad-complex tachycardia by the periodicity of the signal.

A QRS detector looks for narrow complexes that stand out of what lies between them. In a ventricular tachycardia of 100
to 300 per minute nothing lies between them: the complexes follow each other like the waves of a sine. Here the period
is the lag of the largest autocorrelation, and a beat is the dominant deflection of each period.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d
from scipy.signal import find_peaks

from ecg_core.arrays import Float32Array

MIN_RR_S, MAX_RR_S = 0.18, 0.62
MIN_CORRELATION: Final = 0.45
BLOCK_S: Final = 6
REGULAR_WITHIN: Final = 0.25
REGULAR_SHARE: Final = 0.75
AXIS_HALF_S, AXIS_STEP_S = 0.5, 0.1
"""Time to either side from which an axis is taken, less than it takes to turn about, and from one axis to the next."""

MORE_STEADY: Final = 0.05
"""Share of a span by which beats along the turning axis must cover more of it than those of the best lead."""


def tachycardia_parts(
    wave: Float32Array, rate_hz: float, *, turning: bool = False
) -> list[tuple[float, float, npt.NDArray[np.float64] | None]]:
    """Split a broad-complex tachycardia into spans with and without distinguishable beats.

    Parameters
    ----------
    wave : ndarray of float32, shape (samples, leads)
        Without baseline, any unit.
    rate_hz : float
        Sampling rate in Hz.
    turning : bool
        Whether beats are looked for along an axis that turns, too, as in torsade de pointes. Fibrillation would seem to
        have beats there.

    Returns
    -------
    list of (start_s, stop_s, beat_s or None)
        In order, without gaps; times in seconds from the start.
    """
    block = round(BLOCK_S * rate_hz)
    starts = range(0, max(len(wave) - block // 2, 1), block)
    parts: list[tuple[float, float, npt.NDArray[np.float64] | None]] = []
    for start in starts:
        stop = len(wave) if start == starts[-1] else start + block
        first = max(min(start, len(wave) - block), 0)
        beats = _beats_of_block(wave[first : max(stop, first + block)], rate_hz, turning=turning)
        if beats is not None:
            beats = beats + first / rate_hz
            beats = beats[beats >= start / rate_hz]
        if parts and (parts[-1][2] is None) == (beats is None):
            begin, _, before = parts.pop()
            together = None if before is None or beats is None else _without_doubles(np.concatenate([before, beats]))
            parts.append((begin, stop / rate_hz, together))
        else:
            parts.append((start / rate_hz, stop / rate_hz, beats))
    return parts


def is_regular(beat_s: npt.NDArray[np.float64], length_s: float) -> bool:
    """Return whether beats are regular, at a tachycardia's rate, throughout a span.

    Parameters
    ----------
    beat_s : ndarray of float64, shape (beats,)
        Times in s, sorted.
    length_s : float
        Length of the span in s.

    Returns
    -------
    bool
    """
    rr_s = np.diff(beat_s)
    if len(rr_s) < 2:
        return False
    usual = float(np.median(rr_s))
    near = np.abs(rr_s / usual - 1) < REGULAR_WITHIN
    covered = len(beat_s) * usual > REGULAR_SHARE * length_s
    return bool(MIN_RR_S <= usual <= MAX_RR_S and near.mean() >= REGULAR_SHARE and covered)


def regular_run(beat_s: npt.NDArray[np.float64]) -> tuple[int, int]:
    """Find the longest regular run of beats at a rate of a tachycardia.

    Parameters
    ----------
    beat_s : ndarray of float64, shape (beats,)
        In order of time.

    Returns
    -------
    first, last : int
        Positions of its first and its last beat; the same where there is none.
    """
    rr_s = np.diff(beat_s)
    fast = (rr_s >= MIN_RR_S) & (rr_s <= MAX_RR_S)
    best = (0, 0)
    first = 0
    for at in range(len(rr_s)):
        if not fast[at]:
            first = at + 1
            continue
        while (np.abs(rr_s[first : at + 1] / np.median(rr_s[first : at + 1]) - 1) > REGULAR_WITHIN).any():
            first += 1
        if at + 1 - first > best[1] - best[0]:
            best = first, at + 1
    return best


def _without_doubles(beat_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Leave out a beat that both of two neighbouring blocks have found."""
    rr_s = np.diff(beat_s)
    return beat_s[np.concatenate(([True], rr_s > 0.5 * np.median(rr_s)))] if len(rr_s) else beat_s


def _beats_of_block(wave: Float32Array, rate_hz: float, *, turning: bool) -> npt.NDArray[np.float64] | None:
    found = [_beats_of(list(wave.T), rate_hz)]
    if turning and wave.shape[1] > 1:
        found.append(_beats_of([_along_turning_axis(wave, rate_hz)], rate_hz))
    steady = [_steadiness(beats, len(wave) / rate_hz) for beats in found]
    best = int(np.argmax(steady))
    return found[best] if steady[best] > steady[0] + MORE_STEADY else found[0]


def _steadiness(beat_s: npt.NDArray[np.float64] | None, length_s: float) -> float:
    """Return which share of a span is covered by intervals that are near the usual one; 0 without beats."""
    if beat_s is None:
        return 0.0
    rr_s = np.diff(beat_s)
    usual = float(np.median(rr_s))
    return float((np.abs(rr_s / usual - 1) < REGULAR_WITHIN).sum() * usual / length_s)


def _along_turning_axis(wave: Float32Array, rate_hz: float) -> Float32Array:
    """Return the signal along the axis in which it is largest at each time, in units of its size there.

    In torsade de pointes the axis turns, so that the complexes of each lead grow, vanish and come back upside down.
    """
    half, step = round(AXIS_HALF_S * rate_hz), round(AXIS_STEP_S * rate_hz)
    centres = np.arange(0, len(wave) + step, step)
    axes = np.empty((len(centres), wave.shape[1]))
    for place, centre in enumerate(centres.tolist()):
        part = wave[max(centre - half, 0) : centre + half]
        axes[place] = np.linalg.eigh(part.T @ part)[1][:, -1]
        if place and axes[place] @ axes[place - 1] < 0:
            axes[place] *= -1
    at = np.arange(len(wave))
    turning = np.stack([np.interp(at, centres, one) for one in axes.T], axis=1)
    along = (wave * turning).sum(axis=1)
    size = np.sqrt(uniform_filter1d(along.astype(np.float64) ** 2, 2 * half + 1, mode="nearest"))
    return np.asarray(along / np.maximum(size, 1e-6 * max(float(size.max()), 1e-9)), dtype=np.float32)


def _beats_of(leads: list[Float32Array], rate_hz: float) -> npt.NDArray[np.float64] | None:
    """Return the beats of the lead that repeats itself best; None where none does or its beats are irregular."""
    shortest, longest = round(MIN_RR_S * rate_hz), round(MAX_RR_S * rate_hz)
    best: tuple[float, int, Float32Array] | None = None
    for lead in leads:
        centred = lead - lead.mean()
        power = float((centred**2).mean())
        if power <= 0 or len(centred) < 3 * longest:
            continue
        lags = np.arange(shortest, longest + 1)
        correlation = np.array([(centred[lag:] * centred[:-lag]).mean() / power for lag in lags])
        peaks = [i for i in range(1, len(lags) - 1) if correlation[i - 1] <= correlation[i] >= correlation[i + 1]]
        largest = max((correlation[i] for i in peaks), default=0.0)
        if largest <= 0:
            continue
        # The first of the large peaks: the others are its multiples.
        period = next(i for i in peaks if correlation[i] >= 0.85 * largest)
        if best is None or largest > best[0]:
            best = (float(largest), int(lags[period]), centred)
    if best is None or best[0] < MIN_CORRELATION:
        return None
    _, period, lead = best
    high, low = np.quantile(lead, 0.98), np.quantile(lead, 0.02)
    signed = lead if high >= -low else -lead
    peaks, _ = find_peaks(signed, distance=max(round(0.6 * period), 1), prominence=0.35 * float(high - low))
    beats = np.asarray(peaks / rate_hz)
    return beats if is_regular(beats, len(lead) / rate_hz) else None
