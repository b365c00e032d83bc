"""Pacing spikes are found whatever their size and form, and nothing else is taken for one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from paced_ecg import Paced, atrial, dual, ventricular

from ecg_core.pacing import find_beats_and_spikes, no_spikes, search_spikes, without_spikes
from ecg_core.pacing.spikes import width_ms
from ecg_core.recording import from_array

pytestmark = pytest.mark.slow

NEAR_S = 0.012


def found_of(truth_s: list[float], found_s: npt.NDArray[np.float64]) -> tuple[float, int]:
    """Return the share of the true times that were found, and how many of those found are not true."""
    truth = np.array(truth_s)
    if not len(found_s):
        return 0.0, 0
    hits = [np.abs(found_s - at).min() <= NEAR_S for at in truth]
    wrong = [not len(truth) or np.abs(truth - at).min() > NEAR_S for at in found_s]
    return float(np.mean(hits)), int(np.sum(wrong))


@pytest.mark.parametrize("fs_hz", [250.0, 360.0, 500.0, 1000.0])
@pytest.mark.parametrize(
    "form",
    [
        {"height_mv": 0.5},
        {"height_mv": 2.0, "width_ms": 2.0},
        {"height_mv": 20.0},
        {"height_mv": -3.0},
        {"height_mv": 2.0, "biphasic": True},
        {"height_mv": 5.0, "tail": 0.15},
        {"height_mv": 1.0, "cutoff": 0.8},
        {"height_mv": 1.0, "leads": 12},
    ],
    ids=lambda form: " ".join(f"{name}={value}" for name, value in form.items()),
)
def test_spikes_of_every_form_are_found_and_no_beat_is_lost(fs_hz: float, form: dict[str, float]) -> None:
    made = ventricular(fs_hz, 20.0)
    detection, spikes = find_beats_and_spikes(from_array(made.finish(**form), fs_hz))
    share, wrong = found_of(made.ventricular_s, spikes.sample / fs_hz)
    assert share >= 0.95
    assert not wrong
    beats_s = detection.sample / fs_hz
    assert len(beats_s) == len(made.beats_s)
    assert np.abs(beats_s - np.array(made.beats_s)).max() < 0.08
    assert set(spikes.chamber) == {"V"}


@pytest.mark.parametrize("fs_hz", [250.0, 500.0])
def test_both_chambers_are_told_apart_and_no_spike_is_a_beat(fs_hz: float) -> None:
    made = dual(fs_hz, 20.0)
    detection, spikes = find_beats_and_spikes(from_array(made.finish(height_mv=1.0), fs_hz))
    assert len(detection.sample) == len(made.beats_s)
    for chamber, truth_s in (("A", made.atrial_s), ("V", made.ventricular_s)):
        assert found_of(truth_s, spikes.sample[spikes.chamber == chamber] / fs_hz) == (1.0, 0)


def test_both_chambers_are_told_apart_where_the_ventricle_does_not_follow() -> None:
    made = Paced(500.0, 30.0)
    for index, at_s in enumerate(np.arange(0.7, 28.5, 1.0)):
        made.atrial_s.append(float(at_s))
        made.p_wave(float(at_s) + 0.05)
        made.ventricular_s.append(float(at_s) + 0.16)
        if index % 4 != 3:
            made.wide(float(at_s) + 0.25)
    detection, spikes = find_beats_and_spikes(from_array(made.finish(height_mv=1.0), 500.0))
    assert len(detection.sample) == len(made.beats_s)
    for chamber, truth_s in (("A", made.atrial_s), ("V", made.ventricular_s)):
        assert found_of(truth_s, spikes.sample[spikes.chamber == chamber] / 500.0) == (1.0, 0)


@pytest.mark.parametrize("fs_hz", [250.0, 500.0])
def test_a_spike_long_before_a_conducted_beat_paces_the_atrium(fs_hz: float) -> None:
    made = atrial(fs_hz, 20.0)
    _, spikes = find_beats_and_spikes(from_array(made.finish(), fs_hz))
    assert found_of(made.atrial_s, spikes.sample / fs_hz) == (1.0, 0)
    assert set(spikes.chamber) == {"A"}


@pytest.mark.parametrize("scale", [1e-3, 1.0, 400.0])
def test_the_unit_and_the_polarity_do_not_matter(scale: float) -> None:
    made = ventricular(500.0, 20.0)
    signal = made.finish(height_mv=1.0)
    for factor in (scale, -scale):
        spikes = search_spikes(from_array(signal * np.float32(factor), 500.0))
        assert found_of(made.ventricular_s, spikes.sample / 500.0) == (1.0, 0)


def test_below_250_hz_it_is_said_that_spikes_cannot_be_seen() -> None:
    made = ventricular(200.0, 10.0)
    spikes = search_spikes(from_array(made.finish(), 200.0))
    assert not spikes.assessable
    assert not len(spikes)
    assert search_spikes(from_array(ventricular(250.0, 10.0).finish(), 250.0)).assessable


def conducted(fs_hz: float, duration_s: float = 30.0, narrow: float = 1.0) -> Paced:
    made = Paced(fs_hz, duration_s)
    made.heart = type(made.heart)(
        narrow=tuple((delay * narrow, width * narrow, height) for delay, width, height in made.heart.narrow)
    )
    for at_s in np.arange(0.6, duration_s - 0.5, 0.8):
        made.narrow(float(at_s))
    return made


@pytest.mark.parametrize("fs_hz", [250.0, 360.0, 500.0, 1000.0])
@pytest.mark.parametrize("narrow", [1.0, 0.8])
def test_steep_and_narrow_beats_are_no_spikes(fs_hz: float, narrow: float) -> None:
    recording = from_array(conducted(fs_hz, narrow=narrow).finish(), fs_hz)
    detection, spikes = find_beats_and_spikes(recording)
    assert not len(spikes)
    assert spikes.assessable
    assert len(detection.sample) > 30


def disturbed(kind: str, fs_hz: float) -> npt.NDArray[np.float32]:
    signal = conducted(fs_hz, 60.0).finish().astype(np.float64)
    rng, n = np.random.default_rng(4), len(signal)
    time_s = np.arange(n) / fs_hz
    if kind == "muscle":
        signal += 0.15 * rng.standard_normal(signal.shape)
    elif kind == "mains":
        signal[:, 0] += 0.4 * np.sin(2 * np.pi * 50 * time_s)
    elif kind == "pops":
        for at in rng.integers(0, n, 60):
            signal[at:, 0] += 1.5 * np.exp(-np.arange(n - at) / (0.15 * fs_hz))
    elif kind == "glitches":  # at random times, of random height
        signal[rng.integers(0, n, 40), 0] += rng.uniform(-4, 4, 40)
    elif kind == "coarse":
        signal = np.round(signal / 0.1) * 0.1
    elif kind == "gaps":
        for at in rng.integers(0, n - 400, 12):
            signal[at : at + rng.integers(1, 400)] = np.nan
    return signal.astype(np.float32)


@pytest.mark.parametrize("fs_hz", [250.0, 500.0])
@pytest.mark.parametrize("kind", ["muscle", "mains", "pops", "glitches", "coarse", "gaps"])
def test_disturbances_are_no_spikes(kind: str, fs_hz: float) -> None:
    _, spikes = find_beats_and_spikes(from_array(disturbed(kind, fs_hz), fs_hz))
    assert not len(spikes)


def test_pieces_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = from_array(ventricular(250.0, 100.0).finish(), 250.0)
    whole = search_spikes(recording)
    monkeypatch.setattr("ecg_core.pacing.search.PIECE_S", 17)
    pieces = search_spikes(recording)
    np.testing.assert_array_equal(whole.sample, pieces.sample)
    assert len(whole) > 90


def test_without_spikes_the_recording_itself_is_read() -> None:
    recording = from_array(conducted(500.0).finish(), 500.0)
    assert without_spikes(recording, no_spikes(1)) is recording


def test_a_sample_without_its_spike_has_one_value_whatever_span_is_read() -> None:
    made = ventricular(500.0, 12.0)
    signal = made.finish(height_mv=5.0, tail=0.1)
    recording = from_array(signal, 500.0)
    spikes = search_spikes(recording)
    blanked = without_spikes(recording, spikes)
    whole = blanked.read()
    assert np.abs(whole).max() < 1.2 < np.abs(signal).max()
    for start, stop in ((0, 37), (340, 360), (349, 351), (1000, 3000), (5990, 6000)):
        np.testing.assert_array_equal(blanked.read(start, stop), whole[start:stop])
    far = np.abs(np.arange(len(signal))[:, None] - spikes.sample).min(axis=1) > 80
    np.testing.assert_array_equal(whole[far], signal[far])
    assert blanked.sha256 == recording.sha256


def test_absent_samples_stay_absent_under_a_spike() -> None:
    signal = ventricular(500.0, 12.0).finish()
    recording = from_array(signal, 500.0)
    spikes = search_spikes(recording)
    signal[spikes.sample[4] - 3 : spikes.sample[4] + 40] = np.nan
    read = without_spikes(from_array(signal, 500.0), spikes).read()
    np.testing.assert_array_equal(np.isnan(read), np.isnan(signal))


def test_the_width_is_that_at_half_height() -> None:
    time_ms = np.arange(-60, 61) * 2.0
    for sigma_ms in (3.0, 6.0, 12.0):
        wave = np.exp(-0.5 * (time_ms / sigma_ms) ** 2).astype(np.float32)[None]
        assert width_ms(wave, 60, np.ones(1, np.float32), 500.0)[0] == pytest.approx(2.355 * sigma_ms, rel=0.06)
