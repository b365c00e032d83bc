"""Sets of sample intervals against sets of samples."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.evaluation.interval_sets import (
    bridged,
    complement,
    difference,
    intersection,
    interval_set,
    length,
    overlaps,
    union,
    widened,
)

END = 30
SPANS = st.lists(st.tuples(st.integers(-3, END + 3), st.integers(-3, END + 3)), max_size=6)


def samples(spans: object) -> set[int]:
    return {at for start, stop in np.asarray(spans).reshape(-1, 2).tolist() for at in range(start, stop)}


def test_spans_that_touch_or_overlap_are_one() -> None:
    assert interval_set([(5, 7), (1, 3), (3, 5), (10, 12), (11, 20), (8, 8), (9, 2)]).tolist() == [[1, 7], [10, 20]]
    assert interval_set([(-5, 3), (28, 40)], END).tolist() == [[0, 3], [28, 30]]


@given(SPANS, SPANS)
def test_sets_of_intervals_are_sets_of_samples(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> None:
    one, other = interval_set(first, END), interval_set(second, END)
    inside, beside = samples(one), samples(other)
    assert inside == samples(first) & set(range(END))
    assert samples(union(one, other)) == inside | beside
    assert samples(intersection(one, other)) == inside & beside
    assert samples(difference(one, other)) == inside - beside
    assert samples(complement(one, END)) == set(range(END)) - inside
    assert length(one) == len(inside)
    assert overlaps(one, other).tolist() == [len(beside & set(range(*row))) for row in one.tolist()]
    for result in (one, union(one, other), intersection(one, other), difference(one, other), complement(one, END)):
        assert (np.diff(result.ravel()) > 0).all()


def test_short_gaps_are_bridged() -> None:
    assert bridged(interval_set([(1, 3), (5, 7), (10, 12)]), 2).tolist() == [[1, 7], [10, 12]]
    assert bridged(interval_set([]), 2).tolist() == []
    parts, across = interval_set([(1, 3), (9, 12), (20, 22)]), interval_set([(3, 9), (12, 19)])
    assert bridged(parts, 1, across).tolist() == [[1, 12], [20, 22]]


def test_widened_intervals_may_grow_together() -> None:
    assert widened(interval_set([(10, 12), (20, 22)]), 4).tolist() == [[6, 26]]
