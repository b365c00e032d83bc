"""Scores of single records, and what they add up to: gross (pooled) and average (per record) figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ecg_core.beats import to_aami
from ecg_core.evaluation.comparison import Comparison, compare_beats
from ecg_core.evaluation.counts import BeatMatrix
from ecg_core.evaluation.errors import ErrorSums, rate_errors
from ecg_core.evaluation.matching import samples_of, window_samples
from ecg_core.evaluation.protocol import Protocol
from ecg_core.evaluation.spans import SpanTuple
from ecg_core.evaluation.ventricular_runs import RUN_TYPES, BeatList, RunMatrix, RunType, score_runs

KINDS: Final = ("QRS", "V", "S", "N", "F", "Q")
"""What is scored, in the order of the reports."""


def has_paced_beats(symbol: npt.NDArray[np.str_]) -> bool:
    """Tell whether WFDB beat symbols include a paced beat."""
    return bool(np.any(symbol == "/"))


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
        Classes ``N S V F Q`` or WFDB beat symbols; None where only positions were found.
    flutter_spans : tuple of (int, int)
        Ventricular flutter or fibrillation by the reference (``[`` to ``]``).
    probabilities : ndarray, shape (test beats, 5), or None
        Of the classes `ecg_core.beats.CLASSES`, where the classifier states them.
    test_flutter_spans : tuple of (int, int)
        Flutter or fibrillation by the test annotations: it counts in runs only, as in WFDB's programs.
    fibrillation_spans, test_fibrillation_spans : tuple of (int, int)
        Atrial fibrillation by the reference and by the test annotations, for runs of S beats.
    unreadable_spans, test_unreadable_spans : tuple of (int, int)
        Shutdown: where the reference, or the test annotations, call the signal unreadable.
    """

    record: str
    fs_hz: float
    n_samples: int
    reference_sample: npt.NDArray[np.int64]
    reference_symbol: npt.NDArray[np.str_]
    test_sample: npt.NDArray[np.int64]
    test_label: npt.NDArray[np.str_] | None
    flutter_spans: tuple[tuple[int, int], ...] = ()
    probabilities: npt.NDArray[np.floating] | None = None
    test_flutter_spans: tuple[tuple[int, int], ...] = ()
    fibrillation_spans: tuple[tuple[int, int], ...] = ()
    test_fibrillation_spans: tuple[tuple[int, int], ...] = ()
    unreadable_spans: tuple[tuple[int, int], ...] = ()
    test_unreadable_spans: tuple[tuple[int, int], ...] = ()

    @property
    def flutter_s(self) -> float:
        """Seconds of flutter or fibrillation by the reference."""
        return sum(last - first for first, last in self.flutter_spans) / self.fs_hz

    @property
    def paced(self) -> bool:
        """Whether the reference marks paced beats: EC57 excludes such records from what must be reported."""
        return has_paced_beats(self.reference_symbol)


