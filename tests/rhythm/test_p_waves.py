"""Like waves before the QRS: made signals with P waves, with fibrillatory waves, and with neither."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.rhythm.p_waves import p_wave_evidence

FS_HZ = 250.0


def made(p_mv: float, f_mv: float, noise_mv: float = 0.02, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Irregular beats with a P wave 160 ms before each QRS, fibrillatory waves at 6 Hz, and noise."""
    rng = np.random.default_rng(seed)
    times = 1 + np.cumsum(0.8 * np.exp(0.2 * rng.standard_normal(80)))
    t = np.arange(int((times[-1] + 1) * FS_HZ)) / FS_HZ
    signal = noise_mv * rng.standard_normal(len(t))
    signal += f_mv * np.sin(2 * np.pi * 6 * t + np.cumsum(0.05 * rng.standard_normal(len(t))))
    for at in times:
        signal += np.exp(-(((t - at) / 0.012) ** 2)) + 0.25 * np.exp(-(((t - at - 0.28) / 0.05) ** 2))
        signal += p_mv * np.exp(-(((t - at + 0.16) / 0.025) ** 2))
    return signal[:, None].astype(np.float32), np.round(times * FS_HZ).astype(np.int64)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_p_waves_are_told_from_fibrillatory_waves(seed: int) -> None:
    with_p = p_wave_evidence(*_with_rate(made(0.15, 0.0, seed=seed)))
    without = p_wave_evidence(*_with_rate(made(0.0, 0.08, seed=seed)))
    assert np.median(with_p) > 0.8
    assert np.median(without) < 0.3


def test_scale_polarity_and_offset_do_not_matter() -> None:
    signal, sample = made(0.1, 0.0)
    plain = p_wave_evidence(signal, FS_HZ, sample)
    np.testing.assert_allclose(p_wave_evidence(-3 * signal + 2, FS_HZ, sample), plain, atol=0.02)


def test_a_lead_without_signal_does_not_hide_another() -> None:
    signal, sample = made(0.15, 0.0)
    both = np.column_stack((np.full(len(signal), np.nan, dtype=np.float32), signal[:, 0]))
    np.testing.assert_allclose(p_wave_evidence(both, FS_HZ, sample), p_wave_evidence(signal, FS_HZ, sample))


def test_what_is_not_known_is_nan() -> None:
    signal, sample = made(0.15, 0.0)
    assert np.isnan(p_wave_evidence(signal, FS_HZ, sample[:3])).all()
    assert np.isnan(p_wave_evidence(np.full_like(signal, np.nan), FS_HZ, sample)).all()
    assert p_wave_evidence(signal, FS_HZ, np.empty(0, dtype=np.int64)).shape == (0,)


def _with_rate(found: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, float, np.ndarray]:
    return found[0], FS_HZ, found[1]
