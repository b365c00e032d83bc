"""Occlusion: what a model's output loses when a part of its input is covered.

Zeiler & Fergus 2014, "Visualizing and understanding convolutional networks", doi:10.1007/978-3-319-10590-1_53.
It asks nothing of the model but its output, so it serves every kind: recurrent, dense, trees.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

_MIN_DURATION_S: Final = 0.08
_WINDOWS: Final = 64
_SEEN_S: Final = 1e-9
_NOTHING: Final = 1e-6

Scores = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.floating]]
"""Turns inputs, first axis variants, into one figure each."""


def occlusion_map(
    scores: Scores,
    wave: npt.NDArray[np.float32],
    time_s: npt.NDArray[np.float64],
    step_s: float,
    at_s: npt.NDArray[np.float64],
    fill: npt.NDArray[np.float32] | None = None,
) -> npt.NDArray[np.float32]:
    """Cover a wave stretch by stretch and see by how much a figure falls.

    Parameters
    ----------
    scores : callable
        Returns the score of inputs.
    wave : ndarray of float32, shape (..., samples)
        What the model sees: one or several windows of the signal, which may overlap.
    time_s : ndarray, of `wave`'s shape
        When each value is; a moment is covered in all windows that hold it. NaN is never covered.
    step_s : float
        Time between two values of a window.
    at_s : ndarray, shape (n,)
        Where the map is wanted.
    fill : ndarray of float32, of `wave`'s shape, optional
        What covers; each window's own mean by default.

    Returns
    -------
    ndarray of float32, shape (n,)
        The mean fall of the figure over the stretches that cover each moment, negative where covering raises it;
        zero where the model sees nothing.
    """
    begin_s, end_s = float(np.nanmin(time_s)), float(np.nanmax(time_s))
    width_s = max(_MIN_DURATION_S, (end_s - begin_s) / _WINDOWS)
    starts_s = np.arange(begin_s - width_s / 2, end_s, width_s / 2)
    covered = (time_s[None] >= starts_s.reshape(-1, *[1] * wave.ndim)) & (
        time_s[None] < (starts_s + width_s).reshape(-1, *[1] * wave.ndim)
    )
    if fill is None:
        fill = np.broadcast_to(wave.mean(axis=-1, keepdims=True), wave.shape)
    variants = np.where(covered, fill[None], wave[None]).astype(np.float32)
    found = np.asarray(scores(np.concatenate([wave[None], variants])), dtype=np.float64)
    falls = found[0] - found[1:]
    covers = (at_s[:, None] >= starts_s) & (at_s[:, None] < starts_s + width_s)
    fall = (covers * falls).sum(axis=1) / np.maximum(covers.sum(axis=1), 1)
    fall[~_seen(at_s, time_s[np.isfinite(time_s)], step_s)] = 0
    return fall.astype(np.float32)


def replacement_effects(
    scores: Scores, features: npt.NDArray[np.float32], replacement: npt.NDArray[np.float32], groups: list[list[int]]
) -> npt.NDArray[np.float64]:
    """Replace features, group by group, and see by how much a figure falls.

    Parameters
    ----------
    scores : callable
        Returns the score of inputs.
    features : ndarray of float32, shape (..., features)
        One example.
    replacement : ndarray of float32, shape (features,)
        What replaces covered samples.
    groups : list of list of int
        Features replaced together.

    Returns
    -------
    ndarray, shape (groups,)
    """
    variants = np.repeat(features[None], len(groups) + 1, axis=0)
    for row, group in enumerate(groups, start=1):
        variants[row][..., group] = replacement[group]
    found = np.asarray(scores(variants), dtype=np.float64)
    return np.asarray(found[0] - found[1:])


def scaled(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Scale to 0 to 1, all zero where nothing speaks."""
    positive = np.maximum(values, 0)
    largest = float(positive.max(initial=0))
    return (positive / largest if largest > _NOTHING else np.zeros_like(positive)).astype(np.float32)


def _seen(at_s: npt.NDArray[np.float64], time_s: npt.NDArray[np.float64], step_s: float) -> npt.NDArray[np.bool_]:
    """Tell which moments lie within a step of a value that the model sees."""
    known = np.sort(time_s)
    after = np.clip(np.searchsorted(known, at_s), 1, len(known) - 1)
    nearest = np.minimum(np.abs(at_s - known[after - 1]), np.abs(at_s - known[after]))
    return np.asarray(nearest <= step_s + _SEEN_S)
