"""From points to few groups: many small clusters first, then the ones that cost least are merged.

Small clusters: Ward's method (Ward 1963, doi:10.1080/01621459.1963.10500845) on the beats themselves; where a day has
too many for that, k-means from starting points drawn by their distance (k-means||, Bahmani et al. 2012,
arXiv:1203.6402), which gives rare beats clusters of their own.

Merging: the pair whose union costs least. Ward's cost, the squared distance times ``h = n m / (n + m)``, makes large
families split before rare ones may exist; the distance alone lets single odd beats use up the families. ``h`` to the
power `SIZE_EXPONENT` stands between.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage

from ecg_core.arrays import Float32Array, Float64Array, Int64Array

SIZE_EXPONENT: Final = 0.7
CLASS_DISTANCE: Final = 0.25
"""Weight of the Hellinger distance between class probabilities beside distances of shape and timing."""
CLASS_INFORMATION: Final = 0.1
"""Weight of what a union loses of the information about the class (Slonim and Tishby 1999)."""
ALIKE: Final = 0.12
"""Families whose centres are closer than this are one, however few there are."""

_WARD_POINTS: Final = 4000
_SMALL_CLUSTERS: Final = 100
_SMALL_CLUSTERS_OF_A_DAY: Final = 320
_SEED: Final = 1
_ROUNDS: Final = 8
_CHUNK: Final = 8192


def group_points(
    points: Float32Array,
    n_groups: int,
    probabilities: npt.NDArray[np.floating] | None = None,
    alike: float = ALIKE,
) -> Int64Array:
    """Part points into at most so many groups.

    Parameters
    ----------
    points : ndarray of float32, shape (points, features)
        Points in the feature space.
    n_groups : int
        At least 1.
    probabilities : ndarray, shape (points, classes), optional
        Of each point's class; groups that are of one class are preferred.
    alike : float
        Distance of centres below which groups are merged even where more would be allowed.

    Returns
    -------
    ndarray of int64, shape (points,)
        Group of each point, 0 to the number of groups less one.
    """
    if len(points) < 2:
        return np.zeros(len(points), dtype=np.int64)
    if probabilities is None:
        classes = np.ones((len(points), 1), dtype=np.float32)
    else:
        classes = np.maximum(probabilities, 0).astype(np.float32)
    small = small_clusters(np.concatenate([points, CLASS_DISTANCE * np.sqrt(classes)], axis=1))
    return merge_clusters(points, classes, small, n_groups, alike)[small]


def small_clusters(points: Float32Array, n_clusters: int | None = None) -> Int64Array:
    """Part points into small clusters; numbers count from 0 without a gap.

    Parameters
    ----------
    points : ndarray of float32, shape (points, features)
        Points in the feature space.
    n_clusters : int, optional
        A few hundred by default.
    """
    if len(points) > _WARD_POINTS:
        labels = _k_means(points)
        if n_clusters is not None:
            labels = _joined(points, labels, n_clusters)
    else:
        labels = fcluster(linkage(points, "ward"), min(n_clusters or _SMALL_CLUSTERS, len(points)), "maxclust")
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _joined(points: Float32Array, labels: Int64Array, n_clusters: int) -> Int64Array:
    """Join clusters by Ward's method on their centres."""
    present, labels = np.unique(labels, return_inverse=True)
    if len(present) <= n_clusters:
        return labels
    size = np.bincount(labels)
    centres = np.stack([np.bincount(labels, column) for column in points.T], axis=1) / size[:, None]
    return np.asarray(fcluster(linkage(centres, "ward"), n_clusters, "maxclust")[labels])


class _Clusters:
    """Clusters that are merged: their sizes, centres and shares of the classes, and what every union would cost."""

    def __init__(self, points: Float32Array, classes: Float32Array, clusters: Int64Array) -> None:
        self.size = np.bincount(clusters).astype(np.float64)
        self.centre = self._means(points, clusters)
        self.share = self._means(classes, clusters)
        self.alive = np.ones(len(self.size), dtype=bool)
        self.group = np.arange(len(self.size))
        rows = [self._towards(one) for one in range(len(self.size))]
        self.distance = np.stack([distance for distance, _ in rows])
        self.cost = np.stack([cost for _, cost in rows])

    def _means(self, values: Float32Array, clusters: Int64Array) -> Float64Array:
        sums = [np.bincount(clusters, column, len(self.size)) for column in values.T]
        return np.stack(sums, axis=1) / self.size[:, None]

    def _towards(self, one: int) -> tuple[Float64Array, Float64Array]:
        """Return squared distance, and cost of the union, of each cluster to one."""
        size, both = self.size, self.size + self.size[one]
        apart = ((self.centre - self.centre[one]) ** 2).sum(axis=1)
        disagreement = ((np.sqrt(self.share) - np.sqrt(self.share[one])) ** 2).sum(axis=1)
        mixed = (size[:, None] * self.share + size[one] * self.share[one]) / both[:, None]
        lost = both * _entropy(mixed) - size * _entropy(self.share) - size[one] * _entropy(self.share[one])
        h = size * size[one] / both
        distance = apart + CLASS_DISTANCE**2 * disagreement
        cost = apart * h**SIZE_EXPONENT + CLASS_INFORMATION * np.maximum(lost, 0) * h ** (SIZE_EXPONENT - 1)
        for values in (distance, cost):
            values[~self.alive] = np.inf
            values[one] = np.inf
        return distance, cost

    def merge(self, one: int, other: int) -> None:
        """Put the second cluster into the first."""
        total = self.size[one] + self.size[other]
        for means in (self.centre, self.share):
            means[one] = (self.size[one] * means[one] + self.size[other] * means[other]) / total
        self.size[one] = total
        self.group[self.group == other] = one
        self.alive[other] = False
        distance, cost = self._towards(one)
        for matrix, row in ((self.distance, distance), (self.cost, cost)):
            matrix[other] = matrix[:, other] = np.inf
            matrix[one] = matrix[:, one] = row


