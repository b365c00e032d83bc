"""Uploads on disk: so much for each person, so much for all, and whoever is gone makes room."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from ecg_core.errors import SourceError
from ecg_core.sources import Upload
from pages.services import library, tokens, upload_store, workspace
from pages.services.upload_store import UploadStore, grace_s
from pages.ui import server

CSV = b"time_s,II (mV)\n" + b"".join(b"%.3f,%.3f\n" % (n / 250, (n % 200 == 0) * 1.0) for n in range(2500))


def upload(folder: Path, name: str, n_bytes: int) -> Upload:
    (folder / name).mkdir(parents=True)
    (folder / name / "a.dat").write_bytes(b"\0" * n_bytes)
    return Upload(folder / name)


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk with room."""
    monkeypatch.setattr(upload_store, "MIN_FREE_BYTES", -(1 << 40))


@pytest.mark.usefixtures("free")
def test_one_person_may_have_so_much_and_is_told_when_it_is_reached(tmp_path: Path) -> None:
    kept = UploadStore(person_bytes=100, all_bytes=1000)
    assert kept.room_for("a") == 100
    kept.keep("t0", upload(tmp_path, "t0", 60), "a")
    assert kept.room_for("a") == 40
    kept.keep("t1", upload(tmp_path, "t1", 40), "a")
    with pytest.raises(SourceError, match="the most that one person may have here; reload the page"):
        kept.room_for("a")
    assert kept.room_for("b") == 100


@pytest.mark.usefixtures("free")
def test_people_who_are_gone_make_room_and_others_do_not(tmp_path: Path) -> None:
    kept, here = UploadStore(person_bytes=100, all_bytes=150), {"a", "b", "c"}
    kept.is_here = here.__contains__
    kept.keep("ta", upload(tmp_path, "ta", 80), "a")
    kept.keep("tb", upload(tmp_path, "tb", 70), "b")
    with pytest.raises(SourceError, match="no room for more uploads at the moment"):
        kept.room_for("c")
    here.remove("a")
    assert kept.room_for("c") == 80
    assert "ta" not in kept
    assert kept.get("ta") is None
    assert not (tmp_path / "ta").exists()
    assert "tb" in kept
    assert (tmp_path / "tb" / "a.dat").exists()


@pytest.mark.usefixtures("free")
def test_of_many_small_uploads_one_s_own_oldest_goes(tmp_path: Path) -> None:
    kept = UploadStore()
    kept.keep("other", upload(tmp_path, "other", 1), "b")
    for number in range(upload_store.MAX_UPLOADS_PER_PERSON + 2):
        kept.keep(f"t{number}", upload(tmp_path, f"t{number}", 1), "a")
    assert [name in kept for name in ("t0", "t1", "t2", "other")] == [False, False, True, True]


def test_uploads_leave_room_on_their_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_store, "MIN_FREE_BYTES", 1 << 60)
    with pytest.raises(SourceError, match="no room"):
        UploadStore().room_for("a")


@pytest.fixture
def small_library(monkeypatch: pytest.MonkeyPatch) -> Iterator[UploadStore]:
    """A library where a person may have 100 kB."""
    kept = UploadStore(person_bytes=100_000)
    monkeypatch.setattr(library, "_uploads", kept)
    yield kept
    kept.clear()


