"""Background sending of signed reports: one thread a destination, for as long as something is to be tried there.

What is to be sent stands in the database alone. A server that was killed in the middle leaves a claim that ends, and
the next one tries again; what has arrived before is not there twice.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ecg_core import logs
from ecg_core.errors import ReportError, ReviewError, SendError, SettingError
from ecg_core.review.database import location
from ecg_core.review.reports import Reports
from ecg_core.review.sends import CLAIM_S, Send, Sends
from ecg_core.sending import Destination, deliver, destinations
from pages.services.report_versions import documents_to_send
from pages.services.review_sessions import database_in_use, why_read_only

POLL_S: Final = 5.0
"""So often the database is looked at for what other servers were asked for, and what is to be tried again."""

_RENEWED_EVERY_S: Final = CLAIM_S / 4
_STOP_S: Final = 3.0
_UNEXPECTED: Final = "Unexpected error; details are in the server log."


class SendWorker:
    """The sending of one server."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._at_work: dict[str, threading.Thread] = {}
        self._thread: threading.Thread | None = None
        self._told = ""

    def start(self) -> None:
        """Begin to send what is to be sent."""
        if self._thread is None or not self._thread.is_alive():
            self._stopping.clear()
            self._thread = threading.Thread(target=self._tend, name="sends", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Begin nothing any more, and wait a moment for what is under way."""
        self._stopping.set()
        self._wake.set()
        give_up_at = time.monotonic() + _STOP_S
        with self._lock:
            threads = [*self._at_work.values(), *([] if self._thread is None else [self._thread])]
        for thread in threads:
            thread.join(max(give_up_at - time.monotonic(), 0.0))

    def wake(self) -> None:
        """Look at once: somebody has asked for something."""
        self._wake.set()

    def run_due(self) -> int:
        """Try everything that is due in this thread; return how many tries that were."""
        return sum(self._drain(name) for name in self._due())

    def _tend(self) -> None:
        while not self._stopping.is_set():
            try:
                for name in self._due():
                    self._begin(name)
            except Exception as error:
                logs.unforeseen("sends", error)
            self._wake.wait(POLL_S)
            self._wake.clear()

    def _due(self) -> list[str]:
        """Return the destinations for which something is to be tried; none where nothing can be kept."""
        try:
            names = list(destinations())
            where = location()
            if not names or (isinstance(where, Path) and not where.exists()) or why_read_only() is not None:
                return []
            due = Sends(database_in_use()).due(names)
            self._told = ""
            return due
        except (SettingError, ReviewError) as error:
            if self._told != str(error):  # once, not every few seconds
                self._told = str(error)
                logs.event("sends_not_looked_at", level=logging.WARNING, reason=type(error).__name__)
            return []

    def _begin(self, name: str) -> None:
        with self._lock:
            if name in self._at_work or self._stopping.is_set():
                return
            thread = threading.Thread(target=self._work, args=(name,), name=f"sends-{name}", daemon=True)
            self._at_work[name] = thread
            thread.start()

    def _work(self, name: str) -> None:
        try:
            self._drain(name)
        except Exception as error:
            logs.unforeseen("sends", error)
        finally:
            with self._lock:
                self._at_work.pop(name, None)

    def _drain(self, name: str) -> int:
        n_tries = 0
        while not self._stopping.is_set():
            try:
                destination = destinations().get(name)
                claimed = None if destination is None else Sends(database_in_use()).claim(name)
                if destination is None or claimed is None:
                    break
                n_tries += 1
                _try(destination, claimed)
            except (SettingError, ReviewError) as error:  # the database is busy or away: what is claimed stays so
                logs.event("send_not_kept", level=logging.WARNING, reason=type(error).__name__)
                break
        return n_tries


def _try(destination: Destination, claimed: Send) -> None:
    """Try to send what was claimed, and keep what came of it."""
    sends, began_s = Sends(database_in_use()), time.monotonic()
    fields: dict[str, Any] = {
        "recording": logs.code_of(claimed.recording_sha256),
        "kind": destination.kind,
        "tries": claimed.tries,
    }
    try:
        with _renewed(sends, claimed):
            n_objects = _deliver(destination, claimed)
    except SendError as error:
        sends.failed(claimed, str(error), refused=error.refused)
        logs.event("report_not_sent", level=logging.WARNING, refused=error.refused, **fields)
    except (SettingError, ReportError, ReviewError) as error:
        sends.failed(claimed, str(error), refused=True)
        logs.event("report_not_sent", level=logging.WARNING, reason=type(error).__name__, **fields)
    except Exception as error:
        logs.unforeseen("send", error, **fields)
        sends.failed(claimed, _UNEXPECTED, refused=True)
    else:
        sends.arrived(claimed, {"place": destination.place, "objects": n_objects})
        logs.event("report_sent", objects=n_objects, seconds=round(time.monotonic() - began_s, 3), **fields)


def _deliver(destination: Destination, claimed: Send) -> int:
    versions = Reports(database_in_use()).versions(claimed.recording_sha256)
    version = next((one for one in versions if one.version == claimed.version), None)
    if version is None or version.hash != claimed.report_hash:
        raise ReviewError("The report is not the one that was to be sent.")
    return deliver(destination, documents_to_send(version))


@contextmanager
def _renewed(sends: Sends, claimed: Send) -> Iterator[None]:
    """Renew a claim for as long as the block takes."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(_RENEWED_EVERY_S):
            try:
                if not sends.renew(claimed):
                    return
            except ReviewError as error:
                logs.event("send_claim_not_renewed", level=logging.WARNING, reason=type(error).__name__)

    thread = threading.Thread(target=renew, name="send-claim", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


SENDER: Final = SendWorker()
