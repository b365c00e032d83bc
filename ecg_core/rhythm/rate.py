"""Heart rate as stated in ambulatory ECG reports.

- The rate at a moment is the mean over `RATE_BEATS` consecutive intervals: 60 x intervals / their sum. One
  premature beat and its pause balance within it. Minimum and maximum are the extremes of this rate.
- The mean rate is the number of readable intervals over the time that they take, in beats per minute.
- Intervals inside runs of three or more V beats are left out of all of these: a ventricular run has its own
  rate (see :mod:`ecg_core.rhythm.episodes`), and a maximum heart rate should not be that of a run.
- Intervals that touch an unreadable second are left out: beats may be missing there.

The rate from beat to beat is given for N-N intervals alone where beats have classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from ecg_core.arrays import Float64Array, UInt8Array
from ecg_core.rhythm.intervals import Intervals, intervals

RATE_BEATS: Final = 8
"""Consecutive intervals of one rate figure."""


@dataclass(frozen=True)
class RateRange:
    """Mean, minimum and maximum heart rate; absent where it cannot be told.

    Attributes
    ----------
    mean_bpm, min_bpm, max_bpm : float or None
    min_sample, max_sample : int or None
        The beat in the middle of the slowest and of the fastest intervals.
    """

    mean_bpm: float | None = None
    min_bpm: float | None = None
    min_sample: int | None = None
    max_bpm: float | None = None
    max_sample: int | None = None


def instantaneous_rate(beats: pd.DataFrame, fs_hz: float, quality: UInt8Array | None = None) -> Float64Array:
    """Return the rate of the interval that ends at each beat.

    Parameters
    ----------
    beats : pandas.DataFrame
        A beat table.
    fs_hz : float
        Sampling rate in Hz.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Quality grades.

    Returns
    -------
    ndarray of float64, shape (beats,)
        Beats per minute; NaN for the first beat, across unreadable signal and, where beats have classes, for
        every interval that is not from one N to the next.
    """
    given = intervals(beats, fs_hz, quality)
    usable = given.readable.copy()
    if given.label is not None:
        usable &= ~given.touching(~given.labelled_as("N"))
    rate = np.full(len(given.sample), np.nan)
    rate[1:][usable] = 60 / given.rr_s[usable]
    return rate


def smoothed_rate(beats: pd.DataFrame, fs_hz: float, quality: UInt8Array | None = None) -> Float64Array:
    """Return the mean rate of the eight intervals around each beat.

    Parameters
    ----------
    beats : pandas.DataFrame
        A beat table.
    fs_hz : float
        Sampling rate in Hz.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Quality grades.

    Returns
    -------
    ndarray of float64, shape (beats,)
        Beats per minute; NaN where one of the eight intervals is unusable.
    """
    return smoothed_rate_of(intervals(beats, fs_hz, quality))


def smoothed_rate_of(given: Intervals) -> Float64Array:
    """Return :func:`smoothed_rate` of intervals already taken from the beat table."""
    rate = np.full(len(given.sample), np.nan)
    if len(given.rr_s) < RATE_BEATS:
        return rate
    usable = given.readable & ~given.in_ventricular_run
    passed_s = np.concatenate(([0.0], np.cumsum(given.rr_s)))
    unusable = np.concatenate(([0], np.cumsum(~usable)))
    span_s = passed_s[RATE_BEATS:] - passed_s[:-RATE_BEATS]
    whole = unusable[RATE_BEATS:] == unusable[:-RATE_BEATS]
    half = RATE_BEATS // 2
    rate[half : half + len(span_s)] = np.where(whole, 60 * RATE_BEATS / span_s, np.nan)
    return rate


def rate_range(beats: pd.DataFrame, fs_hz: float, quality: UInt8Array | None = None) -> RateRange:
    """Return mean, minimum and maximum heart rate as defined in the module's text.

    Minimum and maximum need nine beats with usable intervals; the mean needs two.

    Parameters
    ----------
    beats : DataFrame
        Beat table.
    fs_hz : float
        Sampling rate in Hz.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Quality grades.

    Returns
    -------
    RateRange
    """
    return rate_range_of(intervals(beats, fs_hz, quality))


def rate_range_of(given: Intervals) -> RateRange:
    """Return :func:`rate_range` of intervals already taken from the beat table."""
    usable = given.readable & ~given.in_ventricular_run
    if not usable.any():
        return RateRange()
    mean_bpm = float(60 * usable.sum() / given.rr_s[usable].sum())
    rate = smoothed_rate_of(given)
    if np.isnan(rate).all():
        return RateRange(mean_bpm)
    slowest, fastest = int(np.nanargmin(rate)), int(np.nanargmax(rate))
    return RateRange(
        mean_bpm=mean_bpm,
        min_bpm=float(rate[slowest]),
        min_sample=int(given.sample[slowest]),
        max_bpm=float(rate[fastest]),
        max_sample=int(given.sample[fastest]),
    )


def rate_trend(
    beats: pd.DataFrame,
    fs_hz: float,
    n_samples: int,
    quality: UInt8Array | None = None,
    bin_s: float = 60.0,
) -> pd.DataFrame:
    """Return the heart rate per minute, or per any other span, over the whole recording.

    Parameters
    ----------
    beats : pandas.DataFrame
        A beat table.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording in samples.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Quality grades.
    bin_s : float
        Length of one row in seconds.

    Returns
    -------
    pandas.DataFrame
        ``start_sample``; ``rate_bpm`` (mean), ``min_bpm`` and ``max_bpm`` (of the eight-interval rate), NaN
        where there is none; ``n_beats``; ``n_s`` and ``n_v``, absent where beats have no class.
    """
    return rate_trend_of(intervals(beats, fs_hz, quality), fs_hz, n_samples, bin_s)


def rate_trend_of(given: Intervals, fs_hz: float, n_samples: int, bin_s: float = 60.0) -> pd.DataFrame:
    """Return :func:`rate_trend` of intervals already taken from the beat table.

    Parameters
    ----------
    given : Intervals
        Intervals between beats.
    fs_hz : float
        Sampling rate in Hz.
    n_samples : int
        Length of the recording in samples.
    bin_s : float
        Length of one row in seconds.

    Returns
    -------
    pandas.DataFrame
    """
    n_bins = int(np.ceil(n_samples / fs_hz / bin_s))
    bin_of = np.minimum((given.sample / fs_hz / bin_s).astype(np.int64), max(n_bins - 1, 0))

    usable = given.readable & ~given.in_ventricular_run
    count = np.bincount(bin_of[1:][usable], minlength=n_bins)
    spent_s = np.bincount(bin_of[1:][usable], weights=given.rr_s[usable], minlength=n_bins)
    rate = smoothed_rate_of(given)
    known = ~np.isnan(rate)
    lowest, highest = np.full(n_bins, np.inf), np.full(n_bins, -np.inf)
    np.minimum.at(lowest, bin_of[known], rate[known])
    np.maximum.at(highest, bin_of[known], rate[known])
    trend = pd.DataFrame(
        {
            "start_sample": np.round(np.arange(n_bins) * bin_s * fs_hz).astype(np.int64),
            "rate_bpm": np.divide(60.0 * count, spent_s, out=np.full(n_bins, np.nan), where=spent_s > 0),
            "min_bpm": np.where(np.isfinite(lowest), lowest, np.nan),
            "max_bpm": np.where(np.isfinite(highest), highest, np.nan),
            "n_beats": np.bincount(bin_of, minlength=n_bins),
        }
    )
    for letter in "SV":
        number = pd.Series(np.bincount(bin_of[given.labelled_as(letter)], minlength=n_bins), dtype="Int64")
        trend[f"n_{letter.lower()}"] = number if given.label is not None else number.mask(number.notna())
    return trend
