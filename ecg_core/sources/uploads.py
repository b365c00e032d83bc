"""Uploaded files: the files of a record together, or a zip of them, unpacked in a private folder.

Whatever arrives is a stranger's. Names are used only if they are plain file names, and folders inside a zip are
dropped; sizes are counted while unpacking, never taken from what the zip says of itself.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import stat
import tempfile
import weakref
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

from ecg_core.errors import SourceError
from ecg_core.formats import TableLayout, open_recording, supported
from ecg_core.formats.wfdb_files import is_plain, read_named_files
from ecg_core.recording import Recording
from ecg_core.sources.local import Found, list_recordings

PREFIX: Final = "rhythmoscope-upload-"
"""Of the folders, followed by the number of the process that keeps them: those of killed ones are swept away."""

_CHUNK_BYTES: Final = 1 << 20
_CLUTTER = re.compile(r"(^|/)(__MACOSX/|\.(?!\.)[^/]*$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)

UploadedFile = tuple[str, bytes | IO[bytes]]
"""A file's name and its content or an open binary file."""


@dataclass(frozen=True)
class UploadLimits:
    """What an upload may hold at most.

    Attributes
    ----------
    files : int
    file_bytes, total_bytes : int
        Of one file and of all together, unpacked. 24 hours of 12 leads at 500 Hz take 1.04 GB.
    ratio : int
        How many times larger than the zip its content may be, beyond `ratio_free_bytes`.
    ratio_free_bytes : int
        Content that a zip of any size may hold: a flat line packs very small.
    """

    files: int = 2000
    file_bytes: int = 2 << 30
    total_bytes: int = 4 << 30
    ratio: int = 100
    ratio_free_bytes: int = 256 << 20


DEFAULT_LIMITS: Final = UploadLimits()


