"""Health and metrics endpoints: status and figures of the server, without patient data.

``GET /healthz`` answers 200 whether all is well or something is missing (``status``: ok or degraded, ``reasons``): a
server without room for edits still shows recordings, so nobody should restart it for that.
"""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import URL
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ecg_core import __version__
from ecg_core.caching import cache_root, can_be_written
from ecg_core.errors import SettingError
from ecg_core.health import MIN_FREE_BYTES, database_problem, free_bytes
from ecg_core.review.database import data_folder, location, trouble_of
from ecg_core.review.read_only_log import why_unwritable
from pages.api.wire import json_bytes
from pages.services import metrics
from pages.services.job_executor import ANALYSIS_JOBS, DOWNLOAD_JOBS
from pages.services.middleware import METRICS_PATH
from pages.services.review_sessions import unusable

PATH: Final = "/healthz"
STATUS_TTL_S: Final = 5.0
"""Seconds for which the result of the disk checks is reused."""

_PATIENCE_S: Final = 2.0
_SENTENCES: Final = {
    ("database", "read_only"): "Edits cannot be kept: their folder or database cannot be written to.",
    ("database", "full"): "Edits cannot be kept: their disk is full.",
    ("database", "not_a_folder"): "Edits cannot be kept: RHYTHMOSCOPE_HOME is no folder.",
    ("database", "unreachable"): "Edits cannot be kept: their disk does not answer.",
    ("database", "locked"): "Edits wait: another process has been writing to their database for long.",
    ("database", "damaged"): "Edits cannot be kept: their database is damaged.",
    ("database", "missing"): "Edits cannot be kept: their database is gone.",
    ("database", "replaced"): "Edits cannot be kept: another database lies in the place of theirs.",
    ("database", "truncated"): "Edits cannot be kept: their database has been cut off.",
    ("database", "away"): "Edits cannot be kept: their database server does not answer or takes no changes.",
    ("database", "setting"): "Edits cannot be kept: RHYTHMOSCOPE_DATABASE cannot be used.",
    ("database", "unusable"): "Edits cannot be kept: their database is damaged, or another version's.",
    ("cache", "read_only"): "Results are kept among the temporary files alone: the cache cannot be written to.",
    ("disk", "low"): f"Less than {MIN_FREE_BYTES >> 20} MB are free for edits or results.",
    ("queue", "full"): "No more analyses can be waited for at the moment.",
    ("disks", "slow"): "The disks do not answer in time.",
}


@dataclass(frozen=True)
class Found:
    """Result of the disk checks.

    Attributes
    ----------
    database : str or None
        Why edits cannot be kept, see `_database`.
    cache : bool
        Whether results can be kept where they should be.
    free_mb : int or None
        The least room on the disks of both.
    """

    database: str | None
    cache: bool
    free_mb: int | None


class _Disks:
    """Looks at the disks in a thread of its own, one look at a time, however many ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="health")
        self._under_way: Future[Found] | None = None
        self._at_s = 0.0

    def look(self) -> Future[Found]:
        with self._lock:
            now_s = time.monotonic()
            stale = self._under_way is None or (self._under_way.done() and now_s - self._at_s > STATUS_TTL_S)
            if stale or self._under_way is None:
                self._under_way, self._at_s = self._thread.submit(_look), now_s
            return self._under_way


def _look() -> Found:
    free = [room for room in (free_bytes(data_folder()), free_bytes(cache_root())) if room is not None]
    return Found(
        _database(),
        can_be_written(cache_root()),
        min(free) >> 20 if free else None,
    )


def _database() -> str | None:
    """Tell why edits cannot be kept; what has gone from under this process is told without looking into it."""
    try:
        where = location()
    except SettingError:
        return "setting"
    if isinstance(where, URL):
        return "away" if why_unwritable(where) is not None else ("unusable" if unusable() else None)
    trouble = trouble_of(where)
    if trouble is not None:
        return trouble[0]
    return database_problem(where) or ("unusable" if unusable() else None)


_disks: Final = _Disks()
_began_s: Final = time.monotonic()


async def health(_: Request) -> Response:
    """Return the health status."""
    try:
        looking = asyncio.wrap_future(_disks.look())
        found = await asyncio.wait_for(asyncio.shield(looking), _PATIENCE_S)
    except (TimeoutError, OSError):
        found = None
    body = json_bytes(_answer(found))
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


def _answer(found: Found | None) -> dict[str, Any]:
    load = ANALYSIS_JOBS.load()
    lacking: list[tuple[str, str]] = []
    if found is None:
        lacking.append(("disks", "slow"))
    else:
        if found.database is not None:
            lacking.append(("database", found.database))
        if not found.cache:
            lacking.append(("cache", "read_only"))
        if found.free_mb is not None and found.free_mb < MIN_FREE_BYTES >> 20:
            lacking.append(("disk", "low"))
    if load.waiting >= load.max_waiting:
        lacking.append(("queue", "full"))
    return {
        "status": "degraded" if lacking else "ok",
        "reasons": [{"what": what, "how": how, "sentence": _SENTENCES[what, how]} for what, how in lacking],
        "version": __version__,
        "up_s": round(time.monotonic() - _began_s),
        "free_mb": None if found is None else found.free_mb,
        "analyses": {"running": load.running, "at_once": load.max_running, "waiting": load.waiting},
        "downloads": {"running": DOWNLOAD_JOBS.load().running, "waiting": DOWNLOAD_JOBS.load().waiting},
    }


async def tell_metrics(_: Request) -> Response:
    """Return the figures of the server in the text format of Prometheus."""
    return Response(metrics.as_text(), media_type=metrics.CONTENT_TYPE, headers={"Cache-Control": "no-store"})


HEALTH: Final = [
    Route(f"{below}{path}", endpoint, methods=["GET"])
    for below in ("", "/{below:path}")
    for path, endpoint in ((PATH, health), (METRICS_PATH, tell_metrics))
]
