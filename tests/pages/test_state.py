"""What an address says, and what is written into it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats import CLASSES
from pages.ui.state import View, parse, to_params

views = st.builds(
    View,
    rec=st.text(min_size=1),
    start_s=st.floats(0, 1e6).map(lambda seconds: round(seconds, 3)),
    reference=st.booleans(),
    beat=st.none() | st.integers(0, 10**9),
    target=st.none() | st.sampled_from(CLASSES),
    difference=st.none() | st.integers(0, 10**9),
)


@given(views)
def test_a_view_survives_its_address(view: View) -> None:
    assert parse(to_params(view)) == view


@given(st.dictionaries(st.sampled_from(["rec", "t", "span", "ref", "beat", "target", "difference"]), st.text()))
def test_any_address_gives_a_view_that_can_be_shown(params: dict[str, str]) -> None:
    view = parse(params)
    assert 0 <= view.start_s < float("inf")
    assert view.target is None or view.target in CLASSES
    assert view.beat is None or view.beat >= 0
    assert view.difference is None or view.difference >= 0


def test_without_a_recording_an_address_is_empty() -> None:
    assert to_params(View()) == {}
