"""Files and folders in use by a process, and removal of those that processes left behind.

What is in use has a lock file beside it (inside it, for a folder of partial files), locked by :mod:`filelock`; the
system releases the lock however the process ends. A lock file that nobody has locked belongs to a process that is no
more. What has no lock file, because none could be made, stays until it is old.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from filelock import BaseFileLock, FileLock, Timeout

PARTIAL: Final = re.compile(r"(?P<stem>\..+\.\d+-\d+\.part)(\.[A-Za-z0-9]+)?")
"""Names of files and folders that are being written, see `ecg_core.writing`."""

_SUFFIX: Final = ".held"
_JUST_MADE_S: Final = 5.0
"""A lock file that is not locked may have been made a moment ago."""
_UNLOCKED_FOLDER_S: Final = 60.0
_UNLOCKED_PARTIAL_S: Final = 24 * 3600.0
"""Age from which a folder, or a partial file, that has no lock file counts as left behind."""


def hold(path: Path) -> BaseFileLock | None:
    """Mark a file or folder as in use until the lock is released or the process ends.

    Parameters
    ----------
    path : Path
        The folder that it lies in exists.

    Returns
    -------
    BaseFileLock or None
        To be given to `release` or `remove`; None where no lock file can be made.
    """
    file = _lock_file(path)
    if not file.parent.is_dir():  # which filelock would make
        return None
    lock = FileLock(file, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except (OSError, NotImplementedError):
        return None
    return lock


def release(lock: BaseFileLock | None) -> None:
    """Release a lock and remove its file."""
    if lock is not None:
        with suppress(OSError):
            Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def remove(path: Path, lock: BaseFileLock | None = None) -> None:
    """Remove a file or folder and its lock file; what cannot be removed stays for the next start.

    Parameters
    ----------
    path : Path
        The file or folder.
    lock : BaseFileLock, optional
        As `hold` returned it.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)
    release(lock)
    with suppress(OSError):
        _lock_file(path).unlink(missing_ok=True)


def sweep_folders(prefix: str, root: Path | None = None, unlocked_s: float = _UNLOCKED_FOLDER_S) -> int:
    """Remove private folders that no process holds.

    Parameters
    ----------
    prefix : str
        Of their names.
    root : Path, optional
        Where they lie; the system's folder of temporary files by default.
    unlocked_s : float
        Folders without a lock file that are younger than this stay.

    Returns
    -------
    int
        How many were removed.
    """
    found = _listed(Path(tempfile.gettempdir()) if root is None else root)
    ours = [path for path in found if path.name.startswith(prefix) and not path.is_symlink()]
    return _sweep([path for path in ours if path.is_dir() or path.suffix == _SUFFIX], unlocked_s)


def sweep_partials(folder: Path) -> int:
    """Remove what killed processes left half written in a folder.

    Parameters
    ----------
    folder : Path
        May be absent.

    Returns
    -------
    int
        How many files and folders were removed.
    """
    return _sweep([path for path in _listed(folder) if PARTIAL.fullmatch(path.name)], _UNLOCKED_PARTIAL_S)


def _sweep(found: list[Path], unlocked_s: float) -> int:
    """Remove what nobody holds of some paths, among them lock files; return how many others were removed."""
    lock_files = {path for path in found if path.suffix == _SUFFIX}
    removed = 0
    for path in found:
        if path in lock_files:
            continue
        file = _lock_file(path)
        lock_files.discard(file)
        with suppress(OSError):
            idle_s, lock = _idle_s(path), None
            if file.is_file() and not file.is_symlink():
                lock = _lock_of_nobody(file) if max(idle_s, _idle_s(file)) >= _JUST_MADE_S else None
                if lock is None:
                    continue
            elif idle_s < unlocked_s:
                continue
            remove(path, lock)
            removed += not os.path.lexists(path)
    for file in lock_files:
        with suppress(OSError):
            if _idle_s(file) >= _JUST_MADE_S:
                release(_lock_of_nobody(file))
    return removed


def _lock_of_nobody(file: Path) -> BaseFileLock | None:
    """Take a lock; None where another process, or another part of this one, has it."""
    lock = FileLock(file, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return None
    return lock


def _idle_s(path: Path) -> float:
    """Return how long ago a path of this account was written to; less than any limit for another account's."""
    status = path.lstat()
    own = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return time.time() - status.st_mtime if own else -1.0


def _lock_file(path: Path) -> Path:
    partial = PARTIAL.fullmatch(path.name)
    if partial is not None and path.is_dir() and not path.is_symlink():
        return path / _SUFFIX
    return path.with_name(f"{partial['stem'] if partial else path.name}{_SUFFIX}")


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
