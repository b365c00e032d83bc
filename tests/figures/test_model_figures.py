"""The figures of a model's card: reliability and risk-coverage."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.evaluation.calibration import calibration_dict
from ecg_core.evaluation.coverage import coverage_dict
from ecg_core.figures.coverage import coverage_figure
from ecg_core.figures.palette import CLASS_COLOURS, CLASS_SYMBOLS
from ecg_core.figures.reliability import reliability_figure


def classified(n: int = 4000, seed: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities (beats, 5) and classes drawn from them."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet([6, 1, 2, 0.5, 0.5], size=n)
    drawn = (probabilities.cumsum(axis=1) > rng.random(n)[:, None]).argmax(axis=1)
    return probabilities, np.array(list("NSVFQ"))[drawn]


def test_calibrated_probabilities_lie_on_the_diagonal() -> None:
    found = calibration_dict(*classified())
    figure = reliability_figure({label: found[label]["equal"]["bins"] for label in "NSV"})
    diagonal, *lines = figure.data
    assert list(diagonal.x) == list(diagonal.y) == [0, 1]
    assert [line.name for line in lines] == ["N", "S", "V"]
    for line in lines:
        well_filled = np.array(line.customdata) > 150
        assert well_filled.any()
        assert np.abs(np.array(line.x) - np.array(line.y))[well_filled].max() < 0.1


def test_classes_keep_their_colour_and_shape_and_fuller_bins_are_larger() -> None:
    rows = [{"predicted": 0.1, "observed": 0.0, "n": 10_000}, {"predicted": 0.9, "observed": 1.0, "n": 3}]
    line = reliability_figure({"S": rows}).data[1]
    assert line.marker.color == CLASS_COLOURS["S"]
    assert line.marker.symbol == CLASS_SYMBOLS["S"]
    assert line.marker.size[0] > line.marker.size[1]


def test_no_bins_draw_the_diagonal_alone() -> None:
    assert len(reliability_figure({}).data) == 1


def test_the_curve_is_the_reports_and_marks_what_the_table_tells() -> None:
    found = coverage_dict(*classified())
    figure = coverage_figure(**found["curve"], marked=[row["coverage"] for row in found["at"]])
    curve, marks = figure.data
    assert list(curve.x) == found["curve"]["coverage"]
    assert list(curve.y) == found["curve"]["risk"]
    assert list(marks.x) == [0.8, 0.9, 0.95, 1.0]
    assert list(marks.y) == pytest.approx([1 - row["accuracy"] for row in found["at"]], abs=1e-9)
    low, high = figure.layout.yaxis.range
    assert low == 0
    assert high > max(found["curve"]["risk"])


def test_a_curve_without_errors_is_drawn_at_zero() -> None:
    figure = coverage_figure([0.5, 1.0], [0.0, 0.0])
    assert figure.layout.yaxis.range[1] > 0


def test_a_curve_whose_lists_differ_is_refused() -> None:
    with pytest.raises(ValueError, match="needs its risk"):
        coverage_figure([0.5, 1.0], [0.1])
