"""Rhythm episodes compared with a reference: counts by kind, by episode and by duration, which add up over records.

Episodes match as in EC57's episode-by-episode comparison of ventricular and atrial fibrillation, whose reference
implementation is WFDB's epicmp (G. B. Moody, WFDB Applications Guide): a reference episode is found if any part of it is
found, an episode that was found is right if any part of it is in the reference, and durations are compared sample by
sample. As in epicmp, an episode that lies wholly in time that is left out is ignored, and atrial flutter marked by the
reference is left out of what is held against atrial fibrillation. Departures:

- the same holds for the other kinds that differ in degree alone: flutter and fibrillation the other way round, VT and VF,
  AV block whose degree the reference does not tell;
- an episode that touches such time and nothing of its own kind is ignored as an episode even where it reaches beyond;
  its time there is held against it;
- the first five minutes count, unless they are given as unscored.

==================  =========================================================  ======================================
figure              of                                                         counted
==================  =========================================================  ======================================
episode_se          reference episodes                                         those that are found at all
episode_ppv         found episodes                                             those that are in the reference at all
long_se             reference episodes of 5 s or more                          those that are found at all
time_se             time of the reference                                      time found there
time_ppv            time found                                                 time of the reference there
time_f1             both                                                       harmonic mean of the two
specificity         scored time outside the reference                          time not found there
false_per_hour      hours of records in which the reference has none of it     episodes found there
==================  =========================================================  ======================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.evaluation.bootstrap import quotient
from ecg_core.evaluation.interval_sets import (
    IntervalSet,
    complement,
    difference,
    intersection,
    interval_set,
    length,
    overlaps,
    union,
    widened,
)
from ecg_core.rhythm.kinds import KINDS, URGENCY

Floats = npt.NDArray[np.float64]

LONG_S: Final = 5.0
"""From this length on a reference episode is counted as a long one."""

DANGER: Final = "VT/VF"
DANGER_OR_POSSIBLE: Final = "VT/VF or possible"
ATRIAL: Final = "AFIB/AFL"
UNLABELLED: Final = "other"
"""Name of scored time for which the reference names no rhythm."""

NOTHING: Final = "none"
"""Name of time in which no episode was found."""


class Category(NamedTuple):
    """What is scored as one: a kind of episode, or several together.

    Attributes
    ----------
    reference : frozenset of str
        Reference kinds that belong to it.
    found : frozenset of str
        Kinds of episodes that name it.
    left_out : frozenset of str
        Reference kinds in whose time an episode is neither right nor false.
    """

    reference: frozenset[str]
    found: frozenset[str]
    left_out: frozenset[str] = frozenset()


_VENTRICULAR: Final = frozenset({"VT", "VF"})
_ATRIAL: Final = frozenset({"AFIB", "AFL"})
_LEFT_OUT: Final = {
    "VT": frozenset({"VF", DANGER}),
    "VF": frozenset({"VT", DANGER}),
    "AFIB": frozenset({"AFL", ATRIAL}),
    "AFL": frozenset({"AFIB", ATRIAL}),
    **dict.fromkeys(("AVB1", "AVB2", "AVB3"), frozenset({"AVB"})),
}
_UNSCORED_KINDS: Final = ("POSSIBLE_VT", "UNREADABLE", "SINGLE_V", "SINGLE_S", "ST")

CATEGORIES: Final[dict[str, Category]] = {
    DANGER: Category(_VENTRICULAR | {DANGER}, _VENTRICULAR),
    DANGER_OR_POSSIBLE: Category(_VENTRICULAR | {DANGER}, _VENTRICULAR | {"POSSIBLE_VT"}),
    ATRIAL: Category(_ATRIAL | {ATRIAL}, _ATRIAL),
    **{
        kind: Category(frozenset({kind}), frozenset({kind}), _LEFT_OUT.get(kind, frozenset()))
        for kind in KINDS
        if kind not in _UNSCORED_KINDS
    },
}
"""What is scored, by name: three groups, then the kinds in order of urgency."""


class ReferenceSpan(NamedTuple):
    """A span that the reference names.

    Attributes
    ----------
    start_sample, stop_sample : int
        ``start_sample <= sample < stop_sample``.
    kind : str
        One of `ecg_core.rhythm.KINDS`, a group (``AFIB/AFL``) where the reference does not tell its kinds apart, ``N``,
        or the reference's own word for what is no kind of ours.
    """

    start_sample: int
    stop_sample: int
    kind: str


@dataclass(frozen=True)
class KindCounts:
    """What was counted of one category; counts add up.

    Attributes
    ----------
    n_reference, n_reference_hit : float
        Reference episodes, and those of them that were found at all.
    n_long, n_long_hit : float
        The same of episodes of `LONG_S` or more.
    n_found, n_found_right : float
        Episodes found, and those of them that are in the reference at all.
    reference_s, hit_s, found_s : float
        Time of the reference, of it found, and found altogether.
    other_s : float
        Scored time outside the reference.
    clean_s, n_clean_false : float
        Scored time of records in which the reference has none of it, and episodes found there.
    onset_errors_s, end_errors_s : tuple of float
        Of each reference episode that was found: where the first episode over it begins, and the last one ends, minus
        where it does. Edges of the scored time are no onset and no end.
    """

    n_reference: float = 0.0
    n_reference_hit: float = 0.0
    n_long: float = 0.0
    n_long_hit: float = 0.0
    n_found: float = 0.0
    n_found_right: float = 0.0
    reference_s: float = 0.0
    hit_s: float = 0.0
    found_s: float = 0.0
    other_s: float = 0.0
    clean_s: float = 0.0
    n_clean_false: float = 0.0
    onset_errors_s: tuple[float, ...] = ()
    end_errors_s: tuple[float, ...] = ()

    def __add__(self, other: KindCounts) -> KindCounts:
        sums = (self.array + other.array).tolist()
        return KindCounts(
            *sums, self.onset_errors_s + other.onset_errors_s, self.end_errors_s + other.end_errors_s
        )

    @property
    def array(self) -> Floats:
        """The counts without the errors, shape (12,), as :func:`kind_figures` takes them."""
        return np.array([getattr(self, one.name) for one in fields(self)[:N_COUNTS]], dtype=np.float64)

    @property
    def figures(self) -> dict[str, float | None]:
        """The figures of the module's table as fractions, and false alarms an hour; None where undefined."""
        return {name: None if np.isnan(value) else float(value) for name, value in kind_figures(self.array).items()}


