"""A local folder that a stranger can write to: pipes, devices, links, and names that mean harm."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from security.samples import written_samples

from ecg_core.errors import RecordingError, SourceError
from ecg_core.formats import open_recording
from ecg_core.sources import list_recordings, open_local
from ecg_core.sources.local import survey
from pages.services import library

pytestmark = pytest.mark.slow

TAKES_NO_TIME_S = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one good record, beside one that holds a secret record."""
    sample = written_samples(tmp_path / "made")[0]
    for name in ("open", "secret"):
        (tmp_path / name).mkdir()
        sample.write(tmp_path / name)
    return tmp_path / "open"


def names(folder: Path) -> list[str]:
    return [found.name for found in list_recordings(folder).recordings]


@pytest.mark.timeout(TAKES_NO_TIME_S)
def test_pipes_are_never_opened(folder: Path) -> None:
    for name in ("a.hea", "b.edf", "c", "x.qrs", "y.dat"):
        os.mkfifo(folder / name)
    (folder / "y.hea").write_text("y 1 250 1000\ny.dat 16 200 16 0 0 0 0 II\n")
    assert names(folder) == ["x", "y"]
    for name in ("a", "a.hea", "b.edf", "c", "y"):
        with pytest.raises(RecordingError):
            open_recording(folder / name)
    assert open_recording(folder / "x").annotation_names == ("atr",)
    listed = survey(folder)
    assert {path.name for path, _ in listed.others} == {"a.hea", "b.edf", "c", "x.qrs", "y.dat"}
    assert all("pipe or a device" in reason for _, reason in listed.others)


def test_links_out_of_the_folder_are_not_followed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = folder.parent / "secret"
    (folder / "a.hea").symlink_to(secret / "x.hea")
    (folder / "b.hea").write_text("b 2 250 2500\nb.dat 16 200 16 0 0 0 0 I\nb.dat 16 200 16 0 0 0 0 II\n")
    (folder / "b.dat").symlink_to(secret / "x.dat")
    (folder / "deep").symlink_to(secret, target_is_directory=True)
    (folder / "loop.edf").symlink_to(folder / "loop.edf")
    (folder / "m.hea").write_text("m/1 2 250 2500\nb 2500\n")
    assert names(folder) == ["m", "x"]
    for name in ("a", "b", "m", "deep/x", "../secret/x", "/etc/passwd", "loop.edf", "x\0", "x" * 5000):
        with pytest.raises((SourceError, RecordingError)) as refused:
            open_local(folder, name)
        assert len(str(refused.value)) < 600
        with pytest.raises(SourceError):
            library.locate(f"local/{name}", str(folder))
    reasons = {path.name: reason for path, reason in survey(folder).others}
    assert "link out of the folder" in reasons["a.hea"]
    assert open_local(folder, "x").n_samples == 2500


def test_links_within_the_folder_are_followed(folder: Path) -> None:
    (folder / "store").mkdir()
    (folder / "x.dat").rename(folder / "store" / "key")
    (folder / "x.dat").symlink_to(folder / "store" / "key")
    assert names(folder) == ["x"]
    assert open_local(folder, "x").n_samples == 2500


def test_a_folder_reached_by_a_link_is_a_folder(folder: Path) -> None:
    link = folder.parent / "link"
    link.symlink_to(folder, target_is_directory=True)
    assert names(link) == ["x"]
    assert open_local(link, "x").n_samples == 2500


def test_names_that_mean_harm_stay_on_one_line(folder: Path) -> None:
    for name in ("a\nb.csv", "\x1b[31m.edf", "=1+1.csv", "-rf.csv", "<script>.csv", "n" * 200 + ".edf"):
        (folder / name).write_bytes(b"no recording\n")
        with pytest.raises(RecordingError) as refused:
            open_recording(folder / name)
        sentence = str(refused.value)
        assert len(sentence) < 600
        assert not any(sign in sentence for sign in "\n\x1b")
    assert names(folder) == ["x"]


@pytest.mark.timeout(TAKES_NO_TIME_S)
def test_a_large_header_is_read_once_for_all_files_beside_it(folder: Path) -> None:
    lines = "".join(f"s{number} 1\n" for number in range(400_000))
    (folder / "big.hea").write_text(f"big/400000 1 250 400000\n{lines}")
    for number in range(300):
        (folder / f"big.{number}").write_bytes(b"x")
    assert names(folder) == ["big", "x"]
