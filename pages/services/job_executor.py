"""Bounded executor of background jobs: fair between people, shared by everyone who asks for the same. No Streamlit.

Analyses, downloads and signal exports each have one, which limits how many jobs run and wait, of all and of one person.

A page submits a job under a key, draws what it has, and looks at the job again from a fragment that runs every
few tenths of a second. Whoever asks for a job or looks at it waits for it (`acting_for` says who that is). Who cancels
a job leaves it to the others who wait for it; it stops where there are none.

What nobody has looked at for `UNWATCHED_JOB_TTL_S`, as after a closed tab, is given up: a job that has not begun, and a
long one (`LONG_S`) that has, at its next report of progress. A short one that has begun runs to its end, since its
result goes to the cache on disk for the next one who asks. Of the places one is kept free of long jobs, so that a short
one waits for a short one at most.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from ecg_core import logs
from ecg_core.progress import Progress
from pages.services.fair_queue import Waiting, in_turn, next_in_turn
from pages.services.job import CANCELLED, GIVEN_UP, Job, Work

MAX_REMEMBERED_JOBS: Final = 64
"""Finished jobs that are remembered."""

UNWATCHED_JOB_TTL_S: Final = 150.0
"""A job is given up when nobody has looked at it for so long: browsers let a hidden page look once a minute."""

LONG_S: Final = 20.0
"""A job that is expected to take so long is a long one."""

__all__ = [
    "ANALYSIS_JOBS",
    "DOWNLOAD_JOBS",
    "EXPORT_JOBS",
    "WORKLIST_JOBS",
    "ExecutorLoad",
    "Job",
    "JobExecutor",
    "Progress",
    "acting_for",
    "person_asking",
]

_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_person: ContextVar[str] = ContextVar("person", default="")


def person_asking() -> str:
    """Return whose request or page this thread works for, as `acting_for` says; empty for nobody's."""
    return _person.get()


@contextmanager
def acting_for(person: str) -> Iterator[None]:
    """Let what is submitted and looked at inside be a person's: any text that stands for them."""
    before = _person.set(person)
    try:
        yield
    finally:
        _person.reset(before)


@dataclass(frozen=True)
class ExecutorLoad:
    """Load of an executor.

    Attributes
    ----------
    running, max_running, waiting, max_waiting : int
    """

    running: int
    max_running: int
    waiting: int
    max_waiting: int


