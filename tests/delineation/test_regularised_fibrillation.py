"""Slow regular beats among fibrillatory waves are complete AV block; without such waves, or locked to them, not."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.delineation.regularised_fibrillation import fibrillatory_rate_hz, regularised_fibrillation
from ecg_core.delineation.waves import no_waves
from ecg_core.recording import from_array

FS_HZ = 250.0
SECONDS = 30


def tracing(wave_hz: float, size_mv: float = 0.05, rr_s: float = 1.47, spread: float = 0.0) -> tuple[np.ndarray, ...]:
    """Return two leads with beats of 1 mV and a sine between them, and the samples of the beats."""
    rng = np.random.default_rng(5)
    beat_s = 0.6 + np.concatenate([[0.0], np.cumsum(rr_s * (1 + spread * rng.standard_normal(60)))])
    beat_s = beat_s[beat_s < SECONDS - 0.6]
    time_s = np.arange(round(SECONDS * FS_HZ)) / FS_HZ
    one = size_mv * np.sin(2 * np.pi * wave_hz * time_s)
    for at in beat_s:
        one += np.exp(-0.5 * ((time_s - at) / 0.012) ** 2) + 0.25 * np.exp(-0.5 * ((time_s - at - 0.25) / 0.05) ** 2)
    signal = one[:, None] * np.array([1.0, 0.6]) + 0.008 * rng.standard_normal((len(time_s), 2))
    return signal, np.round(beat_s * FS_HZ).astype(np.int64)


def spans(signal: np.ndarray, beat: np.ndarray) -> list[str]:
    recording = from_array(signal, FS_HZ)
    waves = no_waves(beat, recording.lead_names)
    return [span.kind for span in regularised_fibrillation(recording, waves, np.ones(len(beat), dtype=bool))]


@pytest.mark.parametrize("wave_hz", [5.3, 6.7, 8.1])
def test_the_rate_of_the_waves_is_found(wave_hz: float) -> None:
    signal, beat = tracing(wave_hz)
    assert fibrillatory_rate_hz(signal, FS_HZ, beat) == pytest.approx(wave_hz, abs=0.6)


def test_regular_beats_among_fibrillatory_waves_are_complete_block() -> None:
    assert spans(*tracing(6.3)) == ["AFIB", "AVB3"]


def test_irregular_beats_are_not() -> None:
    assert not spans(*tracing(6.3, spread=0.12))


def test_faster_beats_are_not() -> None:
    assert not spans(*tracing(6.3, rr_s=0.85))


@pytest.mark.parametrize("wave_hz", [2.2, 15.0])
def test_waves_of_other_rates_are_none(wave_hz: float) -> None:
    assert not spans(*tracing(wave_hz))


def test_beats_without_waves_are_not() -> None:
    assert not spans(*tracing(6.3, size_mv=0.0))


def test_waves_locked_to_the_beats_are_conducted_flutter() -> None:
    assert not spans(*tracing(5.0, rr_s=1.2))
