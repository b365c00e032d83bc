"""Recordings by reference: ``demo/demo_pvc``, ``local/mitdb/208``, ``physionet/mitdb/100``, ``upload/TOKEN/100``.

A reference is what an address carries. It never holds an absolute path and never leads out of its folder. No
Streamlit in here.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from ecg_core.caching import cache_folder
from ecg_core.errors import RecordingError, SourceError
from ecg_core.formats import open_recording
from ecg_core.recording import Recording, Source
from ecg_core.sources import Found, Listing, Upload, fetch_record, list_demos, list_recordings, receive
from ecg_core.sources.demos import demo_folder
from ecg_core.sources.local import recording_file, stays_inside
from ecg_core.sources.uploads import UploadedFile

DATA_VARIABLE: Final = "ECG_DATA"
UPLOADS_KEPT: Final = 12
"""Uploads kept on disk; the oldest goes when another comes."""

_SOURCES: Final[dict[str, Source]] = {"demo": "demo", "local": "local", "physionet": "physionet", "upload": "upload"}
_ELSEWHERE: Final = "choose another one on the Recordings page"
_uploads: OrderedDict[str, Upload] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Located:
    """Where a reference leads.

    Attributes
    ----------
    header : Path
        A WFDB record's header, or the file itself.
    name : str
        What to call it.
    source : {"demo", "local", "upload", "physionet"}
    stamp : tuple
        Differs as soon as the file on disk does.
    """

    header: Path
    name: str
    source: Source
    stamp: tuple[str, int, int]

    def open(self) -> Recording:
        """Open it."""
        return open_recording(self.header, name=self.name, source=self.source)


@dataclass(frozen=True)
class Described:
    """A line of a list of recordings.

    Attributes
    ----------
    rec : str
        Its reference.
    name : str
    recording : Recording or None
    problem : str or None
        Why it cannot be opened.
    """

    rec: str
    name: str
    recording: Recording | None
    problem: str | None = None


def default_folder() -> str:
    """Return the folder of recordings that the environment names, or nothing."""
    return os.environ.get(DATA_VARIABLE, "")


def locate(rec: str, folder: str) -> Located:
    """Find the recording that a reference names.

    Parameters
    ----------
    rec : str
        A reference.
    folder : str
        The local folder that ``local/...`` is relative to; may be empty.

    Raises
    ------
    SourceError
        If there is no such recording.
    """
    kind, _, path = rec.partition("/")
    name = path
    if kind == "demo":
        root = demo_folder()
    elif kind == "local":
        if not folder:
            raise SourceError(f"{rec} needs a local folder: open the folder on the Recordings page, or set ECG_DATA.")
        root = Path(folder).expanduser()
    elif kind == "physionet":
        root = cache_folder("physionet")
    elif kind == "upload":
        token, _, path = path.partition("/")
        upload = _uploads.get(token)
        if upload is None:
            raise SourceError("This upload is no longer here; upload the files again on the Recordings page.")
        root, name = upload.folder, path
    else:
        raise SourceError(f"{rec:.120} names no recording; {_ELSEWHERE}.")
    return _inside(rec, kind, name, root, path)


def _inside(rec: str, kind: str, name: str, root: Path, path: str) -> Located:
    gone = f"The recording {rec:.120} is not here (any more); {_ELSEWHERE}."
    if kind == "physionet":
        gone = f"{path:.120} has not been fetched from PhysioNet to this machine; fetch it on the Recordings page."
    try:
        root = root.resolve()
        header = recording_file(root, path)
        inside = bool(path) and stays_inside(root, header)
        status = header.stat() if inside else None
    except (OSError, ValueError, RuntimeError):  # no path, or a loop of links
        raise SourceError(gone) from None
    if status is None:
        raise SourceError(f"{rec:.120} names no recording; {_ELSEWHERE}.")
    return Located(header, name, _SOURCES[kind], (str(header), status.st_mtime_ns, status.st_size))


def demos() -> list[Described]:
    """Describe the bundled recordings."""
    return describe("demo", list_demos())


def in_folder(folder: str) -> Listing:
    """List the recordings of a local folder."""
    return list_recordings(folder)


def fetched() -> list[Described]:
    """Describe what has been fetched from PhysioNet."""
    return describe("physionet", list_recordings(cache_folder("physionet")).recordings)


def uploaded(tokens: Sequence[str]) -> list[Described]:
    """Describe the recordings of uploads."""
    kept = [(token, _uploads[token]) for token in tokens if token in _uploads]
    return [line for token, upload in kept for line in describe(f"upload/{token}", upload.recordings)]


def take_upload(files: Sequence[UploadedFile]) -> tuple[str, tuple[Found, ...]]:
    """Unpack an upload and keep it; returns its token and what is in it.

    Raises
    ------
    SourceError
        If it was refused or holds no recording.
    """
    upload = receive(files)
    token = secrets.token_urlsafe(9)
    with _lock:
        _uploads[token] = upload
        while len(_uploads) > UPLOADS_KEPT:
            _uploads.popitem(last=False)
    return token, upload.recordings


def fetch(name: str, progress: Callable[[str, float], None]) -> str:
    """Fetch a PhysioNet record and return its reference."""
    folder = cache_folder("physionet")
    header = fetch_record(name, folder, lambda share, file: progress(f"Fetching {file}", share))
    return f"physionet/{header.relative_to(folder).with_suffix('').as_posix()}"


def describe(prefix: str, found: Sequence[Found]) -> list[Described]:
    """Open recordings without reading their signals, to tell their length, leads and rate."""
    lines = []
    for one in found:
        rec = f"{prefix}/{one.name}"
        try:
            status = one.path.stat()
            recording = _described(str(one.path), one.name, prefix, status.st_mtime_ns, status.st_size)
            lines.append(Described(rec, one.name, recording))
        except RecordingError as error:
            lines.append(Described(rec, one.name, None, str(error)))
        except OSError as error:
            lines.append(Described(rec, one.name, None, f"{one.name} cannot be read: {error.strerror}."))
    return lines


@lru_cache(maxsize=2048)
def _described(path: str, name: str, prefix: str, mtime_ns: int, size: int) -> Recording:
    return open_recording(path, name=name, source=_SOURCES[prefix.partition("/")[0]])
