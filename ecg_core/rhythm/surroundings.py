"""Rhythm and heart rate around a moment, as they stand beside a diary entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from ecg_core.arrays import UInt8Array
from ecg_core.beats import CLASSES
from ecg_core.rhythm.episode_types import KIND_NAMES
from ecg_core.rhythm.intervals import Intervals, readable_seconds
from ecg_core.rhythm.precedence import NAMEABLE
from ecg_core.rhythm.statements import DEVICE_KINDS
from ecg_core.rhythm.urgency import by_urgency

HALF_MINUTE_S: Final = 30.0
"""Seconds before and after a moment that count as its surroundings."""

_NOT_LISTED: Final = frozenset({*DEVICE_KINDS, "SINGLE_V", "SINGLE_S"})
"""Single beats are told by their number, and what a device states holds for the whole recording."""


@dataclass(frozen=True)
class Surroundings:
    """Rhythm and heart rate around a moment.

    Attributes
    ----------
    start_sample, stop_sample : int
        What was looked at; the second one not included.
    n_beats : int
    n_by_class : dict of str to int, or None
        None where beats have no class.
    mean_bpm : float or None
        Readable intervals per their time, ventricular runs too; None where no interval can be read.
    kinds : tuple of str
        Episodes that reach into it, the most urgent first, each kind once.
    readable_share : float or None
        Share of the seconds in which at least one lead can be read; None where quality was not assessed.
    """

    start_sample: int
    stop_sample: int
    n_beats: int
    n_by_class: dict[str, int] | None
    mean_bpm: float | None
    kinds: tuple[str, ...]
    readable_share: float | None

    @property
    def rhythm(self) -> str:
        """The kinds in words; that none was found is no rhythm of its own."""
        if self.readable_share == 0:
            return "unreadable"
        if not self.kinds:
            return "no event found"
        return ", ".join(KIND_NAMES.get(kind) or NAMEABLE.get(kind, kind) for kind in self.kinds)

    @property
    def beats(self) -> str:
        """The number of beats with those that are not normal: ``84 beats (3 V, 1 S)``."""
        text = f"{self.n_beats} {'beat' if self.n_beats == 1 else 'beats'}"
        if self.n_by_class is None:
            return text
        others = [f"{self.n_by_class[letter]} {letter}" for letter in "VSFQ" if self.n_by_class[letter]]
        return f"{text} ({', '.join(others)})" if others else text


def surroundings(
    given: Intervals,
    episodes: pd.DataFrame,
    fs_hz: float,
    n_samples: int,
    span: tuple[int, int],
    quality: UInt8Array | None = None,
) -> Surroundings:
    """Return rhythm and heart rate from half a minute before a span to half a minute after it.

    Parameters
    ----------
    given : Intervals
        Beats and intervals that count.
    episodes : pandas.DataFrame
        Episodes without those that a person has dismissed.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording in samples.
    span : tuple of (int, int)
        First sample, and one past the last; equal for a moment.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Quality grades.

    Returns
    -------
    Surroundings
    """
    half = round(HALF_MINUTE_S * fs_hz)
    start, stop = max(span[0] - half, 0), min(span[1] + half, n_samples)
    begin, end = np.searchsorted(given.sample, [start, stop]).tolist()
    inside = np.zeros(len(given.rr_s), dtype=bool)
    inside[begin : max(end - 1, begin)] = True
    inside &= given.readable
    time_s = float(given.rr_s[inside].sum())
    by_class = None
    if given.label is not None:
        by_class = {letter: int(given.labelled_as(letter)[begin:end].sum()) for letter in CLASSES}
    reaching = episodes[(episodes["start_sample"] < stop) & (episodes["stop_sample"] > start)]
    kinds = by_urgency(reaching[~reaching["kind"].isin(_NOT_LISTED)])["kind"].tolist()
    readable = None
    if quality is not None and len(quality):
        part = quality[int(start / fs_hz) : max(int(np.ceil(stop / fs_hz)), int(start / fs_hz) + 1)]
        readable = float(readable_seconds(part).mean()) if len(part) else None
    return Surroundings(
        start,
        stop,
        end - begin,
        by_class,
        60 * int(inside.sum()) / time_s if time_s else None,
        tuple(dict.fromkeys(kinds)),
        readable,
    )
