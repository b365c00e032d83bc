"""Classes of whole recordings as the Challenge 2017 scored them."""

from __future__ import annotations

import pandas as pd
import pytest

from ecg_core.evaluation.challenge2017 import class_f1, class_matrix, recording_class


def found(*rows: tuple[int, int, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["start_sample", "stop_sample", "kind"])


@pytest.mark.parametrize(
    "rows, name",
    [
        ((), "N"),
        (((0, 10, "AFIB"), (10, 100, "UNREADABLE")), "A"),
        (((0, 30, "UNREADABLE"), (60, 80, "UNREADABLE"), (80, 90, "TACHY")), "~"),
        (((0, 30, "UNREADABLE"), (20, 40, "UNREADABLE")), "N"),
        (((5, 6, "SINGLE_V"),), "O"),
        (((0, 90, "AFL"),), "O"),
    ],
)
def test_class_follows_from_the_episodes(rows: tuple[tuple[int, int, str], ...], name: str) -> None:
    assert recording_class(found(*rows), 100) == name


def test_f1_is_that_of_the_challenge() -> None:
    matrix = class_matrix(list("NNNNAAOO~"), list("NNNOAONO~"))
    assert matrix.tolist() == [[3, 0, 1, 0], [0, 1, 1, 0], [1, 0, 1, 0], [0, 0, 0, 1]]
    f1 = class_f1(matrix)
    assert f1["N"] == pytest.approx(6 / 8)
    assert f1["A"] == pytest.approx(2 / 3)
    assert f1["O"] == pytest.approx(2 / 5)
    assert f1["~"] == 1
    assert f1["mean"] == pytest.approx((6 / 8 + 2 / 3 + 2 / 5) / 3)
