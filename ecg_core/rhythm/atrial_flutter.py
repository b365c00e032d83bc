"""Spans of atrial flutter, by the flutter waves of the signal, where leads and conduction show them.

Two kinds of evidence are taken, both from windows of ten seconds (:mod:`ecg_core.rhythm.flutter_waves`):

- conduction that changes: a wave of one rate goes on through irregular intervals between beats, in any leads;
- conduction that does not change: waves of one rate in the inferior leads and, of opposed polarity, in V1, as in
  typical flutter, that fill the whole signal between the QRS complexes. It needs the leads II, III, aVF and V1. In
  fewer leads flutter with 2:1 conduction cannot be told from sinus or another supraventricular tachycardia, whose T
  and P waves may look the same: nothing is named there.

In a recording longer than `SINGLE_WINDOW_S` one window is not enough: the one beside it must show the same rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array, Float64Array, UInt8Array
from ecg_core.beats import UNREADABLE
from ecg_core.recording import Recording
from ecg_core.rhythm.episode_types import Span
from ecg_core.rhythm.flutter_waves import (
    RATE_HZ,
    WINDOW_S,
    FlutterEvidence,
    flutter_evidence,
    flutter_input,
    rr_variation,
)
from ecg_core.rhythm.precedence import outside

STEP_S: Final = 5
"""From one window to the next."""

SCREENED_S: Final = 20
"""The same in longer recordings, until a window shows flutter waves."""

SINGLE_WINDOW_S: Final = 20.0
IRREGULAR: Final = 0.05
"""Coefficient of variation of the intervals from which conduction changes."""

STRONG, WEAK, LEAST = 0.40, 0.30, 0.25
"""Mean of the shares `wave_share` and `free_share` that shows flutter, that goes on with it, and least of each share.

In DS1, CinC 2017 and the twelve-lead sets no window of sinus rhythm reaches `LEAST` in both; see the model card.
"""

PHASE_LOCK, MEAN_PHASE_LOCK = 0.5, 0.4
"""Of the window that shows flutter, and the mean of the windows of one flutter. That of a tremor is about 0.3."""

TYPICAL: Final = 0.6
"""Share of the wave in V1, and its mean share in those of II, III and aVF that can be read: typical flutter.

In the 290 regular twelve-lead recordings without flutter it stays below 0.46.
"""

OPPOSED_RAD: Final = np.pi / 3
"""Least difference of phase between V1 and the inferior leads: the waves are negative in one, positive in the other."""

UPRIGHT, NEGATIVE = 0.0, -0.2
"""Skewness in the inferior leads, and in V1, from which waves there are upright, and negative.

Typical flutter is negative in the inferior leads, upright in V1, or both (Saoudi et al. 2001). Upright inferior waves
that are negative in V1 are the P and T waves of children, or of right ventricular strain; at rates above 100 per minute
they fill the interval, too. Clockwise flutter looks the same, and is not named.
"""

MIN_WAVES: Final = 1.5
"""Flutter waves for each beat: 1:1 conduction is not told from other tachycardias."""

SAME_RATE_PER_MIN: Final = 12.0
BRIDGED_S: Final = 20.0
"""Time without evidence over which flutter of the same rate goes on."""

MIN_PROBABILITY: Final = 0.1
"""Of fibrillation or flutter, by the intervals: mean over a window from which longer recordings are looked at."""

WHOLE_S: Final = 600.0
"""Recordings up to this length are looked at throughout."""

FAST_BPM: Final = (100.0, 180.0)
"""Regular ventricular rates at which longer recordings with the leads of typical flutter are looked at."""

_INFERIOR: Final = ("II", "III", "AVF")
_PIECE_S: Final = 600
_MIN_WINDOW_S: Final = 9.0
_LEADS_NAMED: Final = 3
_RARE: Final = 0.15
_READABLE: Final = 0.7
"""Share of a window's seconds in which a lead must be readable."""


@dataclass(frozen=True)
class _Window:
    start_s: float
    found: FlutterEvidence
    strong: bool


def has_typical_leads(lead_names: Sequence[str]) -> bool:
    """Tell whether the leads in which typical flutter shows are there."""
    return {*_INFERIOR, "V1"} <= {name.upper() for name in lead_names}


def flutter_limits(lead_names: Sequence[str]) -> str:
    """Return in which forms alone flutter is looked for in these leads, in words."""
    changing = "only with conduction that changes"
    if has_typical_leads(lead_names):
        return f"{changing}, or with typical waves in II, III, aVF and V1"
    return f"{changing}: in these leads regular 2:1 to 4:1 conduction is not told from other regular rhythms"


