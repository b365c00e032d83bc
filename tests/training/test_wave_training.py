"""The delineation network's training: examples with exact waves, windows, and the way from Keras to NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ecg_core.cli.evaluate_waves import fold_models
from ecg_core.delineation.wave_input import channels
from ecg_core.delineation.wave_model import load_wave_model
from ecg_core.errors import ModelError, SourceError
from ecg_core.training.run_config import RunConfig
from ecg_core.training.wave_data import MASKED, N_LEADS, N_SAMPLES, WaveSampler
from ecg_core.training.wave_recipe import WaveAugmentation, WaveRecipe, WaveSchedule
from ecg_core.training.wave_run import train_wave_recipe
from ecg_core.training.wave_synthesis import synthetic_examples

pytestmark = pytest.mark.slow


def test_synthetic_examples_know_the_wave_of_every_sample() -> None:
    examples = synthetic_examples(12, seed=3)
    shares = [np.mean([np.mean(example.target == code) for example in examples]) for code in (0, 1, 2, 3)]
    assert min(shares) > 0.03
    assert all(np.isfinite(example.signal_mv).all() for example in examples)
    again = synthetic_examples(12, seed=3)
    assert np.array_equal(examples[7].signal_mv, again[7].signal_mv)
    assert np.array_equal(examples[7].target, again[7].target)


def test_windows_have_targets_only_for_leads_that_are_present() -> None:
    sampler = WaveSampler([synthetic_examples(4, seed=1)], [1.0], [], np.random.default_rng(2))
    wave, present, target = sampler.batch(24)
    assert wave.shape == (24, N_LEADS, N_SAMPLES // 2, 4)
    assert target.shape == (24, N_LEADS, N_SAMPLES)
    absent = present[:, :, 0, 0] == 0
    assert absent.any()
    assert (target[absent] == MASKED).all()
    assert not wave[absent].any()
    assert (target != MASKED).mean() > 0.4


def test_channels_hold_each_sample_as_it_is_and_compressed() -> None:
    wave = np.array([0.0, 0.1, -0.1, 2.0], dtype=np.float32)
    found = channels(wave)
    assert found.shape == (2, 4)
    assert found[:, :2].ravel().tolist() == wave.tolist()
    assert found[0, 3] == -found[1, 2]
    assert found[1, 3] < 20 * found[0, 3]


def test_other_databases_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "mydb").mkdir()
    with pytest.raises(SourceError, match="mydb is neither of the databases"):
        train_wave_recipe(RunConfig(WaveRecipe("waves", ""), (tmp_path / "mydb",), tmp_path / "out"))


def test_folds_that_are_not_there_are_asked_for(tmp_path: Path) -> None:
    assert fold_models(None) == []
    with pytest.raises(ModelError, match="train waves --folds"):
        fold_models(tmp_path)


@pytest.mark.tensorflow
def test_a_trained_network_computes_in_numpy_what_keras_computes(tmp_path: Path) -> None:
    """One batch of synthetic recordings: what is tested is the folder that comes out, not what it has learned."""
    from keras import ops

    from ecg_core.training.wave_network import WaveNetworkSpec, build_wave_network, exported

    recipe = WaveRecipe("waves", "made", schedule=WaveSchedule(1, 2), augmentation=WaveAugmentation(4, 1.0))
    folder = train_wave_recipe(RunConfig(recipe, (), tmp_path / "out", command="test"))
    model = load_wave_model(folder)
    assert model.card["data"]["tracings"]["recordings"] == 4
    network = build_wave_network(WaveNetworkSpec(), 5, 256)
    rng = np.random.default_rng(4)
    for layer in network.layers:
        if layer.name.endswith("_norm"):
            layer.set_weights([(0.5 + rng.random(part.shape)).astype(np.float32) for part in layer.get_weights()])
    wave = rng.standard_normal((512, 5)).astype(np.float32)
    readable = np.array([[True, True, False, True, True]])
    wave[:, 2] = 0
    inputs = [channels(wave.T)[None], readable.astype(np.float32).reshape(1, 5, 1, 1)]
    expected = np.asarray(ops.softmax(network(inputs, training=False)))[0].transpose(1, 0, 2)
    found = exported(network, WaveNetworkSpec()).probabilities(wave, readable)
    np.testing.assert_allclose(found, expected, atol=1e-5)
