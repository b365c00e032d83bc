"""Shapley values: a model's output against a baseline, shared out over groups of features.

Replacing one feature alone hides what two features say together; a Shapley value is the mean of what a feature adds
over all orders in which the features may be put in, so that the values add up to the whole difference. They are
estimated from random orders, each taken forwards and backwards: the sum is exact, the estimate steadier. This is the
quantity that the package ``shap`` estimates with a single background example; features that depend on each other are
taken apart as if they did not.

References
----------
Shapley LS. A value for n-person games. Contributions to the Theory of Games 1953; 2: 307-317.
Castro J, Gómez D, Tejada J. Polynomial calculation of the Shapley value based on sampling. Computers & Operations
Research 2009; 36: 1726-1730, doi:10.1016/j.cor.2008.04.004.
Lundberg SM, Lee SI. A unified approach to interpreting model predictions. NeurIPS 2017, arXiv:1705.07874.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ecg_core.explanation.occlusion import Scores

N_ORDERS: Final = 32
"""Random orders; each is taken backwards, too."""


def shapley_values(
    scores: Scores,
    features: npt.NDArray[np.float32],
    baseline: npt.NDArray[np.float32],
    groups: Sequence[Sequence[int]],
    n_orders: int = N_ORDERS,
    seed: int = 1,
) -> npt.NDArray[np.float64]:
    """Estimate what each group of features adds to a score.

    Parameters
    ----------
    scores : callable
        Returns the score of inputs, first axis variants.
    features : ndarray of float32, shape (features,)
        One example.
    baseline : ndarray of float32, shape (features,)
        What a feature is that is not there.
    groups : sequence of sequences of int
        Features that come and go together; those in none stay as in the example.
    n_orders : int
        Random orders, each taken forwards and backwards.
    seed : int
        Of the orders.

    Returns
    -------
    ndarray of float64, shape (groups,)
        Their sum is the score of the example less that of the example with all groups at the baseline.
    """
    rng = np.random.default_rng(seed)
    orders = [order for _ in range(n_orders) for order in _both_ways(rng.permutation(len(groups)))]
    variants = np.repeat(features[None], len(orders) * (len(groups) + 1), axis=0)
    variants = variants.reshape(len(orders), len(groups) + 1, -1)
    for row, order in enumerate(orders):
        for step, group in enumerate(order):
            # Until its turn, a group is at the baseline.
            columns = list(groups[group])
            variants[row, : step + 1, columns] = baseline[columns][:, None]
    found = np.asarray(scores(variants.reshape(-1, variants.shape[-1])), dtype=np.float64)
    added = np.diff(found.reshape(len(orders), len(groups) + 1), axis=1)
    values = np.zeros(len(groups))
    for order, gains in zip(orders, added, strict=True):
        values[order] += gains
    return values / len(orders)


def _both_ways(order: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    return order, order[::-1]
