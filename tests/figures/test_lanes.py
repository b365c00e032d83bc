"""The lanes of a strip: those of the whole recording, whatever is on screen and whatever a stretch of it looks like."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ecg_core.figures.lanes import lanes_of, unreadable_spans
from ecg_core.formats import open_recording
from ecg_core.recording import from_array

FS_HZ = 250.0


def wave(duration_s: float = 60.0, fs_hz: float = FS_HZ, n_leads: int = 2) -> npt.NDArray[np.float32]:
    t = np.arange(round(duration_s * fs_hz)) / fs_hz
    return np.stack([(lead + 1) * np.sin(2 * np.pi * 1.3 * t) for lead in range(n_leads)], axis=1).astype(np.float32)


def test_range_and_level_follow_the_signal() -> None:
    shifted = from_array(wave() + np.array([5.0, -300.0], dtype=np.float32), FS_HZ)
    np.testing.assert_allclose(lanes_of(shifted).range_mv, [[-1, 1], [-2, 2]], atol=0.02)
    np.testing.assert_allclose(lanes_of(shifted).level_mv, [5, -300], atol=0.02)


def test_a_lead_without_any_sample_still_has_a_lane() -> None:
    signal = wave()
    signal[:, 0] = np.nan
    absent = from_array(signal, FS_HZ)
    low, high = lanes_of(absent).range_mv[0]
    assert low < 0 < high
    assert lanes_of(absent).level_mv[0] == 0


def test_a_flat_lead_has_a_lane_around_its_level() -> None:
    flat = from_array(np.full((5000, 1), 3.7), FS_HZ)
    low, high = lanes_of(flat).range_mv[0]
    assert low == pytest.approx(-high)
    assert high > 0
    assert lanes_of(flat).level_mv[0] == pytest.approx(3.7)


def test_lead_range_ignores_a_noisy_stretch_and_a_baseline_step() -> None:
    clean = wave(600, n_leads=1)
    dirty = clean.copy()
    dirty[3000:8000] += np.random.default_rng(1).normal(0, 8, (5000, 1))
    dirty[90_000:] += 40
    np.testing.assert_allclose(
        lanes_of(from_array(dirty, FS_HZ)).range_mv, lanes_of(from_array(clean, FS_HZ)).range_mv, atol=0.15
    )


def test_a_day_is_read_in_spans_only() -> None:
    read = []

    def read_span(start: int, stop: int, leads: object) -> npt.NDArray[np.float32]:
        read.append(stop - start)
        return np.zeros((stop - start, 2), dtype=np.float32)

    day = replace(from_array(wave(), FS_HZ), n_samples=round(24 * 3600 * FS_HZ), read_span=read_span)
    lanes_of(day)
    assert max(read) <= 10 * FS_HZ
    assert sum(read) < 150 * FS_HZ


@pytest.mark.data
def test_lead_range_of_a_real_recording_holds_nearly_all_of_it(ecg_data: Path) -> None:
    real = open_recording(ecg_data / "mitdb" / "208")
    low, high = lanes_of(real).range_mv[0]
    signal = real.read(0, 360 * 300, [0])[:, 0]
    signal = signal - np.median(signal)
    assert ((signal > low - 0.3) & (signal < high + 0.3)).mean() > 0.995
    assert high - low < 5


def test_unreadable_seconds_become_spans_per_lead() -> None:
    quality = np.array([[2, 0], [0, 0], [0, 1], [2, 0]], dtype=np.uint8)
    assert unreadable_spans(quality) == [[(1, 3)], [(0, 2), (3, 4)]]
