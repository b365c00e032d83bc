"""Records and databases of PhysioNet by name, checked against the checksums that PhysioNet publishes.

Files lie at ``/files/DATABASE/VERSION/PATH``; each version has a ``SHA256SUMS.txt`` with a line ``checksum path``
for every file, and databases of recordings have a ``RECORDS`` with a line for every record. The newest version
stands on the page ``/content/DATABASE/``, where the `wfdb` package reads it too; for databases that have not
changed for years it is known here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from ecg_core import settings
from ecg_core.errors import SourceError
from ecg_core.formats import open_recording
from ecg_core.formats.wfdb.files import named_files
from ecg_core.progress import FractionProgress
from ecg_core.recording import Recording
from ecg_core.sources.download import NotThereError, Server
from ecg_core.sources.names import require_plain

KNOWN_VERSIONS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("afdb", "cudb", "edb", "incartdb", "ltafdb", "ltdb", "mitdb", "nsrdb", "nstdb", "qtdb", "svdb", "vfdb"),
        "1.0.0",
    )
}

NOT_OF_A_RECORD: Final = frozenset({"xws", "html", "htm", "txt", "pdf", "png", "gif", "jpg"})
"""Extensions of files that carry a record's name but are no part of it."""


_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.+\-]*"
_ADDRESS = re.compile(rf"(?P<database>{_NAME})(/(?P<version>\d+(\.\d+)+))?(/(?P<record>{_NAME}(/{_NAME})*))?")
_LOCK_WAIT_S: Final = 600.0


@dataclass(frozen=True)
class Database:
    """One version of a PhysioNet database.

    Attributes
    ----------
    name, version : str
    sha256 : mapping of str to str
        Checksum of each file by its path inside the database.
    """

    name: str
    version: str
    sha256: Mapping[str, str]

    @cached_property
    def extensions(self) -> Mapping[str, tuple[str, ...]]:
        """Extensions of the files of each name, e.g. ``{"100": ("atr", "dat", "hea")}``."""
        found: dict[str, list[str]] = {}
        for path in sorted(self.sha256):
            stem, dot, extension = path.rpartition(".")
            if dot and "/" not in extension:
                found.setdefault(stem, []).append(extension)
        return {stem: tuple(extensions) for stem, extensions in found.items()}

    def url_path(self, path: str) -> str:
        """Return a file's path below the server's address."""
        return f"files/{self.name}/{self.version}/{path}"


def fetch_record(
    name: str, to: str | os.PathLike[str], progress: FractionProgress | None = None, *, base_url: str | None = None
) -> Path:
    """Fetch one record with its annotations and, if it has any, its segments.

    Parameters
    ----------
    name : str
        Database and record, e.g. ``mitdb/100`` or ``ludb/data/1``; a version may stand between, as in
        ``mitdb/1.0.0/100``.
    to : path-like
        Folder to keep it in, as ``DATABASE/RECORD``. Files that are there already and right are not fetched.
    progress : callable, optional
        Called with the fraction done.
    base_url : str, optional
        A mirror; by default `settings.PHYSIONET_URL`.

    Returns
    -------
    Path
        The record's header, to be opened with :func:`ecg_core.formats.open_recording`.

    Raises
    ------
    SourceError
        If the name is none, PhysioNet cannot be reached or has no such record, or a checksum is wrong; the
        message says what to do.
    """
    database_name, version, record = _parse(name)
    if not record:
        raise SourceError(f"{name} names a database, not a record; give both, e.g. {name}/100.")
    server = _server(base_url)
    database = _database(server, database_name, version)
    with _locked(Path(to), database_name) as folder:
        return _fetch(server, database, record, folder, progress or _silent)


def fetch_database(
    name: str, to: str | os.PathLike[str], progress: FractionProgress | None = None, *, base_url: str | None = None
) -> list[Path]:
    """Fetch all records of a database.

    Parameters
    ----------
    name : str
        E.g. ``mitdb``, or ``mitdb/1.0.0``.
    to : path-like
        Folder to keep it in, as ``DATABASE/RECORD``.
    progress : callable, optional
        Called with the fraction done.
    base_url : str, optional
        Address of the server; PhysioNet by default.

    Returns
    -------
    list of Path
        The records' headers, in the order of the database's list.

    Raises
    ------
    SourceError
        As :func:`fetch_record`; what has been fetched until then stays and is not fetched again.
    """
    database_name, version, record = _parse(name)
    if record:
        raise SourceError(f"{name} names a record; give the database alone, e.g. {database_name}.")
    server = _server(base_url)
    database = _database(server, database_name, version)
    try:
        listed = server.text(database.url_path("RECORDS")).split()
    except NotThereError:
        raise SourceError(
            f"{database_name} at PhysioNet lists no WFDB records; download it there and open it as a local folder."
        ) from None
    records = [line.strip("/") for line in listed]
    for line in records:
        _parse(f"{database_name}/{line}")
    report = progress or _silent
    headers = []
    with _locked(Path(to), database_name) as folder:
        for index, line in enumerate(records):

            def part(fraction: float, file: str, index: int = index) -> None:
                report((index + fraction) / len(records), file)

            headers.append(_fetch(server, database, line, folder, part))
    return headers


