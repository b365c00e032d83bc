"""Servers, people and mishaps: ``make soak MINUTES=30``, or ``python tests/soak/run_soak.py --minutes 30 --seed 1``.

Starts the dashboard, clients that read, edit, undo, import, export, open many recordings and lose their connection, and
injects faults in an order that the seed gives: the server killed (kill -9) and started anew, the database deleted,
truncated and locked by another process, the disk full (a small disk of its own where this process may mount one, else
simulated by a limit on the size of files) and slow (simulated: another process holds the write lock four fifths of the
time; no device is slowed down). Ends with the count of acknowledged and found edits; exit status 1 if one is lost.

An edit is lost when it was answered 200 and is not in the log after the next start. What had been acknowledged before
the database was deleted or truncated on purpose is not counted; what is acknowledged after that must be found, so the
server has to refuse. Refusals (409, 503), and 403 for a seat that ended with its server, are no losses.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS)]

from soak import faults  # noqa: E402
from soak.clients import Client  # noqa: E402
from soak.faults import Disk  # noqa: E402
from soak.ledger import Ledger  # noqa: E402
from soak.soak_recordings import make_recordings  # noqa: E402

FAULTS = ("killed", "locked", "full", "deleted", "slow", "truncated")
_WITH_DAMAGE = ("deleted", "truncated")
PERSONS = ("Ames", "Baker", "Cole", "Dunn")
RECORDINGS = 20
EDITS_FIRST, WAIT_S = 10, 60.0
"""So many edits are acknowledged after each start before the next fault, however slow the machine is."""


class Dashboard:
    """The dashboard's server on one port, started as often as needed."""

    def __init__(self, folder: Path, data: Path, cache: Path, home: Path) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        idle = folder / "idle"
        idle.mkdir()
        for name in ("tensorflow", "keras"):  # the pages import them ahead of need, which takes both processors
            (idle / f"{name}.py").write_text("import time\n\ntime.sleep(86400)\n")
        self._environment = {
            **os.environ,
            "ECG_DATA": str(data),
            "RHYTHMOSCOPE_CACHE": str(cache),
            "RHYTHMOSCOPE_HOME": str(home),
            "RHYTHMOSCOPE_OPEN_MB": "4",
            "PYTHONPATH": str(idle),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=TESTS.parent, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(OSError), urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5):
                return
            time.sleep(0.1)
        raise RuntimeError("The server did not start:\n" + self.tail())

    def end(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def tail(self) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])


