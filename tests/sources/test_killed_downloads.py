"""A process that is killed while it fetches leaves no short file under a file's name, and what has arrived is used."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import wfdb
from fake_physionet import FakePhysioNet
from service.disks import small_disk

from ecg_core.errors import SourceError
from ecg_core.sources import fetch_record

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
FETCH = "from pathlib import Path; from ecg_core.sources import fetch_record; fetch_record('big/a', Path({to!r}))"


def write_large(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    signal_mv = np.random.default_rng(1).normal(size=(4_000_000, 1))
    wfdb.wrsamp("a", 250, ["mV"], ["II"], p_signal=signal_mv, fmt=["16"], write_dir=str(folder))


def test_a_full_disk_costs_one_sentence_and_what_has_arrived_is_kept(physionet: FakePhysioNet, tmp_path: Path) -> None:
    physionet.publish("big", write_large)
    with small_disk(tmp_path / "disk", 256) as disk:
        with pytest.raises(SourceError) as problem:
            fetch_record("big/a", disk)
        assert "a.dat could not be kept" in str(problem.value)
        assert "make room" in str(problem.value)
        assert not (disk / "big" / "a.dat").exists()
        assert (disk / "big" / "a.dat.part").stat().st_size > 0


@pytest.mark.skipif(os.name != "posix", reason="processes are killed by signal")
def test_a_download_that_is_killed_goes_on_where_it_was(physionet: FakePhysioNet, tmp_path: Path) -> None:
    published = physionet.publish("big", write_large)
    to = tmp_path / "to"
    part, whole = to / "big" / "a.dat.part", to / "big" / "a.dat"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", FETCH.format(to=str(to))], env=environment) as child:
        deadline = time.monotonic() + 60
        while child.poll() is None and time.monotonic() < deadline:
            if part.is_file() and part.stat().st_size:
                child.send_signal(signal.SIGKILL)
                break
    assert child.returncode == -signal.SIGKILL
    assert not whole.exists()
    arrived = part.stat().st_size
    assert part.read_bytes() == (published / "a.dat").read_bytes()[:arrived]
    header = fetch_record("big/a", to)
    assert whole.read_bytes() == (published / "a.dat").read_bytes()
    assert header == to / "big" / "a.hea"
    assert not part.exists()
    assert physionet.ranges == [f"bytes={arrived}-"]
