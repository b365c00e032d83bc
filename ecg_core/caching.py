"""Where things that can be computed again are kept."""

from __future__ import annotations

import getpass
import hashlib
import logging
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from platformdirs import user_cache_path

log = logging.getLogger(__name__)


def cache_folder(purpose: str) -> Path:
    """Return the folder for one purpose, made if needed.

    The environment variable ``RHYTHMOSCOPE_CACHE`` moves all of them. Where nothing can be written there, as in a
    read-only home, it is a private folder among the temporary files.
    """
    root = os.environ.get("RHYTHMOSCOPE_CACHE")
    folder = (Path(root).expanduser() if root else user_cache_path("rhythmoscope")) / purpose
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return _temporary_folder(purpose)
    return folder if os.access(folder, os.W_OK) else _temporary_folder(purpose)


def write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any]], *, compressed: bool = False) -> None:
    """Write an ``.npz`` file at once: a reader finds the old one or the new one, never half of it.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left then.
    """
    # Two threads of one process may write the same file.
    partial = path.with_name(f"{path.stem}.{os.getpid()}-{id(arrays):x}.part.npz")
    try:
        (np.savez_compressed if compressed else np.savez)(partial, allow_pickle=False, **arrays)
        partial.replace(path)
    except OSError:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def digest_of(*arrays: npt.NDArray[Any]) -> str:
    """Return the SHA-256 of arrays with their types and shapes, as hexadecimal."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape}".encode() + array.tobytes())
    return digest.hexdigest()


def load_arrays(path: Path | None, *names: str) -> dict[str, npt.NDArray[Any]] | None:
    """Return the named arrays of a file that :func:`keep_arrays` wrote; None where it is not there or damaged."""
    if path is None or not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in names}
    except Exception:  # a damaged archive fails in whichever decoder meets the damage
        log.warning("A cached analysis was damaged and is computed again")
        return None


def keep_arrays(path: Path | None, **arrays: npt.NDArray[Any]) -> None:
    """Write a file at once; a cache that cannot be written (full disk, read-only folder) costs time, not the result."""
    if path is None:
        return
    try:
        write_arrays(path, arrays, compressed=True)
    except OSError as error:
        log.warning("The analysis was not cached: %s", error.strerror)


def _temporary_folder(purpose: str) -> Path:
    user = os.getuid() if hasattr(os, "getuid") else getpass.getuser()
    root = Path(tempfile.gettempdir()) / f"rhythmoscope-{user}"
    try:
        root.mkdir(mode=0o700, exist_ok=True)
        private = _is_private(root)
    except OSError:
        private = False
    # Anyone may make a folder of this name before us; results are only taken from one that nobody else can write to.
    folder = (root if private else Path(tempfile.mkdtemp(prefix="rhythmoscope-"))) / purpose
    folder.mkdir(exist_ok=True)
    return folder


def _is_private(folder: Path) -> bool:
    status = folder.lstat()
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)
