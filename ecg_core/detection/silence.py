"""Classification of spans without beats, lead by lead: asystole or lead-off.

A pause or an asystole leaves the lead as it was between the beats: the same noise, the same hum, the same resolution.
A lead that is off shows something else. Each is compared with its own windows between the beats of the half minute to
either side, so that gain, rate and filters do not matter. A stretch is unreadable from where

- its fast noise is far less (`QUIETER`: an input that is shorted or held) or far more (`LOUDER`: a floating input)
  than between the beats,
- mains hum, or an alias of it, makes up most of what is fast and exceeds what was there before,
- it takes a few values only, of a converter that showed more between the beats,
- its baseline moves by much of the height of a QRS within a second (recovery after an overload, a cable that moves),
- it never changes for 1.5 s though there was noise between the beats (`signal.quality`),

and from there to the next beat: once a lead came off, what follows cannot be called asystole. Where another lead shows
beats at which a lead shows nothing, that lead is off without further ado. What cannot be told apart stays readable and
is therefore named as a pause or asystole: an alarm too many is better than silence. Slow oscillation (fibrillation,
flutter) is left alone.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import percentile_filter, uniform_filter1d

from ecg_core.arrays import Float64Array, Int64Array
from ecg_core.beats import UNREADABLE
from ecg_core.signal.gaps import bridge_gaps

MIN_SPAN_S: Final = 1.8
"""Shortest stretch without a beat that is looked at; below it nothing is called a pause."""

AFTER_BEAT_S, BEFORE_BEAT_S = 0.45, 0.2
"""Left out of a stretch: T wave of the beat before, P wave of the one after."""

AROUND_S: Final = 30
WINDOW_S: Final = 0.24
SMOOTHED: Final = 5
"""Windows whose mean is compared, so that chance and single spikes do not decide."""

QUIETER, LOUDER = 0.62, 2.5
QUIET_QUANTILE: Final = 0.15
FAST_HZ: Final = 12.0
TONAL: Final = 0.5
HUM_MORE: Final = 1.5
MAINS_HZ: Final = (50.0, 60.0)
FEW_VALUES: Final = 4
MOVED: Final = 0.35
"""Share of the height of a QRS that the baseline may move by within `MOVE_S`."""

MOVED_MORE: Final = 3.0
"""It must also exceed so many times what is usual around."""

MIN_NOISE: Final = 0.01
"""Fast noise (mean fourth difference) as a share of the height of a QRS below which waves decide, not noise."""

MIN_HUM: Final = 0.005
"""RMS of a hum as a share of the height of a QRS below which it is no reason."""

MOVE_S: Final = 1.0
OSCILLATION: Final = 0.2
"""Share of the height of a QRS that a swing between 1 and 12 Hz must exceed to be a rhythm of its own."""

SOON_S: Final = 2.0
"""A lead that comes off so soon after a beat was off all along: no pause is told from what lies between."""

SHOWN: Final = 0.15
SHOWN_BEATS: Final = 60
STRAY_GAP_S: Final = 1.8
MAX_STRAY_BEATS: Final = 2
MAX_HIDDEN_BEATS: Final = 4
"""Beats in a row that other leads show and this one does not: it is off."""


@dataclass(frozen=True)
class _Windows:
    """Figures of consecutive windows of one lead, each of shape (windows,).

    Attributes
    ----------
    start : ndarray of int64
        First samples.
    rough : ndarray
        Mean size of the fourth difference: fast noise, whatever P, T and slower waves do.
    hum : ndarray, shape (windows, tones)
        RMS at mains frequencies and their harmonics.
    tonal : ndarray
        Share of the largest of them in the power above `FAST_HZ`, less half of what noise of all frequencies has.
    n_values : ndarray
        Different values.
    """

    start: Int64Array
    rough: Float64Array
    hum: Float64Array
    tonal: Float64Array
    n_values: Float64Array


def silent_leads(
    signal: npt.NDArray[np.float32],
    fs_hz: float,
    quality: npt.NDArray[np.uint8],
    beats: Int64Array,
    seen: npt.NDArray[np.bool_],
) -> npt.NDArray[np.uint8]:
    """Lower the quality grades of spans without beats where a lead is off.

    Parameters
    ----------
    signal : ndarray of float32, shape (samples, leads)
        In mV; NaN where absent.
    fs_hz : float
        Sampling rate in Hz.
    quality : ndarray of uint8, shape (seconds, leads)
        Quality grades.
    beats : ndarray of int64, shape (beats,)
        Samples of the beats that were found.
    seen : ndarray of bool, shape (beats, leads)
        Which of them each lead shows.

    Returns
    -------
    ndarray of uint8, shape (seconds, leads)
    """
    lowered = quality.copy()
    bridged, _ = bridge_gaps(signal)
    for lead in range(signal.shape[1]):
        shown, hidden = beats[seen[:, lead]], beats[~seen[:, lead]]
        edges = np.concatenate(([0], shown, [len(signal)]))
        for gap in np.flatnonzero(np.diff(edges) > MIN_SPAN_S * fs_hz).tolist() if len(shown) else []:
            first, stop = int(edges[gap]), int(edges[gap + 1])
            n_hidden = int(np.diff(np.searchsorted(hidden, [first, stop]))[0])
            if gap:
                first += round(AFTER_BEAT_S * fs_hz)
            if stop < len(signal):
                stop -= round(BEFORE_BEAT_S * fs_hz)
            since = _off_since(bridged[:, lead], fs_hz, first, stop, shown, quality[:, lead])
            if n_hidden >= MAX_HIDDEN_BEATS:
                since = first
            if since is None:
                continue
            if since - first < SOON_S * fs_hz or not gap:
                since = int(edges[gap]) + (round(0.2 * fs_hz) if gap else 0)
            lowered[int(since / fs_hz) : int(np.ceil(stop / fs_hz)), lead] = UNREADABLE
    return lowered


def shown_by(energy: npt.NDArray[np.float32], at: Int64Array) -> npt.NDArray[np.bool_]:
    """Return which beats each lead shows with at least `SHOWN` of the energy of the lead's beats nearby.

    Parameters
    ----------
    energy : ndarray of float32, shape (times, leads)
        At the scale of the QRS.
    at : ndarray of int64, shape (beats,)
        Times of the beats.

    Returns
    -------
    ndarray of bool, shape (beats, leads)
    """
    if not len(at):
        return np.zeros((0, energy.shape[1]), dtype=bool)
    around = np.clip(at[:, None] + np.arange(-8, 9), 0, len(energy) - 1)
    height = energy[around].max(axis=1)
    width = min(2 * SHOWN_BEATS + 1, 2 * len(height) - 1)
    usual = percentile_filter(height, 75, size=(width, 1), mode="nearest")
    return np.asarray(height >= SHOWN * usual) & (height > 0)


def _off_since(
    lead: npt.NDArray[np.float32], fs_hz: float, first: int, stop: int, beats: Int64Array, grades: npt.NDArray[np.uint8]
) -> int | None:
    """Return the first sample at which a stretch shows that the lead is off; None if it does not."""
    around = round(AROUND_S * fs_hz)
    inside = lead[first:stop].astype(np.float64)
    low, high = max(first - around, 0), min(stop + around, len(lead))
    usual = _reference(lead, fs_hz, low, first, beats, grades), _reference(lead, fs_hz, stop, high, beats, grades)
    known = [part for part in usual if part is not None]
    before, after = lead[low:first].astype(np.float64), lead[stop:high].astype(np.float64)
    if not known or len(inside) < WINDOW_S * fs_hz:
        return None
    shown = _windows(inside, fs_hz)
    rough, hum, n_values = (
        np.concatenate([getattr(part, name) for part in known]) for name in ("rough", "hum", "n_values")
    )
    quiet, typical = np.quantile(rough, (QUIET_QUANTILE, 0.5))
    height = _height(lead, fs_hz, beats, low, high)
    now = _smoothed(shown.rough)
    off = now > LOUDER * max(typical, MIN_NOISE * height)
    if quiet > MIN_NOISE * height:
        off |= now < QUIETER * quiet
    loudest = shown.hum.mean(axis=0).argmax()
    line = _smoothed(shown.hum[:, loudest])
    off |= (_smoothed(shown.tonal) > TONAL) & (
        line > max(HUM_MORE * np.quantile(hum[:, loudest], 0.5), MIN_HUM * height)
    )
    few = _smoothed(shown.n_values) <= FEW_VALUES
    off |= few & (np.quantile(n_values, 0.2) >= 2 * FEW_VALUES)
    start = first + shown.start
    usually = np.concatenate([_moved(part, fs_hz) for part in (before, after) if len(part) > fs_hz] or [np.zeros(1)])
    moved = _moved(inside, fs_hz) > max(MOVED * height, MOVED_MORE * np.median(usually))
    off |= moved[np.minimum(shown.start, len(moved) - 1)]
    off &= ~_oscillates(inside, fs_hz, shown.start, OSCILLATION * height)
    return int(start[off][0]) if off.any() else None


def _reference(
    lead: npt.NDArray[np.float32], fs_hz: float, low: int, high: int, beats: Int64Array, grades: npt.NDArray[np.uint8]
) -> _Windows | None:
    """Return the windows of a span that hold no QRS and lie among beats, in seconds that can be read."""
    size = round(WINDOW_S * fs_hz)
    near = beats[(beats >= low) & (beats < high)]
    if high - low < size or len(near) < 3:
        return None
    windows = _windows(lead[low:high].astype(np.float64), fs_hz)
    middle = low + windows.start + size // 2
    after = np.clip(np.searchsorted(near, middle), 1, len(near) - 1)
    distance = np.minimum(np.abs(near[after] - middle), np.abs(middle - near[after - 1]))
    readable = grades[np.minimum((middle / fs_hz).astype(np.int64), len(grades) - 1)] > UNREADABLE
    use = readable & (distance > 0.1 * fs_hz + size / 2) & (distance < 0.9 * fs_hz)
    if use.sum() < 4:
        use = readable & (distance < 0.9 * fs_hz)
    if use.sum() < 4:
        return None
    return _Windows(windows.start[use], windows.rough[use], windows.hum[use], windows.tonal[use], windows.n_values[use])


def _windows(values: Float64Array, fs_hz: float) -> _Windows:
    size = round(WINDOW_S * fs_hz)
    n_windows = len(values) // size
    cut = values[: n_windows * size].reshape(n_windows, size)
    cut = cut - cut.mean(axis=1, keepdims=True)
    window = np.hanning(size + 2)[1:-1]
    spectrum = np.abs(np.fft.rfft(cut * window, axis=1)) ** 2
    frequency = np.fft.rfftfreq(size, 1 / fs_hz)
    fast = frequency > FAST_HZ
    total = spectrum[:, fast].sum(axis=1)
    # Power of a windowed line: twice the sum over its bins (once at the Nyquist frequency), by the window's power.
    scale = 2 / (size * (window**2).sum())
    powers = []
    for mains_hz in MAINS_HZ:
        for harmonic in (1, 2, 3):
            alias = abs((harmonic * mains_hz + fs_hz / 2) % fs_hz - fs_hz / 2)
            line = fast & (np.abs(frequency - alias) < 1.6 / WINDOW_S)
            if alias > FAST_HZ:
                powers.append(spectrum[:, line].sum(axis=1))
    lines = np.stack(powers, axis=1) if powers else np.zeros((n_windows, 1))
    by_chance = min(3.2 / WINDOW_S / max(fs_hz / 2 - FAST_HZ, 1.0), 1.0)
    tonal = np.divide(lines.max(axis=1), total, out=np.zeros(n_windows), where=total > 0) - by_chance / 2
    n_values = 1.0 + (np.diff(np.sort(cut, axis=1), axis=1) > 1e-9).sum(axis=1)
    rough = np.abs(np.diff(cut, 4, axis=1)).mean(axis=1)
    return _Windows(np.arange(n_windows, dtype=np.int64) * size, rough, np.sqrt(scale * lines), tonal, n_values)


def _smoothed(values: Float64Array) -> Float64Array:
    return np.asarray(uniform_filter1d(values, min(SMOOTHED, len(values)), mode="nearest"))


def _moved(values: Float64Array, fs_hz: float) -> Float64Array:
    """Return how far the baseline, a mean over half a second, moves within `MOVE_S` around each sample."""
    width, reach = round(0.5 * fs_hz), round(MOVE_S * fs_hz / 2)
    slow = uniform_filter1d(values, width, mode="nearest")
    ahead = slow[np.minimum(np.arange(len(slow)) + reach, len(slow) - 1)]
    back = slow[np.maximum(np.arange(len(slow)) - reach, 0)]
    return np.abs(ahead - back)


def _oscillates(values: Float64Array, fs_hz: float, start: Int64Array, least_mv: float) -> npt.NDArray[np.bool_]:
    """Tell in which windows the signal swings at the rates of fibrillation and flutter: another rhythm, not silence."""
    slow = uniform_filter1d(values, round(0.5 * fs_hz), mode="nearest")
    swing = values - slow
    for length_s in (0.04, 0.05):  # nulls at mains frequencies
        swing = uniform_filter1d(swing, max(round(length_s * fs_hz), 1), mode="nearest")
    power = uniform_filter1d(swing**2, round(fs_hz), mode="nearest")
    size = np.sqrt(8 * power.clip(0))  # peak to peak of a sine of this power
    return np.asarray(size[np.minimum(start, len(size) - 1)] > least_mv)


def _height(lead: npt.NDArray[np.float32], fs_hz: float, beats: Int64Array, low: int, high: int) -> float:
    """Return the usual peak-to-peak height of the beats between two samples."""
    half = round(0.06 * fs_hz)
    near = beats[(beats >= max(low, half)) & (beats < min(high, len(lead) - half))]
    if not len(near):
        return np.inf
    return float(np.median(np.ptp(lead[near[:, None] + np.arange(-half, half + 1)], axis=1)))


def without_strays(
    quality: npt.NDArray[np.uint8], beats: Int64Array, fs_hz: float
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """Remove isolated beats within unreadable signal, which are artefacts of a lead that is off.

    Parameters
    ----------
    quality : ndarray of uint8, shape (seconds, leads)
        Quality grades.
    beats : ndarray of int64, shape (beats,)
        Beat positions in samples.
    fs_hz : float
        Sampling rate in Hz.

    Returns
    -------
    quality : ndarray of uint8, shape (seconds, leads)
        Unreadable around what was taken away, too.
    kept : ndarray of bool, shape (beats,)
    """
    unreadable = (quality == UNREADABLE).all(axis=1)
    kept = np.ones(len(beats), dtype=bool)
    second = np.minimum((beats / fs_hz).astype(np.int64), len(quality) - 1)
    lost = np.concatenate(([0], np.cumsum(unreadable)))
    # Stretches without a beat, most of them unreadable, that part the beats into groups.
    length = np.diff(beats) / fs_hz
    parted = (length > STRAY_GAP_S) & (lost[second[1:] + 1] - lost[second[:-1]] >= 0.6 * length)
    start = np.concatenate(([0], np.flatnonzero(parted) + 1, [len(beats)]))
    lowered = quality.copy()
    for first, stop in itertools.pairwise(start[1:-1]):
        if stop - first <= MAX_STRAY_BEATS:
            kept[first:stop] = False
            lowered[second[first] : second[stop - 1] + 1] = UNREADABLE
    return lowered, kept
