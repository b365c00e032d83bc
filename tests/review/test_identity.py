"""What is told of a write-ahead log: whether what was just written can be found again."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from review_for_tests import log_in

from ecg_core.errors import CannotKeepError
from ecg_core.review.database import FILE_NAME
from ecg_core.review.edits import Relabel
from ecg_core.review.identity import Witness, read_chain

V = Relabel((300,), "V")
HEADER, FRAME = 32, 24 + 4096


def written(folder: Path, n_edits: int = 4) -> Path:
    """Leave a database as a killed process does, its entries in the write-ahead log."""
    log = log_in(folder / "made")
    for number in range(n_edits):
        log.append("Ann", [V], [f"u{number}"])
    left = folder / "left"
    left.mkdir()
    for name in (FILE_NAME, f"{FILE_NAME}-wal"):
        shutil.copyfile(folder / "made" / name, left / name)
    return left


def test_frames_that_a_killed_process_did_not_commit_are_written_over(tmp_path: Path) -> None:
    left = written(tmp_path)
    wal = left / f"{FILE_NAME}-wal"
    frames = (wal.stat().st_size - HEADER) // FRAME
    assert len(read_chain(wal).headers) == 24 * frames
    # The last frame holds the commit: without it, what the last edit wrote before is there and does not count.
    with wal.open("r+b") as stream:
        stream.seek(HEADER + (frames - 1) * FRAME + 24 + 100)
        stream.write(b"torn")
    log = log_in(left)
    n_before = len(log.entries())
    assert n_before < 4
    for number in range(3):
        log.append("Ben", [V], [f"again {number}"])
    assert [entry.uuid for entry in log_in(left).entries()][n_before:] == [f"again {number}" for number in range(3)]


def test_a_log_that_another_begins_anew_at_that_moment_is_no_hole(tmp_path: Path) -> None:
    """Another process brings all into the database, and has written the new log's header, but no frame yet."""
    log = log_in(tmp_path)
    log.append("Ann", [V], ["a"])
    wal, witness = tmp_path / f"{FILE_NAME}-wal", Witness(tmp_path / FILE_NAME)
    witness.opened()
    before = witness.chain()
    log.append("Ann", [V], ["b"])
    assert not witness.lost(before)
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    assert other.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()[0] == 0
    log.append("Ann", [V], ["c"])
    os.truncate(wal, HEADER)
    assert witness.chain().salts not in (None, before.salts)
    assert not witness.lost(before)
    assert witness.trouble() is None
    other.close()


@pytest.mark.parametrize("to_bytes", [0, HEADER - 1, HEADER, HEADER + 2 * FRAME, HEADER + 2 * FRAME + 30])
def test_nothing_is_acknowledged_behind_a_hole(tmp_path: Path, to_bytes: int) -> None:
    log = log_in(tmp_path)
    log.append("Ann", [V], ["a"])
    reader = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM entries").fetchone()
    log.append("Ann", [V], ["b"])
    os.truncate(tmp_path / f"{FILE_NAME}-wal", to_bytes)
    for uuid in ("c", "d"):
        with pytest.raises(CannotKeepError, match="cut off"):
            log.append("Ann", [V], [uuid])
    reader.close()


def test_a_log_that_is_none_holds_nothing(tmp_path: Path) -> None:
    file = tmp_path / "wal"
    assert read_chain(file).headers == b""
    for content in (b"", b"x" * 31, b"x" * 5000, b"\0" * 5000):
        file.write_bytes(content)
        assert read_chain(file) == (None, b"")