N_COUNTS: Final = 12
FIGURES: Final = (
    *("episode_se", "episode_ppv", "long_se", "time_se", "time_ppv", "time_f1"),
    *("specificity", "false_per_hour"),
)


def kind_figures(counts: Floats) -> dict[str, Floats]:
    """Return the figures of counts.

    Parameters
    ----------
    counts : ndarray, shape (..., 12)
        In the order of the fields of `KindCounts`.

    Returns
    -------
    dict of str to ndarray, shape (...)
        By the names of `FIGURES`; NaN where undefined.
    """
    reference, hit, long, long_hit, found, right, reference_s, hit_s, found_s, other_s, clean_s, false = np.moveaxis(
        counts, -1, 0
    )
    return {
        "episode_se": quotient(hit, reference),
        "episode_ppv": quotient(right, found),
        "long_se": quotient(long_hit, long),
        "time_se": quotient(hit_s, reference_s),
        "time_ppv": quotient(hit_s, found_s),
        "time_f1": np.where(reference_s > 0, quotient(2 * hit_s, reference_s + found_s), np.nan),
        "specificity": 1 - quotient(found_s - hit_s, other_s),
        "false_per_hour": quotient(3600 * false, clean_s),
    }


@dataclass(frozen=True)
class DangerCounts:
    """Seconds of dangerous rhythm (VT, flutter and fibrillation together) by what was said there; counts add up.

    Attributes
    ----------
    named_s, possible_s, unreadable_s, missed_s : float
        Of the reference's time: called VT or VF, else "possible VF or VT", else unreadable, else none of these.
    other_named_s, other_possible_s, other_unreadable_s, other_s : float
        The same outside the reference, and all scored time outside it.
    beyond_s : float
        Called VT or VF in episodes that reach beyond a mark whose onset and end are inexact: neither right nor false.
    """

    named_s: float = 0.0
    possible_s: float = 0.0
    unreadable_s: float = 0.0
    missed_s: float = 0.0
    other_named_s: float = 0.0
    other_possible_s: float = 0.0
    other_unreadable_s: float = 0.0
    other_s: float = 0.0
    beyond_s: float = 0.0

    def __add__(self, other: DangerCounts) -> DangerCounts:
        return DangerCounts(*(self.array + other.array).tolist())

    @property
    def array(self) -> Floats:
        """The counts, shape (9,), as :func:`danger_figures` takes them."""
        return np.array([getattr(self, one.name) for one in fields(self)], dtype=np.float64)

    @property
    def reference_s(self) -> float:
        """Dangerous rhythm of the reference."""
        return self.named_s + self.possible_s + self.unreadable_s + self.missed_s

    @property
    def figures(self) -> dict[str, float | None]:
        """Shares of time, None where undefined."""
        return {name: None if np.isnan(value) else float(value) for name, value in danger_figures(self.array).items()}


