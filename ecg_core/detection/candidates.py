"""Every hump of energy that could be a QRS, described by what surrounds it."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, median_filter, uniform_filter1d
from scipy.signal import find_peaks

from ecg_core.detection.fusion import FusedEnergy
from ecg_core.signal.qrs_energy import ENERGY_RATE_HZ

FLOOR: Final = 0.08
"""Share of the usual QRS height below which a hump is not even looked at."""

SPACING_S: Final = 0.14
"""Smallest distance of two candidates."""

CLEAR_HEIGHT: Final = 0.42
CLEAR_SPACING_S: Final = 0.24
"""Humps this high and this far apart are most likely beats: they tell the local rhythm and height."""

NEIGHBOURS: Final = (-3, -2, -1, 1, 2, 3)

FEATURES: Final = (
    "height",
    "peak", "low", "high", "width_100ms", "width_250ms",
    "around_1s", "around_6s", "high_around_1s",
    "valley_before", "valley_after",
    *(f"{what}{k:+d}" for k in NEIGHBOURS for what in ("distance", "height", "low", "high")),
    "usual_rr", "since_clear", "until_clear", "since_clear_rr", "until_clear_rr", "gap_rr",
    "clear_before", "clear_after", "usual_before", "usual_after",
)  # fmt: skip
"""Names of the features: heights are natural logarithms, all but `height` itself relative to the candidate's; times are
seconds, or usual RR intervals where the name ends in ``_rr``."""

_EPSILON: Final = 0.01


def find_candidates(fused: FusedEnergy) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Find the candidates and describe them.

    Parameters
    ----------
    fused : FusedEnergy

    Returns
    -------
    position : ndarray of int64, shape (candidates,)
        Increasing samples at `ENERGY_RATE_HZ`.
    features : ndarray of float32, shape (candidates, len(FEATURES))
    """
    smooth = fused.smooth
    position, _ = find_peaks(smooth, height=FLOOR, distance=round(SPACING_S * ENERGY_RATE_HZ))
    if not len(position):
        return position.astype(np.int64), np.empty((0, len(FEATURES)), dtype=np.float32)
    height = np.log(smooth[position])
    shape = _shape_features(fused, position, height)
    low, high = shape[1], shape[2]
    valleys = np.log(np.minimum.reduceat(smooth, np.r_[0, position]) + _EPSILON)
    columns = [height, *shape, valleys[:-1] - height, valleys[1:] - height]
    for k in NEIGHBOURS:
        distance_s = np.abs(_neighbour(position, k, np.inf) - position) / ENERGY_RATE_HZ
        columns.append(np.minimum(distance_s, 2.0))
        columns.append(np.clip(_neighbour(height, k, 0.0) - height, -2, 3))
        columns.append(np.clip(_neighbour(low, k, 0.0) - low, -2, 2))
        columns.append(np.clip(_neighbour(high, k, 0.0) - high, -2, 2))
    columns += _rhythm_features(smooth, position, height)
    return position.astype(np.int64), np.stack(columns, axis=1).astype(np.float32)


def _shape_features(
    fused: FusedEnergy, position: npt.NDArray[np.int64], height: npt.NDArray[np.float32]
) -> list[npt.NDArray[np.float32]]:
    """Return the features ``peak`` to ``high_around_1s``."""

    def highest(energy: npt.NDArray[np.float32], width: int) -> npt.NDArray[np.float32]:
        return np.log(maximum_filter1d(energy, width, mode="nearest")[position] + 1e-3) - height

    def mean(energy: npt.NDArray[np.float32], width: int) -> npt.NDArray[np.float32]:
        return np.log(uniform_filter1d(energy, width, mode="nearest")[position] + 1e-3) - height

    def usual(energy: npt.NDArray[np.float32], width: int) -> npt.NDArray[np.float32]:
        return uniform_filter1d(np.log(energy + _EPSILON), width, mode="nearest")[position] - height

    return [
        highest(fused.middle, 25),
        highest(fused.low, 25),
        highest(fused.high, 13),
        mean(fused.smooth, 21),
        mean(fused.smooth, 49),
        usual(fused.smooth, 241),
        usual(fused.smooth, 1201),
        usual(fused.high, 241),
    ]


def _rhythm_features(
    smooth: npt.NDArray[np.float32], position: npt.NDArray[np.int64], height: npt.NDArray[np.float32]
) -> list[npt.NDArray[np.floating]]:
    """Return the features ``usual_rr`` to ``usual_after``."""
    clear, _ = find_peaks(smooth, height=CLEAR_HEIGHT, distance=round(CLEAR_SPACING_S * ENERGY_RATE_HZ))
    if len(clear) < 3:
        clear = position
    clear_height = np.log(smooth[clear])
    interval_s = np.diff(clear) / ENERGY_RATE_HZ if len(clear) > 1 else np.array([0.8])
    usual_interval_s = median_filter(interval_s, 11, mode="reflect")
    usual_height = median_filter(clear_height, 5, mode="reflect")

    before = np.searchsorted(clear, position, "left") - 1
    after = np.searchsorted(clear, position, "right")
    last = len(clear) - 1
    usual_s = np.clip(usual_interval_s[np.clip(before, 0, len(usual_interval_s) - 1)], 0.25, 2.0)
    since_s = np.where(before >= 0, (position - clear[np.maximum(before, 0)]) / ENERGY_RATE_HZ, 2.0)
    until_s = np.where(after <= last, (clear[np.minimum(after, last)] - position) / ENERGY_RATE_HZ, 2.0)
    return [
        np.log(usual_s),
        np.minimum(since_s, 3.0),
        np.minimum(until_s, 3.0),
        np.minimum(since_s / usual_s, 3.0),
        np.minimum(until_s / usual_s, 3.0),
        np.minimum((since_s + until_s) / usual_s, 4.0),
        clear_height[np.clip(before, 0, last)] - height,
        clear_height[np.clip(after, 0, last)] - height,
        usual_height[np.clip(before - 2, 0, last)] - height,
        usual_height[np.clip(after + 2, 0, last)] - height,
    ]


def _neighbour(values: npt.NDArray[np.generic], k: int, outside: float) -> npt.NDArray[np.float64]:
    """Return, for each entry, the value ``k`` entries further, `outside` beyond the ends."""
    moved = np.full(len(values), outside, dtype=np.float64)
    if abs(k) < len(values):
        if k > 0:
            moved[:-k] = values[k:]
        else:
            moved[-k:] = values[:k]
    return moved
