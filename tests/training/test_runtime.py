"""Several devices and half precision: the same training, and models that are kept as any other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.classification.loading import load_classifier
from ecg_core.classification.model import load_model
from ecg_core.formats import open_recording
from ecg_core.textbook.model import load_textbook
from ecg_core.textbook.training import TextbookRecipe, train_textbook
from ecg_core.training.augmentation import STILL
from ecg_core.training.recipes import Recipe
from ecg_core.training.run import train_recipe
from ecg_core.training.run_config import RunConfig
from ecg_core.training.runtime import Runtime, in_single_precision, shared
from ecg_core.training.schedule import Schedule

pytestmark = pytest.mark.tensorflow
# A process divides its CPU in two before TensorFlow has begun, or never.
ON_ONE_AND_TWO_DEVICES = '''
import sys
from pathlib import Path
from typing import Any

from ecg_core.classification.device import tensorflow

tf = tensorflow()
halves = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], halves)

import keras
from keras import layers

from ecg_core.textbook.inputs import SegmentInputs
from ecg_core.textbook import training as textbook
from ecg_core.training import loop
from ecg_core.training.augmentation import STILL
from ecg_core.training.recipes import Recipe
from ecg_core.training.run import train_recipe
from ecg_core.training.run_config import RunConfig
from ecg_core.training.runtime import Runtime
from ecg_core.training.schedule import Schedule
from ecg_core.training.validation import Watch


def unclipped(schedule: Any) -> Any:
    """Keras clips each device's gradients before it joins them: where something is clipped, two differ from one."""
    made = optimizer(schedule)
    made.global_clipnorm = None
    return made


optimizer, loop._optimizer = loop._optimizer, unclipped
data, out = Path(sys.argv[1]), Path(sys.argv[2])
RUNTIMES = {"one": Runtime("float32"), "two": Runtime("float32", ("CPU:0", "CPU:1"))}
SCHEDULE = Schedule(epochs=6, batches_per_epoch=3, batch_size=16, learning_rate=1e-2, average=0.8, balance=(0.0,) * 5)


class Scripted(Watch):
    """Sees the second epoch as the best, and stops after the fourth."""

    def __call__(self, epoch: int, network: Any) -> bool:
        usual = self.__dict__.setdefault("usual", self._loss)
        scripted = [0.5, 0.2, 0.4, 0.3][epoch - 1]
        self._loss = lambda wanted, outputs: scripted if 0 < usual(wanted, outputs) < 100 else float("nan")
        return super().__call__(epoch, network)


def build(shapes: Any) -> Any:
    x = [keras.Input(shapes["segment"], name="segment"), layers.Flatten(), layers.Dense(8, "relu"), layers.Dense(5)]
    return keras.Sequential(x)


inputs = SegmentInputs(fs_hz=100.0, before_s=0.2, after_s=0.3)
small = textbook.TextbookRecipe("small", "small", inputs, "aami", build, SCHEDULE, patience=2)
textbook.Watch = Scripted
for name, runtime in RUNTIMES.items():
    textbook.train_textbook(RunConfig(small, (data,), out / f"stopped-{name}", runtime=runtime))
