"""Signal that leaves by the desk: prepared in a private folder, fetched once, and nothing of it stays."""

from __future__ import annotations

import io
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from desk_client import DeskClient, wait_for_jobs

from ecg_core.errors import ExportError
from ecg_core.export.signal import FORMATS, SUFFIXES
from ecg_core.formats import open_recording
from pages.api import export_handlers
from pages.services import export_jobs
from pages.services.export_jobs import EXPORTS
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of temporary files of its own, which is empty at the end."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    EXPORTS.clear()
    assert list(folder.iterdir()) == []


def begun(client: DeskClient, format: str = "edf", marks: str = "reviewed", **more: Any) -> dict[str, Any]:
    answer = client.send("export/signal", {"format": format, "marks": marks, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def awaited(client: DeskClient, key: str, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        told = client.ask("export/signal", key=key).json()
        if until(told):
            return dict(told)
        time.sleep(0.02)
    raise AssertionError(told)


def exported(client: DeskClient, format: str = "edf", marks: str = "reviewed", **more: Any) -> tuple[str, bytes]:
    key = begun(client, format, marks, **more)["key"]
    told = awaited(client, key, lambda told: told["ready"] or told["problem"])
    assert told["problem"] is None
    answer = client.ask("export/signal/file", key=key)
    assert answer.status_code == 200, answer.text
    assert len(answer.content) == told["bytes"]
    assert answer.headers["cache-control"] == "no-store"
    assert f'filename="{told["name"]}"' in answer.headers["content-disposition"]
    return str(told["name"]), answer.content


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_fetched_is_the_recording_with_the_corrected_beats(
    client: DeskClient, classified: OpenedRecording, tmp_path: Path, temporary: Path, format: str
) -> None:
    _, beats = client.packed("beats")
    client.edit(0, {"action": "relabel", "beats": [int(beats["id"][5])], "label": "F"})
    name, content = exported(client, format)
    assert list(temporary.iterdir()) == []  # gone with the fetching
    out = tmp_path / "out"
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(out)
    else:
        out.mkdir()
        (out / name).write_bytes(content)
    back = open_recording(out / f"demo_pvc{SUFFIXES[format]}")
    np.testing.assert_array_equal(back.read(), classified.recording.read())
    marks = back.annotations()
    assert marks is not None
    samples, symbols = marks.beats()
    _, now = client.packed("beats")
    np.testing.assert_array_equal(samples, now["sample"])
    assert "".join(symbols) == "".join("NSVFQ"[code] for code in now["label"])
    assert symbols[5] == "F"


def test_a_span_and_the_files_own_annotations(client: DeskClient, classified: OpenedRecording, tmp_path: Path) -> None:
    name, content = exported(client, "edf", "file", start_s=10, stop_s=20.5)
    (tmp_path / name).write_bytes(content)
    back = open_recording(tmp_path / name)
    np.testing.assert_array_equal(back.read(), classified.recording.read(3600, 7380))
    own, marks = classified.recording.annotations(), back.annotations()
    assert own is not None
    assert marks is not None
    samples = own.beats()[0]
    np.testing.assert_array_equal(marks.beats()[0] + 3600, samples[(samples >= 3600) & (samples < 7380)])


def test_without_marks(client: DeskClient, tmp_path: Path) -> None:
    name, content = exported(client, "edf", "none", start_s=0, stop_s=10)
    (tmp_path / name).write_bytes(content)
    marks = open_recording(tmp_path / name).annotations()
    assert marks is None or not len(marks.sample)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"format": "pdf", "marks": "none"},
        {"format": "edf", "marks": "some"},
        {"format": ["edf"], "marks": "none"},
        {"format": "edf", "marks": "none", "start_s": "0"},
        {"format": "edf", "marks": "none", "start_s": True},
        {"format": "edf", "marks": "none", "start_s": 1e300},
        {"format": "edf", "marks": "none", "start_s": 20, "stop_s": 20},
        {"format": "edf", "marks": "none", "start_s": 1e6},
    ],
)
def test_what_makes_no_sense_is_refused(client: DeskClient, body: dict[str, Any]) -> None:
    answer = client.send("export/signal", body)
    assert answer.status_code == 400
    assert answer.json()["problem"].endswith(".")


