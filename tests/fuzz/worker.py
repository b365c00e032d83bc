"""One bounded process of the fuzzer: damages one sample again and again until its time is over, or something breaks.

Run by ``run_fuzz.py``; its memory is limited, and a watchdog ends it where a case takes too long. The case at hand
always lies in the folder ``case``, so that whoever started this process finds it there if the process dies.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import random
import resource
import shutil
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS)]

from fuzz.checking import BrokenError, check_case  # noqa: E402
from fuzz.mutating import mutated  # noqa: E402

MEMORY_BYTES = 600 << 20
"""What a case may reserve beyond what the process has at its start."""

CASE_S = 20
KEPT = 60
"""Damaged files kept as parents of others: each gave an answer that none before it gave."""


def main() -> int:
    """Fuzz one target; exit status 1 where something broke, whose description is then in ``problem.txt``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="holds target.json and a folder with the target's files")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--once", action="store_true", help="check the files as they are")
    arguments = parser.parse_args()
    target = json.loads((arguments.folder / "target.json").read_text())
    case = arguments.folder / "case"
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="wfdb")
    _prepare()
    _limit_memory()
    faulthandler.enable()
    originals = {path.name: path.read_bytes() for path in sorted((arguments.folder / "files").iterdir())}
    try:
        if arguments.once:
            _checked(case, originals, target)
        else:
            n_cases = _fuzz(case, originals, target, arguments.seconds, random.Random(arguments.seed))
            print(n_cases)
    except BaseException as error:
        text = f"{type(error).__name__}: {error}" if isinstance(error, BrokenError) else traceback.format_exc()
        (arguments.folder / "problem.txt").write_text(text, encoding="utf-8", errors="replace")
        sys.stderr.write(text)
        return 1
    return 0


def _fuzz(
    case: Path, originals: dict[str, bytes], target: dict[str, object], seconds: float, rng: random.Random
) -> int:
    pool: list[dict[str, bytes]] = [originals]
    seen: set[str] = set()
    until = time.monotonic() + seconds
    n_cases = 0
    while time.monotonic() < until:
        n_cases += 1
        files = mutated(rng, rng.choice(pool), target)
        answer = _checked(case, files, target)
        if answer not in seen:
            seen.add(answer)
            pool.append(files)
            if len(pool) > KEPT:
                pool.pop(rng.randrange(1, len(pool)))
    return n_cases


def _checked(case: Path, files: dict[str, bytes], target: dict[str, object]) -> str:
    shutil.rmtree(case, ignore_errors=True)
    case.mkdir()
    for name, content in files.items():
        (case / name).write_bytes(content)
    signal.setitimer(signal.ITIMER_REAL, CASE_S)
    try:
        return check_case(case, target)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _prepare() -> None:
    """Import what readers import when they are first used, so that the limit counts what a file costs."""
    import pyarrow.parquet
    import scipy.io
    import soundfile
    import wfdb

    assert pyarrow.parquet
    assert scipy.io
    assert soundfile
    assert wfdb

    def too_long(*_: object) -> None:
        raise BrokenError(f"a case took more than {CASE_S} s")

    signal.signal(signal.SIGALRM, too_long)


def _limit_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    raise SystemExit(main())
