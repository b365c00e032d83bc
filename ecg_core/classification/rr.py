"""RR-interval features: what the rhythm says about a beat.

Every feature is a logarithm of a ratio of intervals (zero for a regular rhythm) or a bounded measure, so that
none grows without limit. Several normalisations stand side by side on purpose: against the local median a beat
is early; against the recording's upper quartile it stays early even where most beats are.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from ecg_core.arrays import BoolArray
from ecg_core.rhythm.intervals import known_intervals
from ecg_core.signal.intervals import filled_intervals

RR_FEATURES: Final = {
    "rr_before": "interval before, against the local median",
    "rr_after": "interval after, against the local median",
    "rr_before_2": "interval before that, against the local median",
    "rr_after_2": "interval after that, against the local median",
    "rr_after_to_before": "interval after against interval before",
    "rr_before_to_mean_10": "interval before against the mean of the ten before it",
    "rr_before_to_upper": "interval before against the recording's upper quartile",
    "rr_after_to_upper": "interval after against the recording's upper quartile",
    "rr_before_s": "interval before against one second",
    "rr_local_s": "local median against one second",
    "rr_irregularity": "scatter of successive intervals nearby",
    "rr_irregularity_wide": "scatter of successive intervals over a hundred beats",
}
"""Features in the order of the array's last axis, each with a line for people."""

_LOCAL_BEATS, _WIDE_BEATS = 21, 101


def rr_features(time_s: npt.ArrayLike, known: BoolArray | None = None) -> npt.NDArray[np.float32]:
    """Compute the RR features of every beat of a recording.

    Parameters
    ----------
    time_s : array_like, shape (beats,)
        Increasing beat times.
    known : ndarray of bool, shape (beats - 1,), optional
        False where an interval says nothing, see :func:`rr_of_recording`.

    Returns
    -------
    ndarray of float32, shape (beats, len(RR_FEATURES))
        Natural logarithms of ratios, clipped to +-2.5; an interval that is absent, not known or longer than 3 s
        counts as the local median, i.e. as regular.
    """
    times = np.asarray(time_s, dtype=np.float64)
    n_beats = len(times)
    features = np.zeros((n_beats, len(RR_FEATURES)), dtype=np.float32)
    if n_beats < 3:
        return features
    filled, local = filled_intervals(times, min(_LOCAL_BEATS, n_beats - 1), known)
    upper = float(np.quantile(filled, 0.75))

    before = np.concatenate([filled[:1], filled])
    after = np.concatenate([filled, filled[-1:]])
    before[0], after[-1] = local[0], local[-1]
    local_at_beat = np.concatenate([local[:1], local])
    before_2, after_2 = np.roll(before, 1), np.roll(after, -1)
    before_2[:1], after_2[-1:] = local_at_beat[0], local_at_beat[-1]
    change = np.abs(np.diff(filled, prepend=filled[0])) / local
    scatter, scatter_wide = (
        uniform_filter1d(change, size=width, mode="nearest") for width in (_LOCAL_BEATS, _WIDE_BEATS)
    )
    ratios = (
        before / local_at_beat,
        after / local_at_beat,
        before_2 / local_at_beat,
        after_2 / local_at_beat,
        after / before,
        before / _mean_of_previous(before, 10),
        before / upper,
        after / upper,
        before,
        local_at_beat,
        np.exp(np.concatenate([scatter[:1], scatter])),
        np.exp(np.concatenate([scatter_wide[:1], scatter_wide])),
    )
    for column, ratio in enumerate(ratios):
        features[:, column] = np.clip(np.log(np.maximum(ratio, 1e-3)), -2.5, 2.5)
    return features


def rr_of_recording(
    samples: npt.NDArray[np.int64], fs_hz: float, quality: npt.NDArray[np.uint8] | None = None
) -> npt.NDArray[np.float32]:
    """Compute the RR features of a recording's beats; where beats may be missing, the interval is not known.

    Parameters
    ----------
    samples : ndarray of int64, shape (beats,)
        Beat positions in samples.
    fs_hz : float
        Sampling rate in Hz.
    quality : ndarray of uint8, shape (seconds, leads), optional
        Grades; an interval that touches a second in which no lead can be read is not known.
    """
    return rr_features(samples / fs_hz, known_intervals(samples, fs_hz, quality))


def _mean_of_previous(values: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    """Return the mean of up to `count` values before each one; the value itself for the first."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    stop = np.arange(len(values))
    start = np.maximum(stop - count, 0)
    means = (total[stop] - total[start]) / np.maximum(stop - start, 1)
    means[0] = values[0]
    return means
