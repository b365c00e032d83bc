"""Agreement of two people who have edited the same recording.

Each person's edits are folded alone over the beats as the program found them, and the two results are compared: beat
by beat, event by event, and by the diagnostic statements that follow. What somebody has left as the program found it
counts as their reading of it, whether they have looked at it or not; so kappa over all beats is high wherever few were
edited, and the one over the beats that either has changed says more.

References
----------
Cohen J. A coefficient of agreement for nominal scales. Educ Psychol Meas 1960; 20: 37-46.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.analysis import Analysis
from ecg_core.beats import CLASSES
from ecg_core.measurements import measure_recording
from ecg_core.recording import Recording
from ecg_core.review.edits import Undo
from ecg_core.review.log import EditLog, Entry
from ecg_core.review.session import ReviewSession
from ecg_core.review.state import State
from ecg_core.rhythm import DEVICE_KINDS, by_urgency
from ecg_core.rhythm.precedence import without_dismissed

NO_BEAT: Final = "–"
"""Stands for a beat that one reader has deleted, has not added, or has named part of an artefact."""

CATEGORIES: Final = (*CLASSES, NO_BEAT)
MATCH_S: Final = 0.150
"""Added beats of two readers no further apart than this are one (the match window of EC57)."""

MAX_LISTED: Final = 500
"""Beats and events that are listed; how many there are is told beside them."""

_NOT_COMPARED: Final = frozenset({*DEVICE_KINDS, "SINGLE_V", "SINGLE_S"})
"""Single beats are compared as beats; what a device states is nobody's reading."""

_NOBODY: Final = len(CLASSES)


@dataclass(frozen=True)
class Reader:
    """A person who has edited a recording.

    Attributes
    ----------
    name : str
    n_edits : int
        Their edits that are in force, folded alone.
    n_lost : int
        Edits of theirs that rest on those of others, such as one of a family that another person has split off: alone
        they change nothing.
    """

    name: str
    n_edits: int
    n_lost: int = 0


@dataclass(frozen=True)
class BeatDifference:
    """A beat that two readers read differently; labels of `CATEGORIES`."""

    sample: int
    first: str
    second: str


@dataclass(frozen=True)
class EventDifference:
    """An event that one reader has alone."""

    kind: str
    start_sample: int
    stop_sample: int
    reader: str


@dataclass(frozen=True)
class ReaderAgreement:
    """Agreement of two readers.

    Attributes
    ----------
    first, second : Reader
    counts : ndarray of int64, shape (6, 6)
        Beats by the first reader's class (rows) and the second one's (columns), in the order of `CATEGORIES`.
    counts_changed : ndarray of int64, shape (6, 6)
        The same of the beats that either reader has changed.
    differences : tuple of BeatDifference
        The first `MAX_LISTED` in order of time.
    events : tuple of (str, int, int, int)
        Kind, episodes of the first reader, of the second, and of both; the most urgent first.
    event_differences : tuple of EventDifference
        The first `MAX_LISTED` by urgency.
    n_event_differences : int
    statements : tuple of (str, str), or None
        Diagnostic statements that one reader's beats alone lead to: text, and the reader's name. None where waves were
        not delineated.
    n_statements : int
        Statements of both.
    """

    first: Reader
    second: Reader
    counts: npt.NDArray[np.int64]
    counts_changed: npt.NDArray[np.int64]
    differences: tuple[BeatDifference, ...]
    events: tuple[tuple[str, int, int, int], ...]
    event_differences: tuple[EventDifference, ...]
    n_event_differences: int
    statements: tuple[tuple[str, str], ...] | None
    n_statements: int

    @property
    def n_differences(self) -> int:
        """Beats that the two read differently."""
        return int(self.counts.sum() - np.trace(self.counts))

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa over all beats; None where it is not defined."""
        return cohens_kappa(self.counts)

    @property
    def kappa_changed(self) -> float | None:
        """Cohen's kappa over the beats that either reader has changed; None where it is not defined."""
        return cohens_kappa(self.counts_changed)


def cohens_kappa(counts: npt.NDArray[np.int64]) -> float | None:
    """Return Cohen's kappa of a table of counts.

    Parameters
    ----------
    counts : ndarray of int64, shape (classes, classes)
        Items by the first rater's class and the second one's.

    Returns
    -------
    float or None
        None without items, and where both raters gave one class to all: chance alone would agree then.
    """
    total = counts.sum()
    if not total:
        return None
    observed = np.trace(counts) / total
    expected = float(counts.sum(axis=1) @ counts.sum(axis=0)) / float(total) ** 2
    return None if expected >= 1 else float((observed - expected) / (1 - expected))


