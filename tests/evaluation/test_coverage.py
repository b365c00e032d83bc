"""Figures at a given coverage."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.evaluation.comparison import compare_beats
from ecg_core.evaluation.coverage import coverage_dict


def rows(*beats: tuple[str, str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Make probabilities of (truth, label, the label's probability)."""
    probabilities = np.empty((len(beats), 5))
    for index, (_, label, share) in enumerate(beats):
        probabilities[index] = (1 - share) / 4
        probabilities[index, "NSVFQ".index(label)] = share
    return probabilities, np.array([truth for truth, _, _ in beats])


def test_the_least_sure_beats_are_left_out_first() -> None:
    sure = [("V", "V", 0.99)] * 4 + [("N", "N", 0.95)] * 12
    doubtful = [("V", "N", 0.6), ("V", "N", 0.61), ("N", "V", 0.62), ("N", "V", 0.63)]
    at = {row["coverage"]: row for row in coverage_dict(*rows(*doubtful, *sure))["at"]}
    assert list(at) == [0.80, 0.90, 0.95, 1.00]
    assert (at[0.80]["V"]["se"], at[0.80]["V"]["ppv"], at[0.80]["V"]["left_out"]) == (1.0, 1.0, 2)
    assert (at[0.90]["V"]["se"], at[0.90]["V"]["ppv"]) == (1.0, pytest.approx(4 / 6))
    assert (at[1.00]["V"]["se"], at[1.00]["V"]["ppv"]) == (pytest.approx(4 / 6), pytest.approx(4 / 6))
    assert at[0.80]["threshold"] == pytest.approx(0.95)
    assert [row["n"] for row in at.values()] == [16, 18, 19, 20]
    assert at[1.00]["accuracy"] == pytest.approx(0.8)


def test_full_coverage_is_the_beat_by_beat_figure() -> None:
    rng = np.random.default_rng(5)
    probabilities = rng.dirichlet([3, 1, 1, 0.5, 0.2], 400)
    truth = rng.choice(list("NAVFQ"), 400)
    classes = np.where(truth == "A", "S", truth)
    labels = np.array(list("NSVFQ"))[probabilities.argmax(axis=1)]
    samples = np.arange(400) * 300
    matrix = compare_beats(samples, truth, samples, labels, 360.0).matrix
    for against in (True, False):
        whole = coverage_dict(probabilities, classes, fusion_against_s=against)["at"][-1]
        for letter in "NSV":
            values = matrix.score(letter, fusion_against_s=against).values()
            assert (whole[letter]["se"], whole[letter]["ppv"]) == (values["se"], values["ppv"])


def test_risk_curve_counts_wrong_labels_among_those_kept() -> None:
    wrong_below = rows(*[("N", "N", 0.9)] * 6, *[("N", "S", 0.5)] * 4)
    curve = coverage_dict(*wrong_below)["curve"]
    risk = dict(zip(curve["coverage"], curve["risk"], strict=True))
    assert (risk[0.5], risk[0.6], risk[0.8], risk[1.0]) == (0.0, 0.0, pytest.approx(2 / 8), 0.4)


def test_no_beats_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one beat"):
        coverage_dict(np.empty((0, 5)), [])
