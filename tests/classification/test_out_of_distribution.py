"""What looks like nothing in training is told from what does."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.classification.out_of_distribution import TrainingDistance, fit_training_distance


@pytest.fixture(scope="module")
def known() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(2)
    label = np.repeat([0, 2, 3], [400, 300, 5])
    mixing = generator.normal(size=(8, 8))
    centre = generator.normal(0, 6, (5, 8))
    return ((generator.normal(size=(705, 8)) @ mixing + centre[label]).astype(np.float32)), label


def test_distance_is_mahalanobis_distance_from_the_nearest_class(known: tuple[np.ndarray, np.ndarray]) -> None:
    familiarity = fit_training_distance(*known)
    given = known[0][::50]
    expected = [min(float((x - mean) @ familiarity.precision @ (x - mean)) for mean in familiarity.mean) for x in given]
    np.testing.assert_allclose(familiarity.distance(given), expected, rtol=1e-3, atol=1e-3)


def test_classes_with_few_beats_are_no_place_to_be_near(known: tuple[np.ndarray, np.ndarray]) -> None:
    assert len(fit_training_distance(*known).mean) == 2


def test_training_beats_are_familiar_and_others_strange(known: tuple[np.ndarray, np.ndarray]) -> None:
    embedding, label = known
    fitted = fit_training_distance(embedding, label)
    near = fitted.distance(embedding[label != 3])
    limited = TrainingDistance(fitted.mean, fitted.precision, float(np.quantile(near, 0.999)))
    assert limited.strange(embedding[label != 3]).mean() < 0.005
    assert limited.strange(embedding[label != 3] + 60).mean() > 0.95


def test_without_a_limit_nothing_is_strange(known: tuple[np.ndarray, np.ndarray]) -> None:
    assert not fit_training_distance(*known).strange(1e3 * known[0]).any()


def test_the_unit_of_the_space_does_not_matter(known: tuple[np.ndarray, np.ndarray]) -> None:
    embedding, label = known
    np.testing.assert_allclose(
        fit_training_distance(7 * embedding, label).distance(7 * embedding),
        fit_training_distance(embedding, label).distance(embedding),
        rtol=1e-2,
    )
