"""Edits are acknowledged only into the database that people will find again, whatever is done to its files."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asgi_client import request
from desk_client import DeskClient
from starlette.applications import Starlette

from ecg_core.errors import CannotKeepError
from ecg_core.review import database
from ecg_core.review.database import FILE_NAME, engine
from ecg_core.review.edits import Relabel
from ecg_core.review.identity import marker_of
from ecg_core.review.log import EditLog
from pages.api import health
from pages.services import review_sessions, tokens
from pages.services.audit_trail import TRAIL
from pages.services.worklist_updates import UPDATES
from pages.services.workspace import OpenedRecording

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where edits are kept."""
    monkeypatch.setattr(review_sessions, "_LOOK_AGAIN_S", 0.0)
    # Where the audit log's thread looks at the database, others go by what was found before.
    monkeypatch.setattr(TRAIL, "tell", lambda *_: None)
    monkeypatch.setattr(UPDATES, "_put", lambda *_, **__: None)
    monkeypatch.setattr(health, "_disks", health._Disks())
    monkeypatch.setattr(health, "STATUS_TTL_S", 0.0)
    review_sessions._database.cache_clear()
    yield tmp_path / "home"
    review_sessions._database.cache_clear()


def edit(client: DeskClient, number: int) -> int:
    beat = {"uuid": f"edit {number}", "action": "add", "beat": -number, "sample": 300 + 10 * number, "label": "V"}
    return client.send("edits", {"edits": [beat]}).status_code


def restart() -> None:
    """Forget what the process holds, as its end does; what it holds open is closed."""
    for made in [kept.session.log.engine for kept in review_sessions._sessions.values()]:
        made.dispose()
    review_sessions._database.cache_clear()
    review_sessions._no_log.cache_clear()
    review_sessions._sessions.clear()
    review_sessions._looked.clear()
    review_sessions._unusable.clear()
    database._held.clear()
    tokens.revoke_all()


def health_told() -> tuple[str, list[str]]:
    told: dict[str, Any] = request(Starlette(routes=health.HEALTH), "GET", "/healthz").json()
    return told["status"], [reason["how"] for reason in told["reasons"] if reason["what"] == "database"]


def found(opened: OpenedRecording, among: range) -> set[int]:
    ids = DeskClient(opened).packed("beats")[1]["id"].tolist()
    return {number for number in among if -number in ids}


def checkpointed(home: Path) -> None:
    """Bring what the write-ahead log holds into the database: until then SQLite itself repairs what is cut off."""
    connection = sqlite3.connect(home / FILE_NAME)
    try:
        busy = 1
        while busy:  # while the server's own is under way
            busy, n_frames, n_written = connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
    finally:
        connection.close()
    assert n_written == n_frames


def deleted(home: Path) -> None:
    for file in home.glob(f"{FILE_NAME}*"):
        file.unlink()


def only_database_deleted(home: Path) -> None:
    (home / FILE_NAME).unlink()


def home_renamed(home: Path) -> None:
    home.rename(home.with_name("elsewhere"))
    home.mkdir()


def home_deleted(home: Path) -> None:
    shutil.rmtree(home)


def truncated(home: Path) -> None:
    os.truncate(home / FILE_NAME, 0)


def cut_short(home: Path) -> None:
    os.truncate(home / FILE_NAME, 4096)


def replaced_by_an_empty_one(home: Path) -> None:
    deleted(home)
    (home / FILE_NAME).touch()


def replaced_by_a_copy(home: Path) -> None:
    copy = home / "copy"
    shutil.copyfile(home / FILE_NAME, copy)
    copy.replace(home / FILE_NAME)


