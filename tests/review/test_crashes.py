"""A process that is killed in the middle of writing takes nothing with it that it had acknowledged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from review_for_tests import SAMPLES, log_in, session_in

from ecg_core.review.edits import Relabel

WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from review_for_tests import session_in
from ecg_core.review.edits import Relabel
bench = session_in(Path({folder!r}))
print("ready", flush=True)
for number in range(100_000):
    name = {person!r} + str(number)
    bench.edit({person!r}, [(name, Relabel((100 * (number % 40 + 1),), "NSVFQ"[number % 5]))])
    print(name, flush=True)
"""


def write_until_killed(folder: Path, person: str, seconds: float) -> list[str]:
    program = WRITER.format(tests=str(Path(__file__).parent), folder=str(folder), person=person)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
        lines = child.stdout.read().split("\n")
    return [line for line in lines[:-1] if line]  # the last one may be half of a name


@pytest.mark.skipif(os.name != "posix", reason="processes are killed by signal")
def test_killing_a_writer_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    for round_number, seconds in enumerate((0.05, 0.17, 0.31)):
        acknowledged = write_until_killed(tmp_path, f"r{round_number}-", seconds)
        assert acknowledged
        names = [entry.uuid for entry in log_in(tmp_path).entries() if entry.person == f"r{round_number}-"]
        assert names[: len(acknowledged)] == acknowledged
        assert len(names) <= len(acknowledged) + 1
    # Whoever comes next finds a log that folds, and goes on writing.
    session = session_in(tmp_path)
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
