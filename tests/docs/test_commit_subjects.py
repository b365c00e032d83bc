"""Commit subjects of 72 characters at most: as a hook for one message, and over the history since a recorded commit."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".ci" / "subjects.py"


def check(*arguments: str | Path, script: Path = SCRIPT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(script), *map(str, arguments)], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("length", "status"), [(72, 0), (73, 1)])
def test_a_message_s_subject_has_72_characters_at_most(tmp_path: Path, length: int, status: int) -> None:
    message = tmp_path / "COMMIT_EDITMSG"
    message.write_text("# a comment of git\n\n" + "x" * length + "\n\n" + "A body may be wider. " * 10 + "\n")
    done = check("--message", message)
    assert done.returncode == status
    assert (f"{length} characters" in done.stderr) == bool(status)


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_commits_after_the_recorded_one_are_checked(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        settings = ["-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false"]
        settings += ["-c", f"core.hooksPath={tmp_path}/none"]
        return subprocess.run(
            ["git", *settings, *words], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "-m", "before " * 20)
    base = git("rev-parse", "HEAD")
    script = tmp_path / ".ci" / "subjects.py"
    script.parent.mkdir()
    text = SCRIPT.read_text(encoding="utf-8")
    script.write_text(text.replace('BASE = "5082504"', f'BASE = "{base}"'))
    git("commit", "--quiet", "--allow-empty", "-m", "Short enough")
    assert check(script=script).returncode == 0
    git("commit", "--quiet", "--allow-empty", "-m", "after " * 20)
    done = check(script=script)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


def test_this_history_keeps_to_it() -> None:
    done = check()
    assert (done.returncode, done.stderr) == (0, "")
