"""Where edits cannot be kept, people are told before they make any, and can read with all edits that are there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_client import DeskClient
from service.disks import fill, read_only, small_disk
from teller import Teller

from ecg_core.analysis import analyse
from ecg_core.formats import open_recording
from ecg_core.health import database_problem, folder_problem
from ecg_core.review.database import FILE_NAME
from ecg_core.review.read_only_log import CannotKeepError, engine_to_read, why_unwritable
from ecg_core.sources.demos import demo_folder
from pages.services import review_sessions, tokens, workspace
from pages.services.audit_trail import TRAIL
from pages.services.job_executor import ANALYSIS_JOBS
from pages.services.worklist_updates import UPDATES
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where edits are kept."""
    monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RHYTHMOSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("ecg_core.classification.device.device_name", lambda: "none")
    monkeypatch.setattr(review_sessions, "_LOOK_AGAIN_S", 0.0)
    # Where the audit log's thread looks at the folder, others go by what was found before.
    monkeypatch.setattr(TRAIL, "tell", lambda *_: None)
    monkeypatch.setattr(UPDATES, "_put", lambda *_, **__: None)
    return tmp_path / "home"


@pytest.fixture
def opened(home: Path) -> Iterator[OpenedRecording]:
    """A bundled recording with classified beats."""
    found = workspace.open_in_workspace("demo/demo_pvc", "")
    found.keep(analyse(open_recording(demo_folder() / "demo_pvc.hea"), Teller(), cache=False))
    yield found
    review_sessions._database.cache_clear()
    workspace.clear()
    ANALYSIS_JOBS.clear()
    tokens.revoke_all()


def edit(client: DeskClient, name: str) -> int:
    body = {"edits": [{"uuid": name, "action": "add", "beat": -3, "sample": 700, "label": "V"}]}
    return client.send("edits", body).status_code


def close(home: Path) -> None:
    """End the connections of the process, as its end would."""
    review_sessions._database(home / FILE_NAME).dispose()
    review_sessions._database.cache_clear()


def test_a_folder_that_cannot_be_written_to_is_told_before_any_edit(opened: OpenedRecording, home: Path) -> None:
    home.mkdir()
    with read_only(home):
        client = DeskClient(opened)
        state = client.state()
        assert "Edits cannot be kept" in state["edits_problem"]
        assert "cannot be written to" in state["edits_problem"]
        assert state["summary"]["n_beats"] > 100
        assert len(client.packed("beats")[1]["id"]) == state["summary"]["n_beats"]
        assert edit(client, "in vain") == 503
        assert client.send("undo", {}).status_code in (200, 503)
        assert client.send("edits", {"edits": []}).status_code == 400


def test_edits_that_are_there_are_shown_where_none_can_be_added(opened: OpenedRecording, home: Path) -> None:
    first = DeskClient(opened)
    assert first.state()["edits_problem"] is None
    assert edit(first, "kept") == 200
    assert -3 in first.packed("beats")[1]["id"]
    close(home)
    with read_only(home):
        later = DeskClient(opened)
        assert later.state()["edits_problem"]
        assert -3 in later.packed("beats")[1]["id"]
        assert edit(later, "in vain") == 503
    again = DeskClient(opened)
    assert again.state()["edits_problem"] is None
    body = {"edits": [{"uuid": "after", "action": "add", "beat": -4, "sample": 900, "label": "N"}]}
    assert again.send("edits", body).status_code == 200
    assert {-3, -4} <= set(again.packed("beats")[1]["id"].tolist())


def test_a_full_disk_is_told_and_reading_goes_on(
    opened: OpenedRecording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk", 256) as disk:
        monkeypatch.setenv("RHYTHMOSCOPE_HOME", str(disk))
        client = DeskClient(opened)
        assert edit(client, "kept") == 200
        fill(disk)
        state = client.state()
        assert "full" in state["edits_problem"]
        assert "make room" in state["edits_problem"]
        assert -3 in client.packed("beats")[1]["id"]
        assert edit(client, "in vain") == 503
        (disk / "filling").unlink()
        assert client.state()["edits_problem"] is None
        body = {"edits": [{"uuid": "after", "action": "add", "beat": -4, "sample": 900, "label": "N"}]}
        assert client.send("edits", body).status_code == 200
        close(disk)


def test_a_damaged_database_does_not_close_the_recording(opened: OpenedRecording, home: Path) -> None:
    home.mkdir()
    (home / FILE_NAME).write_bytes(b"no database " * 400)
    client = DeskClient(opened)
    state = client.state()
    assert "damaged" in state["edits_problem"]
    assert state["summary"]["n_beats"] > 100
    assert (home / FILE_NAME).read_bytes() == b"no database " * 400


def test_nothing_is_written_where_a_database_is_only_read(tmp_path: Path) -> None:
    file = tmp_path / FILE_NAME
    log = review_sessions._log_to_read(file, "why", "a" * 64, "b" * 64)
    assert log.entries() == []
    with pytest.raises(CannotKeepError, match="why"):
        log.append("Ann", [], [])
    engine_to_read(file)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_place_that_is_no_folder_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    assert folder_problem(tmp_path / place) == "not_a_folder"
    assert "is no folder" in str(why_unwritable(tmp_path / place / FILE_NAME))


def test_a_place_that_can_be_made_is_fine_and_is_not_made_by_looking(tmp_path: Path) -> None:
    assert database_problem(tmp_path / "a" / "b" / FILE_NAME) is None
    assert why_unwritable(tmp_path / "a" / "b" / FILE_NAME) is None
    assert not list(tmp_path.iterdir())
