"""Precedence of the rhythm that a person names over what the program found.

Within a span named by a person, the program's episodes of rhythm are replaced: an episode that reaches beyond the span
is cut to its parts outside of it, so that nothing is lost there. What is no rhythm over time (pauses, single beats,
couplets, ST deviation) stays, unless the person names a rhythm without separate beats (VF, VT, asystole) or an
artefact. Rates (tachycardia, bradycardia) stay beside a rhythm of another kind. A device's statements always stay.
Dangerous kinds that a person overrules are named in the reason of the person's episode.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.rhythm.episode_types import KIND_NAMES, Span

SINUS: Final = "N"
"""Kind of an episode that a person names sinus rhythm; the program itself lists none."""

ARTEFACT: Final = "ARTEFACT"
"""What a person names a span that is no ECG; its episode is of the kind UNREADABLE."""

NAMEABLE: Final[dict[str, str]] = {
    **{
        code: KIND_NAMES[code]
        for code in (
            *("VF", "ASYSTOLE", "VT", "AVB3", "CAPTURE", "AVB2", "AFIB", "AFL", "SVTA", "IVR", "B", "T", "SVR", "AB"),
            *("NOD", "AVB1", "PACED", "TACHY", "SBR"),
        )
    },
    SINUS: "sinus rhythm",
    ARTEFACT: "artefact",
}
"""Rhythms that a person can name a span, with their names, the most urgent first."""

DANGEROUS: Final = frozenset({"VF", "POSSIBLE_VT", "ASYSTOLE", "VT", "AVB3", "CAPTURE"})
"""Kinds that are never overruled without being mentioned."""

_WITHOUT_BEATS: Final = frozenset({"VF", "VT", "ASYSTOLE", "UNREADABLE"})
_RATES: Final = frozenset({"TACHY", "SBR"})
_NO_RHYTHM: Final = frozenset({"PAUSE", "COUPLET", "PAIR_S", "SINGLE_V", "SINGLE_S"})
_REPLACEABLE_SOURCES: Final = frozenset({"beats", "signal", "pacing"})


def event_key(kind: str, start_sample: int, source: str) -> str:
    """Return the name of an event in the log of edits; it depends on who named the event.

    Parameters
    ----------
    kind : str
        Episode kind.
    start_sample : int
        First sample of the episode.
    source : str
        Source of the episode.

    Returns
    -------
    str
    """
    return f"{kind}_BY_PERSON:{start_sample}" if source == "person" else f"{kind}:{start_sample}"


def without_dismissed(episodes: pd.DataFrame, dismissed: Collection[str]) -> pd.DataFrame:
    """Return the episodes that nobody has dismissed.

    Parameters
    ----------
    episodes : pandas.DataFrame
        Table of episodes.
    dismissed : collection of str
        Keys of events, see :func:`event_key`.

    Returns
    -------
    pandas.DataFrame
    """
    columns = (episodes[name] for name in ("kind", "start_sample", "source"))
    kept = [event_key(*names) not in dismissed for names in zip(*columns, strict=True)]
    return episodes[np.array(kept, dtype=bool)]


def kind_of(rhythm: str) -> str:
    """Return the kind of episode that a rhythm of `NAMEABLE` becomes."""
    return "UNREADABLE" if rhythm == ARTEFACT else rhythm


def replaces(named: str, kind: str, source: str = "beats") -> bool:
    """Tell whether a person's rhythm replaces an episode that it overlaps.

    Parameters
    ----------
    named : str
        Kind of the person's episode.
    kind, source : str
        Of the episode that is overlapped.
    """
    if source not in _REPLACEABLE_SOURCES:
        return False
    if named == "UNREADABLE":
        return True
    if kind == "ST":
        return False
    if kind in _NO_RHYTHM:
        return named in _WITHOUT_BEATS
    return kind not in _RATES or named in _RATES


def one_at_a_time(spans: Iterable[Span]) -> list[Span]:
    """Return a person's spans without overlap: where two overlap, the later one holds.

    Parameters
    ----------
    spans : iterable of Span
        Spans of a person, in the order in which they were named or trimmed; others are left out.

    Returns
    -------
    list of Span
        In order of time.
    """
    held: list[Span] = []
    for span in spans:
        if span.source != "person" or span.start_sample >= span.stop_sample:
            continue
        held = [
            replace(other, start_sample=start, stop_sample=stop)
            for other in held
            for start, stop in outside(other.start_sample, other.stop_sample, [(span.start_sample, span.stop_sample)])
        ]
        held.append(span)
    return sorted(held, key=lambda span: span.start_sample)


def outside(start: int, stop: int, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the parts of a stretch that no span covers, in order of time.

    Parameters
    ----------
    start, stop : int
        First sample, and one past the last.
    spans : sequence of (int, int)
        In order of time, without overlap.
    """
    parts = []
    for begin, end in spans:
        if end <= start or begin >= stop:
            continue
        if start < begin:
            parts.append((start, begin))
        start = max(start, end)
    if start < stop:
        parts.append((start, stop))
    return parts


def parts_left(start: int, stop: int, kind: str, source: str, named: Sequence[Span]) -> list[tuple[int, int]]:
    """Return the parts of an episode of the program that a person's spans leave of it.

    Parameters
    ----------
    start, stop : int
        Of the episode.
    kind, source : str
        Of the episode.
    named : sequence of Span
        As :func:`one_at_a_time` returns them.
    """
    spans = [(span.start_sample, span.stop_sample) for span in named if replaces(span.kind, kind, source)]
    return outside(start, stop, spans)


