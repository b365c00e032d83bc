"""An export that fails, is stopped or finds no room leaves nothing, and says why in one sentence."""

from __future__ import annotations

import errno
import os
import threading
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from signals_for_tests import ALL, ecg_like, marks_of, recording

from ecg_core.errors import ExportError, RecordingError
from ecg_core.export import signal
from ecg_core.export.signal import write_signal
from ecg_core.formats.common import excerpt
from ecg_core.recording import Lead, Recording
from ecg_core.writing import drafting

pytestmark = pytest.mark.slow


class EnoughError(Exception):
    """A person has had enough."""


@pytest.fixture
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excerpt, "PIECE_VALUES", 2000)


@pytest.mark.usefixtures("_small_pieces")
@pytest.mark.parametrize("format", ALL)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.98])
def test_a_stopped_export_leaves_nothing(tmp_path: Path, format: str, share: float) -> None:
    def progress(done: float) -> None:
        if done >= share:
            raise EnoughError

    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(EnoughError):
        write_signal(recording(ecg_like(20_000, 2)), tmp_path, format, stem="x", progress=progress)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.usefixtures("_small_pieces")
@pytest.mark.parametrize("format", ALL)
def test_a_recording_that_cannot_be_read_on_leaves_nothing_and_the_files_that_were_there(
    tmp_path: Path, format: str
) -> None:
    def read(start: int, stop: int, leads: Sequence[int]) -> npt.NDArray[np.float32]:
        if stop > 10_000:
            raise RecordingError("x.dat can no longer be read: it is gone.")
        return np.zeros((stop - start, len(leads)), dtype=np.float32)

    made = Recording("x", 250.0, 20_000, (Lead("II"),), read)
    for suffix in ("hea", "dat", "edf", "csv", "parquet", "dcm"):
        (tmp_path / f"x.{suffix}").write_text("earlier")
    with pytest.raises(RecordingError, match="gone"):
        write_signal(made, tmp_path, format, stem="x")
    assert len(list(tmp_path.iterdir())) == 6
    assert all(path.read_text() == "earlier" for path in tmp_path.iterdir())


@pytest.mark.parametrize("format", ALL)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_disk_that_takes_no_more_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str, code: int
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    said = {errno.ENOSPC: "is full", errno.EROFS: "cannot be written to"}.get(code, "Nothing was exported")
    with pytest.raises(ExportError, match=said) as raised:
        write_signal(recording(ecg_like(3000, 2)), tmp_path, format, stem="x", marks=marks_of([5], "N"))
    assert str(raised.value).endswith(".")
    assert "\n" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("format", ALL)
def test_a_disk_that_is_full_while_writing_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    @contextmanager
    def full(folder: Path, name: str) -> Iterator[Path]:
        """A folder whose signal files are the device that is always full."""
        with drafting(folder, name) as draft:
            for suffix in ("dat", "edf", "csv", "parquet", "dcm"):
                (draft / f"x.{suffix}").symlink_to("/dev/full")
            yield draft

    monkeypatch.setattr(signal, "drafting", full)
    with pytest.raises(ExportError, match="is full; nothing was exported"):
        write_signal(recording(ecg_like(300_000, 2)), tmp_path / "out", format, stem="x")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_file_that_cannot_take_its_place_takes_the_others_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def refuse(source: Path, target: Path) -> None:
        if Path(target).suffix == ".hea":
            raise OSError(errno.EACCES, "Permission denied")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(ExportError, match="cannot be written to; choose a folder that can"):
        write_signal(recording(ecg_like(3000, 2)), tmp_path, "wfdb", stem="x")
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_the_folder_should_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(ExportError, match="Nothing was exported"):
        write_signal(recording(ecg_like(30, 1)), tmp_path / "out", "edf", stem="x")


@pytest.mark.parametrize("format", ALL)
def test_progress_rises_to_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str) -> None:
    monkeypatch.setattr(excerpt, "PIECE_VALUES", 2000)
    shares: list[float] = []
    write_signal(recording(ecg_like(20_000, 2)), tmp_path, format, stem="x", progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) > 5


@pytest.mark.parametrize("format", ALL)
def test_what_is_in_memory_does_not_grow_with_the_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    monkeypatch.setattr(excerpt, "PIECE_VALUES", 1 << 16)
    tile = ecg_like(5000, 4)

    def read(start: int, stop: int, leads: Sequence[int]) -> npt.NDArray[np.float32]:
        return np.asarray(tile[np.arange(start, stop) % len(tile)][:, list(leads)])

    def peak_bytes(n_samples: int) -> int:
        made = Recording("x", 250.0, n_samples, tuple(map(Lead, ("I", "II", "V1", "V5"))), read)
        tracemalloc.start()
        try:
            write_signal(made, tmp_path / str(n_samples), format, stem="x")
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak_bytes(1000)  # imports
    assert threading.active_count() < 50
    assert peak_bytes(1_600_000) < 1.5 * peak_bytes(200_000) + 1_000_000
