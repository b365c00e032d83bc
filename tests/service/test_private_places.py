"""What the product keeps, only its own account can read, also where an earlier version has made the folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from ecg_core.caching import cache_folder
from ecg_core.private import private_file, private_folder
from pages.services import identity_disclosure, references
from pages.ui import server

pytestmark = pytest.mark.skipif(os.name != "posix", reason="rights of other accounts")


def rights(place: Path) -> int:
    return place.stat().st_mode & 0o7777


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    home, cache = tmp_path / "a" / "home", tmp_path / "b" / "cache"
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(home))
    monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(cache))
    references._key.cache_clear()
    return home, cache


def test_all_folders_on_the_way_are_private(places: tuple[Path, Path]) -> None:
    home, cache = places
    folder = cache_folder("purpose")
    references.hidden("name")
    assert identity_disclosure._first("a" * 64)
    below = [place for place in home.rglob("*") if place.is_dir()]
    assert len(below) == 1
    for place in (home, home.parent, cache, cache.parent, folder, home / "addresses.key", *below):
        assert rights(place) & 0o077 == 0, place


def test_what_was_open_to_others_is_closed(places: tuple[Path, Path]) -> None:
    for place in places:
        place.mkdir(parents=True)
        place.chmod(0o755)
    (places[1] / "purpose").mkdir(mode=0o755)
    server._close_to_others()  # as every server does when it starts
    assert [rights(place) for place in places] == [0o700, 0o700]
    assert rights(cache_folder("purpose")) == 0o700


def test_folders_that_hold_other_things_are_left_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    person, common, shared = tmp_path / "person", tmp_path / "common", tmp_path / "shared"
    for folder in (person, common, shared):
        folder.mkdir()
        folder.chmod(0o755)
    shared.chmod(0o1777)
    monkeypatch.setenv("HOME", str(person))
    monkeypatch.setattr(tempfile, "tempdir", str(common))
    for folder in (person, common, shared, tmp_path):
        before = rights(folder)
        assert private_folder(folder) == folder
        assert rights(folder) == before
    assert rights(private_folder(person / "below")) == 0o700


def test_a_file_keeps_what_its_owner_may(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    file.chmod(0o644)
    private_file(file)
    assert rights(file) == 0o600
    private_file(tmp_path / "none")
    assert not (tmp_path / "none").exists()
