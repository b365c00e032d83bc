"""Identity of the database of edits: an edit is acknowledged only if it is in the file that the next start will open.

A process that has opened a database keeps writing into it when its name is given to another file, when it is deleted
or when it is cut off: SQLite holds the open files and keeps pages in memory. So a `Witness` remembers what it has
opened: device and number of the files, the size, an identifier drawn when the database was made, and its last entry.
Every transaction that writes compares them before it begins and again after it is on the disk, before anybody is told.

That there was a database in a folder is told by a file beside it, ``review.identity``, which holds the identifier.
Where it is there and the database is not, or is another one, none is made: a person must put the database back, or a
backup, or remove that file to go on with what is there.
"""

from __future__ import annotations

import os
import secrets
import struct
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, NamedTuple

from ecg_core.private import private_file

Trouble = Literal["missing", "replaced", "truncated"]

_WAL_HEADER: Final = struct.Struct(">6I8x")
_FRAME_HEADER: Final = struct.Struct(">2I2I8x")
_WAL_MAGIC: Final = (0x377F0682, 0x377F0683)
_MAX_IDENTIFIER_LENGTH: Final = 64


class Place(NamedTuple):
    """Where a file lies on its disk, whatever it is called."""

    device: int
    number: int


class Chain(NamedTuple):
    """The frames of a write-ahead log that follow each other without a hole: the log's salts, the frames' headers.

    What a killed process wrote and did not commit may stand at the end; the next one writes over it.
    """

    salts: tuple[int, int] | None
    headers: bytes


def new_identifier() -> str:
    """Draw an identifier for a database."""
    return secrets.token_hex(16)


def marker_of(file: Path) -> Path:
    """Return the file that says that there is, or was, a database."""
    # Not among the files that begin as the database's do, which go together where somebody deletes them.
    return file.with_suffix(".identity")


def marked(file: Path) -> str | None:
    """Return the identifier of the database that was last made or accepted under a name; None if there is none."""
    try:
        return marker_of(file).read_text(encoding="ascii", errors="replace")[:_MAX_IDENTIFIER_LENGTH].strip() or None
    except OSError:
        return None


def mark(file: Path, identifier: str) -> None:
    """Write a database's identifier beside it, unless that was done before; it is on the disk when this returns.

    Parameters
    ----------
    file : Path
        The database.
    identifier : str
        Its identifier.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    marker = marker_of(file)
    if marked(file) is not None:
        return
    partial = marker.with_name(f".{marker.name}.{os.getpid()}-{secrets.token_hex(4)}")
    descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        try:
            os.write(descriptor, f"{identifier}\n".encode("ascii"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        partial.replace(marker)
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def trouble_before_opening(file: Path) -> Trouble | None:
    """Tell whether a database that should be there is not: "missing" or "truncated"; None where a new one may be made.

    A new one is made only where there is no sign of an earlier one: neither the file beside it that says so, nor a
    write-ahead log with entries that belong to it.
    """
    # In this order: another process may be making the database, which comes first, while this looks.
    sign = marked(file) is not None or _size(_wal(file)) > 0
    if not sign:
        return None
    try:
        size = file.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except OSError:
        return None  # whoever opens it is told why it cannot be
    return None if size else "truncated"


def make_empty(file: Path) -> None:
    """Make the file of a new database, readable by this account alone; one that is there is left as it is.

    Not while this process has it open: closing a file gives up all locks that the process holds on it.
    """
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def keep_private(file: Path) -> None:
    """Take the rights of other accounts from a database and the files beside it."""
    for each in (file, _wal(file), file.with_name(f"{file.name}-shm"), marker_of(file)):
        private_file(each)


class Witness:
    """Remembers which database a process has opened.

    Parameters
    ----------
    file : Path

    Attributes
    ----------
    identifier : str or None
        Drawn when the database was made.
    last : (int, str)
        Number and uuid of the last entry that was seen in it.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.identifier: str | None = None
        self.last = (0, "")
        self._place = _place(file)
        self._wal_place: Place | None = None
        self._size = _size(file)
        self._cut = False

    def opened(self) -> None:
        """Remember which write-ahead log belongs to the database: some connection holds it open from now on."""
        self._wal_place = _place(_wal(self.file))

    def closed(self) -> None:
        """Forget the write-ahead log: without a connection SQLite may remove it."""
        self._wal_place = None

    def trouble(self) -> Trouble | None:
        """Tell what has become of the files; None if they are those that were opened, and whole.

        Costs two questions to the file system. What was cut off stays so for this process, since what SQLite holds in
        memory does not fit it any more; what was moved away may be put back.
        """
        if self._cut:
            return "truncated"
        # Read before the files are looked at: others look as well, and the database grows meanwhile.
        size, wal_place = self._size, self._wal_place
        try:
            status = self.file.stat()
        except (FileNotFoundError, NotADirectoryError):
            return "missing"
        except OSError:
            return None  # whoever writes is told
        if Place(status.st_dev, status.st_ino) != self._place:
            return "replaced"
        if status.st_size < size:
            self._cut = True
            return "truncated"
        self._size = max(self._size, status.st_size)
        if wal_place is not None and _place(_wal(self.file)) != wal_place:
            return "truncated"
        return None

    def chain(self) -> Chain:
        """Return what is valid in the write-ahead log; only while nobody else writes."""
        return read_chain(_wal(self.file))

    def lost(self, before: Chain) -> bool:
        """Tell whether what was just written could not be found again, since the write-ahead log has a hole before it.

        Parameters
        ----------
        before : Chain
            As it was before it was written.
        """
        if self._wal_place is None:
            return False  # a file system on which SQLite does without one
        now = self.chain()
        # Other salts: the log was begun anew, which SQLite does only once all of it is in the database. Who began it
        # may not have written a frame yet.
        begun_anew = before.salts is not None and now.salts not in (None, before.salts)
        # What was written stands behind what was there, with checksums of its own, unless there is a hole before it.
        unseen = not begun_anew and before.headers.startswith(now.headers)
        self._cut = self._cut or unseen
        return unseen

    def fits(self, identifier: str | None, uuid_of_last: str | None) -> bool:
        """Tell whether a database is the one that was opened, by what it holds.

        Parameters
        ----------
        identifier : str or None
            Identifier of the database.
        uuid_of_last : str or None
            Of the entry that has the number of `last`.
        """
        return identifier == self.identifier and (self.last[0] == 0 or uuid_of_last == self.last[1])


def read_chain(wal: Path) -> Chain:
    """Read a write-ahead log as far as its frames belong together; see https://www.sqlite.org/fileformat.html."""
    nothing = Chain(None, b"")
    try:
        stream = wal.open("rb", buffering=0)
    except OSError:
        return nothing
    with stream:
        header = stream.read(_WAL_HEADER.size)
        if len(header) < _WAL_HEADER.size:
            return nothing
        magic, _, page_size, _, *salts = _WAL_HEADER.unpack(header)
        if magic not in _WAL_MAGIC or not page_size:
            return nothing
        headers = bytearray()
        while True:
            frame = stream.read(_FRAME_HEADER.size)
            if len(frame) < _FRAME_HEADER.size or list(_FRAME_HEADER.unpack(frame)[2:]) != salts:
                return Chain((salts[0], salts[1]), bytes(headers))
            headers += frame
            stream.seek(page_size, os.SEEK_CUR)


def _wal(file: Path) -> Path:
    return file.with_name(f"{file.name}-wal")


def _place(file: Path) -> Place | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return Place(status.st_dev, status.st_ino)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
