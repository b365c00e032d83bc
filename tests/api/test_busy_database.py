"""Reading waits for no writing; an edit waits a moment, is then refused for the time being, and is not lost."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from desk_client import DeskClient

from ecg_core.analysis import Analysis
from ecg_core.review import database
from ecg_core.review.database import FILE_NAME
from ecg_core.review.edits import Relabel
from ecg_core.review.log import EditLog
from ecg_core.review.session import ReviewSession
from pages.services import review_sessions
from pages.services.workspace import OpenedRecording


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Write to the database as another process would, for as long as the block lasts."""
    other = sqlite3.connect(home / FILE_NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def edit(client: DeskClient, number: int) -> int:
    beat = {"uuid": f"edit {number}", "action": "add", "beat": -number, "sample": 300 + 10 * number, "label": "V"}
    return client.send("edits", {"edits": [beat]}).status_code


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    review_sessions._database.cache_clear()
    review_sessions._looked.clear()
    yield tmp_path / "home"
    review_sessions._database.cache_clear()


def test_reading_goes_on_while_an_edit_waits(
    classified: OpenedRecording, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WRITE_PATIENCE_S", 60.0)
    assert edit(DeskClient(classified), 1) == 200
    review_sessions._looked.clear()  # whoever reads has to look whether edits can be kept, too
    answers: dict[int, int] = {}
    with locked(home):
        editors = [
            threading.Thread(
                target=lambda number=number: answers.update({number: edit(DeskClient(classified), number)})
            )
            for number in (2, 3, 4)
        ]
        for editor in editors:
            editor.start()
        reader = DeskClient(classified)
        state = reader.state()
        assert state["edits_problem"] is None
        assert -1 in reader.packed("beats")[1]["id"]
        assert reader.ask("changes", since=state["revision"]).status_code == 204
        assert reader.ask("export/log.json").status_code == 200
        assert not answers  # nobody's edit had to be through first
    for editor in editors:
        editor.join()
    assert answers == {2: 200, 3: 200, 4: 200}


def test_a_recording_is_opened_while_another_process_writes(classified: OpenedRecording, home: Path) -> None:
    assert edit(DeskClient(classified), 1) == 200
    with locked(home):
        review_sessions._sessions.clear()
        review_sessions._database.cache_clear()
        reader = DeskClient(classified)
        assert -1 in reader.packed("beats")[1]["id"]
        assert reader.state()["edits_problem"] is None


def test_an_edit_that_has_waited_long_enough_is_to_be_sent_again(
    classified: OpenedRecording, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WRITE_PATIENCE_S", 0.2)
    client = DeskClient(classified)
    assert edit(client, 1) == 200
    with locked(home):
        answer = client.send(
            "edits", {"edits": [{"uuid": "w", "action": "add", "beat": -9, "sample": 9, "label": "V"}]}
        )
        assert answer.status_code == 503
        assert "busy" in answer.json()["problem"]
        assert "try again" in answer.json()["problem"]
        assert client.send("undo", {"uuid": "z"}).status_code == 503
    assert edit(client, 9) == 200
    assert client.send("undo", {"uuid": "z"}).status_code == 200


def test_who_writes_in_this_process_does_not_make_others_wait_in_turn(
    classified: OpenedRecording, home: Path, tmp_path: Path
) -> None:
    assert edit(DeskClient(classified), 1) == 200
    made = review_sessions._database(home / FILE_NAME)
    inside, leave = threading.Event(), threading.Event()

    def stay() -> None:
        with database.writing(made):
            inside.set()
            leave.wait(60)

    writer = threading.Thread(target=stay)
    writer.start()
    assert inside.wait(60)
    try:
        for _ in range(3):
            with pytest.raises(database.CannotKeepError, match="busy"), database.writing(made, patience_s=0.05):
                pass
    finally:
        leave.set()
        writer.join()
    with database.writing(made):  # nobody who gave up is waited for
        pass


def test_two_servers_tell_each_other_of_edits_by_the_beats_alone(classified: OpenedRecording, home: Path) -> None:
    here = DeskClient(classified)
    assert edit(here, 1) == 200
    # The other server has a process, a workbench and connections of its own.
    analysis: Analysis | None = classified.analysis
    assert analysis is not None
    log = EditLog(database.engine(home / FILE_NAME), classified.recording.sha256, analysis.provenance["model_sha256"])
    there = ReviewSession(classified.recording, analysis, log)
    samples = analysis.beats["sample"].tolist()
    there.edit("Ben", [("there", Relabel((samples[5],), "F"))])
    table = here.packed("beats")[1]
    assert table["label"][table["id"].tolist().index(samples[5])] == 3
    there.edit("Ben", [("there too", Relabel((samples[6],), "F"))])
    lines = here.ask("export/beats.csv").text.splitlines()
    assert sum(",F," in line for line in lines) == 2
    # And undo takes back what was done last, wherever that was.
    here.person = "Ben"
    assert here.send("undo", {"uuid": "back"}).status_code == 200
    assert log.entries()[-1].payload == {"entry": log.entries()[-2].seq}


@pytest.mark.skipif(os.name != "posix", reason="rights of other accounts")
def test_other_accounts_can_read_neither_edits_nor_results(
    classified: OpenedRecording, home: Path, tmp_path: Path
) -> None:
    home.mkdir()
    home.chmod(0o755)
    database.engine(home / FILE_NAME).dispose()
    for file in home.iterdir():
        file.chmod(0o644)
    home.chmod(0o755)
    database._held.clear()
    assert edit(DeskClient(classified), 1) == 200
    for place in (home, *home.rglob("*")):
        assert place.stat().st_mode & 0o077 == 0, place
