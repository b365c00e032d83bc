"""What rhythm starts from, against plain loops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from beats_for_tests import FS_HZ, grid, table
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.rhythm.fibrillation import _median_of_three
from ecg_core.rhythm.intervals import intervals, readable_seconds

pytestmark = pytest.mark.slow


@given(
    st.lists(st.tuples(st.floats(0.3, 2.0), st.sampled_from("NVVVS")), min_size=1, max_size=80),
    st.sets(st.integers(0, 40)),
)
@settings(max_examples=60)
def test_ventricular_runs_are_those_of_a_plain_loop(drawn: list[tuple[float, str]], bad: set[int]) -> None:
    labels = "".join(letter for _, letter in drawn)
    beats = table([rr for rr, _ in drawn[1:]], labels)
    quality = grid(beats)
    quality[[second for second in bad if second < len(quality)]] = 0
    taken = intervals(beats, FS_HZ, quality)
    run = [0]
    for at in range(1, len(labels)):
        joined = labels[at] == labels[at - 1] == "V" and taken.readable[at - 1]
        run.append(run[-1] + (not joined))
    expected = [run[at] == run[at + 1] and run.count(run[at]) >= 3 for at in range(len(labels) - 1)]
    assert taken.in_ventricular_run.tolist() == expected


@pytest.mark.parametrize(
    "column, expected",
    [
        (["N", "V", None], ["N", "V", ""]),
        (["N", np.nan, pd.NA], ["N", "", ""]),
        (["S", "F", "Q"], ["S", "F", "Q"]),
        ([None, None, None], None),
        ([np.nan, None, pd.NA], None),
        (["", "", ""], ["", "", ""]),
        (["N", "/", ""], ["N", "/", ""]),
        (pd.Categorical(["N", "V", None]), ["N", "V", ""]),
        (pd.array(["N", None, "V"], dtype="string"), ["N", "", "V"]),
    ],
)
def test_labels_of_any_kind_of_column(column: object, expected: list[str] | None) -> None:
    beats = table([0.8, 0.8]).assign(label=column)
    found = intervals(beats, FS_HZ).label
    assert (found is None) if expected is None else (found is not None and found.tolist() == expected)


def test_no_beats_have_no_labels() -> None:
    assert intervals(table([]).iloc[:0], FS_HZ).label is None


@pytest.mark.parametrize("n_leads", [0, 1, 3])
def test_a_second_is_readable_where_one_lead_is(n_leads: int) -> None:
    quality = np.random.default_rng(4).integers(0, 3, (50, n_leads)).astype(np.uint8)
    assert readable_seconds(quality).tolist() == [any(grade > 0 for grade in second) for second in quality.tolist()]


def test_the_median_of_three_neighbours() -> None:
    values = np.random.default_rng(2).integers(0, 5, 200).astype(np.float64)
    expected = [np.median([values[max(at - 1, 0)], values[at], values[min(at + 1, 199)]]) for at in range(200)]
    assert _median_of_three(values).tolist() == expected