def test_unclassified_beats_cannot_be_exported_as_reviewed(demo: OpenedRecording) -> None:
    client = DeskClient(demo)
    client.detect()
    wait_for_jobs()
    answer = client.send("export/signal", {"format": "edf", "marks": "reviewed"})
    assert (answer.status_code, "Classify the beats first" in answer.text) == (409, True)
    exported(client, "edf", "file", start_s=0, stop_s=10)


class Held:
    """An export that waits until it may go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go_on = threading.Event()
        self.problem: Exception | None = None
        monkeypatch.setattr(export_handlers, "write_signal", self.write)

    def write(self, recording: Any, folder: Path, *_: Any, progress: Callable[[float], None], **__: Any) -> list[Path]:
        (folder / "x.part").write_bytes(b"half")
        while not self.go_on.wait(0.01):
            progress(0.5)
        if self.problem:
            raise self.problem
        (folder / "x.edf").write_bytes(b"whole")
        return [folder / "x.edf"]


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    export = Held(monkeypatch)
    yield export
    export.go_on.set()


def gone(folder: Path) -> None:
    deadline = time.monotonic() + 20
    while list(folder.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert list(folder.iterdir()) == []


def test_progress_is_told_and_a_stopped_export_leaves_nothing(client: DeskClient, held: Held, temporary: Path) -> None:
    key = begun(client)["key"]
    told = awaited(client, key, lambda told: told["share"] == 0.5)
    assert not told["ready"]
    assert client.ask("export/signal/file", key=key).status_code == 409
    (folder,) = (path for path in temporary.iterdir() if path.is_dir())
    assert folder.stat().st_mode & 0o077 == 0  # private
    assert client.send("export/signal/stop", {"key": key}).status_code == 204
    gone(temporary)
    assert client.ask("export/signal", key=key).status_code == 404


def test_a_page_has_one_export_and_a_person_too(client: DeskClient, classified: OpenedRecording, held: Held) -> None:
    first = begun(client)["key"]
    second = begun(client)["key"]  # the page wants another one now
    assert client.ask("export/signal", key=first).status_code == 404
    ann, elsewhere = DeskClient(classified, "Ann"), DeskClient(classified, "Ann")
    begun(ann)
    refused = elsewhere.send("export/signal", {"format": "edf", "marks": "none"})
    assert (refused.status_code, "another export under way" in refused.text) == (429, True)
    refused = DeskClient(classified, "Bob").send("export/signal", {"format": "edf", "marks": "none"})
    assert (refused.status_code, "try again in a minute" in refused.text) == (429, True)
    held.go_on.set()
    awaited(client, second, lambda told: told["ready"])


def test_a_stopped_export_that_still_writes_keeps_its_place(temporary: Path) -> None:
    """No more exports write at once than allowed, whatever was stopped; the next one begins when a place is free."""
    go_on, begun_now = threading.Event(), threading.Semaphore(0)

    def deaf(folder: Path, *_: object) -> list[Path]:
        begun_now.release()
        go_on.wait(30)
        (folder / "x.edf").write_bytes(b"whole")
        return [folder / "x.edf"]

    stopped = [EXPORTS.begin(f"page {at}", "", "x", deaf) for at in range(2)]
    for _ in stopped:
        assert begun_now.acquire(timeout=30)
    for export in stopped:
        EXPORTS.give_up(export.page, export.key)
    third = EXPORTS.begin("page 3", "", "x", deaf)
    assert not begun_now.acquire(timeout=0.2)
    assert third.busy
    go_on.set()
    assert begun_now.acquire(timeout=30)
    assert third.job.wait(30)
    assert third.file is not None
    assert third.file.read_bytes() == b"whole"
    third.stop()
    gone(temporary)


def test_an_export_that_is_stopped_before_its_turn_leaves_nothing(temporary: Path) -> None:
    go_on = threading.Event()

    def deaf(folder: Path, *_: object) -> list[Path]:
        go_on.wait(30)
        return []

    for at in range(2):
        export = EXPORTS.begin(f"page {at}", "", "x", deaf)
        EXPORTS.give_up(export.page, export.key)
    waiting = EXPORTS.begin("page 3", "", "x", lambda *_: pytest.fail("written"))
    EXPORTS.give_up(waiting.page, waiting.key)
    assert waiting.job.wait(30)
    assert not waiting.folder.exists()
    go_on.set()
    gone(temporary)


def test_nobody_else_can_ask_after_fetch_or_stop_it(
    client: DeskClient, classified: OpenedRecording, held: Held
) -> None:
    key = begun(client)["key"]
    other = DeskClient(classified)
    assert other.ask("export/signal", key=key).status_code == 404
    assert other.ask("export/signal/file", key=key).status_code == 404
    other.send("export/signal/stop", {"key": key})
    assert client.ask("export/signal", key=key).status_code == 200


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (ExportError("EDF cannot hold lead II; export it as CSV."), "EDF cannot hold lead II; export it as CSV."),
        (OSError(28, "No space left on device"), "cannot take it: No space left on device."),
        (ZeroDivisionError("secret"), "not foreseen"),
    ],
)
def test_a_failure_is_one_sentence_and_leaves_nothing(
    client: DeskClient, held: Held, temporary: Path, problem: Exception, said: str
) -> None:
    held.problem = problem
    held.go_on.set()
    key = begun(client)["key"]
    told = awaited(client, key, lambda told: told["problem"] is not None)
    assert said in told["problem"]
    assert "secret" not in told["problem"]
    gone(temporary)


def test_where_the_server_writes_is_not_told(client: DeskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(recording: Any, folder: Path, *_: Any, **__: Any) -> list[Path]:
        raise ExportError(f"The disk of {folder} is full; nothing was exported.")

    monkeypatch.setattr(export_handlers, "write_signal", write)
    key = begun(client)["key"]
    told = awaited(client, key, lambda told: told["problem"] is not None)
    assert told["problem"] == "The disk of the server's folder for exports is full; nothing was exported."


def test_what_nobody_asks_after_is_given_up(
    client: DeskClient, held: Held, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = begun(client)["key"]
    EXPORTS.tidy()
    assert client.ask("export/signal", key=key).status_code == 200
    monkeypatch.setattr(export_jobs, "ABANDONED_AFTER_S", -1.0)
    EXPORTS.tidy()
    gone(temporary)


def test_a_file_that_nobody_fetches_is_given_up(
    client: DeskClient, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = begun(client, start_s=0, stop_s=5)["key"]
    awaited(client, key, lambda told: told["ready"])
    monkeypatch.setattr(export_jobs, "FINISHED_EXPORT_TTL_S", -1.0)
    EXPORTS.tidy()
    gone(temporary)


def test_only_who_fetches_the_whole_file_uses_it_up(client: DeskClient, temporary: Path) -> None:
    key = begun(client)["key"]
    told = awaited(client, key, lambda told: told["ready"])
    head = client.head("export/signal/file", key=key)
    assert (head.status_code, head.content, head.headers["allow"]) == (405, b"", "GET")
    part = client.part("export/signal/file", "bytes=0-9", key=key)
    assert (part.status_code, len(part.content)) == (206, 10)
    everything = client.part("export/signal/file", "bytes=0-", key=key)
    assert len(everything.content) == told["bytes"]
    client.leave("export/signal/file", key=key)
    whole = client.ask("export/signal/file", key=key)
    assert (whole.status_code, len(whole.content)) == (200, told["bytes"])
    assert client.ask("export/signal/file", key=key).status_code == 404
    assert list(temporary.iterdir()) == []
