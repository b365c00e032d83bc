"""Where recordings are analysed: in this process, or in the processes of a Dask cluster."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, Protocol

from ecg_core import settings as environment
from ecg_core.errors import SourceError
from ecg_core.screening.items import Item
from ecg_core.screening.row import RunSettings, lost_row, screen_item

if TYPE_CHECKING:
    from distributed import Client, Future

MAX_LOST_WORKERS: Final = 3
"""A recording during whose analysis so many workers were lost is refused."""

AHEAD: Final = 2
"""Recordings given to the cluster beforehand for each worker: none waits idle, and little is lost by cancelling."""

MAX_WITHOUT_WORKERS_S: Final = 600.0
"""A screening whose cluster has had no worker for so long ends with a sentence; begun again, it goes on."""

_OF_WORKERS: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    # Dask's own 64 kB gives every array back to the system as it is freed, which costs more than the arithmetic.
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
    "DASK_LOGGING__DISTRIBUTED": "critical",  # a worker that is told to end may complain of it
}
_POLL_S: Final = 0.5

Analyse = Callable[[Item, RunSettings], dict[str, Any]]


class Executor(Protocol):
    """What analyses recordings."""

    def rows(self, items: Iterable[Item], settings: RunSettings, wait: Callable[[], bool]) -> Iterator[dict[str, Any]]:
        """Yield the rows of recordings as they end, in any order.

        Parameters
        ----------
        items : iterable of Item
            Taken one by one as there is room.
        settings : RunSettings
            How they are analysed.
        wait : callable
            Called before each is begun and while others are waited for; it may wait. True ends the screening: nothing
            further is begun.
        """
        ...


class ThisProcess:
    """Analyses one recording after the other in this process."""

    def __init__(self, analyse: Analyse = screen_item) -> None:
        self._analyse = analyse

    def rows(self, items: Iterable[Item], settings: RunSettings, wait: Callable[[], bool]) -> Iterator[dict[str, Any]]:
        """See `Executor.rows`."""
        for item in items:
            if wait():
                return
            yield self._analyse(item, settings)


class DaskCluster:
    """Analyses recordings in the workers of a Dask cluster.

    Parameters
    ----------
    client : distributed.Client
        Of the cluster.
    analyse : callable
        Runs in the workers.
    """

    def __init__(self, client: Client, analyse: Analyse = screen_item) -> None:
        self._client = client
        self._analyse = analyse

    def rows(self, items: Iterable[Item], settings: RunSettings, wait: Callable[[], bool]) -> Iterator[dict[str, Any]]:
        """See `Executor.rows`."""
        from distributed import wait as wait_for

        waiting = iter(items)
        under_way: dict[Future, tuple[Item, bool]] = {}
        alone: list[Item] = []  # whose workers were lost: once more, with nothing beside them that could be the cause
        ended = exhausted = False
        last_worker_s = time.monotonic()
        while True:
            ended = ended or wait()
            n_workers, now_s = self._n_workers(), time.monotonic()
            if n_workers:
                last_worker_s = now_s
            elif now_s - last_worker_s > MAX_WITHOUT_WORKERS_S:
                raise SourceError("The Dask cluster has no workers any more; start some, and screen again to go on.")
            room = max(AHEAD * n_workers, 1)
            while not ended and not exhausted and len(under_way) < room:
                item = next(waiting, None)
                if item is None:
                    exhausted = True
                else:
                    under_way[self._submit(item, settings)] = item, False
            if not under_way:
                if ended or not alone:
                    return
                item = alone.pop()
                under_way[self._submit(item, settings)] = item, True
            if ended:
                self._client.cancel(list(under_way), force=True)
                return
            with contextlib.suppress(TimeoutError):
                wait_for(list(under_way), timeout=_POLL_S, return_when="FIRST_COMPLETED")
            for future in [one for one in under_way if one.done()]:
                item, was_alone = under_way.pop(future)
                row = self._row(future, item, was_alone)
                if row is None:
                    alone.append(item)
                else:
                    yield row

    def _submit(self, item: Item, settings: RunSettings) -> Future:
        return self._client.submit(self._analyse, item, settings, pure=False)

    def _row(self, future: Future, item: Item, was_alone: bool) -> dict[str, Any] | None:
        """Return the row of a future that ended; None where its workers were lost and it is to be tried alone."""
        from distributed import KilledWorker

        try:
            return dict(future.result())
        except KilledWorker:
            if not was_alone:
                return None
            return lost_row(item, f"its analysis ended {MAX_LOST_WORKERS} processes; look at this recording by itself")
        except Exception as error:  # whatever a worker raises is of this recording alone
            return lost_row(item, f"its analysis ended with {type(error).__name__}: {error!s:.200}")

    def _n_workers(self) -> int:
        return len(self._client.nthreads())


@contextlib.contextmanager
def executor(scheduler: str | None, workers: int, memory_bytes: int | None = None) -> Iterator[Executor]:
    """Have what analyses recordings.

    Parameters
    ----------
    scheduler : str or None
        Address of a Dask scheduler that runs already, e.g. ``tcp://10.0.0.5:8786``.
    workers : int
        Without a scheduler: processes on this machine; 1 for this process itself.
    memory_bytes : int, optional
        Memory of each worker on this machine, beyond which it is begun anew; a share of the machine's by default.

    Raises
    ------
    SourceError
        If the scheduler cannot be reached.
    """
    if scheduler is None and workers <= 1:
        yield ThisProcess()
        return
    import dask
    from distributed import Client, LocalCluster

    settings = {
        "distributed.scheduler.allowed-failures": MAX_LOST_WORKERS - 1,
        "distributed.admin.log-length": 0,
        # A busy machine needs longer than Dask's 15 s to start a lost worker again, and one given up stays away.
        "distributed.deploy.lost-worker-timeout": f"{MAX_WITHOUT_WORKERS_S:.0f}s",
    }
    with dask.config.set(settings):
        if scheduler is not None:
            try:
                client = Client(scheduler, timeout="10s")
            except (OSError, ValueError, TimeoutError) as error:
                raise SourceError(
                    f"No Dask scheduler answers at {scheduler}; start one with: dask scheduler."
                ) from error
            with client:
                yield DaskCluster(client)
            return
        with (
            dask.config.set({"distributed.nanny.pre-spawn-environ": {**environment.LIBRARY_DEFAULTS, **_OF_WORKERS}}),
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                # The scheduler's HTTP server starts without a dashboard too: by default on port 8787, every interface.
                scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
                memory_limit=memory_bytes or "auto",
                silence_logs=logging.CRITICAL,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield DaskCluster(client)
