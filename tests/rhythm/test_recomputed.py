"""What is recomputed after an edit equals what a computation from the start gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.rhythm import interval_model
from ecg_core.rhythm.interval_model import rhythm_probabilities
from ecg_core.rhythm.recomputed import Recomputed

pytestmark = pytest.mark.slow


def _moving_sum(inputs: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    padded = np.pad(inputs[0], 3)
    return np.array([padded[at : at + 7].sum() for at in range(len(inputs[0]))])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.data())
def test_any_edit_gives_what_a_computation_from_the_start_gives(first: list[int], data: st.DataObject) -> None:
    kept = Recomputed(_moving_sum, 3)
    kept(np.array(first))
    for _ in range(3):
        at = data.draw(st.integers(0, len(first)))
        cut = data.draw(st.integers(0, 4))
        first = [*first[:at], *data.draw(st.lists(st.integers(0, 3), max_size=4)), *first[at + cut :]] or [1]
        np.testing.assert_array_equal(kept(np.array(first)), _moving_sum([np.array(first)]))


def test_only_what_lies_around_an_edit_is_computed_again() -> None:
    sizes: list[int] = []

    def counted(inputs: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
        sizes.append(len(inputs[0]))
        return _moving_sum(inputs)

    kept, values = Recomputed(counted, 3), np.arange(1000)
    kept(values)
    values[500] = -1
    kept(values)
    kept(values)
    assert sizes == [1000, 13]


def test_the_interval_model_depends_on_no_interval_beyond_its_reach() -> None:
    rng = np.random.default_rng(5)
    rr_s = rng.uniform(0.4, 1.4, 1200)
    label = rng.choice(["N", "V"], 1201, p=[0.9, 0.1])
    readable = rng.random(1200) > 0.1
    readable[200:420] = False
    rhythm_probabilities(rr_s, label, readable)
    for at in (0, 150, 430, 800, 1198):
        rr_s, label = rr_s.copy(), label.copy()
        rr_s[at], rr_s[at + 1] = 0.9 * rr_s[at], 1.1 * rr_s[at + 1]
        label[at] = "F"
        found = rhythm_probabilities(rr_s, label, readable)
        interval_model._of_classified_beats._kept.clear()
        np.testing.assert_allclose(found, rhythm_probabilities(rr_s, label, readable), atol=1e-5)
