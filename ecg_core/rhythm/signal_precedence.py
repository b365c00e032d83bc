"""Which episode holds where the beats and the signal name the same time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ecg_core.rhythm.episode_types import Span

Row = tuple[int, int, str, int, float, str, str]
"""An episode in the order of `EPISODE_COLUMNS`."""

_VENTRICULAR: Final = ("VT", "VF")
_OF_BEATS: Final = ("VT", "IVR", "COUPLET", "SINGLE_V", "B", "T")
"""What beats say that a ventricular rhythm of the signal says better."""

_OTHERS: Final = (
    "UNREADABLE",
    "AFIB",
    "AFL",
    "SVTA",
    "SVR",
    "PAIR_S",
    "SINGLE_S",
    "AB",
    "TACHY",
    "SBR",
    "IVR",
    "PAUSE",
    "ASYSTOLE",
)
"""What cannot be at the same time as ventricular fibrillation or tachycardia."""


_IN_FLUTTER: Final = ("SVTA", "SVR")
"""What beats say of flutter that the signal shows."""


def joined_with_signal(of_beats: list[Row], of_signal: list[Row], shortest: int) -> list[Row]:
    """Join the episodes of the beats with those that the signal or others name.

    A ventricular tachycardia of the beats that overlaps one of the signal becomes one with it; of several, the first
    begins with it and the last ends with it. Ectopic beats, other rhythms, and unreadable time inside a ventricular
    rhythm of the signal are left out or cut to what lies outside; so are runs of S inside atrial flutter.

    Parameters
    ----------
    of_beats, of_signal : list of Row
        Episodes that follow from the beats, and those named by the signal or others.
    shortest : int
        Samples; what is left of a cut episode and is shorter is left out.

    Returns
    -------
    list of Row
    """
    result: list[Row] = []
    named = list(of_signal)
    ventricular = [place for place, row in enumerate(named) if row[2] in _VENTRICULAR and row[6] == "signal"]
    for row in of_beats:
        over = [place for place in ventricular if row[0] < named[place][1] and named[place][0] < row[1]]
        if over and row[2] == "VT":
            first = min(over, key=lambda place: named[place][0])
            last = max(over, key=lambda place: named[place][1])
            named[first] = (min(named[first][0], row[0]), *named[first][1:])
            named[last] = (named[last][0], max(named[last][1], row[1]), *named[last][2:])
        elif not (over and row[2] in _OF_BEATS):
            result.append(row)
    silent = [(row[0], row[1]) for row in named if row[2] == "ASYSTOLE"]
    result = [row for row in result if row[2] != "ASYSTOLE" or not _within(row, silent)]
    covers = [(row[0], row[1]) for row in named if row[2] in (*_VENTRICULAR, "POSSIBLE_VT")]
    flutter = [(row[0], row[1]) for row in named if row[2] == "AFL" and row[6] == "signal"]
    cut = [part for row in result for part in (_outside(row, covers, shortest) if row[2] in _OTHERS else [row])]
    cut = [part for row in cut for part in (_outside(row, flutter, shortest) if row[2] in _IN_FLUTTER else [row])]
    return cut + named


def joined_blocks(spans: Iterable[Span]) -> list[Span]:
    """Return spans in which second-degree AV block that was found in two ways is one.

    Dropped beats are found by the shape of a single P wave in a pause, and episodes by the P waves of all beats. Spans
    that overlap are one, with the reason of the longest; inside complete block neither is told.

    Parameters
    ----------
    spans : iterable of Span
        All spans; those of other kinds, and those that a person or the device names, stay as they are.

    Returns
    -------
    list of Span
    """
    spans = list(spans)
    complete = [span for span in spans if span.kind == "AVB3" and span.source == "signal"]
    second = [span for span in spans if span.kind == "AVB2" and span.source == "signal"]
    joined: list[Span] = []
    for span in sorted(second, key=lambda span: span.start_sample):
        if any(span.start_sample < other.stop_sample and other.start_sample < span.stop_sample for other in complete):
            continue
        if joined and span.start_sample < joined[-1].stop_sample:
            last = joined.pop()
            longest = max(last, span, key=lambda one: one.stop_sample - one.start_sample)
            span = replace(longest, start_sample=last.start_sample, stop_sample=max(last.stop_sample, span.stop_sample))
        joined.append(span)
    return [*(span for span in spans if span not in second), *joined]


def replaces_single(kind: str, single: str, source: str) -> bool:
    """Tell whether an episode replaces a single beat inside it, as :func:`joined_with_signal` does.

    Parameters
    ----------
    kind, source : str
        Of the episode; a person's have a precedence of their own.
    single : {"SINGLE_V", "SINGLE_S"}
        Episode kind of the isolated beats.
    """
    if single in _OTHERS:
        return source != "beats" and kind in (*_VENTRICULAR, "POSSIBLE_VT")
    return source == "signal" and kind in _VENTRICULAR


def overlaps(row: Row, others: Iterable[Row]) -> bool:
    """Tell whether an episode overlaps one of others.

    Parameters
    ----------
    row : Row
        The episode.
    others : iterable of Row
        The others.

    Returns
    -------
    bool
    """
    return any(row[0] < other[1] and other[0] < row[1] for other in others)


def _within(row: Row, spans: list[tuple[int, int]]) -> bool:
    return any(start <= row[0] and row[1] <= stop for start, stop in spans)


def _outside(row: Row, covers: list[tuple[int, int]], shortest: int) -> list[Row]:
    """Return the parts of an episode that no cover takes."""
    parts = [(row[0], row[1])]
    for start, stop in covers:
        parts = [
            piece
            for begin, end in parts
            for piece in ((begin, min(end, start)), (max(begin, stop), end))
            if piece[0] < piece[1]
        ]
    if parts == [(row[0], row[1])]:
        return [row]
    return [(begin, end, *row[2:]) for begin, end in parts if end - begin >= shortest]
