"""Recordings in a folder on this machine.

A folder may be shared with others, so that what lies in it is a stranger's too: nothing is opened that is no plain
file (a pipe would wait for ever), and no link is followed out of the folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from ecg_core import settings
from ecg_core.confinement import current_folders
from ecg_core.errors import RecordingError, SourceError
from ecg_core.formats import Format, TableLayout, recognise, recognise_readable
from ecg_core.formats.registry import document_hint
from ecg_core.formats.wfdb.files import read_named_files, siblings
from ecg_core.isolation import open_isolated
from ecg_core.recording import Recording

MAX_DEPTH: Final = 6
MAX_RECORDINGS: Final = 5000
MAX_PEEKS: Final = 20_000
"""Files that are no part of a WFDB record and are looked into, to tell whether they are recordings."""

MAX_FOLDERS: Final = 20_000

RESULT_SUFFIXES: Final = (".beats.csv", ".waves.csv")
"""Tables of results or of the truth, which beside a record are no recordings."""


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
    folder : Path or None
        The folder that was searched, to which its files are confined.
    """

    name: str
    path: Path
    folder: Path | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Listing:
    """Recordings found in a folder.

    Attributes
    ----------
    recordings : tuple of Found
        In order of their names.
    complete : bool
        False if the folder holds more, or deeper down, than is listed.
    unknown : tuple of Path
        Files that are no recording of a known format and belong to none.
    """

    recordings: tuple[Found, ...]
    complete: bool = True
    unknown: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Survey:
    """All files of a folder and below.

    Attributes
    ----------
    recordings : tuple of Found
        In order of their names.
    others : tuple of (Path, str)
        Every other file that belongs to none of them, and why it is no recording.
    n_belonging : int
        Files that belong to recordings: signals, segments, annotations.
    complete : bool
        As in :class:`Listing`.
    """

    recordings: tuple[Found, ...]
    others: tuple[tuple[Path, str], ...]
    n_belonging: int
    complete: bool


def database_folder(named: str | Path) -> Path:
    """Return a folder, or the one of that name below ``$ECG_DATA`` where only that is there."""
    path, root = Path(named), settings.ECG_DATA.get()
    below = root / path if root else path
    return below if below.is_dir() and not path.is_dir() else path


def list_recordings(
    folder: str | os.PathLike[str], *, max_depth: int = MAX_DEPTH, max_recordings: int = MAX_RECORDINGS
) -> Listing:
    """Find the recordings in a folder and below.

    Parameters
    ----------
    folder : path-like
        The folder.
    max_depth : int
        Levels of folders below `folder` that are searched.
    max_recordings : int
        Number of recordings, at most.

    Returns
    -------
    Listing
        Every WFDB header that is not a segment of a multi-segment record beside it, and every other file that a
        reader of :mod:`ecg_core.formats` recognises by its first bytes. Hidden folders, links to folders and links
        to files outside `folder` are not followed; pipes and devices are not opened.

    Raises
    ------
    SourceError
        If there is no such folder, or it cannot be read.
    """
    root = _existing(folder)
    found: list[Found] = []
    unknown: list[Path] = []
    complete = True
    n_peeks = 0
    for here, visible, whole in _folders(root, max_depth):
        complete &= whole
        shelf = _shelf(root, here, visible, MAX_PEEKS - n_peeks, max_recordings - len(found))
        n_peeks += shelf.n_peeks
        complete &= shelf.complete
        found += shelf.recordings
        unknown += shelf.unknown
        if len(found) > max_recordings:
            complete = False
            break
    found.sort(key=lambda recording: recording.name)
    return Listing(tuple(found[:max_recordings]), complete, tuple(unknown))


