"""Whose turn it is: people take turns, their newest wish first; waiting can be seen, ended, and has a limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from ecg_core.progress import Progress
from pages.services import job_executor
from pages.services.job_executor import Job, JobExecutor, acting_for

PATIENCE_S = 20.0


class Bench:
    """Fake work that runs until it is let go, and the order in which it began."""

    def __init__(self, executor: JobExecutor) -> None:
        self.executor = executor
        self.begun: list[str] = []
        self._gates: dict[str, threading.Event] = {}
        self._changed = threading.Condition()

    def ask(self, person: str, name: str, estimate_s: float | None = None) -> Job:
        gate = self._gates.setdefault(name, threading.Event())

        def work(progress: Progress) -> str:
            with self._changed:
                self.begun.append(name)
                self._changed.notify_all()
            while not gate.wait(0.005):
                progress("Working", 0.5)
            return name

        with acting_for(person):
            return self.executor.submit(("beats", name), work, estimate_s)

    def look(self, person: str, name: str) -> None:
        with acting_for(person):
            self.executor.get(("beats", name))

    def finish(self, *names: str) -> None:
        for name in names:
            self._gates[name].set()

    def wait_for(self, n: int) -> list[str]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.begun) >= n, PATIENCE_S), self.begun
            return list(self.begun)

    def end(self) -> None:
        self.executor.clear()
        self.finish(*self._gates)


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A executor that does one thing at a time."""
    made = Bench(JobExecutor(max_running=1))
    yield made
    made.end()


def test_an_idle_person_is_not_starved_by_ten_days_of_another() -> None:
    """Two of three places are another's at most, so that a third one's wish begins at once."""
    bench = Bench(JobExecutor(max_running=3, max_per_person=2))
    try:
        for day in range(10):
            bench.ask("ward", f"day{day}")
        assert sorted(bench.wait_for(2)) == ["day0", "day1"]
        assert bench.executor.load().waiting == 8
        bench.ask("clinic", "urgent")
        assert bench.wait_for(3)[2] == "urgent"
    finally:
        bench.end()


def test_people_take_turns_whoever_asked_first(bench: Bench) -> None:
    bench.ask("ward", "w0")
    bench.wait_for(1)
    for number in (1, 2, 3):
        bench.ask("ward", f"w{number}")
    for name in ("c0", "c1"):
        bench.ask("clinic", name)
    bench.ask("home", "h0")
    for n, name in enumerate(["w0", "c1", "h0", "w3", "c0", "w2"], start=1):
        assert bench.wait_for(n)[-1] == name
        bench.finish(name)
    assert bench.wait_for(7)[-1] == "w1"


def test_of_one_person_what_they_look_at_comes_first(bench: Bench) -> None:
    bench.ask("a", "running")
    bench.wait_for(1)
    for name in ("first", "second", "third"):
        bench.ask("a", name)
    bench.look("a", "second")
    bench.finish("running")
    assert bench.wait_for(2)[-1] == "second"
    bench.finish("second")
    assert bench.wait_for(3)[-1] == "third"


def test_the_place_in_the_queue_is_told_in_words(bench: Bench) -> None:
    bench.ask("a", "running")
    bench.wait_for(1)
    oldest = bench.ask("b", "b0")
    bench.ask("c", "c0")
    latest = bench.ask("d", "d0")
    assert oldest.stage == "Waiting: yours is next"
    assert latest.stage == "Waiting: two analyses are before yours"
    bench.finish("running")
    bench.wait_for(2)
    assert latest.stage == "Waiting: one analysis is before yours"


def test_a_waiting_job_is_cancelled_at_once_and_never_begins(bench: Bench) -> None:
    bench.ask("a", "running")
    bench.wait_for(1)
    waiting = bench.ask("b", "waiting")
    waiting.cancel()
    assert waiting.done
    assert waiting.cancelled
    bench.finish("running")
    bench.ask("b", "later")
    assert bench.wait_for(2) == ["running", "later"]
    again = bench.ask("b", "waiting")
    assert again is not waiting
    assert not again.done


