"""A short soak with real servers: what was acknowledged is there; and the soak's accounts find what is not."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from browser.driving import ROOT
from soak.ledger import FILE_NAME, Ledger


def soak(minutes: float, faults: str) -> str:
    command = [sys.executable, "tests/soak/run_soak.py", "--seed", "3", "--minutes", str(minutes), "--faults", faults]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_by_a_killed_server_a_locked_database_a_full_and_a_slow_disk() -> None:
    said = soak(0.2, "killed,locked,full,slow")
    counted = re.search(r"(\d+) edits acknowledged, 0 of them deleted on purpose; (\d+) found, 0 lost", said)
    assert counted
    assert int(counted[1]) == int(counted[2]) > 20
    for fault in ("killed", "locked", "full", "slow"):
        assert f"s  {fault}: " in said


@pytest.mark.slow
def test_nothing_is_acknowledged_into_a_database_that_was_deleted_or_truncated() -> None:
    said = soak(0.1, "deleted,truncated")
    assert re.search(r"\d+ edits acknowledged, \d+ of them deleted on purpose; \d+ found, 0 lost", said)


def log_of(folder: Path, *uuids: str) -> Path:
    folder.mkdir(exist_ok=True)
    with sqlite3.connect(folder / FILE_NAME) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS entries (uuid TEXT)")
        connection.executemany("INSERT INTO entries VALUES (?)", [(uuid,) for uuid in uuids])
    connection.close()
    return folder


def test_an_acknowledged_edit_that_is_not_in_the_log_is_lost(tmp_path: Path) -> None:
    ledger = Ledger()
    for uuid in ("a", "b", "c"):
        ledger.acknowledge(uuid, ledger.phase)
    assert ledger.look(log_of(tmp_path / "home", "a", "c", "never acknowledged")) == (2, 1)
    assert ledger.lost == ["b"]
    assert ledger.look(tmp_path / "home") == (2, 0)  # told once


def test_of_a_log_deleted_on_purpose_only_what_is_acknowledged_afterwards_counts(tmp_path: Path) -> None:
    ledger = Ledger()
    ledger.acknowledge("before", ledger.phase)
    sent_before = ledger.phase
    ledger.damage()
    ledger.acknowledge("under way", sent_before)
    sent_meanwhile = ledger.phase
    ledger.acknowledge("meanwhile", sent_meanwhile)
    ledger.damaged()
    ledger.acknowledge("sent meanwhile", sent_meanwhile)
    ledger.acknowledge("into nothing", ledger.phase)
    ledger.acknowledge("into a new one", ledger.phase)
    assert ledger.look(log_of(tmp_path / "home", "into a new one")) == (1, 1)
    assert ledger.lost == ["into nothing"]
    assert ledger.excused == 4
    ledger.mended()
    ledger.acknowledge("after", ledger.phase)
    assert ledger.look(log_of(tmp_path / "new", "after")) == (1, 0)
    assert ledger.look(tmp_path / "gone") == (0, 1)
