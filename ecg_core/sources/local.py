"""Recordings in a folder on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ecg_core.errors import SourceError
from ecg_core.formats import open_recording
from ecg_core.formats.wfdb_files import read_named_files
from ecg_core.recording import Recording

MAX_DEPTH: Final = 6
MAX_RECORDINGS: Final = 5000


@dataclass(frozen=True)
class Found:
    """A recording that was found, not yet opened.

    Attributes
    ----------
    name : str
        Path relative to the folder searched, without extension, e.g. ``mitdb/100``.
    path : Path
        Its header file.
    """

    name: str
    path: Path


@dataclass(frozen=True)
class Listing:
    """Recordings found in a folder.

    Attributes
    ----------
    recordings : tuple of Found
        In order of their names.
    complete : bool
        False if the folder holds more, or deeper down, than is listed.
    """

    recordings: tuple[Found, ...]
    complete: bool = True


def database_folder(named: str | Path) -> Path:
    """Return a folder, or the one of that name below ``$ECG_DATA`` where only that is there."""
    path, root = Path(named), os.environ.get("ECG_DATA")
    below = Path(root) / path if root else path
    return below if below.is_dir() and not path.is_dir() else path


def list_recordings(
    folder: str | os.PathLike[str], *, max_depth: int = MAX_DEPTH, max_recordings: int = MAX_RECORDINGS
) -> Listing:
    """Find the WFDB records in a folder and below.

    Parameters
    ----------
    folder : path-like
    max_depth : int
        Levels of folders below `folder` that are searched.
    max_recordings : int

    Returns
    -------
    Listing
        Every header that is not a segment of a multi-segment record beside it. Hidden folders and links to
        folders are not followed.

    Raises
    ------
    SourceError
        If there is no such folder, or it cannot be read.
    """
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise SourceError(f"There is no folder {root}; check the path, or set ECG_DATA to a folder of recordings.")
    found: list[Found] = []
    complete = True

    def refuse(error: OSError) -> None:
        if error.filename is not None and Path(error.filename) == root:
            raise SourceError(f"The folder {root} cannot be read: {error.strerror}.") from error

    for current, folders, files in os.walk(root, onerror=refuse):
        here = Path(current)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if len(here.relative_to(root).parts) >= max_depth:
            complete &= not folders
            folders.clear()
        headers = [name for name in sorted(files) if name.endswith(".hea") and not name.startswith(".")]
        segments: set[str] = set()
        for name in headers:
            segments.update(read_named_files(here / name).segments)
        found += [
            Found((here / name).relative_to(root).with_suffix("").as_posix(), here / name)
            for name in headers
            if name.removesuffix(".hea") not in segments
        ]
        if len(found) > max_recordings:
            complete = False
            break
    found.sort(key=lambda recording: recording.name)
    return Listing(tuple(found[:max_recordings]), complete)


def open_local(folder: str | os.PathLike[str], name: str) -> Recording:
    """Open a recording of a folder by the name that :func:`list_recordings` gives it.

    Raises
    ------
    SourceError
        If the name leads out of the folder.
    RecordingError
        If there is no such recording or it cannot be read.
    """
    root = Path(folder).expanduser().resolve()
    path = (root / f"{name}.hea").resolve()
    if not path.is_relative_to(root):
        raise SourceError(f"{name} lies outside the folder {root}; choose a recording of the list.")
    return open_recording(path, name=name, source="local")
