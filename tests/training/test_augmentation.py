"""Disturbance: every setting does what it says, alone, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.textbook.inputs import FeatureInputs, PeriodicityInputs, SegmentInputs, SpectrogramInputs
from ecg_core.training.augmentation import STILL, Augmentation, disturbance, disturbed_arrays, gains, resampled
from ecg_core.training.batches import plain_batches, training_batches
from ecg_core.training.noise import NoiseBank
from ecg_core.training.prepared_beats import PreparedBeats

Prepared = Callable[..., PreparedBeats]
ALL = Augmentation(recorded_noise=0.2, stretch=0.1)
N, LENGTH, FIDUCIAL = 400, 60, 20


def segments(seed: int = 1, n: int = N) -> dict[str, np.ndarray]:
    return {"segment": np.random.default_rng(seed).standard_normal((n, LENGTH, 1)).astype(np.float32)}


def ramps(n: int = N) -> dict[str, np.ndarray]:
    """Each sample says how far from the fiducial point it is."""
    return {"segment": np.tile(np.arange(LENGTH, dtype=np.float32) - FIDUCIAL, (n, 1))[..., None]}


def disturbed(arrays: dict[str, np.ndarray], bank: NoiseBank | None = None, seed: int = 7, **how: Any) -> np.ndarray:
    """Disturb segments by some settings alone."""
    rng = np.random.default_rng(seed)
    return disturbed_arrays(arrays, {"segment": FIDUCIAL}, replace(STILL, **how), rng, bank)["segment"]


def added(bank: NoiseBank | None = None, **how: Any) -> np.ndarray:
    """What some settings add, in heights of the segment, shape (examples, samples)."""
    given = segments()
    height = np.ptp(given["segment"], axis=1, keepdims=True)
    return ((disturbed(given, bank, **how) - given["segment"]) / height)[..., 0]


def test_still_leaves_everything_as_it_is() -> None:
    given = {
        **segments(),
        "beats": np.random.default_rng(2).standard_normal((N, 9, LENGTH)).astype(np.float32),
        "rr": np.random.default_rng(3).standard_normal((N, 9, 7)).astype(np.float32),
    }
    bank = NoiseBank((np.ones(100, np.float32),), {})
    found = disturbed_arrays(given, {"segment": 20, "beats": 28}, STILL, np.random.default_rng(0), bank)
    assert set(found) == set(given)
    for name, array in given.items():
        np.testing.assert_array_equal(found[name], array)
    assert not any(asdict(STILL).values())


def test_all_together_keep_shape_and_type_and_leave_what_was_given() -> None:
    given = {**segments(), "rr": np.ones((N, 7), np.float32)}
    copies = {name: array.copy() for name, array in given.items()}
    bank = NoiseBank((np.random.default_rng(1).standard_normal(500).astype(np.float32),), {})
    found = disturbed_arrays(given, {"segment": FIDUCIAL}, ALL, np.random.default_rng(0), bank)
    for name, array in found.items():
        assert (array.shape, array.dtype) == (given[name].shape, np.dtype(np.float32))
        assert np.abs(array - given[name]).max() > 0.01
        np.testing.assert_array_equal(given[name], copies[name])


def test_the_same_seed_disturbs_alike_and_another_otherwise() -> None:
    first, again, other = (disturbed(segments(), seed=seed, **asdict(ALL)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    "inputs", [SpectrogramInputs(), FeatureInputs(), PeriodicityInputs()], ids=lambda one: one.kind
)
def test_inputs_that_are_no_waves_are_left_alone(inputs: Any) -> None:
    rng = np.random.default_rng(1)
    given = {name: rng.standard_normal((4, *shape)).astype(np.float32) for name, shape in inputs.shapes.items()}
    found = disturbed_arrays(given, inputs.waves, ALL, rng)
    for name, array in given.items():
        np.testing.assert_array_equal(found[name], array)


def test_the_waves_of_segments_are_disturbed_around_their_fiducial_point() -> None:
    inputs = SegmentInputs(fs_hz=100.0, before_s=0.2, after_s=0.4)
    assert inputs.waves == {"segment": 20}
    assert inputs.shapes == {"segment": (LENGTH, 1)}


def test_gain_scales_by_positive_factors_of_the_given_spread() -> None:
    given = segments(n=4000)
    factor = (disturbed(given, log_gain=0.3) / given["segment"])[..., 0]
    np.testing.assert_allclose(factor, factor[:, :1] * np.ones(LENGTH), rtol=1e-4)
    assert (factor > 0).all()
    logs = np.log(factor[:, 0])
    assert logs.std() == pytest.approx(0.3, rel=0.1)
    assert logs.mean() == pytest.approx(0, abs=0.03)


@pytest.mark.parametrize("share", [0.2, 1.0])
def test_flip_reverses_its_share_and_does_nothing_else(share: float) -> None:
    given = segments(n=4000)
    sign = disturbed(given, flip=share) / given["segment"]
    assert set(np.unique(sign)) <= {-1.0, 1.0}
    assert (np.ptp(sign, axis=1) == 0).all()
    assert (sign[:, 0] < 0).mean() == pytest.approx(share, abs=0.03)


def test_leads_are_scaled_each_by_itself() -> None:
    first, second = gains((500, 2, 1), replace(STILL, log_gain=0.3, flip=0.3), np.random.default_rng(1))[..., 0].T
    assert abs(np.mean(first * second) - first.mean() * second.mean()) < 0.2 * first.std() * second.std()


def test_wander_is_slow_and_within_its_amplitude() -> None:
    slow = added(wander=0.5)
    assert 0.3 < np.abs(slow).max() <= 0.5 + 1e-5
    # At most 1.2 cycles in a window: no more than three turns.
    steps = np.diff(slow, axis=1)
    turns = (np.diff(np.sign(np.where(np.abs(steps) < 1e-5, 0, steps)), axis=1) != 0).sum(axis=1)
    large = np.abs(slow).max(axis=1) > 0.05
    assert large.sum() > 100
    assert turns[large].max() <= 6  # a turn may pass through zero
    assert turns[large].mean() < 3


def test_noise_is_fast_and_within_its_size() -> None:
    fast = added(noise=0.5)
    size = fast.std(axis=1)
    assert 0.25 < size.max() < 0.5
    assert size.min() < 0.05
    turns = (np.diff(np.sign(np.diff(fast, axis=1)), axis=1) != 0).mean(axis=1)
    assert turns.min() > 0.3
    assert np.abs(fast.mean()) < 0.01


def test_each_disturbance_grows_with_its_setting() -> None:
    for name in ("wander", "noise"):
        larger, smaller = ({name: size} for size in (0.4, 0.1))
        np.testing.assert_allclose(added(None, **larger), 4 * added(None, **smaller), atol=1e-4)


def test_recorded_noise_is_a_stretch_of_the_bank_and_of_nothing_else() -> None:
    bank = NoiseBank((np.arange(1000, 1500, dtype=np.float32),), {})
    drawn = added(bank, recorded_noise=0.5)
    step = np.diff(drawn, axis=1).mean(axis=1, keepdims=True)
    assert (step > 0).all()
    assert 0.4 < step.max() <= 0.5 + 1e-4
    clear = step[:, 0] > 0.05
    start = (drawn / step - np.arange(LENGTH))[clear]
    np.testing.assert_allclose(start, start[:, :1].round() * np.ones(LENGTH), atol=0.1)
    assert start.min() > 999
    assert start.max() < 1501 - LENGTH
    assert len(np.unique(start[:, 0].round())) > 50


@pytest.mark.parametrize("bank", [None, NoiseBank((np.ones(100, np.float32),), {})])
def test_without_a_bank_or_a_share_of_it_there_is_no_recorded_noise(bank: NoiseBank | None) -> None:
    how: dict[str, Any] = {} if bank else {"recorded_noise": 5.0}
    np.testing.assert_array_equal(disturbed(segments(), bank, **how), segments()["segment"])


def test_noise_of_examples_and_leads_is_drawn_each_by_itself() -> None:
    bank = NoiseBank((np.random.default_rng(5).standard_normal(100_000).astype(np.float32),), {})
    for still in (replace(STILL, noise=1.0), replace(STILL, wander=1.0), replace(STILL, recorded_noise=1.0)):
        drawn = disturbance((50, 3, 80), still, np.random.default_rng(1), bank).reshape(150, 80)
        assert len(np.unique(drawn.round(9), axis=0)) == 150


def test_stretching_keeps_the_fiducial_sample_and_moves_the_others_in_proportion() -> None:
    found = disturbed(ramps(), stretch=0.2)[..., 0]
    np.testing.assert_array_equal(found[:, FIDUCIAL], 0.0)
    around = np.arange(LENGTH) - FIDUCIAL
    inside = np.abs(around) <= 15  # what reaches beyond the ends is held there
    factor = found[:, inside & (around != 0)] / around[inside & (around != 0)]
    np.testing.assert_allclose(factor, factor[:, :1] * np.ones(factor.shape[1]), rtol=1e-4)
    assert 0.8 <= factor.min() < 0.85
    assert 1.15 < factor.max() <= 1.2 + 1e-5
    assert found.min() >= -FIDUCIAL
    assert found.max() <= LENGTH - 1 - FIDUCIAL
    random = segments()
    np.testing.assert_array_equal(disturbed(random, stretch=0.2)[:, FIDUCIAL], random["segment"][:, FIDUCIAL])


def test_time_is_stretched_alike_in_all_leads() -> None:
    given = {"beats": np.repeat(ramps()["segment"][:, None, :, 0], 3, axis=1)}
    rng = np.random.default_rng(1)
    found = disturbed_arrays(given, {"beats": FIDUCIAL}, replace(STILL, stretch=0.2, shift_alone=3), rng)["beats"]
    np.testing.assert_array_equal(found, np.repeat(found[:, :1], 3, axis=1))
    assert not np.array_equal(found, given["beats"])


def test_shifting_moves_whole_samples_and_holds_the_ends() -> None:
    found = disturbed(ramps(), shift_alone=3)[..., 0]
    shift = found[:, FIDUCIAL].astype(int)
    assert set(shift) == {-3, -2, -1, 0, 1, 2, 3}
    expected = np.clip(np.arange(LENGTH) + shift[:, None], 0, LENGTH - 1) - FIDUCIAL
    np.testing.assert_array_equal(found, expected)


def test_scatter_of_rr_is_of_the_given_spread_and_touches_nothing_else() -> None:
    given = {**segments(), "rr": np.ones((N, 9, 7), np.float32)}
    found = disturbed_arrays(given, {"segment": 20}, replace(STILL, rr_scatter=0.1), np.random.default_rng(1))
    np.testing.assert_array_equal(found["segment"], given["segment"])
    assert (found["rr"] - 1).std() == pytest.approx(0.1, rel=0.05)
    assert found["rr"].mean() == pytest.approx(1, abs=0.01)


@given(
    position=st.lists(st.integers(-20, 60), min_size=1, max_size=50),
    length=st.integers(1, 40),
    seed=st.integers(0, 99),
)
def test_reading_at_whole_positions_is_exact_and_beyond_the_ends_is_the_end(
    position: list[int], length: int, seed: int
) -> None:
    wave = np.random.default_rng(seed).standard_normal((2, 3, length)).astype(np.float32)
    found = resampled(wave, np.array([position, position[::-1]], float))
    assert found.shape == (2, 3, len(position))
    np.testing.assert_array_equal(found[0], wave[0][:, np.clip(position, 0, length - 1)])
    np.testing.assert_array_equal(found[1], wave[1][:, np.clip(position[::-1], 0, length - 1)])


@given(position=st.lists(st.floats(-5, 45), min_size=1, max_size=20))
def test_reading_between_samples_is_linear(position: list[float]) -> None:
    wave = np.random.default_rng(1).standard_normal((1, 1, 40)).astype(np.float32)
    expected = np.interp(position, np.arange(40), wave[0, 0])
    np.testing.assert_allclose(resampled(wave, np.array([position]))[0, 0], expected, atol=1e-5)


def batches(data: PreparedBeats, **how: Any) -> list[dict[str, np.ndarray]]:
    chosen = np.arange(len(data))
    weights = np.full(len(chosen), 1 / len(chosen))
    drawn = training_batches(
        data,
        chosen,
        batch_size=32,
        n_batches=20,
        weights=weights,
        augmentation=replace(STILL, **how),
        seed=3,
    )
    return [inputs for inputs, _ in drawn]


@pytest.fixture
def ramp_beats(prepared: Prepared) -> PreparedBeats:
    """Beats and dominant beats whose samples say how far from the fiducial point they are, in sixteenths."""
    data = prepared([[40, 0, 20, 0, 0]])
    ramp = (np.arange(data.beat.shape[2]) - data.margin - data.n_before) / 16
    data.beat[:] = ramp
    data.dominant[:] = ramp
    return data


def at_fiducial(data: PreparedBeats, given: list[dict[str, np.ndarray]]) -> np.ndarray:
    """How far beat and dominant beat were moved, shape (examples, 2)."""
    waves = np.concatenate([inputs["wave"][:, 0, data.n_before] for inputs in given])
    return (16 * waves).round().astype(int)


def test_beat_and_dominant_beat_move_together_or_the_beat_alone(ramp_beats: PreparedBeats) -> None:
    together = at_fiducial(ramp_beats, batches(ramp_beats, shift_common=4))
    assert set(together[:, 0]) == set(range(-4, 5))
    np.testing.assert_array_equal(together[:, 0], together[:, 1])
    alone = at_fiducial(ramp_beats, batches(ramp_beats, shift_alone=2))
    assert set(alone[:, 0]) == set(range(-2, 3))
    assert set(alone[:, 1]) == {0}


def test_a_beat_and_its_dominant_beat_are_stretched_alike_around_the_fiducial_point(ramp_beats: PreparedBeats) -> None:
    (plain, _), *_ = plain_batches(ramp_beats, np.arange(1), [0])
    found = batches(ramp_beats, stretch=0.1)
    for inputs in found:
        assert inputs["wave"].shape == (32, 2, 192, 2)
        assert inputs["wave"].dtype == np.float32
        np.testing.assert_array_equal(inputs["wave"][..., 0], inputs["wave"][..., 1])
    assert not at_fiducial(ramp_beats, found).any()
    waves = np.concatenate([inputs["wave"] for inputs in found])[:, 0, :, 0]
    inner = np.r_[20:90, 100:170]
    factor = waves[:, inner] / plain["wave"][0, 0, inner, 0]
    np.testing.assert_allclose(factor, factor[:, :1] * np.ones(len(inner)), rtol=1e-3)
    assert 0.9 - 1e-3 <= factor.min() < 0.92
    assert 1.08 < factor.max() <= 1.1 + 1e-3


def test_stretching_by_nothing_is_not_stretching(prepared: Prepared) -> None:
    """The fractional reading and the whole one give the same beats."""
    data = prepared([[40, 0, 20, 0, 0]])
    whole = batches(data, shift_common=3, shift_alone=2)
    fractional = batches(data, shift_common=3, shift_alone=2, stretch=1e-12)
    for first, second in zip(whole[:1], fractional[:1], strict=True):
        np.testing.assert_allclose(first["wave"], second["wave"], atol=1e-4)


@pytest.mark.parametrize(("share", "expected"), [(0.0, {2}), (1.0, {1}), (0.5, {1, 2})])
def test_a_share_of_batches_sees_one_lead(prepared: Prepared, share: float, expected: set[int]) -> None:
    data = prepared([[40, 0, 20, 0, 0]])
    assert {inputs["wave"].shape[1] for inputs in batches(data, one_lead=share)} == expected


def test_recorded_noise_is_added_to_the_beat_and_not_to_its_dominant_beat(prepared: Prepared) -> None:
    data = prepared([[40, 0, 20, 0, 0]])
    chosen, bank = np.arange(len(data)), NoiseBank((np.full(500, 3.0, np.float32),), {})
    weights = np.full(len(chosen), 1 / len(chosen))
    (still, _), (noisy, _) = (
        next(
            training_batches(
                data,
                chosen,
                batch_size=32,
                n_batches=1,
                weights=weights,
                augmentation=replace(STILL, recorded_noise=noise),
                seed=3,
                bank=bank,
            )
        )
        for noise in (0.0, 0.5)
    )
    np.testing.assert_array_equal(still["wave"][..., 1], noisy["wave"][..., 1])
    difference = noisy["wave"][..., 0] - still["wave"][..., 0]
    np.testing.assert_allclose(difference, difference[..., :1] * np.ones(192), atol=1e-5)
    assert 0.5 < difference.max() <= 1.5 + 1e-5
    assert difference.min() >= -1e-5
