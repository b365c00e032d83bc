"""Scores of single records, and what they add up to: gross (pooled) and average (per record) figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ecg_core.evaluation.counts import BeatMatrix, score_beats
from ecg_core.evaluation.protocol import Protocol

KINDS: Final = ("QRS", "V", "S", "N", "F", "Q")
"""What is scored, in the order of the reports."""


@dataclass(frozen=True)
class RecordBeats:
    """Reference and test beats of one record, from which it can be scored under any protocol.

    Attributes
    ----------
    record : str
    fs_hz : float
    n_samples : int
    reference_sample : ndarray of int64, shape (reference beats,)
    reference_symbol : ndarray of str, shape (reference beats,)
        WFDB beat symbols.
    test_sample : ndarray of int64, shape (test beats,)
    test_label : ndarray of str, shape (test beats,), or None
        Classes ``N S V F Q``; None where only positions were found.
    flutter_spans : tuple of (int, int)
        Ventricular flutter or fibrillation by the reference (``[`` to ``]``), left out of the count.
    """

    record: str
    fs_hz: float
    n_samples: int
    reference_sample: npt.NDArray[np.int64]
    reference_symbol: npt.NDArray[np.str_]
    test_sample: npt.NDArray[np.int64]
    test_label: npt.NDArray[np.str_] | None
    flutter_spans: tuple[tuple[int, int], ...] = ()

    @property
    def flutter_s(self) -> float:
        """Seconds of flutter or fibrillation left out."""
        return sum(last - first for first, last in self.flutter_spans) / self.fs_hz


@dataclass(frozen=True)
class RecordScore:
    """The beat matrix of one record."""

    record: str
    matrix: BeatMatrix


class Mean(NamedTuple):
    """A mean over records; absent where no record defines the statistic."""

    value: float | None
    n_records: int


@dataclass(frozen=True)
class Summary:
    """Scores of several records.

    Attributes
    ----------
    scores : tuple of RecordScore
    gross : BeatMatrix
        All records pooled: the gross statistics of EC57 are its statistics.
    """

    scores: tuple[RecordScore, ...]
    gross: BeatMatrix

    @property
    def records(self) -> tuple[str, ...]:
        """Names of the records, in order."""
        return tuple(score.record for score in self.scores)

    def average(self, kind: str, statistic: str) -> Mean:
        """Return EC57's average statistic: the mean over the records that define it.

        Parameters
        ----------
        kind : {"QRS", "V", "S", "N", "F", "Q"}
        statistic : {"se", "ppv", "f1", "fpr"}
        """
        return _mean(score.matrix.score(kind).values()[statistic] for score in self.scores)

    @property
    def average_accuracy(self) -> Mean:
        """Mean over records of the share of beats found with the right class."""
        return _mean(score.matrix.accuracy.value for score in self.scores)

    def without(self, *records: str) -> Summary:
        """Return the summary of the other records."""
        return summarise([score for score in self.scores if score.record not in records])


def score_record(beats: RecordBeats, protocol: Protocol) -> RecordScore:
    """Score one record under a protocol."""
    matrix = score_beats(
        beats.reference_sample,
        beats.reference_symbol,
        beats.test_sample,
        beats.test_label,
        beats.fs_hz,
        start_s=protocol.start_s,
        mapping=protocol.mapping,
        exclude_spans=beats.flutter_spans,
        window_s=protocol.window_s,
    )
    return RecordScore(beats.record, matrix)


def summarise(scores: Sequence[RecordScore]) -> Summary:
    """Pool the scores of several records."""
    gross = reduce(BeatMatrix.__add__, (score.matrix for score in scores), BeatMatrix())
    return Summary(tuple(scores), gross)


def _mean(values: Iterable[float | None]) -> Mean:
    defined = [value for value in values if value is not None]
    return Mean(float(np.mean(defined)) if defined else None, len(defined))
