"""Perturbations as ladders, and which model changes its answers first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ecg_core.classification.model import models_folder
from ecg_core.recording import Recording, from_array
from ecg_core.synthesis import generate, scenarios
from ecg_core.teaching.model_answers import ModelAnswers
from ecg_core.teaching.model_robustness import (
    MAX_RATE_CHANGE_BPM,
    MIN_UNCHANGED,
    LadderResult,
    failure_sentence,
    robustness,
    same_answers,
)
from ecg_core.teaching.perturbations import (
    GAIN,
    LADDERS,
    LEAD_OFF,
    NOISE,
    RATE,
    WANDER,
    Ladder,
    ladders_for,
    perturbed,
    qrs_height_mv,
)
from ecg_core.textbook.model import load_textbook

FS_HZ = 360.0
Beats = tuple[Recording, np.ndarray]


@pytest.fixture(scope="module")
def recorded() -> Beats:
    made = generate(scenarios()["demo_pvc"], duration_s=90, seed=3)
    return from_array(made.signal, made.fs_hz, made.lead_names), made.annotations.beats()[0]


@pytest.mark.parametrize("ladder", LADDERS, ids=lambda ladder: ladder.kind)
def test_the_level_that_does_nothing_changes_nothing(recorded: Beats, ladder: Ladder) -> None:
    recording, samples = recorded
    same, at = perturbed(recording, samples, ladder.kind, ladder.none)
    np.testing.assert_array_equal(same.read(), recording.read())
    np.testing.assert_array_equal(at, samples)
    assert (same.fs_hz, same.lead_names) == (recording.fs_hz, recording.lead_names)


@pytest.mark.parametrize("ladder", LADDERS, ids=lambda ladder: ladder.kind)
def test_each_step_is_farther_from_the_signal_than_the_one_before(recorded: Beats, ladder: Ladder) -> None:
    recording, samples = recorded
    signal_mv, time_s = recording.read(), np.arange(recording.n_samples) / recording.fs_hz
    distances = []
    for level in ladder.levels:
        changed, _ = perturbed(recording, samples, ladder.kind, level)
        at_s = np.arange(changed.n_samples) / changed.fs_hz
        again = np.interp(time_s, at_s, changed.read()[:, 0])
        distances.append(float(np.sqrt(np.mean((again - signal_mv[:, 0]) ** 2))))
    assert distances == sorted(distances)
    assert distances[0] > 0


@pytest.mark.parametrize("ladder", [NOISE, WANDER], ids=lambda ladder: ladder.kind)
@pytest.mark.parametrize("snr_db", [-6.0, 0.0, 12.0])
def test_noise_has_the_power_that_its_ratio_states(recorded: Beats, ladder: Ladder, snr_db: float) -> None:
    recording, samples = recorded
    signal_mv = recording.read()
    added = perturbed(recording, samples, ladder.kind, snr_db)[0].read() - signal_mv
    power = qrs_height_mv(signal_mv, recording.fs_hz, samples) ** 2 / 8
    np.testing.assert_allclose(10 * np.log10(power / (added**2).mean(axis=0)), snr_db, atol=0.2)
    assert not np.array_equal(added[:, 0] / power[0], added[:, 1] / power[1])
    np.testing.assert_array_equal(perturbed(recording, samples, ladder.kind, snr_db)[0].read() - signal_mv, added)


def test_the_height_of_the_qrs_complexes_is_their_peak_to_peak_median() -> None:
    signal_mv = np.zeros((1000, 2), np.float32)
    samples = np.array([100, 300, 500, 700, 900])
    signal_mv[samples, 0], signal_mv[samples + 3, 0] = 1.0, -0.5
    signal_mv[500, 0] = 9.0
    np.testing.assert_allclose(qrs_height_mv(signal_mv, 200.0, samples), [1.5, 0.0])
    np.testing.assert_allclose(qrs_height_mv(signal_mv, 200.0, np.array([0])), [0.0, 0.0])


def test_a_lead_is_off_alone_and_for_its_share_of_the_time(recorded: Beats) -> None:
    recording, samples = recorded
    signal_mv = recording.read()[: round(80 * FS_HZ)]
    short = from_array(signal_mv, FS_HZ)
    earlier = np.zeros(len(signal_mv), dtype=bool)
    for share in LEAD_OFF.levels:
        changed = perturbed(short, samples, LEAD_OFF.kind, share)[0].read()
        np.testing.assert_array_equal(changed[:, 1:], signal_mv[:, 1:])
        off = changed[:, 0] != signal_mv[:, 0]
        assert off.mean() == pytest.approx(share, abs=0.01)
        assert off[earlier].all()
        earlier = off


def test_at_a_lower_rate_the_beats_stay_where_they_are_in_time(recorded: Beats) -> None:
    recording, samples = recorded
    lower, at = perturbed(recording, samples, RATE.kind, 90.0)
    assert lower.fs_hz == 90.0
    assert np.abs(at / 90.0 - samples / recording.fs_hz).max() <= 0.5 / 90.0 + 1e-9
    assert at.max() < lower.n_samples


def test_no_ladder_has_a_rate_that_is_not_lower() -> None:
    def rates(fs_hz: float) -> list[float]:
        ladders = {one.kind: one for one in ladders_for(from_array(np.zeros((10, 1)), fs_hz))}
        return list(ladders["rate"].levels) if "rate" in ladders else []

    assert rates(360.0) == list(RATE.levels)
    assert rates(125.0) == [90.0, 60.0, 40.0]
    assert rates(40.0) == []


@pytest.mark.parametrize(
    ("kind", "level"), [("unknown", 1.0), (LEAD_OFF.kind, 1.5), (LEAD_OFF.kind, -0.1), (RATE.kind, 1.0)]
)
def test_a_perturbation_beyond_its_range_is_refused(recorded: Beats, kind: str, level: float) -> None:
    with pytest.raises(ValueError, match=r"perturbation|share|too low"):
        perturbed(*recorded, kind, level)


def result(unchanged: dict[str, tuple[float, ...]], ladder: Ladder = NOISE) -> LadderResult:
    return LadderResult(ladder, unchanged, {})


def test_the_first_to_fail_is_the_one_with_the_earliest_step_below_the_limit() -> None:
    steps = {
        "holds": (1.0, 1.0, 1.0, MIN_UNCHANGED, 0.99),
        "late": (1.0, 1.0, 1.0, 0.0, 0.0),
        "early": (1.0, 1.0, 0.9, 1.0, 1.0),
        "worse": (1.0, 0.96, 0.8, 1.0, 1.0),
    }
    found = result(steps)
    assert {name: found.first_failure(name) for name in steps} == {"holds": None, "late": 3, "early": 2, "worse": 2}
    assert found.first_to_fail() == (2, ["worse", "early"])
    assert failure_sentence(found) == (
        "worse is the first to change its answers: at 12 dB, 80 % of them stay. At the same step: early 90 %."
    )
    held = result({"holds": steps["holds"]})
    assert held.first_to_fail() is None
    assert failure_sentence(held) == "No model changes more than 5 % of its answers, down to 0 dB."


def test_unperturbed_every_model_says_the_same_and_a_lead_that_is_off_is_seen(recorded: Beats) -> None:
    models = [load_textbook(models_folder() / name) for name in ("feature_logistic", "feature_svm")]
    nothing = [Ladder(one.kind, one.title, (one.none,), one.text, one.none) for one in LADDERS]
    stages: list[float] = []
    still = robustness(*recorded, models, nothing, lambda _, share: stages.append(share))
    assert still.n_beats == len(recorded[1])
    assert stages == sorted(stages)
    for one in still.results:
        assert one.unchanged == {"feature_logistic": (1.0,), "feature_svm": (1.0,)}
        assert set(one.abnormal_kept.values()) == {(1.0,)}
    off = robustness(*recorded, models, [LEAD_OFF]).results[0]
    # Without the one lead that they see, no ventricular beat is left to them.
    assert off.abnormal_kept["feature_logistic"][-1] == 0
    assert off.unchanged["feature_logistic"][0] < 1
    assert off.of_abnormal().unchanged["feature_logistic"][-1] == 0
    assert robustness(*recorded, models, [GAIN]).results[0].unchanged["feature_svm"][0] > 0.95


def test_a_model_that_calls_nothing_abnormal_has_no_share_of_abnormal_beats() -> None:
    kept = {"some": (1.0, 0.5), "none": (float("nan"), float("nan"))}
    ladder = Ladder("gain", "Lower gain", (0.5, 0.1), "× {:g}", 1.0)
    whole = LadderResult(ladder, {"some": (1.0, 0.97), "none": (1.0, 1.0)}, kept)
    assert whole.first_to_fail() is None
    assert whole.of_abnormal().first_to_fail() == (1, ["some"])
    assert set(whole.of_abnormal().unchanged) == {"some"}


def answers(target: str, said: list[Any], values: list[float]) -> ModelAnswers:
    return ModelAnswers("m", target, np.array(said, dtype="<U8"), np.array(values, np.float32)[:, None])


def test_a_heart_rate_may_move_a_little_and_an_error_is_no_answer() -> None:
    before = answers("rate", ["", ""], [60.0, 60.0])
    after = answers("rate", ["", ""], [60.0 + MAX_RATE_CHANGE_BPM, 60.1 - MAX_RATE_CHANGE_BPM - 1])
    kept = same_answers(before, after)
    assert kept is not None
    assert list(kept) == [True, False]
    assert same_answers(answers("anomaly", [""], [1.0]), answers("anomaly", [""], [1.0])) is None
    said = same_answers(answers("binary", ["normal"], [0.4]), answers("binary", ["normal"], [0.1]))
    assert said is not None
    assert list(said) == [True]
