"""Made recordings with an exact ST level in every beat, and their waves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ecg_core.delineation.waves import BOUNDARIES, Waves
from ecg_core.recording import Recording, from_array

QRS_ON_S, QRS_OFF_S = -0.045, 0.045


def made(
    minutes: float,
    st_mv: Callable[[np.ndarray], np.ndarray],
    qrs: Callable[[np.ndarray], np.ndarray] = np.ones_like,
    fs_hz: float = 250.0,
    rate_bpm: float = 70.0,
    leads: tuple[str, ...] = ("V5", "II"),
    noise_mv: float = 0.01,
    wander_mv: float = 0.0,
    t_mv: float = 0.25,
    seed: int = 1,
) -> tuple[Recording, Waves]:
    """A recording whose first lead has the ST level ``st_mv(time)``, and a QRS of the size ``qrs(time)`` in all."""
    rng = np.random.default_rng(seed)
    n_samples = round(60 * minutes * fs_hz)
    beat = np.round(np.arange(1.0, 60 * minutes - 1, 60 / rate_bpm) * fs_hz).astype(np.int64)
    time = np.arange(n_samples) / fs_hz
    around = np.arange(round(-0.3 * fs_hz), round(0.5 * fs_hz))
    t = around / fs_hz
    signal = (
        noise_mv * rng.standard_normal((n_samples, len(leads))) + wander_mv * np.sin(2 * np.pi * 0.25 * time)[:, None]
    )
    p_wave = 0.1 * np.exp(-(((t + 0.16) / 0.02) ** 2))
    t_wave = t_mv * np.exp(-(((t - 0.33) / 0.035) ** 2))
    complex_ = np.exp(-((t / 0.012) ** 2)) - 0.3 * np.exp(-(((t - 0.025) / 0.007) ** 2))
    plateau = np.clip((t - 0.043) / 0.002, 0, 1) * np.clip((0.45 - t) / 0.25, 0, 1)
    for at, level, size in zip(beat.tolist(), st_mv(beat / fs_hz), qrs(beat / fs_hz), strict=True):
        place = at + around
        inside = (place >= 0) & (place < n_samples)
        for lead in range(len(leads)):
            st = level if lead == 0 else 0.0
            shape = p_wave + size * complex_ * (1 if lead == 0 else 0.7) + t_wave + st * plateau
            signal[place[inside], lead] += shape[inside]
    offset = np.zeros((len(beat), len(BOUNDARIES)), dtype=np.int16)
    seconds = (-0.2, -0.16, -0.12, QRS_ON_S, 0.0, QRS_OFF_S, 0.26, 0.33, 0.4)
    offset[:] = np.round(np.array(seconds) * fs_hz)
    shape3 = (len(beat), len(leads))
    waves = Waves(
        beat,
        leads,
        np.repeat(offset[:, None], len(leads), axis=1),
        np.ones((*shape3, 3), dtype=np.float32),
        np.ones(shape3, dtype=bool),
        offset,
    )
    return from_array(signal, fs_hz, leads), waves
