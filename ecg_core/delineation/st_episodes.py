"""Episodes of ST deviation, as annotation protocol B of the Long-Term ST Database defines them.

An episode needs a deviation of 0.1 mV or more from the reference throughout 30 s; it begins where the deviation has
left 0.05 mV and ends where it stays below 0.05 mV for 30 s (Jager et al. 2003, doi:10.1007/BF02344885). Unreadable
time neither makes an episode nor ends it, up to `LONGEST_GAP_S`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import BoolArray, Float64Array
from ecg_core.delineation.st import BIN_S, StTrend
from ecg_core.recording import Recording
from ecg_core.rhythm.episode_types import Span

DEVIATION_MV: Final = 0.1
END_MV: Final = 0.05
LASTING_S: Final = 30
LONGEST_GAP_S: Final = 60

_LASTING: Final = LASTING_S // BIN_S
_GAP: Final = LONGEST_GAP_S // BIN_S


@dataclass(frozen=True)
class StEpisode:
    """An episode of ST deviation in one lead.

    Attributes
    ----------
    lead : str
    start_s, stop_s : float
    deviation_mv : float
        The largest deviation from the reference; negative for depression.
    reference_mv : float
        Reference level at that time.
    """

    lead: str
    start_s: float
    stop_s: float
    deviation_mv: float
    reference_mv: float


def st_episodes(trend: StTrend) -> tuple[StEpisode, ...]:
    """Find the episodes of ST deviation in each lead.

    Parameters
    ----------
    trend : StTrend
        ST levels with their reference.

    Returns
    -------
    tuple of StEpisode
        In order of time.
    """
    deviation = trend.deviation_mv
    found = []
    for lead, name in enumerate(trend.lead_names):
        for sign in (-1, 1):
            for begin, stop in _episodes_of(sign * deviation[:, lead]):
                largest = begin + int(np.nanargmax(sign * deviation[begin:stop, lead]))
                found.append(
                    StEpisode(
                        name,
                        float(begin * BIN_S),
                        float(stop * BIN_S),
                        float(deviation[largest, lead]),
                        float(trend.reference_mv[largest, lead]),
                    )
                )
    return tuple(sorted(found, key=lambda episode: (episode.start_s, episode.lead)))


def st_spans(trend: StTrend, recording: Recording) -> tuple[Span, ...]:
    """Return the episodes as spans of kind ``ST``; those of several leads that overlap are one.

    Parameters
    ----------
    trend : StTrend
        ST levels with their reference.
    recording : Recording
        The recording.

    Returns
    -------
    tuple of Span
        In order of time.
    """
    groups: list[list[StEpisode]] = []
    for episode in st_episodes(trend):
        if groups and episode.start_s < max(other.stop_s for other in groups[-1]):
            groups[-1].append(episode)
        else:
            groups.append([episode])
    spans = []
    for group in groups:
        start_s, stop_s = group[0].start_s, max(episode.stop_s for episode in group)
        spans.append(
            Span(
                round(start_s * recording.fs_hz),
                min(round(stop_s * recording.fs_hz), recording.n_samples),
                "ST",
                reason_of(group, min(stop_s, recording.duration_s) - start_s),
            )
        )
    return tuple(spans)


def lasting_levels(trend: StTrend) -> tuple[str, ...]:
    """Say which leads deviate from the PR baseline all the time, which makes no episode.

    Parameters
    ----------
    trend : StTrend
        ST levels with their reference.

    Returns
    -------
    tuple of str
        ``"ST level -0.15 mV in V5 throughout"`` for each lead whose median level is 0.1 mV or more from the baseline.
    """
    told = []
    for lead, name in enumerate(trend.lead_names):
        level = trend.level_mv[:, lead]
        if np.isfinite(level).any() and abs(median := float(np.nanmedian(level))) >= DEVIATION_MV:
            told.append(f"ST level {median:+.2f} mV in {name} throughout")
    return tuple(told)


def reason_of(episodes: Sequence[StEpisode], duration_s: float) -> str:
    """Return why something is an episode of ST deviation.

    Parameters
    ----------
    episodes : sequence of StEpisode
        Of the leads that take part, one or more.
    duration_s : float
        Time from the first one's begin to the last one's end.

    Returns
    -------
    str
        ``"ST depression 0.21 mV in V5 for 4 min, reference -0.02 mV"``.
    """
    by_lead: dict[tuple[str, bool], StEpisode] = {}
    for episode in sorted(episodes, key=lambda one: abs(one.deviation_mv)):
        by_lead[episode.lead, episode.deviation_mv < 0] = episode
    largest_first = sorted(by_lead.values(), key=lambda one: -abs(one.deviation_mv))
    duration = f"{duration_s:.0f} s" if duration_s < 120 else f"{duration_s / 60:.0f} min"
    parts = [
        f"{'depression' if one.deviation_mv < 0 else 'elevation'} {abs(one.deviation_mv):.2f} mV in {one.lead}"
        for one in largest_first
    ]
    references = ", ".join(f"{one.reference_mv:+.2f} mV" for one in largest_first)
    return f"ST {', '.join(parts)} for {duration}, reference {references}"


def _episodes_of(deviation: Float64Array) -> Iterator[tuple[int, int]]:
    """Yield the first bin and one past the last of each episode of positive deviation."""
    known = np.flatnonzero(np.isfinite(deviation))
    value = deviation[known]
    done = 0
    for first, last in _runs(value >= DEVIATION_MV, known):
        if last - first < _LASTING or first < done:
            continue
        begin = first
        while begin > done and value[begin - 1] >= END_MV and known[begin] - known[begin - 1] <= _GAP:
            begin -= 1
        stop = last
        while stop < len(value) and known[stop] - known[stop - 1] <= _GAP:
            if (value[stop : stop + _LASTING] < END_MV).all():
                break
            stop += 1
        done = stop
        yield int(known[begin]), int(known[stop - 1]) + 1


def _runs(above: BoolArray, known: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield begin and end of runs of True; a long gap in time parts them."""
    edges = np.diff(np.concatenate(([False], above, [False])).astype(np.int8))
    for first, last in zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True):
        breaks = first + 1 + np.flatnonzero(np.diff(known[first:last]) > _GAP)
        bounds = [first, *breaks.tolist(), last]
        yield from pairwise(bounds)
