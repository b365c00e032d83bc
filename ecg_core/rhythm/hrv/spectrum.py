"""Spectra of N-N intervals by Welch's method and by Lomb and Scargle's, and the power of their bands.

Welch: intervals that do not count are replaced by intervals on a line between those around them (between medians of
about a minute where the gap is longer than that); a cubic spline
through all of them is sampled at 4 Hz; segments of five minutes that overlap by half, less their linear trend, under
a Hann window. A segment of which more than a fifth is interpolated is left out. Lomb and Scargle: the N-N intervals
alone, less their mean, segment by segment without overlap. Power is the integral (trapezoids) of the one-sided
density, in ms^2. Bands are those of the Task Force (1996).

References
----------
Task Force of the European Society of Cardiology and the North American Society of Pacing and Electrophysiology.
Circulation 1996; 93: 1043-1065.
Welch PD. The use of fast Fourier transform for the estimation of power spectra. IEEE Trans Audio Electroacoust 1967;
15: 70-73.
Scargle JD. Studies in astronomical time series analysis II. Astrophys J 1982; 263: 835-853.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy import interpolate, ndimage, signal

from ecg_core.arrays import BoolArray, Float64Array, Int64Array
from ecg_core.rhythm.hrv.nn_intervals import NNIntervals

BANDS_HZ: Final = {"ulf": (0.0, 0.003), "vlf": (0.003, 0.04), "lf": (0.04, 0.15), "hf": (0.15, 0.4)}
"""From and below which frequency, in Hz."""

RATE_HZ: Final = 4.0
SEGMENT_S: Final = 300.0
N_FFT: Final = 4096
"""Points of a transform: what a segment lacks is filled with zeros."""

INTERPOLATED_LIMIT: Final = 0.2
"""Largest interpolated share of a segment."""

_LOMB_HZ: Final = np.arange(0.003, 0.4, 1 / 300)
_LOCAL: Final = 61
"""Intervals from which on a gap lies between local medians: single intervals beside it would bend hours."""

_LONGEST_FILLED: Final = 10_000
"""Intervals that one gap is filled with at most."""


@dataclass(frozen=True)
class Tachogram:
    """N-N intervals at equal steps of time.

    Attributes
    ----------
    start_s : float
        Time of the first value, in seconds from the start of the recording.
    nn_ms : ndarray of float64, shape (steps,)
        Intervals in ms, `RATE_HZ` a second.
    interpolated : ndarray of bool, shape (steps,)
        Where intervals were left out.
    put_in_s : ndarray of float64, shape (put in,)
        Ends of the intervals that stand in place of what was left out, in seconds from the start of the recording.
    """

    start_s: float
    nn_ms: Float64Array
    interpolated: BoolArray
    put_in_s: Float64Array

    def n_put_in(self, start_s: float, stop_s: float) -> int:
        """Return the number of intervals within a span that stand in place of what was left out.

        Parameters
        ----------
        start_s, stop_s : float
            The span, in seconds from the start of the recording.
        """
        first, last = np.searchsorted(self.put_in_s, (start_s, stop_s))
        return int(last - first)

    def part(self, start_s: float, stop_s: float) -> slice:
        """Return the positions of the values within a span.

        Parameters
        ----------
        start_s, stop_s : float
            The span, in seconds from the start of the recording.
        """
        first, last = (np.ceil((time_s - self.start_s) * RATE_HZ) for time_s in (start_s, stop_s))
        return slice(int(max(first, 0)), int(np.clip(last, 0, len(self.nn_ms))))


@dataclass(frozen=True)
class Spectrum:
    """A one-sided power spectral density.

    Attributes
    ----------
    frequency_hz : ndarray of float64, shape (bins,)
    density : ndarray of float64, shape (bins,)
        In ms^2 per Hz.
    """

    frequency_hz: Float64Array
    density: Float64Array

    def power(self, band: str) -> float:
        """Return the power of one of `BANDS_HZ` in ms^2."""
        low, high = BANDS_HZ[band]
        chosen = (self.frequency_hz >= low) & (self.frequency_hz < high)
        return float(np.trapezoid(self.density[chosen], self.frequency_hz[chosen]))


def tachogram(given: NNIntervals, kind: Literal["cubic", "linear"] = "cubic") -> Tachogram | None:
    """Sample the N-N intervals at equal steps.

    Parameters
    ----------
    given : NNIntervals
        Intervals with the reason why each does not count.
    kind : {"cubic", "linear"}
        How values between beats are found.

    Returns
    -------
    Tachogram or None
        None where there are fewer than four N-N intervals.
    """
    normal = given.normal
    end_s, nn_ms = (given.onset_s + given.rr_s)[normal], 1000 * given.rr_s[normal]
    if len(nn_ms) < 4:
        return None
    gap_s = given.onset_s[normal][1:] - end_s[:-1]
    local_s = (nn_ms[:-1] + nn_ms[1:]) / 2000
    put_in = np.clip(np.rint(gap_s / local_s), 0, _LONGEST_FILLED).astype(np.int64)
    put_in[gap_s < 1e-6] = 0
    places, known = _places(put_in), np.arange(len(end_s))
    put_in_s = np.interp(places, known, end_s)
    put_in_ms = np.interp(put_in_s, end_s, nn_ms)
    long = put_in[places.astype(np.int64)] > _LOCAL
    if long.any():
        put_in_ms[long] = np.interp(put_in_s[long], end_s, ndimage.median_filter(nn_ms, _LOCAL, mode="nearest"))
    order = np.argsort(np.concatenate((end_s, put_in_s)), kind="stable")
    filled_s = np.concatenate((end_s, put_in_s))[order]
    filled_ms = np.concatenate((nn_ms, put_in_ms))[order]
    times = np.arange(filled_s[0], filled_s[-1], 1 / RATE_HZ)
    if kind == "cubic":
        values = interpolate.CubicSpline(filled_s, filled_ms)(times)
    else:
        values = np.interp(times, filled_s, filled_ms)
    at = np.clip(np.searchsorted(end_s, times, side="left"), 1, len(end_s) - 1)
    return Tachogram(float(filled_s[0]), values, gap_s[at - 1] > 1e-6, put_in_s)


def welch(values: Float64Array, interpolated: BoolArray, segment_s: float = SEGMENT_S) -> Spectrum | None:
    """Return the mean spectrum of overlapping segments.

    Parameters
    ----------
    values : ndarray of float64, shape (steps,)
        Intervals in ms, `RATE_HZ` a second.
    interpolated : ndarray of bool, shape (steps,)
        Where intervals were left out.
    segment_s : float
        Length of a segment in seconds; fewer values make one segment.

    Returns
    -------
    Spectrum or None
        None where too much of every segment is interpolated.
    """
    length = min(int(segment_s * RATE_HZ), len(values))
    if length < 8:
        return None
    windows = np.lib.stride_tricks.sliding_window_view
    step = max(length // 2, 1)
    readable = windows(interpolated, length)[::step].mean(axis=1) <= INTERPOLATED_LIMIT
    if not readable.any():
        return None
    segments = windows(values, length)[::step][readable]
    frequency, density = signal.welch(
        segments, RATE_HZ, "hann", nperseg=length, nfft=max(N_FFT, length), detrend="linear", axis=-1
    )
    return Spectrum(frequency, density.mean(axis=0))


def periodogram(values: Float64Array) -> Spectrum:
    """Return the spectrum of all values as one segment: for ultra-low frequencies.

    Neither a window nor a trend is taken off, so that its integral is the variance: a day has few of the slowest
    cycles, and a window would weigh its middle alone.

    Parameters
    ----------
    values : ndarray of float64, shape (steps,)
        Intervals in ms, `RATE_HZ` a second.
    """
    return Spectrum(*signal.periodogram(values, RATE_HZ, "boxcar", detrend="constant"))


def lomb_scargle(end_s: Float64Array, nn_ms: Float64Array, frequency_hz: Float64Array = _LOMB_HZ) -> Spectrum:
    """Return the spectrum of intervals at unequal steps.

    Parameters
    ----------
    end_s : ndarray of float64, shape (intervals,)
        Time of the beat that ends each interval, in seconds.
    nn_ms : ndarray of float64, shape (intervals,)
        Intervals in ms.
    frequency_hz : ndarray of float64, shape (bins,)
        Frequencies above 0, in Hz.
    """
    angular = 2 * np.pi * frequency_hz
    power = signal.lombscargle(end_s - end_s[0], nn_ms - nn_ms.mean(), angular, floating_mean=True)
    # Scargle's power times twice the mean step of time is a one-sided density.
    return Spectrum(frequency_hz, power * 2 * (end_s[-1] - end_s[0]) / (len(end_s) - 1))


def _places(put_in: Int64Array) -> Float64Array:
    """Return the places of what is put in after each interval, in equal steps to the next."""
    after = np.repeat(np.arange(len(put_in)), put_in)
    number = np.arange(len(after)) - np.repeat(np.cumsum(put_in) - put_in, put_in) + 1
    return np.asarray(after + number / (np.repeat(put_in, put_in) + 1))
