"""A support vector machine with random Fourier features on hand-made features, by scikit-learn."""

from __future__ import annotations

from typing import Any

from ecg_core.textbook.inputs import FeatureInputs
from ecg_core.textbook.training import Shapes, TextbookRecipe


def build(shapes: Shapes) -> Any:
    """A support vector machine with random Fourier features."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.kernel_approximation import RBFSampler
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC

    # An exact kernel machine takes hours on 50,000 beats; random Fourier features (Rahimi & Recht 2007) approximate it.
    machine = CalibratedClassifierCV(LinearSVC(C=0.1, random_state=1), cv=3)
    return make_pipeline(StandardScaler(), RBFSampler(gamma=0.01, n_components=300, random_state=1), machine)


RECIPE = TextbookRecipe(
    name="feature_svm",
    summary="a support vector machine with random Fourier features on the hand-made features of feature_mlp",
    inputs=FeatureInputs(),
    target="aami",
    build=build,
)
