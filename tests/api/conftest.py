"""Recordings on the desk whose beats are classified by a model that needs no TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from desk_client import DeskClient
from teller import Teller

from ecg_core.analysis import Analysis, analyse
from ecg_core.formats import open_recording
from ecg_core.sources.demos import demo_folder
from pages.services import tokens, workspace
from pages.services.job_executor import ANALYSIS_JOBS
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
def client(classified: OpenedRecording) -> DeskClient:
    """A page at the classified recording."""
    return DeskClient(classified)
