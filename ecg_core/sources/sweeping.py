"""Removal of private folders left behind by processes that have ended.

A folder is held by a lock on a file beside it, which the system gives back with the process however it ends.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

PREFIX: Final = "rhythmoscope-upload-"
"""Of the names of folders of uploads."""

_LOCK: Final = ".held"
_YOUNG_S: Final = 60.0
"""A folder that nothing holds may have been made a moment ago."""
_BARELY_MADE_S: Final = 5.0
"""A lock that is free may have been made a moment ago."""
_OLD_S: Final = 7 * 86_400.0
"""Where the system has no such locks, a folder that nobody has touched for so long counts as left behind."""


def hold(folder: Path) -> IO[bytes] | None:
    """Hold a folder as long as the returned file is open; None where that cannot be done."""
    try:
        held = _lock_of(folder).open("wb")
    except OSError:
        return None
    _locked(held)
    return held


def remove(folder: Path, held: IO[bytes] | None) -> None:
    """Remove a folder and what it was held by; what cannot be removed stays for the next start."""
    shutil.rmtree(folder, ignore_errors=True)
    if held is not None:
        held.close()
    with suppress(OSError):
        _lock_of(folder).unlink(missing_ok=True)


def sweep(root: Path | None = None, prefix: str = PREFIX, young_s: float = _YOUNG_S) -> int:
    """Remove folders that no program holds.

    Parameters
    ----------
    root : Path, optional
        Where they lie; the system's folder of temporary files by default.
    prefix : str
        Of their names.
    young_s : float
        Folders without a lock that are younger than this stay.

    Returns
    -------
    int
        How many were removed.
    """
    root = Path(tempfile.gettempdir()) if root is None else root
    removed = 0
    with suppress(OSError):
        for folder in sorted(root.glob(f"{prefix}*")):
            if _is_left(folder, young_s):
                remove(folder, None)
                removed += not folder.exists()
        for lock in root.glob(f"{prefix}*{_LOCK}"):
            if not lock.with_name(lock.name.removesuffix(_LOCK)).exists() and _is_free(lock):
                lock.unlink(missing_ok=True)
    return removed


def _is_left(folder: Path, young_s: float) -> bool:
    """Tell whether a folder is one of ours that nobody holds any more."""
    try:
        status = folder.lstat()
        own = not hasattr(os, "getuid") or status.st_uid == os.getuid()
        if folder.is_symlink() or not folder.is_dir() or not own:
            return False
        now_s = time.time()
        age_s = now_s - status.st_mtime
        lock = _lock_of(folder)
        if not lock.is_file() or lock.is_symlink():
            return age_s >= young_s
        if max(age_s, now_s - lock.stat().st_mtime) < _BARELY_MADE_S:
            return False
        free = _is_free(lock)
    except OSError:
        return False
    return age_s > _OLD_S if free is None else free


def _is_free(lock: Path) -> bool | None:
    """Tell whether nobody holds a lock; None where the system has no such locks."""
    with lock.open("rb+") as file:
        return _locked(file)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}{_LOCK}")


def _locked(file: IO[bytes]) -> bool | None:
    """Lock a file unless another process has; None where the system has no such locks."""
    try:
        import fcntl
    except ImportError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
