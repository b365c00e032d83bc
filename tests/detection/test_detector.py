"""What detection must not depend on, and what it must find."""

import numpy as np
import pytest
from gaussian_ecg import gaussian_ecg, pairs_within, peaks
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.detection import detect_beats
from ecg_core.signal import resample

pytestmark = pytest.mark.slow

FS_HZ = 360.0


@pytest.fixture(scope="module")
def minute() -> tuple[np.ndarray, np.ndarray]:
    """One minute with some ventricular beats: signal and R peak times."""
    truth_s = peaks(60)
    return gaussian_ecg(truth_s, FS_HZ, 60, broad=(10, 25, 26, 40)), truth_s


@pytest.mark.parametrize("fs_hz", [100.0, 128.0, 250.0, 257.3, 360.0, 500.0, 1000.0])
@pytest.mark.parametrize("rate_bpm", [35, 72, 150, 210])
def test_every_beat_is_found_on_its_r_peak_at_any_rate(fs_hz: float, rate_bpm: float) -> None:
    truth_s = peaks(40, rate_bpm)
    narrow = ((0.0, 0.012, 1.0), (0.026, 0.01, -0.2), (min(0.27, 20 / rate_bpm), 0.035, 0.2))
    found_s = detect_beats(gaussian_ecg(truth_s, fs_hz, 40, waves=narrow), fs_hz) / fs_hz
    assert pairs_within(found_s, truth_s, max(1.5 / fs_hz, 0.005))
    assert np.abs(found_s - truth_s).mean() < max(0.6 / fs_hz, 0.002)


def test_ventricular_beats_are_found_on_their_peak(minute: tuple[np.ndarray, np.ndarray]) -> None:
    signal, truth_s = minute
    assert pairs_within(detect_beats(signal, FS_HZ) / FS_HZ, truth_s, 0.012)


@settings(max_examples=20)
@given(gain=st.floats(1e-3, 1e4), offset=st.floats(-50, 50), sign=st.sampled_from([-1, 1]))
def test_gain_offset_and_polarity_do_not_matter(gain: float, offset: float, sign: int) -> None:
    truth_s = peaks(20)
    signal = gaussian_ecg(truth_s, FS_HZ, 20).astype(np.float64)
    changed = sign * gain * (signal + offset)
    assert np.abs(detect_beats(changed, FS_HZ) - detect_beats(signal, FS_HZ)).max() <= 1


def test_one_axis_is_one_lead(minute: tuple[np.ndarray, np.ndarray]) -> None:
    signal, _ = minute
    assert np.array_equal(detect_beats(signal[:, 0], FS_HZ), detect_beats(signal, FS_HZ))


@pytest.mark.parametrize("fs_hz", [128.0, 250.0, 500.0])
def test_resampling_keeps_the_beats(minute: tuple[np.ndarray, np.ndarray], fs_hz: float) -> None:
    signal, _ = minute
    original_s = detect_beats(signal, FS_HZ) / FS_HZ
    assert pairs_within(detect_beats(resample(signal, FS_HZ, fs_hz), fs_hz) / fs_hz, original_s, 1 / 128)


@settings(max_examples=15)
@given(st.integers(0, 20 * 360), st.integers(40 * 360, 60 * 360))
def test_cutting_changes_nothing_away_from_the_cut(start: int, stop: int) -> None:
    truth_s = peaks(60)
    signal = gaussian_ecg(truth_s, FS_HZ, 60, broad=(10, 25, 26, 40))
    whole = detect_beats(signal, FS_HZ)
    part = detect_beats(signal[start:stop], FS_HZ) + start
    kept = whole[(whole > start + 360) & (whole < stop - 360)]
    part = part[(part > start + 360) & (part < stop - 360)]
    assert pairs_within(part, kept, 1)


def test_first_and_last_beat_of_a_short_strip_are_found() -> None:
    truth_s = np.array([0.15, 0.95, 1.75, 2.55, 3.35, 4.15, 4.9])
    found_s = detect_beats(gaussian_ecg(truth_s, FS_HZ, 5.1), FS_HZ) / FS_HZ
    assert pairs_within(found_s, truth_s, 0.005)


