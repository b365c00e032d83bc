"""Training batches and sampling weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from ecg_core.training.augmentation import STILL, Augmentation
from ecg_core.training.batches import plain_batches, sampling_weights, training_batches
from ecg_core.training.prepared_beats import PreparedBeats

Prepared = Callable[..., PreparedBeats]
COUNTS = [[300, 40, 60, 0, 5], [500, 0, 35, 40, 0]]


def batches(prepared: PreparedBeats, chosen: np.ndarray, seed: int, **augmentation: Any) -> list[Any]:
    weights = np.full(len(chosen), 1 / len(chosen))
    return list(
        training_batches(
            prepared,
            chosen,
            batch_size=16,
            n_batches=5,
            weights=weights,
            augmentation=Augmentation(**augmentation),
            seed=seed,
        )
    )


def test_the_same_seed_gives_the_same_batches_and_another_others(prepared: Prepared) -> None:
    data = prepared(COUNTS)
    chosen = np.arange(len(data))
    first, again, other = (batches(data, chosen, seed) for seed in (3, 3, 4))
    for (inputs, label), (inputs_again, label_again) in zip(first, again, strict=True):
        np.testing.assert_array_equal(label, label_again)
        for name, array in inputs.items():
            np.testing.assert_array_equal(array, inputs_again[name])
    assert any((label != label_other).any() for (_, label), (_, label_other) in zip(first, other, strict=True))


def test_only_chosen_beats_are_drawn(prepared: Prepared) -> None:
    data = prepared(COUNTS)
    chosen = np.flatnonzero(data.recording == 1)
    seen = np.concatenate([label for _, label in batches(data, chosen, 1)])
    assert set(seen) <= set(data.label[chosen])
    data.beat[data.recording == 0] = np.nan
    for inputs, _ in batches(data, chosen, 1):
        assert np.isfinite(inputs["wave"]).all()


def test_shapes_are_the_network_s(prepared: Prepared) -> None:
    data = prepared(COUNTS)
    leads = set()
    for inputs, label in batches(data, np.arange(len(data)), 1, one_lead=0.5) * 2:
        n_leads = inputs["wave"].shape[1]
        leads.add(n_leads)
        assert inputs["wave"].shape == (16, n_leads, 192, 2)
        assert inputs["readable"].shape == (16, n_leads)
        assert inputs["rr"].shape == (16, data.rr.shape[1])
        assert label.shape == (16,)
        assert {array.dtype for array in inputs.values()} == {np.dtype(np.float32)}
        assert (inputs["readable"].sum(axis=1) > 0).all()
        assert np.abs(inputs["wave"]).max() <= 10
    assert leads <= {1, 2}


def test_without_disturbance_a_training_batch_is_the_plain_beat(prepared: Prepared) -> None:
    data = prepared(COUNTS)
    chosen = np.array([7])
    (plain, _), *_ = plain_batches(data, chosen, [0, 1])
    for inputs, label in batches(data, chosen, 1, **asdict(STILL)):
        np.testing.assert_allclose(inputs["wave"], np.repeat(plain["wave"], 16, axis=0), atol=1e-6)
        np.testing.assert_allclose(inputs["rr"], np.repeat(plain["rr"], 16, axis=0), atol=1e-6)
        assert set(label) == {data.label[7]}


def test_plain_batches_are_all_chosen_beats_in_order(prepared: Prepared) -> None:
    data = prepared(COUNTS)
    chosen = np.arange(5, len(data), 3)
    parts = list(plain_batches(data, chosen, [1], batch_size=50))
    np.testing.assert_array_equal(np.concatenate([label for _, label in parts]), data.label[chosen])
    wave = np.concatenate([inputs["wave"] for inputs, _ in parts])
    np.testing.assert_array_equal(wave[:, 0, :, 0], data.beat[chosen, 1, 8:-8].astype(np.float32))
    np.testing.assert_array_equal(wave[:, 0, :, 1], data.dominant[data.recording[chosen], 1, 8:-8].astype(np.float32))


@pytest.mark.parametrize("balance", [(0.0,) * 5, (0.0, 0.5, 0.4, 0.25, 0.0), (1.0,) * 5])
def test_weights_sum_to_one(prepared: Prepared, balance: tuple[float, ...]) -> None:
    data = prepared(COUNTS)
    chosen = np.arange(len(data))
    weights = sampling_weights(data.label[chosen], data.recording[chosen], balance)
    assert weights.shape == (len(chosen),)
    assert weights.sum() == pytest.approx(1)
    assert (weights > 0).all()


def test_full_balance_gives_equal_shares_and_none_leaves_them(prepared: Prepared) -> None:
    data = prepared([[400, 100, 50, 0, 0]])
    chosen = np.arange(len(data))
    shares = np.bincount(
        data.label, weights=sampling_weights(data.label[chosen], data.recording[chosen], (1.0,) * 5), minlength=5
    )
    np.testing.assert_allclose(shares, [1 / 3, 1 / 3, 1 / 3, 0, 0])
    shares = np.bincount(
        data.label, weights=sampling_weights(data.label[chosen], data.recording[chosen], (0.0,) * 5), minlength=5
    )
    np.testing.assert_allclose(shares, np.array([400, 100, 50, 0, 0]) / 550)


def test_a_patient_with_few_of_a_class_is_seen_more_often_than_its_beats_alone(prepared: Prepared) -> None:
    data = prepared([[500, 0, 400, 0, 0], [500, 0, 40, 0, 0]])
    weights = sampling_weights(data.label, data.recording, (0.0,) * 5)
    v = data.label == 2
    many, few = (weights[v & (data.recording == recording)] for recording in (0, 1))
    assert few[0] > many[0]
    assert few.sum() < many.sum()


def test_a_handful_of_beats_is_not_multiplied(prepared: Prepared) -> None:
    data = prepared([[1000, 3, 200, 0, 0]])
    weights = sampling_weights(data.label, data.recording, (1.0,) * 5)
    assert weights[data.label == 1][0] == pytest.approx(weights[data.label == 0][0])
    assert weights[data.label == 2][0] > weights[data.label == 0][0]
