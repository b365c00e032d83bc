"""What a recording's context may change about what was said of single beats, and what it may not."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from ecg_core.beats import CLASSES, GOOD, UNREADABLE, to_aami
from ecg_core.classification.context import ContextSpec, for_review, in_context, unreadable
from ecg_core.recording import Recording, from_array
from ecg_core.synthesis import Synthetic, generate, scenarios
from ecg_core.synthesis.scenario import Ectopy, Passage

pytestmark = pytest.mark.slow

N, S, V, F, Q = range(5)


def said(labels: np.ndarray, certainty: float = 0.8) -> np.ndarray:
    """Return probabilities of beats that were given these classes."""
    result = np.full((len(labels), len(CLASSES)), (1 - certainty) / 4, np.float32)
    result[np.arange(len(labels)), [CLASSES.index(label) for label in labels]] = certainty
    return result


def opened(synthetic: Synthetic) -> tuple[Recording, np.ndarray, np.ndarray]:
    samples, symbols = synthetic.annotations.beats()
    return from_array(synthetic.signal, synthetic.fs_hz), samples, to_aami(symbols)


@pytest.fixture(scope="module")
def ectopy() -> Synthetic:
    return generate(scenarios()["demo_pvc"], duration_s=290, seed=3)


@pytest.fixture(scope="module")
def fibrillation() -> Synthetic:
    scene = replace(
        scenarios()["demo_sinus"],
        name="long_af",
        events=(Passage(60.0, 300.0, rate_bpm=95, rhythm="afib"),),
    )
    return generate(scene, duration_s=420, seed=3)


def test_right_classes_stay_right(ectopy: Synthetic) -> None:
    recording, samples, labels = opened(ectopy)
    found = in_context(recording, samples, said(labels))
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    kept = np.array(CLASSES)[found.argmax(axis=1)] == labels
    assert kept[np.isin(labels, ["N", "V"])].mean() > 0.98


def test_doubtful_verdicts_among_many_alike_are_put_right(ectopy: Synthetic) -> None:
    _, samples, labels = opened(ectopy)
    generator = np.random.default_rng(4)
    noisy = from_array(
        (ectopy.signal + generator.normal(0, 0.15, ectopy.signal.shape)).astype(np.float32), ectopy.fs_hz
    )
    odd = np.flatnonzero(labels == "N")[20::40]
    told = said(labels, 0.8)
    told[odd] = [0.35, 0.1, 0.45, 0.05, 0.05]
    assert (in_context(noisy, samples, told)[odd].argmax(axis=1) == N).mean() > 0.8


def test_early_beats_in_fibrillation_are_not_supraventricular(fibrillation: Synthetic) -> None:
    recording, samples, _ = opened(fibrillation)
    time_s = samples / recording.fs_hz
    told = np.where(np.diff(time_s, prepend=0) < 0.55, "S", "N")
    inside = (time_s > 100) & (time_s < 320) & (told == "S")
    assert inside.sum() > 20
    alone = said(told, 0.6)
    found = in_context(recording, samples, alone, spec=ContextSpec(cluster_weight=0.0))
    assert (found[inside, S] < alone[inside, S] / 2).mean() > 0.8


def test_early_beats_of_a_sinus_rhythm_stay_supraventricular() -> None:
    recording, samples, labels = opened(generate(scenarios()["demo_pac"], duration_s=290, seed=3))
    found = in_context(recording, samples, said(labels))
    assert (found[labels == "S"].argmax(axis=1) == S).all()


def test_a_paroxysm_of_beats_like_the_usual_ones_is_supraventricular() -> None:
    scene = replace(scenarios()["demo_sinus"], name="paroxysm", events=(Ectopy(100, kind="A", group=40),))
    recording, samples, labels = opened(generate(scene, duration_s=240, seed=3))
    inside = np.flatnonzero(labels == "S")
    assert len(inside) >= 30
    found = in_context(recording, samples, said(np.full(len(labels), "N")))
    assert (found[inside[4:-4]].argmax(axis=1) == S).mean() > 0.9
    assert (found[labels == "N"].argmax(axis=1) == N).mean() > 0.97


def test_a_ventricular_tachycardia_stays_ventricular() -> None:
    scene = replace(scenarios()["demo_sinus"], name="vt", events=(Ectopy(100, group=30),))
    recording, samples, labels = opened(generate(scene, duration_s=240, seed=3))
    assert (labels == "V").sum() >= 25
    found = in_context(recording, samples, said(labels))
    assert (found[labels == "V"].argmax(axis=1) == V).all()


@pytest.mark.parametrize("change", ["gain", "polarity", "leads"])
def test_gain_polarity_and_the_order_of_leads_do_not_matter(ectopy: Synthetic, change: str) -> None:
    recording, samples, labels = opened(ectopy)
    signal = {"gain": 2.5 * ectopy.signal, "polarity": -ectopy.signal, "leads": ectopy.signal[:, ::-1]}[change]
    other = from_array(np.ascontiguousarray(signal, dtype=np.float32), ectopy.fs_hz)
    told = said(labels, 0.6)
    first, second = in_context(recording, samples, told), in_context(other, samples, told)
    assert (first.argmax(axis=1) == second.argmax(axis=1)).mean() > 0.995


@pytest.mark.parametrize("n_beats", [0, 1, 2, 3, 7])
def test_a_few_beats_are_left_as_they_are(ectopy: Synthetic, n_beats: int) -> None:
    recording, samples, labels = opened(ectopy)
    told = said(labels[:n_beats])
    np.testing.assert_allclose(in_context(recording, samples[:n_beats], told), told, atol=1e-5)


def test_a_flat_recording_changes_nothing() -> None:
    recording = from_array(np.zeros((3600, 2), np.float32), 360.0)
    told = said(np.array(["N", "S", "V"] * 3))
    np.testing.assert_allclose(in_context(recording, np.arange(9) * 350 + 100, told), told, atol=1e-5)


def test_progress_rises_to_one(ectopy: Synthetic) -> None:
    recording, samples, labels = opened(ectopy)
    seen: list[float] = []
    in_context(recording, samples, said(labels), progress=seen.append)
    assert all(before <= after for before, after in pairwise(seen))
    assert seen[-1] == 1.0


def test_a_beat_that_no_lead_shows_goes_to_review() -> None:
    quality = np.full((4, 2), GOOD, np.uint8)
    quality[1] = UNREADABLE
    quality[2, 0] = UNREADABLE
    doubtful = unreadable(np.array([0.5, 1.5, 2.5, 3.5, 9.0]), quality)
    np.testing.assert_array_equal(doubtful, [False, True, False, False, False])
    assert not unreadable(np.array([0.5]), None).any()
    reviewed = for_review(said(np.array(list("NVSNN")), 0.99), doubtful)
    np.testing.assert_array_equal(reviewed.argmax(axis=1), [N, Q, S, N, N])
    np.testing.assert_allclose(reviewed.sum(axis=1), 1, atol=1e-6)
