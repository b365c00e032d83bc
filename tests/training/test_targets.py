"""Targets: which examples with which true value, and figures checked by hand and against scikit-learn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ecg_core.beats import CLASSES
from ecg_core.errors import SourceError
from ecg_core.recording import Annotations, Recording, from_array
from ecg_core.synthesis import generate, scenarios
from ecg_core.training.schedule import Schedule
from ecg_core.training.targets import (
    TARGETS,
    AamiTarget,
    AnomalyTarget,
    BinaryTarget,
    RateTarget,
    area_under_curve,
    class_figures,
    reference_beats,
)

Annotated = Callable[[list[int], str], Recording]


@pytest.fixture
def annotated_array() -> Annotated:
    """Make a flat minute at 100 Hz with given annotations."""

    def make(samples: list[int], symbols: str) -> Recording:
        recording = from_array(np.zeros(6000), 100.0, name="flat")
        found = Annotations("atr", np.array(samples), np.array(list(symbols)), ("",) * len(samples))
        object.__setattr__(recording, "load_annotations", lambda name: found)
        object.__setattr__(recording, "annotation_names", ("atr",))
        return recording

    return make


def test_n_is_normal_and_every_other_beat_abnormal(annotated_array: Annotated) -> None:
    recording = annotated_array(list(range(100, 1300, 100)), "NNLRAV/F+~Qe")
    samples, values = BinaryTarget().examples(recording)
    assert samples.tolist() == [100, 200, 300, 400, 500, 600, 700, 800, 1100, 1200]
    assert values.tolist() == [0, 0, 1, 1, 1, 1, 1, 1, 1, 1]


def test_classes_and_anomalies_follow_aami(annotated_array: Annotated) -> None:
    recording = annotated_array(list(range(100, 1000, 100)), "NLeAaVFQ/")
    _, classes = AamiTarget().examples(recording)
    assert "".join(CLASSES[index] for index in classes) == "NNNSSVFQQ"
    _, unusual = AnomalyTarget().examples(recording)
    assert unusual.tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 1]


def test_a_reference_beyond_the_signal_is_left_out(annotated_array: Annotated) -> None:
    samples, symbols = reference_beats(annotated_array([100, 5999, 6000, 7000], "NVNN"))
    assert samples.tolist() == [100, 5999]
    assert symbols.tolist() == ["N", "V"]


@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda target: target.name)
def test_a_recording_without_reference_is_refused_in_one_sentence(target: AamiTarget) -> None:
    with pytest.raises(SourceError, match="flat has no reference beats beside it"):
        target.examples(from_array(np.zeros(6000), 100.0, name="flat"))


def test_the_autoencoder_is_trained_on_normal_beats_alone_and_the_others_on_all() -> None:
    values = np.array([0, 1, 0, 1, 1])
    assert AnomalyTarget().trains_on(values).tolist() == [True, False, True, False, False]
    for target in (AamiTarget(), BinaryTarget(), RateTarget()):
        assert target.trains_on(values).all()


@pytest.mark.parametrize("rate_bpm", [48, 75, 130])
def test_a_steady_rate_is_that_rate_in_every_window(annotated_array: Annotated, rate_bpm: int) -> None:
    beats = np.rint(np.arange(30, 6000, 6000 / rate_bpm)).astype(int)
    centres, rates = RateTarget().examples(annotated_array(beats.tolist(), "N" * len(beats)))
    assert centres.tolist() == list(range(500, 5500, 500))
    np.testing.assert_allclose(rates, rate_bpm, atol=0.2)


def test_the_rate_is_that_of_the_true_intervals_within_each_window() -> None:
    synthetic = generate(scenarios()["demo_brady_pause_tachy"], duration_s=240)
    recording = from_array(synthetic.signal[:, :1], synthetic.fs_hz)
    object.__setattr__(recording, "load_annotations", lambda name: synthetic.annotations)
    object.__setattr__(recording, "annotation_names", ("atr",))
    beats_s = synthetic.annotations.beats()[0] / synthetic.fs_hz
    centres, rates = RateTarget().examples(recording)
    assert len(centres) == 46
    assert rates.min() < 46
    assert rates.max() > 130
    for centre, rate in zip(centres / synthetic.fs_hz, rates, strict=True):
        inside = beats_s[(beats_s >= centre - 5) & (beats_s < centre + 5)]
        assert rate == pytest.approx(60 / np.diff(inside).mean(), rel=1e-4)


def test_windows_with_too_few_beats_have_no_rate(annotated_array: Annotated) -> None:
    # Beats in the first ten seconds, two in the next, none after.
    centres, rates = RateTarget().examples(annotated_array([100, 200, 300, 400, 1100, 1900], "NNNNNN"))
    assert centres.tolist() == [500]
    np.testing.assert_allclose(rates, [60.0])


@pytest.mark.parametrize(
    ("positive", "score", "expected"),
    [
        ([0, 0, 1, 1], [1, 2, 3, 4], 1.0),
        ([1, 1, 0, 0], [1, 2, 3, 4], 0.0),
        ([0, 1, 0, 1], [1, 2, 3, 4], 0.75),
        ([0, 1, 0, 1], [5, 5, 5, 5], 0.5),
        ([0, 0, 1], [1, 2, 2], 0.75),
    ],
)
def test_the_area_under_the_curve_of_cases_counted_by_hand(
    positive: list[int], score: list[float], expected: float
) -> None:
    assert area_under_curve(np.array(positive, dtype=bool), np.array(score, dtype=float)) == pytest.approx(expected)


def test_the_area_under_the_curve_is_scikit_learn_s() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(4)
    for n in (10, 500):
        positive = rng.random(n) < 0.3
        positive[:2] = [True, False]
        score = np.round(rng.standard_normal(n) + positive, 1)  # with ties
        assert area_under_curve(positive, score) == pytest.approx(roc_auc_score(positive, score))


@pytest.mark.parametrize("positive", [[True, True], [False, False], []])
def test_the_area_of_one_group_alone_is_no_number(positive: list[bool]) -> None:
    assert np.isnan(area_under_curve(np.array(positive, dtype=bool), np.zeros(len(positive))))


def test_figures_of_classes_counted_by_hand_and_by_scikit_learn() -> None:
    from sklearn.metrics import f1_score

    label = np.array([0, 0, 0, 0, 1, 1, 2, 2])
    predicted = np.array([0, 0, 0, 1, 1, 2, 2, 4])
    figures = class_figures(label, predicted, CLASSES)
    assert figures == {
        "accuracy": pytest.approx(5 / 8),
        "f1_N": pytest.approx(6 / 7),
        "f1_S": pytest.approx(1 / 2),
        "f1_V": pytest.approx(1 / 2),
    }
    assert [figures[f"f1_{letter}"] for letter in "NSV"] == pytest.approx(
        list(f1_score(label, predicted, labels=[0, 1, 2], average=None))
    )
    assert AamiTarget().figures(label, np.eye(5, dtype=np.float32)[predicted], {}) == figures


def test_binary_figures_by_hand() -> None:
    logits = np.array([[-2.0], [-1.0], [1.0], [0.5], [3.0]], dtype=np.float32)
    figures = BinaryTarget().figures(np.array([0, 0, 0, 1, 1]), logits, {})
    assert figures == {
        "accuracy": pytest.approx(0.8),
        "se": pytest.approx(1.0),
        "sp": pytest.approx(2 / 3),
        "auc": pytest.approx(5 / 6),
    }


def test_rate_figures_by_hand() -> None:
    figures = RateTarget().figures(np.array([60.0, 80.0]), np.array([[63.0], [76.0]], dtype=np.float32), {})
    assert figures == {
        "mae_bpm": pytest.approx(3.5),
        "rmse_bpm": pytest.approx(12.5**0.5),
        "mae_of_mean_bpm": pytest.approx(10.0),
    }


def test_what_is_rebuilt_badly_counts_as_unusual() -> None:
    segments = np.ones((4, 10, 1), dtype=np.float32)
    rebuilt = segments + np.array([0.1, 0.2, 1.0, 2.0], dtype=np.float32)[:, None, None]
    figures = AnomalyTarget().figures(np.array([0, 0, 1, 1]), rebuilt, {"segment": segments})
    assert figures["auc"] == 1.0
    assert figures["error_normal"] == pytest.approx((0.01 + 0.04) / 2, rel=1e-3)
    assert figures["error_abnormal"] == pytest.approx((1 + 4) / 2, rel=1e-3)
    only_normal = AnomalyTarget().figures(np.zeros(4, int), rebuilt, {"segment": segments})
    assert np.isnan(only_normal["error_abnormal"])


@pytest.mark.tensorflow
@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda target: target.name)
def test_the_loss_of_what_is_wanted_is_smaller_than_of_anything_else(target: AamiTarget) -> None:
    inputs = {"segment": np.random.default_rng(1).standard_normal((6, 10, 1)).astype(np.float32)}
    values = np.array([0, 1, 1, 0, 1, 0])
    wanted = target.wanted(values, inputs)
    assert wanted.dtype == np.float32
    logits = 10 * (2 * wanted - 1) if target.name in ("aami", "binary") else wanted
    for schedule in (Schedule(), Schedule(class_weight=1.0, focal_gamma=2.0)):
        loss = target.loss(schedule, np.array([300, 60, 40, 0, 0])[: max(target.n_classes, 1)])
        assert float(loss(wanted, logits)) < float(loss(wanted, logits[::-1]))
