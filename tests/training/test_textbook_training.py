"""Training textbook models: patients kept apart, going on from a model, the shares of classes, disturbance."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wfdb

from ecg_core.classification.loading import load_classifier
from ecg_core.errors import ModelError, SourceError
from ecg_core.formats import open_recording
from ecg_core.synthesis import write_scenario
from ecg_core.textbook import training as textbook
from ecg_core.textbook.inputs import SegmentInputs
from ecg_core.textbook.model import TextbookModel, load_textbook
from ecg_core.textbook.training import TextbookRecipe, train_textbook
from ecg_core.training.augmentation import STILL, Augmentation
from ecg_core.training.fine_tuning import FineTuning
from ecg_core.training.patients import BY_NAME, Patients
from ecg_core.training.recipes import get_recipe
from ecg_core.training.run_config import RunConfig
from ecg_core.training.targets import TARGETS

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("eagerly")]

Tiny = Callable[..., TextbookRecipe]
COHORT = {"r1": "Meier 1944", "r2": "Meier 1944", "r3": "Ng 1950", "r4": "Ödegaard 1961", "r5": "Rossi 1938"}
PATIENTS = Patients(COHORT)


def put(folder: Path, scenario: str, name: str, hours: float, seed: int) -> None:
    """Write a synthetic recording under another name."""
    write_scenario(scenario, folder / name, hours=hours, seed=seed)
    for suffix in (".dat", ".atr"):
        (folder / name / f"{scenario}{suffix}").rename(folder / f"{name}{suffix}")
    header = (folder / name / f"{scenario}.hea").read_text().replace(scenario, name)
    (folder / f"{name}.hea").write_text(header)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five recordings of four patients, a tenth of the beats ventricular."""
    folder = tmp_path_factory.mktemp("cohort")
    for seed, name in enumerate(COHORT, start=10):
        put(folder, "demo_pvc", name, 0.06, seed)
    return folder


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No checkpoint of another test."""
    monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path / "cache"))


def card(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "card.json").read_text()))


def weights(folder: Path) -> list[np.ndarray]:
    with np.load(folder / "weights.npz") as stored:
        return [stored[f"w{index}"] for index in range(len(stored.files))]


@dataclass
class Spy:
    """What each network was trained on, stopped by, and asked about."""

    stages: list[str] = field(default_factory=list)
    chosen: list[np.ndarray] = field(default_factory=list)
    held_out: list[np.ndarray | None] = field(default_factory=list)
    asked: list[list[np.ndarray]] = field(default_factory=list)
    said: list[list[np.ndarray]] = field(default_factory=list)
    training: Any = None


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    seen = Spy()
    run, outputs = textbook._Training.run, textbook._Training.outputs

    def spied_run(self: Any, chosen: np.ndarray, held_out: np.ndarray | None, stage: str) -> Any:
        seen.training = self
        seen.stages.append(stage)
        seen.chosen.append(chosen)
        seen.held_out.append(held_out)
        seen.asked.append([])
        seen.said.append([])
        return run(self, chosen, held_out, stage)

    def spied_outputs(self: Any, predictor: Any, chosen: np.ndarray) -> np.ndarray:
        found = outputs(self, predictor, chosen)
        seen.asked[-1].append(chosen)
        seen.said[-1].append(found)
        return found

    monkeypatch.setattr(textbook._Training, "run", spied_run)
    monkeypatch.setattr(textbook._Training, "outputs", spied_outputs)
    return seen


@pytest.mark.parametrize("folds", [2, 4])
def test_no_patient_is_trained_on_and_tested(
    cohort: Path, tmp_path: Path, tiny_textbook: Tiny, spy: Spy, folds: int
) -> None:
    recipe = tiny_textbook({"epochs": 1, "batches_per_epoch": 1})
    folder = train_textbook(RunConfig(recipe, (cohort,), tmp_path / "out", folds=folds, patients=PATIENTS))
    assert spy.stages == [*(f"Fold {number} of {folds}" for number in range(1, folds + 1)), "Training"]
    examples = spy.training.examples
    groups = np.array([COHORT[name] for name in examples.names])[examples.recording]
    tested: list[np.ndarray] = []
    for chosen, held_out, (asked, *more) in zip(spy.chosen, spy.held_out, spy.asked, strict=True):
        assert not more
        assert held_out is not None
        sides = [set(groups[chosen]), set(groups[held_out])]
        if len(tested) < folds:
            tested.append(asked)
            sides.append(set(groups[asked]))
        else:  # the last network: its figures are those of the patients held out
            np.testing.assert_array_equal(asked, held_out)
        assert all(sides)
        assert sum(map(len, sides)) == 4 == len(set.union(*sides))
    assert sorted(np.concatenate(tested).tolist()) == list(range(len(groups)))

    validated = card(folder)["figures"]["cross_validation"]
    assert (validated["folds"], validated["grouped_by"]) == (folds, "patient")
    outputs = np.zeros((len(groups), 5), np.float32)
    for asked, (said,) in zip(tested, spy.said, strict=False):
        outputs[asked] = said
    expected = TARGETS["aami"].figures(examples.value, outputs, {})
    assert {name: validated[name] for name in expected} == pytest.approx(expected, abs=1e-4)
    assert card(folder)["figures"]["validation"]["patients_held_out"] == len(set(groups[spy.held_out[-1]]))


def test_without_folds_there_are_no_cross_validated_figures(
    annotated: Path, tmp_path: Path, tiny_textbook: Tiny
) -> None:
    recipe = tiny_textbook({"epochs": 1, "batches_per_epoch": 1})
    figures = card(train_textbook(RunConfig(recipe, (annotated,), tmp_path / "out")))["figures"]
    assert set(figures) == {"validation"}


@pytest.mark.parametrize("folds", [-1, 1, 2, 4])
def test_folds_that_leave_too_few_patients_are_refused_before_anything(
    annotated: Path, tmp_path: Path, tiny_textbook: Tiny, folds: int
) -> None:
    # Of three patients, two folds would leave one to train with and none to stop in time by.
    with pytest.raises(SourceError, match=f"^3 patients cannot be divided into {folds} folds"):
        train_textbook(RunConfig(tiny_textbook(), (annotated,), tmp_path / "out", folds=folds))
    assert not (tmp_path / "out").exists()


def test_networks_trained_on_the_same_patients_but_stopped_by_others_are_trained_each(
    annotated: Path, tmp_path: Path, tiny_textbook: Tiny, spy: Spy
) -> None:
    """Else the second one is the first, whose best epoch was chosen by the patient it is tested on."""
    seen = []
    train_textbook(
        RunConfig(tiny_textbook(), (annotated,), tmp_path / "out", folds=3),
        lambda stage, share, text: seen.append(stage) if "loss" in text else None,
    )
    trained_on = [tuple(chosen) for chosen in spy.chosen]
    assert len(set(trained_on)) < len(trained_on)
    assert set(seen) == set(spy.stages)


def test_two_recordings_of_one_patient_are_no_two_patients(cohort: Path, tmp_path: Path, tiny_textbook: Tiny) -> None:
    with pytest.raises(SourceError, match="tiny needs recordings of at least two patients"):
        train_textbook(
            RunConfig(tiny_textbook(), (cohort,), tmp_path / "out", patients=Patients(dict.fromkeys(COHORT, "one")))
        )


def test_a_card_tells_patients_again_and_says_none(cohort: Path, tmp_path: Path, tiny_textbook: Tiny) -> None:
    recipe = tiny_textbook({"epochs": 1, "batches_per_epoch": 1})
    training = card(train_textbook(RunConfig(recipe, (cohort,), tmp_path / "out", patients=PATIENTS)))["training"]
    written = "".join(file.read_text() for file in (tmp_path / "out").glob("*.json"))
    for patient in COHORT.values():
        assert patient not in written
        assert json.dumps(patient) not in written
    later = Patients({"x": "Rossi 1938", "y": "Somebody else"})
    assert later.known(training, {"x": "0" * 64, "y": "1" * 64}) == ["x"]


@pytest.fixture(scope="module")
def base(annotated: Path, tmp_path_factory: pytest.TempPathFactory, tiny_textbook: Tiny) -> TextbookModel:
    return load_textbook(
        train_textbook(RunConfig(tiny_textbook(), (annotated,), tmp_path_factory.mktemp("base") / "base"))
    )


def test_frozen_all_but_the_last_layer_stay_as_they_were(
    base: TextbookModel, cohort: Path, tmp_path: Path, tiny_textbook: Tiny
) -> None:
    tuning = FineTuning(base, freeze=True)
    tuned = train_textbook(
        RunConfig(tiny_textbook(), (cohort,), tmp_path / "out", fine_tuning=tuning, patients=PATIENTS)
    )
    before, after = weights(base.folder), weights(tuned)
    assert len(before) == 8  # two dense layers, and the normalisation between them
    for first, second in zip(before[:-2], after[:-2], strict=True):
        np.testing.assert_array_equal(first, second)
    assert not np.array_equal(before[-2], after[-2])
    training = card(tuned)["training"]
    seen = {"recordings": base.card["training"]["recordings"]}
    expected = {"name": "base", "sha256": base.sha256, "frozen": True, "training": seen}
    assert training["started_from"] == expected
    assert training["schedule"]["learning_rate"] == pytest.approx(tiny_textbook().schedule.learning_rate / 5)
    assert set(training["recordings"]) == set(COHORT)


def test_without_freezing_every_layer_learns(
    base: TextbookModel, cohort: Path, tmp_path: Path, tiny_textbook: Tiny
) -> None:
    tuned = train_textbook(
        RunConfig(tiny_textbook(), (cohort,), tmp_path / "out", fine_tuning=FineTuning(base), patients=PATIENTS)
    )
    for before, after in zip(weights(base.folder), weights(tuned), strict=True):
        assert not np.array_equal(before, after)
    assert card(tuned)["training"]["started_from"]["frozen"] is False


def test_training_goes_on_from_the_model_s_own_weights_and_shares(
    base: TextbookModel, cohort: Path, tmp_path: Path, tiny_textbook: Tiny
) -> None:
    """Where nothing is learned the model comes out as it went in, whatever shares the classes are sampled with."""
    still = tiny_textbook({"learning_rate": 0.0, "balance": (1.0,) * 5, "epochs": 1})
    tuning = FineTuning(base, freeze=True)
    tuned = train_textbook(RunConfig(still, (cohort,), tmp_path / "out", fine_tuning=tuning, patients=PATIENTS))
    for before, after in zip(weights(base.folder), weights(tuned), strict=True):
        np.testing.assert_allclose(before, after, atol=1e-5)


def test_inputs_are_the_model_s_and_not_the_recipe_s(
    base: TextbookModel, cohort: Path, tmp_path: Path, tiny_textbook: Tiny
) -> None:
    other = tiny_textbook({"epochs": 1, "batches_per_epoch": 1}, inputs=SegmentInputs(80.0, 0.3, 0.3))
    tuned = train_textbook(
        RunConfig(other, (cohort,), tmp_path / "out", fine_tuning=FineTuning(base), patients=PATIENTS)
    )
    assert card(tuned)["inputs"] == base.card["inputs"]


def test_another_recipe_s_model_is_refused(
    base: TextbookModel, cohort: Path, tmp_path: Path, tiny_textbook: Tiny
) -> None:
    other = tiny_textbook(name="other")
    with pytest.raises(ModelError, match=r"^base was trained with the recipe tiny; fine-tune it with that one"):
        train_textbook(RunConfig(other, (cohort,), tmp_path / "out", fine_tuning=FineTuning(base)))
    assert not (tmp_path / "out").exists()


def test_an_estimator_is_trained_from_the_beginning(annotated: Path, cohort: Path, tmp_path: Path) -> None:
    recipe = get_recipe("feature_logistic")
    assert isinstance(recipe, TextbookRecipe)
    model = load_classifier(train_textbook(RunConfig(recipe, (annotated,), tmp_path / "first")))
    assert isinstance(model, TextbookModel)
    with pytest.raises(ModelError, match=r"^first is no network; feature_logistic is trained from the beginning"):
        train_textbook(RunConfig(recipe, (cohort,), tmp_path / "out", fine_tuning=FineTuning(model), patients=PATIENTS))


def test_recordings_and_patients_the_model_was_trained_on_are_refused(
    base: TextbookModel, annotated: Path, cohort: Path, tmp_path: Path, tiny_textbook: Tiny
) -> None:
    recipe = tiny_textbook({"epochs": 1, "batches_per_epoch": 1})
    with pytest.raises(
        SourceError, match=r"^base was already trained on demo_pac, demo_pvc, demo_sinus, or on the same"
    ):
        train_textbook(RunConfig(recipe, (annotated,), tmp_path / "out", fine_tuning=FineTuning(base)))
    of_cohort = load_textbook(train_textbook(RunConfig(recipe, (cohort,), tmp_path / "of cohort", patients=PATIENTS)))
    names = Patients({"demo_pac": "Rossi 1938", "demo_pvc": "Nobody", "demo_sinus": "Anybody"})
    with pytest.raises(SourceError, match=r"^of cohort was already trained on demo_pac, or on the same patients"):
        train_textbook(
            RunConfig(recipe, (annotated,), tmp_path / "out", fine_tuning=FineTuning(of_cohort), patients=names)
        )
    assert not (tmp_path / "out").exists()


def test_a_model_gone_on_with_still_knows_whom_it_was_first_trained_on(
    base: TextbookModel, cohort: Path, tmp_path: Path, tiny_textbook: Tiny
) -> None:
    recipe = tiny_textbook({"epochs": 1, "batches_per_epoch": 1})
    tuned = train_textbook(
        RunConfig(recipe, (cohort,), tmp_path / "tuned", fine_tuning=FineTuning(base), patients=PATIENTS)
    )
    again = FineTuning(load_textbook(tuned))
    with pytest.raises(SourceError, match="was already trained on"):
        again.check(dict(base.card["training"]["recordings"]), BY_NAME)


def true_shares(recordings: Path) -> np.ndarray:
    values = [TARGETS["aami"].examples(open_recording(header))[1] for header in sorted(recordings.glob("*.hea"))]
    return np.bincount(np.concatenate(values).astype(int), minlength=5) / sum(map(len, values))


def said_shares(folder: Path, recordings: Path) -> np.ndarray:
    """The mean probability of each class."""
    model = load_textbook(folder)
    found = []
    for header in sorted(recordings.glob("*.hea")):
        recording = open_recording(header)
        annotations = recording.annotations()
        assert annotations is not None
        found.append(model.classify(recording, annotations.beats()[0]))
    return np.asarray(np.concatenate(found).mean(axis=0))


SAMPLED = {"balance": (1.0,) * 5}
WEIGHTED = {"class_weight": 1.0}


@pytest.mark.parametrize("uneven", [SAMPLED, WEIGHTED], ids=["sampled", "weighted"])
def test_the_prior_turns_shares_back_towards_the_true_ones(
    cohort: Path, tmp_path: Path, tiny_textbook: Tiny, uneven: dict[str, Any]
) -> None:
    schedule = {"epochs": 3, "batches_per_epoch": 5, "batch_size": 32, "average": 0.5, "label_smoothing": 0.0, **uneven}
    with_prior, without = (
        train_textbook(
            RunConfig(
                tiny_textbook(schedule, prior=prior, patience=9), (cohort,), tmp_path / str(prior), patients=PATIENTS
            )
        )
        for prior in (1.0, 0.0)
    )
    assert [card(folder)["training"]["prior"] for folder in (with_prior, without)] == [1.0, 0.0]
    true = true_shares(cohort)
    far, near = (np.abs(said_shares(folder, cohort) - true).sum() for folder in (without, with_prior))
    assert near < far


@pytest.mark.parametrize("target", ["aami", "binary"])
@pytest.mark.parametrize("uneven", [SAMPLED, WEIGHTED], ids=["sampled", "weighted"])
def test_the_prior_is_added_to_the_last_bias_and_nothing_else(
    cohort: Path, tmp_path: Path, tiny_textbook: Tiny, spy: Spy, target: str, uneven: dict[str, Any]
) -> None:
    def single(shapes: Any) -> Any:
        import keras
        from keras import layers

        return keras.Sequential([keras.Input(shapes["segment"]), layers.Flatten(), layers.Dense(1)])

    schedule = {"epochs": 1, "label_smoothing": 0.0, **uneven}
    how = {"target": target, **({"build": single} if target == "binary" else {})}
    whole, half, none = (
        weights(
            train_textbook(
                RunConfig(
                    tiny_textbook(schedule, prior=prior, **how), (cohort,), tmp_path / str(prior), patients=PATIENTS
                )
            )
        )
        for prior in (1.0, 0.5, 0.0)
    )
    for first, second in zip(whole[:-1], none[:-1], strict=True):
        np.testing.assert_allclose(first, second, atol=1e-6)
    # The two large classes are trained with as if they were equally many; the handful of F is not multiplied.
    value = spy.training.examples.value[spy.chosen[0]].astype(int)
    counts = np.bincount(value, minlength=2).astype(float)
    rare = 1 if target == "binary" else 2
    assert counts[0] > counts[rare] >= 30
    trained = counts.copy()
    trained[rare] = counts[0]
    present = counts > 0
    expected = np.zeros(len(counts))
    expected[present] = np.log(counts[present] / counts.sum() / (trained[present] / trained.sum()))
    expected = expected[1:] - expected[:1] if target == "binary" else np.pad(expected, (0, 5 - len(expected)))
    np.testing.assert_allclose(whole[-1] - none[-1], expected, atol=1e-4)
    np.testing.assert_allclose(half[-1] - none[-1], expected / 2, atol=1e-4)


Batch = tuple[np.ndarray, np.ndarray]


@pytest.fixture
def first_batches(monkeypatch: pytest.MonkeyPatch) -> list[Batch]:
    """The first batch that each network was given, its inputs and what was wanted of it."""
    seen: list[Batch] = []
    fit = textbook.fit

    def spied(network: Any, loss: Any, batches_of: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(next(iter(batches_of(0))))
        return fit(network, loss, batches_of, *args, **kwargs)

    monkeypatch.setattr(textbook, "fit", spied)
    return seen


ONCE = {"epochs": 1, "batches_per_epoch": 1, "batch_size": 64}


def test_batches_are_disturbed_as_the_recipe_says(
    cohort: Path, tmp_path: Path, tiny_textbook: Tiny, first_batches: list[Batch]
) -> None:
    for name, how in (("still", {}), ("gain", {"augmentation": Augmentation(0, 0, 0.3, *[0.0] * 7)})):
        folder = train_textbook(RunConfig(tiny_textbook(ONCE, **how), (cohort,), tmp_path / name, patients=PATIENTS))
        assert card(folder)["training"]["augmentation"]["log_gain"] == (0.3 if how else 0)
    (still, wanted), (gained, wanted_too) = first_batches
    np.testing.assert_array_equal(wanted, wanted_too)
    factor = np.median(gained / still, axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(gained, factor * still, atol=1e-4)
    assert len(np.unique(factor.round(3))) > 10
    # Undisturbed, they are examples as they were prepared: mean 0, deviation 1.
    np.testing.assert_allclose(still.std(axis=1), 1, atol=0.01)


def test_each_epoch_is_disturbed_anew_and_each_seed_and_a_run_again_alike(
    cohort: Path, tmp_path: Path, tiny_textbook: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[np.ndarray] = []

    def spied(inputs: Any, waves: Any, augmentation: Augmentation, rng: np.random.Generator, bank: Any) -> Any:
        seen.append(rng.random(4))
        assert (waves, bank) == ({"segment": 20}, None)
        return inputs

    monkeypatch.setattr(textbook, "disturbed_arrays", spied)
    recipe = tiny_textbook({"epochs": 2, "batches_per_epoch": 2}, augmentation=Augmentation())
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        train_textbook(RunConfig(recipe, (cohort,), tmp_path / name, seed=seed, patients=PATIENTS))
    first, again, other = np.split(np.array(seen), 3)
    assert len(first) == 4  # once a batch
    np.testing.assert_array_equal(first, again)
    assert len(np.unique(np.concatenate([first, other]), axis=0)) == 8


def test_the_autoencoder_is_to_rebuild_what_was_there_before_disturbance(
    cohort: Path, tmp_path: Path, tiny_textbook: Tiny, first_batches: list[Batch]
) -> None:
    def build(shapes: Any) -> Any:
        import keras

        return keras.Sequential([keras.Input(shapes["segment"]), keras.layers.Conv1D(1, 5, padding="same")])

    for name, augmentation in (("still", STILL), ("noisy", Augmentation(0, 0, 0, 0, 0.5, *[0.0] * 5))):
        recipe = tiny_textbook(ONCE, target="anomaly", build=build, augmentation=augmentation)
        train_textbook(RunConfig(recipe, (cohort,), tmp_path / name, patients=PATIENTS))
    (still, wanted), (noisy, wanted_too) = first_batches
    np.testing.assert_array_equal(wanted, still)
    np.testing.assert_array_equal(wanted_too, still)
    assert np.abs(noisy - still).max() > 0.1


@pytest.fixture(scope="module")
def nstdb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise of 10 Hz to train with, and of 30 Hz to test with."""
    folder = tmp_path_factory.mktemp("nstdb")
    for name, hz in (("bw", 10.0), ("ma", 10.0), ("em", 30.0)):
        sine = np.sin(2 * np.pi * hz * np.arange(7200) / 360)[:, None]
        wfdb.wrsamp(name, 360, ["mV"], ["noise"], sine, fmt=["16"], write_dir=str(folder))
    return folder