class Soak:
    """One run.

    Parameters
    ----------
    folder : Path
    minutes : float
    seed : int
    kinds : list of str
        The faults.
    """

    def __init__(self, folder: Path, minutes: float, seed: int, kinds: list[str]) -> None:
        self.seconds, self.kinds = 60 * minutes, kinds
        self.random = random.Random(seed)
        self.hold_s, self.calm_s = (2.0, 1.5) if minutes < 2 else (6.0, 8.0)
        self.ledger = Ledger()
        data, cache = make_recordings(folder, RECORDINGS)
        self.disk = Disk(folder / "disk")
        self.home = self.disk.file.parent
        self.server = Dashboard(folder, data, cache, self.home)
        recs = [f"local/p{at}" for at in range(RECORDINGS)]
        self.clients = [Client(name, f"{seed}-{name}", self.server.url, recs, self.ledger) for name in PERSONS]
        self.restarts = self.idle = 0

    def run(self) -> int:
        """Run; return the exit status."""
        self.server.start()
        self.began_s = time.monotonic()
        try:
            for client in self.clients:
                client.start()
            waiting: list[str] = []
            n_injected = 0
            self._await_edits()
            # Each fault once, however short or slow the run is.
            while time.monotonic() - self.began_s < self.seconds or n_injected < len(self.kinds):
                n_injected += 1
                if not waiting:
                    waiting = list(self.kinds)
                    self.random.shuffle(waiting)
                self._inject(waiting.pop())
                self._calm()
            for client in self.clients:
                client.over.set()
            for client in self.clients:
                client.join(90)
            self.server.end(signal.SIGTERM)
            self._look("after the last stop")
        finally:
            self.server.end(signal.SIGKILL)
            self.disk.close()
        return self._sum_up()

    def _inject(self, kind: str) -> None:
        if not self.server.is_running():
            raise RuntimeError("The server ended by itself:\n" + self.server.tail())
        assert self.server.process is not None
        process = self.server.process.pid
        file = self.disk.file
        if kind == "killed":
            self._say(kind, "kill -9")
        elif kind == "locked":
            self._say(kind, f"another process holds the write lock for {self.hold_s:g} s")
            faults.hold_lock(file, self.hold_s, self.hold_s, 0.0)
        elif kind == "slow":
            self._say(kind, f"simulated: the write lock is held four fifths of {self.hold_s:g} s")
            faults.hold_lock(file, self.hold_s, 0.2, 0.05)
        elif kind == "full":
            self._say(kind, self.disk.fill(process))
            self._calm(self.hold_s)
            self.disk.empty(process)
        else:
            self.ledger.damage()
            harm = faults.delete if kind == "deleted" else faults.truncate
            self._say(kind, harm(self.disk, self.random))
            self.ledger.damaged()
            self._calm(self.hold_s)
        if kind == "killed" or kind in _WITH_DAMAGE:
            self._start_anew(fresh=kind in _WITH_DAMAGE)

    def _start_anew(self, *, fresh: bool) -> None:
        self.server.end(signal.SIGKILL)
        self._look("after kill -9")
        if fresh:
            # As who runs the server is told to: what is damaged is put aside, and a new log begun.
            for folder in (self.home, *self.disk.folder.glob("aside-*")):
                shutil.rmtree(folder, ignore_errors=True)
        self.server.start()
        if fresh:
            self.ledger.mended()
        self.restarts += 1
        self._await_edits()

    def _await_edits(self) -> None:
        before, deadline = self.ledger.acknowledged, time.monotonic() + WAIT_S
        while time.monotonic() < deadline and self.ledger.acknowledged < before + EDITS_FIRST:
            time.sleep(0.1)
        if self.ledger.acknowledged == before:
            self.idle += 1
            self._say("looked", f"no edit was acknowledged within {WAIT_S:g} s of a start")

    def _calm(self, seconds: float | None = None) -> None:
        time.sleep(self.calm_s if seconds is None else seconds)

    def _look(self, when: str) -> None:
        found, lost = self.ledger.look(self.home)
        self._say("looked", f"{when}: {found} acknowledged edits found, {lost} lost")

    def _say(self, what: str, how: str) -> None:
        print(f"{time.monotonic() - self.began_s:7.1f} s  {what}: {how}", flush=True)

    def _sum_up(self) -> int:
        ledger = self.ledger
        for what, n in sorted(ledger.counts.items()):
            print(f"{n:8}  {what}")
        failed = [f"{client.name}: {client.failed}" for client in self.clients if client.failed]
        for line in failed:
            print(f"A client failed: {line}")
        for uuid in ledger.lost[:20]:
            print(f"lost: {uuid}")
        print(
            f"{ledger.acknowledged} edits acknowledged, {ledger.excused} of them deleted on purpose; "
            f"{ledger.acknowledged - ledger.excused - len(set(ledger.lost))} found, {len(set(ledger.lost))} lost; "
            f"{self.restarts} restarts."
        )
        if self.idle:
            print(f"After {self.idle} of the starts nothing could be edited.")
        return 1 if ledger.lost or failed or self.idle else 0


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", default=",".join(FAULTS), help="which, with commas between: " + ", ".join(FAULTS))
    asked = parser.parse_args()
    kinds = [kind for kind in asked.faults.split(",") if kind]
    if unknown := set(kinds) - set(FAULTS) or not kinds:
        parser.error(f"--faults: {unknown or 'none given'}")
    folder = Path(tempfile.mkdtemp(prefix="rhythmoscope-soak-"))
    print(f"Soak of {asked.minutes:g} minutes, seed {asked.seed}, faults {', '.join(kinds)}; in {folder}", flush=True)
    status = Soak(folder, asked.minutes, asked.seed, kinds).run()
    if status == 0:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"The server's log is {folder / 'server.log'}")
    return status


if __name__ == "__main__":
    sys.exit(main())
