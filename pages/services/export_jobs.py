"""Signal export jobs: one at a time per page and person, a few concurrently, each in a private folder.

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
from typing import IO, Final

from ecg_core import logs
from ecg_core.errors import RecordingError
from ecg_core.sources.sweeping import hold, remove
from pages.services.errors import RequestError

MAX_CONCURRENT_EXPORTS: Final = 2
"""Exports that are made at the same time; each reads and writes as fast as the disk lets it."""

ABANDONED_AFTER_S: Final = 90.0
"""An export after which nobody asks for so long is given up; browsers let hidden pages ask once a minute."""

FINISHED_EXPORT_TTL_S: Final = 600.0
"""A file that is ready is kept so long."""

FOLDER_PREFIX: Final = "rhythmoscope-export-"
"""Of the names of folders of exports; see :mod:`ecg_core.sources.sweeping`."""

_LOOK_S: Final = 5.0
_CHUNK_BYTES: Final = 1 << 20
_INTERNAL_ERROR_MESSAGE: Final = (
    "The export failed for a reason that was not foreseen; the server's log has the details."
)

Make = Callable[[Path, Callable[[float], None], Callable[[str], None]], list[Path]]
"""``(folder, progress, say) -> files``: writes an export; ends by what `progress` raises."""


class ExportStopped(BaseException):
    """The export was cancelled. Derives from BaseException, so that no handler of failures catches it."""


@dataclass(eq=False)
class ExportJob:
    """A running or finished export.

    Attributes
    ----------
    key : str
        What the browser calls it.
    page, person : str
        For whom it is made.
    name : str
        Of the file that will be fetched, without suffix.
    folder, held : Path, file
        Where it is made, and what tells other processes that it is.
    share : float
        How much is done, 0 to 1.
    said : list of str
        What the format could not hold as it was.
    file : Path or None
        What can be fetched.
    problem : str or None
        The sentence that says why there will be nothing.
    """

    key: str
    page: str
    person: str
    name: str
    folder: Path
    held: IO[bytes] | None = None
    share: float = 0.0
    said: list[str] = field(default_factory=list)
    file: Path | None = None
    problem: str | None = None
    asked_at_s: float = field(default_factory=time.monotonic)
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _thread: threading.Thread | None = field(default=None, repr=False)
    _finished: bool = False

    @property
    def busy(self) -> bool:
        """Whether it is running."""
        return not self._finished

    def begin(self, make: Make) -> None:
        """Run the export in a thread of its own."""
        self._thread = threading.Thread(target=self._run, args=(make,), name="export", daemon=True)
        self._thread.start()

    def stop(self, wait_s: float = 0.0) -> None:
        """Cancel the export; its thread removes its folder."""
        with self._lock:  # either here or at the thread's end
            self._stop.set()
            if self._finished:
                remove(self.folder, self.held)
        if self._thread is not None and wait_s:
            self._thread.join(wait_s)

    def _advance(self, share: float) -> None:
        if self._stop.is_set():
            raise ExportStopped
        self.share = share

    def _run(self, make: Make) -> None:
        try:
            files = make(self.folder, self._advance, self.said.append)
            packed = files[0] if len(files) == 1 else _packed(files, self.folder / f"{self.name}.zip", self._advance)
            self.share, self.file = 1.0, packed
        except ExportStopped:
            self.problem = "The export was stopped."
        except RecordingError as error:
            self.problem = str(error).replace(str(self.folder), "the server's folder for exports")
        except OSError as error:
            self.problem = f"The server's folder for exports cannot take it: {error.strerror or 'its disk refused it'}."
        except Exception as error:
            logs.unforeseen("export", error)
            self.problem = _INTERNAL_ERROR_MESSAGE
        finally:
            with self._lock:
                self._finished = True
                if self.file is None or self._stop.is_set():
                    remove(self.folder, self.held)


class ExportJobs:
    """All running and unfetched exports."""

    def __init__(self) -> None:
        self._preparations: dict[str, ExportJob] = {}
        self._lock = threading.Lock()
        self._watch: threading.Thread | None = None
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
            for known in [each for each in self._preparations.values() if each.page == page]:
                known.stop()
                del self._preparations[known.key]
            busy = [each for each in self._preparations.values() if each.busy]
            if person and any(each.person == person for each in busy):
                raise RequestError("You have another export under way; wait for it, or stop it there.", 429)
            if len(busy) >= MAX_CONCURRENT_EXPORTS:
                raise RequestError("Others are exporting at the moment; try again in a minute.", 429)
            if self._watch is None:
                self._watch = threading.Thread(target=self._look_after, name="exports", daemon=True)
                self._watch.start()
            try:
                folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
            except OSError as error:
                raise RequestError(f"The server has no room for an export: {error.strerror or error}.", 507) from error
            preparation = ExportJob(secrets.token_urlsafe(12), page, person, name, folder, hold(folder))
            self._preparations[preparation.key] = preparation
        preparation.begin(make)
        return preparation

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
            known = self._preparations.get(key)
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
            known = self._preparations.get(key)
            if known is None or known.page != page:
                return
            del self._preparations[key]
        known.stop(wait_s)

    def tidy(self) -> None:
        """Cancel exports that no page polls any more."""
        now_s = time.monotonic()
        with self._lock:
            forsaken = [
                each
                for each in self._preparations.values()
                if now_s - each.asked_at_s > (ABANDONED_AFTER_S if each.busy else FINISHED_EXPORT_TTL_S)
            ]
            for each in forsaken:
                del self._preparations[each.key]
        for each in forsaken:
            each.stop()

    def clear(self) -> None:
        """Cancel all exports."""
        with self._lock:
            known, self._preparations = list(self._preparations.values()), {}
        for each in known:
            each.stop(wait_s=5.0)

    def _look_after(self) -> None:
        while True:
            time.sleep(_LOOK_S)
            self.tidy()


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