def test_two_people_share_a_wish_and_it_counts_for_both(bench: Bench) -> None:
    bench.ask("a", "running")
    bench.wait_for(1)
    bench.ask("b", "b0")
    shared = bench.ask("a", "shared")
    assert bench.ask("b", "shared") is shared
    bench.finish("running")
    assert bench.wait_for(2)[-1] == "shared"  # b's turn, and b asked for it last


def test_what_nobody_looks_at_any_more_is_given_up_unless_it_has_begun(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_executor, "UNWATCHED_JOB_TTL_S", 0.05)
    running = bench.ask("gone", "running")
    bench.wait_for(1)
    left = bench.ask("gone", "left")
    time.sleep(0.08)
    kept = bench.ask("here", "kept")  # whoever comes looks after the queue
    assert left.done
    assert left.problem
    with acting_for("gone"):
        assert bench.executor.get(("beats", "left")) is None
    monkeypatch.setattr(job_executor, "UNWATCHED_JOB_TTL_S", 60.0)
    assert not running.done
    bench.finish("running")
    assert bench.wait_for(2) == ["running", "kept"]
    assert not kept.done
    assert not bench.ask("gone", "left").done  # whoever comes back begins anew


def test_somebody_who_looks_keeps_a_wish_alive(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_executor, "UNWATCHED_JOB_TTL_S", 0.2)
    bench.ask("a", "running")
    bench.wait_for(1)
    kept = bench.ask("b", "kept")
    for _ in range(6):
        time.sleep(0.05)
        bench.look("c", "kept")
    bench.ask("d", "other")
    assert not kept.done


def test_the_queue_has_a_limit_and_says_so() -> None:
    bench = Bench(JobExecutor(max_running=1, max_waiting=3))
    try:
        bench.ask("a", "running")
        bench.wait_for(1)
        for number in range(3):
            bench.ask(f"p{number}", f"n{number}")
        refused = bench.ask("late", "too many")
        assert refused.done
        assert refused.problem == "three analyses are waiting already; try again in a few minutes."
        assert bench.executor.get(("beats", "too many")) is refused  # so that pages can say so
        bench.finish("running")
        bench.wait_for(2)
        assert not bench.ask("late", "too many").done
    finally:
        bench.end()


def test_one_person_s_oldest_wish_gives_way_to_their_newest() -> None:
    bench = Bench(JobExecutor(max_running=1, max_waiting_per_person=2))
    try:
        bench.ask("a", "running")
        bench.wait_for(1)
        oldest, older = bench.ask("a", "oldest"), bench.ask("a", "older")
        newest = bench.ask("a", "newest")
        assert oldest.done
        assert not older.done
        assert not newest.done
    finally:
        bench.end()


def test_who_cancels_leaves_the_job_to_those_who_wait_for_it_too(bench: Bench) -> None:
    for name in ("running", "waiting"):
        shared = bench.ask("a", name)
        assert bench.ask("b", name) is shared
        with acting_for("a"):
            bench.executor.cancel(("beats", name))
            mine = bench.executor.get(("beats", name))
            assert mine is not None
            assert mine.cancelled
            assert mine.problem == "It was cancelled."
        with acting_for("b"):
            assert bench.executor.get(("beats", name)) is shared
        assert not shared.cancelled
    bench.finish("running")
    assert bench.wait_for(2) == ["running", "waiting"]
    assert bench.ask("a", "waiting") is shared  # who asks again waits again
    with acting_for("a"):
        assert bench.executor.get(("beats", "waiting")) is shared


