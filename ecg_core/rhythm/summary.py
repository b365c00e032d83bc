"""The figures that head a report; what cannot be told is absent, never zero."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from ecg_core.arrays import UInt8Array
from ecg_core.beats import CLASSES
from ecg_core.rhythm.episode_types import KIND_NAMES, LABELLED_KINDS, NOT_ASSESSED, PARTLY_ASSESSED
from ecg_core.rhythm.intervals import Intervals, intervals, readable_seconds
from ecg_core.rhythm.isolated_beats import listed_isolated_beats
from ecg_core.rhythm.precedence import event_key
from ecg_core.rhythm.rate import rate_range_of


@dataclass(frozen=True)
class Summary:
    """Summary of a recording.

    Attributes
    ----------
    duration_s : float
    readable_share : float or None
        Share of the seconds in which at least one lead can be read; None if quality was not assessed.
    n_beats : int
    n_by_class : dict of str to int, or None
        Beats of each class ``N S V F Q``; None where beats have no class.
    burden_v_percent, burden_s_percent : float or None
        V and S beats of all beats.
    mean_rate_bpm, min_rate_bpm, max_rate_bpm : float or None
        As defined in :mod:`ecg_core.rhythm.rate`.
    min_rate_sample, max_rate_sample : int or None
    longest_rr_s : float or None
        Longest readable interval.
    longest_rr_sample : int or None
        The beat at which it begins.
    n_by_kind : dict of str to int or None
        Episodes of each kind, of single beats all and not only those listed; None for kinds that cannot be told.
    longest_v_run_beats : int or None
        0 where there are classes but no run of three V.
    fastest_v_run_bpm : float or None
    af_share : float or None
        Share of the readable time in atrial fibrillation, whoever named it; without the events that a person has
        dismissed. Atrial flutter that was told apart is not in it.
    afl_share : float or None
        The same of atrial flutter; None where none was found, since it is found in some of its forms only.
    """

    duration_s: float
    readable_share: float | None
    n_beats: int
    n_by_class: dict[str, int] | None
    burden_v_percent: float | None
    burden_s_percent: float | None
    mean_rate_bpm: float | None
    min_rate_bpm: float | None
    min_rate_sample: int | None
    max_rate_bpm: float | None
    max_rate_sample: int | None
    longest_rr_s: float | None
    longest_rr_sample: int | None
    n_by_kind: dict[str, int | None]
    longest_v_run_beats: int | None
    fastest_v_run_bpm: float | None
    af_share: float | None
    afl_share: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON-able values."""
        return asdict(self)


def summary(
    beats: pd.DataFrame,
    episodes: pd.DataFrame,
    fs_hz: float,
    n_samples: int,
    quality: UInt8Array | None = None,
    dismissed: Collection[str] = (),
) -> Summary:
    """Summarise a recording.

    Parameters
    ----------
    beats : pandas.DataFrame
        A beat table; ``label`` may be absent.
    episodes : pandas.DataFrame
        As :func:`ecg_core.rhythm.episodes.episodes` returns them.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording in samples.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Quality grades.
    dismissed : collection of str
        Events that a person has dismissed, as :func:`ecg_core.rhythm.precedence.event_key` names them.
    """
    return summary_of(intervals(beats, fs_hz, quality), episodes, fs_hz, n_samples, quality, dismissed)


def summary_of(
    given: Intervals,
    episodes: pd.DataFrame,
    fs_hz: float,
    n_samples: int,
    quality: UInt8Array | None = None,
    dismissed: Collection[str] = (),
) -> Summary:
    """Return :func:`summary` of intervals already taken from the beat table.

    Parameters
    ----------
    given : Intervals
        Intervals between beats.
    episodes : DataFrame
        Table of episodes.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording in samples.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Quality grades.
    dismissed : collection of str
        Keys of events that a person has dismissed.

    Returns
    -------
    Summary
    """
    n_beats = len(given.sample)
    labelled = given.label is not None
    by_class = {letter: int(given.labelled_as(letter).sum()) for letter in CLASSES} if labelled else None
    rate = rate_range_of(given)
    longest = int(np.argmax(np.where(given.readable, given.rr_s, -1.0))) if given.readable.any() else None
    readable = None if quality is None or not len(quality) else float(readable_seconds(quality).mean())
    kinds = {**episodes["kind"].value_counts(), **_singles(given, episodes)}
    v_runs = episodes[episodes["kind"].isin(["VT", "IVR"])]
    return Summary(
        duration_s=n_samples / fs_hz,
        readable_share=readable,
        n_beats=n_beats,
        n_by_class=by_class,
        burden_v_percent=100 * by_class["V"] / n_beats if by_class and n_beats else None,
        burden_s_percent=100 * by_class["S"] / n_beats if by_class and n_beats else None,
        mean_rate_bpm=rate.mean_bpm,
        min_rate_bpm=rate.min_bpm,
        min_rate_sample=rate.min_sample,
        max_rate_bpm=rate.max_bpm,
        max_rate_sample=rate.max_sample,
        longest_rr_s=None if longest is None else float(given.rr_s[longest]),
        longest_rr_sample=None if longest is None else int(given.sample[longest]),
        n_by_kind={
            kind: int(kinds.get(kind, 0)) if kinds.get(kind) or _can_tell(kind, given, readable is not None) else None
            for kind in KIND_NAMES
        },
        longest_v_run_beats=int(v_runs["n_beats"].max() if len(v_runs) else 0) if labelled else None,
        fastest_v_run_bpm=float(v_runs["rate_bpm"].max()) if v_runs["rate_bpm"].notna().any() else None,
        af_share=_share_in("AFIB", given, episodes, dismissed),
        afl_share=_share_in("AFL", given, episodes, dismissed) or None,
    )


def _can_tell(kind: str, given: Intervals, assessed: bool) -> bool:
    if kind in (*NOT_ASSESSED, *PARTLY_ASSESSED):
        return False
    if kind == "UNREADABLE":
        return assessed
    if kind == "ASYSTOLE" and assessed:
        return True
    return bool(given.readable.any()) and (given.label is not None or kind not in LABELLED_KINDS)


def _singles(given: Intervals, episodes: pd.DataFrame) -> dict[str, int]:
    """Count single beats, of which the episodes are a choice."""
    return {f"SINGLE_{letter}": len(listed_isolated_beats(given, episodes, letter)) for letter in "VS"}


def _share_in(kind: str, given: Intervals, episodes: pd.DataFrame, dismissed: Collection[str]) -> float | None:
    readable_s = float(given.rr_s[given.readable].sum())
    if given.label is None or not readable_s:
        return None
    inside = np.zeros(len(given.rr_s), dtype=bool)
    for start, stop in _joined(episodes[episodes["kind"] == kind], dismissed):
        begin, end = np.searchsorted(given.sample, [start, stop]).tolist()
        inside[begin : max(end - 1, begin)] = True
    return float(given.rr_s[inside & given.readable].sum()) / readable_s


def _joined(episodes: pd.DataFrame, dismissed: Collection[str]) -> list[tuple[int, int]]:
    """Return the spans of episodes that nobody has dismissed; those that touch are one."""
    spans: list[tuple[int, int]] = []
    columns = (episodes[name].tolist() for name in ("kind", "start_sample", "stop_sample", "source"))
    for kind, start, stop, source in sorted(zip(*columns, strict=True), key=lambda row: row[1]):
        if event_key(kind, start, source) in dismissed:
            continue
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(spans[-1][1], stop)
        else:
            spans.append((start, stop))
    return spans
