"""Complete AV block in atrial fibrillation: fibrillatory waves go on while the ventricles beat slowly and regularly.

Conducted fibrillation is irregular at any rate. Where its intervals become constant ("regularised" fibrillation) no
impulse reaches the ventricles, which follow an escape rhythm: complete AV block, often by digitalis (Kusumoto et al.
2019, ACC/AHA/HRS guideline on bradycardia and conduction delay, doi:10.1161/CIR.0000000000000628). Fibrillatory waves
are an oscillation of 4 to 10 Hz between T wave and QRS complex that goes on in every interval, in several leads, and
keeps no phase to the QRS complexes. A junctional rhythm has none, noise no such rate, flutter with a constant ratio of
conduction keeps its phase. A rhythm with P waves is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from scipy.signal import butter, sosfiltfilt

from ecg_core.arrays import BoolArray, Float64Array, Int64Array
from ecg_core.delineation.av_conduction import ESCAPE_BPM, LASTING_S
from ecg_core.delineation.waves import Waves
from ecg_core.recording import Recording
from ecg_core.rhythm.episode_types import Span

MIN_BEATS: Final = 6
MIN_WINDOW_S: Final = 8.0
MAX_RR_VARIATION: Final = 0.05
"""Of an escape rhythm; that of conducted fibrillation is larger."""

MAX_P_SHARE: Final = 0.2
"""P waves for each beat, before it or elsewhere, up to which there are none."""

WAVES_HZ: Final = (4.0, 10.0)
BAND_HZ: Final = (1.5, 25.0)
MIN_BAND_SHARE: Final = 0.55
"""Share of the power of the signal between the beats that lies at the rates of fibrillatory waves."""

MIN_RMS: Final = 0.012
"""RMS of the waves as a share of the height of the QRS complexes."""

MIN_PRESENT: Final = 0.8
"""Share of the intervals between beats in which the waves are seen."""

MIN_LEADS: Final = 0.25
AFTER_R_S, BEFORE_R_S = 0.45, 0.1
"""Left out of each interval: QRS complex and T wave, and the beginning of the next QRS complex."""

MIN_SEGMENT_S: Final = 0.4
_QRS_S: Final = 0.06


def regularised_fibrillation(recording: Recording, waves: Waves, possible: BoolArray) -> tuple[Span, ...]:
    """Find complete AV block in atrial fibrillation.

    Parameters
    ----------
    recording : Recording
        Without pacing spikes.
    waves : Waves
        Boundaries of its beats.
    possible : ndarray of bool, shape (beats,)
        Beats that may be an escape rhythm: not paced, outside of rhythms that are named otherwise.

    Returns
    -------
    tuple of Span
        Kinds ``AFIB`` and ``AVB3`` over the same beats, in order of time.
    """
    fs_hz = recording.fs_hz
    joined: list[tuple[int, int, str]] = []
    for first, stop in _regular_windows(waves, fs_hz, possible):
        beat = waves.beat[first:stop]
        low = max(int(beat[0] - fs_hz), 0)
        signal = recording.read(low, min(int(beat[-1] + fs_hz), recording.n_samples))
        rate = fibrillatory_rate_hz(np.asarray(signal, dtype=np.float64), fs_hz, beat - low)
        if not rate:
            continue
        bpm = 60 * (stop - 1 - first) * fs_hz / float(beat[-1] - beat[0])
        reason = f"QRS {bpm:.0f}/min, regular; fibrillatory waves of {rate:.1f} Hz, no P waves"
        if joined and joined[-1][1] >= first:
            joined[-1] = joined[-1][0], stop, joined[-1][2]
        else:
            joined.append((first, stop, reason))
    return tuple(
        Span(int(waves.beat[first]), int(waves.beat[stop - 1]) + 1, kind, reason)
        for first, stop, reason in joined
        for kind in ("AFIB", "AVB3")
    )


def fibrillatory_rate_hz(signal_mv: Float64Array, fs_hz: float, beat: Int64Array) -> float:
    """Return the rate of fibrillatory waves between regular beats; 0 where there are none.

    Parameters
    ----------
    signal_mv : ndarray of float64, shape (samples, leads)
        NaN where absent.
    fs_hz : float
        Sampling rate in Hz.
    beat : ndarray of int64, shape (beats,)
        Samples of the beats.

    Returns
    -------
    float
        In Hz, the median of the leads that show them.
    """
    length = int(np.diff(beat).min() - (AFTER_R_S + BEFORE_R_S) * fs_hz)
    if length < MIN_SEGMENT_S * fs_hz or fs_hz < 2.2 * BAND_HZ[1]:
        return 0.0
    begin = beat[:-1] + round(AFTER_R_S * fs_hz)
    inside = begin[:, None] + np.arange(length)
    around = np.clip(
        beat[:, None] + np.arange(-round(_QRS_S * fs_hz), round(_QRS_S * fs_hz) + 1), 0, len(signal_mv) - 1
    )
    band = butter(2, BAND_HZ, "bandpass", fs=fs_hz, output="sos")
    rates = []
    read = [lead for lead in signal_mv.T if np.isfinite(lead).all() and np.ptp(lead) > 0]
    for lead in read:
        parts = sosfiltfilt(band, lead)[inside]
        parts = parts - np.median(parts, axis=0)  # what is locked to the beats
        rate = _rate_of_parts(parts, fs_hz, float(np.median(np.ptp(lead[around], axis=1))))
        if rate:
            rates.append(rate)
    return float(np.median(rates)) if rates and len(rates) >= MIN_LEADS * len(read) else 0.0


def _rate_of_parts(parts: Float64Array, fs_hz: float, height_mv: float) -> float:
    """Return the rate of the waves in the intervals of one lead; 0 where too few of them hold any."""
    length = parts.shape[1]
    n_fft = max(length, round(2 * fs_hz))
    parts = parts - parts.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(parts * np.hanning(length + 2)[1:-1], n_fft, axis=1)) ** 2
    hz = np.fft.rfftfreq(n_fft, 1 / fs_hz)
    whole = (hz >= BAND_HZ[0]) & (hz <= BAND_HZ[1])
    of_waves = (hz >= WAVES_HZ[0]) & (hz <= WAVES_HZ[1])
    share = power[:, of_waves].sum(axis=1) / np.maximum(power[:, whole].sum(axis=1), 1e-12)
    rms = parts.std(axis=1)
    present = (share >= MIN_BAND_SHARE) & (rms >= MIN_RMS * height_mv)
    if present.mean() < MIN_PRESENT:
        return 0.0
    return float(hz[of_waves][power[:, of_waves].sum(axis=0).argmax()])


def _regular_windows(waves: Waves, fs_hz: float, possible: BoolArray) -> Iterator[tuple[int, int]]:
    """Yield first beat and one past the last of windows of slow regular beats without P waves."""
    beat_s = waves.beat / fs_hz
    if len(beat_s) < MIN_BEATS:
        return
    begins_s = np.arange(beat_s[0], beat_s[-1], LASTING_S)
    firsts, stops = (np.searchsorted(beat_s, begins_s + part) for part in (0.0, LASTING_S))
    has_p = np.isfinite(waves.sample_of("p_on"))
    for first, stop in zip(firsts.tolist(), stops.tolist(), strict=True):
        first = max(first - 1, 0)
        n_beats = stop - first
        if n_beats < MIN_BEATS or not possible[first:stop].all():
            continue
        rr_s = np.diff(beat_s[first:stop])
        if rr_s.sum() < MIN_WINDOW_S or rr_s.mean() < 60 / ESCAPE_BPM or rr_s.std() > MAX_RR_VARIATION * rr_s.mean():
            continue
        low, high = np.searchsorted(waves.unconducted_p[:, 0], waves.beat[[first, stop - 1]])
        if has_p[first:stop].sum() + high - low <= MAX_P_SHARE * n_beats:
            yield first, stop
