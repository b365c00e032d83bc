"""Recordings on the desk whose beats are classified by a model that needs no TensorFlow."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from desk_client import DeskClient
from teller import Teller

from ecg_core.analysis import Analysis, analyse
from ecg_core.formats import open_recording
from ecg_core.live.protocol import Frame, StreamHeader
from ecg_core.sources.demos import demo_folder
from pages.services import live_streams, tokens, workspace
from pages.services.audit_trail import TRAIL
from pages.services.job_executor import ANALYSIS_JOBS
from pages.services.live_streams import LIVE
from pages.services.worklist_updates import UPDATES
from pages.services.workspace import OpenedRecording


@pytest.fixture(autouse=True)
def _empty_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no test find what another one left on the desk, in the cache or in the log of edits."""
    monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ECG_DATA", raising=False)
    monkeypatch.setattr("ecg_core.classification.device.device_name", lambda: "none")
    yield
    for job in list(ANALYSIS_JOBS._jobs.values()):
        job.cancel()
        job.wait(60)
    UPDATES.clear()
    UPDATES.flush(60)
    TRAIL.clear()
    TRAIL.flush(60)
    workspace.clear()
    ANALYSIS_JOBS.clear()
    tokens.revoke_all()


@pytest.fixture
def demo() -> OpenedRecording:
    """A bundled recording in which nothing has been looked for."""
    return workspace.open_in_workspace("demo/demo_pvc", "")


@cache
def told_of_demo() -> Analysis:
    """The analysis of the bundled recording; nothing changes one, so that all tests can have the same."""
    return analyse(open_recording(demo_folder() / "demo_pvc.hea"), Teller(), cache=False)


@pytest.fixture
def classified(demo: OpenedRecording) -> OpenedRecording:
    """A bundled recording with classified beats."""
    demo.keep(told_of_demo())
    return demo


@pytest.fixture
def streamed(monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskClient]:
    """The page of a live stream that has ended, with a gap in it."""
    monkeypatch.setattr(live_streams, "load_model", Teller)
    recording = open_recording(demo_folder() / "demo_pvc.hea")
    stream = LIVE.begin(StreamHeader("bed 4", recording.fs_hz, recording.leads, synthetic=True))
    stream.connect()
    for sequence, start in enumerate((0, 3600, 8000)):
        stream.take(Frame(sequence, start, recording.read(start, start + 3600)))
    stream.end("The sender ended the stream.")
    LIVE.came()
    while not stream.finished:
        assert stream.problem is None
        time.sleep(0.05)
    yield DeskClient(stream.current())
    LIVE.close()


@pytest.fixture
def client(classified: OpenedRecording) -> DeskClient:
    """A page at the classified recording."""
    return DeskClient(classified)