def flutter_spans(
    recording: Recording,
    sample: npt.NDArray[np.int64],
    quality: UInt8Array,
    irregular: Float32Array,
    others: Sequence[Span] = (),
) -> list[Span]:
    """Find spans of atrial flutter.

    Parameters
    ----------
    recording : Recording
        Without pacing spikes.
    sample : ndarray of int64, shape (beats,)
        Beat positions in samples.
    quality : ndarray of uint8, shape (seconds, leads)
        Quality grades.
    irregular : ndarray of float32, shape (beats,)
        Probability of fibrillation or flutter, by the intervals.
    others : sequence of Span
        Ventricular rhythms: no window that touches one is looked at.

    Returns
    -------
    list of Span
    """
    beat_s = sample / recording.fs_hz
    starts_s = _starts(recording, beat_s, irregular, others)
    windows: list[_Window] = []
    for first in range(0, int(np.ceil(recording.duration_s)), _PIECE_S):
        wanted = [start for start in starts_s if first <= start < first + _PIECE_S]
        if wanted:
            windows += _Piece(recording, beat_s, quality, wanted).windows(recording.duration_s > WHOLE_S)
    if recording.duration_s > SINGLE_WINDOW_S:
        windows = [
            window
            for place, window in enumerate(windows)
            if any(
                _continues(other, window)
                for other in windows[max(place - 2, 0) : place + 3]
                if abs(other.start_s - window.start_s) in (STEP_S, WINDOW_S)
            )
        ]
    return [
        _span(recording, beat_s, group)
        for group in _groups(windows)
        if any(window.strong for window in group)
        and np.mean([window.found.phase_lock for window in group]) >= MEAN_PHASE_LOCK
    ]


def told_apart(fibrillation: Sequence[Span], flutter: Sequence[Span], shortest: int) -> tuple[list[Span], list[Span]]:
    """Cut spans of fibrillation to what lies outside of flutter.

    Parameters
    ----------
    fibrillation, flutter : sequence of Span
        Each in order of time, without overlap.
    shortest : int
        Samples. What is left of fibrillation beside flutter and is shorter counts as a part of it: the ends of windows
        are not those of the flutter.

    Returns
    -------
    fibrillation, flutter : list of Span
    """
    left: list[Span] = []
    edges = [(span.start_sample, span.stop_sample) for span in flutter]
    for span in fibrillation:
        parts = outside(span.start_sample, span.stop_sample, edges)
        if parts == [(span.start_sample, span.stop_sample)]:
            left.append(span)
            continue
        for start, stop in parts:
            if stop - start >= shortest:
                reason = f"{span.reason}; the rest of it is flutter"
                left.append(replace(span, start_sample=start, stop_sample=stop, reason=reason))
                continue
            for place, (begin, end) in enumerate(edges):
                if end == start or begin == stop:
                    edges[place] = (min(begin, start), max(end, stop))
                    break
    joined = (
        replace(span, start_sample=begin, stop_sample=end) for span, (begin, end) in zip(flutter, edges, strict=True)
    )
    return left, list(joined)


def _starts(recording: Recording, beat_s: Float64Array, irregular: Float32Array, others: Sequence[Span]) -> list[int]:
    """Return where the windows begin that may be looked at, in seconds."""
    if recording.duration_s < _MIN_WINDOW_S:
        return []
    starts = np.arange(0, max(int(recording.duration_s - WINDOW_S), 0) + 1, STEP_S)
    wanted = np.ones(len(starts), dtype=bool)
    if recording.duration_s > WHOLE_S:
        first, stop = np.searchsorted(beat_s, [starts, starts + WINDOW_S])
        n_beats = np.maximum(stop - first, 1)
        passed = np.concatenate(([0.0], np.cumsum(irregular, dtype=np.float64)))
        wanted = (passed[stop] - passed[first]) / n_beats >= MIN_PROBABILITY
        if has_typical_leads(recording.lead_names):
            rate_bpm = 60 / WINDOW_S * n_beats
            wanted |= (rate_bpm >= FAST_BPM[0]) & (rate_bpm <= FAST_BPM[1])
    for span in others:
        begin_s, end_s = span.start_sample / recording.fs_hz, span.stop_sample / recording.fs_hz
        wanted &= (starts + WINDOW_S <= begin_s) | (starts >= end_s)
    return [int(start) for start in starts[wanted]]