def without_beats_left(spans: Iterable[tuple[int, int]], named: Iterable[Span]) -> list[tuple[int, int]]:
    """Return what is left of spans in which beats cannot be told apart where a person names a rhythm of beats.

    Parameters
    ----------
    spans : iterable of (int, int)
        First sample of each span, and one past its last.
    named : iterable of Span
        Spans of a person.
    """
    told = [span for span in one_at_a_time(named) if span.kind not in _WITHOUT_BEATS]
    limits = [(span.start_sample, span.stop_sample) for span in told]
    return [part for start, stop in spans for part in outside(start, stop, limits)]


def with_overruled(reason: str, overruled: Sequence[str]) -> str:
    """Return the reason of a person's episode with the dangerous kinds that it overrules.

    Parameters
    ----------
    reason : str
        Reason of the episode.
    overruled : sequence of str
        Kinds of the program's episodes that the person's span overlaps and replaces.
    """
    counts = Counter(kind for kind in overruled if kind in DANGEROUS)
    if not counts:
        return reason
    told = (KIND_NAMES[kind] + (f" ({n})" if n > 1 else "") for kind, n in counts.items())
    return f"{reason}; overrules {', '.join(told)}"


@dataclass(frozen=True)
class SetAside:
    """A dangerous event that does not count any more, since a person has named the signal there an artefact.

    Attributes
    ----------
    kind : str
        One of `DANGEROUS`.
    start_sample, stop_sample : int
        Of the event as it was found.
    reason : str
        Why it was found.
    told : str
        Who set it aside: ``marked as artefact by Ann``.
    """

    kind: str
    start_sample: int
    stop_sample: int
    reason: str
    told: str

    @property
    def sentence(self) -> str:
        """What happened, without the time: ``ventricular tachycardia here was marked as artefact by Ann``."""
        return f"{KIND_NAMES[self.kind]} here was {self.told}"


def set_aside_by(found: pd.DataFrame, named: Sequence[Span]) -> tuple[SetAside, ...]:
    """Return the dangerous events that artefacts named by persons take away, in whole or in part.

    Parameters
    ----------
    found : pandas.DataFrame
        Episodes as they are without the artefacts.
    named : sequence of Span
        Spans that persons have named.

    Returns
    -------
    tuple of SetAside
        In order of time.
    """
    dangerous = found[found["kind"].isin(DANGEROUS) & found["source"].isin(_REPLACEABLE_SOURCES)]
    columns = (dangerous[name].tolist() for name in ("kind", "start_sample", "stop_sample", "reason"))
    rows = list(zip(*columns, strict=True))
    return tuple(
        SetAside(kind, start, stop, reason, span.reason)
        for span in one_at_a_time(named)
        if span.kind == "UNREADABLE"
        for kind, start, stop, reason in rows
        if start < span.stop_sample and span.start_sample < stop
    )


def with_set_aside(episodes: pd.DataFrame, set_aside: Sequence[SetAside]) -> pd.DataFrame:
    """Return episodes in which those of artefacts name the dangerous events that they set aside.

    Parameters
    ----------
    episodes : pandas.DataFrame
        Table of episodes.
    set_aside : sequence of SetAside
        As :func:`set_aside_by` returns them.

    Returns
    -------
    pandas.DataFrame
    """
    reasons = [
        with_overruled(reason.partition("; overrules ")[0], [one.kind for one in set_aside if _meets(one, start, stop)])
        if kind == "UNREADABLE" and source == "person"
        else reason
        for kind, source, reason, start, stop in zip(
            *(episodes[name].tolist() for name in ("kind", "source", "reason", "start_sample", "stop_sample")),
            strict=True,
        )
    ]
    return episodes.assign(reason=np.array(reasons, dtype=object))


def _meets(one: SetAside, start: int, stop: int) -> bool:
    return one.start_sample < stop and start < one.stop_sample


def without_artefacts(quality: npt.NDArray[np.uint8], named: Sequence[Span], fs_hz: float) -> npt.NDArray[np.uint8]:
    """Return quality grades with every second that an artefact named by a person touches as unreadable.

    Parameters
    ----------
    quality : ndarray of uint8, shape (seconds, leads)
        Not changed.
    named : sequence of Span
        Spans of a person.
    fs_hz : float
        Sampling rate in Hz.
    """
    masked = quality.copy()
    for span in named:
        if span.kind == "UNREADABLE":
            masked[int(span.start_sample / fs_hz) : int(np.ceil(span.stop_sample / fs_hz))] = 0
    return masked


def in_artefacts(sample: npt.NDArray[np.int64], named: Sequence[Span]) -> npt.NDArray[np.bool_]:
    """Tell which samples lie in an artefact that a person has named.

    Parameters
    ----------
    sample : ndarray of int64, shape (samples,)
        Positions in samples.
    named : sequence of Span
        Spans that persons have named.

    Returns
    -------
    ndarray of bool, shape (samples,)
    """
    inside = np.zeros(len(sample), dtype=bool)
    for span in named:
        if span.kind == "UNREADABLE":
            begin, end = np.searchsorted(sample, [span.start_sample, span.stop_sample])
            inside[begin:end] = True
    return inside
