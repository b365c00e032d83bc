"""Work in the background: one thread a job, shared by everyone who asks for the same; no Streamlit in here.

A page submits a job under a key, draws what it has, and looks at the job again from a fragment that runs every
few tenths of a second. A person who closes the page leaves the job running: its result is for the next one.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final

from ecg_core.errors import ModelError, RecordingError, SourceError

log = logging.getLogger(__name__)

Progress = Callable[[str, float], None]
Work = Callable[[Progress], Any]

KEPT: Final = 64
"""Finished jobs that are remembered."""


class Cancelled(Exception):  # noqa: N818 - a wish of the person, no error
    """Raised inside a job, at its next report of progress, after somebody cancelled it."""


@dataclass
class Job:
    """A piece of work and how far it is.

    Attributes
    ----------
    stage : str
        What is being done, in words.
    share : float
        Share of the stage done, 0 to 1.
    result : object
        What the work returned.
    problem : str or None
        One sentence, if it failed.
    """

    stage: str = "Waiting"
    share: float = 0.0
    result: Any = None
    problem: str | None = None
    _finished: threading.Event = field(default_factory=threading.Event, repr=False)
    _cancelled: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def done(self) -> bool:
        """Whether it has ended, in whichever way."""
        return self._finished.is_set()

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask it to stop at its next report of progress."""
        self._cancelled.set()

    def wait(self, timeout_s: float) -> bool:
        """Wait for its end, at most so long; tell whether it has ended."""
        return self._finished.wait(timeout_s)

    def report(self, stage: str, share: float) -> None:
        """Take progress from the work; raises `Cancelled` if it should stop."""
        if self._cancelled.is_set():
            raise Cancelled
        self.stage, self.share = stage, min(max(float(share), 0.0), 1.0)

    def run(self, work: Work, turn: threading.Semaphore) -> None:
        """Do the work in this thread when it is its turn."""
        try:
            with turn:
                self.report("Starting", 0.0)
                self.result = work(self.report)
        except Cancelled:
            self.problem = "It was cancelled."
        except (RecordingError, ModelError, SourceError) as error:
            self.problem = str(error)
        except MemoryError:
            self.problem = "There is not enough memory for this recording; close other programs and try again."
        except Exception:
            log.exception("A background job failed")
            self.problem = "This did not work for a reason that was not foreseen; the server's log has the details."
        finally:
            self._finished.set()


class JobBoard:
    """Jobs by key; asking twice for the same gives the same job.

    Parameters
    ----------
    at_once : int
        Jobs that run at the same time; the others wait.
    """

    def __init__(self, at_once: int = 2) -> None:
        self._turn = threading.Semaphore(at_once)
        self._lock = threading.Lock()
        self._jobs: OrderedDict[Hashable, Job] = OrderedDict()

    def submit(self, key: Hashable, work: Work) -> Job:
        """Return the job of this key, begun now unless it is under way or has a result."""
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and not (job.done and job.problem):
                return job
            job = Job()
            self._jobs[key] = job
            self._jobs.move_to_end(key)
            self._forget()
        threading.Thread(target=job.run, args=(work, self._turn), name=f"job {key!r:.60}", daemon=True).start()
        return job

    def get(self, key: Hashable) -> Job | None:
        """Return the job of this key, if there is one."""
        return self._jobs.get(key)

    def drop(self, key: Hashable) -> None:
        """Forget a job, so that the next one of its key begins afresh."""
        with self._lock:
            self._jobs.pop(key, None)

    def busy(self) -> bool:
        """Tell whether a job is waiting or under way."""
        return any(not job.done for job in list(self._jobs.values()))

    def clear(self) -> None:
        """Cancel and forget all jobs."""
        with self._lock:
            for job in self._jobs.values():
                job.cancel()
            self._jobs.clear()

    def _forget(self) -> None:
        for key in [key for key, job in self._jobs.items() if job.done][: max(len(self._jobs) - KEPT, 0)]:
            del self._jobs[key]


BOARD: Final = JobBoard()
"""Detection, classification, explanation."""

FETCHES: Final = JobBoard(at_once=3)
"""Downloads: they wait for the network and keep nobody from computing."""
