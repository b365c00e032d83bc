"""Ensembles: a mean of complete models in one folder that loads alone and reads nothing outside itself."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.analysis import analyse
from ecg_core.classification.ensemble import Ensemble, load_ensemble, save_ensemble
from ecg_core.classification.loading import load_beat_classifier, load_classifier
from ecg_core.errors import ModelError
from ecg_core.recording import Recording, from_array
from ecg_core.synthesis import Synthetic, generate, scenarios
from ecg_core.textbook.inputs import FeatureInputs
from ecg_core.textbook.model import save_textbook

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def synthetic() -> Synthetic:
    return generate(scenarios()["demo_pvc"], duration_s=30, seed=3)


@pytest.fixture(scope="module")
def recording(synthetic: Synthetic) -> Recording:
    return from_array(synthetic.signal, synthetic.fs_hz)


@pytest.fixture(scope="module")
def samples(synthetic: Synthetic) -> np.ndarray:
    return synthetic.annotations.beats()[0]


def estimator_folder(folder: Path, seed: int, target: str = "aami", recordings: dict[str, str] | None = None) -> Path:
    """A logistic regression of random features: complete, and made in milliseconds."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(seed)
    features = rng.normal(size=(60, FeatureInputs().shapes["features"][0]))
    predictor = LogisticRegression().fit(features, rng.integers(0, 5, 60))
    texts = {"trained_for": target, "limits": ["Knows nothing."], "training": {"recordings": recordings or {}}}
    return save_textbook(folder, folder.name, FeatureInputs(), predictor, recipe="small", target=target, texts=texts)


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory, tiny_model_folder: Path) -> list[Path]:
    """Two of one recipe and one of another."""
    root = tmp_path_factory.mktemp("members")
    first = estimator_folder(root / "first", 1, recordings={"101": "a", "106": "b"})
    second = estimator_folder(root / "second", 2, recordings={"101": "other", "106": "b", "9": "c"})
    return [first, second, tiny_model_folder]


@pytest.fixture
def folder(members: list[Path], tmp_path: Path) -> Path:
    return save_ensemble(tmp_path / "both", members[:2], "both")


def probabilities(folder: Path, recording: Recording, samples: np.ndarray) -> np.ndarray:
    return load_classifier(folder).classify(recording, samples)


def ensemble(tmp_path: Path, members: Sequence[Path], weights: Sequence[float] | None = None) -> Ensemble:
    where = tmp_path / "-".join([*(path.name for path in members), *(str(weight) for weight in weights or ())])
    return load_ensemble(save_ensemble(where, members, where.name, weights))


def test_an_ensemble_of_one_says_what_its_member_says(
    members: list[Path], tmp_path: Path, recording: Recording, samples: np.ndarray
) -> None:
    for member in members:
        found = ensemble(tmp_path, [member]).classify(recording, samples)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, probabilities(member, recording, samples))


def test_the_mean_of_all_members_whatever_their_order(
    members: list[Path], tmp_path: Path, recording: Recording, samples: np.ndarray
) -> None:
    expected = np.mean([probabilities(member, recording, samples) for member in members], axis=0)
    forth, back = ensemble(tmp_path, members), ensemble(tmp_path, members[::-1])
    np.testing.assert_allclose(forth.classify(recording, samples), expected, atol=1e-6)
    np.testing.assert_allclose(back.classify(recording, samples), expected, atol=1e-6)
    assert forth.sha256 == back.sha256
    np.testing.assert_allclose(expected.sum(axis=1), 1, atol=1e-5)


def test_weights_weigh_and_only_their_ratio_matters(
    members: list[Path], tmp_path: Path, recording: Recording, samples: np.ndarray
) -> None:
    first, second = (probabilities(member, recording, samples) for member in members[:2])
    found = ensemble(tmp_path, members[:2], [3, 1])
    np.testing.assert_allclose(found.classify(recording, samples), 0.75 * first + 0.25 * second, atol=1e-6)
    assert ensemble(tmp_path, members[:2], [6.0, 2.0]).sha256 == found.sha256
    assert ensemble(tmp_path, members[:2], [1, 3]).sha256 != found.sha256
    assert ensemble(tmp_path, members[:2]).sha256 == ensemble(tmp_path, members[:2], [5, 5]).sha256


def test_the_folder_loads_alone_after_it_was_moved_and_the_members_are_gone(
    tmp_path: Path, recording: Recording, samples: np.ndarray
) -> None:
    sources = [estimator_folder(tmp_path / name, seed) for seed, name in enumerate(("one", "two"))]
    made = save_ensemble(tmp_path / "made", sources, "made")
    before = probabilities(made, recording, samples)
    for source in sources:
        shutil.rmtree(source)
    made.rename(tmp_path / "moved")
    np.testing.assert_array_equal(probabilities(tmp_path / "moved", recording, samples), before)


def test_the_card_joins_what_the_members_were_trained_on(folder: Path, members: list[Path]) -> None:
    card = load_ensemble(folder).card
    assert card["training"]["recordings"] == {"101": "a", "106": "b", "101'": "other", "9": "c"}
    assert card["limits"] == ["Knows nothing."]
    assert [entry["name"] for entry in card["members"]] == ["first", "second"]
    for entry, member in zip(card["members"], members, strict=False):
        assert entry["card_sha256"] == hashlib.sha256((member / "card.json").read_bytes()).hexdigest()


