"""Each rule of the quality grades, by a signal that breaks that rule alone."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_core.beats import GOOD, UNREADABLE, USABLE
from ecg_core.formats import open_recording
from ecg_core.signal import assess_quality

pytestmark = pytest.mark.slow

FS_HZ = 250.0
SECONDS = 60


@pytest.fixture
def clean() -> np.ndarray:
    """One minute of narrow complexes with T waves, slightly noisy, shape (samples, 1)."""
    time_s = np.arange(round(SECONDS * FS_HZ)) / FS_HZ
    phase_s = (time_s + 0.4) % 0.8 - 0.4
    signal = np.exp(-0.5 * (phase_s / 0.012) ** 2) + 0.2 * np.exp(-0.5 * ((phase_s - 0.25) / 0.05) ** 2)
    noise = np.random.default_rng(0).normal(size=len(time_s)) * 0.01
    return (signal + noise).astype(np.float32)[:, None]


def graded(signal: np.ndarray, start_s: int = 30, stop_s: int = 35) -> list[int]:
    return assess_quality(signal, FS_HZ)[start_s:stop_s, 0].tolist()


def test_clean_signal_is_good(clean: np.ndarray) -> None:
    assert (assess_quality(clean, FS_HZ) == GOOD).all()


def test_one_row_for_each_started_second(clean: np.ndarray) -> None:
    assert assess_quality(clean[: 10 * 250], FS_HZ).shape == (10, 1)
    assert assess_quality(clean[: 10 * 250 + 1], FS_HZ).shape == (11, 1)
    assert assess_quality(clean[:0], FS_HZ).shape == (0, 1)


@pytest.mark.parametrize("value", [np.nan, 0.0, 5.0, -5.0])
def test_absent_flat_and_saturated_seconds_are_unreadable(clean: np.ndarray, value: float) -> None:
    clean[30 * 250 : 35 * 250] = value
    assert graded(clean) == [UNREADABLE] * 5
    assert graded(clean, 0, 28) == [GOOD] * 28
    assert graded(clean, 38, 60) == [GOOD] * 22


def test_short_gap_is_usable(clean: np.ndarray) -> None:
    clean[30 * 250 + 50 : 30 * 250 + 90] = np.nan
    assert graded(clean, 30, 31) == [USABLE]


def test_muscle_noise_lowers_the_grade(clean: np.ndarray) -> None:
    noise = np.random.default_rng(1).normal(size=(5 * 250, 1))
    levels = []
    for noise_mv in (0.0, 0.25, 1.0):
        noisy = clean.copy()
        noisy[30 * 250 : 35 * 250] += noise_mv * noise
        levels.append(graded(noisy))
    assert levels[0] == [GOOD] * 5
    assert max(levels[1]) == USABLE
    assert levels[2] == [UNREADABLE] * 5


def test_jump_of_the_baseline_lowers_the_grade(clean: np.ndarray) -> None:
    jumped = clean.copy()
    jumped[32 * 250 + 100 :] += 3
    assert assess_quality(jumped, FS_HZ)[32, 0] < GOOD
    jumped[32 * 250 + 100 :] += 60
    assert assess_quality(jumped, FS_HZ)[32, 0] == UNREADABLE


def test_pause_is_no_flaw(clean: np.ndarray) -> None:
    rng = np.random.default_rng(2)
    clean[30 * 250 : 34 * 250] = rng.normal(size=(4 * 250, 1)) * 0.01
    assert min(graded(clean)) == GOOD


@settings(max_examples=15)
@given(st.floats(1e-3, 1e3), st.floats(-10, 10), st.sampled_from([-1, 1]))
def test_gain_offset_and_polarity_do_not_matter(gain: float, offset: float, sign: int) -> None:
    rng = np.random.default_rng(3)
    time_s = np.arange(5000) / FS_HZ
    signal = np.exp(-0.5 * (((time_s % 0.8) - 0.4) / 0.012) ** 2) + rng.normal(size=5000) * 0.02
    signal[2000:3000] += rng.normal(size=1000) * 0.2
    grades = assess_quality(signal, FS_HZ)
    assert {GOOD, USABLE} <= set(grades.ravel().tolist())
    assert np.mean(assess_quality(sign * gain * (signal + offset), FS_HZ) == grades) > 0.95


@pytest.mark.parametrize("fs_hz", [128.0, 250.0, 360.0, 1000.0])
def test_noise_alone_is_never_good(fs_hz: float) -> None:
    noise = np.random.default_rng(4).normal(size=(round(60 * fs_hz), 2))
    noise[:, 1] = np.cumsum(noise[:, 1])
    grades = assess_quality(noise, fs_hz)
    assert not (grades == GOOD).any()
    assert (grades == UNREADABLE).mean() > 0.8


@pytest.mark.data
def test_clean_record_is_good(ecg_data: Path) -> None:
    signal = open_recording(ecg_data / "mitdb/100").read()
    assert (assess_quality(signal, 360.0) == GOOD).mean() > 0.95


@pytest.mark.data
@pytest.mark.parametrize("record", ["118", "119"])
def test_share_of_good_falls_as_noise_rises(ecg_data: Path, record: str) -> None:
    shares = []
    for snr in ("24", "12", "06", "00"):
        signal = open_recording(ecg_data / f"nstdb/{record}e{snr}").read(300 * 360, leads=[0])
        in_noise = np.arange(1500) // 120 % 2 == 0  # two minutes with noise, two without
        shares.append((assess_quality(signal, 360.0)[:1500, 0] == GOOD)[in_noise].mean())
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 0.99
    assert shares[-1] < 0.6
