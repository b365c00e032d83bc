"""Noise: what is claimed in it, what is found again in it, and where it is called unreadable."""

from pathlib import Path

import numpy as np
import pytest
from gaussian_ecg import gaussian_ecg, pairs_within, peaks

from ecg_core.beats import UNREADABLE
from ecg_core.detection import detect_beats
from ecg_core.detection.detector import detect_with_quality
from ecg_core.formats import open_recording

pytestmark = pytest.mark.slow

FS_HZ = 250.0
MINUTES = 4


def coloured_noise(kind: str, n_samples: int, seed: int = 0) -> np.ndarray:
    """Return white, pink-like, brown or bursty noise of deviation 1, shape (samples, 1)."""
    noise = np.random.default_rng(seed).normal(size=n_samples)
    if kind == "brown":
        noise = np.cumsum(noise) * 0.02
    elif kind == "smooth":
        noise = np.convolve(noise, np.hanning(15), mode="same")
    elif kind == "bursts":
        noise *= np.random.default_rng(seed + 1).random(n_samples // 250 + 1).repeat(250)[:n_samples]
    return (noise / noise.std()).astype(np.float32)[:, None]


@pytest.mark.parametrize("kind", ["white", "brown", "smooth", "bursts"])
@pytest.mark.parametrize("leads", [1, 2])
def test_nothing_is_claimed_in_noise_alone_and_it_is_called_unreadable(kind: str, leads: int) -> None:
    n_samples = round(MINUTES * 60 * FS_HZ)
    noise = np.hstack([coloured_noise(kind, n_samples, seed) for seed in range(leads)])
    sample, quality = detect_with_quality(noise, FS_HZ)
    assert len(sample) / MINUTES < 2
    assert (quality == UNREADABLE).mean() > 0.9


def test_beats_drowned_in_noise_are_not_made_up() -> None:
    truth_s = peaks(180)
    signal = gaussian_ecg(truth_s, FS_HZ, 180)
    drowned = slice(60 * 250, 120 * 250)
    signal[drowned] += 3 * coloured_noise("smooth", 60 * 250)
    sample, quality = detect_with_quality(signal, FS_HZ)
    inside = (sample > 63 * 250) & (sample < 117 * 250)
    assert inside.sum() < 10
    assert (quality[64:116] == UNREADABLE).mean() > 0.8
    assert (quality[:58] > UNREADABLE).all()
    assert (quality[122:] > UNREADABLE).all()


def test_noise_on_one_lead_leaves_the_beats_of_the_other() -> None:
    truth_s = peaks(180)
    signal = np.hstack([gaussian_ecg(truth_s, FS_HZ, 180, seed=seed) for seed in (0, 1)])
    signal[60 * 250 : 120 * 250, 0] += 3 * coloured_noise("smooth", 60 * 250)[:, 0]
    sample, quality = detect_with_quality(signal, FS_HZ)
    assert pairs_within(sample / FS_HZ, truth_s, 0.09)
    assert (quality[64:116, 0] == UNREADABLE).mean() > 0.8
    assert (quality[:, 1] > UNREADABLE).all()


def test_grades_follow_their_lead() -> None:
    truth_s = peaks(120)
    signal = np.hstack([gaussian_ecg(truth_s, FS_HZ, 120, seed=seed) for seed in (0, 1, 2)])
    signal[40 * 250 : 60 * 250, 1] += 3 * coloured_noise("smooth", 20 * 250)[:, 0]
    signal[80 * 250 : 90 * 250, 2] = np.nan
    one = detect_with_quality(signal, FS_HZ)[1]
    other = detect_with_quality(np.ascontiguousarray(signal[:, ::-1]), FS_HZ)[1]
    assert np.array_equal(one[:, ::-1], other)


@pytest.mark.parametrize("off", [0, 1, 2])
def test_one_lead_dropped_of_three_changes_no_beat(off: int) -> None:
    truth_s = peaks(60)
    leads = [gaussian_ecg(truth_s, FS_HZ, 60, seed=seed, broad=(20, 40)) for seed in (0, 1, 2)]
    kept = [lead for index, lead in enumerate(leads) if index != off]
    whole, fewer = (detect_beats(np.hstack(some), FS_HZ) for some in (leads, kept))
    assert pairs_within(whole / FS_HZ, fewer / FS_HZ, 0.02)


def test_pause_is_readable_and_empty() -> None:
    truth_s = peaks(120)
    truth_s = truth_s[(truth_s < 50) | (truth_s > 61)]
    sample, quality = detect_with_quality(gaussian_ecg(truth_s, FS_HZ, 120), FS_HZ)
    assert pairs_within(sample / FS_HZ, truth_s, 0.005)
    assert (quality > UNREADABLE).all()


@pytest.mark.data
@pytest.mark.parametrize("noise", ["bw", "ma"])
def test_hardly_a_beat_is_claimed_in_recorded_noise(ecg_data: Path, noise: str) -> None:
    recording = open_recording(ecg_data / "nstdb" / noise)
    sample, quality = detect_with_quality(recording.read(), recording.fs_hz)
    assert len(sample) < 30  # in half an hour
    assert (quality == UNREADABLE).mean() > 0.8


@pytest.mark.data
def test_electrode_motion_lowers_the_grade_and_clean_signal_keeps_it(ecg_data: Path) -> None:
    shares = []
    for ratio in ("24", "06", "00", "_6"):
        signal = open_recording(ecg_data / f"nstdb/118e{ratio}").read(leads=[0])
        quality = detect_with_quality(signal, 360.0)[1][300:1740, 0]
        in_noise = np.arange(1440) // 120 % 2 == 0
        shares.append((quality[in_noise] == UNREADABLE).mean())
        assert (quality[~in_noise] == UNREADABLE).mean() < 0.05
    assert shares == sorted(shares)
    assert shares[0] < 0.01
    assert shares[-1] > 0.2
