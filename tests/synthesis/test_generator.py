"""The generator: reproducible, independent of how it is cut, and exact about where the beats are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sleepecg import detect_heartbeats

from ecg_core.synthesis import Disturbance, Scenario, Synthesizer, generate, scenarios

pytestmark = pytest.mark.slow

SHORT = [name for name in scenarios() if name.startswith("demo_")]
MIXED = replace(scenarios()["demo_noise"], name="mixed", events=scenarios()["demo_noise"].events[:6])


def test_same_seed_gives_the_same_bits_and_another_seed_another_person() -> None:
    first, again, other = (generate(MIXED, 40, seed) for seed in (3, 3, 4))
    assert first.signal.tobytes() == again.signal.tobytes()
    assert first.annotations.sample.tolist() == again.annotations.sample.tolist()
    assert first.annotations.sample.tolist() != other.annotations.sample.tolist()
    assert not np.allclose(first.clean.max(axis=0), other.clean.max(axis=0), rtol=1e-3)


@pytest.mark.parametrize("block_s", [7.3, 60.0, 100.0, 1000.0])
def test_block_length_changes_nothing(block_s: float) -> None:
    whole = generate(MIXED, 150, 5)
    blocks = list(Synthesizer(MIXED, 150, 5).blocks(block_s))
    assert max(len(block.signal_mv) for block in blocks) <= round(block_s * MIXED.fs_hz)
    assert [block.start for block in blocks] == np.cumsum(
        [0, *(len(block.signal_mv) for block in blocks[:-1])]
    ).tolist()
    assert np.concatenate([block.signal_mv for block in blocks]).tobytes() == whole.signal.tobytes()
    beats = np.concatenate([block.beat_sample for block in blocks])
    np.testing.assert_array_equal(beats, whole.annotations.beats()[0])
    for block in blocks:
        inside = (block.beat_sample >= block.start) & (block.beat_sample < block.start + len(block.signal_mv))
        assert inside.all()


@pytest.mark.parametrize("name", ["demo_pvc", "demo_af", "holter_day"])
def test_a_longer_recording_starts_with_the_shorter(name: str) -> None:
    scenario = scenarios()[name]
    short, long = generate(scenario, 95.5, 2), generate(scenario, 400, 2)
    np.testing.assert_array_equal(short.signal, long.signal[: len(short.signal)])
    before_end = long.annotations.sample < len(short.signal)
    np.testing.assert_array_equal(short.annotations.sample, long.annotations.sample[before_end])
    assert short.annotations.aux == long.annotations.aux[: before_end.sum()]


@pytest.mark.parametrize("name", SHORT)
@pytest.mark.parametrize("seed", [1, 17])
def test_each_beat_sits_on_the_extremum_of_the_noiseless_qrs_in_the_first_lead(name: str, seed: int) -> None:
    recording = generate(scenarios()[name], seed=seed)
    sample, symbol = recording.annotations.beats()
    size = np.abs(recording.clean[:, 0])
    reach = round(0.05 * recording.fs_hz)
    inside = (sample >= reach) & (sample < len(size) - reach)
    for at, kind in zip(sample[inside], symbol[inside], strict=True):
        assert at == at - reach + size[at - reach : at + reach + 1].argmax(), (at, kind)


@pytest.mark.parametrize("fs_hz", [128.0, 250.0, 360.0, 1000.0])
def test_beats_come_at_the_same_times_at_every_rate(fs_hz: float) -> None:
    reference = generate(scenarios()["demo_pvc"], 100, 1)
    other = generate(replace(scenarios()["demo_pvc"], fs_hz=fs_hz), 100, 1)
    at_s, symbol = other.annotations.beats()[0] / fs_hz, other.annotations.beats()[1]
    np.testing.assert_array_equal(symbol, reference.annotations.beats()[1])
    np.testing.assert_allclose(at_s, reference.annotations.beats()[0] / 360, atol=1 / fs_hz + 1 / 360)


def test_shape_type_and_names_agree() -> None:
    recording = generate(scenarios()["demo_12lead"], 5)
    assert recording.signal.shape == (2500, 12)
    assert recording.signal.dtype == np.float32
    assert recording.lead_names[:3] == ("I", "II", "III")
    assert recording.annotations.sample.dtype == np.int64
    one, two, three, avr, avl, avf = recording.clean[:, :6].T
    np.testing.assert_allclose(one + three, two, atol=1e-5)
    np.testing.assert_allclose(avr + avl + avf, 0, atol=1e-5)


@pytest.mark.parametrize("level_mv", [0.0, 5.0])
def test_a_lead_that_is_off_is_flat_there_and_nowhere_else(level_mv: float) -> None:
    events = (Disturbance(3, 2, "muscle", 0.2), Disturbance(4, 3, "off", level_mv, (1,)))
    recording = generate(Scenario("off", "A lead off", events=events), 10)
    off = slice(4 * 360, 7 * 360)
    assert (recording.signal[off, 1] == level_mv).all()
    assert recording.signal[off, 0].std() > 0.05
    assert recording.signal[: 4 * 360, 1].std() > 0.05
    assert recording.signal[7 * 360 :, 1].std() > 0.05
    noted = [
        (int(sample), text)
        for sample, symbol, text in zip(
            recording.annotations.sample, recording.annotations.symbol, recording.annotations.aux, strict=True
        )
        if symbol == "~"
    ]
    assert noted == [
        (3 * 360, "muscle noise in all leads"),
        (4 * 360, "muscle noise in all leads, V1 off"),
        (5 * 360, "V1 off"),
        (7 * 360, "clean"),
    ]


def test_noise_has_the_level_that_the_script_asks_for() -> None:
    quiet = Scenario("burst", "Noise", noise_scale=0.0)
    loud = replace(quiet, events=(Disturbance(5, 20, "muscle", 0.2), Disturbance(30, 20, "motion", 0.5)))
    difference = generate(loud, 60).signal - generate(quiet, 60).signal
    assert difference[7 * 360 : 23 * 360].std() == pytest.approx(0.2, rel=0.3)
    assert difference[32 * 360 : 48 * 360].std() == pytest.approx(0.5, rel=0.3)
    assert not difference[: 5 * 360].any()
    assert not difference[50 * 360 :].any()


def test_a_day_is_generated_piece_by_piece() -> None:
    blocks = Synthesizer(scenarios()["holter_day"], 12 * 3600, 1).blocks(120)
    first = next(blocks)
    assert first.signal_mv.shape == (120 * 360, 3)


@pytest.mark.parametrize(("duration_s", "seed"), [(0, 1), (-3, 1), (float("nan"), 1), (10, -1)])
def test_nonsense_is_refused(duration_s: float, seed: int) -> None:
    with pytest.raises(ValueError, match=r"positive length|negative"):
        Synthesizer(scenarios()["demo_sinus"], duration_s, seed)


def test_an_unknown_lead_is_refused() -> None:
    with pytest.raises(ValueError, match="No such lead: V9"):
        generate(Scenario("x", "x", lead_names=("II", "V9")), 5)


@pytest.mark.parametrize("name", ["demo_sinus", "demo_pac", "demo_brady_pause_tachy"])
def test_an_independent_detector_finds_exactly_the_true_beats(name: str) -> None:
    recording = generate(scenarios()[name])
    found = detect_heartbeats(recording.signal[:, 0].astype(float), recording.fs_hz)
    true = recording.annotations.beats()[0]
    assert len(found) == len(true)
    assert np.abs(found - true).max() <= 0.02 * recording.fs_hz
