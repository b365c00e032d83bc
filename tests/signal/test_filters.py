"""Filters leave peaks where they are, gaps absent, and never ring at a gap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.signal import bandpass, remove_baseline

FS_HZ = 250.0


def spikes_on_wander(fs_hz: float = FS_HZ) -> tuple[np.ndarray, np.ndarray]:
    time_s = np.arange(round(20 * fs_hz)) / fs_hz
    spikes = sum(np.exp(-0.5 * ((time_s - centre) / 0.012) ** 2) for centre in range(1, 20))
    return time_s, (spikes + np.sin(2 * np.pi * 0.15 * time_s) + 5).astype(np.float32)


def test_remove_baseline_takes_offset_and_wander_and_keeps_peaks() -> None:
    time_s, signal = spikes_on_wander()
    flat = remove_baseline(signal, FS_HZ)[:, 0]
    between = np.abs((time_s % 1) - 0.5) < 0.2
    inner = (time_s > 2) & (time_s < 18)
    assert np.abs(flat[between & inner]).max() < 0.2
    peaks = [round(second * FS_HZ) for second in range(2, 18)]
    assert all(abs(flat[p - 40 : p + 41].argmax() - 40) <= 1 for p in peaks)
    assert np.allclose(flat[peaks], 1, atol=0.15)


def test_bandpass_has_zero_phase() -> None:
    _, signal = spikes_on_wander()
    band = bandpass(signal, FS_HZ, 5, 30)[:, 0]
    for second in range(2, 18):
        centre = round(second * FS_HZ)
        assert abs(band[centre - 40 : centre + 41].argmax() - 40) <= 1


@pytest.mark.parametrize("filtered", [lambda x: remove_baseline(x, FS_HZ), lambda x: bandpass(x, FS_HZ, 5, 30)])
def test_gap_stays_a_gap_and_does_not_spread(filtered) -> None:
    _, signal = spikes_on_wander()
    holed = signal.copy()
    holed[2000:2100] = np.nan
    result = filtered(holed)[:, 0]
    assert np.flatnonzero(np.isnan(result)).tolist() == list(range(2000, 2100))
    whole = filtered(signal)[:, 0]
    assert np.allclose(result[:1200], whole[:1200], atol=1e-3)
    assert np.allclose(result[3000:], whole[3000:], atol=1e-3)


def test_lead_without_any_value_stays_absent() -> None:
    signal = np.full((500, 2), np.nan, np.float32)
    signal[:, 1] = 1.0
    assert np.isnan(remove_baseline(signal, FS_HZ)[:, 0]).all()
    assert np.allclose(remove_baseline(signal, FS_HZ)[:, 1], 0, atol=1e-6)


def test_flat_line_stays_flat() -> None:
    assert np.abs(bandpass(np.full(1000, 3.0), FS_HZ, 5, 30)).max() < 1e-4


@settings(max_examples=25)
@given(st.integers(0, 60), st.sampled_from([100.0, 128.0, 257.3, 1000.0]))
def test_any_length_and_rate_keeps_its_shape(n_samples: int, fs_hz: float) -> None:
    signal = np.ones((n_samples, 2), np.float32)
    assert remove_baseline(signal, fs_hz).shape == (n_samples, 2)
    assert bandpass(signal, fs_hz, 5, 40).shape == (n_samples, 2)


def test_band_above_the_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="No band"):
        bandpass(np.zeros(100), 100.0, 60, 80)


def test_three_axes_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        remove_baseline(np.zeros((2, 2, 2)), 100.0)
