"""Files of strangers, and zips of such files, written into one private folder within limits.

Names are used only if they are plain file names, and folders inside a zip are dropped; sizes are counted while
unpacking, never taken from what the zip says of itself. One level is unpacked: an archive within a zip, and any other
kind of archive, is refused by its name.
"""

from __future__ import annotations

import io
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

from ecg_core.errors import SourceError
from ecg_core.formats.wfdb.files import is_plain

_CHUNK_BYTES: Final = 1 << 20
_LARGEST_READ_BYTES: Final = 4 << 20
"""More is asked for at once only for a zip's list of contents: this one holds some ten thousands of names."""

_PACKED: Final = frozenset(
    {
        ".gz",
        ".tgz",
        ".bz2",
        ".tbz2",
        ".xz",
        ".txz",
        ".lzma",
        ".zst",
        ".lz4",
        ".7z",
        ".rar",
        ".tar",
        ".z",
        ".cab",
        ".iso",
    }
)
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


class Unpacker:
    """Writes uploaded files into one folder and keeps count."""

    def __init__(self, folder: Path, limits: UploadLimits) -> None:
        self.folder = folder
        self.limits = limits
        self.n_files = 0
        self.n_bytes = 0
        self._names: dict[str, str] = {}
        self._packed_bytes = self._unpacked_bytes = 0

    def unpack(self, files: Sequence[UploadedFile]) -> None:
        """Write all files, those of zips unpacked.

        Raises
        ------
        SourceError
            If a file is refused or a limit is exceeded.
        """
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
                name = _safe_name(given_name)
                if _is_packed(name):
                    raise SourceError(
                        f"{name} is packed in a way that is not unpacked here; unpack it and upload the files "
                        "themselves, or a zip of them."
                    )
                self._write(self._claim(name), stream)

    def _unpack_zip(self, zip_name: str, stream: IO[bytes]) -> None:
        self._packed_bytes += stream.seek(0, io.SEEK_END)
        try:
            with zipfile.ZipFile(_Cautious(stream)) as archive:
                paths = []
                for entry in _regular_entries(zip_name, archive, self.limits.files):
                    name = _safe_name(entry.filename)
                    if _is_packed(name):
                        raise SourceError(_nested(zip_name, name))
                    paths.append((entry, self._claim(name)))
                for entry, path in paths:  # once all names are known: newer versions of Python refuse some zips here
                    with archive.open(entry) as content:
                        self._write(path, content, packed=True)
        except SourceError:
            raise
        except _TooMuchError:
            raise SourceError(_too_many(self.limits.files)) from None
        except Exception as error:  # a damaged zip makes zipfile raise whatever it trips over
            raise SourceError(_not_a_zip(zip_name)) from error

    def _may_unpack(self) -> int:
        """Return how many bytes all zips together may still unpack to."""
        allowed = max(self.limits.ratio * self._packed_bytes, self.limits.ratio_free_bytes)
        return allowed - self._unpacked_bytes

    def _claim(self, name: str) -> Path:
        """Return where a file will be written; refuse one too many, or whose name is taken."""
        self.n_files += 1
        if self.n_files > self.limits.files:
            raise SourceError(_too_many(self.limits.files))
        # What two systems take for the same name is the same here: case, and letters with marks written in two ways.
        key = unicodedata.normalize("NFKC", name).casefold()
        if (twin := self._names.get(key)) is not None:
            raise SourceError(
                f"{name} was uploaded twice{'' if twin == name else f', also as {twin}'}; "
                "upload records of the same name one after the other."
            )
        self._names[key] = name
        return self.folder / name

    def _write(self, path: Path, content: IO[bytes], packed: bool = False) -> None:
        name = path.name
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
                self._unpacked_bytes += len(chunk) if packed else 0
                if packed and self._may_unpack() < 0:
                    raise SourceError(
                        f"{name} unpacks to far more than its zip holds, so it was refused; "
                        "upload the files themselves."
                    )
                try:
                    target.write(chunk)
                except OSError as error:
                    raise _cannot_keep(name, error) from error


class _TooMuchError(Exception):
    """A zip asks for more bytes at once than its list of contents may have."""


class _Cautious(io.RawIOBase):
    """A zip's bytes, of which no large piece is handed out at once.

    The standard library reads and holds the whole list of contents before it says how long it is; a list of a million
    entries costs a gigabyte.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0 or size > _LARGEST_READ_BYTES:
            begin = self._stream.tell()
            end = self._stream.seek(0, io.SEEK_END)
            self._stream.seek(begin)
            if end - begin > _LARGEST_READ_BYTES:
                raise _TooMuchError
            size = end - begin
        return self._stream.read(size)


def _regular_entries(zip_name: str, archive: zipfile.ZipFile, most: int) -> Iterator[zipfile.ZipInfo]:
    """Yield the files of a zip, or refuse it if it holds anything but files and folders, or too many of them."""
    entries = archive.infolist()
    if len(entries) > 10 * most:  # folders and clutter count little
        raise SourceError(_too_many(most))
    for entry in entries:
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


def _is_packed(name: str) -> bool:
    return Path(name).suffix.lower() in _PACKED | {".zip"}


def _nested(zip_name: str, name: str) -> str:
    return f"{zip_name:.80} holds {name:.80}, which is packed itself; unpack it, and upload what it holds."


def _too_many(most: int) -> str:
    return f"More than {most} files were uploaded; upload fewer, or open them as a local folder."


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