class Upload:
    """Uploaded recordings, unpacked in a private folder that goes when the upload does.

    Use it as a context manager, call :meth:`close`, or drop it; recordings opened from it read from the folder,
    so keep it as long as they are used.

    Attributes
    ----------
    folder : Path
        Readable by this user only.
    recordings : tuple of Found
        The recordings in it, in order of their names.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.recordings: tuple[Found, ...] = ()
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    def open(self, name: str, layout: TableLayout | None = None) -> Recording:
        """Open one of the recordings by name; `layout` is for a table of numbers that does not say its own.

        Raises
        ------
        SourceError
            If there is no such recording or a file that it needs was not uploaded.
        RecordingError
            If it cannot be read.
        """
        found = {recording.name: recording for recording in self.recordings}
        if name not in found:
            raise SourceError(f"{name} was not among the uploaded recordings: {', '.join(found)}.")
        absent = _absent_file(found[name].path)
        if absent:
            raise SourceError(absent)
        return open_recording(found[name].path, name=name, source="upload", layout=layout)

    def close(self) -> None:
        """Remove the folder and all that was unpacked."""
        self._remove()

    def __enter__(self) -> Upload:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def receive(files: Sequence[UploadedFile], limits: UploadLimits = DEFAULT_LIMITS) -> Upload:
    """Unpack uploaded files and find the recordings in them.

    Parameters
    ----------
    files : sequence of (str, bytes or binary file)
        The files of one or more records, and zips of such files.
    limits : UploadLimits

    Returns
    -------
    Upload

    Raises
    ------
    SourceError
        If a file is refused, a limit is exceeded, or no recording can be opened from what was uploaded. Nothing
        is left behind then.
    """
    upload = Upload(Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")))
    try:
        _Unpacker(upload.folder, limits).unpack(files)
        upload.recordings = list_recordings(upload.folder, max_depth=0).recordings
        if not upload.recordings:
            raise SourceError(
                "None of the uploaded files is a WFDB header (.hea) or a recording of another known format "
                f"({supported()}); upload all files of a WFDB record together, or a zip of them."
            )
        absent = [_absent_file(recording.path) for recording in upload.recordings]
        if absent[0] and all(absent):
            raise SourceError(absent[0])
    except BaseException:
        upload.close()
        raise
    return upload


def _absent_file(header: Path) -> str | None:
    """Say which signal file a header names that is not there; None if all are there or it is another format's file.

    The segments of a multi-segment record may be absent: they are shown as a gap.
    """
    if header.suffix != ".hea":
        return None
    for name in read_named_files(header).signals:
        if not is_plain(name):
            return f"{header.name} names {name!r:.80}, which is not a plain file name; it was not opened."
        if not (header.parent / name).is_file():
            return (
                f"{header.name} names {name}, which was not among the uploaded files; "
                f"upload {header.name} and {name} together."
            )
    return None


class _Unpacker:
    """Writes uploaded files into one folder and keeps count."""

    def __init__(self, folder: Path, limits: UploadLimits) -> None:
        self.folder = folder
        self.limits = limits
        self.n_files = 0
        self.n_bytes = 0

    def unpack(self, files: Sequence[UploadedFile]) -> None:
        for given_name, content in files:
            stream = io.BytesIO(content) if isinstance(content, bytes) else content
            stream.seek(0)
            is_zip = stream.read(4) in {b"PK\x03\x04", b"PK\x05\x06"} and given_name.lower().endswith(".zip")
            stream.seek(0)
            if is_zip:
                self._unpack_zip(given_name, stream)
            elif given_name.lower().endswith(".zip"):
                raise SourceError(_not_a_zip(given_name))
            elif not _CLUTTER.search(given_name):
                self._write(_safe_name(given_name), stream)

    def _unpack_zip(self, zip_name: str, stream: IO[bytes]) -> None:
        packed_bytes = stream.seek(0, io.SEEK_END)
        allowed = max(self.limits.ratio * packed_bytes, self.limits.ratio_free_bytes)
        try:
            with zipfile.ZipFile(stream) as archive:
                for entry in _regular_entries(zip_name, archive):
                    before = self.n_bytes
                    with archive.open(entry) as content:
                        self._write(_safe_name(entry.filename), content, allowed)
                    allowed -= self.n_bytes - before
        except SourceError:
            raise
        except Exception as error:  # a damaged zip makes zipfile raise whatever it trips over
            raise SourceError(_not_a_zip(zip_name)) from error

    def _write(self, name: str, content: IO[bytes], allowed_bytes: int | None = None) -> None:
        self.n_files += 1
        if self.n_files > self.limits.files:
            raise SourceError(
                f"More than {self.limits.files} files were uploaded; upload fewer, or open them as a local folder."
            )
        path = self.folder / name
        if path.exists():
            raise SourceError(f"{name} was uploaded twice; upload records of the same name one after the other.")
        written = 0
        try:
            target = path.open("xb")
        except OSError as error:
            raise _cannot_keep(name, error) from error
        with target:
            while chunk := content.read(_CHUNK_BYTES):
                written += len(chunk)
                self.n_bytes += len(chunk)
                if written > self.limits.file_bytes or self.n_bytes > self.limits.total_bytes:
                    raise SourceError(
                        f"{name} is too large to upload ({_size(self.limits.file_bytes)} a file, "
                        f"{_size(self.limits.total_bytes)} in all); open it as a local folder."
                    )
                if allowed_bytes is not None and written > allowed_bytes:
                    raise SourceError(
                        f"{name} unpacks to far more than its zip holds, so it was refused; "
                        "upload the files themselves."
                    )
                try:
                    target.write(chunk)
                except OSError as error:
                    raise _cannot_keep(name, error) from error


def _regular_entries(zip_name: str, archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """Yield the files of a zip, or refuse it if it holds anything but files and folders."""
    for entry in archive.infolist():
        if entry.is_dir() or _CLUTTER.search(entry.filename):
            continue
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in {0, stat.S_IFREG}:
            raise SourceError(f"{zip_name:.80} holds {entry.filename!r:.80}, which is a link or a device, not a file.")
        if entry.flag_bits & 1:
            raise SourceError(f"{zip_name:.80} is encrypted; upload it without a password.")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise SourceError(f"{zip_name:.80} is packed in an unusual way; make an ordinary zip file of it.")
        yield entry


def _not_a_zip(name: str) -> str:
    return f"{name:.80} is not a readable zip file; make it again and upload it once more."


def _cannot_keep(name: str, error: OSError) -> SourceError:
    return SourceError(f"{name} could not be kept on this machine: {error.strerror}; make room and upload it again.")


def _safe_name(given: str) -> str:
    """Return the plain file name of an uploaded path, or refuse it."""
    path = PurePosixPath(given.replace("\\", "/"))
    name = path.name
    climbs = path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", given)
    if climbs or not is_plain(name):
        raise SourceError(
            f"The file name {given!r:.80} cannot be used; rename it with plain letters, digits, '-', '_' and '.'."
        )
    return name


def _size(n_bytes: int) -> str:
    return f"{n_bytes / (1 << 30):.3g} GB" if n_bytes >= 1 << 28 else f"{n_bytes / (1 << 20):.3g} MB"