def survey(folder: str | os.PathLike[str], *, leave_out: Path | None = None) -> Survey:
    """Find the recordings in a folder and below, and say of every other file why it is none.

    Parameters
    ----------
    folder : path-like
        The folder.
    leave_out : Path, optional
        A folder below that is not searched.

    Raises
    ------
    SourceError
        If there is no such folder, or it cannot be read.
    """
    root = _existing(folder)
    found: list[Found] = []
    others: list[tuple[Path, str]] = []
    n_belonging = 0
    complete = True
    left_out = leave_out.expanduser().resolve() if leave_out else None
    for here, visible, whole in _folders(root, MAX_DEPTH):
        complete &= whole
        if left_out and left_out != root.resolve() and here.resolve().is_relative_to(left_out):
            continue
        shelf = _shelf(root, here, visible, MAX_PEEKS, MAX_RECORDINGS)
        complete &= shelf.complete
        found += shelf.recordings
        n_belonging += len(shelf.belonging)
        known = {*shelf.belonging, *(one.path for one in shelf.recordings)}
        others += [(here / name, why_none(root, here / name)) for name in visible if here / name not in known]
    return Survey(tuple(sorted(found, key=lambda one: one.name)), tuple(others), n_belonging, complete)


def why_none(root: Path, path: Path) -> str:
    """Say why a file is no recording.

    Parameters
    ----------
    root : Path
        The folder that was searched.
    path : Path
        A file in it or below.

    Returns
    -------
    str
        A sentence about "it".
    """
    if not path.is_file():
        return "it is a broken link, a pipe or a device, which is not opened."
    if not _inside(root.resolve(), path):
        return "it is a link out of the folder, which is not followed."
    if not path.stat().st_size:
        return "it is empty."
    if path.suffix in {".dat", ".atr"}:
        return f"there is no WFDB header {path.stem}.hea beside it that names it."
    if recognise(path) is None:
        hint = document_hint(path)
        return "it is no recording in a known format." if hint is None else f"it {hint}"
    try:
        open_isolated(path, within=(root,))
    except RecordingError as error:
        return str(error)
    return "it belongs to no recording that was found."


def _existing(folder: str | os.PathLike[str]) -> Path:
    root = Path(folder).expanduser()
    try:
        is_folder = root.is_dir()
    except (OSError, ValueError):
        is_folder = False
    if not is_folder:
        raise SourceError(
            f"There is no folder {folder!s:.200}; check the path, or set ECG_DATA to a folder of recordings."
        )
    return root


def _folders(root: Path, max_depth: int) -> Iterator[tuple[Path, list[str], bool]]:
    """Yield folders, the visible files of each, and False where there are more or deeper ones than are searched."""

    def refuse(error: OSError) -> None:
        if error.filename is not None and Path(error.filename) == root:
            raise SourceError(f"The folder {root} cannot be read: {error.strerror}.") from error

    for number, (current, folders, files) in enumerate(os.walk(root, onerror=refuse)):
        here = Path(current)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        whole = True
        if len(here.relative_to(root).parts) >= max_depth:
            whole = not folders
            folders.clear()
        yield here, sorted(name for name in files if not name.startswith(".")), whole and number < MAX_FOLDERS
        if number >= MAX_FOLDERS:
            return


@dataclass(frozen=True)
class _Shelf:
    """What one folder holds: recordings, the files that belong to them, and how many files were looked into."""

    recordings: list[Found]
    belonging: set[Path]
    n_peeks: int
    complete: bool
    unknown: list[Path]