beat = Recipe(
    *("beat", "small"),
    filters=(4, 6),
    kernels=(5, 3),
    strides=(2, 2),
    dense=8,
    dropout=0.0,
    schedule=Schedule(epochs=1, batches_per_epoch=3, batch_size=16, average=0.5),
    augmentation=STILL,
)
train_recipe(RunConfig(beat, (data,), out / "beat-one", folds=0, runtime=RUNTIMES["one"]))
train_recipe(RunConfig(beat, (data,), out / "beat-two", folds=2, runtime=RUNTIMES["two"]))
'''


@pytest.fixture(scope="module")
def trained(annotated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models trained on one device and on two."""
    out = tmp_path_factory.mktemp("devices")
    environment = {**os.environ, "RHYTHMOSCOPE_CACHE": str(out / "cache"), "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(
        [sys.executable, "-c", ON_ONE_AND_TWO_DEVICES, str(annotated), str(out)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return out


def card(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "card.json").read_text()))


def weights(folder: Path) -> list[np.ndarray]:
    with np.load(folder / "weights.npz") as stored:
        return [stored[name] for name in stored.files if name.startswith("w")]


def probabilities(model: Any, annotated: Path) -> np.ndarray:
    recording = open_recording(annotated / "demo_pvc.hea")
    annotations = recording.annotations()
    assert annotations is not None
    return np.asarray(model.classify(recording, annotations.beats()[0]))


@pytest.mark.parametrize("kind", ["stopped", "beat"])
def test_two_devices_train_to_the_weights_of_one(trained: Path, kind: str) -> None:
    one, two = trained / f"{kind}-one", trained / f"{kind}-two"
    for first, second in zip(weights(one), weights(two), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-4)
    np.testing.assert_allclose(card(one)["training"]["loss"], card(two)["training"]["loss"], atol=2e-4)
    assert "devices" not in card(one)["training"]
    assert card(two)["training"]["devices"] == 2


def test_training_on_two_devices_stops_in_time_and_keeps_the_best(trained: Path) -> None:
    # What is kept is the second epoch's; the test above compares it with that of one device.
    one, two = (card(trained / f"stopped-{name}") for name in ("one", "two"))
    assert len(two["training"]["loss"]) == 4
    assert two["figures"]["validation"] == pytest.approx(one["figures"]["validation"], abs=0.02)


def test_folds_are_judged_on_two_devices_too(trained: Path) -> None:
    made = card(trained / "beat-two")
    assert made["figures"]["cross_validation"]["folds"] == 2
    assert 0.2 <= made["calibration"]["temperature"] <= 5
    assert made["calibration"]["temperature"] != 1


@pytest.mark.parametrize("name", ["stopped-two", "beat-two"])
def test_what_two_devices_trained_classifies_in_a_process_with_one(trained: Path, annotated: Path, name: str) -> None:
    found = probabilities(load_classifier(trained / name), annotated)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    assert np.ptp(found, axis=0).max() > 1e-6


def policies(described: Any) -> set[str]:
    """Every precision that a network's description names."""
    if isinstance(described, dict):
        own = {str(described["name"])} if set(described) == {"name"} else set()
        own |= {str(described["dtype"])} if isinstance(described.get("dtype"), str) else set()
        return own.union(*map(policies, described.values()))
    return set().union(*map(policies, described)) if isinstance(described, list) else set()


def test_half_precision_trains_and_what_is_kept_is_single(
    annotated: Path, tmp_path: Path, tiny_textbook: Callable[..., TextbookRecipe]
) -> None:
    recipe = tiny_textbook({"epochs": 3, "batches_per_epoch": 6})
    single, mixed = (
        train_textbook(RunConfig(recipe, (annotated,), tmp_path / precision, runtime=Runtime(precision)))
        for precision in ("float32", "mixed")
    )
    assert "precision" not in card(single)["training"]
    assert card(mixed)["training"]["precision"] == "mixed_float16"
    described = (mixed / "network.json").read_text()
    assert "float16" not in described
    assert json.loads(described)["class_name"] == json.loads((single / "network.json").read_text())["class_name"]
    assert {array.dtype for array in weights(mixed)} == {np.dtype(np.float32)}
    model = load_textbook(mixed)
    assert {layer.compute_dtype for layer in model.network.layers} == {"float32"}
    losses = card(mixed)["training"]["loss"]
    assert losses[-1] < losses[0]
    np.testing.assert_allclose(losses, card(single)["training"]["loss"], rtol=0.05)
    found, other = probabilities(model, annotated), probabilities(load_textbook(single), annotated)
    np.testing.assert_allclose(found, other, atol=0.1)
    assert not np.array_equal(found, other)


def test_the_beat_classifier_trains_in_half_precision_too(annotated: Path, tmp_path: Path) -> None:
    recipe = Recipe(
        *("tiny", "tiny"),
        filters=(4, 6),
        kernels=(5, 3),
        strides=(2, 2),
        dense=8,
        schedule=replace(Schedule(), epochs=1, batches_per_epoch=3, batch_size=16, average=0.5),
        augmentation=STILL,
    )
    folder = train_recipe(RunConfig(recipe, (annotated,), tmp_path / "mixed", folds=0, runtime=Runtime("mixed")))
    assert card(folder)["training"]["precision"] == "mixed_float16"
    assert np.isfinite(card(folder)["training"]["loss"]).all()
    model = load_model(folder)
    assert {layer.compute_dtype for layer in model.network.layers} == {"float32"}
    found = probabilities(model, annotated)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    assert np.ptp(found, axis=0).max() > 1e-6


def test_the_policy_ends_with_its_context() -> None:
    from ecg_core.classification.device import tensorflow

    tensorflow()
    import keras

    before = keras.config.dtype_policy().name
    with Runtime("mixed").policy():
        assert keras.config.dtype_policy().name == "mixed_float16"
        half = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    with pytest.raises(KeyError), Runtime("mixed").policy():
        raise KeyError
    assert keras.config.dtype_policy().name == before
    with Runtime("float32").policy():
        whole = in_single_precision(half, lambda: keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]))
    assert whole is not half
    assert whole.compute_dtype == "float32"
    for first, second in zip(half.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)
    assert in_single_precision(whole, lambda: None) is whole


def test_one_device_and_single_precision_are_not_worth_a_word() -> None:
    runtime = Runtime("float32", ("CPU:0",))
    assert runtime.strategy() is None
    assert not runtime.mixed
    assert runtime.facts() == {}
    batch = {"a": np.zeros(3)}
    assert shared(batch, None) is batch
