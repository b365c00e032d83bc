"""Boosted trees on hand-made features, by scikit-learn."""

from __future__ import annotations

from typing import Any

from ecg_core.textbook.inputs import FeatureInputs
from ecg_core.textbook.training import Shapes, TextbookRecipe


def build(shapes: Shapes) -> Any:
    """Boosted trees."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.08, max_leaf_nodes=15, l2_regularization=5.0, min_samples_leaf=60, random_state=1
    )


RECIPE = TextbookRecipe(
    name="feature_forest",
    summary="boosted trees on the hand-made features of feature_mlp",
    inputs=FeatureInputs(),
    target="aami",
    build=build,
)
