"""Intervals by patient."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.evaluation.bootstrap import by_patient, matrix_intervals, patient_weights, percentile_interval
from ecg_core.evaluation.counts import COLUMNS, ROWS, BeatMatrix


def matrix(**cells: int) -> BeatMatrix:
    counts = np.zeros((7, 7), dtype=np.int64)
    for cell, count in cells.items():
        counts[ROWS.index(cell[0]), COLUMNS.index(cell[1])] = count
    return BeatMatrix(counts)


def test_each_resample_draws_as_many_patients_as_there_are() -> None:
    weights = patient_weights(22)
    assert weights.shape == (2000, 22)
    assert set(weights.sum(axis=1)) == {22}
    assert weights.mean() == pytest.approx(1.0)
    assert len(np.unique(weights, axis=0)) > 1900


def test_the_same_records_give_the_same_interval() -> None:
    matrices = [matrix(Vv=10 * k, Vn=k**2, Nn=100) for k in range(1, 12)]
    names = [str(k) for k in range(11)]
    assert matrix_intervals(matrices, names) == matrix_intervals(matrices, names)
    assert matrix_intervals(matrices, names) != matrix_intervals(matrices, names, seed=2)


def test_patients_that_are_alike_leave_no_uncertainty() -> None:
    intervals = matrix_intervals([matrix(Vv=8, Vn=2, Nn=90)] * 5, list("abcde"))
    assert intervals is not None
    assert intervals["V"]["se"] == pytest.approx((0.8, 0.8))
    assert intervals["V"]["ppv"] == (1.0, 1.0)
    assert intervals["V"]["f1"] == pytest.approx((16 / 18, 16 / 18))
    assert intervals["accuracy"] == pytest.approx((0.98, 0.98))
    assert intervals["S"]["se"] is None


def test_interval_of_a_share_is_the_binomial_one() -> None:
    """100 patients of one beat each: the bootstrap of a mean of 0/1 values, +-1.96 sqrt(p q / n)."""
    matrices = [matrix(Vv=1) if k < 80 else matrix(Vn=1) for k in range(100)]
    intervals = matrix_intervals(matrices, [str(k) for k in range(100)])
    assert intervals is not None
    assert intervals["V"]["se"] == pytest.approx((0.8 - 0.0784, 0.8 + 0.0784), abs=0.012)


def test_records_of_one_patient_are_drawn_together() -> None:
    matrices = [matrix(Vv=9, Vn=1), matrix(Vv=1, Vn=9), matrix(Vv=9, Vn=1), matrix(Vv=1, Vn=9)]
    assert matrix_intervals(matrices, ["a", "a", "b", "b"])["V"]["se"] == (0.5, 0.5)  # type: ignore[index]
    low, high = matrix_intervals(matrices, ["a", "b", "a", "b"])["V"]["se"]  # type: ignore[index]
    assert (low, high) == pytest.approx((0.1, 0.9))
    assert by_patient(np.array([1, 2, 3, 4]), ["b", "a", "b", "a"]).tolist() == [6, 4]


def test_gross_figure_lies_in_its_interval() -> None:
    rng = np.random.default_rng(3)
    matrices = [
        matrix(
            **{
                a + b: int(n)
                for (a, b), n in zip([(r, c) for r in "NSVF" for c in "nsv"], rng.poisson(20, 12), strict=True)
            }
        )
        for _ in range(15)
    ]
    gross = sum(matrices, BeatMatrix())
    intervals = matrix_intervals(matrices, [str(k) for k in range(15)])
    assert intervals is not None
    for kind in ("QRS", "V", "S", "N"):
        values = gross.score(kind).values()
        for name in ("se", "ppv", "f1"):
            low, high = intervals[kind][name]
            assert low <= values[name] <= high
    low, high = intervals["accuracy"]
    assert low <= gross.accuracy.value <= high


def test_one_patient_alone_has_no_interval() -> None:
    assert matrix_intervals([matrix(Nn=5), matrix(Nn=5)], ["201", "201"]) is None


def test_positions_alone_have_intervals_of_qrs_only() -> None:
    bare = BeatMatrix(matrix(Nn=5, No=1).counts, labelled=False)
    intervals = matrix_intervals([bare, bare], ["a", "b"])
    assert intervals is not None
    assert set(intervals) == {"QRS"}


def test_undefined_resamples_are_left_out_of_the_percentiles() -> None:
    assert percentile_interval(np.array([np.nan, 0.5, 0.5])) == (0.5, 0.5)
    assert percentile_interval(np.array([np.nan])) is None
