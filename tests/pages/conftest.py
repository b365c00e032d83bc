"""The dashboard without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from dashboard_for_tests import Dashboard
from streamlit.components.v2 import manifest_scanner

from pages.services import workspace
from pages.services.job_executor import ANALYSIS_JOBS, DOWNLOAD_JOBS, WORKLIST_JOBS
from pages.services.worklist_updates import UPDATES


@pytest.fixture(scope="session", autouse=True)
def _packages_scanned_once() -> Iterator[None]:
    """Let Streamlit look once for components in all installed packages, as a server does, not for each visit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def _clear_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no test find what another one left on the desk or in the cache."""
    monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ECG_DATA", raising=False)
    yield
    UPDATES.clear()
    UPDATES.flush(60)
    WORKLIST_JOBS.clear()
    workspace.clear()
    ANALYSIS_JOBS.clear()
    DOWNLOAD_JOBS.clear()


@pytest.fixture
def dashboard() -> Callable[[], Dashboard]:
    return Dashboard


@pytest.fixture
def tiny_model(tiny_model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the pages use the small untrained model."""
    monkeypatch.setattr("ecg_core.classification.model.MODELS_FOLDER", tiny_model_folder.parent)
    monkeypatch.setattr("ecg_core.classification.model.DEFAULT_MODEL", tiny_model_folder.name)
    return tiny_model_folder