def open_physionet(
    name: str, to: str | os.PathLike[str], progress: FractionProgress | None = None, *, base_url: str | None = None
) -> Recording:
    """Download a record, see :func:`fetch_record`, and open it.

    Parameters
    ----------
    name : str
        Database and record, such as ``mitdb/100``.
    to : str or os.PathLike[str]
        Folder to download to.
    progress : callable, optional
        Called with the fraction done.
    base_url : str, optional
        Address of the server; PhysioNet by default.

    Returns
    -------
    Recording
    """
    return open_recording(fetch_record(name, to, progress, base_url=base_url), name=name, source="physionet")


def _parse(name: str) -> tuple[str, str | None, str | None]:
    match = _ADDRESS.fullmatch(name.strip().strip("/"))
    if match is None or len(name) > 200:
        raise SourceError(f"{name!r:.80} is not the name of a PhysioNet record; give database/record, e.g. mitdb/100.")
    return match["database"], match["version"], match["record"]


def _server(base_url: str | None) -> Server:
    return Server(
        base_url or settings.PHYSIONET_URL.get(),
        "PhysioNet",
        "Check the connection, or download the record at another place and open it as a local folder.",
    )


def _database(server: Server, name: str, version: str | None) -> Database:
    expected = version or KNOWN_VERSIONS.get(name) or _newest_version(server, name)
    try:
        lines = _checksums(server, name, expected)
    except NotThereError:
        newest = None if version else _newest_version(server, name)
        if newest is None or newest == expected:
            raise SourceError(f"PhysioNet has no database {name} in version {expected}; check the name.") from None
        expected, lines = newest, _checksums(server, name, newest)
    sums = [line.split(maxsplit=1) for line in lines if line.strip()]
    sha256 = {words[1].strip().lstrip("*"): words[0].lower() for words in sums if len(words) == 2}
    return Database(name, expected, {path.removeprefix("./"): digest for path, digest in sha256.items()})


def _checksums(server: Server, name: str, version: str) -> list[str]:
    return server.text(f"files/{name}/{version}/SHA256SUMS.txt").splitlines()


def _newest_version(server: Server, name: str) -> str:
    try:
        page = server.text(f"content/{name}/")
    except NotThereError:
        raise SourceError(f"PhysioNet has no database {name}; check the name, e.g. mitdb/100.") from None
    match = re.search(r"Version:(?:\s|<[^>]*>)*(\d+(?:\.\d+)+)", page)
    if match is None:
        raise SourceError(
            f"PhysioNet's page on {name} states no version; give it with the name, e.g. {name}/1.0.0/RECORD."
        )
    return match[1]


def _fetch(server: Server, database: Database, record: str, folder: Path, progress: FractionProgress) -> Path:
    """Fetch a record's header first, for it names the rest."""
    header = f"{record}.hea"
    if header not in database.sha256:
        raise SourceError(f"{database.name} at PhysioNet has no record {record}; check the name.")

    def get(path: str, report: Callable[[float], None] | None = None) -> Path:
        target = folder / path
        server.file(database.url_path(path), target, database.sha256[path], report)
        return target

    progress(0.0, header)
    directory = record.rpartition("/")[0]
    wanted, pending = [header], [header]
    while pending:
        current = pending.pop()
        named = named_files(get(current).read_text(encoding="latin-1"))
        beside = [require_plain(current, name) for name in named.signals]
        segments = [f"{require_plain(current, name)}.hea" for name in named.segments]
        for name in [*beside, *segments, *_annotations(database, current)]:
            path = f"{directory}/{name}" if directory else name
            # A segment that the database lacks is a gap, and formats says so; a signal that it lacks is an error.
            if path in wanted or (name in segments and path not in database.sha256):
                continue
            if path not in database.sha256:
                raise SourceError(f"{current} names {name}, which {database.name} at PhysioNet does not hold.")
            wanted.append(path)
            if name in segments:
                pending.append(path)
    for index, path in enumerate(wanted):

        def part(fraction: float, index: int = index, path: str = path) -> None:
            progress((index + fraction) / len(wanted), path)

        part(0.0)
        get(path, part)
    progress(1.0, header)
    return folder / header


def _annotations(database: Database, header: str) -> list[str]:
    """Return the names of the other files that share a header's name: its annotations."""
    stem = header.removesuffix(".hea")
    known = {"hea", "dat", "mat", *NOT_OF_A_RECORD}
    name = stem.rpartition("/")[2]
    return [f"{name}.{extension}" for extension in database.extensions.get(stem, ()) if extension not in known]


class _locked:  # noqa: N801
    """Keeps two processes from fetching the same database into the same folder at once."""

    def __init__(self, to: Path, database: str) -> None:
        self.folder = to.expanduser() / database
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SourceError(
                f"The folder {self.folder} cannot be made: {error.strerror}; choose another one."
            ) from error
        self._lock = FileLock(self.folder / ".fetching.lock", timeout=_LOCK_WAIT_S)

    def __enter__(self) -> Path:
        try:
            self._lock.acquire()
        except Timeout:
            raise SourceError(f"Another process is fetching into {self.folder}; try again when it is done.") from None
        return self.folder

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _silent(fraction: float, file: str) -> None:
    """Report nothing."""
