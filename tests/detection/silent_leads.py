"""What a lead shows while it carries no heart, each kind as millivolts over a span, and sinus rhythm around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from gaussian_ecg import gaussian_ecg

LSB_MV: Final = 0.005
FLOOR_MV: Final = 0.01

Span = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
"""From times since the lead came off (s), the rate and a generator to millivolts."""


def _noise(rng: np.random.Generator, time_s: np.ndarray, size_mv: float = FLOOR_MV) -> np.ndarray:
    return size_mv * rng.standard_normal(len(time_s))


def hum(mains_hz: float, size_mv: float, harmonics: tuple[float, ...] = (), drift: float = 0.0) -> Span:
    """Return mains hum with harmonics (relative sizes of the 2nd, 3rd, ...), its frequency and size wavering."""

    def span(time_s: np.ndarray, fs_hz: float, rng: np.random.Generator) -> np.ndarray:
        waver = np.sin(2 * np.pi * 0.11 * time_s + rng.uniform(0, 6))
        phase = 2 * np.pi * mains_hz * time_s + drift * 3 * waver + rng.uniform(0, 6)
        wave = np.sin(phase)
        for index, size in enumerate(harmonics):
            wave += size * np.sin((index + 2) * phase + rng.uniform(0, 6))
        return size_mv * (1 + 0.5 * drift * waver) * wave + _noise(rng, time_s, LSB_MV)

    return span


def _lsb(time_s: np.ndarray, fs_hz: float, rng: np.random.Generator) -> np.ndarray:
    return LSB_MV * rng.integers(-1, 2, len(time_s))


def _few_counts(time_s: np.ndarray, fs_hz: float, rng: np.random.Generator) -> np.ndarray:
    return LSB_MV * (rng.random(len(time_s)) < 0.03)


def _constant(time_s: np.ndarray, fs_hz: float, rng: np.random.Generator) -> np.ndarray:
    return np.zeros(len(time_s))


def _floating(time_s: np.ndarray, fs_hz: float, rng: np.random.Generator) -> np.ndarray:
    return _noise(rng, time_s, 0.06)


def _drift_then_flat(time_s: np.ndarray, fs_hz: float, rng: np.random.Generator) -> np.ndarray:
    return 5 * np.exp(-time_s / 4) + LSB_MV * rng.integers(-1, 2, len(time_s))


def _triboelectric(time_s: np.ndarray, fs_hz: float, rng: np.random.Generator) -> np.ndarray:
    steps = np.zeros(len(time_s))
    for at_s in np.arange(1, time_s[-1], 3.7):
        steps += rng.uniform(1, 4) * rng.choice([-1, 1]) * (time_s > at_s) * np.exp(-(time_s - at_s).clip(0) / 1.5)
    return steps + _noise(rng, time_s, 0.4 * FLOOR_MV)


def rail(level_mv: float, mains_mv: float = 0.0) -> Span:
    def span(time_s: np.ndarray, fs_hz: float, rng: np.random.Generator) -> np.ndarray:
        riding = mains_mv * np.sin(2 * np.pi * 50 * time_s)
        return np.clip(level_mv + riding, -abs(level_mv), abs(level_mv)) if mains_mv else np.full(len(time_s), level_mv)

    return span


def _calibration(time_s: np.ndarray, fs_hz: float, rng: np.random.Generator) -> np.ndarray:
    return (time_s % 1.0 < 0.2) + _noise(rng, time_s, LSB_MV)


def _square(time_s: np.ndarray, fs_hz: float, rng: np.random.Generator) -> np.ndarray:
    return 2.0 * np.sign(np.sin(2 * np.pi * 0.5 * time_s)) + _noise(rng, time_s, LSB_MV)


SPANS: Final[dict[str, Span]] = {
    "constant": _constant,
    "LSB noise": _lsb,
    "few counts": _few_counts,
    "floating": _floating,
    "drift then flat": _drift_then_flat,
    "triboelectric": _triboelectric,
    "upper rail": rail(5.0),
    "lower rail": rail(-5.0),
    "rail with mains": rail(5.0, 0.3),
    "calibration": _calibration,
    "square": _square,
    "50 Hz 0.1": hum(50, 0.1),
    "50 Hz 3": hum(50, 3.0),
    "60 Hz 0.03": hum(60, 0.03),
    "60 Hz 0.5, harmonics": hum(60, 0.5, (0.3, 0.2)),
    "50 Hz 1, wavering": hum(50, 1.0, (0.2, 0.3), drift=1.0),
}


def beats_around(start_s: float, stop_s: float, duration_s: float, rate_bpm: float = 72.0, seed: int = 0) -> np.ndarray:
    """Return R peaks with 3 % variability, none from `start_s` to `stop_s`."""
    rng = np.random.default_rng(seed)
    rr_s = 60 / rate_bpm * (1 + 0.03 * rng.standard_normal(round(duration_s * rate_bpm / 30)))
    peaks_s = 0.5 + np.cumsum(rr_s)
    peaks_s = peaks_s[peaks_s < duration_s - 0.5]
    return peaks_s[(peaks_s < start_s) | (peaks_s > stop_s)]


def quantised(signal: np.ndarray, step_mv: float = LSB_MV) -> np.ndarray:
    return (np.round(signal / step_mv) * step_mv).astype(np.float32)


def lead_off(
    kind: str, fs_hz: float, start_s: float = 60, stop_s: float = 90, duration_s: float = 150, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return a lead, shape (samples, 1), that carries `kind` for a span, and the R peaks that it shows."""
    rng = np.random.default_rng(seed)
    everywhere = beats_around(0, 0, duration_s, seed=seed)
    signal = gaussian_ecg(everywhere, fs_hz, duration_s, noise_mv=FLOOR_MV, seed=seed)
    first, stop = round(start_s * fs_hz), round(stop_s * fs_hz)
    time_s = np.arange(stop - first) / fs_hz
    signal[first:stop, 0] = SPANS[kind](time_s, fs_hz, rng)
    return quantised(signal, 0.001), everywhere[(everywhere < start_s) | (everywhere > stop_s)]


def silence(
    fs_hz: float, start_s: float, stop_s: float, duration_s: float, *, hum_mv: float = 0.0, p_waves: bool = False,
    noise_mv: float = FLOOR_MV, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return a lead whose heart is silent for a span, its noise going on as before, and the R peaks."""
    peaks_s = beats_around(start_s, stop_s, duration_s, seed=seed)
    signal = gaussian_ecg(peaks_s, fs_hz, duration_s, noise_mv=noise_mv, seed=seed)
    time_s = np.arange(len(signal)) / fs_hz
    signal[:, 0] += hum_mv * np.sin(2 * np.pi * 50 * time_s)
    if p_waves:
        for at_s in np.arange(start_s + 0.5, stop_s, 0.8):
            signal[:, 0] += 0.12 * np.exp(-0.5 * ((time_s - at_s) / 0.025) ** 2)
    return quantised(signal, 0.001), peaks_s
