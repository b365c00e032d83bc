"""Caches of the tests of teaching cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecg_core.classification.loading import Classifier, load_beat_classifier


@pytest.fixture(scope="session")
def shipped_model() -> Classifier:
    return load_beat_classifier(None)


@pytest.fixture(autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cache = tmp_path_factory.getbasetemp() / "teaching-cache"
    monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(cache))
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "home"))