def merge_clusters(
    points: Float32Array, classes: Float32Array, clusters: Int64Array, n_groups: int, alike: float
) -> Int64Array:
    """Merge clusters pair by pair.

    Parameters
    ----------
    points : ndarray of float32, shape (points, features)
        Points in the feature space.
    classes : ndarray of float32, shape (points, classes)
        Probabilities.
    clusters : ndarray of int64, shape (points,)
        Cluster of each point.
    n_groups, alike
        As in :func:`group_points`.

    Returns
    -------
    ndarray of int64, shape (clusters,)
        Group of each cluster.
    """
    state = _Clusters(points, classes, clusters)
    n_clusters = len(state.size)
    for left in range(n_clusters, 1, -1):
        if left > n_groups:
            state.merge(*divmod(int(state.cost.argmin()), n_clusters))
            continue
        one, other = divmod(int(state.distance.argmin()), n_clusters)
        if state.distance[one, other] >= alike**2:
            break
        state.merge(one, other)
    return np.unique(state.group, return_inverse=True)[1].astype(np.int64)


def _entropy(share: Float64Array) -> Float64Array:
    return np.asarray(-(share * np.log(np.maximum(share, 1e-9))).sum(axis=-1))


def _k_means(points: Float32Array) -> Int64Array:
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    starts = seeds(points, _SMALL_CLUSTERS_OF_A_DAY, _ROUNDS)
    model = KMeans(len(starts), init=starts, n_init=1, max_iter=4, tol=0.0, algorithm="lloyd")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return np.asarray(model.fit_predict(points), dtype=np.int64)


def seeds(points: Float32Array, n_seeds: int, n_rounds: int) -> Float32Array:
    """Draw starting points in rounds, each with a chance that grows with its squared distance from those drawn.

    Parameters
    ----------
    points : ndarray of float32, shape (points, features)
        Points in the feature space.
    n_seeds, n_rounds : int
        As many in each round, beside the point in the middle.

    Returns
    -------
    ndarray of float32, shape (seeds, features)
        Fewer where points were drawn more than once; the same for the same points.
    """
    random = np.random.default_rng(_SEED)
    chosen = np.array([int(((points - np.median(points, axis=0)) ** 2).sum(axis=1).argmin())])
    nearest = np.full(len(points), np.inf, dtype=np.float32)
    latest = chosen
    for _ in range(n_rounds):
        for rows in _chunks(len(points)):
            np.minimum(nearest[rows], _squared_distances(points[latest], points[rows]).min(axis=0), out=nearest[rows])
        total = np.cumsum(np.maximum(nearest, 0), dtype=np.float64)
        if total[-1] <= 0:
            break
        drawn = np.searchsorted(total, random.random(n_seeds // n_rounds) * total[-1], side="right")
        latest = np.setdiff1d(np.minimum(drawn, len(points) - 1), chosen)
        chosen = np.concatenate([chosen, latest])
    return points[chosen]


def nearest_target(targets: Float32Array, points: Float32Array) -> Int64Array:
    """Return which target is nearest to each point, the first of several at the same distance.

    Parameters
    ----------
    targets : ndarray of float32, shape (targets, dimensions)
        The targets.
    points : ndarray of float32, shape (points, dimensions)
        The points.

    Returns
    -------
    ndarray of int64, shape (points,)
        Indices of targets.
    """
    nearest = np.empty(len(points), dtype=np.int64)
    for rows in _chunks(len(points)):
        nearest[rows] = _squared_distances(targets, points[rows]).argmin(axis=0)
    return nearest


def _chunks(n_points: int) -> Iterator[slice]:
    for start in range(0, n_points, _CHUNK):
        yield slice(start, start + _CHUNK)


def _squared_distances(targets: Float32Array, points: Float32Array) -> Float32Array:
    """Return the squared distance of each point from each target, shape (targets, points)."""
    apart = targets @ points.T
    apart *= -2
    apart += (targets**2).sum(axis=1)[:, None]
    apart += (points**2).sum(axis=1)
    return apart
