"""What the worklist learns of open recordings: what was found, that reading has begun, and where it has stopped.

A thread of its own writes it, some seconds after the last change, so that nobody who reads or edits waits for it. What
cannot be written is tried again.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ecg_core import logs
from ecg_core.errors import CannotKeepError, RecordingError, ReviewError, SettingError
from ecg_core.review.database import Location, location
from ecg_core.review.worklist import Worklist
from ecg_core.review.worklist_item import STAGES
from pages.services.review_sessions import database_at, why_read_only
from pages.services.worklist_access import begin_reading, findings_of, known_hash, origin_of
from pages.services.workspace import OpenedRecording

QUIET_S: Final = 2.0
"""So long after the last change of a recording its row follows."""

LATEST_S: Final = 10.0
"""So long after the first change it follows in any case."""

MAX_WAITING: Final = 64
"""Recordings that wait, and stay in memory; of further ones nothing is kept before they change again."""

_AGAIN_AFTER_S: Final = 5.0

Key = tuple[Location, tuple[str, int, int]]


@dataclass
class _Pending:
    """What is to be written of one recording."""

    opened: OpenedRecording
    due_s: float
    latest_s: float
    begun_by: str | None = None
    renew: bool = False
    position: tuple[int, str] | None = None


class WorklistUpdates:
    """Changes of open recordings on their way into the worklist."""

    def __init__(self) -> None:
        self._pending: dict[Key, _Pending] = {}
        self._changed = threading.Condition()
        self._under_way: _Pending | None = None
        self._running = False
        self._hurry = False

    def renew(self, opened: OpenedRecording) -> None:
        """Let the worklist follow what is known of a recording now; returns at once.

        Parameters
        ----------
        opened : OpenedRecording
            The recording.
        """
        self._put(opened, renew=True)

    def begin(self, opened: OpenedRecording, person: str) -> None:
        """Note that a person corrects a recording, see :meth:`ecg_core.review.worklist.Worklist.begin`.

        Parameters
        ----------
        opened : OpenedRecording
            The recording. One of the demos is not added by this.
        person : str
            Who it is.
        """
        self._put(opened, renew=True, begun_by=person)

    def move(self, opened: OpenedRecording, sample: int, person: str) -> None:
        """Note at which sample a person is.

        Parameters
        ----------
        opened : OpenedRecording
            The recording.
        sample : int
            First sample on screen.
        person : str
            Who it is.
        """
        self._put(opened, position=(sample, person))

    def position_of(self, recording_sha256: str) -> int | None:
        """Return the position of a recording that is not written yet; None if there is none.

        Parameters
        ----------
        recording_sha256 : str
            The recording.
        """
        with self._changed:
            waiting = [*self._pending.values(), *([self._under_way] if self._under_way else [])]
            for one in waiting:
                if one.position is not None and known_hash(one.opened) == recording_sha256:
                    return one.position[0]
        return None

    def flush(self, within_s: float) -> bool:
        """Write at once what waits; tell whether all of it is written."""
        with self._changed:
            self._hurry = True
            self._changed.notify_all()
            done = self._changed.wait_for(lambda: not self._pending and self._under_way is None, within_s)
            self._hurry = False
            return done

    def clear(self) -> None:
        """Forget what waits."""
        with self._changed:
            self._pending.clear()
            self._changed.notify_all()

    def _put(
        self,
        opened: OpenedRecording,
        *,
        renew: bool = False,
        begun_by: str | None = None,
        position: tuple[int, str] | None = None,
    ) -> None:
        try:
            key = location(), opened.stamp
        except SettingError:
            return  # edits are refused for the same reason, and everybody is told
        now_s = time.monotonic()
        with self._changed:
            one = self._pending.get(key)
            if one is None:
                if len(self._pending) >= MAX_WAITING:
                    logs.event("worklist_update_lost", level=logging.ERROR)
                    return
                one = self._pending[key] = _Pending(opened, now_s, now_s + LATEST_S)
            one.opened, one.due_s = opened, min(now_s + QUIET_S, one.latest_s)
            one.renew |= renew
            one.begun_by = one.begun_by or begun_by  # it is of who was first
            one.position = position or one.position
            if not self._running:
                self._running = True
                threading.Thread(target=self._write, name="worklist", daemon=True).start()
            self._changed.notify_all()

    def _write(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._pending)
                key, one = min(self._pending.items(), key=lambda item: item[1].due_s)
                wait_s = one.due_s - time.monotonic()
                if wait_s > 0 and not self._hurry:
                    self._changed.wait(wait_s)
                    continue
                self._under_way = self._pending.pop(key)
            again = _written(key[0], one)
            with self._changed:
                self._under_way = None
                if again and key not in self._pending:
                    one.due_s = one.latest_s = time.monotonic() + _AGAIN_AFTER_S
                    self._pending[key] = one
                    self._changed.wait(0.1)  # who hurries is not to keep it busy
                self._changed.notify_all()


def _written(where: Location, one: _Pending) -> bool:
    """Write what is known of a recording; tell whether that is to be tried again."""
    recording_sha256 = known_hash(one.opened)
    nothing_there = isinstance(where, Path) and not where.exists()
    if recording_sha256 is None or (nothing_there and one.begun_by is None):
        return False
    try:
        if why_read_only() is not None and where == location():
            return True
        _write(Worklist(database_at(where)), recording_sha256, one)
    except CannotKeepError:
        return True
    except (ReviewError, RecordingError, SettingError, OSError) as error:
        logs.event("worklist_update_lost", level=logging.ERROR, reason=type(error).__name__)
    except Exception as error:  # whatever it is, the thread goes on with the others
        logs.unforeseen("worklist", error)
    return False


def _write(worklist: Worklist, recording_sha256: str, one: _Pending) -> None:
    if one.begun_by is not None:
        begin_reading(worklist, one.opened, one.begun_by)
    if one.position is not None:
        worklist.keep_position(recording_sha256, *one.position)
    if one.renew:
        renew(worklist, recording_sha256, one.opened)


def renew(worklist: Worklist, recording_sha256: str, opened: OpenedRecording) -> None:
    """Keep what was found in a recording, unless more was known of it already, as before its waves are found again.

    Parameters
    ----------
    worklist : Worklist
        The worklist.
    recording_sha256 : str
        The recording.
    opened : OpenedRecording
        The same, open.

    Raises
    ------
    ReviewError
        If the log of edits cannot be read, or nothing can be written.
    """
    item = worklist.get(recording_sha256)
    if item is None:
        return
    findings = findings_of(opened)
    if STAGES.index(findings.stage) >= STAGES.index(item.findings.stage):
        worklist.keep_findings(recording_sha256, findings, origin_of(opened))


UPDATES: Final = WorklistUpdates()
