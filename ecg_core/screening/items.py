"""What is screened: recordings in folders and in object storage, found but not opened."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from ecg_core.errors import RecordingError, SourceError
from ecg_core.recording import Recording

MAX_REMOTE_FILES: Final = 2_000_000
MAX_REMOTE_BYTES: Final = 4 << 30
"""Of the files of one recording that are fetched."""

_MAX_NAMED: Final = 5
_BESIDE: Final = frozenset({".dat", ".mat", ".atr", ".ecg", ".qrs", ".ann", ".apn", ".xws", ".ecgc"})
"""Files of a WFDB record beside its header; they are fetched with it."""

_NEVER: Final = frozenset(
    {".txt", ".md", ".html", ".htm", ".pdf", ".png", ".jpg", ".json", ".py", ".gz", ".zip", ".sha256"}
)


@dataclass(frozen=True)
class Item:
    """A recording to screen.

    Attributes
    ----------
    key : str
        Where it is: path, or address in object storage. The same in every run.
    name : str
        What it is called: its path below the folder that was named.
    folder : str
        The local folder that was named, out of which no link is followed; empty in object storage.
    files : tuple of str
        In object storage, the addresses of all its files, the header first.
    """

    key: str
    name: str
    folder: str = ""
    files: tuple[str, ...] = ()

    def stamp(self) -> str:
        """Return what changes when the file changes: size and time of the (header) file; empty where it is gone."""
        if self.files:
            return ""
        try:
            found = os.stat(self.key)
        except OSError:
            return ""
        return f"{found.st_size}-{found.st_mtime_ns}"

    def age_s(self) -> float:
        """Return the seconds since the (header) file was written to; infinite in object storage."""
        try:
            return float("inf") if self.files else time.time() - os.stat(self.key).st_mtime
        except OSError:
            return 0.0


def items_in(places: Sequence[str], leave_out: Path | None = None) -> tuple[list[Item], list[str]]:
    """Find the recordings in folders, files and object storage.

    Parameters
    ----------
    places : sequence of str
        Folders, files, or addresses that fsspec knows, e.g. ``s3://bucket/recordings``.
    leave_out : Path, optional
        A local folder that is not searched: that of the results.

    Returns
    -------
    list of Item, list of str
        Each recording once, in order of the places and names, and sentences about what was not searched.

    Raises
    ------
    SourceError
        If a place is not there, or cannot be listed.
    """
    found: dict[str, Item] = {}
    told: list[str] = []
    for place in places:
        if "://" in place:
            items = _remote_items(place)
        else:
            items, sentences = _local_items(Path(place).expanduser(), leave_out)
            told += sentences
        for item in items:
            found.setdefault(item.key, item)
    return list(found.values()), told


def _local_items(place: Path, leave_out: Path | None) -> tuple[list[Item], list[str]]:
    from ecg_core.sources.local import list_recordings

    if place.is_file():
        return [Item(str(place.resolve()), place.name)], []
    items: list[Item] = []
    told: list[str] = []
    out = None if leave_out is None else leave_out.resolve()
    listing = list_recordings(place, max_recordings=MAX_REMOTE_FILES)
    for one in listing.recordings:
        path = one.path.resolve()
        if out is None or out not in path.parents:
            items.append(Item(str(path), one.name, str(place.resolve())))
    if listing.unknown:
        names = ", ".join(path.name[:60] for path in listing.unknown[:_MAX_NAMED])
        more = f" and {len(listing.unknown) - _MAX_NAMED:,} more" if len(listing.unknown) > _MAX_NAMED else ""
        told.append(f"Files in no known format were left out: {names}{more}.")
    if not listing.complete:
        told.append(f"{place} holds more folders or files than are searched; screen its folders apart.")
    if not items:
        told.append(f"{place} holds no recording of a known format.")
    return items, told


def _remote_items(place: str) -> list[Item]:
    import fsspec

    try:
        system, root = fsspec.core.url_to_fs(place)
        listed = system.find(root, detail=False)
    except (OSError, ValueError, ImportError) as error:
        raise SourceError(f"{place} cannot be listed: {error!s:.200}") from error
    if len(listed) > MAX_REMOTE_FILES:
        raise SourceError(f"{place} holds more than {MAX_REMOTE_FILES:,} files; screen its folders apart.")
    by_record: dict[str, list[str]] = {}
    for address in sorted(listed):
        path = PurePosixPath(address)
        if path.suffix.lower() not in _NEVER and not path.name.startswith("."):
            by_record.setdefault(str(path.with_suffix("")), []).append(address)
    items = []
    for files in by_record.values():
        header = next((file for file in files if file.endswith(".hea")), None)
        if header is None:
            leading = [file for file in files if PurePosixPath(file).suffix.lower() not in _BESIDE] or files
            items += [_remote_item(system, root, [file]) for file in leading]
        else:
            items.append(_remote_item(system, root, [header, *(file for file in files if file != header)]))
    return items


def _remote_item(system: Any, root: str, files: Sequence[str]) -> Item:
    addresses = tuple(system.unstrip_protocol(file) for file in files)
    name = str(PurePosixPath(files[0])).removeprefix(str(root)).lstrip("/").removesuffix(".hea")
    return Item(addresses[0], name or PurePosixPath(files[0]).name, files=addresses)


@contextmanager
def opened(item: Item) -> Iterator[Recording]:
    """Open a recording in a process of its own; what lies in object storage is fetched for as long as it is open.

    Parameters
    ----------
    item : Item
        The recording.

    Yields
    ------
    Recording
        Without what says whose it is.

    Raises
    ------
    RecordingError
        If it cannot be fetched or opened.
    """
    from ecg_core.isolation import open_isolated
    from ecg_core.privacy import deidentified

    if not item.files:
        within = (Path(item.folder),) if item.folder else None
        yield deidentified(open_isolated(item.key, within=within))
        return
    with tempfile.TemporaryDirectory(prefix="rhythmoscope-screening-") as folder:
        yield deidentified(open_isolated(str(_fetched(item, Path(folder))), within=(Path(folder),)))


def _fetched(item: Item, folder: Path) -> Path:
    """Fetch a recording's files into a folder; return the path of the first."""
    import fsspec

    n_bytes = 0
    try:
        for address in item.files:
            system, path = fsspec.core.url_to_fs(address)
            n_bytes += int(system.size(path) or 0)
            if n_bytes > MAX_REMOTE_BYTES:
                raise RecordingError(f"{item.key} has more than {MAX_REMOTE_BYTES >> 30} GB, more than is fetched.")
            system.get_file(path, str(folder / PurePosixPath(path).name))
    except (OSError, ValueError, ImportError) as error:
        raise RecordingError(f"{item.key} could not be fetched: {error!s:.200}") from error
    return folder / PurePosixPath(item.files[0]).name
