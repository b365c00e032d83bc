"""From points to few groups: many small clusters first, then the ones that cost least are merged.

Small clusters: Ward's method (Ward 1963, doi:10.1080/01621459.1963.10500845) on the beats themselves; where a day has
too many for that, k-means from starting points drawn by their distance (k-means||, Bahmani et al. 2012,
arXiv:1203.6402), which gives rare beats clusters of their own.

Merging: the pair whose union costs least. Ward's cost, the squared distance times ``h = n m / (n + m)``, makes large
families split before rare ones may exist; the distance alone lets single odd beats use up the families. ``h`` to the
power `SIZE_EXPONENT` stands between.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage

SIZE_EXPONENT: Final = 0.7
ALIKE: Final = 0.05
"""Families whose centres are closer than this are one, however few there are."""

_WARD_BEATS: Final = 4000
_SMALL_CLUSTERS: Final = 200
_SMALL_CLUSTERS_OF_A_DAY: Final = 320
_SEED: Final = 1
_ROUNDS: Final = 8

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


def group_points(points: Floats, n_groups: int, alike: float = ALIKE) -> Indices:
    """Part points into at most so many groups.

    Parameters
    ----------
    points : ndarray of float32, shape (points, features)
    n_groups : int
        At least 1.
    alike : float
        Distance of centres below which groups are merged even where more would be allowed.

    Returns
    -------
    ndarray of int64, shape (points,)
        Group of each point, 0 to the number of groups less one.
    """
    if len(points) < 2:
        return np.zeros(len(points), dtype=np.int64)
    small = small_clusters(points)
    return merge_clusters(points, small, n_groups, alike)[small]


def small_clusters(points: Floats) -> Indices:
    """Part points into a few hundred small clusters."""
    if len(points) > _WARD_BEATS:
        labels = _k_means(points)
    else:
        labels = fcluster(linkage(points, "ward"), min(_SMALL_CLUSTERS, len(points)), "maxclust")
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def merge_clusters(points: Floats, clusters: Indices, n_groups: int, alike: float) -> Indices:
    """Merge clusters pair by pair; parameters as :func:`group_points`.

    Returns
    -------
    ndarray of int64, shape (clusters,)
        Group of each cluster.
    """
    size = np.bincount(clusters).astype(np.float64)
    n_clusters = len(size)
    centre = np.stack([np.bincount(clusters, column, n_clusters) for column in points.T], axis=1) / size[:, None]
    group = np.arange(n_clusters)
    alive = np.ones(n_clusters, dtype=bool)

    def distances(one: int) -> npt.NDArray[np.float64]:
        squared = ((centre - centre[one]) ** 2).sum(axis=1)
        squared[~alive] = np.inf
        squared[one] = np.inf
        return squared

    squared = np.stack([distances(one) for one in range(n_clusters)])
    cost = squared * _size_factor(size[:, None], size[None, :])
    for left in range(n_clusters, 1, -1):
        one, other = divmod(int(cost.argmin()), n_clusters)
        if left <= n_groups:
            # What remains is merged only where it is hardly told apart, the most alike first.
            one, other = divmod(int(squared.argmin()), n_clusters)
            if squared[one, other] >= alike**2:
                break
        total = size[one] + size[other]
        centre[one] = (size[one] * centre[one] + size[other] * centre[other]) / total
        size[one] = total
        group[group == other] = one
        alive[other] = False
        for matrix in (squared, cost):
            matrix[other] = np.inf
            matrix[:, other] = np.inf
        squared[one] = squared[:, one] = distances(one)
        cost[one] = cost[:, one] = squared[one] * _size_factor(size, size[one])
    return np.unique(group, return_inverse=True)[1].astype(np.int64)


def _size_factor(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray((one * other / (one + other)) ** SIZE_EXPONENT)


def _k_means(points: Floats) -> Indices:
    from sklearn.cluster import KMeans

    seeds = _seeds(points)
    model = KMeans(len(seeds), init=seeds, n_init=1, max_iter=4, tol=0.0, algorithm="lloyd")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(model.fit_predict(points), dtype=np.int64)


def _seeds(points: Floats) -> Floats:
    """Draw starting points in rounds, each with a chance that grows with its squared distance from those drawn."""
    random = np.random.default_rng(_SEED)
    length = (points**2).sum(axis=1)
    chosen = np.array([int(((points - np.median(points, axis=0)) ** 2).sum(axis=1).argmin())])
    nearest = np.full(len(points), np.inf, dtype=np.float32)
    latest = chosen
    for _ in range(_ROUNDS):
        for few in np.array_split(latest, max(1, len(latest) // 8)):
            squared = length[:, None] + length[few] - 2 * points @ points[few].T
            np.minimum(nearest, squared.min(axis=1), out=nearest)
        total = np.cumsum(np.maximum(nearest, 0), dtype=np.float64)
        if total[-1] <= 0:
            break
        drawn = np.searchsorted(total, random.random(_SMALL_CLUSTERS_OF_A_DAY // _ROUNDS) * total[-1], side="right")
        latest = np.setdiff1d(np.minimum(drawn, len(points) - 1), chosen)
        chosen = np.concatenate([chosen, latest])
    return points[chosen]
