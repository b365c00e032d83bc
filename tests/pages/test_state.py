"""What an address says, and what is written into it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats import CLASSES
from pages.parts.state import GAINS_MM_PER_MV, SPANS_S, View, parse, to_params
from pages.parts.workspace import seconds_of

views = st.builds(
    View,
    rec=st.text(min_size=1),
    start_s=st.floats(0, 1e6).map(lambda seconds: round(seconds, 3)),
    span_s=st.sampled_from(SPANS_S),
    leads=st.none() | st.lists(st.integers(0, 30), min_size=1, unique=True).map(tuple),
    gain_mm_per_mv=st.sampled_from(GAINS_MM_PER_MV),
    reference=st.booleans(),
    beat=st.none() | st.integers(0, 10**9),
    target=st.none() | st.sampled_from(CLASSES),
)


@given(views)
def test_a_view_survives_its_address(view: View) -> None:
    assert parse(to_params(view)) == view


@given(st.dictionaries(st.sampled_from(["rec", "t", "span", "leads", "gain", "ref", "beat", "target"]), st.text()))
def test_any_address_gives_a_view_that_can_be_shown(params: dict[str, str]) -> None:
    view = parse(params)
    assert 0 <= view.start_s < float("inf")
    assert view.span_s in SPANS_S
    assert view.gain_mm_per_mv in GAINS_MM_PER_MV
    assert view.target is None or view.target in CLASSES
    assert view.beat is None or view.beat >= 0


def test_without_a_recording_an_address_is_empty() -> None:
    assert to_params(View()) == {}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("1:30", 90), ("01:00:01.5", 3601.5), (" 2:05 ", 125), ("x", None), ("", None), ("1:2:3:4", None)],
)
def test_reads_typed_times(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds
