"""Health checks: writable folders and free disk space."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

MIN_FREE_BYTES: Final = 500 << 20
"""Below this, edits and results may soon not be kept any more."""

_PATIENCE_S: Final = 1.0


def folder_problem(folder: Path) -> str | None:
    """Tell why nothing can be written to a folder, or could not be if it were made; None if it can.

    Returns
    -------
    str or None
        A word: "read_only", "full", "not_a_folder", "unreachable".
    """
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        return "not_a_folder"
    try:
        with tempfile.TemporaryFile(dir=place) as probe:
            probe.write(b"\0" * 4096)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        return _word(error)
    return None


def database_problem(file: Path, patience_s: float = _PATIENCE_S) -> str | None:
    """Tell why a SQLite database cannot be written to; None if it can, or if it can be made where it is not yet.

    Parameters
    ----------
    file : Path
        The file.
    patience_s : float
        How long another process may write before it is called locked.

    Returns
    -------
    str or None
        A word: those of `folder_problem`, "locked" while another process writes for long, "damaged".
    """
    problem = folder_problem(file.parent)
    if problem is not None or not file.exists():
        return problem
    if not os.access(file, os.W_OK):
        return "read_only"
    try:
        # Never made by looking, should it be deleted at this moment.
        address = f"file:{quote(str(file.absolute()))}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=patience_s, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        text = str(error)
        return "locked" if "locked" in text else "full" if "full" in text else "read_only"
    except sqlite3.DatabaseError:
        return "damaged"
    return None


def free_bytes(folder: Path) -> int | None:
    """Return the room on the disk of a folder, or of where it would be made; None where nobody can tell."""
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        return shutil.disk_usage(place).free
    except OSError:
        return None


def _word(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "full"
    return "read_only" if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM) else "unreachable"
