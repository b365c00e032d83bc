"""Calibration error, Brier score, reliability bins."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.evaluation.calibration import brier_score, calibration_dict, reliability


def test_error_is_the_weighted_distance_of_bins_from_the_diagonal() -> None:
    """Two bins: 4 beats said 0.9 of which 2 came true, 6 said 0.1 of which none did."""
    given_p = [0.9] * 4 + [0.1] * 6
    came_true = [1, 1, 0, 0] + [0] * 6
    for adaptive in (False, True):
        found = reliability(given_p, came_true, adaptive=adaptive)
        assert found.error == pytest.approx(0.4 * 0.4 + 0.6 * 0.1)
    assert reliability(given_p, came_true).n.tolist() == [6, 4]
    assert reliability(given_p, came_true).observed.tolist() == [0.0, 0.5]


def test_equal_bins_are_fifteenths_with_their_upper_border() -> None:
    found = reliability([1 / 15, 1 / 15 + 1e-9, 1.0, 0.0], [0, 0, 1, 0])
    assert found.n.tolist() == [2, 1, 1]
    assert found.high == pytest.approx([1 / 15, 2 / 15, 1.0])


def test_adaptive_bins_hold_equally_many_beats() -> None:
    rng = np.random.default_rng(0)
    probability = rng.beta(8, 1, 1500)
    found = reliability(probability, rng.random(1500) < probability, adaptive=True)
    assert len(found.n) == 15
    assert set(found.n) == {100}
    assert found.error < 0.06


def test_well_calibrated_probabilities_have_little_error_and_overconfident_ones_much() -> None:
    rng = np.random.default_rng(1)
    honest = rng.random(20_000)
    came_true = rng.random(20_000) < honest
    assert reliability(honest, came_true).error < 0.02
    sharper = honest**2 / (honest**2 + (1 - honest) ** 2)
    assert reliability(sharper, came_true).error > 0.08


@given(
    st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.99, 1.0]), st.booleans()), min_size=1, max_size=40),
    st.randoms(),
)
def test_order_of_beats_makes_no_difference(rows: list[tuple[float, bool]], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for adaptive in (False, True):
        one, other = (
            reliability([p for p, _ in some], [t for _, t in some], adaptive=adaptive) for some in (rows, shuffled)
        )
        assert one.error == pytest.approx(other.error)
        assert int(one.n.sum()) == len(rows)


def test_brier_score_is_zero_when_sure_and_right_and_two_when_sure_and_wrong() -> None:
    truth = np.eye(5)[[0, 1, 2]]
    assert brier_score(truth, truth) == 0.0
    assert brier_score(np.eye(5)[[1, 2, 0]], truth) == 2.0
    assert brier_score(np.full((3, 5), 0.2), truth) == pytest.approx(0.8**2 + 4 * 0.2**2)
    assert brier_score([0.7, 0.4], [1, 0]) == pytest.approx((0.09 + 0.16) / 2)


def sample(n_beats: int = 600) -> tuple[np.ndarray, np.ndarray, list[str]]:
    rng = np.random.default_rng(2)
    probabilities = rng.dirichlet([4, 1, 1, 0.3, 0.1], n_beats)
    truth = np.array([rng.choice(list("NSVFQ"), p=row) for row in probabilities])
    return probabilities, truth, [str(k % 6) for k in range(n_beats)]


def test_figures_of_label_and_classes_agree_with_their_parts() -> None:
    probabilities, truth, patients = sample()
    figures = calibration_dict(probabilities, truth, patients)
    assert json.loads(json.dumps(figures))["n"] == 600
    assert figures["V"]["equal"]["error"] == pytest.approx(reliability(probabilities[:, 2], truth == "V").error)
    labels = np.array(list("NSVFQ"))[probabilities.argmax(axis=1)]
    right = reliability(probabilities.max(axis=1), labels == truth, adaptive=True)
    assert figures["label"]["adaptive"]["error"] == right.error
    assert figures["brier"]["S"] == pytest.approx(np.mean((probabilities[:, 1] - (truth == "S")) ** 2))
    assert figures["brier"]["all"] == pytest.approx(
        brier_score(probabilities, truth[:, None] == np.array(list("NSVFQ")))
    )
    low, high = figures["brier_interval"]
    assert low < figures["brier"]["all"] < high
    assert sum(row["n"] for row in figures["N"]["equal"]["bins"]) == 600


def test_interval_of_a_lopsided_error_holds_it() -> None:
    """Said 0.9, true of 0.5 of the beats of each patient: the error is 0.4 whoever is drawn."""
    found = reliability([0.9] * 60, [1, 0] * 30, patients=[str(k // 10) for k in range(60)])
    assert found.interval == pytest.approx((0.4, 0.4))
    assert reliability([0.9] * 60, [1, 0] * 30, patients=["a"] * 60).interval is None


def test_probabilities_outside_0_to_1_are_refused() -> None:
    for wrong in ([], [1.2], [-0.1]):
        with pytest.raises(ValueError, match="between 0 and 1"):
            reliability(wrong, [1] * len(wrong))
