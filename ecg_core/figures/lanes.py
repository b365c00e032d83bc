"""The lanes of an ECG strip: how high each lead's is, about which level it is drawn, where it is hatched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.beats import UNREADABLE
from ecg_core.recording import Recording

_SPAN_S: Final = 10.0
_NARROWEST_LANE_MV: Final = 0.4


@dataclass(frozen=True)
class Lanes:
    """How a recording's leads are laid out on a strip.

    Attributes
    ----------
    range_mv : ndarray of float32, shape (leads, 2)
        Lower and upper limit of each lead's usual amplitude in mV, its median being 0.
    level_mv : ndarray of float32, shape (leads,)
        Each lead's usual level in mV: the median of the spans' medians; 0 for a lead without any value.
    """

    range_mv: npt.NDArray[np.float32]
    level_mv: npt.NDArray[np.float32]


def lanes_of(recording: Recording, *, n_spans: int = 12, span_s: float = _SPAN_S) -> Lanes:
    """Measure each lead's usual amplitude range around its median, to size its lane on the strip, and its level.

    A handful of spans spread evenly over the recording is read, so a day costs what a minute costs.
    Of the spans' extremes the ones exceeded by a quarter of the spans are taken: a noisy or flat
    stretch does not decide for the whole recording.

    Parameters
    ----------
    recording : Recording
        The recording.
    n_spans : int
        Number of spans.
    span_s : float
        Duration of each span in s.
    """
    spans = _spread_spans(recording, n_spans, span_s)
    levels = np.nan_to_num(_levels_of(spans), nan=0.0).astype(np.float32)
    return Lanes(_ranges_of([_centred(span) for span in spans]), levels)


def unreadable_spans(quality: npt.NDArray[np.uint8]) -> list[list[tuple[float, float]]]:
    """Turn quality grades into the spans to hatch.

    Parameters
    ----------
    quality : ndarray of uint8, shape (seconds, leads)
        Grades per second, see `ecg_core.beats.UNREADABLE`.

    Returns
    -------
    list of lists of (start_s, stop_s), one list per lead
    """
    bad = np.zeros((len(quality) + 2, quality.shape[1]), dtype=np.int8)
    bad[1:-1] = quality == UNREADABLE
    steps = np.diff(bad, axis=0)
    return [
        [
            (float(start), float(stop))
            for start, stop in zip(np.flatnonzero(lead == 1), np.flatnonzero(lead == -1), strict=True)
        ]
        for lead in steps.T
    ]


def _spread_spans(recording: Recording, n_spans: int, span_s: float) -> list[npt.NDArray[np.float32]]:
    length = min(max(round(span_s * recording.fs_hz), 1), recording.n_samples)
    last = recording.n_samples - length
    starts = np.unique(np.linspace(0, last, n_spans).astype(np.int64))
    return [recording.read(int(start), int(start) + length) for start in starts]


def _centred(signal_mv: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Take each lead's median off; nothing else is done to the signal.

    Parameters
    ----------
    signal_mv : ndarray of float32, shape (samples, leads)
        NaN where absent.

    Returns
    -------
    ndarray of float32, shape (samples, leads)
    """
    around_zero = signal_mv.astype(np.float32, copy=True)
    for lead in around_zero.T:
        present = lead[np.isfinite(lead)]
        if len(present):
            lead -= np.median(present)
    return around_zero


def _ranges_of(spans: Sequence[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """Find each lead's usual extremes: those that a quarter of the spans exceed.

    Parameters
    ----------
    spans : sequence of ndarray, shape (samples, leads)
        Centred signal; flat and absent spans do not count.

    Returns
    -------
    ndarray of float32, shape (leads, 2)
        Lower and upper limit in mV, zero between them, never closer than a lane can be.
    """
    n_leads = spans[0].shape[1]
    ranges = np.empty((n_leads, 2), dtype=np.float32)
    for lead in range(n_leads):
        lows, highs = [], []
        for span in spans:
            present = span[np.isfinite(span[:, lead]), lead]
            if len(present) and np.ptp(present) > 0:
                lows.append(present.min())
                highs.append(present.max())
        low = min(float(np.quantile(lows, 0.25)) if lows else 0.0, 0.0)
        high = max(float(np.quantile(highs, 0.75)) if highs else 0.0, 0.0)
        missing = max(_NARROWEST_LANE_MV - (high - low), 0.0)
        ranges[lead] = low - missing / 2, high + missing / 2
    return ranges


def _levels_of(spans: Sequence[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """Find each lead's usual level: the median of the spans' medians.

    Parameters
    ----------
    spans : sequence of ndarray, shape (samples, leads)
        NaN where absent; absent spans do not count.

    Returns
    -------
    ndarray of float32, shape (leads,)
        NaN for a lead that has no value in any span.
    """
    levels = np.full(spans[0].shape[1], np.nan, dtype=np.float32)
    for lead in range(len(levels)):
        present = [span[np.isfinite(span[:, lead]), lead] for span in spans]
        medians = [np.median(values) for values in present if len(values)]
        if medians:
            levels[lead] = np.median(medians)
    return levels