@dataclass(frozen=True)
class RecordScore:
    """What one record, or several pooled, scored under one protocol.

    Attributes
    ----------
    record : str
    matrix : BeatMatrix
    runs : dict of {"V", "S"} to RunMatrix
        Empty where beats carry no class.
    rr_error : ErrorSums
        Of RR intervals, in seconds.
    rate_error : ErrorSums
        Of heart rates, in beats per minute.
    """

    record: str
    matrix: BeatMatrix = field(default_factory=BeatMatrix)
    runs: dict[RunType, RunMatrix] = field(default_factory=dict)
    rr_error: ErrorSums = field(default_factory=ErrorSums)
    rate_error: ErrorSums = field(default_factory=ErrorSums)

    def __add__(self, other: RecordScore) -> RecordScore:
        types = [run_type for run_type in RUN_TYPES if run_type in self.runs or run_type in other.runs]
        return RecordScore(
            self.record,
            self.matrix + other.matrix,
            {name: self.runs.get(name, RunMatrix()) + other.runs.get(name, RunMatrix()) for name in types},
            self.rr_error + other.rr_error,
            self.rate_error + other.rate_error,
        )


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
    pooled : RecordScore
        All records together: EC57's gross statistics are its statistics.
    fusion_against_s : bool
        See :class:`~ecg_core.evaluation.protocol.Protocol`.
    """

    scores: tuple[RecordScore, ...]
    pooled: RecordScore
    fusion_against_s: bool = True

    @property
    def gross(self) -> BeatMatrix:
        """The beat matrix of all records pooled."""
        return self.pooled.matrix

    @property
    def records(self) -> tuple[str, ...]:
        """Names of the records, in order."""
        return tuple(score.record for score in self.scores)

    def values(self, matrix: BeatMatrix, kind: str) -> dict[str, float | None]:
        """Return the statistics of a matrix by the summary's rule for S +P.

        Parameters
        ----------
        matrix : BeatMatrix
            Counts of beats by class.
        kind : {"QRS", "V", "S", "N", "F", "Q"}
            Class of beats.

        Returns
        -------
        dict of str to float or None
            None where a statistic is undefined.
        """
        return matrix.score(kind, fusion_against_s=self.fusion_against_s).values()

    def average(self, kind: str, statistic: str) -> Mean:
        """Return EC57's average statistic: the mean over the records that define it.

        Parameters
        ----------
        kind : {"QRS", "V", "S", "N", "F", "Q"}
            Class of beats.
        statistic : {"se", "ppv", "f1", "fpr", "specificity"}
            The statistic.
        """
        return mean_of(self.values(score.matrix, kind)[statistic] for score in self.scores)

    def average_of_runs(self, run_type: RunType, kind: str, statistic: str) -> Mean:
        """Return the mean over records of a run statistic, as sumstats does.

        Parameters
        ----------
        run_type : RunType
            Class of the runs.
        kind : {"couplet", "short", "long"}
            Length of the runs.
        statistic : {"se", "ppv"}
            The statistic.

        Returns
        -------
        Mean
        """
        return mean_of(score.runs[run_type].values(kind)[statistic] for score in self.scores if score.runs)

    @property
    def average_accuracy(self) -> Mean:
        """Mean over records of the share of beats found with the right class."""
        return mean_of(score.matrix.accuracy.value for score in self.scores)

    def without(self, *records: str) -> Summary:
        """Return the summary of the other records."""
        return summarise(
            [score for score in self.scores if score.record not in records], fusion_against_s=self.fusion_against_s
        )


def flutter_left_out(beats: RecordBeats, protocol: Protocol) -> SpanTuple:
    """Return the spans of ventricular flutter that a protocol does not count.

    Parameters
    ----------
    beats : RecordBeats
        Beats of the record.
    protocol : Protocol
        The protocol.

    Returns
    -------
    tuple of tuple of int
        First and last sample of each span.
    """
    return beats.flutter_spans if protocol.flutter == "ec57" else ()


def compare_under(beats: RecordBeats, label: npt.NDArray[np.str_] | None, protocol: Protocol) -> Comparison:
    """Compare one record's beats under a protocol.

    Parameters
    ----------
    beats : RecordBeats
        Reference beats and test beats of the record.
    label : ndarray of str, shape (test beats,), or None
        Class of each test beat; None to compare positions alone.
    protocol : Protocol
        The protocol.

    Returns
    -------
    Comparison
    """
    return compare_beats(
        beats.reference_sample,
        beats.reference_symbol,
        beats.test_sample,
        label,
        beats.fs_hz,
        start_s=protocol.start_s,
        mapping=protocol.mapping,
        exclude_spans=flutter_left_out(beats, protocol),
        window_s=protocol.window_s,
        reference_unreadable=beats.unreadable_spans,
        test_unreadable=beats.test_unreadable_spans,
    )


def score_record(beats: RecordBeats, protocol: Protocol) -> RecordScore:
    """Score one record under a protocol.

    Parameters
    ----------
    beats : RecordBeats
        Reference beats and test beats of the record.
    protocol : Protocol
        The protocol.

    Returns
    -------
    RecordScore
    """
    flutter = flutter_left_out(beats, protocol)
    label = None if beats.test_label is None else to_aami(beats.test_label, protocol.mapping)
    compared = compare_under(beats, label, protocol)
    start = samples_of(protocol.start_s, beats.fs_hz)
    gaps = (*flutter, *beats.unreadable_spans)
    rate_error = rate_errors(beats.reference_sample, beats.test_sample, beats.fs_hz, start=start, gaps=gaps)
    runs = {} if label is None else _score_runs(beats, label, protocol, start)
    return RecordScore(beats.record, compared.matrix, runs, compared.rr_error, rate_error)


def _score_runs(
    beats: RecordBeats, label: npt.NDArray[np.str_], protocol: Protocol, start: int
) -> dict[RunType, RunMatrix]:
    window = window_samples(beats.fs_hz, protocol.window_s)
    as_runs = protocol.flutter_is_run
    reference = BeatList(
        beats.reference_sample,
        to_aami(beats.reference_symbol, protocol.mapping),
        flutter_spans=beats.flutter_spans if as_runs else (),
        fibrillation_spans=beats.fibrillation_spans if protocol.fibrillation_runs else (),
        unreadable_spans=beats.unreadable_spans,
    )
    test = BeatList(
        beats.test_sample,
        label,
        flutter_spans=beats.test_flutter_spans if as_runs else (),
        fibrillation_spans=beats.test_fibrillation_spans if protocol.fibrillation_runs else (),
        unreadable_spans=beats.test_unreadable_spans,
    )
    return {run_type: score_runs(reference, test, run_type, window, start) for run_type in RUN_TYPES}


def summarise(scores: Sequence[RecordScore], *, fusion_against_s: bool = True) -> Summary:
    """Pool the scores of several records.

    Parameters
    ----------
    scores : sequence of RecordScore
        Scores under one protocol.
    fusion_against_s : bool
        Whether fusion beats found as S count against S +P.

    Returns
    -------
    Summary
    """
    pooled = reduce(RecordScore.__add__, scores, RecordScore(""))
    return Summary(tuple(scores), pooled, fusion_against_s)


def mean_of(values: Iterable[float | None]) -> Mean:
    """Return the mean of the values that are there."""
    defined = [value for value in values if value is not None]
    return Mean(float(np.mean(defined)) if defined else None, len(defined))
