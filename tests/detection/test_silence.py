"""A lead without a heart is unreadable; a silent heart on a lead that works is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from gaussian_ecg import gaussian_ecg
from silent_leads import SPANS, beats_around, lead_off, silence

from ecg_core.beats import UNREADABLE, beat_table
from ecg_core.detection.detector import detect_with_quality
from ecg_core.detection.silence import silent_leads
from ecg_core.rhythm import Summary, episodes, summary

pytestmark = pytest.mark.slow

Found = tuple[np.ndarray, np.ndarray, pd.DataFrame, Summary]


def found_in(signal: np.ndarray, fs_hz: float) -> Found:
    beats, quality = detect_with_quality(signal, fs_hz)
    table = beat_table(beats, fs_hz)
    found = episodes(table, fs_hz, len(signal), quality)
    return beats / fs_hz, quality, found, summary(table, found, fs_hz, len(signal), quality)


def assert_nothing_is_told_across_it(found: Found, truth_s: np.ndarray) -> None:
    beats_s, quality, told, figures = found
    assert np.abs(beats_s[:, None] - truth_s).min(axis=0).max() < 0.05  # every beat before and after it
    assert len(beats_s) - len(truth_s) <= 2  # where it begins and ends the signal jumps
    assert (quality.max(axis=1)[62:88] == UNREADABLE).mean() > 0.9
    assert not set(told["kind"]) & {"PAUSE", "ASYSTOLE", "SBR"}
    assert figures.min_rate_bpm is None or figures.min_rate_bpm > 50
    assert figures.longest_rr_s is None or figures.longest_rr_s < 2
    assert figures.readable_share == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize("kind", [kind for kind in SPANS if kind != "triboelectric"])
def test_no_pause_rate_or_bradycardia_across_a_lead_that_is_off(kind: str) -> None:
    signal, truth_s = lead_off(kind, 250.0)
    assert_nothing_is_told_across_it(found_in(signal, 250.0), truth_s)


@pytest.mark.parametrize("fs_hz", [100.0, 125.0, 128.0, 200.0, 360.0, 500.0, 1000.0])
@pytest.mark.parametrize(
    "kind", ["LSB noise", "drift then flat", "50 Hz 0.1", "60 Hz 0.5, harmonics", "50 Hz 1, wavering"]
)
def test_rate_does_not_matter(kind: str, fs_hz: float) -> None:
    signal, truth_s = lead_off(kind, fs_hz)
    assert_nothing_is_told_across_it(found_in(signal, fs_hz), truth_s)


@pytest.mark.parametrize("gain", [-1.0, 0.01, 300.0])
@pytest.mark.parametrize("kind", ["LSB noise", "50 Hz 0.1", "rail with mains", "square"])
def test_gain_and_polarity_do_not_matter(kind: str, gain: float) -> None:
    signal, truth_s = lead_off(kind, 250.0)
    assert_nothing_is_told_across_it(found_in((gain * signal).astype(np.float32), 250.0), truth_s)


@pytest.mark.parametrize("kind", ["constant", "LSB noise", "50 Hz 3", "drift then flat", "triboelectric"])
def test_the_other_lead_goes_on(kind: str) -> None:
    off, _ = lead_off(kind, 250.0)
    truth_s = beats_around(0, 0, 150)
    good = gaussian_ecg(truth_s, 250.0, 150, noise_mv=0.015, seed=7)
    beats_s, quality, told, _ = found_in(np.hstack([off, good]), 250.0)
    assert (quality.max(axis=1) > UNREADABLE).all()
    assert (quality[63:86, 0] == UNREADABLE).mean() > 0.7
    assert abs(len(beats_s) - len(truth_s)) <= 1
    assert (np.abs(beats_s[:, None] - truth_s).min(axis=0) > 0.05).sum() <= 1
    assert not set(told["kind"]) & {"PAUSE", "ASYSTOLE", "SBR", "UNREADABLE"}


@pytest.mark.parametrize(
    "start_s, stop_s, kind",
    [(60, 62.4, "PAUSE"), (60, 66, "ASYSTOLE"), (60, 90, "ASYSTOLE"), (140, 150, "ASYSTOLE"), (0, 9, "ASYSTOLE")],
)
@pytest.mark.parametrize(
    "more", [{}, {"p_waves": True}, {"hum_mv": 0.1}, {"noise_mv": 0.003}], ids=["plain", "P waves", "hum", "quiet"]
)
def test_silence_of_the_heart_is_told(start_s: float, stop_s: float, kind: str, more: dict[str, float]) -> None:
    signal, truth_s = silence(250.0, start_s, stop_s, 150.0, **more)
    beats_s, _, told, _ = found_in(signal, 250.0)
    assert kind in set(told["kind"])
    assert "UNREADABLE" not in set(told["kind"])
    assert abs(len(beats_s) - len(truth_s)) <= 1  # P waves and noise are no beats
    assert np.abs(beats_s[:, None] - truth_s).min(axis=0).max() < 0.05
    row = told[told["kind"] == kind].iloc[0]
    assert row["start_sample"] / 250 == pytest.approx(start_s, abs=1.2)


def test_a_lead_that_comes_off_in_an_asystole_leaves_the_asystole_before() -> None:
    signal, _ = silence(250.0, 60, 90, 150.0)
    signal[80 * 250 : 89 * 250] = 2.5
    _, quality, told, _ = found_in(signal, 250.0)
    assert (quality[80:89, 0] == UNREADABLE).all()
    row = told[told["kind"] == "ASYSTOLE"].iloc[0]
    assert row["start_sample"] / 250 == pytest.approx(60, abs=1)
    assert row["stop_sample"] / 250 == pytest.approx(80, abs=2.1)


def test_fibrillatory_waves_are_not_called_a_lead_that_is_off() -> None:
    signal, truth_s = silence(250.0, 60, 90, 150.0)
    time_s = np.arange(len(signal)) / 250
    inside = (time_s > 60.3) & (time_s < 89.7)
    phase = 2 * np.pi * 5 * time_s + 1.5 * np.sin(2 * np.pi * 0.3 * time_s)
    waves = (0.5 + 0.2 * np.sin(2 * np.pi * 0.4 * time_s)) * np.sin(phase)
    signal[inside, 0] += waves[inside].astype(np.float32)
    beats = np.rint(truth_s * 250).astype(np.int64)
    good = np.full((150, 1), 2, dtype=np.uint8)
    lowered = silent_leads(signal, 250.0, good, beats, np.ones((len(beats), 1), dtype=bool))
    assert (lowered[62:88] > UNREADABLE).all()
