"""Edits of the dashboard's database in a report."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from postgresql_for_tests import PostgresDatabases, Server
from reports_for_tests import MADE_AT, holter

from ecg_core.errors import ReportError
from ecg_core.report import draft_report, with_edits
from ecg_core.review.database import FILE_NAME, engine
from ecg_core.review.edits import Edit, MarkEvents, NoteEvent, Relabel
from ecg_core.review.log import EditLog
from ecg_core.rhythm import event_keys


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path))
    return tmp_path


def enter(home: Path | PostgresDatabases, *edits: Edit) -> None:
    recording, analysis = holter()
    made = engine(home / FILE_NAME)
    log = EditLog(made, recording.sha256, str(analysis.provenance["model_sha256"]))
    log.append("Ann", edits, [str(uuid.uuid4()) for _ in edits])
    made.dispose()


def test_without_a_database_the_analysis_stays_and_none_is_made(home: Path) -> None:
    recording, analysis = holter()
    found, review = with_edits(recording, analysis)
    assert found is analysis
    assert review.revision == 0
    assert list(home.iterdir()) == []


def test_corrections_marks_and_notes_come_into_the_report(home: Path) -> None:
    recording, analysis = holter()
    keys = event_keys(analysis.episodes)
    starred = next(key for key in keys if key.startswith("PAUSE"))
    dismissed = next(key for key in keys if key.startswith("COUPLET"))
    single = int(analysis.beats["sample"][analysis.beats["label"] == "S"].iloc[0])
    enter(
        home,
        MarkEvents((starred,), "report", True),
        NoteEvent(starred, "Long"),
        MarkEvents((dismissed,), "dismissed", True),
        Relabel((single,), "N"),
    )
    before = draft_report(recording, analysis, created_at=MADE_AT).figures()
    report = draft_report(recording, *with_edits(recording, analysis), created_at=MADE_AT)
    after = report.figures()
    assert after["ectopy.n_s"].value == before["ectopy.n_s"].value - 1  # type: ignore[operator]
    captions = [block.caption.text for block in report.section("strips").blocks if hasattr(block, "caption")]
    assert captions == ["Long"]
    assert "by Ann" in after["provenance.log_revision"].text
    assert "conclusion.unread" not in report.paragraphs()
    couplets = (next(row for row in report.section("findings").blocks[0].rows if row.id == "COUPLET"),)  # type: ignore[union-attr]
    assert couplets[0].cells[1].value == 2


def test_a_database_that_cannot_be_read_is_no_database_without_edits(home: Path) -> None:
    (home / FILE_NAME).write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(ReportError, match="cannot be read"):
        with_edits(*holter())


def test_edits_on_a_server_come_into_the_report_and_are_never_left_out(
    home: Path, postgresql_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    databases = PostgresDatabases(postgresql_server)
    recording, analysis = holter()
    single = int(analysis.beats["sample"][analysis.beats["label"] == "S"].iloc[0])
    enter(databases, Relabel((single,), "N"))
    address = (databases / FILE_NAME).render_as_string(hide_password=False)
    monkeypatch.setenv("RHYTHMOSCOPE_DATABASE", address)
    found, review = with_edits(recording, analysis)
    assert review.revision == 1
    assert (found.beats["label"] == "S").sum() == (analysis.beats["label"] == "S").sum() - 1
    databases.drop()
    with pytest.raises(ReportError, match=r"postgresql://.* cannot be read"):
        with_edits(recording, analysis)
    assert list(home.iterdir()) == []
