"""A signal of Gaussian waves whose R peaks are known exactly."""

from __future__ import annotations

import numpy as np

WAVES = ((-0.18, 0.025, 0.12), (-0.024, 0.009, -0.12), (0.0, 0.012, 1.0), (0.026, 0.01, -0.2), (0.27, 0.05, 0.3))
"""Delay (s), width (s) and height (mV) of P, Q, R, S and T."""

BROAD = ((0.0, 0.035, 1.4), (0.3, 0.07, -0.5))
"""A ventricular beat: no P, a QRS three times as wide, a T wave against it."""


def gaussian_ecg(
    r_peaks_s: np.ndarray,
    fs_hz: float,
    duration_s: float,
    *,
    noise_mv: float = 0.01,
    broad: tuple[int, ...] = (),
    waves: tuple[tuple[float, float, float], ...] = WAVES,
    seed: int = 0,
) -> np.ndarray:
    """Return one lead of shape (samples, 1)."""
    time_s = np.arange(round(duration_s * fs_hz)) / fs_hz
    signal = 0.1 * np.sin(2 * np.pi * 0.2 * time_s)
    for index, peak_s in enumerate(r_peaks_s):
        near = np.abs(time_s - peak_s) < 0.7
        for delay_s, width_s, height_mv in BROAD if index in broad else waves:
            signal[near] += height_mv * np.exp(-0.5 * ((time_s[near] - peak_s - delay_s) / width_s) ** 2)
    noise = np.random.default_rng(seed).normal(size=len(time_s)) * noise_mv
    return (signal + noise).astype(np.float32)[:, None]


def peaks(duration_s: float, rate_bpm: float = 72.0, seed: int = 0) -> np.ndarray:
    """Return R peak times with 5 % variability, none in the last half second."""
    rng = np.random.default_rng(seed)
    intervals_s = 60 / rate_bpm * (1 + 0.05 * rng.standard_normal(round(duration_s * rate_bpm / 40)))
    times_s = 0.4 + np.cumsum(intervals_s)
    return times_s[times_s < duration_s - 0.5]


def pairs_within(first_s: np.ndarray, second_s: np.ndarray, window_s: float) -> bool:
    """Tell whether both name the same beats, one to one, each pair no further apart than the window."""
    return len(first_s) == len(second_s) and bool(np.all(np.abs(first_s - second_s) <= window_s))
