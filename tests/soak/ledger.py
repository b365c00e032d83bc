"""What was acknowledged to whom, and whether it is in the log: the accounts of the soak."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

FILE_NAME = "review.sqlite3"
_DAMAGING, _DAMAGED = 1, 3  # of four phases; 0 is an intact database


@dataclass
class Ledger:
    """Edits that were acknowledged with 200.

    Attributes
    ----------
    expected : set of str
        By uuid, those that the log has to hold.
    after_damage : set of str
        Those acknowledged to a request that began after the database had been deleted or truncated on purpose.
    excused : int
        Those that were deleted on purpose, or were under way meanwhile.
    found, lost : int
        Of all that were looked for.
    counts : Counter
        Answers by what was asked and the status.
    """

    expected: set[str] = field(default_factory=set)
    after_damage: set[str] = field(default_factory=set)
    excused: int = 0
    found: int = 0
    lost: list[str] = field(default_factory=list)
    acknowledged: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    _phase: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def phase(self) -> int:
        """Tell how often the database was damaged on purpose and how far that is; to be read before a request."""
        return self._phase

    def answered(self, what: str, status: int) -> None:
        """Count an answer."""
        with self._lock:
            self.counts[f"{what} {status}"] += 1

    def acknowledge(self, uuid: str, phase: int) -> None:
        """Take down an edit that was acknowledged, to a request that began in a phase."""
        with self._lock:
            self.acknowledged += 1
            if phase != self._phase or phase % 4 == _DAMAGING:
                self.excused += 1  # the damage came while it was under way
            elif phase % 4 == _DAMAGED:
                self.after_damage.add(uuid)
            else:
                self.expected.add(uuid)

    def damage(self) -> None:
        """Begin: the database is about to be damaged."""
        with self._lock:
            self._phase += 1
            self.excused += len(self.expected)
            self.expected.clear()

    def damaged(self) -> None:
        """Note that the damage is done: what is acknowledged to requests that begin from now on must be found."""
        with self._lock:
            self._phase += 2

    def mended(self) -> None:
        """Note that an intact database is in place, and the server was started anew."""
        with self._lock:
            self._phase += 1

    def look(self, home: Path) -> tuple[int, int]:
        """Compare with the log on disk, while no server runs; return how many are there and how many are not."""
        there = uuids_of(home / FILE_NAME)
        with self._lock:
            due = self.expected | self.after_damage
            missing = sorted(due - there)
            self.lost += missing
            self.expected -= set(missing)
            self.after_damage.clear()
            return len(due) - len(missing), len(missing)

    def close(self, home: Path) -> None:
        """Look for the last time."""
        self.found, _ = self.look(home)


def uuids_of(file: Path) -> set[str]:
    """Return the uuids in a log; none where it is not there or cannot be read."""
    if not file.is_file() or not file.stat().st_size:
        return set()
    try:
        connection = sqlite3.connect(file, timeout=30)
        try:
            return {str(row[0]) for row in connection.execute("SELECT uuid FROM entries")}
        finally:
            connection.close()
    except sqlite3.Error:
        return set()
