"""Recordings in a folder on this machine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ecg_core.errors import SourceError
from ecg_core.formats import TableLayout, open_recording, recognise
from ecg_core.formats.wfdb_files import read_named_files, siblings
from ecg_core.recording import Recording

MAX_DEPTH: Final = 6
MAX_RECORDINGS: Final = 5000
MAX_PEEKS: Final = 20_000
"""Files that are no part of a WFDB record and are looked into, to tell whether they are recordings."""


@dataclass(frozen=True)
class Found:
    """A recording that was found, not yet opened.

    Attributes
    ----------
    name : str
        Path relative to the folder searched, e.g. ``mitdb/100`` for a WFDB record and ``clinic/7.edf`` for a file
        of another format.
    path : Path
        Its header file, or the file itself.
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
    """Find the recordings in a folder and below.

    Parameters
    ----------
    folder : path-like
    max_depth : int
        Levels of folders below `folder` that are searched.
    max_recordings : int

    Returns
    -------
    Listing
        Every WFDB header that is not a segment of a multi-segment record beside it, and every other file that a
        reader of :mod:`ecg_core.formats` recognises by its first bytes. Hidden folders and links to folders are not
        followed.

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
    n_peeks = 0

    def refuse(error: OSError) -> None:
        if error.filename is not None and Path(error.filename) == root:
            raise SourceError(f"The folder {root} cannot be read: {error.strerror}.") from error

    for current, folders, files in os.walk(root, onerror=refuse):
        here = Path(current)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if len(here.relative_to(root).parts) >= max_depth:
            complete &= not folders
            folders.clear()
        visible = sorted(name for name in files if not name.startswith("."))
        records = _records(here, visible)
        found += [Found((here / name).relative_to(root).with_suffix("").as_posix(), here / name) for name in records]
        others = _others(here, visible, MAX_PEEKS - n_peeks)
        n_peeks += others.n_peeks
        complete &= others.complete
        found += [Found(path.relative_to(root).as_posix(), path) for path in others.files]
        if len(found) > max_recordings:
            complete = False
            break
    found.sort(key=lambda recording: recording.name)
    return Listing(tuple(found[:max_recordings]), complete)


@dataclass(frozen=True)
class _Others:
    files: tuple[Path, ...]
    n_peeks: int
    complete: bool


def _records(folder: Path, names: Sequence[str]) -> list[str]:
    """Return the headers of a folder that are no segments of another one's record."""
    headers = [name for name in names if name.endswith(".hea")]
    segments: set[str] = set()
    for name in headers:
        segments.update(read_named_files(folder / name).segments)
    return [name for name in headers if name.removesuffix(".hea") not in segments]


def _others(folder: Path, names: Sequence[str], most_peeks: int) -> _Others:
    """Return the recordings of other formats in a folder; looks into at most so many files."""
    headers = [folder / name for name in names if name.endswith(".hea")]
    taken = {*headers, *(file for header in headers for file in siblings(header))}
    free = [folder / name for name in names if folder / name not in taken]
    files: list[Path] = []
    belonging: set[Path] = set()
    for path in free[: max(most_peeks, 0)]:
        known = recognise(path) if path.is_file() else None
        if known is not None:
            files.append(path)
            belonging.update(known.siblings(path))
    n_peeks = min(len(free), max(most_peeks, 0))
    return _Others(tuple(path for path in files if path not in belonging), n_peeks, n_peeks == len(free))


def recording_file(root: Path, name: str) -> Path:
    """Return the file that a name of :func:`list_recordings` stands for, links resolved; it need not be there.

    Whether it lies in the folder is for the caller to say: compare it with the resolved `root`.
    """
    header = root / f"{name}.hea"
    plain = root / name
    return (plain if plain.is_file() and not header.is_file() else header).resolve()


def open_local(folder: str | os.PathLike[str], name: str, layout: TableLayout | None = None) -> Recording:
    """Open a recording of a folder by the name that :func:`list_recordings` gives it.

    `layout` is for a table of numbers, as in :func:`ecg_core.formats.open_recording`.

    Raises
    ------
    SourceError
        If the name leads out of the folder.
    RecordingError
        If there is no such recording or it cannot be read.
    """
    root = Path(folder).expanduser().resolve()
    path = recording_file(root, name)
    if not path.is_relative_to(root):
        raise SourceError(f"{name} lies outside the folder {root}; choose a recording of the list.")
    return open_recording(path, name=name, source="local", layout=layout)
