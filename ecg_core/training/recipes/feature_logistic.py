"""Logistic regression on hand-made features, by scikit-learn."""

from __future__ import annotations

from typing import Any

from ecg_core.textbook.inputs import FeatureInputs
from ecg_core.textbook.training import Shapes, TextbookRecipe


def build(shapes: Shapes) -> Any:
    """Logistic regression."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300))


RECIPE = TextbookRecipe(
    name="feature_logistic",
    summary="logistic regression on the hand-made features of feature_mlp",
    inputs=FeatureInputs(),
    target="aami",
    build=build,
)
