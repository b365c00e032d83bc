"""Folders of uploads that a killed program left are removed by the next start, and no others."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ecg_core.leftovers import hold, remove, sweep_folders
from ecg_core.sources.uploads import FOLDER_PREFIX

pytestmark = pytest.mark.slow

LEAVES_ONE = """
import os, sys
from pathlib import Path
from ecg_core.leftovers import hold
from ecg_core.sources.uploads import FOLDER_PREFIX
folder = Path(sys.argv[1]) / (FOLDER_PREFIX + "left")
folder.mkdir()
(folder / "patient.edf").write_text("x")
held = hold(folder)
os.kill(os.getpid(), 9)
"""


def aged(folder: Path) -> Path:
    """Let a folder have been touched last some minutes ago."""
    before = time.time() - 600
    os.utime(folder, (before, before))
    return folder


def made(root: Path, name: str) -> Path:
    folder = root / f"{FOLDER_PREFIX}{name}"
    folder.mkdir()
    (folder / "x.edf").write_text("x")
    return folder


def test_what_a_killed_program_left_is_removed(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", LEAVES_ONE, str(tmp_path)], check=False, cwd=Path(__file__).parents[2])
    folder = tmp_path / f"{FOLDER_PREFIX}left"
    assert (folder / "patient.edf").is_file()
    aged(folder)
    assert sweep_folders(FOLDER_PREFIX, tmp_path) == 1
    assert not list(tmp_path.iterdir())


def test_what_is_in_use_or_young_or_not_ours_stays(tmp_path: Path) -> None:
    used, young, other = made(tmp_path, "used"), made(tmp_path, "young"), tmp_path / "rhythmoscope-else"
    other.mkdir()
    held = hold(used)
    for folder in (used, other):
        aged(folder)
    (tmp_path / f"{FOLDER_PREFIX}link").symlink_to(other)
    assert sweep_folders(FOLDER_PREFIX, tmp_path) == 0
    assert used.is_dir()
    assert young.is_dir()
    assert other.is_dir()
    remove(used, held)
    assert not used.exists()
    assert not list(tmp_path.glob("*.held"))


def test_one_that_was_never_held_is_removed(tmp_path: Path) -> None:
    aged(made(tmp_path, "old"))
    assert sweep_folders(FOLDER_PREFIX, tmp_path) == 1


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_without_any_is_no_problem(tmp_path: Path, there: bool) -> None:
    assert sweep_folders(FOLDER_PREFIX, tmp_path if there else tmp_path / "none") == 0


def test_what_was_killed_a_moment_ago_is_removed_without_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is started again at once: the lock tells that the folder is nobody's, however young it is."""
    subprocess.run([sys.executable, "-c", LEAVES_ONE, str(tmp_path)], check=False, cwd=Path(__file__).parents[2])
    lock = tmp_path / f"{FOLDER_PREFIX}left.held"
    before = time.time() - 10
    os.utime(lock, (before, before))
    assert sweep_folders(FOLDER_PREFIX, tmp_path) == 1
    assert not list(tmp_path.iterdir())
