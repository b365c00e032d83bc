"""The examples of the guide for researchers run as they stand; the user guide's pictures are there and small."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "research" / "index.md"
PICTURES = ROOT / "docs" / "guide" / "pictures"
MAX_BYTES = 2_000_000


def steps() -> list[tuple[str, str]]:
    """Return the guide's blocks of code in their order: language, which is empty for commands, and text."""
    return re.findall(r"^```(python|)\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.M | re.S)


@pytest.mark.slow
@pytest.mark.tensorflow
def test_the_examples_of_the_guide_for_researchers_run(tmp_path: Path) -> None:
    """One Python session and one folder for all of them, as a reader has."""
    demos = tmp_path / "assets" / "demo"
    shutil.copytree(ROOT / "assets" / "demo", demos)
    home = {"RHYTHMOSCOPE_CACHE": str(tmp_path / "cache"), "RHYTHMOSCOPE_HOME": str(tmp_path / "home")}
    environment = {**os.environ, **home, "PYTHONPATH": str(ROOT)}
    session: list[str] = []
    printed: dict[str, str] = {}
    for language, text in steps():
        if language:
            session.append(text)
            continue
        for command in text.splitlines():
            assert command.startswith("python -m ecg_core "), command
            words = [sys.executable, *command.split()[1:]]
            done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, (command, done.stderr)
            printed[command.split()[3]] = done.stdout
    code = "".join(session)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("360.0 300.0 ['MLII', 'V1', 'V5']\n(3600, 3) float32\n")
    assert "5 V at" in done.stdout  # the demo's run of ventricular beats
    assert "'V': 3" in done.stdout  # 35 of them
    assert set(printed) == {"analyse", "synth", "train", "evaluate"}
    assert (tmp_path / "out" / "model" / "card.json").is_file()
    assert re.search(r"\b9\d\.\d|\b100\.0", printed["evaluate"])


def test_each_picture_of_the_user_guide_is_shown_and_small() -> None:
    guide = (ROOT / "docs" / "guide" / "index.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"\]\(pictures/([\w-]+\.webp)\)", guide))
    assert shown == {file.name for file in PICTURES.iterdir()}
    assert sum(file.stat().st_size for file in PICTURES.iterdir()) < MAX_BYTES


def test_the_user_guide_names_only_keys_that_the_readme_lists() -> None:
    """The table in README.md is the reference of keys."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme[readme.index("| keys | |") : readme.index("**Rhythm.**")]
    known = set(re.findall(r"`([^`]+)`", table)) | {"Alt", "make run"}
    guide = (ROOT / "docs" / "guide" / "index.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`([^`\n]+)`", guide)) <= known