def test_the_last_who_cancels_stops_it_and_its_place_is_free(bench: Bench) -> None:
    running = bench.ask("a", "running")
    bench.ask("b", "running")
    bench.wait_for(1)
    bench.ask("c", "next")
    for person in ("a", "b"):
        assert not running.cancelled
        with acting_for(person):
            bench.executor.cancel(("beats", "running"))
    assert running.wait(PATIENCE_S)
    assert bench.wait_for(2)[-1] == "next"


def test_forgetting_what_one_cancelled_takes_it_from_nobody(bench: Bench) -> None:
    shared = bench.ask("a", "shared")
    bench.ask("b", "shared")
    with acting_for("a"):
        bench.executor.cancel(("beats", "shared"))
        bench.executor.drop(("beats", "shared"))
    with acting_for("b"):
        assert bench.executor.get(("beats", "shared")) is shared


def test_a_long_job_that_nobody_waits_for_any_more_is_given_up_and_a_short_one_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A closed tab asks no more; a long job then stops at its next report, a short one goes to the cache."""
    bench = Bench(JobExecutor(max_running=3))
    monkeypatch.setattr(job_executor, "UNWATCHED_JOB_TTL_S", 0.3)
    try:
        long = bench.ask("gone", "long", estimate_s=job_executor.LONG_S)
        short = bench.ask("gone", "short", estimate_s=1.0)
        bench.wait_for(2)
        deadline = time.monotonic() + PATIENCE_S
        while not long.done and time.monotonic() < deadline:
            time.sleep(0.01)
        assert long.problem is not None
        assert long.given_up
        assert not short.done
        bench.finish("short")
        assert short.wait(PATIENCE_S)
        assert short.result == "short"
        assert bench.executor.get(("beats", "long")) is None  # whoever comes back begins anew
    finally:
        bench.end()


def test_a_long_job_goes_on_as_long_as_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(JobExecutor(max_running=3))
    monkeypatch.setattr(job_executor, "UNWATCHED_JOB_TTL_S", 1.0)
    try:
        long = bench.ask("gone", "long", estimate_s=job_executor.LONG_S)
        bench.wait_for(1)
        for _ in range(30):
            time.sleep(0.05)
            bench.look("here", "long")
        assert not long.done
    finally:
        bench.end()


def test_long_jobs_of_several_people_leave_a_place_to_a_short_one() -> None:
    bench = Bench(JobExecutor(max_running=3, max_per_person=2))
    try:
        for person in ("a", "b", "c"):
            for number in range(10):
                bench.ask(person, f"{person}{number}", estimate_s=600.0)
        assert len(bench.wait_for(2)) == 2
        bench.ask("d", "short", estimate_s=2.0)
        assert bench.wait_for(3)[-1] == "short"
        bench.finish("short")
        bench.ask("e", "short too")
        assert bench.wait_for(4)[-1] == "short too"
    finally:
        bench.end()


def test_a_job_that_fails_lets_the_next_one_begin(bench: Bench) -> None:
    def broken(_: Progress) -> None:
        raise MemoryError

    failed = bench.executor.submit("broken", broken)
    bench.ask("a", "next")
    assert bench.wait_for(1) == ["next"]
    assert failed.wait(PATIENCE_S)
    assert failed.problem is not None
    assert "memory" in failed.problem


def test_many_people_at_once_lose_nothing() -> None:
    executor = JobExecutor(max_running=3, max_per_person=2, max_waiting=1000, max_waiting_per_person=100)
    done, lock = [], threading.Lock()

    def person(name: str) -> None:
        for number in range(20):

            def work(_: Progress, told: str = f"{name}{number}") -> None:
                with lock:
                    done.append(told)

            with acting_for(name), suppress(RuntimeError):
                executor.submit((name, number), work)

    people = [threading.Thread(target=person, args=(name,)) for name in "abcdefgh"]
    for one in people:
        one.start()
    for one in people:
        one.join()
    deadline = time.monotonic() + PATIENCE_S
    while (executor.busy() or executor.load().running) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(done) == len(set(done)) == 160
    assert executor.load().running == executor.load().waiting == 0