class JobExecutor:
    """Jobs by key; a key has at most one job.

    Parameters
    ----------
    max_running : int
        Jobs that run at the same time; the others wait.
    max_per_person : int, optional
        Of these, how many may be one person's, so that another one finds a place free; all by default.
    max_waiting, max_waiting_per_person : int
        Jobs that may wait, of all and of one person. Of one person the one that they have not looked at for longest
        gives way.
    noun : str
        What a job is called to those who wait.
    """

    def __init__(
        self,
        max_running: int = 2,
        max_per_person: int | None = None,
        max_waiting: int = 60,
        max_waiting_per_person: int = 12,
        noun: str = "analysis",
    ) -> None:
        self._max_running, self._max_per_person = max_running, max_per_person or max_running
        self._max_waiting, self._max_waiting_per_person = max_waiting, max_waiting_per_person
        self._noun = noun
        self._lock = threading.RLock()
        self._jobs: OrderedDict[Hashable, Job] = OrderedDict()
        self._waiting: list[Waiting[Job]] = []
        self._works: dict[int, Work] = {}
        self._running: dict[int, tuple[Waiting[Job], str]] = {}
        self._served: OrderedDict[str, int] = OrderedDict()
        self._n_served = 0

    def submit(self, key: Hashable, work: Work, estimate_s: float | None = None) -> Job:
        """Return the job of this key, begun when it is its turn unless it is under way or has a result.

        Where too many wait already, the job has ended with a sentence that says so.

        Parameters
        ----------
        key : hashable
            Key of the job.
        work : callable
            Called with a progress callback; returns the result.
        estimate_s : float, optional
            How long it is expected to take.
        """
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and not (job.done and job.problem):
                self._seen(job, joins=True)
                return job
            job = Job(
                kind=_kind(key),
                estimate_s=estimate_s,
                _place=self._place_of,
                _withdraw=self._withdraw,
                _wanted=self._wanted,
            )
            self._jobs[key] = job
            self._jobs.move_to_end(key)
            self._forget()
            self._give_up()
            self._make_room()
            if len(self._waiting) >= self._max_waiting:
                logs.event("job_refused", kind=job.kind, waiting=len(self._waiting))
                job.end(f"{_count(len(self._waiting), self._noun)} are waiting already; try again in a few minutes.")
                return job
            self._waiting.append(Waiting(job, time.monotonic(), long=(estimate_s or 0.0) >= LONG_S))
            self._works[id(job)] = work
            self._seen(job)
            self._begin()
        return job

    def get(self, key: Hashable) -> Job | None:
        """Return the job of this key, if there is one; whoever asks waits for it.

        Who cancelled it while others waited for it gets one that was cancelled, until it has ended.
        """
        with self._lock:
            job = self._jobs.get(key)
            if job is None:
                return None
            waiting = self._waiting_of(job)
            if waiting is not None and _person.get() in waiting.left:
                return _cancelled(job.kind)
            self._seen(job)
            return job

    def cancel(self, key: Hashable) -> None:
        """Take the person who asks out of those who wait for a job; it is stopped where nobody else waits for it."""
        with self._lock:
            job = self._jobs.get(key)
            waiting = None if job is None else self._waiting_of(job)
            if job is None or waiting is None or job.done:
                return
            person, now_s = _person.get(), time.monotonic()
            if any(now_s - seen_s <= UNWATCHED_JOB_TTL_S for name, seen_s in waiting.seen_s.items() if name != person):
                waiting.seen_s.pop(person, None)
                waiting.left.add(person)
                return
        job.cancel()

    def drop(self, key: Hashable) -> None:
        """Forget a job, so that the next one of its key begins afresh; one that others wait for stays theirs."""
        with self._lock:
            job = self._jobs.get(key)
            waiting = None if job is None else self._waiting_of(job)
            if waiting is not None and _person.get() in waiting.left:
                waiting.left.discard(_person.get())
                return
            self._jobs.pop(key, None)

    def under_way(self, key: Hashable) -> bool:
        """Return whether a job of this key waits or runs, without counting as interest in it."""
        with self._lock:
            job = self._jobs.get(key)
            return job is not None and not job.done

    def busy(self) -> bool:
        """Return whether any job is waiting or running."""
        return any(not job.done for job in list(self._jobs.values()))

    def load(self) -> ExecutorLoad:
        """Return the number of waiting and running jobs."""
        with self._lock:
            return ExecutorLoad(len(self._running), self._max_running, len(self._waiting), self._max_waiting)

    def clear(self) -> None:
        """Cancel and forget all jobs."""
        with self._lock:
            for job in list(self._jobs.values()):
                job.cancel()
            self._jobs.clear()

    def _begin(self) -> None:
        """Begin what may begin; called with the lock held, whenever a job comes or goes."""
        while len(self._running) < self._max_running:
            self._give_up()
            busy: dict[str, int] = {}
            for _, whose in self._running.values():
                busy[whose] = busy.get(whose, 0) + 1
            n_long = sum(one.long for one, _ in self._running.values())
            room_for_long = n_long < max(self._max_running - 1, 1)
            may_begin = [one for one in self._waiting if room_for_long or not one.long]
            chosen = next_in_turn(may_begin, busy, self._served, self._max_per_person)
            if chosen is None:
                return
            waiting, person = chosen
            self._waiting.remove(waiting)
            self._n_served += 1
            self._served[person] = self._n_served
            self._served.move_to_end(person)
            while len(self._served) > 4 * MAX_REMEMBERED_JOBS:
                self._served.popitem(last=False)
            job = waiting.item
            self._running[id(job)] = waiting, person
            threading.Thread(
                target=self._run, args=(job, self._works.pop(id(job))), name=f"job {job.kind}", daemon=True
            ).start()

    def _run(self, job: Job, work: Work) -> None:
        try:
            job.run(work)
        finally:
            with self._lock:
                self._running.pop(id(job), None)
                self._begin()

    def _waiting_of(self, job: Job) -> Waiting[Job] | None:
        """Return who waits for a job that has not ended."""
        if id(job) in self._running:
            return self._running[id(job)][0]
        return next((waiting for waiting in self._waiting if waiting.item is job), None)

    def _seen(self, job: Job, *, joins: bool = False) -> None:
        waiting = self._waiting_of(job)
        if waiting is None:
            return
        if joins:
            waiting.left.discard(_person.get())
        waiting.seen_s[_person.get()] = time.monotonic()

    def _wanted(self, job: Job) -> bool:
        """Tell whether a running job should go on; one that should not is forgotten, so that the next begins afresh."""
        with self._lock:
            running = self._running.get(id(job))
            if running is None or not running[0].long:
                return True
            waiting = running[0]
            now_s = time.monotonic()
            if now_s - max(waiting.seen_s.values(), default=waiting.since_s) <= UNWATCHED_JOB_TTL_S:
                return True
            logs.event("job_given_up", kind=job.kind, waited_s=round(now_s - waiting.since_s, 3))
            self._forget_job(job)
            return False

    def _withdraw(self, job: Job) -> None:
        with self._lock:
            for waiting in [waiting for waiting in self._waiting if waiting.item is job]:
                self._end_waiting(waiting, CANCELLED, "job_cancelled")

    def _give_up(self) -> None:
        """End the jobs that nobody waits for any more."""
        now_s = time.monotonic()
        for waiting in list(self._waiting):
            if now_s - max(waiting.seen_s.values(), default=waiting.since_s) > UNWATCHED_JOB_TTL_S:
                self._give_way(waiting)

    def _make_room(self) -> None:
        """Let one person's oldest wish give way to their newest, unless others have the same wish."""
        person = _person.get()
        mine = [waiting for waiting in self._waiting if set(waiting.seen_s) == {person}]
        if len(mine) >= self._max_waiting_per_person:
            self._give_way(min(mine, key=lambda waiting: waiting.seen_s[person]))

    def _give_way(self, waiting: Waiting[Job]) -> None:
        self._end_waiting(waiting, GIVEN_UP, "job_given_up")
        # Whoever comes back finds nothing of it, and begins anew.
        self._forget_job(waiting.item)

    def _forget_job(self, gone: Job) -> None:
        for key in [key for key, job in self._jobs.items() if job is gone]:
            del self._jobs[key]

    def _end_waiting(self, waiting: Waiting[Job], sentence: str, event: str) -> None:
        self._waiting.remove(waiting)
        job = waiting.item
        self._works.pop(id(job), None)
        logs.event(event, kind=job.kind, waited_s=round(time.monotonic() - waiting.since_s, 3))
        job.end(sentence)

    def _place_of(self, job: Job) -> str:
        with self._lock:
            order = in_turn(self._waiting, self._served)
            before = next((at for at, waiting in enumerate(order) if waiting.item is job), None)
        if before is None:
            return "Starting"
        if not before:
            return "Waiting: yours is next"
        return f"Waiting: {_count(before, self._noun)} {'is' if before == 1 else 'are'} before yours"

    def _forget(self) -> None:
        for key in [key for key, job in self._jobs.items() if job.done][
            : max(len(self._jobs) - MAX_REMEMBERED_JOBS, 0)
        ]:
            del self._jobs[key]


