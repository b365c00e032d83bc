"""The audit log says who opened, edited and exported which recording, and nobody waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_client import DeskClient
from test_busy_database import locked

from ecg_core.review import audit
from ecg_core.review.audit import AuditEntry, AuditLog
from ecg_core.review.database import FILE_NAME
from pages.services import audit_trail, review_sessions
from pages.services.audit_trail import TRAIL
from pages.services.workspace import OpenedRecording


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    review_sessions._database.cache_clear()
    review_sessions._looked.clear()
    yield
    review_sessions._database.cache_clear()


def rows(home: Path) -> list[AuditEntry]:
    assert TRAIL.flush(60)
    return AuditLog(review_sessions.database_at(home / FILE_NAME)).entries()


def test_who_opened_edited_and_exported_is_told(classified: OpenedRecording, tmp_path: Path) -> None:
    client = DeskClient(classified)
    client.person = "Ann Müller"
    for _ in range(3):
        client.state()
    client.edit(0, {"action": "add", "beat": -1, "sample": 310, "label": "V"})
    assert client.ask("export/beats.csv").status_code == 200
    other = DeskClient(classified)
    other.person = "Ben"
    other.state()
    sha256 = classified.recording.sha256
    told = [(row.person, row.role, row.action, row.subject) for row in rows(tmp_path / "home")]
    assert sorted(told) == sorted(
        [
            ("Ann Müller", audit.NO_ROLE, "opened", sha256),
            ("Ann Müller", audit.NO_ROLE, "edited", sha256),
            ("Ann Müller", audit.NO_ROLE, "exported", sha256),
            ("Ben", audit.NO_ROLE, "opened", sha256),
        ]
    )
    exported = next(row for row in rows(tmp_path / "home") if row.action == "exported")
    assert exported.details["kind"] == "text/csv"
    assert exported.details["bytes"] > 1000
    assert exported.details["at"] <= exported.at


def test_reading_waits_for_no_row_and_the_row_comes_when_the_database_is_free(
    classified: OpenedRecording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_trail, "_AGAIN_AFTER_S", 0.05)
    client = DeskClient(classified)
    client.edit(0, {"action": "add", "beat": -1, "sample": 310, "label": "V"})
    with locked(tmp_path / "home"):
        assert client.state()["edits_problem"] is None
        assert client.ask("export/beats.csv").status_code == 200
        assert not TRAIL.flush(0.5)
    assert {row.action for row in rows(tmp_path / "home")} == {"edited", "opened", "exported"}


def test_what_waits_is_bounded(classified: OpenedRecording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_trail, "MAX_WAITING", 2)
    client = DeskClient(classified)
    client.edit(0, {"action": "add", "beat": -1, "sample": 310, "label": "V"})
    with locked(tmp_path / "home"):
        for _ in range(9):
            assert client.ask("export/beats.csv").status_code == 200
    assert 1 <= sum(row.action == "exported" for row in rows(tmp_path / "home")) <= 4
