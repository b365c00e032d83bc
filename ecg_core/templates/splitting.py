"""Split of a beat family in two: the beats least like the rest become a new family.

As where families are made (:mod:`ecg_core.templates.grouping`), small clusters come first and are merged by what their
union costs, so that few beats that differ are found among many that do not; halving a large family by its variance
would cut through the middle of it. The small clusters of a large family come of a part of its beats: of those
farthest from its centre, where few that differ are, and of others spread evenly.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.arrays import Float32Array, Int64Array
from ecg_core.templates.describing import squared_distance
from ecg_core.templates.grouping import merge_clusters, nearest_target, seeds

_SMALL_CLUSTERS: Final = 48
_SEED_ROUNDS: Final = 4
_ROUNDS: Final = 3
_FARTHEST, _EVENLY = 4_000, 12_000


def split_family(points: npt.NDArray[np.floating], positions: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Part a family's beats in two, always in the same way.

    Parameters
    ----------
    points : ndarray, shape (beats, features)
        Of all beats of a recording.
    positions : ndarray of int, shape (members,)
        Those of the family.

    Returns
    -------
    ndarray of bool, shape (members,)
        True for the smaller part, which is to be the new family; all False where nothing tells the beats apart.
    """
    mine = np.asarray(points[positions], dtype=np.float32)
    apart = np.zeros(len(mine), dtype=bool)
    if len(mine) < 2:
        return apart
    small = _small_clusters(mine)
    if small.max() == 0:
        return apart
    whole = np.ones((len(mine), 1), dtype=np.float32)
    first = merge_clusters(mine, whole, small, 2, alike=0.0)[small] == 0
    return np.asarray(first if 2 * first.sum() <= len(first) else ~first)


def _small_clusters(points: Float32Array) -> Int64Array:
    """Part points by k-means; numbers count from 0 without a gap."""
    some = _telling(points)
    centres = seeds(some, _SMALL_CLUSTERS, _SEED_ROUNDS)
    for _ in range(_ROUNDS):
        cluster = nearest_target(centres, some)
        size = np.bincount(cluster, minlength=len(centres))
        sums = np.stack([np.bincount(cluster, column, len(centres)) for column in some.T], axis=1)
        centres = (sums[size > 0] / size[size > 0, None]).astype(np.float32)
    return np.unique(nearest_target(centres, points), return_inverse=True)[1].astype(np.int64)


def _telling(points: Float32Array) -> Float32Array:
    """Return the points, of very many those that matter most."""
    if len(points) <= _FARTHEST + _EVENLY:
        return points
    order = np.argpartition(squared_distance(points, points.mean(axis=0)), -_FARTHEST)
    others = np.sort(order[:-_FARTHEST])
    kept = np.concatenate([order[-_FARTHEST:], others[np.linspace(0, len(others) - 1, _EVENLY).astype(np.int64)]])
    return points[np.sort(kept)]
