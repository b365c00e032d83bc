"""Writers of the other tests' folders, and a place of its own for everything that is written."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

for _folder in ("formats", "api", "pages"):
    sys.path.append(str(Path(__file__).resolve().parents[1] / _folder))

from pages.services import (  # noqa: E402
    tokens,
    workspace,
)
from pages.services.job_executor import ANALYSIS_JOBS, DOWNLOAD_JOBS  # noqa: E402
from pages.services.worklist_updates import UPDATES  # noqa: E402


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder in which everything lies that the program keeps: cache, home and temporary files."""
    root = tmp_path / "kept"
    for variable, name in (("RHYTHMOSCOPE_CACHE", "cache"), ("RHYTHMOSCOPE_HOME", "home")):
        monkeypatch.setenv(variable, str(root / name))
    monkeypatch.delenv("ECG_DATA", raising=False)
    monkeypatch.setattr("ecg_core.classification.device.device_name", lambda: "none")
    yield root
    for job in [*ANALYSIS_JOBS._jobs.values(), *DOWNLOAD_JOBS._jobs.values()]:
        job.cancel()
        job.wait(60)
    UPDATES.clear()
    UPDATES.flush(60)
    workspace.clear()
    ANALYSIS_JOBS.clear()
    DOWNLOAD_JOBS.clear()
    tokens.revoke_all()
