"""The rhythm network's training: sets of allowed rhythms, windows, and the way from Keras to NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ecg_core.cli.evaluate_rhythm import fold_models
from ecg_core.cli.program import main
from ecg_core.errors import ModelError, SourceError
from ecg_core.evaluation.rhythm_run import unseen_by
from ecg_core.rhythm.left_out import LeftOut
from ecg_core.rhythm.network_input import RATE_HZ
from ecg_core.rhythm.recognition import load_rhythm_model
from ecg_core.rhythm.rhythm_classes import RHYTHM_CLASSES
from ecg_core.training.rhythm_data import RhythmExample, bits
from ecg_core.training.rhythm_fit import WINDOW_S, Sampler
from ecg_core.training.rhythm_recipe import RhythmAugmentation, RhythmRecipe, RhythmSchedule
from ecg_core.training.rhythm_run import train_rhythm_recipe
from ecg_core.training.rhythm_synthesis import synthetic_examples
from ecg_core.training.run_config import RunConfig


def test_a_set_of_rhythms_is_the_sum_of_its_members() -> None:
    assert bits("N") == 1
    assert bits("N", "VT") == bits("VT", "N") == 1 | 1 << RHYTHM_CLASSES.index("VT")


def test_synthetic_recordings_have_a_known_rhythm_in_every_second() -> None:
    examples = list(synthetic_examples(6, seed=2))
    assert all((example.allowed > 0).all() for example in examples)
    assert all(example.wave.shape == (len(example.allowed) * RATE_HZ, 2) for example in examples)
    assert len({int(allowed) for example in examples for allowed in example.allowed}) > 3
    again = list(synthetic_examples(6, seed=2))
    np.testing.assert_array_equal(examples[5].wave, again[5].wave)


def test_windows_hold_what_the_recording_holds_at_their_place() -> None:
    n = 90
    wave = np.repeat(np.arange(n), RATE_HZ)[:, None].astype(np.float16) / 40
    allowed = np.full(n, bits("N"), dtype=np.uint8)
    allowed[40:50] = bits("VT")
    example = RhythmExample("vfdb", "made", "made", wave, np.ones((n, 1), bool), allowed)
    intervals = {("vfdb", "made"): np.zeros((n, 8), dtype=np.float32)}
    batch = Sampler([example], intervals, {"vfdb": 1.0}, np.random.default_rng(1)).batch(64)
    assert batch["wave"].shape == (64, 2, WINDOW_S * RATE_HZ, 1)
    is_vt = batch["allowed"][..., RHYTHM_CLASSES.index("VT")] > 0
    assert is_vt.any(axis=1).mean() > 0.2  # a rare rhythm is drawn more often than its share
    assert (batch["allowed"].sum(axis=-1) <= 1).all()


def test_an_unknown_database_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "mydb").mkdir()
    with pytest.raises(SourceError, match="mydb is none of the databases"):
        train_rhythm_recipe(RunConfig(RhythmRecipe("rhythm", ""), (tmp_path / "mydb",), tmp_path / "out"))


@pytest.mark.tensorflow
def test_the_loss_is_the_probability_of_the_allowed_set() -> None:
    from ecg_core.training.rhythm_fit import set_loss

    logits = np.log(np.array([[[0.5, 0.1, 0.1, 0.1, 0.1, 0.05, 0.03, 0.02]]], dtype=np.float32))
    allowed = np.zeros((1, 1, 8), dtype=np.float32)
    allowed[..., [0, 4]] = 1
    alarm = np.zeros((1, 1), dtype=np.float32)
    pad = ((0, 0), (0, 2), (0, 0))
    loss = set_loss(np.pad(allowed, pad), np.pad(alarm, pad[:2]), np.pad(logits, pad))
    assert float(loss) == pytest.approx(-np.log(0.6), abs=1e-5)


@pytest.mark.tensorflow
def test_a_trained_network_computes_in_numpy_what_keras_computes(tmp_path: Path) -> None:
    """One batch of synthetic recordings: what is tested is the folder that comes out, not what it has learned."""
    from ecg_core.training.rhythm_export import exported
    from ecg_core.training.rhythm_fit import RhythmNetworkSpec, build_rhythm_network

    recipe = RhythmRecipe(
        "rhythm", "made", networks=1, schedule=RhythmSchedule(1, 2), augmentation=RhythmAugmentation(4)
    )
    (tmp_path / "svdb").mkdir()
    folder = train_rhythm_recipe(RunConfig(recipe, (tmp_path / "svdb",), tmp_path / "out", command="test"))
    model = load_rhythm_model(folder)
    assert model.card["data"]["synth"]["recordings"] == recipe.augmentation.made
    spec = RhythmNetworkSpec()
    network = build_rhythm_network(spec)
    rng = np.random.default_rng(4)
    wave = rng.standard_normal((WINDOW_S * RATE_HZ, 2)).astype(np.float32)
    present = rng.random((WINDOW_S, 2)) > 0.2
    intervals = rng.standard_normal((WINDOW_S, 8)).astype(np.float32)
    inputs = [wave.T[None, :, :, None], present.T[None].astype(np.float32), intervals[None]]
    logits = np.asarray(network(inputs, training=False))[0]
    expected = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected /= expected.sum(axis=1, keepdims=True)
    found = exported(network, spec).probabilities(wave, present, intervals)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_boosted_trees_say_in_numpy_what_scikit_learn_says() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    from ecg_core.training.rhythm_trees import SETTINGS, exported_trees

    rng = np.random.default_rng(3)
    features = rng.standard_normal((4000, 6)).astype(np.float32)
    ventricular = features[:, 0] * features[:, 1] + features[:, 2] > 0.3
    fitted = HistGradientBoostingClassifier(random_state=1, **SETTINGS).fit(features, ventricular)
    new = rng.standard_normal((500, 6)).astype(np.float32)
    found = exported_trees(fitted).log_odds(new)
    np.testing.assert_allclose(found, fitted.decision_function(new), atol=1e-4)
    assert np.ptp(found) > 2


def test_a_model_of_a_fold_has_not_seen_the_patients_of_its_fold() -> None:
    folds = [LeftOut(number, 3) for number in range(3)]
    patients = [str(number) for number in range(100, 140)]
    assert all(sum(fold.holds("vfdb", patient) for fold in folds) == 1 for patient in patients)
    assert all(any(fold.holds("vfdb", patient) for patient in patients) for fold in folds)
    assert not any(fold.holds("synth", patient) for fold in folds for patient in patients)
    assert [fold.holds("cinc2015_alarm60", "v131l") for fold in folds] == [
        fold.holds("cinc2015", "v131l") for fold in folds
    ]


@pytest.mark.tensorflow
@pytest.mark.usefixtures("eagerly")
def test_folds_are_written_each_to_its_folder_and_chosen_by_patient(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "svdb").mkdir()
    options = ["--set", "networks=1", "--folds", "2"]
    options += ["--set", "schedule.steps=1", "--set", "schedule.batch=2", "--set", "augmentation.made=2"]
    out = tmp_path / "folds"
    assert main(["train", "rhythm", "--data", str(tmp_path / "svdb"), "--out", str(out), *options]) == 0
    assert "Wrote 2 models" in capsys.readouterr().out
    models = fold_models(out)
    assert [model.card["left_out"] for model in models] == [{"fold": 0, "folds": 2}, {"fold": 1, "folds": 2}]
    for patient in map(str, range(800, 812)):
        left_out = unseen_by(models, "svdb", patient).card["left_out"]
        assert LeftOut(**left_out).holds("svdb", patient)
    with pytest.raises(ModelError, match="holds no fold-"):
        fold_models(tmp_path)
    with pytest.raises(ModelError, match="without patient 1 of svdb"):
        unseen_by([load_rhythm_model()], "svdb", "1")
