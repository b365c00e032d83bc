"""A killed training run goes on from its checkpoint with the same result."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.classification.network import NetworkSpec
from ecg_core.classification.rr import RR_FEATURES
from ecg_core.textbook import training
from ecg_core.textbook.inputs import SegmentInputs
from ecg_core.textbook.training import TextbookRecipe, train_textbook
from ecg_core.training import run as run_module
from ecg_core.training.augmentation import Augmentation
from ecg_core.training.checkpoint import Checkpoint
from ecg_core.training.examples import Examples
from ecg_core.training.loop import fit, train_network
from ecg_core.training.prepared_beats import PreparedBeats
from ecg_core.training.recipes import Recipe
from ecg_core.training.run import train_recipe
from ecg_core.training.run_config import RunConfig
from ecg_core.training.schedule import Schedule
from ecg_core.training.targets import TARGETS
from ecg_core.training.validation import Watch

pytestmark = pytest.mark.tensorflow

SCHEDULE = Schedule(epochs=4, batches_per_epoch=3, batch_size=16, learning_rate=1e-2, average=0.8)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for each test."""
    monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "checkpoints"


class KilledError(Exception):
    """What ends a run in the middle of it."""


@dataclass
class KillAfter:
    """Ends the run when it has been called so many times."""

    epochs: int

    def __call__(self, epoch: int, network: Any, loss: float) -> None:
        if epoch > self.epochs:
            raise KilledError


