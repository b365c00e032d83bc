"""What goes wrong around the server during the soak, on purpose."""

from __future__ import annotations

import os
import random
import resource
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from soak.ledger import FILE_NAME

DISK_KB = 64 * 1024


class Disk:
    """Where edits are kept: a small disk of its own where this process may mount one, else a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.mounted = (
            os.geteuid() == 0
            and not subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={DISK_KB}k", "none", str(folder)],
                check=False,
                capture_output=True,
            ).returncode
        )

    @property
    def file(self) -> Path:
        """The database."""
        return self.folder / "home" / FILE_NAME

    def files(self) -> list[Path]:
        """The database and what belongs to it."""
        return sorted(self.file.parent.glob(f"{FILE_NAME}*"))

    def fill(self, process: int) -> str:
        """Leave no room; return how that was done."""
        if self.mounted:
            with (self.folder / "filling").open("wb", buffering=0) as stream, suppress(OSError):
                while True:
                    stream.write(b"\0" * 65536)
            return "a disk of its own, filled"
        largest = max((file.stat().st_size for file in self.files()), default=4096)
        _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (largest, hard))
        return "simulated: no file of the server may grow (RLIMIT_FSIZE)"

    def empty(self, process: int | None) -> None:
        """Make room again."""
        (self.folder / "filling").unlink(missing_ok=True)
        if not self.mounted and process is not None:
            _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
            resource.prlimit(process, resource.RLIMIT_FSIZE, (hard, hard))

    def close(self) -> None:
        """Give the disk back."""
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=False, capture_output=True)


def hold_lock(file: Path, hold_s: float, on_s: float, off_s: float) -> None:
    """Hold the database's write lock from another process, for so long at a time and so long not."""
    until = time.monotonic() + hold_s
    with suppress(sqlite3.Error):
        connection = sqlite3.connect(file, timeout=5, isolation_level=None)
        try:
            while time.monotonic() < until:
                with suppress(sqlite3.OperationalError):
                    connection.execute("BEGIN IMMEDIATE")
                    time.sleep(min(on_s, max(until - time.monotonic(), 0.0)))
                    connection.execute("ROLLBACK")
                time.sleep(off_s)
        finally:
            connection.close()


def delete(disk: Disk, chance: random.Random) -> str:
    """Delete the database, or its folder's name, under the server."""
    if not disk.files():
        return "nothing there to delete"
    if chance.random() < 0.5:
        for file in disk.files():
            file.unlink(missing_ok=True)
        return "files removed"
    aside = disk.folder / f"aside-{chance.randrange(10**9)}"
    disk.file.parent.rename(aside)
    disk.file.parent.mkdir()
    return "folder renamed and a new one made"


def truncate(disk: Disk, chance: random.Random) -> str:
    """Cut the database, or its write-ahead log, under the server."""
    files = [file for file in disk.files() if not file.name.endswith("-shm") and file.stat().st_size]
    if not files:
        return "nothing there to cut"
    file = chance.choice(files)
    size = chance.choice([0, file.stat().st_size // 2])
    os.truncate(file, size)
    return f"{file.name} cut to {size} bytes"


def in_thread(work: Callable[[], None]) -> threading.Thread:
    """Begin work beside this."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread
