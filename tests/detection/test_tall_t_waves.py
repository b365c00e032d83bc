"""Tall narrow T waves, as in hyperkalaemia, are no beats; extrasystoles that couple as early are."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.detection import detect_beats
from ecg_core.detection.t_waves import without_t_waves

FS_HZ = 250.0


def bump(time_s: np.ndarray, at_s: float, width_s: float) -> np.ndarray:
    return np.exp(-0.5 * ((time_s - at_s) / width_s) ** 2)


def peaked(
    rate_bpm: float,
    rt_s: float = 0.28,
    height_mv: float = 1.2,
    fs_hz: float = FS_HZ,
    n_leads: int = 1,
    noise_mv: float = 0.01,
) -> tuple[np.ndarray, np.ndarray]:
    """Return 60 s with T waves of some height over R waves of 0.7 mV, and the samples of the R waves."""
    rng = np.random.default_rng(1)
    r_s = 0.7 + np.cumsum(60 / rate_bpm * (1 + 0.02 * rng.standard_normal(200)))
    r_s = r_s[r_s < 59.0]
    time_s = np.arange(round(60 * fs_hz)) / fs_hz
    one = sum(
        0.7 * bump(time_s, at, 0.012)
        - 0.12 * bump(time_s, at + 0.03, 0.01)
        + height_mv * bump(time_s, at + rt_s, 0.028)
        for at in r_s
    )
    gains = np.array([1.0, -0.6, 0.4])[:n_leads]
    return one[:, None] * gains + 0.01 * rng.standard_normal((len(time_s), n_leads)), np.round(r_s * fs_hz)


def bigeminy(repolarisation_mv: float, width_s: float = 0.028) -> tuple[np.ndarray, np.ndarray]:
    """Return 60 s in which a broad beat follows each narrow one after 0.34 s, and the samples of all beats."""
    rng = np.random.default_rng(2)
    r_s = np.arange(0.7, 59.0, 1.1)
    time_s = np.arange(round(60 * FS_HZ)) / FS_HZ
    signal = sum(
        0.9 * bump(time_s, at, 0.012)
        + 1.3 * bump(time_s, at + 0.34, width_s)
        + repolarisation_mv * bump(time_s, at + 0.34 + 0.28, 0.06)
        for at in r_s
    )
    both = np.sort(np.concatenate((r_s, r_s + 0.34)))
    return (signal + 0.01 * rng.standard_normal(len(time_s)))[:, None], np.round(both * FS_HZ)


def assert_found(signal: np.ndarray, truth: np.ndarray, fs_hz: float = FS_HZ) -> None:
    found = detect_beats(signal, fs_hz)
    assert len(found) == len(truth)
    assert np.abs(found - truth).max() <= 0.05 * fs_hz


@pytest.mark.parametrize("rate_bpm", [40, 55, 65])
@pytest.mark.parametrize("height_mv", [1.2, 1.6, 2.0])
def test_tall_t_waves_are_no_beats(rate_bpm: float, height_mv: float) -> None:
    assert_found(*peaked(rate_bpm, height_mv=height_mv))


@pytest.mark.parametrize("rt_s", [0.22, 0.25, 0.32, 0.36])
def test_at_any_qt_interval(rt_s: float) -> None:
    assert_found(*peaked(55, rt_s))


@pytest.mark.parametrize("fs_hz", [128.0, 360.0, 500.0])
def test_at_any_rate_of_sampling_and_in_several_leads(fs_hz: float) -> None:
    assert_found(*peaked(60, fs_hz=fs_hz, n_leads=3), fs_hz)


def test_upside_down() -> None:
    signal, truth = peaked(60)
    assert_found(-signal, truth)


@pytest.mark.parametrize("repolarisation_mv", [-0.5, -0.25, 0.25])
def test_broad_extrasystoles_with_a_t_wave_stay(repolarisation_mv: float) -> None:
    signal, truth = bigeminy(repolarisation_mv)
    assert without_t_waves(truth.astype(np.int64), signal, FS_HZ).all()


def test_narrow_extrasystoles_stay_even_where_no_t_wave_can_be_seen() -> None:
    signal, truth = bigeminy(0.0, width_s=0.012)
    assert without_t_waves(truth.astype(np.int64), signal, FS_HZ).all()


def test_a_few_early_beats_among_others_stay() -> None:
    signal, truth = peaked(60)
    beats = np.sort(np.concatenate((truth, truth[10:14] + round(0.28 * FS_HZ)))).astype(np.int64)
    kept = without_t_waves(beats, signal, FS_HZ)
    assert kept.all()
