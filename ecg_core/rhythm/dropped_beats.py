"""Second-degree AV block as dropped beats: a pause in which a P wave comes on time and no QRS follows.

The sinus node goes on: the blocked P wave stands half-way between the P waves of the beats around the pause, and has
their shape. A blocked premature atrial beat comes early, a sinus pause and sinoatrial block have no P wave at all
(Kusumoto et al. 2019, ACC/AHA/HRS guideline on bradycardia and conduction delay, doi:10.1161/CIR.0000000000000628).
What is not found: block 2:1 and 3:2, in which no two intervals in a row are conducted, and P waves hidden in T waves.
The times from P wave to P wave must be steady around the pause, which leaves out fibrillation and bigeminy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float64Array, Int64Array, UInt8Array
from ecg_core.recording import Recording
from ecg_core.rhythm.episode_types import Span
from ecg_core.rhythm.intervals import readable_seconds
from ecg_core.rhythm.p_waves import in_p_band, without_line

MIN_DURATION_S, MAX_DURATION_S = 1.0, 4.0
MIN_RATIO, LARGEST_RATIO = 1.5, 2.15
"""Of the pause to the interval before it: less than twice in Wenckebach's type, twice in Mobitz's."""

NOT_EARLY: Final = 0.9
"""Least interval before the pause, of the usual one: after a premature beat a pause is to be expected."""

TWO_CYCLES: Final = (0.75, 1.12)
"""Half of the pause, of the usual interval, which in Wenckebach's type is longer than that between P waves."""

AROUND_S: Final = 20.0
"""Seconds read to either side of a pause."""

MIN_P_WAVES: Final = 8
MIN_LIKENESS: Final = 0.85
"""Correlation of the blocked P wave with the mean of the conducted ones, in the lead with the clearest P waves."""

MIN_P_EVIDENCE: Final = 0.85
"""Correlation that the conducted P waves must have with their mean: where none are clear nothing is told."""
SIZE: Final = (0.5, 1.7)
"""Size of the blocked P wave, as a multiple of that of the conducted ones."""

OFF_TIME: Final = 0.08
"""How far from half-way the blocked P wave may stand, as a share of the time between the P waves around it."""

LARGEST_WAVE: Final = 0.25
"""Largest deflection after the blocked P wave, as a share of the QRS: a larger one is a beat that was not found."""

STEADY: Final = 0.1
"""Largest usual departure of conducted intervals from their median: fibrillation is not looked at."""

FAR_FROM_CYCLE: Final = 0.25
"""How far the intervals beside the pause may be from half of it: lengthening PR changes them by that much at most."""

IRREGULAR: Final = 0.12
"""How far the times from P wave to P wave around the pause may be from half of that across it."""

MIN_QRS_LIKE: Final = 0.8
"""Correlation of the QRS before the pause with the usual one: after a ventricular beat a pause is to be expected."""

REACH_BEATS: Final = 8
"""Conducted beats between two dropped ones up to which they are one episode."""

_USUAL_BEATS: Final = 10
_NO_PAUSE: Final = 1.4
_P_BEGINS_S, _P_ENDS_S = -0.26, -0.08
_LONGER_PR_S: Final = 0.14
_ALIGNMENTS: Final = 3
_AFTER_T_S: Final = 0.28


@dataclass(frozen=True)
class Dropped:
    """A pause with a blocked P wave.

    Attributes
    ----------
    beat : int
        Position of the beat before the pause.
    p_sample : int
    like : float
        Correlation of the blocked P wave with the conducted ones.
    ratio : float
        Of the pause to the interval before it.
    """

    beat: int
    p_sample: int
    like: float
    ratio: float


def dropped_beats(recording: Recording, sample: Int64Array) -> list[Dropped]:
    """Find the pauses in which a P wave is not conducted.

    Parameters
    ----------
    recording : Recording
        The recording.
    sample : ndarray of int64, shape (beats,)
        Beat positions in samples.
    """
    fs_hz = recording.fs_hz
    rr_s = np.diff(sample) / fs_hz
    if len(rr_s) < MIN_P_WAVES:
        return []
    pause, before = rr_s[1:-1], rr_s[:-2]
    ratio = pause / before
    likely = (pause >= MIN_DURATION_S) & (pause <= MAX_DURATION_S) & (ratio >= MIN_RATIO) & (ratio <= LARGEST_RATIO)
    found = []
    for beat in (np.flatnonzero(likely) + 1).tolist():
        if not _in_rhythm(rr_s, beat):
            continue
        first = max(int(sample[beat] - AROUND_S * fs_hz), 0)
        last = min(int(sample[beat + 1] + AROUND_S * fs_hz), recording.n_samples)
        signal_mv = np.asarray(recording.read(first, last), dtype=np.float64)
        near = slice(*np.searchsorted(sample, [first, last]).tolist())
        one = _blocked_p(signal_mv, fs_hz, sample[near] - first, beat - near.start)
        if one is not None:
            found.append(Dropped(beat, one[0] + first, one[1], float(rr_s[beat] / rr_s[beat - 1])))
    return found


