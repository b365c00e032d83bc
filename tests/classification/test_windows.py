"""Windows: what the network sees depends on neither gain nor rate nor how the recording is cut into blocks."""

from __future__ import annotations

import numpy as np
import pytest

from ecg_core.classification import windows as module
from ecg_core.classification.windows import WindowSpec, beat_windows, iterate_windows, survey
from ecg_core.recording import Recording, from_array
from ecg_core.signal.quality import assess_quality
from ecg_core.signal.resampling import resample
from ecg_core.synthesis import Synthetic, generate, scenarios

SPEC = WindowSpec()


@pytest.fixture(scope="module")
def synthetic() -> Synthetic:
    return generate(scenarios()["demo_pvc"], duration_s=60, seed=3)


def peaks(synthetic: Synthetic) -> np.ndarray:
    return synthetic.annotations.beats()[0]


def recording_of(synthetic: Synthetic, factor: float = 1.0) -> Recording:
    return from_array(synthetic.signal * factor, synthetic.fs_hz, synthetic.lead_names)


def all_windows(recording: Recording, samples: np.ndarray, **quality: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    parts = list(iterate_windows(recording, samples, SPEC, survey(recording, samples, SPEC), **quality))
    return np.concatenate([p.wave for p in parts]), np.concatenate([p.readable for p in parts])


def test_gain_does_not_matter(synthetic: Synthetic) -> None:
    samples = peaks(synthetic)
    plain, _ = all_windows(recording_of(synthetic), samples)
    louder, _ = all_windows(recording_of(synthetic, 7.3), samples)
    np.testing.assert_allclose(louder, plain, atol=1e-3)


@pytest.mark.parametrize("fs_hz", [128.0, 250.0, 500.0])
def test_the_rate_does_not_matter(synthetic: Synthetic, fs_hz: float) -> None:
    samples = peaks(synthetic)
    plain, _ = all_windows(recording_of(synthetic), samples)
    signal = resample(synthetic.signal, synthetic.fs_hz, fs_hz)
    moved = np.rint(samples / synthetic.fs_hz * fs_hz).astype(np.int64)
    other, _ = all_windows(from_array(signal, fs_hz, synthetic.lead_names), moved)
    # A beat's position is rounded to the recording's samples: at 128 Hz the window may stand 4 ms aside.
    difference = np.abs(other - plain).mean(axis=(1, 2, 3))
    assert np.quantile(difference, 0.95) < (0.05 if fs_hz < 200 else 0.03)


def test_every_beat_has_its_window_and_blocks_leave_no_trace(
    synthetic: Synthetic, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = peaks(synthetic)
    recording = recording_of(synthetic)
    reference = survey(recording, samples, SPEC)
    whole = np.concatenate([p.wave for p in iterate_windows(recording, samples, SPEC, reference)])
    monkeypatch.setattr(module, "_BLOCK_S", 7.0)
    parts = list(iterate_windows(recording, samples, SPEC, reference))
    assert [p.first for p in parts] == np.cumsum([0, *[len(p.wave) for p in parts[:-1]]]).tolist()
    cut = np.concatenate([p.wave for p in parts])
    assert cut.shape == whole.shape == (len(samples), 3, SPEC.n_samples, 2)
    inner = slice(2, -2)
    np.testing.assert_allclose(cut[inner], whole[inner], atol=0.02)


def test_the_window_of_one_beat_is_the_one_of_the_whole_pass(synthetic: Synthetic) -> None:
    samples = peaks(synthetic)
    recording = recording_of(synthetic)
    reference = survey(recording, samples, SPEC)
    whole = np.concatenate([p.wave for p in iterate_windows(recording, samples, SPEC, reference)])
    one = beat_windows(recording, samples, 20, SPEC, reference)
    assert one.first == 20
    np.testing.assert_allclose(one.wave[0], whole[20], atol=0.02)


def test_the_dominant_beat_is_the_usual_one_even_beside_many_ectopic_ones(synthetic: Synthetic) -> None:
    samples, symbols = synthetic.annotations.beats()
    reference = survey(recording_of(synthetic), samples, SPEC)
    wave, _ = all_windows(recording_of(synthetic), samples)
    normal = np.median(wave[symbols == "N", 0, :, 0], axis=0)
    ectopic = np.median(wave[symbols == "V", 0, :, 0], axis=0)
    assert np.abs(reference.dominant[0] - normal).mean() < 0.2 * np.abs(reference.dominant[0] - ectopic).mean()


def test_an_unreadable_lead_is_masked_and_the_others_are_not(synthetic: Synthetic) -> None:
    samples = peaks(synthetic)
    quality = np.full((60, 3), 2, dtype=np.uint8)
    quality[20:30, 1] = 0
    _, readable = all_windows(recording_of(synthetic), samples, quality=quality)
    off = (samples / synthetic.fs_hz >= 20) & (samples / synthetic.fs_hz < 30)
    assert (readable[off] == [1, 0, 1]).all()
    assert readable[~off].all()


@pytest.mark.parametrize("off_mv", [np.nan, 0.0, 1.234])
def test_at_the_very_start_a_lead_that_is_off_throughout_does_not_count_either(
    synthetic: Synthetic, off_mv: float
) -> None:
    """The window of a beat there reaches so far out that no lead counts as present."""
    first = int(peaks(synthetic)[3])
    begin = first - round(0.05 * synthetic.fs_hz)
    signal = synthetic.signal[begin:]
    with_off = np.concatenate([signal, np.full((len(signal), 1), off_mv, dtype=np.float32)], axis=1)
    samples = peaks(synthetic)[3:] - begin
    quality = assess_quality(with_off, synthetic.fs_hz)
    wave, readable = all_windows(from_array(with_off, synthetic.fs_hz), samples, quality=quality)
    usual_wave, usual = all_windows(from_array(signal, synthetic.fs_hz), samples)
    assert usual[0].tolist() == [1.0] * signal.shape[1]
    assert readable[0].tolist() == [*usual[0], 0.0]
    np.testing.assert_array_equal(wave[:, :-1], usual_wave)


def test_an_absent_lead_is_masked_and_its_window_is_finite(synthetic: Synthetic) -> None:
    signal = synthetic.signal.copy()
    signal[:, 2] = np.nan
    wave, readable = all_windows(from_array(signal, synthetic.fs_hz), peaks(synthetic))
    assert np.isfinite(wave).all()
    assert (readable == [1, 1, 0]).all()
