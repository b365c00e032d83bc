"""Where caches lie, and where they go when they cannot lie there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from ecg_core.caching import cache_folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the system's temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def unusable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache folder that cannot be made, whoever asks."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path / "file" / "cache"))


def test_the_variable_moves_every_purpose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path / "here"))
    assert cache_folder("analyses") == tmp_path / "here" / "analyses"
    assert cache_folder("prepared") == tmp_path / "here" / "prepared"
    assert cache_folder("analyses").is_dir()


def test_without_the_variable_it_is_the_user_s_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RHYTHMOSCOPE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = cache_folder("analyses")
    assert tmp_path in folder.parents
    assert "rhythmoscope" in folder.parts


@pytest.mark.usefixtures("unusable")
def test_a_folder_that_cannot_be_made_gives_way_to_a_temporary_one(temporary: Path) -> None:
    folder = cache_folder("analyses")
    assert folder.is_dir()
    assert temporary in folder.parents
    assert cache_folder("analyses") == folder
    assert cache_folder("prepared") != folder


def test_a_folder_that_cannot_be_written_gives_way_too(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path / "read-only"))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert temporary in cache_folder("analyses").parents


@pytest.mark.usefixtures("unusable")
@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs a system with user ids")
def test_a_temporary_folder_that_others_can_write_to_is_not_trusted(temporary: Path) -> None:
    prepared = temporary / f"rhythmoscope-{os.getuid()}"
    prepared.mkdir()
    prepared.chmod(0o777)
    folder = cache_folder("analyses")
    assert prepared not in folder.parents
    assert folder.parent.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("unusable")
def test_a_link_in_its_place_is_not_followed(temporary: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = temporary / f"rhythmoscope-{os.getuid()}"
    link.symlink_to(elsewhere)
    assert cache_folder("analyses").is_dir()
    assert not list(elsewhere.iterdir())