def test_sudden_change_of_amplitude_loses_no_beat(minute: tuple[np.ndarray, np.ndarray]) -> None:
    signal, truth_s = minute
    changed = signal.copy()
    changed[30 * 360 :] *= 0.2
    assert pairs_within(detect_beats(changed, FS_HZ) / FS_HZ, truth_s, 0.012)


def test_tall_t_waves_are_no_beats() -> None:
    truth_s = peaks(60)
    waves = ((0.0, 0.012, 1.0), (0.026, 0.01, -0.2), (0.28, 0.05, 1.2))
    found_s = detect_beats(gaussian_ecg(truth_s, FS_HZ, 60, waves=waves), FS_HZ) / FS_HZ
    assert pairs_within(found_s, truth_s, 0.01)


def test_pacing_spikes_are_one_beat_with_their_qrs() -> None:
    truth_s = peaks(60)
    signal = gaussian_ecg(truth_s, 500.0, 60, broad=tuple(range(200)))
    spikes = np.rint((truth_s - 0.08) * 500).astype(int)
    signal[spikes] += 2
    signal[spikes + 1] += 1
    found_s = detect_beats(signal, 500.0) / 500
    assert pairs_within(found_s, truth_s, 0.1)


def test_pause_stays_empty() -> None:
    truth_s = peaks(60)
    truth_s = truth_s[(truth_s < 30) | (truth_s > 34.5)]
    found_s = detect_beats(gaussian_ecg(truth_s, FS_HZ, 60), FS_HZ) / FS_HZ
    assert pairs_within(found_s, truth_s, 0.005)


@pytest.mark.parametrize("value", [0.0, 1.7, np.nan])
def test_nothing_is_found_where_nothing_is(value: float) -> None:
    assert len(detect_beats(np.full((3600, 2), value), FS_HZ)) == 0


@pytest.mark.parametrize("shape", [(0, 1), (0, 3), (1, 1), (5, 2)])
def test_next_to_no_samples(shape: tuple[int, int]) -> None:
    assert detect_beats(np.zeros(shape), FS_HZ).tolist() == []


@pytest.mark.parametrize("fs_hz", [128.0, 360.0, 1000.0])
def test_noise_alone_has_hardly_any_beats(fs_hz: float) -> None:
    noise = np.random.default_rng(3).normal(size=(round(120 * fs_hz), 1))
    assert len(detect_beats(noise, fs_hz)) < 20


def test_lead_off_empties_the_span_and_nothing_else(minute: tuple[np.ndarray, np.ndarray]) -> None:
    signal, truth_s = minute
    for value in (np.nan, 5.0):
        off = signal.copy()
        off[20 * 360 : 30 * 360] = value
        found_s = detect_beats(off, FS_HZ) / FS_HZ
        outside = truth_s[(truth_s < 19.9) | (truth_s > 30.1)]
        assert not np.any((found_s > 20.3) & (found_s < 29.7))
        near_edge = np.abs(found_s[:, None] - np.array([20.0, 30.0])).min(axis=1) < 0.3
        expected = outside[np.abs(outside[:, None] - np.array([20.0, 30.0])).min(axis=1) >= 0.3]
        assert pairs_within(found_s[~near_edge], expected, 0.012)


def test_lead_that_is_off_does_not_hurt_the_other(minute: tuple[np.ndarray, np.ndarray]) -> None:
    signal, truth_s = minute
    noise = np.random.default_rng(5).normal(size=signal.shape).astype(np.float32)
    for useless in (np.full_like(signal, np.nan), np.zeros_like(signal), 3 * noise):
        for leads in ([useless, signal], [signal, useless]):
            found_s = detect_beats(np.hstack(leads), FS_HZ) / FS_HZ
            assert len(found_s) == len(truth_s)
            assert np.abs(found_s - truth_s).max() < 0.09


def test_lead_order_changes_positions_only(minute: tuple[np.ndarray, np.ndarray]) -> None:
    signal, truth_s = minute
    other = gaussian_ecg(truth_s + 0.01, FS_HZ, 60, noise_mv=0.03, seed=7)
    one = detect_beats(np.hstack([signal, other]), FS_HZ) / FS_HZ
    two = detect_beats(np.hstack([other, signal]), FS_HZ) / FS_HZ
    assert pairs_within(one, two, 0.06)
    assert np.median(two - one) == pytest.approx(0.01, abs=0.004)
