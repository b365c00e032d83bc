"""Edits of the desk on a PostgreSQL server: kept there, refused for the time being while it is away, and told so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from asgi_client import request
from desk_client import DeskClient
from postgresql_for_tests import PostgresDatabases, Server
from starlette.applications import Starlette

from ecg_core.review.database import FILE_NAME, engine
from ecg_core.review.log import EditLog
from pages.api import health
from pages.services import review_sessions
from pages.services.audit_trail import TRAIL
from pages.services.worklist_updates import UPDATES
from pages.services.workspace import OpenedRecording


def forget() -> None:
    """Forget what the process knows of databases."""
    review_sessions._database.cache_clear()
    review_sessions._sessions.clear()
    review_sessions._looked.clear()
    review_sessions._unusable.clear()


@pytest.fixture
def databases(postgresql_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresDatabases]:
    """A server whose database is the one that the program is set to."""
    made = PostgresDatabases(postgresql_server)
    address = (made / FILE_NAME).set(drivername="postgresql").render_as_string(hide_password=False)
    monkeypatch.setenv("RHYTHMOSCOPE_DATABASE", address)
    monkeypatch.setattr(review_sessions, "_LOOK_AGAIN_S", 0.0)
    # Where the audit log's thread looks at the database, others go by what was found before.
    monkeypatch.setattr(TRAIL, "tell", lambda *_: None)
    monkeypatch.setattr(UPDATES, "_put", lambda *_, **__: None)
    monkeypatch.setattr(health, "_disks", health._Disks())
    monkeypatch.setattr(health, "STATUS_TTL_S", 0.0)
    forget()
    yield made
    forget()
    made.drop()


def edit(client: DeskClient, number: int) -> int:
    beat = {"uuid": f"edit {number}", "action": "add", "beat": -number, "sample": 300 + 10 * number, "label": "V"}
    return client.send("edits", {"edits": [beat]}).status_code


def reasons() -> list[str]:
    told = request(Starlette(routes=health.HEALTH), "GET", "/healthz").json()
    return [reason["how"] for reason in told["reasons"] if reason["what"] == "database"]


def test_edits_are_kept_on_the_server_and_wait_while_it_is_away(
    classified: OpenedRecording, databases: PostgresDatabases, tmp_path: Path
) -> None:
    client = DeskClient(classified)
    assert edit(client, 1) == 200
    assert reasons() == []
    assert not (tmp_path / "home" / FILE_NAME).exists()
    databases.server.kill()
    try:
        assert edit(client, 2) == 503
        problem = client.state()["edits_problem"]
        assert "does not answer" in problem
        assert "wait in the browser" in problem
        assert reasons() == ["away"]
        # What is shown is as it was; who opens the recording anew reads it without the edits, and is told so.
        assert -1 in client.packed("beats")[1]["id"]
        forget()
        later = DeskClient(classified)
        assert -1 not in later.packed("beats")[1]["id"]
        assert "not shown" in later.state()["edits_problem"]
    finally:
        databases.server.start_again()
    assert client.state()["edits_problem"] is None
    assert edit(client, 2) == 200
    assert {-1, -2} <= set(client.packed("beats")[1]["id"].tolist())
    assert reasons() == []
    analysis = classified.analysis
    assert analysis is not None
    log = EditLog(engine(databases / FILE_NAME), classified.recording.sha256, str(analysis.provenance["model_sha256"]))
    assert [entry.uuid for entry in log.entries()] == ["edit 1", "edit 2"]


def test_an_unusable_setting_keeps_no_edits_elsewhere(
    classified: OpenedRecording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_DATABASE", "mysql://ann:secret@db/edits")
    monkeypatch.setattr(health, "_disks", health._Disks())
    forget()
    client = DeskClient(classified)
    assert edit(client, 1) == 503
    problem = client.state()["edits_problem"]
    assert "RHYTHMOSCOPE_DATABASE cannot be used" in problem
    assert "secret" not in problem
    assert client.state()["summary"]["n_beats"] > 100
    assert reasons() == ["setting"]
    assert not (tmp_path / "home" / FILE_NAME).exists()
