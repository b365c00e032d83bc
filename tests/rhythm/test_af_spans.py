"""Episodes of atrial fibrillation from intervals: made rhythms that are fibrillation, and that look like it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from beats_for_tests import FS_HZ, length, table

from ecg_core.detection import detect_beats
from ecg_core.formats import open_recording
from ecg_core.rhythm import episodes
from ecg_core.rhythm.af_spans import af_spans
from ecg_core.rhythm.episode_types import DEFAULT_LIMITS
from ecg_core.rhythm.interval_model import af_probability, load_interval_model, rhythm_probabilities

pytestmark = pytest.mark.slow

DEMO = Path(__file__).parents[2] / "assets" / "demo"


def spans_s(rr_s: np.ndarray, labels: str | None = None) -> list[tuple[float, float]]:
    beats = table(rr_s, labels)
    found = episodes(beats, FS_HZ, length(beats))
    found = found[found["kind"] == "AFIB"]
    return [(row.start_sample / FS_HZ, row.stop_sample / FS_HZ) for row in found.itertuples()]


def sinus(n: int, seed: int, bpm: float = 70) -> np.ndarray:
    return 60 / bpm * np.exp(0.02 * np.random.default_rng(seed).standard_normal(n))


def irregular(length_s: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rr = 0.7 * np.exp(0.25 * rng.standard_normal(int(4 * length_s)))
    return rr[: int(np.searchsorted(np.cumsum(rr), length_s))]


@pytest.mark.parametrize("bpm", [40, 60, 90, 120, 150, 180])
def test_steady_sinus_rhythm_is_not_af(bpm: float) -> None:
    assert spans_s(sinus(400, 1, bpm)) == []


@pytest.mark.parametrize("breath", [4.0, 5.0, 8.0])
@pytest.mark.parametrize("depth", [0.1, 0.2, 0.32])
@pytest.mark.parametrize("bpm", [50, 75])
def test_respiratory_arrhythmia_is_not_af(breath: float, depth: float, bpm: float) -> None:
    assert spans_s(sinus(300, 2, bpm) * np.exp(depth * np.sin(2 * np.pi * np.arange(300) / breath))) == []


@pytest.mark.parametrize("bpm", [50, 70, 100])
@pytest.mark.parametrize("early", [0.5, 0.65, 0.8])
@pytest.mark.parametrize("labels", [None, "NV" * 150 + "N", "NS" * 150 + "N"])
def test_bigeminy_is_not_af(bpm: float, early: float, labels: str | None) -> None:
    assert spans_s(sinus(300, 3, bpm) * np.tile([early, 2 - early], 150), labels) == []


def test_wenckebach_is_not_af() -> None:
    cycle = np.array([0.92, 0.86, 1.22]) * 0.9
    assert spans_s(np.tile(cycle, 100) + 0.01 * np.random.default_rng(4).standard_normal(300)) == []


@pytest.mark.parametrize("length_s", [60, 300])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_af_is_found_within_five_seconds(length_s: float, seed: int) -> None:
    before, rr = sinus(100, seed), irregular(length_s, seed)
    ((start_s, stop_s),) = spans_s(np.concatenate((before, rr, sinus(100, seed + 9))))
    assert start_s == pytest.approx(1 + before.sum(), abs=5)
    assert stop_s == pytest.approx(1 + before.sum() + rr.sum(), abs=5)


def test_most_paroxysms_of_fifteen_seconds_are_found() -> None:
    found = [spans_s(np.concatenate((sinus(100, seed), irregular(15, seed), sinus(100, seed)))) for seed in range(8)]
    assert sum(map(bool, found)) >= 5


def test_two_episodes_with_forty_seconds_of_sinus_rhythm_between_are_two() -> None:
    rr = (sinus(100, 1), irregular(60, 2), sinus(50, 3), irregular(60, 4), sinus(100, 5))
    assert len(spans_s(np.concatenate(rr))) == 2


def test_time_before_a_cut_does_not_change_what_is_far_behind_it() -> None:
    rr = np.concatenate((sinus(400, 1), irregular(60, 2), sinus(400, 3)))
    whole, cut = af_probability(rr), af_probability(rr[200:])
    np.testing.assert_allclose(whole[350:], cut[150:], atol=1e-5)


def test_ectopic_classes_that_a_classifier_gives_in_af_do_not_end_it() -> None:
    rng = np.random.default_rng(6)
    rr = irregular(200, 6)
    labels = "".join(rng.choice(list("NNNNSV"), len(rr) + 1))
    ((start_s, stop_s),) = spans_s(rr, labels)
    assert stop_s - start_s > 0.9 * rr.sum()


def test_ten_beats_of_af_are_told_from_ten_of_sinus_rhythm() -> None:
    of_af = [af_probability(irregular(9, seed)).mean() for seed in range(8)]
    of_sinus = [af_probability(sinus(10, seed)).max() for seed in range(8)]
    assert np.median(of_af) > 0.4
    assert max(of_sinus) < 0.2


def test_probabilities_add_up_and_hold_for_every_beat() -> None:
    found = rhythm_probabilities(irregular(60, 1))
    assert found.shape == (len(irregular(60, 1)) + 1, 4)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    assert rhythm_probabilities(np.empty(0)).shape == (1, 4)


def test_like_waves_before_every_qrs_speak_against_af() -> None:
    rr = irregular(60, 2)
    sample = np.round(1000 * np.concatenate(([0.0], np.cumsum(rr)))).astype(np.int64)
    probability = af_probability(rr)
    assert len(af_spans(probability, sample, 1000.0)) == 1
    alike = np.full(len(sample), 0.98, dtype=np.float32)
    assert af_spans(np.minimum(probability, 0.9), sample, 1000.0, alike) == []
    unknown = np.full(len(sample), np.nan, dtype=np.float32)
    assert len(af_spans(probability, sample, 1000.0, unknown)) == 1


def test_af_does_not_reach_over_a_long_unreadable_time() -> None:
    rr = np.concatenate((irregular(60, 1), [1.0] * 20, irregular(60, 2)))
    first = len(irregular(60, 1))
    readable = np.ones(len(rr), dtype=bool)
    readable[first : first + 20] = False
    sample = np.round(1000 * np.concatenate(([0.0], np.cumsum(rr)))).astype(np.int64)
    found = af_spans(af_probability(rr, readable=readable), sample, 1000.0, readable=readable)
    assert len(found) == 2
    assert found[0].stop_sample <= sample[first] + 1
    assert found[1].start_sample >= sample[first + 20]


def test_weights_are_those_of_the_card() -> None:
    weights, temperature = load_interval_model()
    assert temperature > 0
    assert sum(one.size for one in weights.values()) < 60_000


def test_both_episodes_of_the_demo_are_found_where_they_are() -> None:
    recording = open_recording(DEMO / "demo_af")
    samples = detect_beats(recording.read(), recording.fs_hz)
    found = spans_s(np.diff(samples) / recording.fs_hz)
    shift_s = samples[0] / recording.fs_hz - 1
    annotations = recording.annotations("atr")
    assert annotations is not None
    changes = [(at / recording.fs_hz - shift_s, name) for at, name in annotations.rhythms()]
    truth = [(at, after) for (at, name), (after, _) in pairwise(changes) if name == "AFIB"]
    assert len(found) == len(truth) == 2
    np.testing.assert_allclose(found, truth, atol=5)


@pytest.mark.parametrize("name", ["demo_sinus", "demo_pac", "demo_pvc", "demo_brady_pause_tachy", "demo_noise"])
def test_no_other_demo_has_af(name: str) -> None:
    recording = open_recording(DEMO / name)
    assert spans_s(np.diff(detect_beats(recording.read(), recording.fs_hz)) / recording.fs_hz) == []


@pytest.mark.parametrize("seed", range(4))
def test_af_throughout_a_recording_of_ten_seconds_is_named(seed: int) -> None:
    rr = irregular(9, seed)
    sample = np.round(1000 * (0.4 + np.concatenate(([0.0], np.cumsum(rr))))).astype(np.int64)
    probability = np.full(len(sample), 0.9, dtype=np.float32)
    limits = replace(DEFAULT_LIMITS, af_s=(sample[-1] - sample[0]) / 1000 + 0.5)
    assert len(af_spans(probability, sample, 1000.0, limits=limits, n_samples=int(sample[-1]) + 400)) == 1
    cut_close = int(sample[-1]) + 50  # 0.45 s beyond the beats, not 0.5
    assert af_spans(probability, sample, 1000.0, limits=limits, n_samples=cut_close) == []


def test_af_within_a_recording_is_as_long_as_its_beats_are_apart() -> None:
    rr = np.concatenate(([1.0] * 40, irregular(9, 1), [1.0] * 40))
    sample = np.round(1000 * (0.9 + np.concatenate(([0.0], np.cumsum(rr))))).astype(np.int64)
    probability = np.full(len(sample), 0.02, dtype=np.float32)
    probability[40 : 41 + len(rr) - 80] = 0.98
    (span,) = af_spans(probability, sample, 1000.0, limits=replace(DEFAULT_LIMITS, af_s=5.0))
    length_s = (span.stop_sample - 1 - span.start_sample) / 1000
    limits = replace(DEFAULT_LIMITS, af_s=length_s + 0.2)
    assert af_spans(probability, sample, 1000.0, limits=limits, n_samples=int(sample[-1]) + 900) == []
