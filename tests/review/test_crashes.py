"""A process that is killed in the middle of writing takes nothing with it that it had acknowledged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from postgresql_for_tests import PostgresDatabases
from review_for_tests import SAMPLES, log_in, session_in

from ecg_core.review.edits import Relabel

pytestmark = pytest.mark.slow

Databases = Path | PostgresDatabases

WRITER = """
import sys
import time
sys.path[:0] = {tests!r}
from review_for_tests import analysis, recording
from ecg_core.errors import CannotKeepError
from ecg_core.review.database import engine, location_of
from ecg_core.review.edits import Relabel
from ecg_core.review.log import EditLog
from ecg_core.review.session import ReviewSession
place = {place!r}
bench = ReviewSession(recording(), analysis(), EditLog(engine(location_of(place)), recording().sha256, "c" * 64))
print("ready", flush=True)
for number in range(100_000):
    name = {person!r} + str(number)
    while True:
        try:
            bench.edit({person!r}, [(name, Relabel((100 * (number % 40 + 1),), "NSVFQ"[number % 5]))])
        except CannotKeepError:  # the other process wrote all the time: sent again, as a browser does
            continue
        break
    print(name, flush=True)
    time.sleep(0.003)
"""


def begin_writing(databases: Databases, person: str) -> subprocess.Popen[str]:
    """Start a process that edits until it is killed, and tells of each edit that was acknowledged."""
    place = databases / "review.sqlite3"
    address = f"sqlite:///{place}" if isinstance(place, Path) else place.render_as_string(hide_password=False)
    folder = Path(__file__).parent
    program = WRITER.format(tests=[str(folder), str(folder.parent)], place=address, person=person)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def killed(child: subprocess.Popen[str]) -> list[str]:
    """Kill a process in the middle of its work; return what it said was acknowledged."""
    with child:
        assert child.stdout is not None
        child.send_signal(signal.SIGKILL)
        lines = child.stdout.read().split("\n")
    return [line for line in lines[:-1] if line]  # the last one may be half of a name


def write_until_killed(databases: Databases, person: str, seconds: float) -> list[str]:
    child = begin_writing(databases, person)
    assert child.stdout is not None
    first = child.stdout.readline().strip()
    time.sleep(seconds)
    return [first, *killed(child)]


@pytest.mark.skipif(os.name != "posix", reason="processes are killed by signal")
def test_killing_a_writer_loses_nothing_that_was_acknowledged(databases: Databases) -> None:
    """Nor does it double anything, while another process writes beside it and is killed last."""
    staying = begin_writing(databases, "stays-")
    acknowledged: dict[str, list[str]] = {}
    for person, seconds in (("goes-", 0.05), ("follows-", 0.31)):
        acknowledged[person] = write_until_killed(databases, person, seconds)
    acknowledged["stays-"] = killed(staying)
    entries = log_in(databases).entries()
    assert len({entry.uuid for entry in entries}) == len(entries)
    for person, names in acknowledged.items():
        there = [entry.uuid for entry in entries if entry.person == person]
        assert names
        assert there[: len(names)] == names
        assert len(there) <= len(names) + 1
    # Whoever comes next finds a log that folds, and goes on writing.
    session = session_in(databases)
    assert session.edit("Ann", [("after", Relabel((SAMPLES[0],), "V"))]).refused == []
    assert session.state.label[0] == "V"


def test_what_was_entered_before_it_was_folded_is_there_afterwards(tmp_path: Path) -> None:
    first = session_in(tmp_path)
    first.log.append("Ann", [Relabel((300,), "V")], ["a"])  # and then the process ends
    assert session_in(tmp_path).state.label[2] == "V"
    # The browser has no answer and sends it again.
    outcome = first.edit("Ann", [("a", Relabel((300,), "V"))])
    assert outcome.refused == []
    assert len(first.log.entries()) == 1
    assert first.state.label[2] == "V"
