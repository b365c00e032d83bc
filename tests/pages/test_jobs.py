"""Background jobs: shared, cancellable, their problems in one sentence."""

from __future__ import annotations

import threading

import pytest

from ecg_core.errors import ModelError
from ecg_core.logs import LineFormatter
from ecg_core.progress import Progress
from pages.services.job_executor import JobExecutor


def test_two_who_ask_for_the_same_share_one_job() -> None:
    executor, gate, calls = JobExecutor(), threading.Event(), []

    def work(_: Progress) -> str:
        calls.append(1)
        gate.wait(5)
        return "done"

    first, second = executor.submit("k", work), executor.submit("k", work)
    assert first is second
    assert executor.busy()
    gate.set()
    assert first.wait(5)
    assert first.result == "done"
    assert executor.submit("k", work).result == "done"
    assert calls == [1]


def test_progress_is_seen_while_it_runs_and_clipped() -> None:
    executor, reported, gate = JobExecutor(), threading.Event(), threading.Event()

    def work(progress: Progress) -> None:
        progress("Half", 0.5)
        reported.set()
        gate.wait(5)
        progress("Too much", 7)

    job = executor.submit("k", work)
    assert reported.wait(5)
    assert (job.stage, job.share, job.done) == ("Half", 0.5, False)
    gate.set()
    assert job.wait(5)
    assert job.share == 1


def test_a_cancelled_job_ends_at_its_next_report_and_may_begin_again() -> None:
    executor, started, gate = JobExecutor(), threading.Event(), threading.Event()

    def work(progress: Progress) -> str:
        started.set()
        gate.wait(5)
        progress("More", 0.5)
        return "done"

    job = executor.submit("k", work)
    assert started.wait(5)
    job.cancel()
    gate.set()
    assert job.wait(5)
    assert job.cancelled
    assert job.result is None
    again = executor.submit("k", work)
    assert again is not job
    assert again.wait(5)
    assert again.result == "done"


def test_a_known_problem_is_its_sentence_and_another_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    executor = JobExecutor()

    def known(_: Progress) -> None:
        raise ModelError("The model is broken; copy it again.")

    def unknown(_: Progress) -> None:
        raise ZeroDivisionError("secret detail")

    first, second = executor.submit("a", known), executor.submit("b", unknown)
    assert first.wait(5)
    assert second.wait(5)
    assert first.problem == "The model is broken; copy it again."
    assert second.problem is not None
    assert "secret" not in second.problem
    told = "".join(LineFormatter().format(record) for record in caplog.records)
    assert "secret" not in caplog.text + told
    assert "ZeroDivisionError" in told
    assert "unknown" in told  # where it arose


def test_no_more_jobs_run_at_once_than_allowed() -> None:
    executor, lock = JobExecutor(max_running=2), threading.Lock()
    running, most = [0], [0]
    barrier = threading.Event()

    def work(_: Progress) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        barrier.wait(0.05)
        with lock:
            running[0] -= 1

    jobs = [executor.submit(number, work) for number in range(6)]
    assert all(job.wait(5) for job in jobs)
    assert most[0] == 2
