"""Shapley values: the axioms that define them, and the values of all orders where these can be counted."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.classification.model import models_folder
from ecg_core.explanation.shapley import shapley_values
from ecg_core.sources.demos import open_demo
from ecg_core.textbook.explanation import explain_textbook
from ecg_core.textbook.model import load_textbook

NUMBERS = st.floats(-3, 3, width=32)
VECTORS = st.lists(NUMBERS, min_size=4, max_size=4)


def singles(n: int) -> list[list[int]]:
    return [[place] for place in range(n)]


def counted(scores: Any, features: np.ndarray, baseline: np.ndarray, groups: list[list[int]]) -> np.ndarray:
    """The mean over all orders, by definition."""
    values = np.zeros(len(groups))
    orders = list(permutations(range(len(groups))))
    for order in orders:
        there = features.copy()
        for group in groups:
            there[group] = baseline[group]
        before = scores(there[None])[0]
        for group in order:
            there[groups[group]] = features[groups[group]]
            after = scores(there[None])[0]
            values[group] += after - before
            before = after
    return values / len(orders)


def curved(inputs: np.ndarray) -> np.ndarray:
    x = np.asarray(inputs, dtype=np.float64)
    return np.tanh(x[:, 0] * x[:, 1] + x[:, 2]) + 0.3 * x[:, 3] * x[:, 0]


@given(VECTORS, VECTORS, st.integers(0, 5))
def test_the_values_add_up_to_the_whole_difference(x: list[float], b: list[float], seed: int) -> None:
    features, baseline = np.array(x, np.float32), np.array(b, np.float32)
    values = shapley_values(curved, features, baseline, singles(4), n_orders=2, seed=seed)
    whole = curved(features[None])[0] - curved(baseline[None])[0]
    assert values.sum() == pytest.approx(whole, abs=1e-6)


@given(VECTORS, VECTORS, VECTORS)
def test_of_a_linear_score_each_value_is_weight_times_difference(
    w: list[float], x: list[float], b: list[float]
) -> None:
    weights, features, baseline = np.array(w), np.array(x, np.float32), np.array(b, np.float32)
    values = shapley_values(lambda inputs: inputs @ weights, features, baseline, singles(4), n_orders=1)
    np.testing.assert_allclose(values, weights * (features - baseline), atol=1e-5)


def test_a_feature_that_does_nothing_has_no_value_and_equal_ones_have_equal_values() -> None:
    def score(inputs: np.ndarray) -> np.ndarray:
        return np.asarray(inputs[:, 0] * inputs[:, 1], dtype=np.float64)

    values = shapley_values(score, np.ones(3, np.float32), np.zeros(3, np.float32), singles(3))
    np.testing.assert_allclose(values, [0.5, 0.5, 0.0], atol=1e-12)
    # Replacing one of the two alone would give each the whole.


@pytest.mark.parametrize("groups", [singles(4), [[0, 1], [2], [3]], [[3], [1, 2]]])
def test_the_estimate_is_near_the_mean_over_all_orders(groups: list[list[int]]) -> None:
    features, baseline = np.array([1.2, -0.7, 0.5, 2.0], np.float32), np.array([0.1, 0.4, -0.2, 0.3], np.float32)
    exact = counted(curved, features, baseline, groups)
    np.testing.assert_allclose(shapley_values(curved, features, baseline, groups, 400), exact, atol=0.03)


def test_a_feature_model_has_shapley_values_beside_the_effects_of_replacing_one() -> None:
    recording = open_demo("demo_pvc")
    annotations = recording.annotations()
    assert annotations is not None
    samples, symbols = annotations.beats()
    model = load_textbook(models_folder() / "feature_logistic")
    index = int((symbols == "V").argmax())
    found = explain_textbook(recording, samples, index, model, "V")
    assert found.features is not None
    assert found.probabilities is not None
    array = model.inputs.arrays(recording, samples)["features"]
    usual = np.exp(model.outputs({"features": np.median(array, axis=0)[None]})[0])
    told = float(found.features["shapley"].sum())
    assert told == pytest.approx(float(found.probabilities[2] - usual[2] / usual.sum()), abs=1e-4)
    assert told > 0.5
