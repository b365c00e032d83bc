"""Folders and files that only this account of the machine can read."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

_OTHERS: Final = 0o077


def private_folder(folder: Path) -> Path:
    """Return a folder that other accounts cannot look into, made if needed; also one that was there before.

    Left as it is: a folder of another account, one in which everybody keeps something (sticky bit), and one that
    holds the account's home, the working directory or the folder of temporary files.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    # The mode that mkdir is given holds for the last folder alone.
    if not folder.parent.exists():
        private_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    with suppress(OSError):
        status = folder.stat()
        if (
            status.st_mode & _OTHERS
            and not status.st_mode & stat.S_ISVTX
            and _is_own(status)
            and not _is_common(folder)
        ):
            folder.chmod(stat.S_IMODE(status.st_mode) & ~_OTHERS)
    return folder


def private_file(file: Path) -> None:
    """Take the rights of other accounts from a file; one that is not there or another account's is left as it is."""
    with suppress(OSError):
        status = file.stat()
        if status.st_mode & _OTHERS and _is_own(status):
            file.chmod(stat.S_IMODE(status.st_mode) & ~_OTHERS)


def _is_own(status: os.stat_result) -> bool:
    return hasattr(os, "geteuid") and status.st_uid == os.geteuid()


def _is_common(folder: Path) -> bool:
    own = folder.resolve()
    with suppress(OSError, RuntimeError):  # no home, or no working directory any more
        common = (Path.home(), Path.cwd(), Path(tempfile.gettempdir()))
        return any(own == place or own in place.parents for place in (each.resolve() for each in common))
    return True
