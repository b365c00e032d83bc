"""Each case of the library: sound, generated as it says, and analysed as it says."""

from __future__ import annotations

import re

import pytest

from ecg_core.classification.loading import Classifier
from ecg_core.synthesis.strip_drawing import draw_strip
from ecg_core.teaching.case import LEVELS, TOPICS
from ecg_core.teaching.checking import check_case
from ecg_core.teaching.library import case_library
from ecg_core.teaching.truth_measures import measured_criteria

LIBRARY = case_library()
SYNTHETIC = [name for name, case in LIBRARY.cases.items() if case.text.signal is not None]

pytestmark = pytest.mark.slow  # the generator and the whole analysis, for each case


def test_the_library_has_every_topic_and_level_without_problems() -> None:
    assert not LIBRARY.problems
    assert len(SYNTHETIC) >= 50
    assert {case.text.topic for case in LIBRARY.cases.values()} == set(TOPICS)
    assert {case.text.level for case in LIBRARY.cases.values()} == set(LEVELS)
    assert sum(case.text.recording is not None for case in LIBRARY.cases.values()) >= 5


def test_codes_are_unique_and_do_not_tell_the_diagnosis() -> None:
    codes = {case.code: name for name, case in LIBRARY.cases.items()}
    assert len(codes) == len(LIBRARY.cases)
    assert all(name not in code for code, name in codes.items())


@pytest.mark.parametrize("name", list(LIBRARY.cases))
def test_a_history_has_two_sentences_and_sources_are_whole_references(name: str) -> None:
    case = LIBRARY.cases[name]
    assert len(re.findall(r"[.!?](?=\s+[A-Z]|$)", case.text.history)) == 2, case.text.history
    assert case.sources
    assert all(re.search(r"\b(19|20)\d\d", source) for source in case.sources)


@pytest.mark.parametrize("name", SYNTHETIC)
def test_the_title_does_not_tell_the_diagnosis(name: str) -> None:
    case = LIBRARY.cases[name]
    assert case.text.diagnosis.rstrip(".").lower() not in case.text.title.lower()


@pytest.mark.parametrize("name", list(LIBRARY.cases))
def test_the_truth_is_what_was_generated_and_the_analysis_agrees_or_the_case_says_why_not(
    name: str, shipped_model: Classifier
) -> None:
    check = check_case(LIBRARY.cases[name], LIBRARY, shipped_model)
    assert check.problems == ()
    assert check.unexplained == ()
    assert check.stale == ()


def test_criteria_follow_from_the_tracing_not_from_the_text() -> None:
    text = LIBRARY.cases["av_block_first_degree"].text
    assert text.signal is not None
    normal = LIBRARY.cases["normal_ecg"].text.signal
    assert normal is not None
    (pr, *_) = measured_criteria(text, draw_strip(text.signal))
    assert pr.met
    assert pr.value == pytest.approx(290, abs=6)
    (short, *_) = measured_criteria(text, draw_strip(normal))
    assert short.met is False
