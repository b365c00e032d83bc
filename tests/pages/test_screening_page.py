"""The Screening page: ranking, verdicts, what is not known of the harmless, comparison."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from dashboard_for_tests import ROOT, Dashboard
from screening_for_tests import row_of

from ecg_core.review.audit import AuditLog
from ecg_core.review.edits import JudgeDifference
from ecg_core.review.log import EditLog
from ecg_core.screening.results import Results
from pages.services import screenings
from pages.services.review_sessions import database_in_use

pytestmark = pytest.mark.slow

Open = Callable[[], Dashboard]


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "home"))


def kept(name: str, *rows: dict[str, object]) -> None:
    results = Results(screenings.screenings_folder() / name)
    with results.writing():
        for row in rows:
            results.append(row)
    results.set_status({"state": "finished"})
    results.write_tables()


def demo(name: str, **given: object) -> dict[str, object]:
    key = ROOT / "assets" / "demo" / f"{name}.hea"
    return {**row_of(name, **given), "key": str(key)}


@pytest.fixture
def clinic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_ROOTS", str(ROOT))
    vt = {"tier": 0, "urgency": 3.5, "worst": "VT", "worst_at_s": 172.0, "worst_until_s": 173.4, "worst_reason": "5 V"}
    kept(
        "clinic",
        demo("demo_sinus"),
        demo("demo_pvc", **vt),
        row_of("broken <b>", status="refused", refused="It is cut off.", tier=2, worst_reason="could not be screened"),
    )


def test_with_nothing_screened_it_says_so(dashboard: Open) -> None:
    opened = dashboard().open("screening")
    assert "Nothing has been screened" in opened.text
    assert "screening_start" in opened.buttons()


def test_a_folder_that_may_not_be_opened_is_refused(dashboard: Open) -> None:
    opened = dashboard().open("screening")
    opened.app.text_input(key="screening_folder").set_value("/etc").run()
    opened.click("screening_start")
    assert "is not one that this dashboard may open" in opened.text
    assert screenings.screening_names() == []


def test_the_most_urgent_is_chosen_first_and_the_refused_one_stands_before_the_harmless(
    dashboard: Open, clinic: None
) -> None:
    opened = dashboard().open("screening")
    assert "look now · ventricular tachycardia" in opened.text
    opened.click("screening_next")
    assert "cannot be told · not screened" in opened.text
    assert "It is cut off." in opened.text
    assert "broken &lt;b&gt;" in opened.text
    opened.click("screening_next")
    assert "nothing found · nothing found" in opened.text
    assert opened.app.button(key="screening_next").disabled


def test_a_verdict_needs_a_name_and_is_logged(dashboard: Open, clinic: None) -> None:
    opened = dashboard().open("screening").click("screening_disagree")
    assert "Type your name first" in opened.text
    opened.app.text_input(key="screening_person").set_value("Ann").run()
    opened.app.text_input(key="screening_note").set_value("artefact").run()
    opened.click("screening_disagree")
    assert "Ann: disagree: artefact" in opened.text
    opened.click("screening_agree")
    assert "Ann: agree" in opened.text
    assert "Ann: disagree" not in opened.text
    rows = AuditLog(database_in_use()).entries()
    assert [(row.person, row.action, row.details["verdict"]) for row in rows] == [
        ("Ann", "verdict given", "disagree"),
        ("Ann", "verdict given", "agree"),
    ]


def test_the_harmless_ones_are_not_called_harmless_before_some_were_read(dashboard: Open, clinic: None) -> None:
    opened = dashboard().open("screening")
    assert "None of the 1 recordings ranked as harmless was checked: nothing is known of them." in opened.text
    opened.app.text_input(key="screening_person").set_value("Ann").run()
    opened.click("sample_disagree")
    assert "1 of 1 checked were urgent" in opened.text


def test_two_screenings_are_compared(dashboard: Open, clinic: None) -> None:
    kept("later", demo("demo_sinus"), demo("demo_pvc"))
    opened = dashboard().open("screening")
    assert "1 no longer urgent" in opened.text
    assert "1 are in the earlier one alone" in opened.text


def test_a_screening_that_ended_unsaid_is_told(dashboard: Open, clinic: None) -> None:
    results = Results(screenings.screenings_folder() / "clinic")
    results.set_status({"state": "running", "total": 10, "done": 3})
    opened = dashboard().open("screening")
    assert "stopped before its end" in opened.text
    assert opened.app.button(key="screening_again").label == "Go on"


def test_disagreement_without_annotations_says_so(dashboard: Open, clinic: None) -> None:
    opened = dashboard().open("screening")
    assert "No recording of this screening was compared" in opened.text
    assert "disagreement_open" not in opened.buttons()


@pytest.fixture
def annotated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_ROOTS", str(ROOT))
    told = {"reference": "atr", "fs_hz": 360.0, "model_sha256": "c" * 64}
    kept(
        "annotated",
        demo("demo_sinus", **told, n_differences=0, confusion_n_n=100, audit_v_file=0, audit_v_audited=0),
        demo(
            "demo_pvc",
            **told,
            n_differences=3,
            n_episode_differences=0,
            n_beat_differences=3,
            worst_difference="N for the reference's V",
            worst_difference_at_s=12.5,
            worst_difference_rank=30,
            confusion_n_n=200,
            confusion_v_n=3,
            confusion_v_v=40,
            audit_v_file=43,
            audit_v_audited=41,
            audit_v_uncertain=1,
            reference_kappa=0.9,
        ),
        demo(
            "demo_af",
            **told,
            n_differences=1,
            n_episode_differences=1,
            n_beat_differences=0,
            worst_difference="VT, not in the reference",
            worst_difference_at_s=30.0,
            worst_difference_rank=3,
            audit_vt_file=0,
            audit_vt_audited=0,
            audit_vt_uncertain=1,
        ),
    )


def test_disagreement_is_added_up_and_the_worst_comes_first(dashboard: Open, annotated: None) -> None:
    opened = dashboard().open("screening")
    assert "4 in 2 of 3 recordings with annotations" in opened.text
    assert "VT, not in the reference · 00:00:30" in opened.text
    assert "<td class=rs-num>3</td>" in opened.text
    assert "<b>300</b>" in opened.text
    assert "<tr><td>V beats</td><td class=rs-num>43</td><td class=rs-num>41</td><td class=rs-num>1</td></tr>" in (
        opened.text
    )
    assert "Who was right, as people said in Review: none judged." in opened.text
    assert opened.app.button(key="disagreement_previous").disabled
    opened.click("disagreement_next")
    assert "N for the reference&#x27;s V · 00:00:12" in opened.text
    assert opened.app.button(key="disagreement_next").disabled
    opened.click("disagreement_previous")
    assert "VT, not in the reference · 00:00:30" in opened.text


def test_who_was_right_in_review_is_counted(dashboard: Open, annotated: None) -> None:
    log = EditLog(database_in_use(), demo("demo_pvc")["source_sha256"], "c" * 64)  # type: ignore[arg-type]
    log.append("Ann", [JudgeDifference("atr", "beat:4500:N>V", "file")], ["one"])
    opened = dashboard().open("screening")
    assert "1 judged: program right 0, file right 1, unsure 0" in opened.text
