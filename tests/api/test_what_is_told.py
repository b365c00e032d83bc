"""The log of a review: what was opened, edited and exported, of which recording by its code, and by nobody's name."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from desk_client import DeskClient

from ecg_core.logs import code_of
from pages.services.analysis_jobs import start_beat_detection
from pages.services.workspace import OpenedRecording


def told(caplog: pytest.LogCaptureFixture) -> dict[str, dict[str, Any]]:
    return {record.msg: getattr(record, "fields", {}) for record in caplog.records if record.name == "rhythmoscope"}


def test_edits_and_exports_are_told_by_the_recordings_code(
    client: DeskClient, classified: OpenedRecording, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client.edit(0, {"action": "add", "beat": -3, "sample": 700, "label": "V"})
    client.send("undo", {"since": 0})
    client.ask("export/beats.csv")
    events = told(caplog)
    code = code_of(classified.recording.sha256)
    assert events["edit_saved"]["code"] == events["export_made"]["code"] == code
    assert events["edit_saved"]["actions"] == ["undo"]
    assert events["export_made"]["kind"] == "text.csv"
    assert events["export_made"]["bytes"] > 1000
    assert classified.recording.name not in str(events)


def test_opening_and_analysing_are_told(demo: OpenedRecording, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert start_beat_detection(demo).wait(60)
    events = told(caplog)
    code = code_of(demo.recording.sha256)
    assert events["recording_opened"]["code"] == events["analysis_finished"]["code"] == code
    assert events["recording_opened"]["source"] == "demo"
    assert events["analysis_finished"]["beats"] == len(demo.analysis.beats)
    assert events["analysis_finished"]["took_s"] > 0
    assert events["job_finished"]["kind"] == "beats"


def test_what_is_sent_must_say_that_it_is_json(client: DeskClient) -> None:
    """A form on another site's page can send to any address, but not as JSON without asking first."""
    from asgi_client import request
    from desk_client import PREFIX, _server

    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        headers = {**client.headers, "content-type": kind}
        answer = request(_server, "POST", f"{PREFIX}/undo", headers=headers, body=b"{}")
        assert answer.status_code == 415, kind
    headers = {**client.headers, "content-type": "Application/JSON; charset=utf-8"}
    assert request(_server, "POST", f"{PREFIX}/undo", headers=headers, body=b"{}").status_code == 200