def danger_figures(counts: Floats) -> dict[str, Floats]:
    """Return shares of the reference's dangerous time, and of the other time.

    Parameters
    ----------
    counts : ndarray, shape (..., 9)
        In the order of the fields of `DangerCounts`.

    Returns
    -------
    dict of str to ndarray, shape (...)
        ``named``, ``possible``, ``unreadable``, ``missed``, ``other_named``, ``other_possible``, ``other_unreadable``.
    """
    parts = np.moveaxis(counts, -1, 0)
    whole, other = parts[:4].sum(axis=0), parts[7]
    shares = {name: quotient(part, whole) for name, part in zip(_SHARES, parts[:4], strict=True)}
    return shares | {f"other_{name}": quotient(part, other) for name, part in zip(_SHARES, parts[4:7], strict=False)}


_SHARES: Final = ("named", "possible", "unreadable", "missed")


@dataclass(frozen=True)
class RhythmCounts:
    """What was counted of one record, or of several: counts add up.

    Attributes
    ----------
    n_records : int
    scored_s, unscored_s : float
        Time that is scored, and time that is left out because the reference does not tell the rhythm there.
    kinds : dict of str to KindCounts
        By the names of `CATEGORIES`.
    danger : DangerCounts
    confusion_s : dict of (str, str) to float
        Seconds by reference kind and the most urgent kind found there.
    """

    n_records: int = 0
    scored_s: float = 0.0
    unscored_s: float = 0.0
    kinds: Mapping[str, KindCounts] = field(default_factory=lambda: {name: KindCounts() for name in CATEGORIES})
    danger: DangerCounts = DangerCounts()
    confusion_s: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def __add__(self, other: RhythmCounts) -> RhythmCounts:
        confusion = dict(self.confusion_s)
        for pair, seconds in other.confusion_s.items():
            confusion[pair] = confusion.get(pair, 0.0) + seconds
        return RhythmCounts(
            self.n_records + other.n_records,
            self.scored_s + other.scored_s,
            self.unscored_s + other.unscored_s,
            {name: self.kinds[name] + other.kinds[name] for name in CATEGORIES},
            self.danger + other.danger,
            confusion,
        )


def score_rhythm(
    reference_spans: Iterable[ReferenceSpan],
    episodes: pd.DataFrame,
    fs_hz: float,
    n_samples: int,
    *,
    unscored: Iterable[Sequence[int]] = (),
    inexact_s: float = 0.0,
) -> RhythmCounts:
    """Compare the episodes of a recording with its reference.

    Parameters
    ----------
    reference_spans : iterable of ReferenceSpan
    episodes : pandas.DataFrame
        As :func:`ecg_core.rhythm.episodes` returns them; ``start_sample``, ``stop_sample`` and ``kind`` are used.
    fs_hz : float
    n_samples : int
        Length of the recording.
    unscored : iterable of (int, int)
        Spans in which the reference does not tell the rhythm.
    inexact_s : float
        Above 0 where the reference marks the core of dangerous rhythm alone: what an episode that lies within so many
        seconds of a mark calls outside it is neither right nor false.

    Returns
    -------
    RhythmCounts
    """
    reference = _Spans([(span.start_sample, span.stop_sample, span.kind) for span in reference_spans], n_samples)
    columns = (episodes[name].tolist() for name in ("start_sample", "stop_sample", "kind"))
    found = _Spans(list(zip(*columns, strict=True)), n_samples)
    scored = complement(interval_set(unscored, n_samples), n_samples)
    comparison = _Comparison(reference, found, scored, fs_hz, round(inexact_s * fs_hz))
    scored_s = length(scored) / fs_hz
    return RhythmCounts(
        1,
        scored_s,
        n_samples / fs_hz - scored_s,
        {name: comparison.kind(category) for name, category in CATEGORIES.items()},
        comparison.danger(),
        comparison.confusion(),
    )


class _Spans:
    """Spans of one side by kind."""

    def __init__(self, rows: list[tuple[int, int, str]], n_samples: int) -> None:
        self.n_samples = n_samples
        self.rows = [row for row in rows if max(row[0], 0) < min(row[1], n_samples)]
        self.kinds = {kind for _, _, kind in self.rows}

    def of(self, kinds: frozenset[str]) -> IntervalSet:
        if not kinds & self.kinds:
            return np.empty((0, 2), dtype=np.int64)
        return interval_set(((start, stop) for start, stop, kind in self.rows if kind in kinds), self.n_samples)


