"""ST level of every beat in every lead.

The level is that of the signal 80 ms after the J point, above 120 beats a minute 60 ms, against the PR baseline: the
mean of the 20 ms before the QRS onset, one period of the mains, joined to the baseline of the next beat by a line. The
times after J follow the Long-Term ST Database (Jager F et al.: Long-term ST database: a reference for the development
and evaluation of automated ischaemia detectors. Med Biol Eng Comput 41:172-182, 2003, doi:10.1007/BF02344885), in two
steps instead of four. Only normal beats with a QRS below 120 ms count: after a wide QRS the ST segment follows from the
depolarisation. Where the usual QRS is about that long, beats are left out that are 20 ms wider.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

from ecg_core.arrays import BoolArray, Float32Array, Float64Array, Int64Array, UInt8Array
from ecg_core.beats import UNREADABLE
from ecg_core.delineation.lead_scales import relative_leads
from ecg_core.delineation.waves import Waves
from ecg_core.recording import Recording
from ecg_core.signal.quality import grades_at

FAST_BPM: Final = 120.0
AFTER_J_MS, AFTER_J_FAST_MS = 80.0, 60.0
WIDE_QRS_MS: Final = 120.0
SURELY_WIDE_MS: Final = 130.0
"""A usual QRS below this may be one of less than 120 ms: a duration is uncertain by 10 ms (IEC 60601-2-25)."""

WIDENED_MS: Final = 20.0
"""By so much a QRS must then be wider than usual to be a conduction change."""

SHAPE_POINTS: Final = 8
"""Points at which the QRS is sampled, from its onset to its end."""

_BASELINE_MS: Final = 20.0
_J_MS: Final = 8.0
_ST_HALF_MS: Final = 10.0
_SHAPE_HALF_MS: Final = 4.0
_PIECE_S: Final = 600
_OVERLAP_S: Final = 2
_STEADY_BEATS: Final = 9
_LONGEST_LINE_S: Final = 2.0


@dataclass(frozen=True)
class StLevels:
    """ST measurements of every beat.

    Attributes
    ----------
    used : ndarray of bool, shape (beats, leads)
        Beats that are normal, narrow and readable in the lead; all others are NaN below.
    j_mv, level_mv, slope_mv_s : ndarray of float32, shape (beats, leads)
        Level at the J point and after it, and the slope between the two.
    qrs_mv : ndarray of float32, shape (beats, leads, 8)
        The QRS at `SHAPE_POINTS` points, by which a change of its axis is told.
    beat : ndarray of int64, shape (beats,)
        Samples of the beats.
    measured_at : ndarray of float64, shape (beats, leads, 4)
        In samples: QRS onset and end, the distance of the level from the J point, and the QRS onset of the next beat
        used. What is measured follows from these places alone.
    """

    used: BoolArray
    j_mv: Float32Array
    level_mv: Float32Array
    slope_mv_s: Float32Array
    qrs_mv: Float32Array
    beat: Int64Array
    measured_at: Float64Array


def st_levels(
    recording: Recording,
    waves: Waves,
    usable: BoolArray,
    quality: UInt8Array | None = None,
    progress: Callable[[float], None] | None = None,
    known: StLevels | None = None,
) -> StLevels:
    """Measure the ST segment of every beat, reading the signal piece by piece.

    Parameters
    ----------
    recording : Recording
        The recording; leads whose amplitudes are relative are not measured.
    waves : Waves
        Boundaries; its leads are the recording's.
    usable : ndarray of bool, shape (beats,)
        Beats whose ST segment means something: normal ones that are not paced.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Quality grades: a beat in an unreadable second of a lead is not measured there.
    progress : callable, optional
        Called with the fraction done.
    known : StLevels, optional
        Earlier measurements of the same recording: only where a person's correction has changed something is measured
        again.

    Returns
    -------
    StLevels

    Raises
    ------
    RecordingError
        If a span cannot be read.
    """
    fs_hz, n_leads = recording.fs_hz, len(waves.lead_names)
    onset, end = waves.sample_of("qrs_on"), waves.sample_of("qrs_off")
    measurable = np.asarray(usable, dtype=bool) & np.isfinite(onset) & np.isfinite(end)
    onset, end = _steadied(onset, waves.beat, measurable), _steadied(end, waves.beat, measurable)
    width_ms = (end - onset) * 1000 / fs_hz
    with np.errstate(invalid="ignore"):
        measurable &= width_ms < _widest_ms(width_ms[measurable])
    relative = relative_leads(recording)
    used = measurable[:, None] & waves.assessed & np.array([name not in relative for name in recording.lead_names])
    if quality is not None and len(quality) and len(waves):
        used &= grades_at(quality, waves.beat / fs_hz) != UNREADABLE
    following = _next_used(used)
    places = np.empty((len(waves), n_leads, 4))
    places[:, :, 0], places[:, :, 1] = onset[:, None], end[:, None]
    places[:, :, 2] = (_after_j_ms(waves.beat, fs_hz) * fs_hz / 1000)[:, None]
    places[:, :, 3] = np.where(following >= 0, onset[following], np.nan)
    places[~used] = np.nan
    result = _absent(used, waves.beat, places)
    to_measure = used if known is None else used & ~_kept(result, known)
    leads = np.flatnonzero(to_measure.any(axis=0)).tolist()
    piece, margin = round(_PIECE_S * fs_hz), round(_OVERLAP_S * fs_hz)
    for begin in range(0, recording.n_samples if leads else 0, piece):
        if progress:
            progress(begin / recording.n_samples)
        first, last = np.searchsorted(waves.beat, [begin, begin + piece]).tolist()
        chosen = first + np.flatnonzero(to_measure[first:last].any(axis=1))
        if not len(chosen):
            continue
        start = max(int(waves.beat[chosen[0]]) - margin, 0)
        stop = min(int(waves.beat[chosen[-1]]) + margin, recording.n_samples)
        signal = recording.read(start, stop, leads)
        for column, lead in enumerate(leads):
            mine = chosen[to_measure[chosen, lead]]
            at_onset, at_end, after_j, at_next = places[mine, lead].T
            values = _measured(signal[:, column], fs_hz, at_onset - start, at_end - start, at_next - start, after_j)
            for target, value in zip(
                (result.j_mv, result.level_mv, result.slope_mv_s, result.qrs_mv), values, strict=True
            ):
                target[mine, lead] = value
    return result


def _absent(used: BoolArray, beat: Int64Array, places: Float64Array) -> StLevels:
    j_mv, level_mv, slope_mv_s = (np.full(used.shape, np.nan, dtype=np.float32) for _ in range(3))
    qrs_mv = np.full((*used.shape, SHAPE_POINTS), np.nan, dtype=np.float32)
    return StLevels(used, j_mv, level_mv, slope_mv_s, qrs_mv, beat, places)


def _kept(result: StLevels, known: StLevels) -> BoolArray:
    """Take over what was measured at the same places, and return where; shape (beats, leads)."""
    same: BoolArray = np.zeros(result.used.shape, dtype=bool)
    if not len(known.beat):
        return same
    row = np.minimum(np.searchsorted(known.beat, result.beat), len(known.beat) - 1)
    at_beat = (known.beat[row] == result.beat)[:, None] & known.used[row]
    same = at_beat & np.equal(
        *(np.nan_to_num(each, nan=-1.0) for each in (result.measured_at, known.measured_at[row]))
    ).all(axis=2)
    for name in ("j_mv", "level_mv", "slope_mv_s", "qrs_mv"):
        getattr(result, name)[same] = getattr(known, name)[row][same]
    return same


def same_places(one: Float64Array, other: Float64Array) -> BoolArray:
    """Tell which rows of :attr:`StLevels.measured_at` are equal, those that were not measured included.

    Parameters
    ----------
    one, other : ndarray of float64, shape (beats, leads, 4)
        In samples.

    Returns
    -------
    ndarray of bool, shape (beats, leads)
    """
    equal: BoolArray = (one == other) | (np.isnan(one) & np.isnan(other))
    return np.asarray(equal.all(axis=2))


def _next_used(used: BoolArray) -> Int64Array:
    """Return the position of the next beat used in each lead, -1 where there is none; shape (beats, leads)."""
    n_beats = len(used)
    position = np.where(used, np.arange(n_beats)[:, None], n_beats)
    from_here = np.minimum.accumulate(position[::-1], axis=0)[::-1]
    following = np.vstack([from_here[1:], np.full((1, used.shape[1]), n_beats)]) if n_beats else position
    return np.where(following < n_beats, following, -1)


def _widest_ms(width_ms: Float64Array) -> float:
    """Return from which QRS duration on beats are left out: a usual QRS of 120 ms must not come and go."""
    usual = float(np.median(width_ms)) if len(width_ms) else SURELY_WIDE_MS
    return max(WIDE_QRS_MS, usual + WIDENED_MS) if usual < SURELY_WIDE_MS else WIDE_QRS_MS


def _steadied(boundary: Float64Array, beat: npt.NDArray[np.int64], known: BoolArray) -> Float64Array:
    """Return a boundary as the running median of its distance from the beat over neighbouring usable beats."""
    result = np.full(len(beat), np.nan)
    if known.any():
        distance = boundary[known] - beat[known]
        result[known] = beat[known] + median_filter(distance, _STEADY_BEATS, mode="nearest")
    return result


def _after_j_ms(beat: npt.NDArray[np.int64], fs_hz: float) -> Float64Array:
    """Return how long after the J point the level of each beat is taken, by the rate around it."""
    if len(beat) < 2:
        return np.full(len(beat), AFTER_J_MS)
    rr_s = np.diff(beat, prepend=2 * beat[0] - beat[1]) / fs_hz
    rate = 60 / median_filter(rr_s, min(_STEADY_BEATS, len(rr_s)), mode="nearest")
    return np.where(rate > FAST_BPM, AFTER_J_FAST_MS, AFTER_J_MS)


def _measured(
    signal: Float32Array,
    fs_hz: float,
    onset: Float64Array,
    end: Float64Array,
    next_onset: Float64Array,
    after_j: Float64Array,
) -> tuple[Float64Array, Float64Array, Float64Array, Float64Array]:
    """Return J level, level, slope and QRS shape of beats in one lead, baseline removed."""
    per_ms = fs_hz / 1000
    passed = np.concatenate(([0.0], np.cumsum(np.where(np.isfinite(signal), signal, 0), dtype=np.float64)))
    absent = np.concatenate(([0], np.cumsum(~np.isfinite(signal))))
    edges = np.arange(len(passed), dtype=np.float64) - 0.5

    def mean(begin: Float64Array, stop: Float64Array) -> Float64Array:
        # A window of no whole number of samples: the integral between its ends, each sample reaching half way on.
        total = np.interp(stop, edges, passed) - np.interp(begin, edges, passed)
        gap = np.interp(stop, edges, absent) - np.interp(begin, edges, absent)
        inside = (begin >= edges[0]) & (stop <= edges[-1]) & (gap <= 0)
        return np.where(inside, total / (stop - begin), np.nan)

    # At low rates a window holds one sample at least.
    width = max(_BASELINE_MS * per_ms, 1.0)
    baseline, middle = mean(onset - width, onset), onset - width / 2
    following, distance = mean(next_onset - width, next_onset), next_onset - onset
    with np.errstate(invalid="ignore"):
        joined = np.isfinite(following) & (distance < _LONGEST_LINE_S * fs_hz)
        rise = np.where(joined, (following - baseline) / distance, 0.0)

    def above(begin: Float64Array, stop: Float64Array) -> Float64Array:
        return mean(begin, stop) - baseline - rise * ((begin + stop) / 2 - middle)

    half = max(_ST_HALF_MS * per_ms, 0.5)
    j_mv = above(end, end + max(_J_MS * per_ms, 1.0))
    level = above(end + after_j - half, end + after_j + half)
    slope = (level - j_mv) / ((after_j - max(_J_MS * per_ms, 1.0) / 2) / fs_hz)
    half = max(_SHAPE_HALF_MS * per_ms, 0.5)
    places = onset[:, None] + np.linspace(0, 1, SHAPE_POINTS) * (end - onset)[:, None]
    shape = np.stack([above(place - half, place + half) for place in places.T], axis=1)
    return j_mv, level, slope, shape
