"""Install requirements with pip, say how far it is, and say in one sentence what is missing where it fails.

``python .ci/install.py REQUIREMENTS...`` installs into the environment of the Python that runs it. It needs the
standard library alone. The whole output of pip is kept in ``install.log`` in that environment. Of a lock file, which
lists every package with its hashes, exactly those files are installed, and no dependency is looked up.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

NEEDED_BYTES = 3_000_000_000
"""Free space without which an empty environment is not filled: TensorFlow alone takes more than half of it."""

_REPORT_EVERY_S = 10.0
_LARGE_MB = 30.0

_DISK_FULL = re.compile(r"No space left on device|Errno 28|Disk quota exceeded", re.I)
_UNREACHABLE = re.compile(
    r"Connection refused|NewConnectionError|Failed to establish|name resolution|Name or service not known|"
    r"Max retries exceeded|Network is unreachable|ConnectTimeout|Read timed out|No route to host|ProxyError|"
    r"connection broken by",
    re.I,
)
_CERTIFICATE = re.compile(r"CERTIFICATE_VERIFY_FAILED|SSLError|certificate verify failed", re.I)
_WRONG_HASH = re.compile(r"DO NOT MATCH THE HASHES.*?^\s+([\w.-]+)==", re.S | re.M)
_NO_VERSION = re.compile(r"No matching distribution found for ([\w.-]+)")
_DOWNLOAD = re.compile(r"\s*Downloading (\S+?)-\d\S* \(([\d.]+) (kB|MB|GB)\)")
_IN_MB = {"kB": 1e-3, "MB": 1.0, "GB": 1e3}


def problem(output: str, log: Path) -> str:
    """Return one sentence that names what an installation lacked.

    Parameters
    ----------
    output : str
        What pip printed.
    log : Path
        Where all of it is kept.
    """
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple")
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    if _DISK_FULL.search(output):
        return f"The disk that holds {sys.prefix} is full; free {NEEDED_BYTES / 1e9:.0f} GB and run make again."
    if _CERTIFICATE.search(output):
        return f"The certificate of the package index {index} is not trusted; set PIP_CERT to your network's."
    if _UNREACHABLE.search(output):
        return (
            f"The package index {index} cannot be reached; connect to the Internet, or set PIP_INDEX_URL to an index "
            "that can be reached, and run make again."
        )
    if found := _WRONG_HASH.search(output):
        return (
            f"The file of {found[1]} that {index} has is not the one in the lock file, so it was not installed; "
            "look where it comes from, and run make lock if it is the right one."
        )
    if found := _NO_VERSION.search(output):
        return (
            f"The package index has no {found[1]} that fits Python {python} on this machine; "
            "set PYTHON=/path/to/python3.11 and run make clean."
        )
    errors = [line for line in output.splitlines() if line.startswith("ERROR: ")]
    said = errors[-1].removeprefix("ERROR: ") if errors else "pip failed"
    return f"{said.rstrip('.')}; {log} has everything that pip said."


def progress(lines: Iterator[str]) -> Iterator[str]:
    """Return what to tell of pip's output, line by line: large downloads, counts every ten seconds, installing.

    Parameters
    ----------
    lines : iterator of str
        pip's output.
    """
    started = reported = time.monotonic()
    packages: set[str] = set()
    megabytes = 0.0
    installing = False
    for line in lines:
        seconds = time.monotonic() - started
        if line.startswith("Collecting "):
            packages.add(re.split(r"[^\w.-]", line.removeprefix("Collecting "), maxsplit=1)[0].lower())
        elif found := _DOWNLOAD.match(line):
            size = float(found[2]) * _IN_MB[found[3]]
            megabytes += size
            if size >= _LARGE_MB:
                yield f"downloading {found[1]} ({size:.0f} MB)"
                reported = time.monotonic()
        elif line.startswith("Installing collected packages: "):
            installing = True
            yield f"installing {line.count(',') + 1} packages, a minute or two ({seconds:.0f} s so far)"
            reported = time.monotonic()
        if time.monotonic() - reported > _REPORT_EVERY_S:
            reported = time.monotonic()
            state = "still installing" if installing else f"{len(packages)} packages looked up"
            yield f"{state}, {megabytes:.0f} MB downloaded ({seconds:.0f} s so far)"


def main(files: list[str]) -> int:
    """Install the requirements in `files`; return the exit status."""
    log = Path(sys.prefix) / "install.log"
    empty = not list(Path(sys.prefix).glob("lib/python*/site-packages/tensorflow"))
    if empty and (free := shutil.disk_usage(sys.prefix).free) < NEEDED_BYTES:
        sys.stderr.write(
            f"The packages need {NEEDED_BYTES / 1e9:.0f} GB below {sys.prefix}, and {free / 1e9:.1f} GB are free.\n"
        )
        return 1
    command = [sys.executable, "-m", "pip", "install", "--progress-bar", "off", "--retries", "2"]
    command += [word for file in files for word in ("--requirement", file)]
    if all(file.endswith(".lock") for file in files):
        command += ["--require-hashes", "--no-deps"]
    kept: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None

        def keeping() -> Iterator[str]:
            for line in process.stdout or ():
                kept.append(line)
                yield line

        for text in progress(keeping()):
            print(f"  {text}", flush=True)
    output = "".join(kept)
    try:
        log.write_text(output, encoding="utf-8")
    except OSError:
        output += "No space left on device" if shutil.disk_usage(sys.prefix).free < 1_000_000 else ""
    if process.returncode:
        sys.stderr.write(problem(output, log) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