def _kind(key: Hashable) -> str:
    return str(key[0]) if isinstance(key, tuple) and key else "job"


def _cancelled(kind: str) -> Job:
    job = Job(kind=kind)
    job.cancel()
    job.end(CANCELLED)
    return job


def _count(n: int, noun: str) -> str:
    many = f"{noun[:-2]}es" if noun.endswith("is") else f"{noun}s"
    return f"{_NUMBERS[n] if n < len(_NUMBERS) else n} {noun if n == 1 else many}"


ANALYSIS_JOBS: Final = JobExecutor(max_running=3, max_per_person=2)
"""Detection, classification, explanation."""

MAX_CONCURRENT_EXPORTS: Final = 2
"""Exports that are made at the same time; each reads and writes as fast as the disk lets it."""

EXPORT_JOBS: Final = JobExecutor(MAX_CONCURRENT_EXPORTS, noun="export")
"""Signal exports; `pages.services.export_jobs` refuses what would have to wait for another person's."""

DOWNLOAD_JOBS: Final = JobExecutor(max_running=3, max_per_person=2, noun="download")
"""Downloads: they wait for the network and keep nobody from computing."""

WORKLIST_JOBS: Final = JobExecutor(max_running=2, max_per_person=1, noun="job")
"""Work on many recordings of the worklist, one at a time for each person: whoever reads shares the machine with it."""
