"""Waves found in tracings whose waves are known, and what must not change them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from waves_for_tests import drawn, median_ms, true_waves

from ecg_core.delineation import delineator
from ecg_core.delineation.delineator import delineate
from ecg_core.delineation.wave_model import load_wave_model
from ecg_core.delineation.waves import Waves
from ecg_core.errors import ModelError
from ecg_core.recording import Recording, from_array
from ecg_core.synthesis.conditions import CONDITIONS, tracing_of

pytestmark = pytest.mark.slow

GOOD = np.full((10, 12), 2, dtype=np.uint8)
INTERVALS = {"P": ("p_on", "p_off"), "PR": ("p_on", "qrs_on"), "QRS": ("qrs_on", "qrs_off"), "QT": ("qrs_on", "t_off")}
TOLERANCE_MS = {"P": 25, "PR": 20, "QRS": 20, "QT": 35}


def found_in(recording: Recording, beats: np.ndarray, quality: np.ndarray = GOOD) -> Waves:
    return delineate(recording, beats, quality[:, : len(recording.leads)])


@pytest.mark.parametrize(
    "name", ["normal", "sinus_bradycardia", "avb1", "rbbb", "lbbb", "lafb", "stemi_inferior", "long_qt", "lvh", "rvh"]
)
@pytest.mark.parametrize("noise_mv", [0.0, 0.01])
def test_intervals_of_known_conditions(name: str, noise_mv: float) -> None:
    recording, tracing = drawn(name, noise_mv=noise_mv)
    found, truth = found_in(recording, tracing.waves.beat), true_waves(tracing)
    for interval, (start, stop) in INTERVALS.items():
        difference = median_ms(found, start, stop, 500) - median_ms(truth, start, stop, 500)
        assert abs(difference) <= TOLERANCE_MS[interval], (interval, difference)


@pytest.mark.parametrize("name", ["afib", "flutter", "paced_ventricular"])
def test_what_has_no_p_wave_has_none_in_most_beats(name: str) -> None:
    recording, tracing = drawn(name)
    found = found_in(recording, tracing.waves.beat)
    assert np.isnan(found.sample_of("p_on")).mean() > 0.6
    assert np.isfinite(found.sample_of("qrs_on")).all()


def test_the_p_wave_in_the_t_wave_of_a_tachycardia_is_found() -> None:
    recording, tracing = drawn("sinus_tachycardia")
    found, truth = found_in(recording, tracing.waves.beat), true_waves(tracing)
    assert np.isfinite(found.sample_of("p_on"))[1:-1].mean() > 0.8
    assert abs(median_ms(found, "p_on", "qrs_on", 500) - median_ms(truth, "p_on", "qrs_on", 500)) <= 20


@pytest.mark.parametrize("name", ["avb_2_1", "wenckebach", "mobitz"])
def test_p_waves_that_are_not_conducted_are_kept(name: str) -> None:
    recording, tracing = drawn(name, noise_mv=0.01)
    found = found_in(recording, tracing.waves.beat).unconducted_p
    truth = np.median(tracing.waves.other_p[:, :, 1], axis=1)
    near = np.abs(found[:, 1][:, None] - truth) < 0.06 * 500
    between = (truth > tracing.waves.beat[0]) & (truth < tracing.waves.beat[-1])
    assert near[:, between].any(axis=0).mean() >= 0.7
    assert near.any(axis=1).all()
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize("name", ["normal", "sinus_bradycardia", "afib", "flutter", "lbbb"])
def test_where_every_p_wave_is_conducted_none_is_left_over(name: str) -> None:
    recording, tracing = drawn(name, noise_mv=0.01)
    assert not len(found_in(recording, tracing.waves.beat).unconducted_p)


def test_every_boundary_is_in_order() -> None:
    recording, tracing = drawn("normal", noise_mv=0.02)
    found = found_in(recording, tracing.waves.beat)
    for lead in (None, *range(12)):
        names = ("p_on", "p_peak", "p_off", "qrs_on", "qrs_peak", "qrs_off", "t_on", "t_peak", "t_off")
        ordered = np.stack([found.sample_of(name, lead) for name in names], axis=1)
        assert not (np.diff(ordered, axis=1) < -1).any()


@pytest.mark.parametrize("change", ["gain", "polarity", "offset", "order"])
def test_gain_polarity_offset_and_order_of_leads_change_nothing(change: str) -> None:
    recording, tracing = drawn("normal", noise_mv=0.01)
    signal, names = recording.read(), list(recording.lead_names)
    order = list(range(12))
    if change == "gain":
        signal = 3.7 * signal
    elif change == "polarity":
        signal = -signal
    elif change == "offset":
        signal = signal + np.float32(2.5)
    else:
        order = [7, 3, 11, 0, 5, 2, 9, 1, 10, 4, 8, 6]
    before = found_in(recording, tracing.waves.beat)
    changed = from_array(signal[:, order], 500.0, [names[lead] for lead in order])
    after = found_in(changed, tracing.waves.beat)
    limit = 15 if change == "polarity" else 1
    difference = before.common.astype(int)[1:-1] - after.common.astype(int)[1:-1]
    boundaries = [0, 2, 3, 5, 8]
    assert np.abs(difference[:, boundaries]).max() <= limit


@pytest.mark.parametrize("fs_hz", [128.0, 250.0, 257.3, 1000.0])
def test_the_sampling_rate_changes_intervals_by_little(fs_hz: float) -> None:
    recording, tracing = drawn("normal", fs_hz=fs_hz)
    found, truth = found_in(recording, tracing.waves.beat), true_waves(tracing)
    for interval, (start, stop) in INTERVALS.items():
        difference = median_ms(found, start, stop, fs_hz) - median_ms(truth, start, stop, fs_hz)
        assert abs(difference) <= TOLERANCE_MS[interval] + 1000 / fs_hz, (interval, difference)


def test_one_lead_alone_is_delineated() -> None:
    recording, tracing = drawn("normal")
    alone = from_array(recording.read(leads=["II"]), 500.0, ["II"])
    found, truth = found_in(alone, tracing.waves.beat), true_waves(tracing)
    assert np.isfinite(found.sample_of("p_on"))[1:-1].all()
    assert abs(median_ms(found, "p_on", "qrs_on", 500) - median_ms(truth, "p_on", "qrs_on", 500)) <= 25


def test_a_lead_that_cannot_be_read_is_not_assessed_rather_than_absent() -> None:
    recording, tracing = drawn("normal")
    quality = GOOD.copy()
    quality[:, 4] = 0
    found = found_in(recording, tracing.waves.beat, quality)
    assert not found.assessed[:, 4].any()
    assert np.isnan(found.confidence[:, 4]).all()
    assert np.isnan(found.sample_of("qrs_on", 4)).all()
    assert found.assessed[:, 5].all()


def test_a_gap_in_one_lead_does_not_move_the_others() -> None:
    recording, tracing = drawn("normal")
    signal = recording.read().copy()
    signal[2000:3000, 6] = np.nan
    found = found_in(from_array(signal, 500.0, recording.lead_names), tracing.waves.beat)
    before = found_in(recording, tracing.waves.beat)
    beats = (tracing.waves.beat > 500) & (tracing.waves.beat < 4500)
    difference = found.offset[beats][:, 0].astype(int) - before.offset[beats][:, 0].astype(int)
    assert np.abs(difference[:, [3, 5]]).max() <= 6


def test_reading_in_pieces_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    tracing = tracing_of(CONDITIONS["normal"], duration_s=200.0, lead_names=("II", "V2"))
    noise = 0.01 * np.random.default_rng(2).standard_normal(tracing.signal_mv.shape).astype(np.float32)
    whole, beats = from_array(tracing.signal_mv + noise, 500.0, ["II", "V2"]), tracing.waves.beat
    quality = np.full((200, 2), 2, dtype=np.uint8)
    at_once = delineate(whole, beats, quality)
    monkeypatch.setattr(delineator, "PIECE_S", 64)
    in_pieces = delineate(whole, beats, quality)
    assert np.array_equal(at_once.common, in_pieces.common)
    assert np.array_equal(at_once.offset, in_pieces.offset)


def test_hours_without_signal_cost_no_run_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    recording, tracing = drawn("normal")
    signal, beats = recording.read(), tracing.waves.beat
    hours = np.full((round(7200 * recording.fs_hz), len(recording.leads)), np.nan, dtype=np.float32)
    apart = len(signal) + len(hours)
    with_gap = from_array(np.concatenate([signal, hours, signal]), recording.fs_hz, recording.lead_names)
    added_by_hand = len(signal) + len(hours) // 2
    samples = np.concatenate([beats, [added_by_hand], beats + apart])
    lengths, network = [], load_wave_model().network
    probabilities = type(network).probabilities

    def counting(self: object, wave: np.ndarray, *others: np.ndarray) -> np.ndarray:
        lengths.append(len(wave))
        return np.asarray(probabilities(self, wave, *others))  # type: ignore[arg-type]

    monkeypatch.setattr(type(network), "probabilities", counting)
    found = delineate(with_gap, samples, np.full((with_gap.n_samples // 500 + 1, len(recording.leads)), 2, np.uint8))
    assert 1 <= len(lengths) <= 3
    assert found.assessed[: len(beats)].all()
    assert not found.assessed[len(beats)].any()
    qrs = found.sample_of("qrs_on")
    assert np.isnan(qrs[len(beats)])
    assert np.nanmax(np.abs(qrs[-len(beats) :] - apart - qrs[: len(beats)])) <= 4


def test_a_recording_without_beats_has_no_waves() -> None:
    recording, _ = drawn("normal")
    assert len(found_in(recording, np.empty(0, dtype=np.int64))) == 0


def test_a_damaged_model_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be opened as a delineation model"):
        load_wave_model(tmp_path)
    folder = tmp_path / "waves"
    folder.mkdir()
    source = load_wave_model()
    assert source.network.complete()
    (folder / "card.json").write_text('{"kind": "waves"}')
    np.savez(folder / "weights.npz", **source.network.weights)
    with pytest.raises(ModelError, match="card does not describe its weights"):
        load_wave_model(folder)
