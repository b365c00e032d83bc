"""Episodes of rhythm, each with the reason why it is one.

==========  ===============================================================  ========
kind        what                                                             in WFDB
==========  ===============================================================  ========
VT          three or more V, faster than 100 bpm                             (VT
IVR         three or more V, 100 bpm or slower                               (IVR
COUPLET     two V                                                            none
SINGLE_V    a V in no run, couplet, bigeminy or trigeminy                    none
SVTA        three or more S, faster than 100 bpm                             (SVTA
SVR         three or more S, 100 bpm or slower                               none
PAIR_S      two S                                                            none
SINGLE_S    an S beside no other                                             none
B           bigeminy: V at every second beat, three or more of them          (B
T           trigeminy: V at every third beat, three or more of them          (T
AB          atrial bigeminy: early S at every second beat, three or more     (AB
AVB2        beats dropped in groups, :mod:`ecg_core.rhythm.grouped_beating`  (BII
AFIB        by the intervals, see :mod:`ecg_core.rhythm.interval_model`      (AFIB
AFL         by the atrial waves, see :mod:`ecg_core.rhythm.atrial_flutter`   (AFL
ASYSTOLE    no beat for 4.0 s or more                                        none
PAUSE       an interval of more than 2.0 s                                   none
SBR         rate below 50 bpm for 30 s or longer                             (SBR
TACHY       rate above 100 bpm for 30 s or longer                            none
UNREADABLE  no lead can be read for 5 s or longer                            none
==========  ===============================================================  ========

The limits are the usual ones of ambulatory reports and can be set by :class:`~ecg_core.rhythm.episode_types.Limits`. No
episode is built on an interval that touches an unreadable second, except that AF may bridge short gaps, and that the
readable part of it may be asystole by itself (:mod:`ecg_core.rhythm.standstill`). Of single V,
and of single S, the 25 are listed that come earliest against the rhythm around them; the summary counts all of them.
Where beats have no class, PAUSE, AFIB, SBR and TACHY alone can be told, and UNREADABLE where quality was assessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.arrays import Int64Array, UInt8Array
from ecg_core.rhythm.af_spans import af_spans
from ecg_core.rhythm.atrial_flutter import told_apart
from ecg_core.rhythm.episode_types import DEFAULT_LIMITS, EPISODE_COLUMNS, Limits, Span
from ecg_core.rhythm.grouped_beating import grouped_beating
from ecg_core.rhythm.interval_model import af_probability
from ecg_core.rhythm.intervals import Intervals, intervals, readable_seconds, runs
from ecg_core.rhythm.isolated_beats import PATTERNS, Spans, coupling, isolated_beats
from ecg_core.rhythm.precedence import one_at_a_time, parts_left, with_overruled
from ecg_core.rhythm.rate import smoothed_rate_of
from ecg_core.rhythm.runs_in_noise import RhythmDoubt, doubted
from ecg_core.rhythm.signal_precedence import Row, joined_blocks, joined_with_signal, overlaps
from ecg_core.rhythm.standstill import open_standstills

_Row = Row

HALF_FLUTTER_BPM: Final = (120.0, 175.0)
"""Ventricular rates of typical flutter, 240 to 350 /min, with 2:1 conduction."""

MIN_IN_PATTERN: Final = 3
"""Ectopic beats that make a bigeminy or trigeminy."""

_BEATS_AT_A_PAUSE: Final = 2


def episodes(
    beats: pd.DataFrame,
    fs_hz: float,
    n_samples: int,
    quality: UInt8Array | None = None,
    limits: Limits = DEFAULT_LIMITS,
    spans: Iterable[Span] = (),
) -> pd.DataFrame:
    """Find the episodes of a recording.

    Parameters
    ----------
    beats : pandas.DataFrame
        A beat table; ``label`` may be absent.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording; no episode reaches beyond it.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Grades per second and lead.
    limits : Limits
        Limits of the rules.
    spans : iterable of Span
        What the rhythm model, pacing spikes, the device or a person name; each becomes an episode. Where a person
        names a rhythm, it replaces what the others found, see :mod:`ecg_core.rhythm.precedence`.

    Returns
    -------
    pandas.DataFrame
        `EPISODE_COLUMNS`, in order of time. An episode reaches from its first beat to one sample past its
        last; a pause has the two beats around it, unreadable time reaches over its seconds. ``rate_bpm`` is the mean
        rate inside, of a single beat that of the interval before it; NaN where it cannot be told. ``reason`` is a
        short text with figures and units.
    """
    return episodes_of(intervals(beats, fs_hz, quality), fs_hz, n_samples, quality, limits, spans)


def episodes_of(
    given: Intervals,
    fs_hz: float,
    n_samples: int,
    quality: UInt8Array | None = None,
    limits: Limits = DEFAULT_LIMITS,
    spans: Iterable[Span] = (),
    p_evidence: npt.NDArray[np.float32] | None = None,
    doubt: RhythmDoubt | None = None,
) -> pd.DataFrame:
    """Return :func:`episodes` of intervals already taken from the beat table.

    Parameters
    ----------
    given : Intervals
        Intervals between beats.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording in samples.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Quality grades.
    limits : Limits
        Limits of the rules.
    spans : iterable of Span
        Rhythms from other sources than the beat table.
    p_evidence : ndarray of float32, shape (beats,), optional
        As :func:`~ecg_core.rhythm.p_waves.p_wave_evidence` returns it.
    doubt : RhythmDoubt, optional
        Where a run of V by classes alone is only possible VT, see :mod:`ecg_core.rhythm.runs_in_noise`.

    Returns
    -------
    DataFrame
        Table of episodes.
    """
    rows: list[_Row] = []
    spans = joined_blocks(spans)
    build = _Builder(given, fs_hz, n_samples, limits, p_evidence)
    person = one_at_a_time(spans)
    if len(given.sample) > 1:
        patterns = list(build.patterns())
        of_v = build.runs_of_v() if doubt is None else doubted(build.runs_of_v(), doubt, fs_hz)
        for part in (of_v, build.runs_of_s(), patterns, build.pauses(), build.sustained_rates()):
            rows.extend(part)
        flutter = sorted((s for s in spans if s.kind == "AFL" and s.source == "signal"), key=lambda s: s.start_sample)
        cut, joined = told_apart(build.af(), flutter, round(limits.af_s * fs_hz))
        spans = [*(span for span in spans if span not in flutter), *joined]
        fibrillation, fluttering = list(build.named(cut)), list(build.named(joined))
        atrial_rhythms = [*fibrillation, *fluttering]
        spans = [span for span in spans if not _alone_within(span, build, atrial_rhythms)]
        atrial = [row for row in build.atrial_bigeminy() if not overlaps(row, atrial_rhythms)]
        seen = list(build.named(span for span in spans if span.kind == "AVB2" and span.source == "signal"))
        blocked = [row for row in build.dropped_in_groups() if not overlaps(row, [*seen, *atrial_rhythms])]
        rows.extend(fibrillation + atrial + blocked)
        for letter, of_letter in (("V", patterns), ("S", atrial)):
            held = sorted(row[:2] for row in build.resolved(of_letter, person) if row[2] in PATTERNS[letter])
            rows.extend(build.singles(letter, ([start for start, _ in held], [stop for _, stop in held])))
    if quality is not None:
        rows.extend(build.standstills(quality, spans))
        rows.extend(build.unreadable(quality))
    named = list(build.named(span for span in spans if span.source != "person"))
    rows = joined_with_signal(rows, named, round(limits.unreadable_s * fs_hz))
    rows = build.resolved(rows, person)
    rows.sort(key=lambda row: (row[0], -row[1]))
    types = (np.int64, np.int64, object, np.int64, np.float64, object, object)
    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    return pd.DataFrame(
        {
            name: np.array(values, dtype=dtype)
            for name, values, dtype in zip(EPISODE_COLUMNS, columns, types, strict=True)
        }
    )


def _alone_within(span: Span, build: _Builder, atrial_rhythms: Sequence[_Row]) -> bool:
    """Tell whether a span is a single dropped beat inside AF or flutter, which conduct irregularly all the time."""
    if span.kind != "AVB2" or span.source != "signal":
        return False
    begin, end = np.searchsorted(build.given.sample, [span.start_sample, span.stop_sample]).tolist()
    inside = any(row[0] <= span.start_sample and span.stop_sample <= row[1] for row in atrial_rhythms)
    return end - begin <= _BEATS_AT_A_PAUSE and inside


@dataclass(frozen=True)
class _Builder:
    """Finds each family of episodes in one recording."""

    given: Intervals
    fs_hz: float
    n_samples: int
    limits: Limits
    p_evidence: npt.NDArray[np.float32] | None = None

    def runs_of_v(self) -> Iterator[_Row]:
        def kind(n_beats: int, rate_bpm: float) -> str:
            if n_beats == 2:
                return "COUPLET"
            return "VT" if rate_bpm > self.limits.run_fast_bpm else "IVR"

        return self._ectopic_runs("V", kind)

    def runs_of_s(self) -> Iterator[_Row]:
        def kind(n_beats: int, rate_bpm: float) -> str:
            if n_beats == 2:
                return "PAIR_S"
            return "SVTA" if rate_bpm > self.limits.run_fast_bpm else "SVR"

        return self._ectopic_runs("S", kind)

    def patterns(self) -> Iterator[_Row]:
        is_v = self.given.labelled_as("V")
        ventricular = np.flatnonzero(is_v)
        unreadable = np.concatenate(([0], np.cumsum(~self.given.readable)))
        for kind, period, every in (("B", 2, "second"), ("T", 3, "third")):
            linked = (np.diff(ventricular) == period) & (np.diff(unreadable[ventricular]) == 0)
            for first, last in _long_runs(*runs(linked), MIN_IN_PATTERN - 1):
                n_v = last - first + 2
                begin, end = int(ventricular[first]), int(ventricular[last + 1])
                lead_in = begin - (period - 1)
                clear = lead_in >= 0 and unreadable[lead_in] == unreadable[begin]
                if clear and not is_v[lead_in:begin].any():
                    begin = lead_in
                yield self._row(begin, end, kind, f"V at every {every} beat, {n_v} times")

    def dropped_in_groups(self) -> Iterator[_Row]:
        for first, last, reason in grouped_beating(self.given):
            yield self._row(first, last, "AVB2", reason)

    def atrial_bigeminy(self) -> Iterator[_Row]:
        """Yield S at every second beat: each of them early, no V between them."""
        given = self.given
        is_v = given.labelled_as("V")
        position = np.flatnonzero(given.labelled_as("S"))
        position = position[(position > 0) & (position < len(given.sample) - 1)]
        before, after = given.rr_s[position - 1], given.rr_s[position]
        early = given.readable[position - 1] & given.readable[position] & (before < after) & ~is_v[position - 1]
        linked = (np.diff(position) == 2) & early[1:] & early[:-1]
        for first, last in _long_runs(*runs(linked), MIN_IN_PATTERN - 1):
            n_s = last - first + 2
            chosen = slice(first, last + 2)
            shorter = 100 * (1 - float(np.median(before[chosen] / after[chosen])))
            reason = f"S at every second beat, {n_s} times, the interval before them {_whole(shorter)} % shorter"
            yield self._row(int(position[first]) - 1, int(position[last + 1]), "AB", reason)

    def singles(self, letter: str, patterns: Spans) -> Iterator[_Row]:
        alone = isolated_beats(self.given, letter, patterns)
        ratio = coupling(self.given, alone)
        # Those whose coupling cannot be told come last, NaN being sorted to the end.
        for which in np.argsort(ratio, kind="stable")[: self.limits.n_singles].tolist():
            beat = int(alone[which])
            if np.isnan(ratio[which]):
                reason, rate_bpm = "interval before it not known", np.nan
            else:
                rr_s = float(self.given.rr_s[beat - 1])
                reason, rate_bpm = f"RR {1000 * rr_s:,.0f} ms, {_early(float(ratio[which]))}", 60 / rr_s
            yield self._row(beat, beat, f"SINGLE_{letter}", reason, rate_bpm)

    def unreadable(self, quality: UInt8Array) -> Iterator[_Row]:
        for first, last in zip(*runs(~readable_seconds(quality)), strict=True):
            start, stop = (int(np.ceil(second * self.fs_hz)) for second in (first, last + 1))
            stop = min(stop, self.n_samples)
            length_s = (stop - start) / self.fs_hz
            if length_s < self.limits.unreadable_s:
                continue
            begin, end = np.searchsorted(self.given.sample, [start, stop]).tolist()
            reason = f"no lead readable for {length_s:,.0f} s"
            if end == begin and length_s >= self.limits.asystole_s:
                reason += ", no beat in it: lead off or noise; asystole is not ruled out"
            yield start, stop, "UNREADABLE", end - begin, np.nan, reason, "beats"

    def named(self, spans: Iterable[Span]) -> Iterator[_Row]:
        """Yield an episode for each span that something other than the beats names, with the beats inside it."""
        for span in spans:
            start, stop = max(span.start_sample, 0), min(span.stop_sample, self.n_samples)
            if start < stop:
                yield self._row_over(start, stop, span.kind, span.reason, span.source)

    def resolved(self, rows: Iterable[_Row], person: Sequence[Span]) -> list[_Row]:
        """Return the episodes with those that a person names, which replace others where they overlap."""
        if not person:
            return list(rows)
        resolved: list[_Row] = []
        overruled: dict[Span, list[str]] = {span: [] for span in person}
        for row in rows:
            start, stop, kind, _, _, reason, source = row
            parts = parts_left(start, stop, kind, source, person)
            if parts == [(start, stop)]:
                resolved.append(row)
                continue
            resolved.extend(self._row_over(*part, kind, f"{reason}; cut by a person", source) for part in parts)
            for span in person:
                if span.start_sample < stop and start < span.stop_sample and span.kind != kind:
                    overruled[span].append(kind)
        told = (replace(span, reason=with_overruled(span.reason, overruled[span])) for span in person)
        return [*resolved, *self.named(told)]

    def pauses(self) -> Iterator[_Row]:
        long = self.given.readable & (self.given.rr_s > self.limits.pause_s)
        premature = self.given.labelled_as("SV")
        for position in np.flatnonzero(long):
            rr_s = float(self.given.rr_s[position])
            reason = f"RR {_beside(rr_s, self.limits.pause_s, 1)} s > {self.limits.pause_s:.1f} s"
            if premature[position]:
                reason += ", after a premature beat"
            if rr_s >= self.limits.asystole_s:
                yield self._row(int(position), int(position) + 1, "ASYSTOLE", f"no beat for {rr_s:.1f} s")
            else:
                yield self._row(int(position), int(position) + 1, "PAUSE", reason)

    def standstills(self, quality: UInt8Array, spans: Sequence[Span]) -> Iterator[_Row]:
        active = [
            (span.start_sample, span.stop_sample)
            for span in spans
            if span.source == "signal" and span.kind in ("VF", "VT")
        ]
        found = open_standstills(self.given, self.fs_hz, self.n_samples, quality, self.limits.asystole_s, active)
        for start, stop, reason in found:
            begin, end = np.searchsorted(self.given.sample, [start, stop]).tolist()
            yield start, stop, "ASYSTOLE", end - begin, np.nan, reason, "beats"

    def sustained_rates(self) -> Iterator[_Row]:
        rate = smoothed_rate_of(self.given)
        known = ~np.isnan(rate)
        for kind, beyond, word, limit_bpm in (
            ("SBR", known & (rate < self.limits.slow_bpm), "below", self.limits.slow_bpm),
            ("TACHY", known & (rate > self.limits.fast_bpm), "above", self.limits.fast_bpm),
        ):
            for first, last in zip(*runs(beyond), strict=True):
                begin, end = int(first), int(last)
                if end == begin or self._seconds(begin, end) < self.limits.sustained_s:
                    continue
                # The mean of what was compared: intervals at the ends may themselves lie within the limit.
                mean_bpm = float(rate[begin : end + 1].mean())
                told = _beside(mean_bpm, limit_bpm)
                reason = f"{word} {limit_bpm:.0f} bpm for {self._seconds(begin, end):.0f} s, mean {told} bpm"
                if kind == "TACHY" and HALF_FLUTTER_BPM[0] <= mean_bpm <= HALF_FLUTTER_BPM[1]:
                    reason += "; atrial flutter with 2:1 conduction not ruled out"
                yield self._row(begin, end, kind, reason, mean_bpm)

    def af(self) -> list[Span]:
        given = self.given
        probability = af_probability(given.rr_s, given.label, given.readable)
        return af_spans(
            probability,
            given.sample,
            self.fs_hz,
            self.p_evidence,
            self.limits,
            given.readable,
            n_samples=self.n_samples,
        )

    def _ectopic_runs(self, letter: str, kind: Callable[[int, float], str]) -> Iterator[_Row]:
        for first, last in _long_runs(*runs(self.given.labelled_as(letter), self.given.joined), 2):
            n_beats = last - first + 1
            rate_bpm = self._rate(first, last)
            limit_bpm = self.limits.run_fast_bpm
            if n_beats > 2:
                sign = ">" if rate_bpm > limit_bpm else "≤"
                reason = f"{n_beats} {letter} at {_beside(rate_bpm, limit_bpm)} bpm {sign} {limit_bpm:.0f} bpm"
            else:
                reason = f"{n_beats} {letter} at {_whole(rate_bpm)} bpm"
            yield self._row(first, last, kind(n_beats, rate_bpm), reason)

    def _seconds(self, begin: int, end: int) -> float:
        return float(self.given.sample[end] - self.given.sample[begin]) / self.fs_hz

    def _rate(self, begin: int, end: int) -> float:
        return 60 * (end - begin) / self._seconds(begin, end)

    def _row_over(self, start: int, stop: int, kind: str, reason: str, source: str) -> _Row:
        """Return an episode over a span of samples, with the beats inside it."""
        begin, end = np.searchsorted(self.given.sample, [start, stop]).tolist()
        rate_bpm = self._rate(begin, end - 1) if end - begin > 1 else np.nan
        return start, stop, kind, end - begin, rate_bpm, reason, source

    def _row(self, begin: int, end: int, kind: str, reason: str, rate_bpm: float | None = None) -> _Row:
        stop = min(int(self.given.sample[end]) + 1, self.n_samples)
        mean_bpm = self._rate(begin, end) if rate_bpm is None else rate_bpm
        return int(self.given.sample[begin]), stop, kind, end - begin + 1, mean_bpm, reason, "beats"


def _long_runs(first: Int64Array, last: Int64Array, shortest: int) -> Iterator[tuple[int, int]]:
    long = last - first + 1 >= shortest
    return zip(first[long].tolist(), last[long].tolist(), strict=True)


def _early(ratio: float) -> str:
    percent = round(100 * (1 - ratio))
    if not percent:
        return "on time"
    return f"{abs(percent)} % {'early' if percent > 0 else 'late'}"


def _whole(value: float) -> str:
    """Write a figure without decimals, halves rounded up as wherever else it is shown."""
    return f"{int(np.floor(value + 0.5))}"


def _beside(value: float, limit: float, decimals: int = 0) -> str:
    """Write a figure beside the limit that it was held against: never as the limit itself where it is beyond it."""
    text = f"{value:.{decimals}f}" if decimals else _whole(value)
    while decimals < 3 and value != limit and float(text) == limit:
        decimals += 1
        text = f"{value:.{decimals}f}"
    return text