def _shelf(root: Path, here: Path, names: Sequence[str], most_peeks: int, most_headers: int) -> _Shelf:
    top = root.resolve()
    files = [here / name for name in names if (here / name).is_file() and _inside(top, here / name)]
    headers = [path for path in files if path.suffix == ".hea"]
    complete = len(headers) <= most_headers
    headers = headers[: max(most_headers + 1, 0)]
    segments = {name for path in headers for name in read_named_files(path).segments}
    present = {path.name for path in files}
    with_files = {path: siblings(path, present) for path in headers}
    records = [path for path in headers if path.stem not in segments and all(_inside(top, f) for f in with_files[path])]
    taken = {*headers, *(file for path in headers for file in with_files[path])}
    tables = {f"{path.stem}{suffix}" for path in headers for suffix in RESULT_SUFFIXES}
    free = [path for path in files if path not in taken and path.name not in tables]
    belonging = taken - set(records)
    others: list[Path] = []
    unknown: list[Path] = []
    for path in free[: max(most_peeks, 0)]:
        known = _recognised(path)
        if known is None:
            unknown.append(path)
        else:
            others.append(path)
            belonging.update(known.siblings(path))
    n_peeks = min(len(free), max(most_peeks, 0))
    recordings = [Found(path.relative_to(root).with_suffix("").as_posix(), path, root) for path in records]
    recordings += [Found(path.relative_to(root).as_posix(), path, root) for path in others if path not in belonging]
    unknown = [path for path in unknown if path not in belonging]
    return _Shelf(recordings, belonging, n_peeks, complete and n_peeks == len(free), unknown)


def _recognised(path: Path) -> Format | None:
    """Return the format of a file, which is looked into again only when it has changed, or could not be read."""
    try:
        status = path.stat()
        return _recognised_once(path, current_folders(), status.st_mtime_ns, status.st_ctime_ns, status.st_size)
    except OSError:
        return None


@lru_cache(maxsize=MAX_PEEKS)
def _recognised_once(path: Path, _folders: tuple[str, ...] | None, *_: int) -> Format | None:
    return recognise_readable(path)


def _inside(top: Path, path: Path) -> bool:
    """Tell whether a file lies in a resolved folder once links are followed."""
    try:
        return not path.is_symlink() or path.resolve().is_relative_to(top)
    except (OSError, RuntimeError):  # a loop of links
        return False


def stays_inside(root: Path, path: Path) -> bool:
    """Tell whether a recording's file and all that belong to it lie in a folder, once links are followed.

    Parameters
    ----------
    root : Path
        The folder, resolved.
    path : Path
        A header or another recording's file, resolved.
    """
    if not path.is_relative_to(root):
        return False
    if path.suffix != ".hea":
        return True
    named = (file for file in siblings(path) if file.suffix == ".hea")  # whether names are sound is for readers to say
    headers = [path, *named]
    return all(_inside(root, file) for header in headers for file in (header, *siblings(header)))


def recording_file(root: Path, name: str) -> Path:
    """Return the file that a name of :func:`list_recordings` stands for, links resolved; it need not exist.

    The caller checks that it lies in the folder, with :func:`stays_inside` on the resolved `root`.

    Parameters
    ----------
    root : Path
        The folder.
    name : str
        Name in the list.

    Returns
    -------
    Path
    """
    header = root / f"{name}.hea"
    plain = root / name
    return (plain if plain.is_file() and not header.is_file() else header).resolve()


def open_local(folder: str | os.PathLike[str], name: str, layout: TableLayout | None = None) -> Recording:
    """Open a recording of a folder by its name in :func:`list_recordings`.

    Parameters
    ----------
    folder : str or os.PathLike[str]
        The folder.
    name : str
        Name in the list.
    layout : TableLayout, optional
        Layout of a table of numbers, as in :func:`ecg_core.formats.open_recording`.

    Returns
    -------
    Recording

    Raises
    ------
    SourceError
        If the name leads out of the folder.
    RecordingError
        If there is no such recording, it cannot be read, or a file of it lies outside the folder.
    """
    try:
        root = Path(folder).expanduser().resolve()
        path = recording_file(root, name)
        inside = stays_inside(root, path)
    except (OSError, ValueError, RuntimeError):
        raise SourceError(f"{name!r:.120} is no name of a recording; choose one of the list.") from None
    if not inside:
        raise SourceError(f"{name:.120} lies outside the folder {root}; choose a recording of the list.")
    return open_isolated(path, name=name, source="local", layout=layout, within=(root,))
