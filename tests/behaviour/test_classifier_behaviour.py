"""What a classifier must do whatever it learnt from: synthetic rhythms with exact truth, detected beats.

The shipped model's card says which cases it fails; a case that begins to fail, or to pass, makes the card untrue.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ecg_core.classification.loading import load_beat_classifier
from ecg_core.classification.model import DEFAULT_MODEL, MODELS_FOLDER
from ecg_core.evaluation.behaviour import (
    DURATION_S,
    behaviour_figures,
    behaviour_text,
    cases,
    run_case,
)
from ecg_core.recording import Recording

pytestmark = pytest.mark.slow

CASES = cases()
QUICK = ("steady sinus 70/min", "isolated ventricular 70/min")
"""Cases that run with the quick tests; the others are slow in number."""


@dataclass(frozen=True)
class Told:
    """A classifier that calls every beat by how long the interval before it is."""

    early_below_s: float
    name: str = "told"
    folder: Path = Path("told")
    sha256: str = "0" * 64
    card: dict[str, Any] = field(default_factory=dict)

    def classify(self, recording: Recording, samples: np.ndarray, *_: Any, **__: Any) -> np.ndarray:
        early = np.diff(samples / recording.fs_hz, prepend=-9.0) < self.early_below_s
        return np.eye(5, dtype=np.float32)[np.where(early, 1, 0)]


@pytest.fixture(scope="module")
def failing() -> list[str]:
    card = json.loads((MODELS_FOLDER / DEFAULT_MODEL / "card.json").read_text(encoding="utf-8"))
    return list(card["figures"]["behaviour"]["failed"])


def test_every_kind_of_rhythm_that_is_promised_is_among_the_cases() -> None:
    names = " ".join(CASES)
    for rate in range(40, 181, 10):
        assert f"steady sinus {rate}/min" in CASES
    for rate in (50, 70, 100):
        for kind in ("atrial", "ventricular"):
            for pattern in (f"{kind} bigeminy", f"{kind} trigeminy", f"isolated {kind}", f"{kind} runs of 3 to 40"):
                assert f"{pattern} {rate}/min" in CASES
    assert names.count("ramp") == 2
    assert names.count("respiratory") == 3
    assert names.count("fibrillation") == 3


@pytest.mark.parametrize("name", CASES)
def test_a_case_is_fifteen_minutes_of_beats_in_order(name: str) -> None:
    case = CASES[name]
    assert DURATION_S - 5 < case.time_s[-1] < DURATION_S
    assert np.diff(case.time_s).min() > 0.25
    assert len(case.time_s) == len(case.symbol)
    assert (set(case.symbol.tolist()) == {"N"}) == (case.group != "ectopy")


def test_the_cases_are_the_same_at_every_call() -> None:
    again = cases()
    for name, case in CASES.items():
        np.testing.assert_array_equal(again[name].time_s, case.time_s)


def test_a_classifier_that_is_right_passes_and_one_that_calls_fast_beats_early_does_not() -> None:
    fast = CASES["steady sinus 120/min"]
    right, wrong = run_case(fast, Told(0.3)), run_case(fast, Told(0.7))
    assert (right.passed, right.false_s, right.right) == (True, 0, right.beats)
    assert (wrong.passed, wrong.false_s) == (False, wrong.beats - 1)
    assert behaviour_figures([right, wrong])["failed"] == [fast.name]
    assert behaviour_text([right, wrong]).endswith("1 of 2 passed")


def test_premature_beats_count_as_right_only_where_they_are_named() -> None:
    bigeminy = CASES["atrial bigeminy 70/min"]
    named, missed = run_case(bigeminy, Told(0.7)), run_case(bigeminy, Told(0.1))
    assert named.passed
    assert named.ectopic_right == named.ectopic > 300
    assert not missed.passed
    assert missed.ectopic_right == 0


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in CASES]
)
def test_the_shipped_model_passes_what_its_card_says_it_passes(name: str, failing: list[str]) -> None:
    outcome = run_case(CASES[name], load_beat_classifier(DEFAULT_MODEL))
    assert outcome.passed == (name not in failing), behaviour_text([outcome])
