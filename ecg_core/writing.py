"""Atomic file writing: a file is there whole or not at all.

A file is written under another name beside its place, ``.NAME.PROCESS-NUMBER.part``, flushed to the disk, and then
takes the place at once: a reader finds the old one or the new one. It is locked meanwhile, so that the next process can
tell and remove what a killed one left (see `ecg_core.leftovers`). Files that belong together are written into a folder
of such a name first.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ecg_core.leftovers import PARTIAL, hold, release, remove, sweep_partials

_numbers = itertools.count()


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Write a file at once.

    Parameters
    ----------
    path : Path
        Where it belongs; its folder is there.
    durable : bool
        Whether to wait until it is on the disk, so that not even a power cut leaves an empty file under the name. What
        can be computed again does without.

    Yields
    ------
    Path
        Where to write, with the same extension. What is there when the block ends without an error takes the place.

    Raises
    ------
    OSError
        If it cannot be written; nothing is left then.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}-{next(_numbers)}.part{path.suffix}")
    lock = hold(partial)
    try:
        yield partial
        if durable:
            with partial.open("rb") as written:
                os.fsync(written.fileno())
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    finally:
        release(lock)
    if durable:
        _bring_to_disk(path.parent)


@contextmanager
def drafting(folder: Path, name: str) -> Iterator[Path]:
    """Have a private folder in another, on the same disk, for files that are to take their places together.

    Parameters
    ----------
    folder : Path
        Made if needed; what killed processes left there half written is swept away.
    name : str
        What the private folder is named after.

    Yields
    ------
    Path
        Empty but for a lock file; removed at the end with what is still in it.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sweep_partials(folder)
    draft = folder / f".{name}.{os.getpid()}-{next(_numbers)}.part"
    draft.mkdir(mode=0o700)
    lock = hold(draft)
    try:
        yield draft
    finally:
        remove(draft, lock)


def probe(folder: Path) -> None:
    """Make sure that files can be written to a folder, before long work whose result goes there; leave it as it was.

    Raises
    ------
    OSError
        If it cannot be made or written to.
    """
    absent = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        with drafting(folder, "probe"):
            pass
    finally:
        for place in absent:
            with suppress(OSError):  # never made
                place.rmdir()


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8 atomically; see `replacing`.

    Parameters
    ----------
    path : Path
        The file.
    text : str
        Its content.
    """
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file atomically; see `replacing`.

    Parameters
    ----------
    path : Path
        The file.
    content : bytes
        Its content.
    """
    with replacing(path) as partial:
        partial.write_bytes(content)


def is_partial(path: Path) -> bool:
    """Tell whether a file is one that is, or was, being written."""
    return PARTIAL.fullmatch(path.name) is not None


def _bring_to_disk(folder: Path) -> None:
    """Bring a folder's entries to the disk; where the system cannot do that, they come there by themselves."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
