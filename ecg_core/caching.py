"""Disk cache of recomputable results."""

from __future__ import annotations

import getpass
import hashlib
import logging
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ecg_core import settings
from ecg_core.leftovers import sweep_partials
from ecg_core.logs import event, reason_of
from ecg_core.private import private_folder
from ecg_core.writing import replacing


def cache_root() -> Path:
    """Return the folder that all caches belong in: the one ``RHYTHMOSCOPE_CACHE`` names, else the user's."""
    return settings.CACHE.get()


def cache_folder(purpose: str) -> Path:
    """Return the folder for one purpose, made if needed.

    The environment variable ``RHYTHMOSCOPE_CACHE`` moves all of them. Where nothing can be written there, as in a
    read-only home, it is a private folder among the temporary files.
    """
    folder = cache_root() / purpose
    try:
        private_folder(cache_root())
        private_folder(folder)
    except OSError:
        return _temporary_folder(purpose)
    return folder if os.access(folder, os.W_OK) else _temporary_folder(purpose)


def can_be_written(folder: Path) -> bool:
    """Tell whether a folder can be written to, or could be made."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def sweep_cache() -> int:
    """Remove what killed processes left half written in the caches; return how many files went."""
    root = cache_root()
    swept = sum(sweep_partials(folder) for folder in (root, *_folders_of(root)))
    if swept:
        event("cache_swept", files=swept)
    return swept


def write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any]], *, compressed: bool = False) -> None:
    """Write an ``.npz`` file atomically: readers find the old file or the new one.

    Parameters
    ----------
    path : Path
        The file.
    arrays : mapping of str to ndarray
        Arrays by name.
    compressed : bool
        Whether the file is compressed.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left then.
    """
    with replacing(path, durable=False) as partial:
        (np.savez_compressed if compressed else np.savez)(partial, allow_pickle=False, **arrays)


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
        event("cache_damaged", level=logging.WARNING)
        return None


def keep_arrays(path: Path | None, **arrays: npt.NDArray[Any]) -> None:
    """Write a file at once; a cache that cannot be written (full disk, read-only folder) costs time, not the result."""
    if path is None:
        return
    try:
        write_arrays(path, arrays, compressed=True)
    except OSError as error:
        event("cache_not_written", level=logging.WARNING, reason=reason_of(error))


def _folders_of(root: Path) -> list[Path]:
    try:
        return [folder for folder in root.iterdir() if folder.is_dir() and not folder.is_symlink()]
    except OSError:
        return []


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
    return private_folder(folder)


def _is_private(folder: Path) -> bool:
    status = folder.lstat()
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)
