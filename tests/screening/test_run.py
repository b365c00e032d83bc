"""A screening from folder to table: resumed, paused, cancelled; nothing is done twice and nothing is left out."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fsspec
import pytest
from screening_for_tests import journal, row_of

from ecg_core.errors import SourceError
from ecg_core.paths import DEMO_FOLDER
from ecg_core.screening import run
from ecg_core.screening.executors import ThisProcess
from ecg_core.screening.items import Item, items_in, opened
from ecg_core.screening.results import Results
from ecg_core.screening.row import RunSettings
from ecg_core.screening.run import Progress, screen

pytestmark = pytest.mark.slow

N_DEMOS = len(list(DEMO_FOLDER.glob("*.hea")))


@pytest.fixture(autouse=True)
def _model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "load_beat_classifier", lambda _: SimpleNamespace(sha256="m"))


def analysed(item: Item, _: RunSettings) -> dict[str, Any]:
    return {**row_of(item.name), "key": item.key, "stamp": item.stamp()}


class Stopping:
    """Analyses a few recordings and is gone, as a killed process is."""

    def __init__(self, after: int) -> None:
        self.after = after

    def rows(self, items: Any, settings: RunSettings, wait: Any) -> Iterator[dict[str, Any]]:
        del wait
        for n, item in enumerate(items):
            if n == self.after:
                raise KeyboardInterrupt
            yield analysed(item, settings)


def test_a_stopped_screening_goes_on_where_it_was(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        screen([str(DEMO_FOLDER)], Results(out), Stopping(3), RunSettings())
    assert len(journal(out)) == 3
    asked: list[str] = []

    def counting(item: Item, settings: RunSettings) -> dict[str, Any]:
        asked.append(item.name)
        return analysed(item, settings)

    progress, _ = screen([str(DEMO_FOLDER)], Results(out), ThisProcess(counting), RunSettings())
    assert (progress.state, progress.total, progress.before, progress.done) == ("finished", N_DEMOS, 3, N_DEMOS - 3)
    assert len(asked) == N_DEMOS - 3
    assert len({row["name"] for row in journal(out)}) == N_DEMOS


def test_a_changed_file_is_screened_again(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(DEMO_FOLDER, source)
    for _ in range(2):
        progress, _ = screen([str(source)], Results(tmp_path / "out"), ThisProcess(analysed), RunSettings())
    assert progress.before == N_DEMOS
    changed = next(source.glob("*.hea"))
    changed.write_text(changed.read_text() + "# another comment\n")
    progress, _ = screen([str(source)], Results(tmp_path / "out"), ThisProcess(analysed), RunSettings())
    assert (progress.before, progress.done) == (N_DEMOS - 1, 1)


def test_the_results_folder_is_not_screened(tmp_path: Path) -> None:
    shutil.copytree(DEMO_FOLDER, tmp_path / "source")
    out = tmp_path / "source" / "out"
    shutil.copytree(DEMO_FOLDER, out)
    items, _ = items_in([str(tmp_path / "source")], out)
    assert len(items) == N_DEMOS


def test_paused_nothing_begins_and_cancelled_it_ends(tmp_path: Path) -> None:
    results = Results(tmp_path)
    states: list[str] = []
    paused = threading.Event()

    def tell(progress: Progress) -> None:
        states.append(progress.state)
        if progress.state == "paused":
            paused.set()
        elif progress.done == 2:
            results.ask("pause")
        elif progress.done == 4:
            results.ask("cancel")

    def go_on() -> None:
        assert paused.wait(30)
        assert len(journal(tmp_path)) == 2
        assert results.status()["state"] == "paused"
        results.ask("")

    thread = threading.Thread(target=go_on)
    thread.start()
    progress, _ = screen([str(DEMO_FOLDER)], results, ThisProcess(analysed), RunSettings(), tell)
    thread.join()
    assert "paused" in states
    assert (progress.state, progress.done) == ("cancelled", 4)
    assert results.status()["state"] == "cancelled"
    progress, _ = screen([str(DEMO_FOLDER)], results, ThisProcess(analysed), RunSettings())
    assert (progress.state, progress.before) == ("finished", 4)


def test_an_empty_or_absent_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="holds no recording"):
        screen([str(tmp_path / "empty")], Results(tmp_path / "out"), ThisProcess(analysed), RunSettings())
    with pytest.raises(SourceError, match="no folder"):
        screen([str(tmp_path / "nowhere")], Results(tmp_path / "out"), ThisProcess(analysed), RunSettings())


def test_recordings_in_object_storage_are_found_and_fetched_while_they_are_open(tmp_path: Path) -> None:
    storage = fsspec.filesystem("memory")
    for path in DEMO_FOLDER.glob("demo_pvc.*"):
        storage.pipe(f"/clinic/day1/{path.name}", path.read_bytes())
    storage.pipe("/clinic/readme.txt", b"hello")
    items, told = items_in(["memory://clinic"])
    assert told == []
    assert [(item.name, len(item.files)) for item in items] == [("day1/demo_pvc", 3)]
    with opened(items[0]) as recording:
        assert len(recording.leads) == 3
        fetched = recording.files[0].parent
        assert fetched.is_dir()
        assert recording.annotations() is not None
    assert not fetched.exists()


def test_storage_that_is_not_known_is_said() -> None:
    with pytest.raises(SourceError, match="cannot be listed"):
        items_in(["nosuchstorage://bucket"])


def test_a_watched_folder_is_screened_as_recordings_arrive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "SETTLED_S", 1.0)
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    results = Results(out)
    ended: list[Progress] = []

    def watching() -> None:
        ended.append(run.watch([str(source)], results, ThisProcess(analysed), RunSettings(), 0.1)[0])

    def awaited(n: int) -> None:
        deadline = time.monotonic() + 60
        while not ((out / "rows.jsonl").is_file() and len(journal(out)) >= n):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    thread = threading.Thread(target=watching)
    thread.start()
    for n, name in enumerate(("demo_pvc", "demo_sinus"), start=1):
        for file in DEMO_FOLDER.glob(f"{name}.*"):
            shutil.copyfile(file, source / file.name)
        awaited(n)
    results.ask("cancel")
    thread.join(60)
    assert [row["name"] for row in journal(out)] == ["demo_pvc", "demo_sinus"]
    assert ended[0].state == "cancelled"