def test_recorded_noise_reaches_the_batches_and_the_card(
    cohort: Path, nstdb: Path, tmp_path: Path, tiny_textbook: Tiny, first_batches: list[Batch]
) -> None:
    augmentation = Augmentation(0, 0, 0, 0, 0, 0.5, *[0.0] * 4)
    train_textbook(RunConfig(tiny_textbook(ONCE), (cohort,), tmp_path / "still", patients=PATIENTS))
    recipe = tiny_textbook(ONCE, augmentation=augmentation)
    folder = train_textbook(RunConfig(recipe, (cohort,), tmp_path / "noisy", patients=PATIENTS, noise=nstdb))
    difference = (first_batches[1][0] - first_batches[0][0])[..., 0]
    spectrum = (np.abs(np.fft.rfft(difference, axis=1)) ** 2).sum(axis=0)
    # Windows of half a second: 10 Hz is the fifth line, 30 Hz the fifteenth.
    assert spectrum.argmax() == 5
    assert spectrum[13:18].sum() < 0.01 * spectrum.sum()
    expected = {name: open_recording(nstdb / f"{name}.hea").sha256 for name in ("bw", "ma")}
    assert card(folder)["training"]["noise"] == expected


def test_recorded_noise_that_is_nowhere_is_one_sentence(
    cohort: Path, tmp_path: Path, tiny_textbook: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ECG_DATA", raising=False)
    recipe = tiny_textbook(augmentation=Augmentation(recorded_noise=0.2))
    with pytest.raises(SourceError, match=r"^Recorded noise is mixed in: give the folder"):
        train_textbook(RunConfig(recipe, (cohort,), tmp_path / "out", patients=PATIENTS))


@pytest.mark.parametrize("name", ["feature_mlp", "heart_rate_mlp", "spectrogram_cnn"])
def test_recorded_noise_is_refused_where_there_is_no_wave(cohort: Path, nstdb: Path, tmp_path: Path, name: str) -> None:
    recipe = get_recipe(name)
    assert isinstance(recipe, TextbookRecipe)
    with pytest.raises(ModelError, match=f"^{name} sees no waveform that recorded noise could be mixed into; leave it"):
        train_textbook(RunConfig(recipe, (cohort,), tmp_path / "out", patients=PATIENTS, noise=nstdb))
    assert not (tmp_path / "out").exists()
