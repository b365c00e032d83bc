"""Pseudo-ventricular tachycardia: artefact that looks like VT while the usual QRS complexes march through it.

Tremor, tooth brushing or movement of an electrode may look like VT or fibrillation, yet do not stop the heart: narrow
deflections like the usual QRS complexes stand in the artefact at the usual interval ("notches sign"), and a lead that
the artefact spares shows the usual beats throughout ("sinus sign"; Huang et al. 2006, Int J Cardiol 111:163; Knight et
al. 1999, N Engl J Med 341:1270).

In a span that was taken for VT or VF the usual QRS complex is therefore looked for by a matched filter over all leads,
each weighted by how quiet it is there, in a band above that of shaking. The complexes march through if they follow
each other at the usual interval from the last beat before the span to the first one behind it, and nothing else in it
matches: in a true tachycardia of the usual shape all complexes match, at its own rate. Since the beats beside the span
may be those of the tachycardia itself, broad ones faster than `MAX_BPM` are not looked at.

The notches alone leave VF below the complexes of a pacemaker possible. Where a lead shows P and T waves as usual too,
the ventricles are known to be excited by the usual beats, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.signal import butter, find_peaks, sosfiltfilt

from ecg_core.arrays import BoolArray, Float64Array, Int64Array
from ecg_core.recording import Recording
from ecg_core.rhythm.p_waves import in_p_band, without_line
from ecg_core.rhythm.ventricular import VentricularSpan

MAX_BPM: Final = 100.0
"""Rate of the usual beats up to which they are no tachycardia, whatever their shape."""

MAX_NARROW_BPM: Final = 130.0
"""The same of narrow ones, of which at most the notches count: beats beside a span may be those of a tachycardia."""

MAX_NARROW_S: Final = 0.11
"""Duration of the usual QRS complex up to which it is narrow."""

MIN_LIKENESS: Final = 0.75
"""Correlation with the usual QRS complex, over all leads, that a complex in the artefact needs."""

MIN_GAIN, MAX_GAIN = 0.5, 2.0
"""Size of such a complex, as a multiple of the usual one."""

MAX_OFF_TIME: Final = 0.25
"""Departure of an interval from the usual one, as a share of it: respiration and the edges of artefacts move beats."""

MIN_FAST_LIKENESS, MAX_FAST_OFF_TIME = 0.9, 0.1
"""Least median likeness, and departure from the usual interval, of beats faster than `MAX_BPM`.

