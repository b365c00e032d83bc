"""P waves that no QRS complex follows are no beats; small beats with a T wave, and narrow ones, are."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core import analyse
from ecg_core.detection import detect_beats
from ecg_core.recording import from_array

FS_HZ = 250.0
GAINS = np.array([1.0, 0.7, -0.5])


def bump(time_s: np.ndarray, at_s: float, width_s: float) -> np.ndarray:
    return np.exp(-0.5 * ((time_s - at_s) / width_s) ** 2)


def tracing(
    qrs_s: np.ndarray,
    p_s: np.ndarray,
    *,
    small_s: np.ndarray | tuple[float, ...] = (),
    small_t_mv: float = 0.0,
    small_width_s: float = 0.02,
    seconds: float = 40.0,
    fs_hz: float = FS_HZ,
    n_leads: int = 2,
) -> np.ndarray:
    """Return beats of 1 mV with T waves, P waves, and small waves of 0.45 mV with T waves of some height."""
    rng = np.random.default_rng(3)
    time_s = np.arange(round(seconds * fs_hz)) / fs_hz
    one = np.zeros(len(time_s))
    for at in qrs_s:
        one += bump(time_s, at, 0.011) - 0.2 * bump(time_s, at + 0.028, 0.01) + 0.25 * bump(time_s, at + 0.27, 0.05)
    for at in p_s:
        one += 0.15 * bump(time_s, at - 0.011, 0.016) + 0.12 * bump(time_s, at + 0.011, 0.016)
    for at in small_s:
        one += 0.45 * bump(time_s, at, small_width_s) + small_t_mv * bump(time_s, at + 0.27, 0.05)
    return (one[:, None] * GAINS[:n_leads] + 0.006 * rng.standard_normal((len(time_s), n_leads))).astype(np.float32)


def standstill(start_s: float, stop_s: float, seconds: float = 40.0, rate_bpm: float = 80) -> tuple[np.ndarray, ...]:
    """Return the QRS complexes outside of a span, and P waves throughout."""
    p_s = np.arange(0.4, seconds - 0.5, 60 / rate_bpm)
    qrs_s = p_s + 0.16
    return qrs_s[(qrs_s < start_s) | (qrs_s >= stop_s)], p_s


def is_same(found: np.ndarray, truth_s: np.ndarray, fs_hz: float = FS_HZ) -> bool:
    return len(found) == len(truth_s) and bool(np.abs(found / fs_hz - truth_s).max() < 0.05)


@pytest.mark.parametrize("n_leads", [1, 2, 3])
@pytest.mark.parametrize("rate_bpm", [60, 80, 110])
def test_p_waves_in_standstill_are_no_beats(rate_bpm: float, n_leads: int) -> None:
    qrs_s, p_s = standstill(14, 23, rate_bpm=rate_bpm)
    assert is_same(detect_beats(tracing(qrs_s, p_s, n_leads=n_leads), FS_HZ), qrs_s)


@pytest.mark.parametrize("fs_hz", [128.0, 500.0])
def test_they_are_none_at_other_rates(fs_hz: float) -> None:
    qrs_s, p_s = standstill(14, 23)
    assert is_same(detect_beats(tracing(qrs_s, p_s, fs_hz=fs_hz), fs_hz), qrs_s, fs_hz)


@pytest.mark.parametrize(("start_s", "stop_s"), [(0, 10), (14, 23), (28, 41)])
def test_standstill_is_named_asystole(start_s: float, stop_s: float) -> None:
    qrs_s, p_s = standstill(start_s, stop_s)
    episodes = analyse(from_array(tracing(qrs_s, p_s), FS_HZ), cache=False, group=False).episodes
    assert "ASYSTOLE" in set(episodes["kind"])
    assert "UNREADABLE" not in set(episodes["kind"])


def test_small_beats_with_t_waves_are_kept() -> None:
    qrs_s, p_s = standstill(14, 23)
    small_s = np.arange(14.5, 22.5, 0.75)
    found = detect_beats(
        tracing(qrs_s, p_s[(p_s < 14) | (p_s > 23)], small_s=small_s, small_t_mv=0.18, small_width_s=0.02), FS_HZ
    )
    assert is_same(found, np.sort(np.concatenate([qrs_s, small_s])))


def test_narrow_beats_of_low_voltage_are_kept() -> None:
    qrs_s, p_s = standstill(14, 23)
    small_s = np.arange(14.5, 22.5, 0.75)
    found = detect_beats(tracing(qrs_s, p_s[(p_s < 14) | (p_s > 23)], small_s=small_s, small_width_s=0.009), FS_HZ)
    assert np.isin(np.round(small_s, 1), np.round(found / FS_HZ, 1)).mean() > 0.8


def test_p_waves_of_conducted_beats_change_nothing() -> None:
    qrs_s, p_s = standstill(50, 50)
    assert is_same(detect_beats(tracing(qrs_s, p_s), FS_HZ), qrs_s)