class _Piece:
    """Looks for flutter waves in the windows of a piece of a recording."""

    def __init__(
        self, recording: Recording, beat_s: Float64Array, quality: UInt8Array, starts_s: Sequence[int]
    ) -> None:
        self._names = [name.upper() for name in recording.lead_names]
        self._typical = has_typical_leads(self._names)
        self._beat_s, self._quality, self._starts_s = beat_s, quality, starts_s
        fs_hz = recording.fs_hz
        self._begin_s, end_s = max(starts_s[0] - STEP_S, 0), starts_s[-1] + WINDOW_S + STEP_S
        signal = recording.read(round(self._begin_s * fs_hz), min(round(end_s * fs_hz), recording.n_samples))
        self._wave = flutter_input(signal, fs_hz)

    def windows(self, screened: bool) -> list[_Window]:
        """Return the windows that show flutter waves, strongly or weakly.

        Where `screened`, windows `SCREENED_S` apart are looked at first, the others only beside those that show some.
        """
        if not screened:
            return self._found(self._starts_s)
        first = [start for place, start in enumerate(self._starts_s) if place == 0 or start % SCREENED_S == 0]
        seen = self._found(first)
        near = [
            start
            for start in self._starts_s
            if start not in first and any(abs(start - window.start_s) < SCREENED_S for window in seen)
        ]
        return sorted([*seen, *self._found(near)], key=lambda window: window.start_s)

    def _found(self, starts_s: Sequence[int]) -> list[_Window]:
        windows = (self._window(start) for start in starts_s)
        return [window for window in windows if window is not None]

    def _window(self, start_s: int) -> _Window | None:
        beat_s = self._beat_s[slice(*np.searchsorted(self._beat_s, [start_s - 3, start_s + WINDOW_S + 3]).tolist())]
        beat_s = beat_s - start_s
        if not self._typical and rr_variation(beat_s) <= IRREGULAR:
            return None
        first = (start_s - self._begin_s) * RATE_HZ
        part = self._wave[first : first + WINDOW_S * RATE_HZ]
        part = np.pad(part, ((0, WINDOW_S * RATE_HZ - len(part)), (0, 0)))
        usable = (self._quality[start_s : start_s + WINDOW_S] != UNREADABLE).mean(axis=0) >= _READABLE
        found = flutter_evidence(part, beat_s, usable)
        if found is None:
            return None
        score, typical = _score(found), _typical_share(found, self._names) >= TYPICAL
        if found.rate_per_min < MIN_WAVES * found.beats_per_min or (score < WEAK and not typical):
            return None
        return _Window(start_s, found, typical or (score >= STRONG and found.phase_lock >= PHASE_LOCK))


def _score(found: FlutterEvidence) -> float:
    """Return the evidence by changing conduction: the mean of both shares, 0 where there is none."""
    if found.rr_variation <= IRREGULAR or min(found.wave_share, found.free_share) < LEAST:
        return 0.0
    return (found.wave_share + found.free_share) / 2


def _typical_share(found: FlutterEvidence, names: Sequence[str]) -> float:
    """Return the share of the wave in V1 or, if that is less, the mean share in the inferior leads.

    Zero without these leads, where their waves are not opposed, or where they may be P and T waves.
    """
    if not has_typical_leads(names):
        return 0.0
    inferior = [place for place in map(names.index, _INFERIOR) if np.isfinite(found.lead_shares[place])]
    v1 = names.index("V1")
    if not inferior or not np.isfinite(found.lead_shares[v1]):
        return 0.0
    if found.lead_skewness[inferior].mean() > UPRIGHT and found.lead_skewness[v1] < NEGATIVE:
        return 0.0
    turn = np.exp(1j * (found.lead_phases[inferior] - found.lead_phases[v1]))
    if abs(np.angle(turn.mean())) < OPPOSED_RAD:
        return 0.0
    return float(min(found.lead_shares[inferior].mean(), found.lead_shares[v1]))


def _continues(one: _Window, other: _Window) -> bool:
    return abs(one.found.rate_per_min - other.found.rate_per_min) <= SAME_RATE_PER_MIN


def _groups(windows: Sequence[_Window]) -> list[list[_Window]]:
    """Return the windows of one flutter each: of the same rate, with no more than `BRIDGED_S` between them."""
    groups: list[list[_Window]] = []
    for window in windows:
        last = groups[-1][-1] if groups else None
        if last and window.start_s - last.start_s - WINDOW_S <= BRIDGED_S and _continues(last, window):
            groups[-1].append(window)
        else:
            groups.append([window])
    return groups


def _span(recording: Recording, beat_s: Float64Array, group: Sequence[_Window]) -> Span:
    start_s, stop_s = group[0].start_s, min(group[-1].start_s + WINDOW_S, recording.duration_s)
    rate = float(np.median([window.found.rate_per_min for window in group]))
    share = np.mean([window.found.wave_share for window in group])
    lead_shares = np.mean([np.nan_to_num(window.found.lead_shares) for window in group], axis=0)
    best = [
        recording.lead_names[lead] for lead in np.argsort(-lead_shares)[:_LEADS_NAMED] if lead_shares[lead] >= LEAST
    ]
    inside = beat_s[(beat_s >= start_s) & (beat_s < stop_s)]
    reason = (
        f"atrial rate {rate:.0f} /min, {_conduction(np.diff(inside), rate)}, in {_listed(best)}; "
        f"one wave explains {100 * share:.0f} % of the signal between the QRS complexes"
    )
    start, stop = (round(at_s * recording.fs_hz) for at_s in (start_s, stop_s))
    return Span(start, min(stop, recording.n_samples), "AFL", reason, "signal")


def _conduction(rr_s: Float64Array, rate_per_min: float) -> str:
    """Return the ratio of conduction in words: ``"4:1"``, ``"2:1 to 4:1"``."""
    ratio = np.maximum(np.rint(rr_s * rate_per_min / 60).astype(np.int64), 1)
    values, counts = np.unique(ratio, return_counts=True)
    usual = values[counts >= _RARE * len(ratio)]
    if not len(usual):
        return "conduction varies"
    return f"{usual[0]}:1" if len(usual) == 1 else f"{usual[0]}:1 to {usual[-1]}:1"


def _listed(names: Sequence[str]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)
