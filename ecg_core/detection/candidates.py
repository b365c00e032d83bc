"""QRS candidates: local maxima of QRS energy with features of their surroundings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, median_filter, uniform_filter1d
from scipy.signal import find_peaks

from ecg_core.detection.fusion import View, unit
from ecg_core.signal.qrs_energy import ENERGY_RATE_HZ, HIGH, LOW, MIDDLE

FLOOR: Final = 0.08
"""Share of the usual QRS height below which a hump is not even looked at."""

SPACING_S: Final = 0.14
"""Smallest distance of two candidates."""

CLEAR_HEIGHT: Final = 0.42
CLEAR_SPACING_S: Final = 0.24
"""Humps this high and this far apart are most likely beats: they tell the local rhythm and height."""

NEIGHBOURS: Final = (-3, -2, -1, 1, 2, 3)

COMPARED: Final = 10
"""Candidates to either side whose shape a candidate is compared with."""

FEATURES: Final = (
    "height",
    "peak", "low", "high", "width_100ms", "width_250ms",
    "around_1s", "around_6s", "high_around_1s",
    "valley_before", "valley_after",
    *(f"{what}{k:+d}" for k in NEIGHBOURS for what in ("distance", "height", "low", "high")),
    "usual_rr", "since_clear", "until_clear", "since_clear_rr", "until_clear_rr", "gap_rr",
    "clear_before", "clear_after", "usual_before", "usual_after",
    "most_alike", "alike_3", "alike_6", "like_the_high", *(f"alike{k:+d}" for k in (-2, -1, 1, 2)),
)  # fmt: skip
"""Names of the features: heights are natural logarithms, all but `height` itself relative to the candidate's; times are
seconds, or usual RR intervals where the name ends in ``_rr``; likeness of shapes is 1 where they are the same."""

_EPSILON: Final = 0.01
_TINY: Final = 1e-9


@dataclass(frozen=True)
class Candidates:
    """Candidates of one view of the leads.

    Attributes
    ----------
    position : ndarray of int64, shape (candidates,)
        Increasing times at `ENERGY_RATE_HZ`.
    features : ndarray of float32, shape (candidates, len(FEATURES))
    weight : ndarray of float32, shape (candidates, leads)
        What each lead of the recording counts in the view.
    leads : ndarray of int64
        Those that count anywhere.
    shape : ndarray of complex64, shape (candidates, leads that count, values, scales)
        See :meth:`ecg_core.detection.fusion.View.shapes`, each lead's values of unit norm.
    log_energy : ndarray of float32, shape (candidates, leads that count)
        Natural logarithm of the energy at the scale of the QRS.
    """

    position: npt.NDArray[np.int64]
    features: npt.NDArray[np.float32]
    weight: npt.NDArray[np.float32]
    leads: npt.NDArray[np.int64]
    shape: npt.NDArray[np.complex64]
    log_energy: npt.NDArray[np.float32]


def find_candidates(view: View) -> Candidates:
    """Find the candidates and describe them.

    Parameters
    ----------
    view : View
        One lead, or several fused.

    Returns
    -------
    Candidates
    """
    smooth = view.smooth
    position, _ = find_peaks(smooth, height=FLOOR, distance=round(SPACING_S * ENERGY_RATE_HZ))
    position = position.astype(np.int64)
    shapes, weight, leads = view.shapes(position), view.weight[position], view.leads()
    if not len(position):
        nothing = np.empty((0, len(leads)), dtype=np.float32)
        return Candidates(position, np.empty((0, len(FEATURES)), np.float32), weight, leads, shapes, nothing)
    height = np.log(smooth[position])
    shape = _shape_features(view, position, height)
    low, high = shape[1], shape[2]
    valleys = np.log(np.minimum.reduceat(smooth, np.r_[0, position]) + _EPSILON)
    columns = [height, *shape, valleys[:-1] - height, valleys[1:] - height]
    for k in NEIGHBOURS:
        distance_s = np.abs(neighbour(position, k, np.inf) - position) / ENERGY_RATE_HZ
        columns.append(np.minimum(distance_s, 2.0))
        columns.append(np.clip(neighbour(height, k, 0.0) - height, -2, 3))
        columns.append(np.clip(neighbour(low, k, 0.0) - low, -2, 2))
        columns.append(np.clip(neighbour(high, k, 0.0) - high, -2, 2))
    columns += _rhythm_features(smooth, position, height)
    level = view.common.level[position][:, leads, None]
    share = np.sqrt(weight[:, leads])[..., None, None]
    relative = np.divide(shapes, level, out=np.zeros_like(shapes), where=level > 0) * share
    columns += _likeness_features(unit(relative, (1, 2)), smooth[position])
    features = np.stack(columns, axis=1).astype(np.float32)
    log_energy = np.log(np.abs(shapes[..., MIDDLE]).max(axis=2) + _TINY)
    return Candidates(position, features, weight, leads, unit(shapes, 2), log_energy.astype(np.float32))


def _shape_features(
    view: View, position: npt.NDArray[np.int64], height: npt.NDArray[np.float32]
) -> list[npt.NDArray[np.float32]]:
    """Return the features ``peak`` to ``high_around_1s``."""

    def highest(energy: npt.NDArray[np.float32], width: int) -> npt.NDArray[np.float32]:
        return np.log(maximum_filter1d(energy, width, mode="nearest")[position] + 1e-3) - height

    def mean(energy: npt.NDArray[np.float32], width: int) -> npt.NDArray[np.float32]:
        return np.log(uniform_filter1d(energy, width, mode="nearest")[position] + 1e-3) - height

    def usual(energy: npt.NDArray[np.float32], width: int) -> npt.NDArray[np.float32]:
        return uniform_filter1d(energy, width, mode="nearest")[position] - height

    low, middle, high = (np.ascontiguousarray(view.energy[:, scale]) for scale in (LOW, MIDDLE, HIGH))
    log_smooth = np.log(view.smooth + _EPSILON)
    return [
        highest(middle, 13),
        highest(low, 13),
        highest(high, 7),
        mean(view.smooth, 11),
        mean(view.smooth, 25),
        usual(log_smooth, 121),
        usual(log_smooth, 601),
        usual(np.log(high + _EPSILON), 121),
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


def _likeness_features(
    shapes: npt.NDArray[np.complex64], height: npt.NDArray[np.float32]
) -> list[npt.NDArray[np.float32]]:
    """Return the features ``most_alike`` to ``alike+2``: noise does not repeat its shape, beats do."""
    n = len(height)
    shapes = shapes.reshape(n, -1, shapes.shape[-1])
    alike = np.zeros((n, 2 * COMPARED), dtype=np.float32)
    heights = np.zeros_like(alike)
    high = np.minimum(height, 1.2) ** 2
    for k in range(1, min(COMPARED, n - 1) + 1):
        inner = (shapes[k:] * shapes[:-k].conj()).sum(axis=1)
        likeness = np.abs(inner).mean(axis=1)
        alike[:-k, COMPARED + k - 1] = likeness
        alike[k:, COMPARED - k] = likeness
        heights[:-k, COMPARED + k - 1] = high[k:]
        heights[k:, COMPARED - k] = high[:-k]
    ranked = -np.partition(-alike, (0, 2, 5), axis=1)[:, :6]
    like_the_high = (alike * heights).sum(axis=1) / np.maximum(heights.sum(axis=1), 1e-3)
    near = [alike[:, COMPARED + k - (k > 0)] for k in (-2, -1, 1, 2)]
    return [ranked[:, 0], ranked[:, :3].mean(axis=1), ranked.mean(axis=1), like_the_high, *near]


def neighbour(values: npt.NDArray[np.generic], k: int, outside: float) -> npt.NDArray[np.float64]:
    """Shift an array: entry ``i`` of the result is ``values[i + k]``.

    Parameters
    ----------
    values : ndarray, shape (n,)
        In any unit.
    k : int
        Number of entries; negative for earlier ones.
    outside : float
        Value beyond the ends.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    moved = np.full(len(values), outside, dtype=np.float64)
    if abs(k) < len(values):
        if k > 0:
            moved[:-k] = values[k:]
        else:
            moved[-k:] = values[:k]
    return moved
