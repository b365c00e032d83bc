"""Answers of several models to the same beats: the table of agreement, the reference, pieces of a recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_core.beats import CLASSES
from ecg_core.classification.model import models_folder
from ecg_core.recording import Recording, from_array
from ecg_core.sources.demos import open_demo
from ecg_core.teaching.model_answers import (
    ABNORMAL,
    NORMAL,
    REFERENCE,
    ComparedModels,
    ModelAnswers,
    ReferenceAnswers,
    agreement_table,
    answers_for_beat,
    answers_of_models,
    cut_piece,
    piece_of,
    reference_answers,
    votes,
)
from ecg_core.textbook.model import TextbookModel, load_textbook

LETTERS = st.lists(st.sampled_from(CLASSES), min_size=1, max_size=60)


def by_class(name: str, letters: str | list[str]) -> ModelAnswers:
    return ModelAnswers(name, "aami", np.array(list(letters)), np.zeros((len(letters), 5), np.float32))


def by_number(name: str, target: str, n_beats: int) -> ModelAnswers:
    return ModelAnswers(name, target, np.full(n_beats, ""), np.zeros((n_beats, 1), np.float32))


def by_normal(name: str, flags: str) -> ModelAnswers:
    answers = np.array([NORMAL if flag == "n" else ABNORMAL for flag in flags])
    return ModelAnswers(name, "binary", answers, np.zeros((len(flags), 1), np.float32))


@pytest.fixture(scope="module")
def models() -> list[TextbookModel]:
    """Shipped models that need no TensorFlow."""
    return [load_textbook(models_folder() / name) for name in ("feature_logistic", "feature_svm")]


@pytest.fixture(scope="module")
def piece() -> tuple[Recording, np.ndarray]:
    recording = open_demo("demo_pvc")
    annotations = recording.annotations()
    assert annotations is not None
    return cut_piece(recording, annotations.beats()[0], 20_000, 50_000)


@given(LETTERS)
def test_a_model_agrees_with_itself(letters: list[str]) -> None:
    row = agreement_table([by_class("a", letters), by_class("b", letters)]).iloc[0]
    assert row["share"] == 1
    # One answer to all beats: chance alone would agree, so kappa is not defined.
    assert row["kappa"] == pytest.approx(1) if len(set(letters)) > 1 else np.isnan(row["kappa"])


@given(LETTERS.flatmap(lambda one: st.tuples(st.just(one), st.permutations(one))))
def test_agreement_does_not_depend_on_the_order_of_the_two(pair: tuple[list[str], list[str]]) -> None:
    a, b = by_class("a", pair[0]), by_class("b", pair[1])
    there, back = agreement_table([a, b]).iloc[0], agreement_table([b, a]).iloc[0]
    assert there["share"] == back["share"]
    assert there["kappa"] == pytest.approx(back["kappa"], nan_ok=True)


def test_kappa_is_cohens() -> None:
    # 45 + 15 of 100 agree; by chance 0.6 * 0.7 + 0.4 * 0.3 would.
    first, second = "N" * 60 + "V" * 40, "N" * 45 + "V" * 15 + "N" * 25 + "V" * 15
    row = agreement_table([by_class("a", first), by_class("b", second)]).iloc[0]
    assert (row["share"], row["beats"]) == (0.6, 100)
    assert row["kappa"] == pytest.approx((0.6 - 0.54) / (1 - 0.54))


def test_where_one_tells_only_normal_or_abnormal_classes_are_compared_as_such() -> None:
    table = agreement_table([by_class("a", "NNSV"), by_class("b", "NNVS"), by_normal("c", "nnaa")])
    rows = {(row["first"], row["second"]): row for _, row in table.iterrows()}
    assert rows[("a", "b")]["share"] == 0.5
    assert rows[("a", "b")]["by"] == "class"
    assert rows[("a", "c")]["share"] == rows[("b", "c")]["share"] == 1
    assert rows[("a", "c")]["by"] == "normal"


def test_a_number_agrees_with_nothing() -> None:
    table = agreement_table([by_class("a", "NV"), by_number("rate", "rate", 2), by_number("error", "anomaly", 2)])
    assert table.empty


def test_beats_without_a_reference_are_left_out() -> None:
    reference = ReferenceAnswers(np.array(["N", "", "V", "N"]), np.array([NORMAL, "", ABNORMAL, ABNORMAL]))
    table = agreement_table([by_class("a", "NVVN"), by_normal("b", "nnan")], reference)
    rows = {row["second"]: row for _, row in table.iterrows() if row["first"] == REFERENCE}
    assert (rows["a"]["beats"], rows["a"]["share"]) == (3, 1)
    # A beat of class N that is not the symbol N, as with bundle branch block, is abnormal to a binary model.
    assert (rows["b"]["beats"], rows["b"]["share"]) == (3, pytest.approx(2 / 3))


def test_reference_beats_belong_to_the_beats_found_beside_them() -> None:
    recording = open_demo("demo_pvc")
    annotations = recording.annotations()
    assert annotations is not None
    at, symbols = annotations.beats()
    found = at[1:] + 20
    found[3] += 60  # 220 ms away at 360 Hz
    reference = reference_answers(recording, found)
    assert reference is not None
    assert reference.classes[3] == reference.binary[3] == ""
    assert list(np.flatnonzero(reference.classes == "")) == [3]
    assert list(reference.binary == NORMAL) == [s == "N" and i != 3 for i, s in enumerate(symbols[1:])]
    assert reference_answers(from_array(np.zeros((100, 1)), 100.0), found) is None


@given(st.integers(1, 10_000_000), st.sampled_from([128.0, 250.0, 360.0]), st.integers(0, 10_000_000))
def test_a_piece_holds_the_sample_and_is_long_enough(n_samples: int, fs_hz: float, at: int) -> None:
    at = at % n_samples
    start, stop = piece_of(n_samples, fs_hz, at, 120.0)
    assert 0 <= start <= at < stop <= n_samples
    assert stop - start >= min(n_samples, 120 * fs_hz - 1)
    assert stop - start < 240 * fs_hz + 2
    # All samples of a piece have the same piece.
    assert {piece_of(n_samples, fs_hz, place, 120.0) for place in (start, stop - 1)} == {(start, stop)}


def test_a_cut_piece_has_the_signal_and_the_beats_of_the_span(piece: tuple[Recording, np.ndarray]) -> None:
    recording, samples = piece
    whole = open_demo("demo_pvc")
    np.testing.assert_array_equal(recording.read(10, 40), whole.read(20_010, 20_040))
    annotations = whole.annotations()
    assert annotations is not None
    at = annotations.beats()[0]
    np.testing.assert_array_equal(samples + 20_000, at[(at >= 20_000) & (at < 50_000)])
    assert recording.lead_names == whole.lead_names


def test_models_answer_every_beat_as_they_do_alone(
    models: list[TextbookModel], piece: tuple[Recording, np.ndarray]
) -> None:
    together = answers_of_models(*piece, models)
    for model, one in zip(models, together, strict=True):
        assert one.name == model.name
        np.testing.assert_allclose(one.values, model.classify(*piece), atol=1e-6)
        assert list(one.answers) == [CLASSES[place] for place in one.values.argmax(axis=1)]
    assert "V" in together[0].answers


@pytest.mark.tensorflow
def test_one_beat_is_answered_and_mapped_by_every_model(
    piece: tuple[Recording, np.ndarray], tiny_model_folder: Path
) -> None:
    from ecg_core.classification.model import load_model

    names = ("cnn_binary", "feature_logistic", "autoencoder", "heart_rate_mlp", "spectrogram_cnn")
    models = ComparedModels(
        load_model(tiny_model_folder), tuple(load_textbook(models_folder() / name) for name in names)
    )
    recording, samples = piece
    index = int((answers_of_models(*piece, [models.textbook[1]])[0].answers == "V").argmax())
    found = {one.name: one for one in answers_for_beat(recording, samples, index, models)}
    assert list(found) == [models.classifier.name, *names]
    for name, one in found.items():
        assert (one.probabilities is None) == (name in ("cnn_binary", "autoencoder", "heart_rate_mlp"))
        assert (one.map is None) == (name == "feature_logistic")
        if one.map is not None:
            assert one.map.shape == one.offsets_s.shape == one.wave_mv.shape
            assert 0.9 < one.map.max() <= 1
    assert found["feature_logistic"].explained == found["spectrogram_cnn"].explained == "V"
    counted = votes(list(found.values()))
    assert sum(counted.values()) == 3
    assert counted["V"] >= 2