def readers_of(entries: Iterable[Entry]) -> list[Reader]:
    """Return the people who have edited a recording, those with the most edits first.

    Parameters
    ----------
    entries : iterable of Entry
        The log; what was undone does not count.

    Returns
    -------
    list of Reader
    """
    counts: dict[str, int] = {}
    for entry in entries:
        match entry.edit:
            case Undo():
                counts[entry.person] = counts.get(entry.person, 0) - 1
            case _:
                counts[entry.person] = counts.get(entry.person, 0) + 1
    found = [Reader(name, number) for name, number in counts.items() if number > 0]
    return sorted(found, key=lambda reader: -reader.n_edits)


def two_readers(recording: Recording, analysis: Analysis, entries: Sequence[Entry]) -> ReaderAgreement | None:
    """Compare the two people with the most edits.

    Parameters
    ----------
    recording : Recording
        The recording.
    analysis : Analysis
        The beats that edits start from.
    entries : sequence of Entry
        The log.

    Returns
    -------
    ReaderAgreement or None
        None where fewer than two have edits in force.
    """
    readers = readers_of(entries)
    if len(readers) < 2:
        return None
    return reader_agreement(recording, analysis, entries, readers[0].name, readers[1].name)


def reader_agreement(
    recording: Recording, analysis: Analysis, entries: Sequence[Entry], first: str, second: str
) -> ReaderAgreement:
    """Compare what two people have made of a recording.

    Parameters
    ----------
    recording : Recording
        The recording.
    analysis : Analysis
        As :func:`ecg_core.analysis.analyse` gives it: the beats that edits start from; with waves where statements are
        to be compared.
    entries : sequence of Entry
        The log of both, and of others.
    first, second : str
        Their names, as in the log.

    Returns
    -------
    ReaderAgreement
    """
    together = {seq for seq, _ in _session(recording, analysis, entries).state.refused}
    sessions = [
        _session(recording, analysis, [one for one in entries if one.person == name]) for name in (first, second)
    ]
    states = [session.state for session in sessions]
    found = [session.analysis for session in sessions]
    labels, sample, changed = _labels(states, found, recording.fs_hz)
    differing = np.flatnonzero(labels[0] != labels[1])
    events, alone = _events(states, found, (first, second))
    statements, n_statements = _statements(recording, found, (first, second))
    readers = [
        Reader(name, state.n_in_force, len({seq for seq, _ in state.refused} - together))
        for name, state in zip((first, second), states, strict=True)
    ]
    return ReaderAgreement(
        readers[0],
        readers[1],
        _table(labels),
        _table(labels[:, changed]),
        tuple(
            BeatDifference(int(sample[at]), CATEGORIES[labels[0, at]], CATEGORIES[labels[1, at]])
            for at in differing[:MAX_LISTED].tolist()
        ),
        events,
        tuple(alone[:MAX_LISTED]),
        len(alone),
        statements,
        n_statements,
    )


class _FixedLog(EditLog):
    """A log of entries that were read before; nothing is read or entered."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = list(entries)

    def entries(self, after: int = 0, most: int | None = None) -> list[Entry]:
        """Return the entries after a number."""
        return [one for one in self._entries if one.seq > after][:most]


def _session(recording: Recording, analysis: Analysis, entries: Sequence[Entry]) -> ReviewSession:
    return ReviewSession(recording, analysis, _FixedLog(entries))


def _labels(
    states: Sequence[State], found: Sequence[Analysis], fs_hz: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return the class of each beat for each reader, its sample, and whether either has changed it."""
    base = states[0].layout.base
    ids = base.sample.astype(np.int64)
    labels = np.full((2, len(ids)), _NOBODY)
    sample, changed = ids.copy(), np.zeros(len(ids), dtype=bool)
    for row, (state, analysis) in enumerate(zip(states, found, strict=True)):
        at = state.positions(ids)
        there = at >= 0
        labels[row, there] = _codes(state, analysis)[at[there]]
        changed |= ~there | (labels[row] == _NOBODY)
        changed[there] |= state.edited[at[there]] > 0
        sample[there] = np.where(state.sample[at[there]] != ids[there], state.sample[at[there]], sample[there])
    # What a person adds has an id of its own: beats of the two at one place are one.
    added = [_added(state, analysis) for state, analysis in zip(states, found, strict=True)]
    pairs = _paired(added[0], added[1], MATCH_S * fs_hz)
    labels = np.concatenate([labels, np.array([[a, b] for _, a, b in pairs], dtype=np.int64).reshape(-1, 2).T], axis=1)
    sample = np.concatenate([sample, np.array([at for at, _, _ in pairs], dtype=np.int64)])
    changed = np.concatenate([changed, np.ones(len(pairs), dtype=bool)])
    # A beat that both have deleted is no beat of either.
    kept = (labels != _NOBODY).any(axis=0)
    order = np.argsort(sample[kept], kind="stable")
    return labels[:, kept][:, order], sample[kept][order], changed[kept][order]


