"""The same rows from one process and from a cluster, also where workers are lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from screening_for_tests import counted, deadly, items, raising, slow

from ecg_core.errors import SourceError
from ecg_core.screening import executors
from ecg_core.screening.executors import Analyse, DaskCluster, ThisProcess, executor
from ecg_core.screening.row import RunSettings

pytestmark = pytest.mark.slow

NOTHING = RunSettings()


@pytest.fixture(scope="module")
def cluster() -> Iterator[DaskCluster]:
    with executor(None, 2) as found:
        assert isinstance(found, DaskCluster)
        yield found


def on(cluster: DaskCluster, analyse: Analyse) -> DaskCluster:
    return DaskCluster(cluster._client, analyse)


def by_name(rows: Iterator[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        assert row["name"] not in found, "counted twice"
        found[row["name"]] = row
    return found


def never() -> bool:
    return False


def test_a_cluster_gives_the_rows_of_one_process(cluster: DaskCluster, tmp_path: Path) -> None:
    asked = items(tmp_path, 25)
    alone = by_name(ThisProcess(counted).rows(asked, NOTHING, never))
    assert len(alone) == 25
    assert by_name(on(cluster, counted).rows(asked, NOTHING, never)) == alone


def test_two_screenings_run_at_once_on_a_machine(cluster: DaskCluster, tmp_path: Path) -> None:
    """A warning of a port that the first one holds would be an error here."""
    asked = items(tmp_path, 4)
    with executor(None, 2) as second:
        assert isinstance(second, DaskCluster)
        assert len(by_name(on(second, counted).rows(asked, NOTHING, never))) == 4
    assert len(by_name(on(cluster, counted).rows(asked, NOTHING, never))) == 4


def test_killed_workers_cost_nothing_but_time(cluster: DaskCluster, tmp_path: Path) -> None:
    """A worker is killed in the middle, twice: every recording has its row once, equal to that of one process."""
    asked = items(tmp_path, 24)
    killed: set[int] = set()
    rows = {}
    for row in on(cluster, slow).rows(asked, NOTHING, never):
        assert row["name"] not in rows
        rows[row["name"]] = row
        pid = int(row["seconds"])
        if len(killed) < 2 and len(rows) % 6 == 0 and pid not in killed:
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)
    assert len(killed) == 2
    alone = by_name(ThisProcess(counted).rows(asked, NOTHING, never))
    assert {name: {**row, "seconds": None} for name, row in rows.items()} == alone


def test_a_recording_that_ends_its_workers_is_refused_and_the_others_are_not(
    cluster: DaskCluster, tmp_path: Path
) -> None:
    rows = by_name(on(cluster, deadly).rows(items(tmp_path, 8), NOTHING, never))
    assert len(rows) == 8
    assert {name for name, row in rows.items() if row["status"] == "refused"} == {"r-3"}
    assert "ended 3 processes" in rows["r-3"]["refused"]


def test_an_unforeseen_error_is_of_its_recording_alone(cluster: DaskCluster, tmp_path: Path) -> None:
    rows = by_name(on(cluster, raising).rows(items(tmp_path, 5), NOTHING, never))
    assert {name for name, row in rows.items() if row["status"] == "refused"} == {"r-3"}
    assert "RuntimeError: unforeseen" in rows["r-3"]["refused"]


@pytest.mark.parametrize("kind", ["process", "cluster"])
def test_cancelling_begins_nothing_further(kind: str, cluster: DaskCluster, tmp_path: Path) -> None:
    where = ThisProcess(counted) if kind == "process" else on(cluster, slow)
    names: list[str] = []
    for row in where.rows(items(tmp_path, 40), NOTHING, lambda: len(names) >= 3):
        names.append(row["name"])  # noqa: PERF401 - the executor asks after it meanwhile
    assert 3 <= len(names) <= 3 + 2 * executors.AHEAD


def test_a_cluster_without_workers_is_said_and_not_waited_for_for_ever(
    cluster: DaskCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executors, "MAX_WITHOUT_WORKERS_S", 0.0)
    monkeypatch.setattr(DaskCluster, "_n_workers", lambda _: 0)
    with pytest.raises(SourceError, match="no workers any more"):
        list(on(cluster, slow).rows(items(tmp_path, 3), NOTHING, never))


def test_a_scheduler_that_does_not_answer_is_said_in_one_sentence() -> None:
    with pytest.raises(SourceError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9"):  # noqa: SIM117
        with executor("tcp://127.0.0.1:9", 1):
            pass