DAMAGES: list[Callable[[Path], None]] = [
    deleted,
    only_database_deleted,
    home_renamed,
    home_deleted,
    truncated,
    cut_short,
    replaced_by_an_empty_one,
    replaced_by_a_copy,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_no_edit_is_acknowledged_into_a_database_that_is_gone(
    classified: OpenedRecording, home: Path, damage: Callable[[Path], None]
) -> None:
    client = DeskClient(classified)
    assert [edit(client, number) for number in range(1, 6)] == [200] * 5
    checkpointed(home)
    since = client.state()["revision"]
    assert client.ask("changes", since=since, kept="yes").status_code == 204
    assert health_told() == ("ok", [])
    damage(home)

    # It is told before anybody edits, and again to whoever asks.
    meta, _ = client.packed("changes", since=since, kept="yes")
    assert "Edits cannot be kept" in meta["edits_problem"]
    assert client.ask("changes", since=since, kept="no").status_code == 204
    assert client.state()["edits_problem"] == meta["edits_problem"]
    assert "start the server again" in meta["edits_problem"]
    status, how = health_told()
    assert status == "degraded"
    assert how in (["missing"], ["replaced"], ["truncated"])

    answers = [edit(client, number) for number in range(6, 16)]
    assert answers == [503] * 10
    assert client.send("undo", {"uuid": "u"}).status_code == 503
    # What was there is shown still, to those who come later too.
    assert found(classified, range(1, 16)) == set(range(1, 6))

    restart()
    assert not found(classified, range(6, 16))


@pytest.mark.parametrize("damage", [deleted, only_database_deleted, truncated, replaced_by_an_empty_one])
def test_no_new_database_is_made_beside_the_sign_of_an_earlier_one(
    classified: OpenedRecording, home: Path, damage: Callable[[Path], None]
) -> None:
    assert edit(DeskClient(classified), 1) == 200
    backup = sqlite3.connect(home / "backup")
    with sqlite3.connect(home / FILE_NAME) as source:
        source.backup(backup)
    source.close()
    backup.close()
    checkpointed(home)
    damage(home)
    restart()

    client = DeskClient(classified)
    problem = client.state()["edits_problem"]
    assert "not shown" in problem
    assert marker_of(home / FILE_NAME).name in problem
    assert edit(client, 2) == 503
    assert not (home / FILE_NAME).exists() or (home / FILE_NAME).stat().st_size == 0
    assert health_told()[0] == "degraded"

    # A person puts a backup in its place, and all that is in it is there.
    for file in home.glob(f"{FILE_NAME}-*"):
        file.unlink()
    (home / "backup").replace(home / FILE_NAME)
    restart()
    client = DeskClient(classified)
    assert client.state()["edits_problem"] is None
    assert found(classified, range(1, 4)) == {1}
    assert edit(client, 3) == 200
    assert health_told() == ("ok", [])


def test_a_person_may_go_on_with_an_empty_one(classified: OpenedRecording, home: Path) -> None:
    assert edit(DeskClient(classified), 1) == 200
    deleted(home)
    restart()
    assert DeskClient(classified).state()["edits_problem"]
    marker_of(home / FILE_NAME).unlink(missing_ok=True)
    restart()
    client = DeskClient(classified)
    assert client.state()["edits_problem"] is None
    assert edit(client, 2) == 200
    assert found(classified, range(1, 4)) == {2}


def test_another_database_in_its_place_is_not_taken_for_it(
    classified: OpenedRecording, home: Path, tmp_path: Path
) -> None:
    assert edit(DeskClient(classified), 1) == 200
    restart()
    engine(tmp_path / "other" / FILE_NAME).dispose()
    deleted(home)
    shutil.copyfile(tmp_path / "other" / FILE_NAME, home / FILE_NAME)
    client = DeskClient(classified)
    assert "not the one that was there before" in client.state()["edits_problem"]
    assert edit(client, 2) == 503


def test_what_is_put_back_is_gone_on_with(classified: OpenedRecording, home: Path) -> None:
    client = DeskClient(classified)
    assert edit(client, 1) == 200
    home.rename(home.with_name("elsewhere"))
    assert edit(client, 2) == 503
    home.with_name("elsewhere").rename(home)
    assert client.state()["edits_problem"] is None
    assert edit(client, 2) == 200
    restart()
    assert found(classified, range(1, 4)) == {1, 2}


@pytest.mark.parametrize("to_bytes", [0, 32, 4000, 9000])
def test_no_edit_is_lost_in_a_log_that_was_cut_off(classified: OpenedRecording, home: Path, to_bytes: int) -> None:
    client = DeskClient(classified)
    assert [edit(client, number) for number in range(1, 6)] == [200] * 5
    wal = home / f"{FILE_NAME}-wal"
    database._held[review_sessions._database(home / FILE_NAME)].checkpoint()  # as happens in the background
    # While somebody reads an old state, SQLite cannot begin the log anew.
    reader = sqlite3.connect(home / FILE_NAME, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM entries").fetchone()
    acknowledged = set(range(1, 6))
    acknowledged |= {number for number in range(6, 9) if edit(client, number) == 200}
    os.truncate(wal, min(to_bytes, wal.stat().st_size))
    after = {number for number in range(9, 15) if edit(client, number) == 200}
    reader.close()
    # Whoever finds the files as they lie there now finds what was acknowledged after the cut, or it was not.
    left = home.with_name("left")
    left.mkdir()
    for file in (home / FILE_NAME, wal):
        shutil.copyfile(file, left / file.name)
    with sqlite3.connect(left / FILE_NAME) as connection:
        kept = {row[0] for row in connection.execute("SELECT uuid FROM entries")}
    connection.close()
    assert {f"edit {number}" for number in after} <= kept
    assert {f"edit {number}" for number in range(1, 6)} <= kept


def test_two_servers_and_one_of_them_begins_anew(classified: OpenedRecording, home: Path) -> None:
    """The one that still has the old database open does not touch what the other has written."""
    assert edit(DeskClient(classified), 1) == 200
    old = review_sessions._sessions[classified].session.log.engine
    deleted(home)
    marker_of(home / FILE_NAME).unlink(missing_ok=True)
    review_sessions._sessions.clear()
    review_sessions._database.cache_clear()
    new = EditLog(engine(home / FILE_NAME), "a" * 64, None)
    new.append("Ben", [Relabel((300,), "V")], ["new"])
    with pytest.raises(CannotKeepError, match="replaced"):
        EditLog(old, "a" * 64, None).append("Ann", [Relabel((300,), "V")], ["old"])
    old.dispose()
    assert [entry.uuid for entry in new.entries()] == ["new"]
    assert (home / f"{FILE_NAME}-wal").exists()
    copy = home.with_name("copy")
    shutil.copytree(home, copy)
    with sqlite3.connect(copy / FILE_NAME) as connection:
        assert connection.execute("SELECT uuid FROM entries").fetchall() == [("new",)]
    connection.close()