def _codes(state: State, analysis: Analysis) -> npt.NDArray[np.int64]:
    code = np.minimum(state.code.astype(np.int64), _NOBODY)
    return code if analysis.uncounted is None else np.where(analysis.uncounted, _NOBODY, code)


def _added(state: State, analysis: Analysis) -> list[tuple[int, int]]:
    """Return sample and class of the beats that a reader has added, in order of time."""
    at = np.flatnonzero(state.id < 0)
    return list(zip(state.sample[at].tolist(), _codes(state, analysis)[at].tolist(), strict=True))


def _paired(first: list[tuple[int, int]], second: list[tuple[int, int]], window: float) -> list[tuple[int, int, int]]:
    """Return sample and classes of added beats, those of both at one place together."""
    pairs, others = [], list(second)
    for sample, code in first:
        near = min(others, key=lambda one: abs(one[0] - sample), default=None)
        if near is not None and abs(near[0] - sample) <= window:
            others.remove(near)
            pairs.append((sample, code, near[1]))
        else:
            pairs.append((sample, code, _NOBODY))
    return pairs + [(sample, _NOBODY, code) for sample, code in others]


def _table(labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    n = len(CATEGORIES)
    return np.bincount(n * labels[0] + labels[1], minlength=n * n).reshape(n, n)


def _events(
    states: Sequence[State], found: Sequence[Analysis], names: tuple[str, str]
) -> tuple[tuple[tuple[str, int, int, int], ...], list[EventDifference]]:
    """Return how many events of each kind the readers have, and those that no event of the other reader meets."""
    tables = [
        by_urgency(episodes[~episodes["kind"].isin(_NOT_COMPARED)])
        for episodes in (
            without_dismissed(one.episodes, state.dismissed_events()) for one, state in zip(found, states, strict=True)
        )
    ]
    kinds = by_urgency(pd.concat([table.assign(n_beats=0, rate_bpm=0.0) for table in tables]))["kind"]
    counts, alone = [], []
    for kind in dict.fromkeys(kinds.tolist()):
        spans = [
            list(
                zip(
                    *(table.loc[table["kind"] == kind, name].tolist() for name in ("start_sample", "stop_sample")),
                    strict=True,
                )
            )
            for table in tables
        ]
        only = [[span for span in mine if not _met(span, others)] for mine, others in (spans, spans[::-1])]
        counts.append((kind, len(spans[0]), len(spans[1]), len(spans[0]) - len(only[0])))
        for name, found_alone in zip(names, only, strict=True):
            alone += [EventDifference(kind, start, stop, name) for start, stop in found_alone]
    return tuple(counts), alone


def _met(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(start < span[1] and span[0] < stop for start, stop in others)


def _statements(
    recording: Recording, found: Sequence[Analysis], names: tuple[str, str]
) -> tuple[tuple[tuple[str, str], ...] | None, int]:
    """Return the diagnostic statements that one reader's beats alone lead to, and how many both have."""
    measured = [measure_recording(recording, one) for one in found]
    texts = [None if one is None else [each.text for each in one.interpretation.statements] for one in measured]
    if texts[0] is None or texts[1] is None:
        return None, 0
    alone = [(text, names[0]) for text in texts[0] if text not in texts[1]]
    alone += [(text, names[1]) for text in texts[1] if text not in texts[0]]
    return tuple(alone), len([text for text in texts[0] if text in texts[1]])