A slow tachycardia must not pass for a sinus tachycardia of about its rate: in the band of the filter ventricular
complexes may be like the usual ones by 0.88 (MIT-BIH 205, an idioventricular rhythm of 83 per minute).
"""

MIN_FOUND: Final = 0.8
"""Share of the expected complexes that must be found; no two in a row may be missing."""

MIN_BEATS: Final = 3
"""Complexes in the span: fewer may stand there by chance."""

MIN_USUAL: Final = 8
MIN_ALIKE: Final = 0.7
"""Share of the beats beside the span that must be like their median: else there is no usual beat."""

MIN_CLEAR: Final = 0.9
"""Median correlation of P and T waves with the usual ones from which a lead counts as spared by the artefact."""

AROUND_S: Final = 30
_APART_S: Final = 2.0
_WIDEST_HALF_S: Final = 0.15
_STEEP_SHARE: Final = 0.15
_BAND_HZ: Final = (12.0, 40.0)
_QRS_HALF_S: Final = 0.06
_QRS_LEFT_OUT_S: Final = 0.08
_BEAT: Final = (-0.3, 0.6)
_LARGEST_BEAT_S: Final = (0.25, 0.45)
_FLAT_SHARE: Final = 1e-3


@dataclass(frozen=True)
class MarchingBeats:
    """Usual beats that march through what was taken for VT or VF.

    Attributes
    ----------
    sample : ndarray of int64, shape (beats,)
        Those within the span.
    likeness : float
        Median correlation with the usual QRS complex.
    rate_bpm : float
    clear_lead : str or None
        A lead that the artefact spares.
    """

    sample: Int64Array
    likeness: float
    rate_bpm: float
    clear_lead: str | None


def marching_beats(
    recording: Recording, sample: Int64Array, span: VentricularSpan, others: Sequence[VentricularSpan] = ()
) -> MarchingBeats | None:
    """Look for usual beats that march through a span taken for VT or VF.

    Parameters
    ----------
    recording : Recording
        Without pacing spikes.
    sample : ndarray of int64, shape (beats,)
        Beats that detection found.
    span : VentricularSpan
        The span.
    others : sequence of VentricularSpan
        All such spans: beats in them are not the usual ones.

    Returns
    -------
    MarchingBeats or None
        None where they do not, or where it cannot be told.
    """
    fs_hz = recording.fs_hz
    first = max(int((span.start_s - AROUND_S) * fs_hz), 0)
    last = min(int((span.stop_s + AROUND_S) * fs_hz), recording.n_samples)
    start, stop = int(span.start_s * fs_hz) - first, min(int(span.stop_s * fs_hz), recording.n_samples) - first
    near = sample[(sample >= first) & (sample < last)]
    usual = near[~_touched(near / fs_hz, others)] - first
    rr = np.diff(usual)
    beside = rr[rr < 2 * np.median(rr)] if len(rr) else rr
    if len(usual) < MIN_USUAL or not len(beside):
        return None
    cycle = float(np.median(beside))
    slow = 60 * fs_hz / cycle <= MAX_BPM
    if 60 * fs_hz / cycle > MAX_NARROW_BPM:
        return None
    signal = np.nan_to_num(recording.read(first, last)).astype(np.float64)
    if not slow and _qrs_s(signal, fs_hz, usual) > MAX_NARROW_S:
        return None
    matches, likeness = _matches(signal, fs_hz, usual, start, stop)
    chain = _chain(matches, cycle, start, stop, len(signal), MAX_OFF_TIME if slow else MAX_FAST_OFF_TIME)
    if chain is None:
        return None
    inside = chain[(chain >= start) & (chain < stop)]
    if len(inside) < MIN_BEATS or (not slow and np.median(likeness[inside]) < MIN_FAST_LIKENESS):
        return None
    lead = _clear_lead(signal, fs_hz, usual, chain, cycle) if slow else None
    rate_bpm = float(60 * fs_hz * (len(chain) - 1) / (chain[-1] - chain[0]))
    name = None if lead is None else recording.lead_names[lead]
    return MarchingBeats(inside + first, float(np.median(likeness[inside])), rate_bpm, name)


def _touched(time_s: Float64Array, spans: Sequence[VentricularSpan]) -> BoolArray:
    """Tell which moments lie in one of the spans or beside it."""
    inside = np.zeros(len(time_s), dtype=bool)
    for span in spans:
        inside |= (time_s >= span.start_s - _APART_S) & (time_s < span.stop_s + _APART_S)
    return inside


def _qrs_s(signal: Float64Array, fs_hz: float, beats: Int64Array) -> float:
    """Return how long the usual QRS complex lasts, by its slopes in all leads; infinite if it cannot be told."""
    half = round(_WIDEST_HALF_S * fs_hz)
    whole = [at for at in beats.tolist() if half <= at < len(signal) - half]
    if len(whole) < MIN_USUAL:
        return np.inf
    smooth = np.stack([in_p_band(lead, fs_hz) for lead in signal.T], axis=1)
    shape = np.median([smooth[at - half : at + half] for at in whole], axis=0)
    slope = np.sqrt((np.diff(shape, axis=0) ** 2).sum(axis=1))
    steep = np.flatnonzero(slope > _STEEP_SHARE * slope.max())
    return float((steep[-1] - steep[0] + 1) / fs_hz) if len(steep) else np.inf


def _matches(
    signal: Float64Array, fs_hz: float, usual: Int64Array, start: int, stop: int
) -> tuple[Int64Array, Float64Array]:
    """Return where complexes like the usual one stand, and the likeness at each sample; nothing without a usual one."""
    band = butter(2, [_BAND_HZ[0], min(_BAND_HZ[1], 0.45 * fs_hz)], "bandpass", fs=fs_hz, output="sos")
    fast = sosfiltfilt(band, signal, axis=0)
    half = round(_QRS_HALF_S * fs_hz)
    whole = usual[(usual >= half) & (usual < len(signal) - half)]
    nothing = np.empty(0, dtype=np.int64), np.zeros(len(signal))
    if len(whole) < MIN_USUAL:
        return nothing
    shape = np.median([fast[at - half : at + half + 1] for at in whole.tolist()], axis=0)
    level = np.median(np.abs(fast[start:stop]), axis=0)
    held = level > _FLAT_SHARE * max(float(level.max()), 1e-12)
    if not held.any():
        return nothing
    weight = np.where(held, 1 / np.where(held, level, 1.0) ** 2, 0.0)
    product, power = np.zeros(len(signal)), np.zeros(len(signal))
    for lead in np.flatnonzero(held).tolist():
        product += weight[lead] * np.correlate(fast[:, lead], shape[:, lead], "same")
        power += weight[lead] * np.convolve(fast[:, lead] ** 2, np.ones(len(shape)), "same")
    of_shape = max(float(weight @ (shape**2).sum(axis=0)), 1e-12)
    likeness, gain = product / np.sqrt(np.maximum(power * of_shape, 1e-24)), product / of_shape
    if (likeness[whole] >= MIN_LIKENESS).mean() < MIN_ALIKE:
        return nothing
    peaks, _ = find_peaks(likeness, height=MIN_LIKENESS, distance=half)
    return peaks[(gain[peaks] >= MIN_GAIN) & (gain[peaks] <= MAX_GAIN)].astype(np.int64), likeness


def _chain(
    matches: Int64Array, cycle: float, start: int, stop: int, n_samples: int, off_time: float
) -> Int64Array | None:
    """Return the matches in the span and beside it if they follow each other at the usual interval, else None."""
    before, behind = matches[matches < start], matches[matches >= stop]
    chain = np.concatenate([before[-1:], matches[(matches >= start) & (matches < stop)], behind[:1]])
    if len(chain) < MIN_BEATS:
        return None
    cycles = np.diff(chain) / cycle
    steps = np.rint(cycles)
    on_time = (np.abs(cycles - steps) <= off_time * np.maximum(steps, 1)) & (steps >= 1) & (steps <= 2)
    reaches = chain[0] < start or start < 2 * cycle, chain[-1] >= stop or n_samples - stop < 2 * cycle
    if not on_time.all() or not all(reaches) or len(steps) / steps.sum() < MIN_FOUND:
        return None
    return chain


def _clear_lead(signal: Float64Array, fs_hz: float, usual: Int64Array, chain: Int64Array, cycle: float) -> int | None:
    """Return the lead in which P and T waves of all beats of the chain are the usual ones; None where there is none."""
    low = -round(min(-_BEAT[0] * cycle, _LARGEST_BEAT_S[0] * fs_hz))
    high = round(min(_BEAT[1] * cycle, _LARGEST_BEAT_S[1] * fs_hz))
    offset = np.arange(low, high)
    rest = np.abs(offset) > _QRS_LEFT_OUT_S * fs_hz
    best, best_like = None, MIN_CLEAR
    for lead in range(signal.shape[1]):
        smooth = in_p_band(signal[:, lead], fs_hz)
        shape, found = (
            np.array(
                [_rest(smooth[at + low : at + high], rest) for at in beats.tolist() if _fits(at, low, high, smooth)]
            )
            for beats in (usual, chain)
        )
        if len(shape) < MIN_USUAL or len(found) < MIN_BEATS:
            continue
        target = np.median(shape, axis=0)
        size = float(target @ target)
        if not size:
            continue
        like = found @ target / np.maximum(np.sqrt((found**2).sum(axis=1) * size), 1e-12)
        gain = found @ target / size
        clear = like.min() >= MIN_LIKENESS and gain.min() >= MIN_GAIN and gain.max() <= MAX_GAIN
        if clear and float(np.median(like)) > best_like:
            best, best_like = lead, float(np.median(like))
    return best


def _fits(at: int, low: int, high: int, values: Float64Array) -> bool:
    return at + low >= 0 and at + high <= len(values)


def _rest(beat: Float64Array, rest: BoolArray) -> Float64Array:
    return without_line(beat[rest])