def run(checkpoint: Checkpoint | None = None, after_epoch: Any = None) -> tuple[list[float], list[np.ndarray], int]:
    """Train a network with dropout and batch normalisation; return losses, weights and how many epochs were drawn."""
    from ecg_core.classification.device import tensorflow

    tensorflow()
    import keras
    from keras import layers

    keras.utils.set_random_seed(3)
    network = keras.Sequential(
        [keras.Input((6,)), layers.Dense(8, "relu"), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(1)]
    )
    drawn = []

    def batches_of(epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        drawn.append(epoch)
        rng = np.random.default_rng(epoch)
        for _ in range(SCHEDULE.batches_per_epoch):
            inputs = rng.standard_normal((16, 6)).astype(np.float32)
            yield inputs, inputs[:, :1] * 2

    loss = keras.losses.MeanSquaredError()
    losses = fit(network, loss, batches_of, SCHEDULE, checkpoint=checkpoint, after_epoch=after_epoch)
    return losses, network.get_weights(), len(drawn)


Run = tuple[list[float], list[np.ndarray], int]


@pytest.fixture(scope="module")
def uninterrupted() -> Run:
    """What a run gives that was not killed."""
    return run()


def same(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
    return all(np.allclose(a, b, atol=1e-6) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("epochs", [1, 3])
def test_a_run_killed_and_resumed_gives_what_one_that_was_not_gives(epochs: int, uninterrupted: Run) -> None:
    losses, weights, _ = uninterrupted
    checkpoint = Checkpoint.of({"epochs": epochs})
    with pytest.raises(KilledError):
        run(checkpoint, KillAfter(epochs))
    resumed_losses, resumed, n_drawn = run(checkpoint)
    assert n_drawn == SCHEDULE.epochs - epochs
    np.testing.assert_allclose(resumed_losses, losses, atol=1e-6)
    assert same(resumed, weights)


def test_a_run_killed_twice_still_does(uninterrupted: Run) -> None:
    _, weights, _ = uninterrupted
    checkpoint = Checkpoint.of({})
    for epochs in (1, 2):
        with pytest.raises(KilledError):
            run(checkpoint, KillAfter(epochs))
    assert same(run(checkpoint)[1], weights)


def test_a_checkpoint_changes_nothing_of_a_run_that_is_not_killed(uninterrupted: Run) -> None:
    losses, weights, _ = uninterrupted
    kept_losses, kept, _ = run(Checkpoint.of({}))
    assert kept_losses == pytest.approx(losses, abs=1e-6)
    assert same(kept, weights)


@pytest.mark.parametrize("damage", ["cut", "noise", "empty", "other network"])
def test_a_damaged_checkpoint_means_from_the_beginning(
    damage: str, caplog: pytest.LogCaptureFixture, uninterrupted: Run
) -> None:
    _, weights, _ = uninterrupted
    checkpoint = Checkpoint.of({})
    with pytest.raises(KilledError):
        run(checkpoint, KillAfter(2))
    content = checkpoint.path.read_bytes()
    if damage == "other network":
        with np.load(checkpoint.path) as stored:
            arrays = {name: stored[name] for name in stored.files}
        np.savez(checkpoint.path, **{**arrays, "n0": np.zeros((2, 2))})
    else:
        harm = {"cut": content[: len(content) // 2], "noise": b"\x07" * 500, "empty": b""}
        checkpoint.path.write_bytes(harm[damage])
    with caplog.at_level(logging.WARNING):
        _, again, n_drawn = run(checkpoint)
    assert "damaged" in caplog.text
    assert n_drawn == SCHEDULE.epochs
    assert same(again, weights)


def test_other_settings_are_another_file(cache: Path) -> None:
    settings = {"recipe": "a", "seed": 1, "schedule": {"epochs": 3}, "data": ("x", "y")}
    same_again = Checkpoint.of(dict(reversed(settings.items())))
    assert same_again == Checkpoint.of(settings)
    others = [{"seed": 2}, {"recipe": "b"}, {"schedule": {"epochs": 4}}, {"data": ("x",)}]
    paths = {Checkpoint.of({**settings, **other}).path for other in others}
    assert len(paths | {same_again.path}) == 5
    assert {path.parent for path in paths} == {cache}


def test_forgetting_leaves_nothing(cache: Path) -> None:
    checkpoint = Checkpoint.of({})
    checkpoint.forget()
    run(checkpoint)
    checkpoint.store_best(1, 0.5, [np.zeros(3)])
    assert len(list(cache.iterdir())) == 2
    checkpoint.forget()
    assert not list(cache.iterdir())


def test_a_folder_that_cannot_be_written_costs_no_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, uninterrupted: Run
) -> None:
    _, weights, _ = uninterrupted
    with caplog.at_level(logging.WARNING):
        assert same(run(Checkpoint(tmp_path / "absent" / "checkpoint.npz"))[1], weights)
    assert "checkpoint_not_written" in caplog.text


def test_the_shipped_kind_of_network_resumes_too(prepared: Callable[..., PreparedBeats]) -> None:
    data = prepared([[60, 10, 20, 0, 0], [60, 0, 20, 5, 0]])
    spec = NetworkSpec(192, len(RR_FEATURES), filters=(4, 6), kernels=(5, 3), strides=(2, 2), dense=8)
    chosen = np.arange(len(data.label))

    def trained(**how: Any) -> list[np.ndarray]:
        schedule = replace(SCHEDULE, epochs=2)
        return train_network(data, chosen, spec, schedule, Augmentation(), 5, **how).network.get_weights()

    checkpoint = Checkpoint.of({})
    weights = trained()
    with pytest.raises(KilledError):
        trained(checkpoint=checkpoint, after_epoch=KillAfter(1))
    assert same(trained(checkpoint=checkpoint), weights)


def tiny_recipe(epochs: int = 5, patience: int = 3) -> TextbookRecipe:
    def build(shapes: dict[str, tuple[int, ...]]) -> Any:
        import keras
        from keras import layers

        return keras.Sequential(
            [keras.Input(shapes["segment"]), layers.Flatten(), layers.Dropout(0.3), layers.Dense(4), layers.Dense(5)]
        )

    schedule = Schedule(epochs=epochs, batches_per_epoch=2, batch_size=16, learning_rate=3e-2, balance=(0.0,) * 5)
    inputs = SegmentInputs(fs_hz=100.0, before_s=0.2, after_s=0.3)
    return TextbookRecipe("tiny", "tiny", inputs, "aami", build, schedule, patience=patience)


def weights_in(folder: Path) -> list[np.ndarray]:
    with np.load(folder / "weights.npz") as stored:
        return [stored[f"w{index}"] for index in range(sum(name.startswith("w") for name in stored.files))]


@pytest.mark.parametrize("kill_in", [2, 4])
def test_a_recipe_killed_and_resumed_gives_the_same_folder(
    annotated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path, kill_in: int
) -> None:
    """Although the best epoch came before the kill, and Keras numbers the new network's layers on."""
    # The first epoch is the best: its weights have to outlive the kill.
    losses = {1: 0.1, 2: 0.5, 3: 0.4, 4: 0.3}
    monkeypatch.setattr(training, "Watch", scripted(losses))
    recipe = tiny_recipe(epochs=4, patience=6)
    whole = weights_in(train_textbook(RunConfig(recipe, (annotated,), tmp_path / "whole")))
    with monkeypatch.context() as patch:
        patch.setattr(training, "Watch", scripted(losses, kill_in=kill_in))
        with pytest.raises(KilledError):
            train_textbook(RunConfig(recipe, (annotated,), tmp_path / "killed"))
    assert len(list(cache.iterdir())) == 2
    seen: list[str] = []
    resumed = train_textbook(
        RunConfig(recipe, (annotated,), tmp_path / "resumed"),
        lambda stage, share, text: seen.append(f"{stage}: {text}"),
    )
    assert same(weights_in(resumed), whole)
    n_batches = sum(line.startswith("Training: loss") for line in seen)
    assert n_batches == (4 - (kill_in - 1)) * recipe.schedule.batches_per_epoch
    assert not list(cache.iterdir())


def killing_once(write: Any) -> Any:
    """Return what fails the first time and writes from then on."""
    failed: list[bool] = []

    def writing(*args: Any, **kwargs: Any) -> Any:
        if not failed:
            failed.append(True)
            raise KilledError
        return write(*args, **kwargs)

    return writing


def test_a_recipe_killed_while_its_folder_is_written_trains_nothing_again(
    annotated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    recipe = tiny_recipe(epochs=2)
    seen: list[str] = []

    def progress(stage: str, share: float, text: str) -> None:
        seen.append(f"{stage}: {text}")

    def trained(name: str) -> Path:
        seen.clear()
        return train_textbook(RunConfig(recipe, (annotated,), tmp_path / name, folds=3), progress)

    whole = trained("whole")
    assert [line for line in seen if "loss" in line]
    assert not list(cache.iterdir())
    monkeypatch.setattr(training, "save_textbook", killing_once(training.save_textbook))
    with pytest.raises(KilledError):
        trained("killed")
    assert list(cache.iterdir())
    resumed = trained("killed")
    assert not [line for line in seen if "loss" in line]
    assert same(weights_in(resumed), weights_in(whole))
    figures = [json.loads((folder / "card.json").read_text())["figures"] for folder in (whole, resumed)]
    assert figures[0] == figures[1]
    assert not list(cache.iterdir())


def test_a_recipe_that_stopped_early_and_was_killed_trains_no_more_than_its_last_epoch_again(
    annotated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "Watch", scripted({1: 0.1, 2: 0.3, 3: 0.2, 4: 0.0}))
    monkeypatch.setattr(training, "save_textbook", killing_once(training.save_textbook))
    recipe = tiny_recipe(epochs=4, patience=2)
    with pytest.raises(KilledError):
        train_textbook(RunConfig(recipe, (annotated,), tmp_path / "killed"))
    seen: list[str] = []
    resumed = train_textbook(
        RunConfig(recipe, (annotated,), tmp_path / "killed"), lambda stage, share, text: seen.append(text)
    )
    assert sum("loss" in text for text in seen) <= recipe.schedule.batches_per_epoch
    whole = train_textbook(RunConfig(recipe, (annotated,), tmp_path / "whole"))
    assert same(weights_in(resumed), weights_in(whole))
    assert len(json.loads((resumed / "card.json").read_text())["training"]["loss"]) == 3


def test_the_beat_classifier_killed_while_its_folder_is_written_trains_nothing_again(
    annotated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    recipe = Recipe(
        *("tiny", "tiny"),
        filters=(4, 6),
        kernels=(5, 3),
        strides=(2, 2),
        dense=8,
        schedule=replace(SCHEDULE, epochs=1),
        augmentation=Augmentation(one_lead=0.0),
    )
    seen: list[str] = []
    given: list[tuple[list[np.ndarray], dict[str, Any]]] = []
    save = killing_once(run_module.save_model)

    def saving(out: Path, network: Any, *args: Any, **kwargs: Any) -> Path:
        given.append((network.get_weights(), kwargs))
        return save(out, network, *args, **kwargs)

    def trained() -> Path:
        seen.clear()
        return train_recipe(
            RunConfig(recipe, (annotated,), tmp_path / "a", folds=2), lambda stage, share, text: seen.append(text)
        )

    monkeypatch.setattr(run_module, "save_model", saving)
    with pytest.raises(KilledError):
        trained()
    assert sum("loss" in text for text in seen) == 3 * recipe.schedule.batches_per_epoch
    assert len(list(cache.iterdir())) == 3
    resumed = trained()
    assert not [text for text in seen if "loss" in text]
    assert same(weights_in(resumed), given[0][0])
    for what in ("temperature", "logit_shift"):
        assert given[0][1][what] == given[1][1][what]
    assert not list(cache.iterdir())


def scripted(losses: dict[int, float], kill_in: int | None = None) -> type:
    """Return a watch that sees these validation losses, and ends the run in the middle of an epoch's judgement."""

    class Scripted(Watch):
        def __call__(self, epoch: int, network: Any) -> bool:
            self._loss = lambda wanted, outputs: losses[epoch]
            if epoch == kill_in:
                raise KilledError
            return super().__call__(epoch, network)

    return Scripted


class FakeNetwork:
    """Has one weight: the epoch."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def predict_on_batch(self, inputs: np.ndarray) -> np.ndarray:
        return np.zeros((len(inputs), 5), np.float32)

    def get_weights(self) -> list[np.ndarray]:
        return [np.array([self.epoch], np.float32)]


def watched(losses: dict[int, float], patience: int, checkpoint: Checkpoint | None = None) -> Any:
    examples = Examples(
        {"segment": np.zeros((20, 50, 1), np.float16)}, np.zeros(20, np.int64), np.zeros(20, np.int64), ("a",), ("0",)
    )
    return scripted(losses)(TARGETS["aami"], examples, np.arange(20), patience, None, checkpoint=checkpoint)


def test_training_stops_when_held_out_patients_gain_no_more_and_keeps_the_best_weights() -> None:
    watch = watched(dict(enumerate([0.9, 0.5, 0.7, 0.6, 0.55, 0.4], start=1)), patience=3)
    stopped = [watch(epoch, FakeNetwork(epoch)) for epoch in range(1, 6)]
    assert stopped == [False, False, False, False, True]
    assert watch.best == 0.5
    assert watch.best_weights[0].tolist() == [2.0]


def test_training_goes_on_as_long_as_they_gain_now_and_then() -> None:
    losses = [0.9, 0.8, 0.85, 0.7, 0.75, 0.6]
    watch = watched(dict(enumerate(losses, start=1)), patience=2)
    assert not any(watch(epoch, FakeNetwork(epoch)) for epoch in range(1, 7))
    assert watch.best_weights[0].tolist() == [6.0]


def test_a_loss_that_is_no_number_is_never_the_best() -> None:
    watch = watched({1: 0.9, 2: float("nan")}, patience=5)
    watch(1, FakeNetwork(1))
    watch(2, FakeNetwork(2))
    assert watch.best_weights[0].tolist() == [1.0]


def test_held_out_patients_are_judged_after_the_shift() -> None:
    examples = Examples(
        {"segment": np.zeros((20, 50, 1), np.float16)}, np.full(20, 2), np.zeros(20, np.int64), ("a",), ("0",)
    )
    shift = np.array([0, 0, 1, 0, 0], np.float32)
    seen: list[np.ndarray] = []

    def loss(wanted: np.ndarray, outputs: np.ndarray) -> float:
        seen.append(outputs)
        return 0.0

    for given in (None, shift):
        watch = Watch(TARGETS["aami"], examples, np.arange(20), 3, loss, given)
        assert watch.text == ""
        watch(1, FakeNetwork(1))
        # All outputs are alike before: the first class is said.
        assert watch.figures["accuracy"] == (0.0 if given is None else 1.0)
        np.testing.assert_array_equal(seen[-1], np.zeros((20, 5)) + (0 if given is None else shift))
        assert watch.text.startswith("validation loss 0.000, accuracy ")


def test_patience_goes_on_where_it_was() -> None:
    losses = dict(enumerate([0.5, 0.9, 0.9, 0.9], start=1))
    checkpoint = Checkpoint.of({})
    checkpoint.path.touch()
    before = watched(losses, 3, checkpoint)
    assert [before(epoch, FakeNetwork(epoch)) for epoch in (1, 2)] == [False, False]
    after = watched(losses, 3, checkpoint)
    assert [after(epoch, FakeNetwork(epoch)) for epoch in (3, 4)] == [False, True]
    assert after.best_weights[0].tolist() == [1.0]


def test_where_the_best_weights_are_damaged_all_begins_anew() -> None:
    checkpoint = Checkpoint.of({})
    checkpoint.path.touch()
    checkpoint.best_path.write_bytes(b"PK damaged")
    assert checkpoint.restore_best() is None
    assert not checkpoint.path.exists()
