"""Opening the files of recordings, confined to folders: the one way by which readers open a file.

A recording names further files (signals, segments, annotations), and any of them may be a symbolic link, also one that
is set between a check of its name and its opening. So a file is opened first, and then the open descriptor is asked
where it lies: what lies outside is closed unread. Libraries that open files by name get a private folder in which the
names of a record lead to descriptors that were checked.

Hard links cannot be told from the file itself, see SECURITY.md.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ecg_core.errors import RecordingError

_DESCRIPTORS: Final = "/proc/self/fd"
_OPENING: Final = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""A pipe that was set in a file's place does not hold up its reader."""

LINKS_PREFIX: Final = "rhythmoscope-links-"
"""Of the names of folders of links to open files."""

_STAGED: Final = "rhythmoscopestagedrecord"
_folders: ContextVar[tuple[str, ...] | None] = ContextVar("confined_to", default=None)


class OutsideError(RecordingError):
    """A file of a recording lies outside the folders to which reading is confined."""


@contextmanager
def confined_to(folders: Iterable[Path] | None) -> Iterator[None]:
    """Refuse to open files outside of folders.

    Parameters
    ----------
    folders : iterable of Path or None
        With the links in their own paths resolved; None leaves things as they are. Where confinement is nested in
        confinement, the inner one holds alone.
    """
    if folders is None:
        yield
        return
    token = _folders.set(tuple(map(str, folders)))
    try:
        yield
    finally:
        _folders.reset(token)


def current_folders() -> tuple[str, ...] | None:
    """Return the folders to which reading is confined, resolved; None where it is not: a part of the key of caches."""
    return _folders.get()


def open_file(path: Path) -> BufferedReader:
    """Open a file for reading bytes.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    OutsideError
        If it lies outside the folders to which reading is confined, once links are followed.
    OSError
        If it cannot be opened, or is a pipe, a device or a folder.
    """
    return BufferedReader(open_raw(path))


def open_raw(path: Path) -> FileIO:
    """Open a file for reading bytes without a buffer; see :func:`open_file`."""
    return FileIO(open_descriptor(path))


def open_descriptor(path: Path) -> int:
    """Open a file and return its descriptor; see :func:`open_file`."""
    descriptor = os.open(path, _OPENING)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no plain file", str(path))
        folders = _folders.get()
        if folders is not None and not _lies_in(descriptor, status, path, folders):
            raise OutsideError(
                f"{path.name} is a link to a file outside the recording's folder, which is not followed; "
                "put the file itself into the folder."
            )
        if hasattr(os, "set_blocking"):
            os.set_blocking(descriptor, True)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_bytes(path: Path) -> bytes:
    """Return a file's content; see :func:`open_file`."""
    with open_file(path) as stream:
        return stream.read()


def size_of(path: Path) -> int:
    """Return how many bytes a file has; see :func:`open_file`."""
    with open_raw(path) as stream:
        return os.fstat(stream.fileno()).st_size


def read_numbers(path: Path, dtype: Any, count: int, offset: int) -> npt.NDArray[Any]:
    """Return numbers of a file as :func:`numpy.fromfile` reads them; see :func:`open_file`.

    Parameters
    ----------
    path : Path
        The file.
    dtype : data-type
        Type of the numbers.
    count : int
        How many to read; -1 for all.
    offset : int
        Bytes to skip.

    Returns
    -------
    ndarray, shape (numbers,)
    """
    with open_raw(path) as stream:
        values: npt.NDArray[Any] = np.fromfile(stream, dtype=dtype, count=count, offset=offset)
    return values


def require_inside(paths: Iterable[Path]) -> None:
    """Open files and close them again, to see whether they lie where they should; those that are not there may be.

    Raises
    ------
    OutsideError
        If one lies outside the folders to which reading is confined.
    """
    if _folders.get() is None:
        return
    for path in paths:
        try:
            os.close(open_descriptor(path))
        except OSError:  # missing, or not to be read: whoever reads it says so
            continue


@contextmanager
def for_library(header: Path, others: Iterable[Path] = (), content: bytes | None = None) -> Iterator[Path]:
    """Let a library open files of a WFDB record by name.

    Parameters
    ----------
    header : Path
        The record's header; it need not be there.
    others : iterable of Path
        Files beside it that the library will open. Those of the header's own name may get another one.
    content : bytes, optional
        What the library reads in the place of the header.

    Yields
    ------
    Path
        The record without suffix. Where reading is confined it lies in a private folder of links to open descriptors,
        which lead nowhere else whatever becomes of the names meanwhile; where the system has no such links, the files
        are checked before and after.

    Raises
    ------
    OutsideError
        If one lies outside the folders to which reading is confined.
    """
    files = dict.fromkeys((header, *others))
    if _folders.get() is None and content is None:
        yield header.with_suffix("")
        return
    with ExitStack() as held:
        opened: list[tuple[Path, int]] = []
        for path in files:
            try:
                descriptor = open_descriptor(path)
            except OutsideError:
                raise
            except OSError:  # missing: the library says so
                continue
            held.callback(os.close, descriptor)
            opened.append((path, descriptor))
        folder = _staged(header, opened, held, content)
        if folder is None and content is not None:
            raise RecordingError(f"{header.name} has to be corrected to be read, and there is no room for that.")
        yield header.with_suffix("") if folder is None else folder / _STAGED
        for path, descriptor in () if folder is not None and os.path.isdir(_DESCRIPTORS) else opened:
            if not _same(path, os.fstat(descriptor)):
                raise OutsideError(f"{path.name} was replaced while it was read; open the recording again.")


def _staged(header: Path, opened: list[tuple[Path, int]], held: ExitStack, content: bytes | None) -> Path | None:
    """Return a private folder of links to descriptors, with another header where one is given; None without links."""
    by_descriptor = os.path.isdir(_DESCRIPTORS)
    if not by_descriptor and content is None:
        return None
    try:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix=LINKS_PREFIX)))
        if content is not None:
            (folder / f"{_STAGED}{header.suffix}").write_bytes(content)
        for path, descriptor in opened:
            target = f"{_DESCRIPTORS}/{descriptor}" if by_descriptor else path.absolute()
            (folder / path.name).symlink_to(target)
            own = folder / f"{_STAGED}{path.suffix}"
            if path.stem == header.stem and not os.path.lexists(own):
                own.symlink_to(target)
    except OSError:  # a disk that is full
        return None
    return folder


def _lies_in(descriptor: int, status: os.stat_result, path: Path, folders: tuple[str, ...]) -> bool:
    """Tell whether an open file lies in one of the folders."""
    try:
        real = os.readlink(f"{_DESCRIPTORS}/{descriptor}")
    except OSError:
        real = os.path.realpath(path)
        if not _same(Path(real), status):
            return False
    return any(real.startswith(folder if folder.endswith(os.sep) else f"{folder}{os.sep}") for folder in folders)


def _same(path: Path, status: os.stat_result) -> bool:
    """Tell whether a path still leads to a file."""
    try:
        return os.path.samestat(path.stat(), status)
    except OSError:
        return False
