"""The health address: what is missing, in words and for machines, and nothing of patients."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from api.asgi_client import request
from service.disks import fill, read_only, small_disk
from starlette.applications import Starlette

from ecg_core.progress import Progress
from pages.api import health
from pages.services.job_executor import ANALYSIS_JOBS, JobExecutor


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(health, "_disks", health._Disks())
    monkeypatch.setattr(health, "ANALYSIS_JOBS", JobExecutor(max_running=1, max_waiting=2))


def ask() -> dict[str, Any]:
    answer = request(Starlette(routes=health.HEALTH), "GET", "/healthz")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    told: dict[str, Any] = answer.json()
    return told


def lacking(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(reason["what"], reason["how"]) for reason in told["reasons"]]


def test_all_is_well_and_looking_makes_nothing(tmp_path: Path) -> None:
    told = ask()
    assert (told["status"], told["reasons"]) == ("ok", [])
    assert told["analyses"] == {"running": 0, "at_once": 1, "waiting": 0}
    assert told["free_mb"] > 0
    assert not list(tmp_path.iterdir())


def test_it_answers_below_a_base_path_too() -> None:
    assert request(Starlette(routes=health.HEALTH), "GET", "/ecg/healthz").status_code == 200


def test_a_full_disk_and_low_room_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_disk(tmp_path / "disk", 64) as disk:
        monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(disk))
        fill(disk)
        told = ask()
    assert told["status"] == "degraded"
    assert lacking(told) == [("database", "full"), ("disk", "low")]
    assert all(reason["sentence"].endswith(".") for reason in told["reasons"])


def test_folders_that_cannot_be_written_to_are_told(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    with read_only(tmp_path / "home"):
        told = ask()
    assert ("database", "read_only") in lacking(told)
    assert str(tmp_path) not in str(told)


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "review.sqlite3").write_bytes(b"none" * 500)
    assert ("database", "damaged") in lacking(ask())


def test_a_full_queue_is_told() -> None:
    gate = threading.Event()

    def work(_: Progress) -> None:
        gate.wait(20)

    try:
        for number in range(3):
            health.ANALYSIS_JOBS.submit(number, work)
        told = ask()
        assert lacking(told) == [("queue", "full")]
        assert told["analyses"] == {"running": 1, "at_once": 1, "waiting": 2}
    finally:
        gate.set()
        health.ANALYSIS_JOBS.clear()


def test_a_disk_that_does_not_answer_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, looked = threading.Event(), []

    def hang() -> health.Found:
        looked.append(1)
        gate.wait(30)
        return health.Found(None, True, 1000)

    monkeypatch.setattr(health, "_look", hang)
    monkeypatch.setattr(health, "_PATIENCE_S", 0.1)
    try:
        assert lacking(ask()) == [("disks", "slow")]
        assert lacking(ask()) == [("disks", "slow")]
        assert looked == [1]  # one look at a time, however many ask
    finally:
        gate.set()


def test_the_disks_are_not_looked_at_for_each_question(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []

    def look() -> health.Found:
        looked.append(time.monotonic())
        return health.Found(None, True, 1000)

    monkeypatch.setattr(health, "_look", look)
    for _ in range(20):
        assert ask()["status"] == "ok"
    assert len(looked) == 1


def test_the_board_of_the_dashboard_is_fair() -> None:
    load = ANALYSIS_JOBS.load()
    assert load.max_running == 3
    assert load.max_waiting < 100
