"""Errors of measurements: RR intervals as bxb compares them, heart rate as mxm does.

bxb sums an RR error at every step of its walk through both lists: the interval that ends at the current reference
beat against the one that ends at the current test beat, a missed or extra beat included. An interval counts if
it begins with a beat and no flutter or unreadable signal begins in it. The root mean square is what bxb prints as
``RR err``.

mxm (EC57, EC38) compares series of heart rate measurements: each test measurement after the learning period with
the reference measurement nearest in time, and normalises the root mean square error by the mean reference
measurement. EC38 leaves it to the evaluator to disclose how the rate is measured: here it is the mean rate over
`RATE_BEATS` consecutive intervals, timed at the beat that ends them, of every beat, in both lists alike;
intervals that touch flutter or unreadable signal of the reference are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ecg_core.arrays import Float64Array, Int64Array
from ecg_core.evaluation.matching import Match, Spans

RATE_BEATS: Final = 8
"""Intervals of one heart rate measurement, as in the rates that the analysis states."""


@dataclass(frozen=True)
class ErrorSums:
    """Sums over measurement pairs from which mean and rms errors follow; sums add up.

    Attributes
    ----------
    n : int
        Pairs of measurements.
    error, squared_error, reference : float
        Sums of test minus reference, of its square, and of the reference, in the measurement's unit.
    """

    n: int = 0
    error: float = 0.0
    squared_error: float = 0.0
    reference: float = 0.0

    def __add__(self, other: ErrorSums) -> ErrorSums:
        return ErrorSums(
            self.n + other.n,
            self.error + other.error,
            self.squared_error + other.squared_error,
            self.reference + other.reference,
        )

    @property
    def mean(self) -> float | None:
        """Mean error, positive where the test measures more; None without measurements."""
        return self.error / self.n if self.n else None

    @property
    def rms(self) -> float | None:
        """Root mean square error."""
        return float(np.sqrt(self.squared_error / self.n)) if self.n else None

    @property
    def mean_reference(self) -> float | None:
        """Mean reference measurement."""
        return self.reference / self.n if self.n else None

    @property
    def normalised_rms(self) -> float | None:
        """Root mean square error over the mean reference measurement, as mxm prints it."""
        return None if self.rms is None or not self.mean_reference else self.rms / self.mean_reference

    def values(self) -> dict[str, float | None]:
        """Return ``mean``, ``rms``, ``normalised_rms`` and ``mean_reference``."""
        return {
            "mean": self.mean,
            "rms": self.rms,
            "normalised_rms": self.normalised_rms,
            "mean_reference": self.mean_reference,
        }


def error_sums(reference: Float64Array, test: Float64Array) -> ErrorSums:
    """Sum up the errors of paired measurements; pairs with a NaN are left out.

    Parameters
    ----------
    reference : ndarray of float64, shape (pairs,)
        Reference measurements.
    test : ndarray of float64, shape (pairs,)
        Measurements under test, in the same unit.

    Returns
    -------
    ErrorSums
    """
    known = ~(np.isnan(reference) | np.isnan(test))
    difference = (test - reference)[known]
    return ErrorSums(
        int(known.sum()), float(difference.sum()), float(np.square(difference).sum()), float(reference[known].sum())
    )


def interval_errors(
    reference: Int64Array,
    test: Int64Array,
    match: Match,
    fs_hz: float,
    *,
    first_reference: int = 0,
    first_test: int = 0,
    reference_gaps: Spans = (),
    test_gaps: Spans = (),
) -> ErrorSums:
    """Sum up bxb's RR errors, in seconds.

    Parameters
    ----------
    reference, test : ndarray of int64
        All beats in order of time, those of the learning period included.
    match : Match
        Of the beats from `first_reference` and `first_test` on; its positions count from there.
    fs_hz : float
        Sampling rate in Hz.
    first_reference, first_test : int
        Indices of the first beats that count.
    reference_gaps, test_gaps : sequence of (int, int)
        Flutter and unreadable signal as each list marks them: an interval in which one begins is left out.
    """
    at_reference, at_test = _walk(reference[first_reference:], test[first_test:], match)
    at_reference, at_test = at_reference + first_reference, at_test + first_test
    inside_both = (at_reference < len(reference)) & (at_test < len(test))
    of_reference = _intervals_s(reference, fs_hz, reference_gaps)[at_reference[inside_both]]
    return error_sums(of_reference, _intervals_s(test, fs_hz, test_gaps)[at_test[inside_both]])


def rate_errors(
    reference: Int64Array, test: Int64Array, fs_hz: float, *, start: int = 0, gaps: Spans = ()
) -> ErrorSums:
    """Sum up the errors of heart rate measurements, in beats per minute, paired as mxm pairs them.

    Parameters
    ----------
    reference, test : ndarray of int64
        All beats in order of time.
    fs_hz : float
        Sampling rate in Hz.
    start : int
        Samples of the learning period: test measurements before it are left out.
    gaps : sequence of (int, int)
        Flutter and unreadable signal by the reference; measurements over intervals that touch them are left out
        of both lists.
    """
    reference_at, reference_bpm = _rates_bpm(reference, fs_hz, gaps)
    test_at, test_bpm = _rates_bpm(test, fs_hz, gaps)
    test_at, test_bpm = test_at[test_at >= start], test_bpm[test_at >= start]
    if not len(reference_at) or not len(test_at):
        return ErrorSums()
    after = np.searchsorted(reference_at, test_at).clip(max=len(reference_at) - 1)
    before = (after - 1).clip(min=0)
    nearer = test_at - reference_at[before] < reference_at[after] - test_at
    nearest = np.where(nearer, before, after)
    return error_sums(reference_bpm[nearest], test_bpm)


def _walk(reference: Int64Array, test: Int64Array, match: Match) -> tuple[Int64Array, Int64Array]:
    """Return bxb's current reference and test beat at each pair, each missed and each extra beat."""
    extra_at, missed_at = test[match.extra], reference[match.missed]
    test_when_missed = np.searchsorted(match.reference, match.missed) + np.searchsorted(extra_at, missed_at)
    reference_when_extra = np.searchsorted(match.test, match.extra) + np.searchsorted(missed_at, extra_at, side="right")
    return (
        np.concatenate([match.reference, match.missed, reference_when_extra]),
        np.concatenate([match.test, test_when_missed, match.extra]),
    )


def _intervals_s(sample: Int64Array, fs_hz: float, gaps: Spans) -> Float64Array:
    """Return the interval that ends at each beat, NaN for the first and where a gap begins in it."""
    interval_s = np.diff(sample, prepend=np.nan) / fs_hz if len(sample) else np.empty(0)
    for begin, _ in gaps:
        after = int(np.searchsorted(sample, begin, side="right"))
        if after < len(sample):
            interval_s[after] = np.nan
    return np.asarray(interval_s, dtype=np.float64)


def _rates_bpm(sample: Int64Array, fs_hz: float, gaps: Spans) -> tuple[Int64Array, Float64Array]:
    """Return where heart rate measurements end, and the rates."""
    if len(sample) <= RATE_BEATS:
        return np.empty(0, dtype=np.int64), np.empty(0)
    begin, end = sample[:-RATE_BEATS], sample[RATE_BEATS:]
    usable = end > begin
    for first, last in gaps:
        usable &= (end < first) | (begin > last)
    return end[usable], 60.0 * RATE_BEATS * fs_hz / (end - begin)[usable]
