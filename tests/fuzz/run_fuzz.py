"""Look for files that break a reader: ``make fuzz MINUTES=10``, or ``python tests/fuzz/run_fuzz.py --minutes 10``.

Every format's written sample, the real ones of ``$ECG_DATA/formats`` where they are, their annotations, and zips of
them as uploads take turns. Each turn is a process of its own with a limit on memory and time (``worker.py``). What
breaks is kept in a folder with the command that shows it again; exit status 1 then.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS)]

from security.samples import Sample, real_samples, written_samples  # noqa: E402

WORKER = Path(__file__).with_name("worker.py")
TURN_S = 12.0
LARGEST_BYTES = 600_000
"""Larger real files are left to the tests: damaging their samples finds nothing that smaller ones do not."""


@dataclass
class Target:
    """What is damaged, and how it is opened."""

    name: str
    files: dict[str, bytes]
    settings: dict[str, Any]
    n_cases: int = 0
    known: set[str] = field(default_factory=set)


def targets(folder: Path) -> list[Target]:
    """Return everything that is fuzzed."""
    samples = written_samples(folder / "written")
    formats = Path(os.environ.get("ECG_DATA", "")) / "formats"
    if os.environ.get("ECG_DATA") and formats.is_dir():
        samples += [s for s in real_samples(formats) if sum(map(len, s.files.values())) <= LARGEST_BYTES]
    found = [_target(sample) for sample in samples]
    found += [_zipped(sample, method) for sample in samples[:3] + samples[9:12] for method in ("stored", "deflated")]
    return found


def _target(sample: Sample) -> Target:
    layout = sample.layout
    told = {"fs_hz": layout.fs_hz, "unit": layout.unit, "lead_names": layout.lead_names} if layout else None
    # What tells of the signal breaks readers more often than the signal does.
    small = [name for name, content in sample.files.items() if len(content) < 5000 or not name.endswith(".dat")]
    names = [*small, *small, *sample.files]
    settings = {"kind": "file", "opened": sample.opened, "layout": told, "mutate": names}
    return Target(sample.name.replace("/", "-"), sample.files, settings)


def _zipped(sample: Sample, method: str) -> Target:
    with tempfile.TemporaryFile() as stream:
        packing = zipfile.ZIP_STORED if method == "stored" else zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(stream, "w", packing) as archive:
            for name, content in sample.files.items():
                archive.writestr(f"export/{name}", content)
        stream.seek(0)
        content = stream.read()
    name = f"zip-{method}-{sample.name.replace('/', '-')}"
    return Target(name, {"x.zip": content}, {"kind": "upload"})


def run_turn(target: Target, folder: Path, seconds: float, seed: int) -> str | None:
    """Fuzz one target for a while; returns what broke, or None."""
    shutil.rmtree(folder, ignore_errors=True)
    _lay_out(folder, target.files, target.settings)
    command = [sys.executable, str(WORKER), str(folder), "--seconds", str(seconds), "--seed", str(seed)]
    environment = {**os.environ, "TMPDIR": str(folder / "tmp"), "OPENBLAS_NUM_THREADS": "1"}
    (folder / "tmp").mkdir()
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=seconds + 60, check=False
        )
    except subprocess.TimeoutExpired:
        # Before its first case it was the machine that had no time for it.
        return "it hung in a library, where no signal reaches it" if (folder / "case").is_dir() else None
    if done.returncode == 0:
        target.n_cases += int(done.stdout.split()[-1])
        return None
    problem = folder / "problem.txt"
    return problem.read_text() if problem.is_file() else f"the process died ({done.returncode}): {done.stderr[-1500:]}"


def keep_find(target: Target, folder: Path, finds: Path, problem: str) -> Path:
    """Keep the case that broke, its problem, and the command that shows it again."""
    with contextlib.suppress(FileExistsError):
        finds.mkdir(parents=True)
    number = 1 + sum(1 for path in finds.iterdir() if path.name.startswith(f"{target.name}-"))
    kept = finds / f"{target.name}-{number}"
    files = {path.name: path.read_bytes() for path in (folder / "case").iterdir()} if (folder / "case").is_dir() else {}
    _lay_out(kept, files, target.settings)
    command = f"python {WORKER.relative_to(TESTS.parent)} {kept} --once"
    (kept / "find.txt").write_text(f"{command}\n\n{problem}\n", encoding="utf-8", errors="replace")
    return kept


def _lay_out(folder: Path, files: dict[str, bytes], settings: dict[str, Any]) -> None:
    (folder / "files").mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / "files" / name).write_bytes(content)
    (folder / "target.json").write_text(json.dumps(settings))


def _turns(every: list[Target], until: float) -> Iterator[tuple[int, Target]]:
    turn = 0
    while time.monotonic() < until:
        yield turn, every[turn % len(every)]
        turn += 1


def main() -> int:
    """Fuzz all targets in turn; exit status 1 if anything broke."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])  # type: ignore[union-attr]
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", default="", help="targets whose name holds this")
    parser.add_argument("--finds", type=Path, default=TESTS.parent / "fuzz-finds", help="folder for what breaks")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    found = 0
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        work = Path(name)
        every = [target for target in targets(work) if arguments.only in target.name]
        print(f"{len(every)} targets, seed {arguments.seed}", flush=True)
        until = time.monotonic() + 60 * arguments.minutes
        seconds = max(1.0, min(TURN_S, 60 * arguments.minutes * arguments.processes / len(every)))

        def turn(numbered: tuple[int, Target]) -> bool:
            number, target = numbered
            if time.monotonic() > until:
                return False
            folder = work / f"turn-{number}"
            problem = run_turn(target, folder, seconds, arguments.seed + number)
            last = problem.strip().splitlines()[-1] if problem else ""
            new = re.sub(r"\d+", "", last) not in target.known
            target.known.add(re.sub(r"\d+", "", last))
            if problem and new:
                kept = keep_find(target, folder, arguments.finds, problem)
                print(
                    f"FOUND {target.name}: {last[:300]}\n      {(kept / 'find.txt').read_text().splitlines()[0]}",
                    flush=True,
                )
            shutil.rmtree(folder, ignore_errors=True)
            return problem is not None and new

        with ThreadPoolExecutor(arguments.processes) as pool:
            pending = []
            for numbered in _turns(every, until):
                pending.append(pool.submit(turn, numbered))
                while len([one for one in pending if not one.done()]) >= arguments.processes:
                    time.sleep(0.05)
            found = sum(one.result() for one in pending)
        for target in every:
            print(f"{target.name:45} {target.n_cases:8,} cases")
    print(f"{sum(target.n_cases for target in every):,} cases, {found} found")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