@pytest.mark.usefixtures("free", "small_library")
def test_an_upload_counts_for_who_brought_it_and_the_log_names_no_file(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    token, found = library.take_upload([("Meier_Anna.csv", CSV)], "a")
    assert found
    assert library._uploads.get(token) is not None
    with pytest.raises(SourceError):
        library.take_upload([("Meier_Anna.csv", CSV * 4)], "a")
    with pytest.raises(SourceError):
        library.take_upload([("../Meier_Anna.csv", CSV)], "b")
    told = [(record.msg, getattr(record, "fields", {})) for record in caplog.records]
    assert [name for name, _ in told if name.startswith("upload")] == [
        "upload_received",
        "upload_refused",
        "upload_refused",
    ]
    assert told[0][1]["bytes"] == len(CSV)
    assert "Meier" not in str(told)


class Clock:
    """A clock that is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 0.0
        monkeypatch.setattr(upload_store.time, "monotonic", lambda: self.now_s)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which windows have been closed for so long."""
    return Clock(monkeypatch)


def test_an_upload_goes_when_its_window_has_been_closed_for_the_grace_period(tmp_path: Path, clock: Clock) -> None:
    kept, here, gone = UploadStore(grace_s=100), {"a", "b"}, []
    kept.is_here, kept.when_gone = here.__contains__, gone.append
    one = upload(tmp_path, "one", 1)
    kept.keep("one", one, "a", "firefox")
    kept.keep("two", upload(tmp_path, "two", 1), "b", "chrome")
    for clock.now_s in (0.0, 1000.0):
        assert kept.tidy() == 0
    here.remove("a")
    assert kept.tidy() == 0  # from now on
    clock.now_s += 99
    assert kept.tidy() == 0
    assert one.folder.is_dir()
    clock.now_s += 1
    assert kept.tidy() == 1
    assert gone == [one]
    assert not one.folder.exists()
    assert "one" not in kept
    assert "two" in kept


def test_a_window_that_only_lost_its_connection_keeps_its_uploads(tmp_path: Path, clock: Clock) -> None:
    kept, here = UploadStore(grace_s=100), {"a"}
    kept.is_here = here.__contains__
    kept.keep("one", upload(tmp_path, "one", 1), "a", "firefox")
    for _ in range(5):
        here.clear()
        kept.tidy()
        clock.now_s += 60
        here.add("a")
        kept.tidy()
        clock.now_s += 60
    assert kept.get("one", "a", "firefox") is not None


def test_once_its_window_is_closed_only_the_same_browser_finds_an_upload(tmp_path: Path, clock: Clock) -> None:
    kept, here = UploadStore(grace_s=100), {"a", "other", "same"}
    kept.is_here = here.__contains__
    kept.keep("one", upload(tmp_path, "one", 1), "a", "firefox")
    assert kept.get("one", "other", "chrome") is not None  # who has a link, as long as the window is open
    here.remove("a")
    for window, browser in (("other", "chrome"), ("other", ""), ("", "firefox"), ("", ""), ("closed", "firefox")):
        assert kept.get("one", window, browser) is None
    assert kept.get("one", "same", "firefox") is not None
    kept.tidy()
    clock.now_s += 1000
    assert kept.tidy() == 0  # a page that was loaded anew
    here.remove("same")
    kept.tidy()
    clock.now_s += 100
    assert kept.tidy() == 1
    assert kept.get("one", "other", "chrome") is None


def test_a_page_loaded_anew_before_the_old_one_is_known_to_be_closed_keeps_the_upload(
    tmp_path: Path, clock: Clock
) -> None:
    kept, here = UploadStore(grace_s=100), {"old", "new"}
    kept.is_here = here.__contains__
    kept.keep("one", upload(tmp_path, "one", 1), "old", "firefox")
    assert kept.get("one", "new", "firefox") is not None
    here.remove("old")
    kept.tidy()
    clock.now_s += 1000
    assert kept.tidy() == 0
    assert kept.get("one", "new", "firefox") is not None


@pytest.mark.usefixtures("free")
def test_all_windows_of_a_browser_share_the_room_of_one_person(tmp_path: Path) -> None:
    kept = UploadStore(person_bytes=100, all_bytes=1000)
    kept.keep("one", upload(tmp_path, "one", 60), "a", "firefox")
    assert kept.room_for("b", "firefox") == 40
    assert kept.room_for("b", "chrome") == 100


def test_a_program_that_ends_removes_all_uploads_and_takes_no_more(tmp_path: Path) -> None:
    kept = UploadStore()
    kept.keep("one", upload(tmp_path, "one", 1), "a")
    kept.keep("none", upload(tmp_path, "none", 1), "")
    late = upload(tmp_path, "late", 1)
    kept.close()
    with pytest.raises(SourceError, match="server is stopping"):
        kept.keep("late", late, "a")
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


@pytest.mark.usefixtures("free", "small_library")
def test_what_was_opened_of_an_upload_ends_with_it() -> None:
    token, _ = library.take_upload([("a.csv", CSV)], "a")
    opened = workspace.open_in_workspace(f"upload/{token}/1", "")
    seat = tokens.issue_token(opened)
    other = tokens.issue_token(workspace.open_in_workspace("demo/demo_pvc", ""))
    folder = library._uploads[token].folder
    library.know_people(lambda _: True, lambda: ("", ""), server._drop)
    library._uploads.clear()
    assert not folder.exists()
    assert tokens.grant_of(seat) is None
    assert tokens.grant_of(other) is not None
    assert opened.stamp not in workspace._opened
    with pytest.raises(SourceError, match="no longer here"):
        library.locate(f"upload/{token}/1", "")


def test_the_grace_period_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for given, expected in (("30", 30.0), ("0", 0.0), ("", 120.0), ("-1", 120.0), ("x", 120.0), ("nan", 120.0)):
        monkeypatch.setenv("RHYTHMOSCOPE_UPLOAD_GRACE_S", given)
        assert grace_s() == expected
