"""What each hostile upload of the catalogue costs: run by the tests as a process, which reads it through workers.

Prints a line of JSON for each: what came out, the seconds it took, and by how much memory of this process grew at its
peak. `settings.READER_MB` limits what a worker may take.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS)]

from fuzz.checking import check_recording  # noqa: E402
from security.hostile_files import Hostile, catalogue  # noqa: E402

from ecg_core.errors import RecordingError, SourceError  # noqa: E402
from ecg_core.isolation import shared_pool  # noqa: E402
from ecg_core.sources import receive  # noqa: E402

_ADDRESS_SPACE_BYTES = 3 << 30


def outcome(hostile: Hostile) -> dict[str, Any]:
    """Receive, open and read an upload; returns what was said and what it cost."""
    files = hostile.make()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    before = _status("VmRSS")
    began = time.monotonic()
    said: list[str] = []
    opened: list[str] = []
    try:
        with receive(files) as upload:
            for found in upload.recordings:
                try:
                    recording = upload.open(found.name)
                    check_recording(recording)
                    opened.append(recording.name)
                except (RecordingError, SourceError) as error:
                    said.append(str(error))
    except SourceError as error:
        said.append(str(error))
    seconds = time.monotonic() - began
    return {"said": said, "opened": opened, "seconds": seconds, "peak_mb": (_status("VmHWM") - before) / 1024}


def _status(key: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{key}:")).split()[1])


def _limit(n_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_status("VmSize") * 1024 + n_bytes,) * 2)


def main() -> int:
    """Measure the entries named, all by default; in the folder that TMPDIR names."""
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="wfdb")
    shared_pool().warm_up()
    _limit(_ADDRESS_SPACE_BYTES)
    wanted = sys.argv[1:]
    for hostile in catalogue():
        if wanted and hostile.name not in wanted:
            continue
        try:
            result = outcome(hostile)
        except BaseException:
            result = {"problem": traceback.format_exc()}
        result["left_behind"] = [path for path in os.listdir(tempfile.gettempdir()) if path.startswith("rhythmoscope")]
        print(json.dumps({"name": hostile.name, **result}), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