def _in_rhythm(rr_s: Float64Array, pause: int) -> bool:
    """Tell whether a pause follows a beat that is not early and is about two of the usual intervals long."""
    first = max(pause - _USUAL_BEATS, 1)
    near = rr_s[first : pause + _USUAL_BEATS]
    previous = rr_s[first - 1 : first - 1 + len(near)]
    conducted = near[near < _NO_PAUSE * previous]
    usual = float(np.median(conducted))
    if np.median(np.abs(conducted - usual)) > STEADY * usual:
        return False
    before, two = float(rr_s[pause - 1]), float(rr_s[pause]) / 2
    around = rr_s[[max(pause - 2, 0), pause - 1, min(pause + 1, len(rr_s) - 1)]]
    if np.abs(around - two).max() > FAR_FROM_CYCLE * two:
        return False
    return before >= NOT_EARLY * usual and TWO_CYCLES[0] * usual <= two <= TWO_CYCLES[1] * usual


def dropped_beat_spans(recording: Recording, sample: Int64Array, quality: UInt8Array | None = None) -> list[Span]:
    """Return episodes of second-degree AV block: dropped beats that follow each other are one.

    Parameters
    ----------
    recording : Recording
        The recording.
    sample : ndarray of int64, shape (beats,)
        Beat positions in samples.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Grades; a pause that touches a second in which no lead can be read does not count.
    """
    readable = np.ones(0, dtype=bool) if quality is None else readable_seconds(quality)
    groups: list[list[Dropped]] = []
    for one in dropped_beats(recording, sample):
        first, last = (int(sample[at] / recording.fs_hz) for at in (one.beat, one.beat + 1))
        if not readable[first : last + 1].all():
            continue
        if groups and one.beat - groups[-1][-1].beat <= REACH_BEATS:
            groups[-1].append(one)
        else:
            groups.append([one])
    return [_span(group, recording.fs_hz, sample) for group in groups]


def _span(group: Sequence[Dropped], fs_hz: float, sample: Int64Array) -> Span:
    begin, end = group[0].beat, group[-1].beat + 1
    times = "a dropped beat" if len(group) == 1 else f"{len(group)} dropped beats"
    longest_s = max(float(sample[one.beat + 1] - sample[one.beat]) / fs_hz for one in group)
    reason = (
        f"{times}: RR {longest_s:.2f} s, {np.median([one.ratio for one in group]):.2f} times the one before, with a "
        f"P wave on time and no QRS, likeness to the other P waves {np.median([one.like for one in group]):.2f}"
    )
    return Span(int(sample[begin]), int(sample[end]) + 1, "AVB2", reason, "signal")


def _blocked_p(signal_mv: Float64Array, fs_hz: float, sample: Int64Array, beat: int) -> tuple[int, float] | None:
    """Return place and likeness of the P wave in the pause after a beat; None where there is none to be sure of."""
    best: tuple[int, float] | None = None
    clearest = MIN_P_EVIDENCE
    for lead in range(signal_mv.shape[1]):
        values = signal_mv[:, lead]
        if not np.isfinite(values).all() or not np.ptp(values):
            continue
        smooth = in_p_band(values, fs_hz)
        height = _heights(smooth, fs_hz, sample)
        if _beat_hidden(smooth, fs_hz, sample, beat, height):
            return None
        clear, found = _in_lead(smooth, fs_hz, sample, beat)
        if clear > clearest:
            clearest, best = clear, found
    return best


def _heights(smooth: Float64Array, fs_hz: float, sample: Int64Array) -> float:
    reach = round(0.06 * fs_hz)
    around = [smooth[max(at - reach, 0) : at + reach + 1] for at in sample.tolist()]
    return float(np.median([np.ptp(part) for part in around if len(part)]))


def _beat_hidden(smooth: Float64Array, fs_hz: float, sample: Int64Array, beat: int, height: float) -> bool:
    """Tell whether a wave in the pause, after the T wave of its first beat, may be a QRS that was not found."""
    first = int(sample[beat] + 0.5 * fs_hz)
    last = int(sample[beat + 1] - 0.08 * fs_hz)
    if last <= first:
        return True
    reach = max(round(0.06 * fs_hz), 1)
    part = smooth[first:last]
    steep = np.abs(part[reach:] - part[:-reach]) if len(part) > reach else np.zeros(1)
    return bool(steep.max() > LARGEST_WAVE * height)


