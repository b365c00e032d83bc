"""Episodes of rhythm, each with the reason why it is one.

========  =================================================================  ========
kind      what                                                               in WFDB
========  =================================================================  ========
VT        three or more V, faster than 100 bpm                               (VT
IVR       three or more V, 100 bpm or slower                                 (IVR
COUPLET   two V                                                              none
SVTA      three or more S, faster than 100 bpm                               (SVTA
SVR       three or more S, 100 bpm or slower                                 none
B         bigeminy: V at every second beat, three or more of them            (B
T         trigeminy: V at every third beat, three or more of them            (T
AFIB      irregular RR intervals, see :mod:`ecg_core.rhythm.fibrillation`    (AFIB
PAUSE     an interval of more than 2.0 s                                     none
SBR       rate below 50 bpm for 30 s or longer                               (SBR
TACHY     rate above 100 bpm for 30 s or longer                              none
========  =================================================================  ========

The limits are the usual ones of ambulatory reports and can be set by :class:`Limits`. No episode is built on an
interval that touches an unreadable second, except that AF may bridge short gaps. Where beats have no class,
PAUSE, SBR and TACHY alone can be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from ecg_core.rhythm.fibrillation import IRREGULARITY_LIMIT, fibrillation
from ecg_core.rhythm.intervals import Intervals, Quality, intervals, runs
from ecg_core.rhythm.rate import smoothed_rate_of

EPISODE_COLUMNS: Final = ("start_sample", "stop_sample", "kind", "n_beats", "rate_bpm", "reason")

KIND_NAMES: Final = {
    "VT": "ventricular tachycardia",
    "IVR": "idioventricular rhythm",
    "COUPLET": "ventricular couplet",
    "SVTA": "supraventricular tachycardia",
    "SVR": "supraventricular run",
    "B": "ventricular bigeminy",
    "T": "ventricular trigeminy",
    "AFIB": "atrial fibrillation",
    "PAUSE": "pause",
    "SBR": "bradycardia",
    "TACHY": "tachycardia",
}

LABELLED_KINDS: Final = ("VT", "IVR", "COUPLET", "SVTA", "SVR", "B", "T", "AFIB")
"""Kinds that cannot be told where beats have no class."""

_RHYTHMS: Final = ("SBR", "T", "B", "AFIB", "SVTA", "IVR", "VT")
"""Kinds that WFDB has a rhythm name for; where they overlap, the later one is written."""

_Row = tuple[int, int, str, int, float, str]


@dataclass(frozen=True)
class Limits:
    """From where on something is an episode.

    Attributes
    ----------
    pause_s : float
    slow_bpm, fast_bpm : float
    run_fast_bpm : float
        What a run of ectopic beats must exceed to be a tachycardia.
    sustained_s : float
        Shortest slow rhythm, fast rhythm and atrial fibrillation.
    """

    pause_s: float = 2.0
    slow_bpm: float = 50.0
    fast_bpm: float = 100.0
    run_fast_bpm: float = 100.0
    sustained_s: float = 30.0


DEFAULT_LIMITS: Final = Limits()


def episodes(
    beats: pd.DataFrame,
    fs_hz: float,
    n_samples: int,
    quality: Quality | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> pd.DataFrame:
    """Find the episodes of a recording.

    Parameters
    ----------
    beats : pandas.DataFrame
        A beat table; ``label`` may be absent.
    fs_hz : float
    n_samples : int
        Length of the recording; no episode reaches beyond it.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Grades per second and lead.
    limits : Limits

    Returns
    -------
    pandas.DataFrame
        `EPISODE_COLUMNS`, in order of time. An episode reaches from its first beat to one sample past its
        last; a pause has the two beats around it. ``rate_bpm`` is the mean rate inside; ``reason`` is a short
        text with figures and units.
    """
    given = intervals(beats, fs_hz, quality)
    rows: list[_Row] = []
    if len(given.sample) > 1:
        build = _Builder(given, fs_hz, n_samples, limits)
        for part in (build.runs_of_v, build.runs_of_s, build.patterns, build.pauses, build.sustained_rates, build.af):
            rows.extend(part())
    rows.sort(key=lambda row: (row[0], -row[1]))
    table = pd.DataFrame(rows, columns=list(EPISODE_COLUMNS))
    return table.astype(
        {
            "start_sample": np.int64,
            "stop_sample": np.int64,
            "kind": object,
            "n_beats": np.int64,
            "rate_bpm": np.float64,
            "reason": object,
        }
    )


def rhythm_changes(episodes: pd.DataFrame, first_sample: int = 0) -> list[tuple[int, str]]:
    """Return the rhythm changes to write into a WFDB annotation file.

    Parameters
    ----------
    episodes : pandas.DataFrame
        As :func:`episodes` returns them.
    first_sample : int
        Where the first rhythm is written.

    Returns
    -------
    list of (int, str)
        Sample and name, e.g. ``(36000, "(VT")``. One rhythm holds at a time: of overlapping episodes the
        graver one, and ``(N`` outside of all. Kinds without a WFDB name are left out.
    """
    named = episodes[episodes["kind"].isin(_RHYTHMS)]
    starts = named["start_sample"].to_numpy().clip(min=first_sample)
    stops = named["stop_sample"].to_numpy().clip(min=first_sample)
    edges = np.unique(np.concatenate(([first_sample], starts, stops)))
    rank = np.zeros(len(edges), dtype=np.int64)
    # Ranks are painted in rising order, so what is graver lies on top.
    ranks = named["kind"].map({kind: index + 1 for index, kind in enumerate(_RHYTHMS)}).to_numpy(dtype=np.int64)
    for row in np.argsort(ranks, kind="stable"):
        rank[np.searchsorted(edges, starts[row]) : np.searchsorted(edges, stops[row])] = ranks[row]
    names = ("N", *_RHYTHMS)
    changed = np.flatnonzero(np.diff(rank, prepend=-1))
    return [(int(edges[index]), f"({names[rank[index]]}") for index in changed]


@dataclass(frozen=True)
class _Builder:
    """Finds each family of episodes in one recording."""

    given: Intervals
    fs_hz: float
    n_samples: int
    limits: Limits

    def runs_of_v(self) -> Iterator[_Row]:
        def kind(n_beats: int, rate_bpm: float) -> str:
            if n_beats == 2:
                return "COUPLET"
            return "VT" if rate_bpm > self.limits.run_fast_bpm else "IVR"

        return self._ectopic_runs("V", 2, kind)

    def runs_of_s(self) -> Iterator[_Row]:
        def kind(_: int, rate_bpm: float) -> str:
            return "SVTA" if rate_bpm > self.limits.run_fast_bpm else "SVR"

        return self._ectopic_runs("S", 3, kind)

    def patterns(self) -> Iterator[_Row]:
        is_v = self.given.labelled_as("V")
        ventricular = np.flatnonzero(is_v)
        unreadable = np.concatenate(([0], np.cumsum(~self.given.readable)))
        for kind, period, every in (("B", 2, "second"), ("T", 3, "third")):
            linked = (np.diff(ventricular) == period) & (np.diff(unreadable[ventricular]) == 0)
            for first, last in zip(*runs(linked), strict=True):
                n_v = int(last - first) + 2
                if n_v < 3:
                    continue
                begin, end = int(ventricular[first]), int(ventricular[last + 1])
                lead_in = begin - (period - 1)
                clear = lead_in >= 0 and unreadable[lead_in] == unreadable[begin]
                if clear and not is_v[lead_in:begin].any():
                    begin = lead_in
                yield self._row(begin, end, kind, f"V at every {every} beat, {n_v} times")

    def pauses(self) -> Iterator[_Row]:
        long = self.given.readable & (self.given.rr_s > self.limits.pause_s)
        premature = self.given.labelled_as("SV")
        for position in np.flatnonzero(long):
            reason = f"RR {self.given.rr_s[position]:.1f} s > {self.limits.pause_s:.1f} s"
            if premature[position]:
                reason += ", after a premature beat"
            yield self._row(int(position), int(position) + 1, "PAUSE", reason)

    def sustained_rates(self) -> Iterator[_Row]:
        rate = smoothed_rate_of(self.given)
        known = ~np.isnan(rate)
        for kind, beyond, limit in (
            ("SBR", known & (rate < self.limits.slow_bpm), f"below {self.limits.slow_bpm:.0f}"),
            ("TACHY", known & (rate > self.limits.fast_bpm), f"above {self.limits.fast_bpm:.0f}"),
        ):
            for first, last in zip(*runs(beyond), strict=True):
                begin, end = int(first), int(last)
                if end == begin or self._seconds(begin, end) < self.limits.sustained_s:
                    continue
                # The mean of what was compared: intervals at the ends may themselves lie within the limit.
                mean_bpm = float(rate[begin : end + 1].mean())
                reason = f"{limit} bpm for {self._seconds(begin, end):.0f} s, mean {mean_bpm:.0f} bpm"
                yield self._row(begin, end, kind, reason, mean_bpm)

    def af(self) -> Iterator[_Row]:
        for begin, end, index in fibrillation(self.given, self.limits.sustained_s):
            reason = (
                f"RR irregular for {self._seconds(begin, end):.0f} s "
                f"(irregularity {index:.2f}/s > {IRREGULARITY_LIMIT:.2f}/s), {self._rate(begin, end):.0f} bpm"
            )
            yield self._row(begin, end, "AFIB", reason)

    def _ectopic_runs(self, letter: str, shortest: int, kind: Callable[[int, float], str]) -> Iterator[_Row]:
        for first, last in zip(*runs(self.given.labelled_as(letter), self.given.joined), strict=True):
            n_beats = int(last - first) + 1
            if n_beats < shortest:
                continue
            rate_bpm = self._rate(int(first), int(last))
            named = kind(n_beats, rate_bpm)
            reason = f"{n_beats} {letter} at {rate_bpm:.0f} bpm"
            if named != "COUPLET":
                sign = ">" if rate_bpm > self.limits.run_fast_bpm else "≤"
                reason += f" {sign} {self.limits.run_fast_bpm:.0f} bpm"
            yield self._row(int(first), int(last), named, reason)

    def _seconds(self, begin: int, end: int) -> float:
        return float(self.given.sample[end] - self.given.sample[begin]) / self.fs_hz

    def _rate(self, begin: int, end: int) -> float:
        return 60 * (end - begin) / self._seconds(begin, end)

    def _row(self, begin: int, end: int, kind: str, reason: str, rate_bpm: float | None = None) -> _Row:
        stop = min(int(self.given.sample[end]) + 1, self.n_samples)
        mean_bpm = self._rate(begin, end) if rate_bpm is None else rate_bpm
        return int(self.given.sample[begin]), stop, kind, end - begin + 1, mean_bpm, reason
