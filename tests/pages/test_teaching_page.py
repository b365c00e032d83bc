"""The page Teaching and its services, without a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from dashboard_for_tests import Dashboard

from ecg_core.errors import SourceError
from ecg_core.teaching.library import case_library
from pages.services import library
from pages.services.teaching_cases import case_figure, located_case, matching_cases, reference_of_case
from pages.services.workspace import open_in_workspace

Open = Callable[[], Dashboard]


@pytest.mark.parametrize("name", ["wenckebach", "stemi_anterior"])
def test_a_case_opens_by_its_code_under_which_nothing_tells_the_diagnosis(name: str) -> None:
    case = case_library().find(name)
    rec = reference_of_case(case)
    opened = open_in_workspace(rec, "")
    assert opened.rec == rec
    assert opened.recording.name == case.code
    assert opened.recording.synthetic
    shown = " ".join((rec, opened.recording.name, *opened.recording.comments, *opened.recording.notes))
    assert name not in shown
    assert case.text.diagnosis not in shown
    reference = opened.reference()
    assert reference is not None
    assert tuple(rhythm for _, rhythm in reference.rhythms()) == case.text.truth.rhythms


def test_the_name_of_a_case_opens_the_same_recording_as_its_code() -> None:
    case = case_library().find("wenckebach")
    assert library.locate("case/wenckebach", "").header == library.locate(f"case/{case.code}", "").header


@pytest.mark.parametrize("rec", ["case/no_such", "case/", "case/../wenckebach", "case//etc/passwd"])
def test_a_reference_to_no_case_is_one_sentence(rec: str) -> None:
    with pytest.raises(SourceError, match="There is no case"):
        library.locate(rec, "")


def test_search_needs_all_words_and_filters_need_one() -> None:
    cases = case_library()
    found = matching_cases(cases, "bundle right")
    assert "right_bundle_branch_block" in {case.name for case in found}
    assert all(
        "bundle"
        in (
            case.text.diagnosis + case.text.title + " ".join(case.text.objectives) + case.text.topic + case.text.history
        ).lower()
        for case in found
    )
    levels = {case.text.level for case in matching_cases(cases, levels=["student", "advanced"])}
    assert levels == {"student", "advanced"}
    assert {case.text.topic for case in matching_cases(cases, topics=["pacing"])} == {"pacing"}
    assert matching_cases(cases, "no such word at all") == []


def test_the_truth_is_drawn_only_where_it_is_revealed() -> None:
    case = case_library().find("wenckebach")
    hidden, shown = (case_figure(case, 0.0, truth, False) for truth in (False, True))
    assert hidden is not None
    assert shown is not None
    assert "(BII" in shown
    assert "(BII" not in hidden
    assert "Wenckebach" not in hidden
    assert hidden.count("<path") > 12


def test_a_record_of_physionet_waits_until_it_was_fetched() -> None:
    case = case_library().find("mitdb_pvc_208")
    assert reference_of_case(case) == "physionet/mitdb/208"
    assert located_case(case) is None
    assert case_figure(case, 0.0, True, False) is None


def test_the_page_hides_the_diagnosis_until_it_is_revealed(dashboard: Open) -> None:
    opened = dashboard().open("teaching", case="wenckebach")
    case = case_library().find("wenckebach")
    assert case.text.title in opened.text
    assert case.text.diagnosis not in opened.text
    opened.app.toggle(key="case_truth").set_value(True).run()
    assert case.text.diagnosis in opened.text
    assert "170 ms" in opened.text