def _in_lead(
    smooth: Float64Array, fs_hz: float, sample: Int64Array, beat: int
) -> tuple[float, tuple[int, float] | None]:
    """Return how clear the P waves of a lead are, and place and likeness of the blocked one."""
    low, high = round(_P_BEGINS_S * fs_hz), round(_P_ENDS_S * fs_hz)
    rr = np.diff(sample)
    # P waves that no T wave runs into, of beats that are not early; those beside the pause in any case.
    clear_of_t = rr >= max(0.5 * fs_hz, 0.75 * float(np.median(rr)))
    if not 2 <= beat < len(rr) - 1:
        return 0.0, None
    beside = [beat - 2, beat - 1, beat, beat + 1, beat + 2]
    clear_of_t[[one - 1 for one in beside if one > 0]] = True
    usable = np.flatnonzero(clear_of_t) + 1
    earlier = round(_LONGER_PR_S * fs_hz)
    usable = usable[(sample[usable] + low - earlier >= 0) & (sample[usable] < len(smooth))]
    if len(usable) < MIN_P_WAVES or not set(beside) <= set(usable.tolist()):
        return 0.0, None
    wide = np.array([smooth[at + low - earlier : at + high] for at in sample[usable].tolist()])
    after_pause = rr[usable - 1] >= 0.9 * rr[beat]
    shape, lag, like = _aligned(wide, high - low, after_pause)
    clear, size = float(np.median(like)), float(np.sqrt(shape @ shape))
    if not size or _alike(*_qrs(smooth, fs_hz, sample, beat)) < MIN_QRS_LIKE:
        return clear, None
    p_at = {int(which): int(sample[which]) - back for which, back in zip(usable, lag, strict=True)}
    cycle = (p_at[beat + 1] - p_at[beat]) / 2
    cycles = [p_at[beat - 1] - p_at[beat - 2], p_at[beat] - p_at[beat - 1], p_at[beat + 2] - p_at[beat + 1]]
    if max(abs(one - cycle) for one in cycles) > IRREGULAR * cycle:
        return clear, None
    half_way = (p_at[beat] + p_at[beat + 1]) / 2
    reach = OFF_TIME * float(p_at[beat + 1] - p_at[beat])
    earliest = sample[beat] + _AFTER_T_S * fs_hz - low
    found: tuple[int, float] | None = None
    for at in range(max(int(half_way - reach), int(earliest)), int(half_way + reach) + 1):
        part = without_line(smooth[at + low : at + high])
        match = _alike(part, shape)
        share = float(part @ shape) / size**2
        if match >= MIN_LIKENESS and SIZE[0] <= share <= SIZE[1] and (found is None or match > found[1]):
            found = at + (low + high) // 2, match
    return clear, found


def _aligned(
    wide: Float64Array, width: int, first: npt.NDArray[np.bool_]
) -> tuple[Float64Array, Int64Array, Float64Array]:
    """Return the usual P wave, how much earlier than the latest each one stands, and how alike each is to the usual.

    ``first`` tells the beats to begin with: those after pauses, whose PR interval is the shortest.
    """
    parts = without_line(np.lib.stride_tricks.sliding_window_view(wide, width, axis=1))
    norm = np.maximum(np.sqrt((parts**2).sum(axis=2)), 1e-12)
    rows = np.arange(len(wide))
    place = np.full(len(wide), wide.shape[1] - width)
    shape = np.median(parts[first, -1], axis=0)
    for _ in range(_ALIGNMENTS):
        match = parts @ shape / norm / max(float(np.sqrt(shape @ shape)), 1e-12)
        place = match.argmax(axis=1)
        shape = np.median(parts[rows, place], axis=0)
    return shape, (wide.shape[1] - width) - place, match[rows, place]


def _qrs(smooth: Float64Array, fs_hz: float, sample: Int64Array, beat: int) -> tuple[Float64Array, Float64Array]:
    """Return the QRS of a beat, and the median one around it."""
    reach = round(0.06 * fs_hz)
    inside = [at for at in sample.tolist() if reach <= at < len(smooth) - reach]
    rows = np.array([smooth[at - reach : at + reach] for at in inside])
    at = min(max(int(sample[beat]), reach), len(smooth) - reach)
    return without_line(smooth[at - reach : at + reach]), without_line(np.median(rows, axis=0))


def _alike(one: Float64Array, other: Float64Array) -> float:
    return float(one @ other / max(float(np.sqrt((one @ one) * (other @ other))), 1e-12))
