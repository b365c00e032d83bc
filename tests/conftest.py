"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _private_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what tests cache away from the user's own cache."""
    monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def ecg_data() -> Path:
    """The folder of real annotated recordings; skips the test where there is none."""
    folder = os.environ.get("ECG_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("needs real recordings: set ECG_DATA to a folder with mitdb/, svdb/, formats/ ...")
    return Path(folder).resolve()
