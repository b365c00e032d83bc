"""Work in the background: a few jobs at once, fair between people, shared by everyone who asks for the same; no
Streamlit in here.

A page submits a job under a key, draws what it has, and looks at the job again from a fragment that runs every
few tenths of a second. Whoever asks for a job or looks at it waits for it (`asking` says who that is). A job that has
begun runs to its end, for its result is for the next one who asks; one that has not, and that nobody has looked at for
a while, is given up.
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
from pages.parts.job import Job, Progress, Work
from pages.parts.turns import Waiting, in_turn, next_in_turn

KEPT: Final = 64
"""Finished jobs that are remembered."""

PATIENCE_S: Final = 150.0
"""A job that has not begun is given up when nobody has looked at it for so long: a hidden page looks once a minute."""

__all__ = ["BOARD", "FETCHES", "Job", "JobBoard", "Load", "Progress", "asking"]

_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_person: ContextVar[str] = ContextVar("person", default="")


@contextmanager
def asking(person: str) -> Iterator[None]:
    """Let what is submitted and looked at inside be a person's: any text that stands for them."""
    before = _person.set(person)
    try:
        yield
    finally:
        _person.reset(before)


@dataclass(frozen=True)
class Load:
    """How much a board has to do.

    Attributes
    ----------
    running, at_once, waiting, most_waiting : int
    """

    running: int
    at_once: int
    waiting: int
    most_waiting: int


class JobBoard:
    """Jobs by key; asking twice for the same gives the same job.

    Parameters
    ----------
    at_once : int
        Jobs that run at the same time; the others wait.
    each : int, optional
        Of these, how many may be one person's, so that another one finds a place free; all by default.
    most_waiting, most_of_one : int
        Jobs that may wait, of all and of one person. Of one person the one that they have not looked at for longest
        gives way.
    noun : str
        What a job is called to those who wait.
    """

    def __init__(
        self,
        at_once: int = 2,
        each: int | None = None,
        most_waiting: int = 60,
        most_of_one: int = 12,
        noun: str = "analysis",
    ) -> None:
        self._at_once, self._each = at_once, each or at_once
        self._most_waiting, self._most_of_one = most_waiting, most_of_one
        self._noun = noun
        self._lock = threading.RLock()
        self._jobs: OrderedDict[Hashable, Job] = OrderedDict()
        self._waiting: list[Waiting[Job]] = []
        self._works: dict[int, Work] = {}
        self._running: dict[int, tuple[Job, frozenset[str]]] = {}
        self._served: OrderedDict[str, int] = OrderedDict()
        self._n_served = 0

    def submit(self, key: Hashable, work: Work) -> Job:
        """Return the job of this key, begun when it is its turn unless it is under way or has a result.

        Where too many wait already, the job has ended with a sentence that says so.
        """
        with self._lock:
            job = self._jobs.get(key)
            if job is not None and not (job.done and job.problem):
                self._seen(job)
                return job
            job = Job(kind=_kind(key), _place=self._place_of, _withdraw=self._withdraw)
            self._jobs[key] = job
            self._jobs.move_to_end(key)
            self._forget()
            self._give_up()
            self._make_room()
            if len(self._waiting) >= self._most_waiting:
                logs.event("job_refused", kind=job.kind, waiting=len(self._waiting))
                job.end(f"{_count(len(self._waiting), self._noun)} are waiting already; try again in a few minutes.")
                return job
            self._waiting.append(Waiting(job, time.monotonic()))
            self._works[id(job)] = work
            self._seen(job)
            self._begin()
        return job

    def get(self, key: Hashable) -> Job | None:
        """Return the job of this key, if there is one; whoever asks waits for it."""
        with self._lock:
            job = self._jobs.get(key)
            if job is not None:
                self._seen(job)
            return job

    def drop(self, key: Hashable) -> None:
        """Forget a job, so that the next one of its key begins afresh."""
        with self._lock:
            self._jobs.pop(key, None)

    def busy(self) -> bool:
        """Tell whether a job is waiting or under way."""
        return any(not job.done for job in list(self._jobs.values()))

    def load(self) -> Load:
        """Tell how much there is to do."""
        with self._lock:
            return Load(len(self._running), self._at_once, len(self._waiting), self._most_waiting)

    def clear(self) -> None:
        """Cancel and forget all jobs."""
        with self._lock:
            for job in list(self._jobs.values()):
                job.cancel()
            self._jobs.clear()

    def _begin(self) -> None:
        """Begin what may begin; called with the lock held, whenever a job comes or goes."""
        while len(self._running) < self._at_once:
            self._give_up()
            busy: dict[str, int] = {}
            for _, people in self._running.values():
                for person in people:
                    busy[person] = busy.get(person, 0) + 1
            chosen = next_in_turn(self._waiting, busy, self._served, self._each)
            if chosen is None:
                return
            waiting, person = chosen
            self._waiting.remove(waiting)
            self._n_served += 1
            self._served[person] = self._n_served
            self._served.move_to_end(person)
            while len(self._served) > 4 * KEPT:
                self._served.popitem(last=False)
            job = waiting.item
            self._running[id(job)] = job, frozenset({person})
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

    def _seen(self, job: Job) -> None:
        for waiting in self._waiting:
            if waiting.item is job:
                waiting.seen_s[_person.get()] = time.monotonic()

    def _withdraw(self, job: Job) -> None:
        with self._lock:
            for waiting in [waiting for waiting in self._waiting if waiting.item is job]:
                self._end_waiting(waiting, "It was cancelled.", "job_cancelled")

    def _give_up(self) -> None:
        """End the jobs that nobody waits for any more."""
        now_s = time.monotonic()
        for waiting in list(self._waiting):
            if now_s - max(waiting.seen_s.values(), default=waiting.since_s) > PATIENCE_S:
                self._give_way(waiting)

    def _make_room(self) -> None:
        """Let one person's oldest wish give way to their newest, unless others have the same wish."""
        person = _person.get()
        mine = [waiting for waiting in self._waiting if set(waiting.seen_s) == {person}]
        if len(mine) >= self._most_of_one:
            self._give_way(min(mine, key=lambda waiting: waiting.seen_s[person]))

    def _give_way(self, waiting: Waiting[Job]) -> None:
        self._end_waiting(waiting, "It was given up, since nobody looked at it any more.", "job_given_up")
        # Whoever comes back finds nothing of it, and begins anew.
        for key in [key for key, job in self._jobs.items() if job is waiting.item]:
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
        for key in [key for key, job in self._jobs.items() if job.done][: max(len(self._jobs) - KEPT, 0)]:
            del self._jobs[key]


def _kind(key: Hashable) -> str:
    return str(key[0]) if isinstance(key, tuple) and key else "job"


def _count(n: int, noun: str) -> str:
    many = f"{noun[:-2]}es" if noun.endswith("is") else f"{noun}s"
    return f"{_NUMBERS[n] if n < len(_NUMBERS) else n} {noun if n == 1 else many}"


BOARD: Final = JobBoard(at_once=3, each=2)
"""Detection, classification, explanation."""

FETCHES: Final = JobBoard(at_once=3, each=2, noun="download")
"""Downloads: they wait for the network and keep nobody from computing."""
