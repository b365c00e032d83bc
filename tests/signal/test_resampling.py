"""Sample k of a resampled signal is at time k / fs, for any pair of rates."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.signal import resample

RATES_HZ = (100.0, 128.0, 200.0, 250.0, 257.3, 360.0, 499.99, 500.0, 1000.0)


def tone(time_s: np.ndarray) -> np.ndarray:
    return np.sin(2 * np.pi * 3 * time_s) + 0.5 * np.cos(2 * np.pi * 11 * time_s)


@settings(max_examples=40)
@given(st.sampled_from(RATES_HZ), st.sampled_from(RATES_HZ))
def test_sample_k_is_at_time_k_over_rate(fs_from_hz: float, fs_to_hz: float) -> None:
    signal = tone(np.arange(round(20 * fs_from_hz)) / fs_from_hz).astype(np.float32)
    result = resample(signal, fs_from_hz, fs_to_hz)
    assert result.dtype == np.float32
    assert len(result) == pytest.approx(len(signal) * fs_to_hz / fs_from_hz, abs=1.001)
    time_s = np.arange(len(result)) / fs_to_hz
    inner = (time_s > 1) & (time_s < 19)
    assert np.abs(result[inner, 0] - tone(time_s[inner])).max() < 0.02


def test_no_drift_over_an_hour_at_an_awkward_rate() -> None:
    fs_hz = 249.9871
    signal = tone(np.arange(round(3600 * fs_hz)) / fs_hz).astype(np.float32)
    result = resample(signal, fs_hz, 200.0)
    time_s = np.arange(len(result)) / 200
    late = (time_s > 3590) & (time_s < 3599)
    assert np.abs(result[late, 0] - tone(time_s[late])).max() < 0.02


def test_what_the_lower_rate_cannot_carry_is_removed() -> None:
    time_s = np.arange(5000) / 500
    result = resample(np.sin(2 * np.pi * 90 * time_s), 500, 128)
    assert np.abs(result[100:-100]).max() < 0.02


def test_gap_keeps_its_place() -> None:
    signal = np.ones((3600, 2), np.float32)
    signal[1800:2160, 1] = np.nan
    result = resample(signal, 360, 128)
    absent = np.flatnonzero(np.isnan(result[:, 1])) / 128
    assert absent[0] == pytest.approx(5, abs=0.01)
    assert absent[-1] == pytest.approx(6, abs=0.01)
    assert np.allclose(result[:, 0], 1, atol=1e-3)
    assert np.allclose(result[~np.isnan(result)], 1, atol=1e-3)


def test_same_rate_is_a_copy() -> None:
    signal = np.arange(5, dtype=np.float32)[:, None]
    result = resample(signal, 360, 360)
    result[0] = 9
    assert signal[0] == 0


def test_rate_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        resample(np.zeros(5), 0, 100)
