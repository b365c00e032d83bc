"""A screening: recordings are found, those that were done are left out, the others are analysed and written down."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from ecg_core import __version__
from ecg_core.classification.loading import load_beat_classifier
from ecg_core.errors import SourceError
from ecg_core.screening.executors import Executor
from ecg_core.screening.items import Item, items_in
from ecg_core.screening.results import PARQUET, Results, is_done
from ecg_core.screening.row import RunSettings
from ecg_core.screening.urgency import TIERS

State = Literal["running", "paused", "watching", "finished", "cancelled"]

SETTLED_S: Final = 5.0
"""A file that was written to so short a time ago may still be on its way."""

_PAUSE_POLL_S: Final = 0.5
_STATUS_EVERY_S: Final = 1.0
_TABLES_EVERY_S: Final = 30.0
_TABLES_SHARE: Final = 0.05
"""Of the time that may go into writing the tables while recordings are analysed."""


@dataclass
class Progress:
    """How far a screening is.

    Attributes
    ----------
    state : str
    total : int
        Recordings that were found.
    before : int
        Of them, those that an earlier run had done.
    done, refused : int
        Those of this run.
    by_tier : list of int
        Recordings of this run in each tier of urgency.
    seconds : float
        That this run has taken, pauses left out.
    """

    state: State
    total: int
    before: int
    by_tier: list[int]
    done: int = 0
    refused: int = 0
    seconds: float = 0.0

    @property
    def rate_per_s(self) -> float | None:
        """Recordings a second in this run; None before the first."""
        n = self.done + self.refused
        return n / self.seconds if n and self.seconds > 0 else None

    @property
    def left_s(self) -> float | None:
        """Seconds that the rest will take; None while that cannot be told."""
        rate = self.rate_per_s
        return None if rate is None else (self.total - self.before - self.done - self.refused) / rate

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, for the file of the status."""
        return {
            **self.__dict__,
            "rate_per_s": self.rate_per_s,
            "left_s": self.left_s,
            "pid": os.getpid(),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }


def screen(
    places: Sequence[str],
    results: Results,
    executor: Executor,
    settings: RunSettings,
    tell: Callable[[Progress], None] | None = None,
) -> tuple[Progress, list[str]]:
    """Screen recordings.

    Parameters
    ----------
    places : sequence of str
        Folders, files and addresses.
    results : Results
        Where the rows go. What it has of the same program, model and file is not analysed again.
    executor : Executor
        Where recordings are analysed.
    settings : RunSettings
        How.
    tell : callable, optional
        Told of the progress after each recording.

    Returns
    -------
    Progress, list of str
        How it ended, and sentences about what was not searched.

    Raises
    ------
    SourceError
        If a place is not there, no recording is found, or the results cannot be kept.
    """
    with results.writing():
        results.ask("")
        done = _Done(results, settings)
        progress, told = _screened(places, results, executor, settings, done, tell)
    if not progress.total:
        raise SourceError(told[0] if told else "There is nothing to screen.")
    return progress, told


def _screened(
    places: Sequence[str],
    results: Results,
    executor: Executor,
    settings: RunSettings,
    done: _Done,
    tell: Callable[[Progress], None] | None,
    settled_s: float = 0.0,
) -> tuple[Progress, list[str]]:
    """Look for recordings once, and analyse those that are new."""
    items, told = items_in(places, results.folder)
    if settled_s:
        items = [item for item in items if item.age_s() >= settled_s]
    left = [item for item in items if done.stamps.get(item.key) != item.stamp()]
    results.set_settings({"places": [_whole_place(place) for place in places], "model_sha256": done.model_sha256})
    progress = Progress("running", len(items), len(items) - len(left), [0] * len(TIERS))
    _analysed(left, results, executor, settings, done, progress, tell or (lambda _: None))
    if left or not (results.folder / PARQUET).is_file():
        results.write_tables()
    if settled_s and progress.state == "finished":
        progress.state = "watching"
    results.set_status({**progress.as_dict(), "told": told})
    return progress, told


def watch(
    places: Sequence[str],
    results: Results,
    executor: Executor,
    settings: RunSettings,
    every_s: float,
    tell: Callable[[Progress], None] | None = None,
) -> tuple[Progress, list[str]]:
    """Screen recordings, and then those that arrive, until a person cancels.

    Parameters
    ----------
    places : sequence of str
        Folders and addresses.
    results : Results
        Where the rows go.
    executor : Executor
        Where recordings are analysed.
    settings : RunSettings
        How.
    every_s : float
        Seconds between two looks. A file that was written to less than `SETTLED_S` before waits for the next one.
    tell : callable, optional
        Told of the progress after each recording.

    Returns
    -------
    Progress, list of str
        As of :func:`screen`, of the last look.

    Raises
    ------
    SourceError
        As of :func:`screen`; a folder that is still empty is waited for.
    """
    with results.writing():
        results.ask("")
        done = _Done(results, settings)
        while True:
            progress, told = _screened(places, results, executor, settings, done, tell, settled_s=SETTLED_S)
            if progress.state == "cancelled" or _cancelled_within(results, every_s):
                progress.state = "cancelled"
                results.set_status(progress.as_dict())
                return progress, told


def _cancelled_within(results: Results, seconds: float) -> bool:
    """Wait; tell at once if a person cancels."""
    until = time.monotonic() + max(seconds, _PAUSE_POLL_S)
    while time.monotonic() < until:
        if results.wish() == "cancel":
            return True
        time.sleep(_PAUSE_POLL_S)
    return False


def _analysed(
    items: Sequence[Item],
    results: Results,
    executor: Executor,
    settings: RunSettings,
    done: _Done,
    progress: Progress,
    tell: Callable[[Progress], None],
) -> None:
    clock = _Clock()

    def wait() -> bool:
        """Wait while a person has paused; tell whether they have cancelled."""
        while (wish := results.wish()) == "pause":
            if progress.state != "paused":
                progress.state = "paused"
                results.set_status(progress.as_dict())
                tell(progress)
            clock.pause(_PAUSE_POLL_S)
        if progress.state == "paused":
            progress.state = "running"
        return wish == "cancel"

    tables_s = written_s = told_s = 0.0
    cancelled = False

    def wait_and_note() -> bool:
        nonlocal cancelled
        cancelled = wait()
        return cancelled

    results.set_status(progress.as_dict())
    for row in executor.rows(items, settings, wait_and_note):
        results.append(row)
        done.stamps[row["key"]] = str(row["stamp"] or "")
        if is_done(row):
            progress.done += 1
        else:
            progress.refused += 1
        progress.by_tier[row["tier"]] += 1
        progress.seconds = now_s = clock.seconds()
        if now_s - told_s >= _STATUS_EVERY_S:
            told_s = now_s
            results.set_status(progress.as_dict())
        if now_s - written_s >= max(_TABLES_EVERY_S, tables_s / _TABLES_SHARE):
            results.write_tables()
            written_s = clock.seconds()
            tables_s = written_s - now_s
        tell(progress)
    progress.seconds = clock.seconds()
    progress.state = "cancelled" if cancelled else "finished"


class _Done:
    """What need not be analysed again: stamps of files by the keys of their recordings."""

    def __init__(self, results: Results, settings: RunSettings) -> None:
        self.model_sha256 = load_beat_classifier(settings.model).sha256
        self.stamps = results.done(__version__, self.model_sha256)


class _Clock:
    """Seconds since it was made, without pauses."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def seconds(self) -> float:
        return time.monotonic() - self._began

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)
        self._began += seconds


def _whole_place(place: str) -> str:
    return place if "://" in place else str(Path(place).expanduser().resolve())
