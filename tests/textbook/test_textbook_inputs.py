"""Inputs of the textbook models: what they may depend on, and what they hold where the signal is absent."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ecg_core.classification.rr import rr_features
from ecg_core.errors import ModelError
from ecg_core.recording import from_array
from ecg_core.signal.resampling import resample
from ecg_core.synthesis import Synthetic
from ecg_core.textbook.inputs import (
    FeatureInputs,
    Inputs,
    PeriodicityInputs,
    SegmentInputs,
    SequenceInputs,
    SpectrogramInputs,
    inputs_of,
    inputs_to_dict,
)

EVERY: tuple[Inputs, ...] = (
    SegmentInputs(),
    SegmentInputs(fs_hz=360.0, before_s=3.0, after_s=3.0, band_hz=None, scale="recording"),
    SequenceInputs(),
    SequenceInputs(relative=True),
    SpectrogramInputs(),
    PeriodicityInputs(),
    FeatureInputs(),
)
OF_WAVES = EVERY[:-1]
"""Hand-made features are millivolts; all others are promised not to depend on gain."""


def name_of(inputs: Inputs) -> str:
    return "-".join(
        [
            inputs.kind,
            *(str(value) for value in (getattr(inputs, "scale", None), getattr(inputs, "relative", None)) if value),
        ]
    )


every_kind = pytest.mark.parametrize("inputs", EVERY, ids=name_of)


def arrays_of(inputs: Inputs, synthetic: Synthetic, signal: np.ndarray | None = None) -> dict[str, np.ndarray]:
    recording = from_array(synthetic.signal if signal is None else signal, synthetic.fs_hz)
    return inputs.arrays(recording, synthetic.annotations.beats()[0])


@every_kind
def test_the_arrays_have_the_shapes_and_the_names_that_are_promised(inputs: Inputs, synthetic: Synthetic) -> None:
    arrays = arrays_of(inputs, synthetic)
    n_beats = len(synthetic.annotations.beats()[0])
    assert {name: array.shape for name, array in arrays.items()} == {
        name: (n_beats, *shape) for name, shape in inputs.shapes.items()
    }
    for array in arrays.values():
        assert array.dtype == np.float32
        assert np.isfinite(array).all()
        assert array.std(axis=0).max() > 0.05


@pytest.mark.parametrize("inputs", OF_WAVES, ids=name_of)
@pytest.mark.parametrize("gain", [0.2, 7.3])
def test_gain_does_not_matter(inputs: Inputs, gain: float, synthetic: Synthetic) -> None:
    plain, scaled = arrays_of(inputs, synthetic), arrays_of(inputs, synthetic, synthetic.signal * gain)
    for name, array in plain.items():
        np.testing.assert_allclose(scaled[name], array, atol=2e-3)


@every_kind
@pytest.mark.parametrize("fs_hz", [250.0, 500.0])
def test_the_rate_does_not_matter(inputs: Inputs, fs_hz: float, synthetic: Synthetic) -> None:
    samples = synthetic.annotations.beats()[0]
    signal = resample(synthetic.signal, synthetic.fs_hz, fs_hz)
    moved = np.rint(samples / synthetic.fs_hz * fs_hz).astype(np.int64)
    plain, other = arrays_of(inputs, synthetic), inputs.arrays(from_array(signal, fs_hz), moved)
    for name, array in plain.items():
        difference = np.abs(other[name] - array).mean(axis=tuple(range(1, array.ndim)))
        assert np.quantile(difference, 0.9) < 0.1 * array.std()


@every_kind
def test_only_the_first_lead_counts(inputs: Inputs, synthetic: Synthetic) -> None:
    changed = synthetic.signal.copy()
    changed[:, 1:] = np.nan
    for name, array in arrays_of(inputs, synthetic).items():
        np.testing.assert_array_equal(arrays_of(inputs, synthetic, changed)[name], array)


@every_kind
def test_no_beats_give_empty_arrays(inputs: Inputs, synthetic: Synthetic) -> None:
    arrays = inputs.arrays(from_array(synthetic.signal, synthetic.fs_hz), np.empty(0, np.int64))
    assert {name: array.shape for name, array in arrays.items()} == {
        name: (0, *shape) for name, shape in inputs.shapes.items()
    }


@every_kind
@pytest.mark.parametrize("absent", ["gap", "all", "flat"])
def test_an_absent_or_flat_signal_gives_finite_values(inputs: Inputs, absent: str, synthetic: Synthetic) -> None:
    signal = synthetic.signal.copy()
    if absent == "gap":
        signal[round(20 * synthetic.fs_hz) : round(31 * synthetic.fs_hz)] = np.nan
    else:
        signal[:] = np.nan if absent == "all" else 0.7
    for array in arrays_of(inputs, synthetic, signal).values():
        assert np.isfinite(array).all()


@every_kind
def test_beats_at_the_very_ends_are_finite(inputs: Inputs, synthetic: Synthetic) -> None:
    recording = from_array(synthetic.signal, synthetic.fs_hz)
    samples = np.array([0, 1, recording.n_samples // 2, recording.n_samples - 1])
    for array in inputs.arrays(recording, samples).values():
        assert len(array) == 4
        assert np.isfinite(array).all()


def test_a_segment_is_standardised_and_centred_on_its_beat(synthetic: Synthetic) -> None:
    inputs = SegmentInputs()
    segments = arrays_of(inputs, synthetic)["segment"][2:-2, :, 0]
    np.testing.assert_allclose(segments.mean(axis=1), 0, atol=1e-4)
    np.testing.assert_allclose(segments.std(axis=1), 1, atol=1e-3)
    assert np.median(np.abs(np.abs(segments).argmax(axis=1) - inputs.window.n_before)) <= 1


def test_outside_the_recording_a_segment_is_zero(synthetic: Synthetic) -> None:
    recording = from_array(synthetic.signal, synthetic.fs_hz)
    inputs = SegmentInputs()
    segment = inputs.arrays(recording, np.array([0]))["segment"][0, :, 0]
    assert not segment[: inputs.window.n_before - 2].any()
    assert segment[inputs.window.n_before + 5 :].std() > 0.1


def test_scaled_by_recording_a_higher_beat_stays_higher(synthetic: Synthetic) -> None:
    samples, symbols = synthetic.annotations.beats()
    heights = {}
    for scale in ("segment", "recording"):
        inputs = SegmentInputs(scale=scale, before_s=0.2, after_s=0.2)
        found = arrays_of(inputs, synthetic)["segment"][:, :, 0]
        heights[scale] = np.ptp(found, axis=1)
        if scale == "recording":
            assert abs(found.mean()) < 1e-3
            assert found.std() == pytest.approx(1, abs=1e-2)
    raw = np.ptp(
        SegmentInputs(scale="recording", before_s=0.2, after_s=0.2).arrays(
            from_array(synthetic.signal, synthetic.fs_hz), samples
        )["segment"][:, :, 0],
        axis=1,
    )
    ectopic = symbols == "V"
    of_truth = np.median(raw[ectopic]) / np.median(raw[~ectopic])
    by_recording = np.median(heights["recording"][ectopic]) / np.median(heights["recording"][~ectopic])
    by_segment = np.median(heights["segment"][ectopic]) / np.median(heights["segment"][~ectopic])
    assert by_recording == pytest.approx(of_truth)
    assert abs(np.log(by_segment)) != pytest.approx(abs(np.log(of_truth)), rel=0.05)


def test_a_sequence_is_in_order_of_time_and_repeats_the_ends(synthetic: Synthetic) -> None:
    inputs = SequenceInputs(n_beats=5)
    arrays = arrays_of(inputs, synthetic)
    single = arrays_of(SequenceInputs(n_beats=1), synthetic)["beats"][:, 0]
    n_beats = len(single)
    for beat in (0, 1, 7, n_beats - 2, n_beats - 1):
        around = np.clip(np.arange(beat - 2, beat + 3), 0, n_beats - 1)
        np.testing.assert_array_equal(arrays["beats"][beat], single[around])
        rr = rr_features(synthetic.annotations.beats()[0] / synthetic.fs_hz)
        np.testing.assert_array_equal(arrays["rr"][beat], rr[around])
    assert np.abs(single[6] - single[7]).max() > 0.01


def test_what_is_left_of_a_usual_beat_is_little_and_of_an_unusual_one_much(synthetic: Synthetic) -> None:
    _, symbols = synthetic.annotations.beats()
    inputs = SequenceInputs(n_beats=1, relative=True)
    left = np.abs(arrays_of(inputs, synthetic)["beats"][:, 0]).mean(axis=1)
    whole = np.abs(arrays_of(replace(inputs, relative=False), synthetic)["beats"][:, 0]).mean(axis=1)
    assert np.median(left[symbols == "N"]) < 0.5 * np.median(whole[symbols == "N"])
    assert np.median(left[symbols == "V"]) > 3 * np.median(left[symbols == "N"])


def test_a_sequence_of_one_beat_repeats_it(synthetic: Synthetic) -> None:
    recording = from_array(synthetic.signal, synthetic.fs_hz)
    arrays = SequenceInputs().arrays(recording, synthetic.annotations.beats()[0][5:6])
    assert arrays["beats"].shape[:2] == (1, 9)
    assert np.ptp(arrays["beats"][0], axis=0).max() == 0


@pytest.mark.parametrize("rate_bpm", [40, 62, 75, 111, 150, 190])
def test_a_steady_rhythm_repeats_itself_after_each_rr_interval(rate_bpm: int) -> None:
    fs_hz = 360.0
    time_s = np.arange(round(60 * fs_hz)) / fs_hz
    since_beat_s = (time_s + 30 / rate_bpm) % (60 / rate_bpm) - 30 / rate_bpm
    signal = np.exp(-0.5 * (since_beat_s / 0.012) ** 2)
    inputs = PeriodicityInputs()
    repeats = inputs.arrays(from_array(signal, fs_hz), np.array([10_000]))["periodicity"][0, :, 0]
    first_s = inputs.lags_s[np.argmax(repeats > 0.9 * repeats.max())]
    assert first_s == pytest.approx(60 / rate_bpm, abs=0.05)
    assert repeats.max() == pytest.approx(1, abs=0.1)
    between = np.interp(1.5 * 60 / rate_bpm, inputs.lags_s, repeats)
    assert between < 0.5


def test_noise_repeats_itself_after_no_lag() -> None:
    noise = np.random.default_rng(2).standard_normal(21_600)
    repeats = PeriodicityInputs().arrays(from_array(noise, 360.0), np.arange(3000, 18_000, 1000))["periodicity"]
    assert np.abs(repeats.mean(axis=0)).max() < 0.25


@pytest.mark.parametrize("tone_hz", [6.0, 12.0, 25.0, 34.0])
def test_a_pure_tone_is_brightest_at_its_frequency(tone_hz: float) -> None:
    fs_hz = 360.0
    time_s = np.arange(round(20 * fs_hz)) / fs_hz
    recording = from_array(np.sin(2 * np.pi * tone_hz * time_s), fs_hz)
    image = SpectrogramInputs().arrays(recording, np.array([3600]))["image"][0, :, :, 0]
    frequencies_hz = np.linspace(0.5, SpectrogramInputs.MAX_HZ, SpectrogramInputs.SIZE)
    assert frequencies_hz[image.mean(axis=1).argmax()] == pytest.approx(tone_hz, abs=1.0)
    assert np.abs(frequencies_hz[image.argmax(axis=0)] - tone_hz).max() < 2.5


def test_a_burst_is_brightest_at_its_time() -> None:
    fs_hz, at_s = 360.0, 10.3
    time_s = np.arange(round(20 * fs_hz)) / fs_hz
    burst = np.exp(-(((time_s - at_s) / 0.03) ** 2)) * np.sin(2 * np.pi * 20 * (time_s - at_s) + 1)
    noise = 0.01 * np.random.default_rng(1).standard_normal(len(time_s))
    image = SpectrogramInputs().arrays(from_array(burst + noise, fs_hz), np.array([3600]))["image"][0, :, :, 0]
    column_s = np.linspace(-0.6, 0.6, SpectrogramInputs.SIZE)
    near_20_hz = image[28:36].mean(axis=0)
    assert column_s[near_20_hz.argmax()] == pytest.approx(at_s - 10, abs=0.05)


@pytest.mark.parametrize(
    "inputs",
    [
        *EVERY,
        SegmentInputs(fs_hz=50.0, before_s=5.0, after_s=5.0, band_hz=(5.0, 20.0)),
        SequenceInputs(n_beats=5, fs_hz=80.0),
        SpectrogramInputs(window_s=0.3),
    ],
)
def test_a_card_keeps_every_kind_through_json(inputs: Inputs) -> None:
    kept = json.loads(json.dumps(inputs_to_dict(inputs)))
    assert inputs_of(kept) == inputs
    assert inputs_of(kept).shapes == inputs.shapes


@pytest.mark.parametrize(
    "values", [{"kind": "hologram"}, {}, {"kind": None}, {"kind": {}}, {"kind": "segment", "colour": 3}]
)
def test_an_unknown_kind_is_refused_in_one_sentence(values: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="does not know the model's kind of input"):
        inputs_of(values)
