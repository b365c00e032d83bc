"""Signal exports: one at a time per page and person, each in a private folder, run by `EXPORT_JOBS`.

A browser asks for an export, asks how far it is, and fetches the file. The folder goes when the file was fetched, the
export is stopped, nobody asks after it any more, or the process ends; what a killed process left is swept away by the
next one.
"""

from __future__ import annotations

import atexit
import secrets
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from filelock import BaseFileLock

from ecg_core.errors import RecordingError
from ecg_core.leftovers import hold, remove
from ecg_core.progress import Cancelled, Progress
from pages.services.errors import RequestError
from pages.services.job import Job
from pages.services.job_executor import EXPORT_JOBS, MAX_CONCURRENT_EXPORTS

ABANDONED_AFTER_S: Final = 90.0
"""An export after which nobody asks for so long is given up; browsers let hidden pages ask once a minute."""

FINISHED_EXPORT_TTL_S: Final = 600.0
"""A file that is ready is kept so long."""

FOLDER_PREFIX: Final = "rhythmoscope-export-"
"""Of the names of folders of exports; see :mod:`ecg_core.leftovers`."""

_CHUNK_BYTES: Final = 1 << 20

Make = Callable[[Path, Callable[[float], None], Callable[[str], None]], list[Path]]
"""``(folder, progress, say) -> files``: writes an export; ends by what `progress` raises."""


@dataclass(eq=False)
class ExportJob:
    """A waiting, running or finished export and its folder.

    Attributes
    ----------
    key : str
        What the browser calls it.
    page, person : str
        For whom it is made.
    name : str
        Of the file that will be fetched, without suffix.
    folder, held : Path, lock
        Where it is made, and what tells other processes that it is.
    said : list of str
        What the format could not hold as it was.
    job : Job
        Its progress; the result is the file that can be fetched.
    """

    key: str
    page: str
    person: str
    name: str
    folder: Path
    held: BaseFileLock | None = None
    said: list[str] = field(default_factory=list)
    job: Job = field(default_factory=Job)
    asked_at_s: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _writing: bool = False
    _stopped: bool = False

    @property
    def busy(self) -> bool:
        """Whether it is waiting or running."""
        return not self.job.done

    @property
    def file(self) -> Path | None:
        """What can be fetched; None while there is nothing."""
        found: Path | None = self.job.result if self.job.done else None
        return found

    def start(self, make: Make) -> None:
        """Submit the export to `EXPORT_JOBS`.

        Parameters
        ----------
        make : callable
            Writes the export.
        """
        self.job = EXPORT_JOBS.submit(("export", self.key), lambda progress: self._write(make, progress))

    def stop(self, wait_s: float = 0.0) -> None:
        """Cancel the export and remove its folder, at once or as soon as nothing writes there.

        Parameters
        ----------
        wait_s : float
            How long to wait for its end.
        """
        with self._lock:
            self._stopped = True
            if not self._writing:
                remove(self.folder, self.held)
        self.job.cancel()
        self.job.wait(wait_s)
        EXPORT_JOBS.drop(("export", self.key))

    def _write(self, make: Make, progress: Progress) -> Path:
        with self._lock:
            if self._stopped:
                raise Cancelled
            self._writing = True
        file = None
        try:
            files = make(self.folder, lambda share: progress("Exporting", share), self.said.append)
            if len(files) == 1:
                file = files[0]
            else:
                file = _packed(files, self.folder / f"{self.name}.zip", lambda share: progress("Packing", share))
            progress("Ready", 1.0)
            return file
        except RecordingError as error:
            raise RecordingError(str(error).replace(str(self.folder), "the server's folder for exports")) from error
        except OSError as error:
            reason = error.strerror or "its disk refused it"
            raise RecordingError(f"The server's folder for exports cannot take it: {reason}.") from error
        finally:
            with self._lock:
                self._writing = False
                if file is None or self._stopped:
                    remove(self.folder, self.held)


class ExportJobs:
    """All running and unfetched exports."""

    def __init__(self) -> None:
        self._exports: dict[str, ExportJob] = {}
        self._lock = threading.Lock()
        atexit.register(self.clear)

    def begin(self, page: str, person: str, name: str, make: Make) -> ExportJob:
        """Begin an export.

        Parameters
        ----------
        page : str
            The page that asks; what it asked for before is given up.
        person : str
            Who asks; empty for somebody without a name.
        name : str
            What the file is to be called.
        make : callable
            Writes the export; run in a thread.

        Raises
        ------
        RequestError
            If the person has another export under way on another page, or too many are.
        """
        with self._lock:
            for known in [each for each in self._exports.values() if each.page == page]:
                known.stop()
                del self._exports[known.key]
            busy = [each for each in self._exports.values() if each.busy]
            if person and any(each.person == person for each in busy):
                raise RequestError("You have another export under way; wait for it, or stop it there.", 429)
            if len(busy) >= MAX_CONCURRENT_EXPORTS:
                raise RequestError("Others are exporting at the moment; try again in a minute.", 429)
            try:
                folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
            except OSError as error:
                raise RequestError(f"The server has no room for an export: {error.strerror or error}.", 507) from error
            export = ExportJob(secrets.token_urlsafe(12), page, person, name, folder, hold(folder))
            self._exports[export.key] = export
            export.start(make)
        return export

    def of(self, page: str, key: str) -> ExportJob:
        """Return a page's export.

        Parameters
        ----------
        page : str
            Token of the page.
        key : str
            Key of the export.

        Returns
        -------
        ExportJob

        Raises
        ------
        RequestError
            If there is none, or none any more.
        """
        with self._lock:
            known = self._exports.get(key)
            if known is None or known.page != page:
                raise RequestError("This export is no longer there; begin it again.", 404)
            known.asked_at_s = time.monotonic()
            return known

    def give_up(self, page: str, key: str, wait_s: float = 0.0) -> None:
        """Cancel a page's export, or discard a fetched one; no effect if there is none.

        Parameters
        ----------
        page : str
            Token of the page.
        key : str
            Key of the export.
        wait_s : float
            How long to wait for its end.
        """
        with self._lock:
            known = self._exports.get(key)
            if known is None or known.page != page:
                return
            del self._exports[key]
        known.stop(wait_s)

    def tidy(self) -> None:
        """Cancel exports that no page polls any more."""
        now_s = time.monotonic()
        with self._lock:
            abandoned = [
                each
                for each in self._exports.values()
                if now_s - each.asked_at_s > (ABANDONED_AFTER_S if each.busy else FINISHED_EXPORT_TTL_S)
            ]
            for each in abandoned:
                del self._exports[each.key]
        for each in abandoned:
            each.stop()

    def clear(self) -> None:
        """Cancel all exports."""
        with self._lock:
            known, self._exports = list(self._exports.values()), {}
        for each in known:
            each.stop(wait_s=5.0)


EXPORTS: Final = ExportJobs()


def _packed(files: list[Path], archive: Path, advance: Callable[[float], None]) -> Path:
    """Put files into a ZIP file and remove them; most of their bytes do not pack, so it is quick rather than small."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for path in files:
            with path.open("rb") as content, packed.open(path.name, "w", force_zip64=True) as entry:
                while chunk := content.read(_CHUNK_BYTES):
                    entry.write(chunk)
                    advance(0.99)
            path.unlink()
    return archive
