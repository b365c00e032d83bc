"""Square waves are no ECG, and complexes are no square waves."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.signal.square_waves import square_wave_samples


def ecg(fs_hz: float, duration_s: float = 20, noise_mv: float = 0.005) -> np.ndarray:
    time_s = np.arange(round(duration_s * fs_hz)) / fs_hz
    phase_s = (time_s + 0.4) % 0.8 - 0.4
    signal = np.exp(-0.5 * (phase_s / 0.012) ** 2) + 0.2 * np.exp(-0.5 * ((phase_s - 0.25) / 0.05) ** 2)
    return (signal + noise_mv * np.random.default_rng(0).normal(size=len(time_s))).astype(np.float32)


@pytest.mark.parametrize("fs_hz", [100.0, 128.0, 250.0, 360.0, 1000.0])
def test_pulses_are_a_square_wave_and_beats_are_none(fs_hz: float) -> None:
    signal = ecg(fs_hz)
    assert not square_wave_samples(signal, fs_hz).any()
    inside = slice(round(5 * fs_hz), round(15 * fs_hz))
    time_s = np.arange(len(signal)) / fs_hz
    signal[inside] = ((time_s % 1 > 0.1) & (time_s % 1 < 0.3))[inside]
    found = square_wave_samples(signal, fs_hz)
    assert found[inside].mean() > 0.85
    assert found[: round(4.5 * fs_hz)].sum() == found[round(15.5 * fs_hz) :].sum() == 0


def test_pacing_spikes_and_one_jump_of_the_baseline_are_no_square_wave() -> None:
    signal = ecg(1000.0)
    for at_s in np.arange(0.5, 20, 0.8):
        signal[round(1000 * at_s) : round(1000 * at_s) + 2] += 5
    signal[10_000:] += 3
    assert not square_wave_samples(signal, 1000.0).any()
