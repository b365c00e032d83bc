"""Uploads on disk: so much for each person, so much for all, and whoever is gone makes room."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from ecg_core.errors import SourceError
from ecg_core.sources import Upload
from pages.parts import kept_uploads, library
from pages.parts.kept_uploads import KeptUploads

CSV = b"time_s,II (mV)\n" + b"".join(b"%.3f,%.3f\n" % (n / 250, (n % 200 == 0) * 1.0) for n in range(2500))


def upload(folder: Path, name: str, n_bytes: int) -> Upload:
    (folder / name).mkdir(parents=True)
    (folder / name / "a.dat").write_bytes(b"\0" * n_bytes)
    return Upload(folder / name)


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk with room."""
    monkeypatch.setattr(kept_uploads, "LEAST_FREE_BYTES", -(1 << 40))


@pytest.mark.usefixtures("free")
def test_one_person_may_have_so_much_and_is_told_when_it_is_reached(tmp_path: Path) -> None:
    kept = KeptUploads(one_bytes=100, all_bytes=1000)
    assert kept.room_for("a") == 100
    kept.keep("t0", upload(tmp_path, "t0", 60), "a")
    assert kept.room_for("a") == 40
    kept.keep("t1", upload(tmp_path, "t1", 40), "a")
    with pytest.raises(SourceError, match="the most that one person may have here; reload the page"):
        kept.room_for("a")
    assert kept.room_for("b") == 100


@pytest.mark.usefixtures("free")
def test_people_who_are_gone_make_room_and_others_do_not(tmp_path: Path) -> None:
    kept, here = KeptUploads(one_bytes=100, all_bytes=150), {"a", "b", "c"}
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
    kept = KeptUploads()
    kept.keep("other", upload(tmp_path, "other", 1), "b")
    for number in range(kept_uploads.KEPT + 2):
        kept.keep(f"t{number}", upload(tmp_path, f"t{number}", 1), "a")
    assert [name in kept for name in ("t0", "t1", "t2", "other")] == [False, False, True, True]


def test_uploads_leave_room_on_their_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_uploads, "LEAST_FREE_BYTES", 1 << 60)
    with pytest.raises(SourceError, match="no room"):
        KeptUploads().room_for("a")


@pytest.fixture
def small_library(monkeypatch: pytest.MonkeyPatch) -> Iterator[KeptUploads]:
    """A library where a person may have 100 kB."""
    kept = KeptUploads(one_bytes=100_000)
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
