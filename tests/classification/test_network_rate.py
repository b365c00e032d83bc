"""A network from which the rate is withheld: intervals count against each other, never against one second."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from ecg_core.classification.network import NetworkSpec, build_network
from ecg_core.classification.rr import RR_FEATURES, rr_features

pytestmark = pytest.mark.tensorflow

SPEC = NetworkSpec(64, len(RR_FEATURES), filters=(4, 6), kernels=(5, 3), strides=(2, 2), dense=8)


def intervals_of(rate: float) -> np.ndarray:
    """Return the features of beats of a rhythm with premature beats at a rate."""
    rr_s = np.tile([1.0, 1.0, 1.0, 0.7, 1.2], 12) * 60 / rate
    return rr_features(np.cumsum(rr_s))


def outputs(spec: NetworkSpec, weights: list[np.ndarray] | None, rr: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    network = build_network(spec)
    if weights is not None:
        network.set_weights(weights)
    rng = np.random.default_rng(2)
    wave = rng.standard_normal((len(rr), 2, 64, 2)).astype(np.float32)
    found = network([wave, np.ones((len(rr), 2), np.float32), rr], training=False).numpy()
    return found, network.get_weights()


def split(logits: np.ndarray) -> np.ndarray:
    """Return the log odds of S against N."""
    return np.asarray(logits[:, 1] - logits[:, 0])


def test_between_n_and_s_the_rate_changes_nothing_and_prematurity_does() -> None:
    withheld = replace(SPEC, usual_interval_s=0.8)
    slow, weights = outputs(withheld, None, intervals_of(50))
    fast, _ = outputs(withheld, weights, intervals_of(150))
    np.testing.assert_allclose(split(slow), split(fast), atol=1e-4)
    steady, _ = outputs(withheld, weights, np.zeros_like(intervals_of(50)))
    assert np.abs(split(slow) - split(steady)).max() > 0.01


def test_it_splits_n_and_s_as_the_plain_network_does_at_that_rate() -> None:
    plain, weights = outputs(SPEC, None, intervals_of(75))
    other, _ = outputs(replace(SPEC, usual_interval_s=0.8), weights, intervals_of(120))
    inner = slice(12, -12)  # at the ends the local median is another
    np.testing.assert_allclose(split(plain)[inner], split(other)[inner], atol=1e-4)


def test_how_much_is_v_f_or_q_stays_what_the_plain_network_says() -> None:
    plain, weights = outputs(SPEC, None, intervals_of(120))
    other, _ = outputs(replace(SPEC, usual_interval_s=0.8), weights, intervals_of(120))
    assert np.abs(split(plain) - split(other)).max() > 0.01
    np.testing.assert_allclose(softmax(plain, axis=1)[:, 2:], softmax(other, axis=1)[:, 2:], atol=1e-5)
