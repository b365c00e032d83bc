"""The program answers the questions of a quiz from its own analysis."""

from __future__ import annotations

import pandas as pd
import pytest

from ecg_core.classification.loading import Classifier
from ecg_core.formats import open_recording
from ecg_core.teaching.library import case_library
from ecg_core.teaching.program_answers import nearest_diagnosis, program_grades, rhythms_found
from ecg_core.teaching.questions import Choice, questions_of
from ecg_core.teaching.signals import case_header

LIBRARY = case_library()


def episodes(*spans: tuple[str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(
        [{"kind": kind, "start_sample": start, "stop_sample": stop, "source": "beats"} for kind, start, stop in spans],
        columns=["kind", "start_sample", "stop_sample", "source"],
    )


def test_rhythms_come_in_order_and_short_sinus_rhythm_beside_one_is_left_out() -> None:
    assert rhythms_found(episodes(), 2000, 100.0) == ("N",)
    assert rhythms_found(episodes(("AVB2", 300, 2000)), 2000, 100.0) == ("BII",)
    assert rhythms_found(episodes(("VT", 800, 1400)), 2000, 100.0) == ("N", "VT", "N")
    assert rhythms_found(episodes(("ASYSTOLE", 800, 2000)), 2000, 100.0) == ("N", "ASYS")
    assert rhythms_found(episodes(("SINGLE_V", 800, 801)), 2000, 100.0) == ("N",)


def test_the_nearest_diagnosis_is_taken_and_none_of_several() -> None:
    names = ("wenckebach", "av_block_first_degree", "normal_ecg")
    texts = [LIBRARY.cases[name].text for name in names]
    question = Choice("diagnosis", tuple(text.diagnosis for text in texts), texts[0].diagnosis)
    for text in texts:
        found = {*text.truth.episodes, *text.truth.statements}
        assert nearest_diagnosis(question, found, LIBRARY) == text.diagnosis
    assert nearest_diagnosis(question, {"VF"}, LIBRARY) is None


@pytest.mark.slow  # the whole analysis
def test_the_program_is_right_about_an_easy_case_and_wrong_where_the_case_says_so(shipped_model: Classifier) -> None:
    grades = {}
    for name in ("ventricular_premature_beats", "isorhythmic_dissociation"):
        case = LIBRARY.cases[name]
        questions = questions_of(case, LIBRARY, 2)
        found = program_grades(open_recording(case_header(case)), questions, LIBRARY, shipped_model)
        assert [one.kind for one in found] == [one.kind for one in questions]
        grades[name] = {one.kind: one for one in found}
    easy = grades["ventricular_premature_beats"]
    assert easy["rhythm"].right
    assert easy["beats"].right
    assert easy["qrs_ms"].right
    # It calls sinus beats beside escape beats premature, as the case's known differences say.
    hard = grades["isorhythmic_dissociation"]["beats"]
    assert "S" in hard.answer
