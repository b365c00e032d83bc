"""Display envelope: minimum and maximum of each pixel column, and gaps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from tsdownsample import MinMaxDownsampler

from ecg_core.signal.gaps import as_columns


def envelope(
    signal_mv: npt.ArrayLike, fs_hz: float, start_s: float, n_points: int
) -> list[tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]]:
    """Reduce each lead to one minimum and maximum per pixel column; no peak is lost.

    Smallest and largest value of each bin, by tsdownsample's min-max method, so that every R peak and every pacing
    spike survives at any zoom. A gap stays a gap: its first sample comes along as NaN, between the last and the
    first sample beside it, which breaks the drawn line.

    Parameters
    ----------
    signal_mv : array_like, shape (samples,) or (samples, leads)
        NaN where absent.
    fs_hz : float
        Sampling rate in Hz.
    start_s : float
        Time of the first sample.
    n_points : int
        Points wanted per lead, about two for each pixel column; gaps add three each.

    Returns
    -------
    list of (time_s, value_mv), one pair for each lead
        ``time_s`` float64 increasing, ``value_mv`` float32, of equal length.

    Raises
    ------
    ValueError
        If fewer than four points are asked for.
    """
    if n_points < 4:
        raise ValueError(f"An envelope needs at least 4 points, not {n_points}.")
    signal = as_columns(signal_mv)
    reduced = []
    for lead in signal.T:
        index = _chosen_samples(np.ascontiguousarray(lead), n_points - n_points % 2)
        reduced.append((start_s + index / fs_hz, lead[index]))
    return reduced


def _chosen_samples(lead_mv: npt.NDArray[np.float32], n_out: int) -> npt.NDArray[np.int64]:
    """Return the increasing indices of the samples to draw."""
    if len(lead_mv) <= n_out:
        return np.arange(len(lead_mv))
    absent = ~np.isfinite(lead_mv)
    present = np.flatnonzero(~absent)
    if not len(present):
        return np.array([0, len(lead_mv) - 1])
    bridged = np.where(absent, lead_mv[present[0]], lead_mv) if absent.any() else lead_mv
    chosen = MinMaxDownsampler().downsample(bridged, n_out=n_out).astype(np.int64)
    if not absent.any():
        return np.unique(chosen)
    chosen = chosen[~absent[chosen]]
    edges = np.diff(absent.astype(np.int8))
    gap_starts = np.flatnonzero(edges == 1) + 1
    gap_stops = np.flatnonzero(edges == -1) + 1
    beside = np.concatenate([gap_starts - 1, gap_starts, gap_stops, present[[0, -1]]])
    return np.unique(np.concatenate([chosen, beside]))
