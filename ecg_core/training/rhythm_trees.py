"""Fitting boosted trees that tell VT and VF from other rhythms by features of windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.rhythm.boosted_trees import MAX_LEAVES, BoostedTrees
from ecg_core.rhythm.window_features import window_features
from ecg_core.training.rhythm_data import MAX_LEADS, VENTRICULAR, RhythmExample

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

MAX_ROWS: Final = 25_000
"""Windows taken of a database, of either kind; each database weighs by its share, not by its length."""

SETTINGS: Final[dict[str, Any]] = {
    "max_iter": 150,
    "learning_rate": 0.1,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 60,
    "l2_regularization": 5.0,
    "max_features": 0.4,
    "early_stopping": False,
}


def fit_trees(examples: Sequence[RhythmExample], shares: Mapping[str, float], seed: int) -> BoostedTrees:
    """Fit the trees to all seconds of which the reference tells whether the rhythm is ventricular.

    Parameters
    ----------
    examples : sequence of RhythmExample
        Recordings with their reference.
    shares : mapping of str to float
        Weight of each database.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    BoostedTrees
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    rng = np.random.default_rng(seed)
    features, labels, weights = [], [], []
    for database, share in shares.items():
        rows, ventricular = _rows_of([example for example in examples if example.database == database])
        if not len(rows):
            continue
        kinds = [rng.permutation(np.flatnonzero(ventricular == kind))[:MAX_ROWS] for kind in (True, False)]
        kept = np.concatenate(kinds)
        features.append(rows[kept])
        labels.append(ventricular[kept])
        weights.append(np.full(len(kept), share / len(kept)))
    weight = np.concatenate(weights)
    fitted = HistGradientBoostingClassifier(random_state=seed, **SETTINGS).fit(
        np.concatenate(features), np.concatenate(labels), sample_weight=weight / weight.mean()
    )
    return exported_trees(fitted)


def _rows_of(examples: Sequence[RhythmExample]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Return the features of the known seconds of each lead, and which of them are ventricular."""
    rows, labels = [], []
    for example in examples:
        inside = (example.allowed & VENTRICULAR) > 0
        beyond = (example.allowed & ~np.uint8(VENTRICULAR)) > 0
        known = inside != beyond
        features = window_features(example.wave[:, :MAX_LEADS].astype(np.float32))
        for lead, of_lead in enumerate(features):
            used = known & example.present[:, lead]
            rows.append(of_lead[used])
            labels.append(inside[used])
    if not rows:
        return np.empty((0, 0), dtype=np.float32), np.empty(0, dtype=bool)
    return np.concatenate(rows), np.concatenate(labels)


def exported_trees(fitted: HistGradientBoostingClassifier) -> BoostedTrees:
    """Return the arrays of a fitted binary classifier of scikit-learn."""
    n_trees = len(fitted._predictors)
    feature = np.zeros((n_trees, MAX_LEAVES - 1), dtype=np.uint8)
    threshold = np.full((n_trees, MAX_LEAVES - 1), np.inf, dtype=np.float32)
    kept = np.full((n_trees, MAX_LEAVES - 1), 0xFFFF, dtype=np.uint16)
    value = np.zeros((n_trees, MAX_LEAVES), dtype=np.float32)
    for row, (predictor,) in enumerate(fitted._predictors):
        nodes, leaves, tests = predictor.nodes, 0, 0

        def walk(index: int, row: int = row, nodes: Any = nodes) -> int:
            """Number the leaves below a node from left to right, and return them as bits."""
            nonlocal leaves, tests
            node = nodes[index]
            if node["is_leaf"]:
                value[row, leaves] = node["value"]
                leaves += 1
                return 1 << (leaves - 1)
            own, tests = tests, tests + 1
            left = walk(int(node["left"]))
            right = walk(int(node["right"]))
            feature[row, own], threshold[row, own] = node["feature_idx"], node["num_threshold"]
            kept[row, own] = 0xFFFF & ~left
            return left | right

        walk(0)
    return BoostedTrees(feature, threshold, kept, value, float(np.ravel(fitted._baseline_prediction)[0]))
