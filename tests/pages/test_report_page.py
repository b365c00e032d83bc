"""The report page: filled in, kept, signed by name, amended with a reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dashboard_for_tests import Dashboard

from ecg_core.report import Report
from ecg_core.report.phrases import Phrase
from pages.services import report_drafts
from pages.services.report_versions import draft_kept, signed_versions
from pages.services.workspace import OpenedRecording, open_in_workspace

Open = Callable[[], Dashboard]

pytestmark = pytest.mark.tensorflow


@pytest.fixture(autouse=True)
def _own_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test find the reports of another one."""
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "home"))


@pytest.fixture
def report(dashboard: Open, tiny_model: Path) -> Dashboard:
    return dashboard().open("report", rec="demo/demo_pvc").click("classify_beats")


def recording() -> OpenedRecording:
    return open_in_workspace("demo/demo_pvc", "")


def field(report: Dashboard, name: str, value: str) -> Dashboard:
    report.app.text_input(key=f"report_field_{name}").set_value(value).run()
    return report.settle()


def signed_in(report: Dashboard, name: str) -> Dashboard:
    report.app.text_input(key="report_person").set_value(name).run()
    return report.settle()


def test_before_classification_it_says_what_is_needed(dashboard: Open, tiny_model: Path) -> None:
    opened = dashboard().open("report", rec="demo/demo_sinus")
    assert "A report needs classified beats." in opened.text
    assert "classify_beats" in opened.buttons()


def test_what_is_typed_is_kept_and_seen_by_the_next_visit(report: Dashboard, dashboard: Open) -> None:
    assert "nothing saved yet" in report.text
    field(report, "indication", "Palpitations")
    assert draft_kept(recording()).form.details.indication == "Palpitations"
    area = next(one for one in report.app.text_area if str(one.key).startswith("report_field_text_conclusion."))
    area.set_value("Nothing to worry about.").run()
    report.settle()
    again = dashboard().open("report", rec="demo/demo_pvc")
    assert again.app.text_input(key="report_field_indication").value == "Palpitations"
    assert again.app.text_area(key=area.key).value == "Nothing to worry about."


def test_a_text_of_the_program_follows_the_analysis_and_is_nobodys_edit(
    report: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first drawing may come before the waves are measured, or before beats are corrected."""
    real = report_drafts.draft_report

    def other(*arguments: Any, **options: Any) -> Report:
        return real(*arguments, **options, phrases=[Phrase("rate", "Another text.", ())])

    field(report, "indication", "Palpitations")
    monkeypatch.setattr(report_drafts, "draft_report", other)
    field(report, "indication", "Syncope")
    assert not draft_kept(recording()).form.texts
    assert report.app.text_area(key="report_field_text_conclusion.rate").value == "Another text."


def test_a_report_is_signed_by_name_and_then_fixed_until_it_is_amended(report: Dashboard) -> None:
    field(report, "medication", "Bisoprolol")
    assert report.app.button(key="report_sign").disabled
    signed_in(report, "Dr Ann").click("report_sign")
    (version,) = signed_versions(recording())
    assert (version.status, version.signed_by) == ("final", "Dr Ann")
    assert "final, signed by Dr Ann" in report.text
    assert report.app.text_input(key="report_field_medication").disabled
    report.app.text_input(key="report_reason").set_value("Dose was wrong").run()
    report.click("report_amend")
    assert not report.app.text_input(key="report_field_medication").disabled
    field(report, "medication", "Bisoprolol 5 mg").click("report_sign")
    newest, oldest = signed_versions(recording())
    assert (newest.status, newest.reason, oldest.replaced_by) == ("amended", "Dose was wrong", 2)


def test_a_report_that_nobody_has_touched_is_signed_as_it_was_drafted(report: Dashboard) -> None:
    assert "nothing saved yet" in report.text
    assert report.app.button(key="report_sign").disabled
    signed_in(report, "Dr Ann").click("report_sign")
    (version,) = signed_versions(recording())
    assert (version.status, version.signed_by, version.created_by) == ("final", "Dr Ann", "Dr Ann")
    assert "No destination is configured on this server." in report.text


def test_a_draft_that_nobody_has_touched_is_made_preliminary(report: Dashboard) -> None:
    signed_in(report, "Dr Ann").click("report_preliminary")
    kept = draft_kept(recording())
    assert kept.version is not None
    assert kept.version.status == "preliminary"


def test_a_signed_report_is_sent_by_a_click_and_given_up_by_another(
    report: Dashboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "destinations.toml"
    file.write_text(
        '[destinations.pacs]\nkind = "dicom"\ntitle = "<b>PACS</b>"\nhost = "127.0.0.1"\nport = 1\ncalled_ae = "PACS"\n'
    )
    monkeypatch.setenv("RHYTHMOSCOPE_DESTINATIONS", str(file))
    assert "report_send_pacs" not in report.buttons()
    signed_in(report, "Dr Ann").click("report_sign").click("report_send_pacs")
    markdown = "\n".join(one.value for one in report.app.markdown)
    assert "asked for by Dr Ann at" in markdown
    assert "<b>PACS" not in markdown
    report.click("report_send_pacs_give_up")
    assert "Given up by Dr Ann." in report.text
    assert "report_send_pacs" in report.buttons()


def test_two_people_do_not_overwrite_each_other(report: Dashboard, dashboard: Open) -> None:
    field(report, "indication", "Palpitations")
    other = dashboard().open("report", rec="demo/demo_pvc")
    field(other, "indication", "Syncope")
    field(report, "medication", "Bisoprolol")
    assert "saved elsewhere meanwhile" in report.text
    assert report.app.text_input(key="report_field_indication").value == "Syncope"
    assert draft_kept(recording()).form.details.indication == "Syncope"


def test_a_hostile_text_is_shown_as_it_is(report: Dashboard) -> None:
    signed_in(field(report, "indication", "<script>alert(1)</script> **x**"), "<b>Eve</b>").click("report_sign")
    assert "<script>" not in report.text
    assert "<b>Eve" not in report.text
    assert draft_kept(recording()).form.details.indication == "<script>alert(1)</script> **x**"
