"""Rhythm episodes compared with a reference: counts by kind, by episode and by duration, which add up over records.

Episodes match as in EC57's episode-by-episode comparison of ventricular and atrial fibrillation, whose reference
implementation is WFDB's epicmp (G. B. Moody, WFDB Applications Guide): a reference episode is found if any part of it
is found, an episode that was found is right if any part of it is in the reference, and durations are compared sample
by sample. As in epicmp, an episode that lies wholly in time that is left out is ignored, and atrial flutter marked by
the reference is left out of what is held against atrial fibrillation. Departures:

- the same holds for the other kinds that differ in degree alone: flutter and fibrillation the other way round, VT and
  VF, AV block whose degree the reference does not tell;
- an episode that touches such time and nothing of its own kind is ignored as an episode even where it reaches beyond;
  its time there is held against it;
- the first five minutes count, unless they are given as unscored.

The figures are those of :mod:`ecg_core.evaluation.rhythm_counts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ecg_core.arrays import Int64Array
from ecg_core.evaluation.interval_sets import (
    bridged,
    complement,
    difference,
    intersection,
    interval_set,
    length,
    overlaps,
    union,
    widened,
)
from ecg_core.evaluation.rhythm_counts import (
    ATRIAL,
    CATEGORIES,
    DANGER,
    INTERRUPTING,
    LONG_S,
    NOTHING,
    UNLABELLED,
    Category,
    DangerCounts,
    KindCounts,
    RhythmCounts,
)
from ecg_core.rhythm.episode_types import URGENCY


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
        Rhythms of the reference.
    episodes : pandas.DataFrame
        As :func:`ecg_core.rhythm.episodes` returns them; ``start_sample``, ``stop_sample`` and ``kind`` are used.
    fs_hz : float
        Sampling rate in Hz.
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

    def of(self, kinds: frozenset[str]) -> Int64Array:
        if not kinds & self.kinds:
            return np.empty((0, 2), dtype=np.int64)
        return interval_set(((start, stop) for start, stop, kind in self.rows if kind in kinds), self.n_samples)


@dataclass(frozen=True)
class _Comparison:
    """One recording's reference beside what was found."""

    reference: _Spans
    found: _Spans
    scored: Int64Array
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
            *self._edge_errors(category, references, found),
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
        in_other = [self._seconds(intersection(outside, what)) for what in (named, possible, unreadable)]
        return DangerCounts(
            named_s=in_reference[0],
            possible_s=in_reference[1],
            unreadable_s=in_reference[2],
            missed_s=self._seconds(inside) - sum(in_reference),
            other_named_s=in_other[0],
            other_possible_s=in_other[1],
            other_unreadable_s=in_other[2],
            other_s=self._seconds(outside),
            beyond_s=self._seconds(intersection(self.scored, beyond)),
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
            *(
                _painted(side.rows, edges, blank)
                for side, blank in zip(self._sides, (UNLABELLED, NOTHING), strict=True)
            ),
            strict=True,
        )
        sums = np.zeros((len(names[0]), len(names[1])))
        np.add.at(sums, (codes[0][counted], codes[1][counted]), np.diff(edges)[counted] / self.fs_hz)
        return {
            (names[0][row], names[1][column]): float(sums[row, column])
            for row, column in np.argwhere(sums > 0).tolist()
        }

    @property
    def _sides(self) -> tuple[_Spans, _Spans]:
        return self.reference, self.found

    def _left_out(self, category: Category, references: Int64Array, found: Int64Array) -> Int64Array:
        """Return the time, outside the reference's, that is neither right nor false."""
        left_out = self.reference.of(category.left_out)
        if self.inexact and category.reference & CATEGORIES[DANGER].reference and len(references):
            near = found[overlaps(found, widened(references, self.inexact)) > 0]
            left_out = union(left_out, near)
        return difference(left_out, references)

    def _edge_errors(
        self, category: Category, references: Int64Array, found: Int64Array
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        if category.bridged_s:
            across = self.reference.of(INTERRUPTING | category.left_out)
            references = bridged(references, round(category.bridged_s * self.fs_hz), across)
        references = references[overlaps(references, intersection(found, self.scored)) > 0]
        if not len(references):
            return (), ()
        first = found[np.searchsorted(found[:, 1], references[:, 0], side="right"), 0] - references[:, 0]
        last = found[np.searchsorted(found[:, 0], references[:, 1]) - 1, 1] - references[:, 1]
        starts, stops = self.scored.T
        errors = (
            first[~np.isin(references[:, 0], starts)] / self.fs_hz,
            last[~np.isin(references[:, 1], stops)] / self.fs_hz,
        )
        return tuple(errors[0].tolist()), tuple(errors[1].tolist())

    def _seconds(self, of: Int64Array) -> float:
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
