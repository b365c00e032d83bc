"""Filters to look through: they take off what they are named for, and pieces join without a trace."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.recording import Recording, from_array
from ecg_core.signal.viewing import REACH_S, VIEW_FILTERS, filtered, read_filtered, view_filters

pytestmark = pytest.mark.slow

FS_HZ = 250.0
SECONDS = 60


def signal(seed: int = 0) -> np.ndarray:
    """Two leads of spikes, wander and noise in mV."""
    t = np.arange(round(SECONDS * FS_HZ)) / FS_HZ
    rng = np.random.default_rng(seed)
    spikes = np.exp(-(((t % 0.8) - 0.4) ** 2) / 0.0002)
    wander = 0.5 * np.sin(2 * np.pi * 0.15 * t) + 0.2
    leads = [spikes + wander, -0.5 * spikes + 2 * wander]
    return np.stack(leads, axis=1).astype(np.float32) + rng.normal(0, 0.02, (len(t), 2)).astype(np.float32)


def amplitude(lead: np.ndarray, at_hz: float) -> float:
    """Amplitude of a frequency in the middle of a lead, in mV."""
    middle = lead[round(10 * FS_HZ) : -round(10 * FS_HZ)].astype(float)
    turns = np.exp(-2j * np.pi * at_hz * np.arange(len(middle)) / FS_HZ)
    return float(2 * abs((middle * turns).mean()))


def with_gaps(clean: np.ndarray, gaps: list[tuple[int, int, int]]) -> np.ndarray:
    gapped = clean.copy()
    for lead, start, length in gaps:
        gapped[start : start + length, lead] = np.nan
    return gapped


GAPS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, round(SECONDS * FS_HZ)), st.integers(1, round(20 * FS_HZ))), max_size=4
)


@settings(max_examples=25)
@given(GAPS, st.sets(st.sampled_from(VIEW_FILTERS), min_size=1), st.integers(200, 5000))
def test_pieces_that_are_filtered_one_by_one_join_without_a_trace(
    gaps: list[tuple[int, int, int]], names: set[str], piece: int
) -> None:
    gapped = with_gaps(signal(), gaps)
    recording = from_array(gapped, FS_HZ)
    whole = filtered(gapped, FS_HZ, sorted(names))
    starts = range(0, len(gapped), piece)
    joined = np.concatenate([read_filtered(recording, start, start + piece, None, sorted(names)) for start in starts])
    np.testing.assert_array_equal(np.isnan(joined), np.isnan(gapped))
    inside = slice(round(REACH_S * FS_HZ), -round(REACH_S * FS_HZ))
    np.testing.assert_allclose(joined[inside], whole[inside], atol=5e-4)


@pytest.mark.parametrize(
    ("name", "at_hz"), [("baseline", 0.15), ("mains50", 50.0), ("mains60", 60.0), ("muscle", 80.0)]
)
def test_each_filter_takes_off_what_it_is_named_for(name: str, at_hz: float) -> None:
    t = np.arange(round(SECONDS * FS_HZ)) / FS_HZ
    disturbed = signal() + np.sin(2 * np.pi * at_hz * t)[:, None].astype(np.float32)
    assert amplitude(disturbed[:, 0], at_hz) > 0.9
    assert amplitude(filtered(disturbed, FS_HZ, [name])[:, 0], at_hz) < 0.15


@pytest.mark.parametrize("names", [["baseline"], ["mains50"], ["mains60"], ["baseline", "mains50", "mains60"]])
def test_peaks_stay_where_they_are_and_keep_their_height(names: list[str]) -> None:
    clean = signal()
    seen = filtered(clean, FS_HZ, names)
    peaks = (np.arange(20, 60) * 0.8 + 0.4) * FS_HZ
    for peak in peaks.astype(int):
        near = slice(peak - 20, peak + 20)
        assert abs(int(seen[near, 0].argmax()) - int(clean[near, 0].argmax())) <= 1
        assert abs(np.ptp(seen[near, 0]) - np.ptp(clean[near, 0])) < 0.15


def test_nothing_is_done_where_no_filter_is_on(recording: Recording) -> None:
    np.testing.assert_array_equal(read_filtered(recording, 100, 900), recording.read(100, 900))


def test_one_lead_is_filtered_as_it_is_among_all(recording: Recording) -> None:
    both = read_filtered(recording, 1000, 3000, None, VIEW_FILTERS)
    one = read_filtered(recording, 1000, 3000, [1], VIEW_FILTERS)
    np.testing.assert_allclose(one[:, 0], both[:, 1], atol=1e-6)


def test_a_rate_that_cannot_carry_a_filter_does_without_it() -> None:
    assert view_filters(100.0) == ("baseline", "muscle")
    slow = signal()[::5]
    np.testing.assert_array_equal(filtered(slow, 50.0, ["mains50"]), slow)


def test_an_unknown_filter_is_an_error() -> None:
    with pytest.raises(KeyError, match="loud"):
        filtered(signal(), FS_HZ, ["baseline", "loud"])


@pytest.mark.parametrize("n_samples", [0, 1, 2, 5, 40])
def test_the_shortest_spans_are_filtered_too(n_samples: int) -> None:
    assert filtered(signal()[:n_samples], FS_HZ, VIEW_FILTERS).shape == (n_samples, 2)


def test_a_lead_without_any_value_stays_absent() -> None:
    empty = signal()
    empty[:, 1] = np.nan
    seen = filtered(empty, FS_HZ, VIEW_FILTERS)
    assert np.isnan(seen[:, 1]).all()
    assert np.isfinite(seen[:, 0]).all()


@pytest.fixture
def recording() -> Recording:
    return from_array(signal(), FS_HZ)
