"""More recordings than fit into memory, looked at in turn: nothing is analysed twice, nobody's edit waits for it."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wfdb
from desk_client import DeskClient, wait_for_jobs
from event_loops import run_apart
from starlette.requests import Request
from teller import Teller

from ecg_core.analysis import Analysis, analyse
from ecg_core.recording import Recording
from ecg_core.sources.demos import demo_folder
from pages.api.endpoint import DeskRequest, endpoint
from pages.services import workspace
from pages.services.accounts import Action
from pages.services.tokens import issue_token
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow

SECONDS = 30


@pytest.fixture
def analysed(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, bool]]:
    """How often each recording was analysed, without and with classes."""
    counted: Counter[tuple[str, bool]] = Counter()
    lock = threading.Lock()

    def counting(recording: Recording, model: Any = None, **named: Any) -> Analysis:
        with lock:
            counted[recording.sha256, model is not None] += 1
        return analyse(recording, model, **named)

    monkeypatch.setattr("pages.services.analysis_jobs.analyse", counting)
    monkeypatch.setattr("pages.services.workspace.load_model", Teller)
    monkeypatch.setattr("pages.services.analysis_jobs.load_network", lambda _: Teller())
    return counted


def recordings_folder(folder: Path, n: int) -> Path:
    """Write short recordings of different hearts: pieces of a bundled one."""
    folder.mkdir()
    signal, fields = wfdb.rdsamp(str(demo_folder() / "demo_pvc"))
    length = int(SECONDS * fields["fs"])
    for at in range(n):
        start = at * (len(signal) - length) // n
        piece = np.round(signal[start : start + length], 3)
        wfdb.wrsamp(
            f"p{at}",
            fs=fields["fs"],
            units=fields["units"],
            sig_name=fields["sig_name"],
            p_signal=piece,
            fmt=["16"] * piece.shape[1],
            write_dir=str(folder),
        )
    return folder


def page(folder: Path, at: int, owner: str) -> DeskClient:
    opened = workspace.open_in_workspace(f"local/p{at}", str(folder))
    return DeskClient(opened, owner, token=issue_token(opened, session=f"{owner} {at}", owner=owner))


def classify(client: DeskClient) -> None:
    client.detect()
    wait_for_jobs()
    assert client.send("job", {"do": "classify"}).status_code == 200
    wait_for_jobs()
    assert client.state()["stage"] == "classified"


def leave_memory() -> None:
    """Let everything go that others needed the room for."""
    workspace._opened.clear()


def edit(client: DeskClient, uuid: str, sample: int) -> int:
    body = {"edits": [{"uuid": uuid, "action": "add", "beat": -sample, "sample": sample, "label": "V"}], "since": 0}
    return client.send("edits", body).status_code


@pytest.mark.parametrize("n", [13, pytest.param(24, marks=pytest.mark.slow)])
def test_recordings_looked_at_in_turn_are_analysed_once_and_edits_are_never_put_off(
    n: int, tmp_path: Path, analysed: Counter[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = recordings_folder(tmp_path / "many", n + 1)
    monkeypatch.setenv("RHYTHMOSCOPE_OPEN_MB", "0.5")
    pages = [page(folder, at, "many") for at in range(n)]
    reader = page(folder, n, "reader")
    for each in [reader, *pages]:
        classify(each)
    reads = workspace.open_in_workspace(f"local/p{n}", str(folder))
    assert reads.analysis is not None
    for turn in range(3):
        for at, each in enumerate(pages):
            state = each.state()
            assert (state["stage"], state["job"]) == ("classified", None)
            assert edit(each, f"{at}-{turn}", 100 + turn) == 200
            assert edit(reader, f"r{at}-{turn}", 1000 + n * turn + at) == 200
            assert (
                workspace.open_in_workspace(f"local/p{n}", str(folder)) is reads
            )  # not dropped for those of another person
    assert workspace.n_open() < n  # so it was tried
    wait_for_jobs()
    assert set(analysed.values()) == {1}
    assert len(analysed) == 2 * (n + 1)
    for each in pages:
        assert each.state()["revision"] > 0
        assert each.packed("beats")[1]["id"].min() < 0  # the edits are there


def test_what_left_memory_comes_back_from_the_cache_without_a_job(
    tmp_path: Path, analysed: Counter[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = recordings_folder(tmp_path / "many", 1)
    first = page(folder, 0, "a")
    classify(first)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a job was submitted")

    monkeypatch.setattr("pages.services.workspace.ANALYSIS_JOBS.submit", refuse)
    for way in (first, page(folder, 0, "b")):  # a page that stayed, and one that opens it anew
        before, beats = way.state(), way.packed("beats")[1]
        leave_memory()
        after = way.state()
        assert (after["stage"], after["job"]) == ("classified", None)
        assert after["summary"] == before["summary"]
        assert after["episodes"] == before["episodes"]
        leave_memory()
        assert edit(way, f"e{way.person}", 500) == 200
        leave_memory()
        np.testing.assert_array_equal(way.packed("beats")[1]["sample"][-5:], beats["sample"][-5:])


def test_a_cache_that_is_gone_means_a_job_again(tmp_path: Path, analysed: Counter[tuple[str, bool]]) -> None:
    folder = recordings_folder(tmp_path / "many", 1)
    client = page(folder, 0, "a")
    classify(client)
    for file in (tmp_path / "cache" / "analyses").iterdir():
        file.unlink()
    leave_memory()
    assert client.detect()["stage"] in ("beats", "found")
    wait_for_jobs()
    assert client.state()["stage"] == "found"


def test_another_file_under_a_known_name_is_another_recording(
    tmp_path: Path, analysed: Counter[tuple[str, bool]]
) -> None:
    """What is known of a hash holds as long as no file of the recording has changed."""
    folder = recordings_folder(tmp_path / "many", 2)
    classify(page(folder, 0, "a"))
    leave_memory()
    (folder / "p0.dat").write_bytes((folder / "p1.dat").read_bytes())
    again = workspace.open_in_workspace("local/p0", str(folder))
    assert not workspace.restore(again)
    assert "sha256" not in again.recording.__dict__


def test_one_persons_slow_requests_leave_threads_to_others(demo: OpenedRecording) -> None:
    """As many as there are threads wait without one; another person is answered meanwhile."""
    gate, greedy = threading.Event(), issue_token(demo, owner="greedy")
    answered: list[int] = []

    def handler(call: DeskRequest) -> None:
        if call.token == greedy:
            gate.wait(60)

    route = endpoint(handler, Action.READ)

    async def ask(token: str) -> None:
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/",
            "query_string": b"",
            "headers": [(b"x-desk-token", token.encode())],
        }
        answered.append((await route(Request(scope))).status_code)

    async def everybody() -> None:
        waiting = [asyncio.create_task(ask(greedy)) for _ in range(100)]
        try:
            await asyncio.wait_for(ask(issue_token(demo, owner="other")), 20)
            assert answered == [204]
        finally:
            gate.set()
            await asyncio.gather(*waiting)

    run_apart(everybody())
    assert answered == [204] * 101


def test_a_long_recording_is_announced_and_can_be_cancelled(
    demo: OpenedRecording, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, gate = threading.Event(), threading.Event()

    def slow(recording: Recording, model: object = None, *, progress: Any = None, **_: object) -> Analysis:
        progress("Finding beats", 0.25)
        begun.set()
        gate.wait(30)
        progress("Finding beats", 0.5)
        return analyse(recording, None, group=False)

    monkeypatch.setattr("pages.services.analysis_jobs.analyse", slow)
    monkeypatch.setattr(
        "pages.services.analysis_jobs.SAMPLES_PER_S", demo.recording.n_samples * len(demo.recording.leads) / 3600
    )
    ann, ben = (
        DeskClient(demo, owner, token=issue_token(demo, session=owner, owner=owner)) for owner in ("ann", "ben")
    )
    ann.detect()
    assert begun.wait(30)
    assert ann.state()["job"]["long_s"] == 3600
    assert ben.state()["job"]["long_s"] == 3600
    cancelled = ann.send("job", {"do": "cancel"}).json()["job"]
    assert cancelled["problem"] == "It was cancelled."
    assert ann.state()["job"]["problem"] == "It was cancelled."  # looking again does not begin it anew
    assert ben.state()["job"]["problem"] is None  # who waits for it too keeps it
    gate.set()
    wait_for_jobs()
    assert ben.state()["stage"] == ann.state()["stage"] == "found"


def test_a_cancelled_analysis_frees_its_place_and_may_be_tried_again(
    demo: OpenedRecording, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Semaphore(0)
    endless = threading.Event()

    def slow(recording: Recording, model: object = None, *, progress: Any = None, **_: object) -> Analysis:
        begun.release()
        while not endless.wait(0.005):
            progress("Finding beats", 0.5)
        return analyse(recording, None, group=False)

    monkeypatch.setattr("pages.services.analysis_jobs.analyse", slow)
    client = DeskClient(demo)
    client.detect()
    assert begun.acquire(timeout=30)
    client.send("job", {"do": "cancel"})
    wait_for_jobs()
    assert workspace.ANALYSIS_JOBS.load().running == 0
    assert client.state()["job"]["problem"] == "It was cancelled."
    endless.set()
    client.send("job", {"do": "retry"})
    assert begun.acquire(timeout=30)
    wait_for_jobs()
    assert client.state()["stage"] == "found"
