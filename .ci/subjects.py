"""Check that the subjects of commits have 72 characters at most.

``subjects.py`` checks the commits after `BASE`; ``subjects.py --message FILE`` the message of a commit being made.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LONGEST = 72
BASE = "5082504"
"""Last commit made before subjects were checked."""


def subject(message: str) -> str:
    """Return the first line of a commit message that is not a comment."""
    return next((line.strip() for line in message.splitlines() if line.strip() and not line.startswith("#")), "")


def too_long(subjects: list[tuple[str, str]]) -> list[str]:
    """Return one line for each subject that is too long.

    Parameters
    ----------
    subjects : list of tuple
        Commit and subject.
    """
    return [
        f"{commit}: the subject has {len(text)} characters, {LONGEST} at most: {text}"
        for commit, text in subjects
        if len(text) > LONGEST
    ]


def commits_after(base: str, folder: Path) -> list[tuple[str, str]]:
    """Return commit and subject of all commits after `base`; of the last one where the history does not reach it."""
    for reach in ([f"{base}..HEAD"], ["-1", "HEAD"]):
        done = subprocess.run(
            ["git", "log", "--no-merges", "--format=%h%x09%s", *reach],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return [(line.split("\t")[0], line.split("\t", 1)[1]) for line in done.stdout.splitlines()]
    return []  # an archive without history, or no git


def main(arguments: list[str]) -> int:
    """Check a message or the history; return the exit status."""
    if arguments[:1] == ["--message"]:
        found = [("This commit", subject(Path(arguments[1]).read_text(encoding="utf-8")))]
    else:
        found = commits_after(BASE, Path(__file__).resolve().parents[1])
    problems = too_long(found)
    sys.stderr.write("".join(f"{line}\n" for line in problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
