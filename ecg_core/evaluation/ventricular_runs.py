"""Couplets, short runs and long runs compared run by run, as the WFDB program rxr does it.

rxr (G. B. Moody, WFDB Applications Guide) is the reference implementation of EC57's run-by-run comparison. Each
run of one list is looked for in the other: the window reaches from 150 ms before the run's first beat to 150 ms
after its last, and the answer is the longest run inside it, up to 6 beats. Runs of the reference looked for in
the test list give sensitivity, runs of the test list looked for in the reference give positive predictivity
(``print_results`` of ``rxr.c``):

=========  =====================================  ============================================
kind       sensitivity                            positive predictivity
=========  =====================================  ============================================
couplet    of reference 2, those answered by 2+   of test 2, those answered by 2+
short run  of reference 3-5, those answered by 3+  of test 3-5, those answered by 3+
long run   of reference 6+, those answered by 6+  of test 6+, those answered by 6+
=========  =====================================  ============================================

V and F both make ventricular runs; N, S, Q and, for supraventricular runs, V and F end a run. Ventricular
flutter or fibrillation is a ventricular run of greatest length; atrial fibrillation is, where asked for, a
supraventricular one in which N counts as S. A run still going at the end of the list is not counted, as in rxr.

One departure: flutter that follows a V beat makes that run a long one here in both directions, while rxr, which
overlooks the start of flutter inside a run, would list the reference's run by its beats before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ecg_core.evaluation.counts import Ratio
from ecg_core.evaluation.matching import Spans, inside

RunType = Literal["V", "S"]
RUN_TYPES: Final[tuple[RunType, ...]] = ("V", "S")
RUN_KINDS: Final = {"couplet": (2, 2), "short": (3, 5), "long": (6, 6)}
"""Shortest and longest length of each kind; lengths beyond 6 are entered as 6."""

MAX_LENGTH: Final = 6
_MEMBERS: Final[dict[RunType, tuple[str, ...]]] = {"V": ("V", "F"), "S": ("S",)}


class RunScore(NamedTuple):
    """Statistics of one kind of run."""

    sensitivity: Ratio
    predictivity: Ratio


def _empty() -> npt.NDArray[np.int64]:
    return np.zeros((2, MAX_LENGTH + 1, MAX_LENGTH + 1), dtype=np.int64)


@dataclass(frozen=True)
class RunMatrix:
    """rxr's two matrices of run lengths; matrices add up.

    Attributes
    ----------
    counts : ndarray of int64, shape (2, 7, 7)
        ``counts[0]`` lists the reference's runs, ``counts[1]`` those of the test list; rows are lengths in the
        reference, columns in the test list, 0 for no run.
    """

    counts: npt.NDArray[np.int64] = field(default_factory=_empty)

    def __add__(self, other: RunMatrix) -> RunMatrix:
        return RunMatrix(self.counts + other.counts)

    def score(self, kind: str) -> RunScore:
        """Return the statistics of ``"couplet"``, ``"short"`` or ``"long"`` runs."""
        shortest, longest = RUN_KINDS[kind]
        of_kind = slice(shortest, longest + 1)
        reference, test = self.counts[0, of_kind], self.counts[1, :, of_kind]
        return RunScore(
            Ratio(int(reference[:, shortest:].sum()), int(reference.sum())),
            Ratio(int(test[shortest:].sum()), int(test.sum())),
        )

    def values(self, kind: str) -> dict[str, float | None]:
        """Return ``{"se": ..., "ppv": ...}`` as fractions."""
        score = self.score(kind)
        return {"se": score.sensitivity.value, "ppv": score.predictivity.value}


@dataclass(frozen=True)
class BeatList:
    """One annotator's beats, as runs are sought in them.

    Attributes
    ----------
    sample : ndarray of int64, shape (beats,)
        In order of time.
    label : ndarray of str, shape (beats,)
        Classes ``N S V F Q``.
    flutter_spans, fibrillation_spans : sequence of (int, int)
        Ventricular flutter or fibrillation, and atrial fibrillation, that count as runs of greatest length.
    unreadable_spans : sequence of (int, int)
        Unreadable signal: its beginning ends a run.
    """

    sample: npt.NDArray[np.int64]
    label: npt.NDArray[np.str_]
    flutter_spans: Spans = ()
    fibrillation_spans: Spans = ()
    unreadable_spans: Spans = ()


def score_runs(reference: BeatList, test: BeatList, run_type: RunType, window: int, start: int = 0) -> RunMatrix:
    """Compare the runs of two lists of beats.

    Parameters
    ----------
    reference, test : BeatList
        Beats of the reference, and those under test.
    run_type : {"V", "S"}
        Class of the runs.
    window : int
        Match window in samples.
    start : int
        Samples of the learning period: runs are listed by their beats from there on.

    Returns
    -------
    RunMatrix
    """
    prepared = [_Sequence(beats, run_type) for beats in (reference, test)]
    counts = _empty()
    for statistic in (0, 1):
        listed, sought = prepared[statistic], prepared[1 - statistic]
        consumed = 0
        for first, last, length in listed.runs(start):
            answer, consumed = sought.longest(first - window, last + window, consumed)
            lengths = (length, answer) if statistic == 0 else (answer, length)
            counts[(statistic, *lengths)] += 1
    return RunMatrix(counts)


class _Sequence:
    """Beats that either belong to runs of one type or end them."""

    def __init__(self, beats: BeatList, run_type: RunType) -> None:
        label = np.asarray(beats.label, dtype=str)
        in_fibrillation = inside(beats.sample, beats.fibrillation_spans)
        label = np.where(in_fibrillation & (label == "N"), "S", label)
        self.spans = sorted(beats.flutter_spans if run_type == "V" else beats.fibrillation_spans)
        kept = ~inside(beats.sample, beats.flutter_spans)
        ends = np.array([begin for begin, _ in beats.unreadable_spans], dtype=np.int64)
        sample = np.concatenate([beats.sample[kept], ends])
        member = np.concatenate([np.isin(label[kept], _MEMBERS[run_type]), np.zeros(len(ends), dtype=bool)])
        order = np.argsort(sample, kind="stable")
        self.sample, self.member = sample[order], member[order]

    def runs(self, start: int) -> list[tuple[int, int, int]]:
        """List ``(first sample, last sample, length up to 6)`` of the runs from `start` on."""
        kept = self.sample >= start
        sample, member, weight = self.sample[kept], self.member[kept], self.member[kept].astype(np.int64)
        # A span enters as a beat of weight 6 where it begins and one of weight 0 where it ends.
        ends = np.array([(max(a, start), b) for a, b in self.spans if b >= start], dtype=np.int64).reshape(-1, 2)
        sample = np.concatenate([sample, ends.ravel()])
        weight = np.concatenate([weight, np.tile([MAX_LENGTH, 0], len(ends))])
        member = np.concatenate([member, np.ones(ends.size, dtype=bool)])
        order = np.argsort(sample, kind="stable")
        sample, member, total = sample[order], member[order], np.concatenate(([0], np.cumsum(weight[order])))
        change = np.diff(np.concatenate(([False], member, [False])).astype(np.int8))
        begins, stops = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
        return [
            (int(sample[begin]), int(sample[stop - 1]), min(int(total[stop] - total[begin]), MAX_LENGTH))
            for begin, stop in zip(begins, stops, strict=True)
            if stop < len(sample)
        ]

    def longest(self, first: int, last: int, consumed: int) -> tuple[int, int]:
        """Return the longest run from sample `first` to `last`, and how many beats have been looked at.

        Beats that an earlier window has taken are not taken again, since rxr reads forward only.
        """
        if any(begin <= last and end > first for begin, end in self.spans):
            return MAX_LENGTH, max(consumed, int(np.searchsorted(self.sample, last, side="right")))
        begin = max(consumed, int(np.searchsorted(self.sample, first)))
        stop = max(begin, int(np.searchsorted(self.sample, last, side="right")))
        length = longest = 0
        for member in self.member[begin:stop].tolist():
            length = length + 1 if member else 0
            longest = max(longest, length)
        return min(longest, MAX_LENGTH), stop