@dataclass(frozen=True)
class _Comparison:
    """One recording's reference beside what was found."""

    reference: _Spans
    found: _Spans
    scored: IntervalSet
    fs_hz: float
    inexact: int

    def kind(self, category: Category) -> KindCounts:
        references, found = self.reference.of(category.reference), self.found.of(category.found)
        left_out = self._left_out(category, references, found)
        scored = difference(self.scored, left_out)
        inside, named = intersection(references, scored), intersection(found, scored)
        counted = references[overlaps(references, scored) > 0]
        hit = overlaps(counted, named) > 0
        long = overlaps(counted, scored) >= LONG_S * self.fs_hz
        is_right = overlaps(found, inside) > 0
        right = is_right[is_right | ((overlaps(found, scored) > 0) & (overlaps(found, left_out) == 0))]
        other_s = self._seconds(difference(scored, inside))
        clean = not len(inside)
        return KindCounts(
            len(counted),
            int(hit.sum()),
            int(long.sum()),
            int((long & hit).sum()),
            len(right),
            int(right.sum()),
            self._seconds(inside),
            self._seconds(intersection(inside, named)),
            self._seconds(named),
            other_s,
            other_s if clean else 0.0,
            len(right) if clean else 0,
            *self._edge_errors(counted[hit], found),
        )

    def danger(self) -> DangerCounts:
        category = CATEGORIES[DANGER]
        references, named = self.reference.of(category.reference), self.found.of(category.found)
        beyond = self._left_out(category, references, named)
        inside = intersection(references, self.scored)
        outside = difference(difference(self.scored, references), beyond)
        possible = difference(self.found.of(frozenset({"POSSIBLE_VT"})), named)
        unreadable = difference(difference(self.found.of(frozenset({"UNREADABLE"})), named), possible)
        in_reference = [self._seconds(intersection(inside, what)) for what in (named, possible, unreadable)]
        return DangerCounts(
            *in_reference,
            self._seconds(inside) - sum(in_reference),
            *(self._seconds(intersection(outside, what)) for what in (named, possible, unreadable)),
            self._seconds(outside),
            self._seconds(intersection(self.scored, beyond)),
        )

    def confusion(self) -> dict[tuple[str, str], float]:
        edges = np.unique(
            np.concatenate(
                [self.scored.ravel(), *(np.array([row[:2] for row in side.rows]).ravel() for side in self._sides)]
            ).astype(np.int64)
        ).clip(0, self.reference.n_samples)
        if len(edges) < 2:
            return {}
        middle = np.column_stack((edges[:-1], edges[1:]))
        counted = overlaps(middle, self.scored) > 0
        names, codes = zip(
            *(_painted(side.rows, edges, blank) for side, blank in zip(self._sides, (UNLABELLED, NOTHING), strict=True)),
            strict=True,
        )
        sums = np.zeros((len(names[0]), len(names[1])))
        np.add.at(sums, (codes[0][counted], codes[1][counted]), np.diff(edges)[counted] / self.fs_hz)
        return {
            (names[0][row], names[1][column]): float(sums[row, column]) for row, column in np.argwhere(sums > 0).tolist()
        }

    @property
    def _sides(self) -> tuple[_Spans, _Spans]:
        return self.reference, self.found

    def _left_out(self, category: Category, references: IntervalSet, found: IntervalSet) -> IntervalSet:
        """Return the time, outside the reference's, that is neither right nor false."""
        left_out = self.reference.of(category.left_out)
        if self.inexact and category.reference & _VENTRICULAR and len(references):
            near = found[overlaps(found, widened(references, self.inexact)) > 0]
            left_out = union(left_out, near)
        return difference(left_out, references)

    def _edge_errors(self, references: IntervalSet, found: IntervalSet) -> tuple[tuple[float, ...], tuple[float, ...]]:
        if not len(references) or not len(found):
            return (), ()
        first = found[np.searchsorted(found[:, 1], references[:, 0], side="right"), 0] - references[:, 0]
        last = found[np.searchsorted(found[:, 0], references[:, 1]) - 1, 1] - references[:, 1]
        starts, stops = self.scored.T
        errors = (
            first[~np.isin(references[:, 0], starts)] / self.fs_hz,
            last[~np.isin(references[:, 1], stops)] / self.fs_hz,
        )
        return tuple(errors[0].tolist()), tuple(errors[1].tolist())

    def _seconds(self, of: IntervalSet) -> float:
        return length(of) / self.fs_hz


def _painted(
    rows: Sequence[tuple[int, int, str]], edges: npt.NDArray[np.int64], blank: str
) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Return names, and between every two edges the number of the most urgent one that holds there."""
    rank = {kind: len(URGENCY) - place for place, kind in enumerate(URGENCY)}
    rank |= {DANGER: rank["VT"], ATRIAL: rank["AFIB"], "AVB": rank["AVB2"]}
    names = [blank, *sorted({kind for _, _, kind in rows}, key=lambda kind: (rank.get(kind, 0), kind))]
    number = {name: place for place, name in enumerate(names)}
    code = np.zeros(len(edges) - 1, dtype=np.int64)
    for start, stop, kind in sorted(rows, key=lambda row: number[row[2]]):
        begin, end = np.searchsorted(edges, [start, stop])
        code[begin:end] = number[kind]
    return names, code