def test_progress_goes_through_all_members(
    members: list[Path], tmp_path: Path, recording: Recording, samples: np.ndarray
) -> None:
    shares: list[float] = []
    ensemble(tmp_path, members).classify(recording, samples, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert ensemble(tmp_path, members[:2]).classify(recording, samples[:0]).shape == (0, 5)


def test_a_recording_is_analysed_with_any_kind_of_model(
    folder: Path, members: list[Path], recording: Recording
) -> None:
    for model in map(load_beat_classifier, (folder, members[0], members[2])):
        analysis = analyse(recording, model, cache=False)
        assert analysis.beats["label"].notna().all()
        assert (analysis.provenance["model"], analysis.provenance["model_sha256"]) == (model.name, model.sha256)


Harm = Callable[[Path], None]


def edit(folder: Path, /, **changes: Any) -> None:
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, **changes}))


def edit_member(folder: Path, /, **changes: Any) -> None:
    card = json.loads((folder / "card.json").read_text())
    card["members"][0] |= changes
    (folder / "card.json").write_text(json.dumps(card))


def into_link(folder: Path) -> None:
    """Move a member out of the folder and leave a link to it."""
    place = folder / "members" / "1-first"
    place.rename(folder.parent / "elsewhere")
    place.symlink_to(folder.parent / "elsewhere")


def weights_into_link(folder: Path) -> None:
    weights = folder / "members" / "1-first" / "estimator.skops"
    weights.rename(folder.parent / "elsewhere")
    weights.symlink_to(folder.parent / "elsewhere")


def nest(folder: Path) -> None:
    """Put an ensemble where a member was, with the hash that belongs to it."""
    place = folder / "members" / "1-first"
    nested = save_ensemble(folder.parent / "nested", [folder / "members" / "2-second"], "nested")
    shutil.rmtree(place)
    shutil.copytree(nested, place)
    edit_member(folder, card_sha256=hashlib.sha256((place / "card.json").read_bytes()).hexdigest())


def other_target(folder: Path) -> None:
    place = folder / "members" / "1-first"
    edit(place, target="binary")
    edit_member(folder, card_sha256=hashlib.sha256((place / "card.json").read_bytes()).hexdigest())


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda f: edit(f, format=2), "has ensemble format 2, this version reads 1; update Rhythmoscope"),
        (lambda f: edit(f, members=[]), "an ensemble has 1 to 64 members, not 0"),
        (lambda f: edit(f, members={"folder": "x"}), "lists no members"),
        (lambda f: edit(f, members=["members/1-first"]), "lists no members"),
        (lambda f: (f / "card.json").write_text('{"kind": "ensemble"}'), "its card lacks format, name, members"),
        (lambda f: shutil.rmtree(f / "members" / "1-first"), "has no members/1-first; copy"),
        (lambda f: (f / "members" / "2-second" / "estimator.skops").unlink(), r"has no estimator\.skops"),
        (lambda f: edit(f / "members" / "1-first", name="x"), r"not the file its ensemble describes \(hash differs\)"),
        (lambda f: (f / "members/2-second/estimator.skops").write_bytes(b"x"), r"not the file its card describes"),
        (lambda f: edit_member(f, card_sha256=None), "hash differs"),
        *(
            (lambda f, named=named: edit_member(f, folder=named), "is no folder under members/")
            for named in ("members/../../first", "/etc", "members/..", "../first", "members/1/2", "members", 5, None)
        ),
        (lambda f: edit_member(f, folder="members/" + 4000 * "x"), "is no folder under members/"),
        (into_link, "leads out of the folder"),
        (weights_into_link, "leads out of the folder"),
        (nest, "is an ensemble itself"),
        (other_target, "does not tell the classes N S V F Q"),
        *(
            (lambda f, weight=weight: edit_member(f, weight=weight), "weight must be a number from 1e-06 to 1e")
            for weight in (0, -1, float("nan"), float("inf"), "1", None, True, 10**400, [])
        ),
    ],
)
def test_a_folder_that_does_not_fit_is_refused_in_one_sentence(folder: Path, harm: Harm, sentence: str) -> None:
    harm(folder)
    with pytest.raises(ModelError, match=sentence) as refused:
        load_classifier(folder)
    assert "\n" not in str(refused.value)


def test_what_cannot_be_joined_is_refused_and_nothing_is_left_behind(
    folder: Path, members: list[Path], tmp_path: Path
) -> None:
    rate = estimator_folder(tmp_path / "rate", 1, target="rate")
    out = tmp_path / "out" / "joined"
    for asked, weights, sentence in (
        ([], None, "not 0"),
        ([rate], None, "rate does not tell the classes"),
        ([folder], None, "both is an ensemble itself; give its members one by one"),
        ([tmp_path / "nowhere"], None, r"nowhere has no readable card\.json"),
        (members[:2], [1], "there are 2 members and 1 weights"),
        (members[:2], [1, 0], "weight must be"),
    ):
        with pytest.raises(ModelError, match=sentence):
            save_ensemble(out, asked, "joined", weights)
    with pytest.raises(ModelError, match="holds something already"):
        save_ensemble(folder, members[:1], "again")
    assert not out.exists()
    with pytest.raises(ModelError, match="rate does not tell the classes"):
        load_beat_classifier(rate)
