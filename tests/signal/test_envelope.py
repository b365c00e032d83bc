"""The reduced signal keeps every extreme and every gap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.signal import envelope


def test_no_peak_is_lost() -> None:
    signal = np.zeros(100_000, np.float32)
    spikes = np.arange(500, 100_000, 997)
    signal[spikes] = 1 + np.arange(len(spikes)) / 1000
    time_s, value_mv = envelope(signal, 500.0, 60.0, 1000)[0]
    assert len(time_s) <= 1000
    kept = time_s[value_mv >= 1]
    assert np.allclose(kept, 60 + spikes / 500)


def test_few_samples_come_back_as_they_are() -> None:
    signal = np.random.default_rng(1).normal(size=(50, 2)).astype(np.float32)
    leads = envelope(signal, 100.0, 1.5, 200)
    assert len(leads) == 2
    for lead, (time_s, value_mv) in enumerate(leads):
        assert np.array_equal(value_mv, signal[:, lead])
        assert np.allclose(time_s, 1.5 + np.arange(50) / 100)


def test_gap_breaks_the_line_at_its_own_time() -> None:
    signal = np.sin(np.arange(20_000) / 50).astype(np.float32)
    signal[7000:9000] = np.nan
    time_s, value_mv = envelope(signal, 100.0, 0.0, 400)[0]
    inside = (time_s >= 70) & (time_s < 90)
    assert inside.any()
    assert np.isnan(value_mv[inside]).all()
    assert not np.isnan(value_mv[~inside]).any()
    assert {69.99, 90.0} <= set(np.round(time_s, 2))


def test_nothing_but_gap() -> None:
    _, value_mv = envelope(np.full(1000, np.nan), 100.0, 0.0, 10)[0]
    assert np.isnan(value_mv).all()


@settings(max_examples=50)
@given(st.integers(0, 3000), st.integers(4, 300), st.integers(0, 2**31))
def test_extremes_and_order_hold_for_any_signal(n_samples: int, n_points: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=n_samples).astype(np.float32)
    signal[rng.random(n_samples) < 0.01] = np.nan
    time_s, value_mv = envelope(signal, 250.0, 3.0, n_points)[0]
    assert np.all(np.diff(time_s) > 0)
    if np.isfinite(signal).any():
        assert np.nanmax(value_mv) == np.nanmax(signal)
        assert np.nanmin(value_mv) == np.nanmin(signal)


def test_too_few_points_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 4"):
        envelope(np.zeros(10), 100.0, 0.0, 2)
