"""Features of windows: what they must not depend on, and what they must tell apart."""

from __future__ import annotations

import numpy as np

from ecg_core.rhythm.network_input import RATE_HZ, network_input
from ecg_core.rhythm.window_features import window_features

_T = np.arange(20 * RATE_HZ) / RATE_HZ


def test_polarity_and_order_of_leads_change_nothing() -> None:
    wave = np.random.default_rng(1).standard_normal((20 * RATE_HZ, 2)).astype(np.float32)
    found = window_features(wave)
    np.testing.assert_allclose(window_features(-wave), found, atol=1e-4)
    np.testing.assert_array_equal(window_features(wave[:, ::-1]), found[::-1])


def test_gain_changes_nothing_once_the_signal_is_scaled() -> None:
    signal = (np.sin(2 * np.pi * 4.3 * _T) + 0.1 * np.random.default_rng(2).standard_normal(len(_T))).astype(np.float32)
    once, _ = network_input(signal, RATE_HZ)
    tenfold, _ = network_input(10 * signal, RATE_HZ)
    np.testing.assert_allclose(window_features(tenfold), window_features(once), rtol=1e-3, atol=1e-3)


def test_every_second_has_a_window_and_it_lies_around_that_second() -> None:
    wave = np.zeros((20 * RATE_HZ, 1), dtype=np.float32)
    wave[8 * RATE_HZ : 9 * RATE_HZ, 0] = np.sin(2 * np.pi * 5 * _T[:RATE_HZ])
    size = window_features(wave)[0, :, 0]
    assert size.shape == (20,)
    assert np.flatnonzero(size > 0).tolist() == [6, 7, 8, 9, 10]


def test_the_leakage_of_a_sine_is_small_and_that_of_spikes_is_not() -> None:
    """Kuo and Dillman 1978: a sine wave nearly vanishes when half its period is added to it."""
    spikes = np.zeros(20 * RATE_HZ, dtype=np.float32)
    spikes[::80] = 1
    wave = np.stack([np.sin(2 * np.pi * 5 * _T), spikes], axis=1).astype(np.float32)
    features = window_features(wave)[:, 5:15]
    sine, beats = features.mean(axis=1)
    least = np.flatnonzero((sine < 0.1) & (beats > 0.9))
    assert len(least) >= 1
