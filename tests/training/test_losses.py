"""Class weights, focal loss and the shift of sampled shares, against their formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, log_softmax, softmax

from ecg_core.training.batches import sampling_weights
from ecg_core.training.losses import class_weights, cross_entropy, log_prior_shift

COUNTS = st.lists(st.integers(0, 50_000), min_size=2, max_size=6).filter(any)
EXPONENTS = st.floats(0, 2)
EVEN = np.ones(5)
UNEVEN = class_weights(np.array([5000, 1000, 800, 300, 40]), 1.0)


@given(counts=COUNTS)
def test_an_exponent_of_0_weighs_all_alike(counts: list[int]) -> None:
    np.testing.assert_allclose(class_weights(np.array(counts), 0.0), 1.0)


def test_an_exponent_of_1_gives_every_class_the_same_total() -> None:
    counts = np.array([1000, 100, 400, 60])
    np.testing.assert_allclose(counts * class_weights(counts, 1.0), counts.sum() / 4)


@given(counts=COUNTS, exponent=EXPONENTS)
def test_the_mean_over_beats_is_1_and_no_weight_above_20_times_the_smallest(counts: list[int], exponent: float) -> None:
    weights = class_weights(np.array(counts), exponent)
    assert (weights * counts).sum() == pytest.approx(sum(counts))
    assert weights.max() <= 20 * weights.min() * (1 + 1e-9)


@given(counts=COUNTS, exponent=EXPONENTS)
def test_the_rarer_class_weighs_more_unless_it_is_a_handful(counts: list[int], exponent: float) -> None:
    weights = class_weights(np.array(counts), exponent)
    of_largest = weights[np.argmax(counts)]
    for count, weight in zip(counts, weights, strict=True):
        if count < 30:
            assert weight == pytest.approx(of_largest)
    enough = sorted((count, -weight) for count, weight in zip(counts, weights, strict=True) if count >= 30)
    assert enough == sorted(enough, key=lambda pair: pair[1])


def test_weights_are_capped() -> None:
    weights = class_weights(np.array([100_000, 1000, 30]), 1.0)
    np.testing.assert_allclose(weights / weights[0], [1, 20, 20])


def logits_and_label(n: int = 64, n_classes: int = 5, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return 2 * rng.standard_normal((n, n_classes)).astype(np.float32), rng.integers(n_classes, size=n)


def one_hot(label: np.ndarray) -> np.ndarray:
    return np.eye(5, dtype=np.float32)[label]


def of_each(loss: Any, wanted: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """Return a loss example by example."""
    return np.array([float(loss(wanted[i : i + 1], logits[i : i + 1])) for i in range(len(logits))])


@pytest.mark.tensorflow
@pytest.mark.parametrize("weights", [EVEN, UNEVEN], ids=["even", "uneven"])
@pytest.mark.parametrize("gamma", [0.0, 1.0, 2.0])
def test_the_loss_of_classes_is_the_formula(weights: np.ndarray, gamma: float) -> None:
    logits, label = logits_and_label()
    p = softmax(logits, axis=1)[np.arange(64), label]
    expected = (weights[label] * (1 - p) ** gamma * -np.log(p)).mean()
    assert float(cross_entropy(5, weights, gamma)(one_hot(label), logits)) == pytest.approx(expected, rel=1e-4)


@pytest.mark.tensorflow
@pytest.mark.parametrize("share", [0.5, 0.8])
@pytest.mark.parametrize("gamma", [0.0, 2.0])
def test_the_loss_of_one_logit_is_the_formula_up_to_a_constant_factor(share: float, gamma: float) -> None:
    weights = class_weights(np.array([1000, 250]), 1.0) if share == 0.8 else np.ones(2)
    assert weights[1] / weights.sum() == pytest.approx(share)
    logits, label = logits_and_label(n_classes=1)[0], np.arange(64) % 2
    p = np.where(label, expit(logits[:, 0]), expit(-logits[:, 0]))
    expected = weights[label] * (1 - p) ** gamma * -np.log(p)
    loss = cross_entropy(2, weights, gamma)
    ratio = of_each(loss, label[:, None].astype(np.float32), logits) / expected
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-3)
    if share == 0.5 and not gamma:
        assert ratio[0] == pytest.approx(1, rel=1e-4)


@pytest.mark.tensorflow
@pytest.mark.parametrize("n_classes", [2, 5])
def test_the_focal_loss_lowers_easy_examples_more_than_hard_ones(n_classes: int) -> None:
    # The right class's logit rises: each example is easier than the one before.
    right = np.linspace(-3, 3, 13, dtype=np.float32)
    if n_classes == 2:
        logits, wanted = right[:, None], np.ones((13, 1), np.float32)
    else:
        logits, wanted = right[:, None] * one_hot(np.full(13, 2)), one_hot(np.full(13, 2))
    plain, focal = (
        of_each(cross_entropy(n_classes, np.ones(n_classes), gamma), wanted, logits) for gamma in (0.0, 2.0)
    )
    assert (focal < plain).all()
    assert (np.diff(focal / plain) < 0).all()


@pytest.mark.tensorflow
@pytest.mark.parametrize("gamma", [0.0, 2.0])
@pytest.mark.parametrize("weights", [EVEN, UNEVEN], ids=["even", "uneven"])
def test_label_smoothing_is_smoothed_labels(weights: np.ndarray, gamma: float) -> None:
    logits, label = logits_and_label()
    smoothed = 0.9 * one_hot(label) + 0.1 / 5
    smooth, plain = cross_entropy(5, weights, gamma, 0.1), cross_entropy(5, weights, gamma)
    assert float(smooth(one_hot(label), logits)) == pytest.approx(float(plain(smoothed, logits)), rel=1e-5)
    assert float(smooth(one_hot(label), logits)) != pytest.approx(float(plain(one_hot(label), logits)), rel=1e-3)


@pytest.mark.tensorflow
def test_label_smoothing_of_one_logit_is_smoothed_labels() -> None:
    logits, label = logits_and_label(n_classes=1)[0], (np.arange(64) % 2).astype(np.float32)[:, None]
    p = expit(logits)
    smoothed = 0.9 * label + 0.05
    expected = -(smoothed * np.log(p) + (1 - smoothed) * np.log(1 - p)).mean()
    assert float(cross_entropy(2, np.ones(2), 0.0, 0.1)(label, logits)) == pytest.approx(expected, rel=1e-4)


@given(counts=st.lists(st.integers(1, 300), min_size=2, max_size=5), seed=st.integers(0, 1000))
def test_the_shift_turns_posteriors_of_sampled_classes_into_the_true_ones(counts: list[int], seed: int) -> None:
    """Bayes' rule on a feature of four values whose likelihoods are known."""
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(len(counts)), counts)
    weights = rng.uniform(0.1, 5, len(label))
    likelihood = rng.dirichlet(np.ones(4), len(counts)) + 1e-3
    true_share = np.array(counts) / len(label)
    seen_share = np.bincount(label, weights=weights) / weights.sum()
    logits = log_softmax(np.log(likelihood * seen_share[:, None]), axis=0)  # what a perfect network learns
    found = softmax(logits + log_prior_shift(label, weights, len(counts))[:, None], axis=0)
    true = likelihood * true_share[:, None]
    np.testing.assert_allclose(found, true / true.sum(axis=0), rtol=1e-4)


def test_the_shift_is_zero_where_beats_are_sampled_as_they_come() -> None:
    label = np.repeat([0, 1, 2], [500, 30, 7])
    shift = log_prior_shift(label, np.full(len(label), 0.25), 5)
    assert shift.dtype == np.float32
    np.testing.assert_allclose(shift, np.zeros(5), atol=1e-6)


def test_the_shift_of_equal_shares_is_the_logarithm_of_the_true_ones() -> None:
    label = np.repeat([0, 2], [900, 100])
    weights = sampling_weights(label, np.zeros(1000, np.int64), (1.0,) * 5)
    # Classes without examples stay as they are.
    np.testing.assert_allclose(log_prior_shift(label, weights, 5), [np.log(0.9 / 0.5), 0, np.log(0.1 / 0.5), 0, 0])


def test_a_class_that_is_never_seen_is_not_shifted() -> None:
    shift = log_prior_shift(np.array([0, 0, 1]), np.array([1.0, 1.0, 0.0]), 3)
    np.testing.assert_allclose(shift, [np.log(2 / 3), 0, 0], rtol=1e-6)
