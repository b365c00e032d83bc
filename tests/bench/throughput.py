"""Throughput of a screening: one process on one core, one process on all cores, and one worker for each core.

Each worker has done its share of `WARM_UP` recordings before the clock starts, so that imports, the network and the
start of the processes do not count: of ten thousand recordings they are nothing. The clock stops when the first worker
finds nothing more to do.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from table import Row, number, ratio, seconds

WARM_UP, MEASURED = 2, 8
"""Recordings for each worker."""


def screened(path: str, workers: int, model: str, one_core: bool = False) -> dict[str, Any]:
    """Screen copies of a recording and return the seconds that one takes, all workers together.

    Parameters
    ----------
    path : str
        Header of a WFDB record.
    workers : int
        Processes of a Dask cluster; 0 for this process alone.
    model : str
        Folder of the classifier.
    one_core : bool
        Whether this process keeps to one core, where the system lets it.
    """
    if one_core and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    from ecg_core.screening.executors import ThisProcess, executor
    from ecg_core.screening.items import items_in
    from ecg_core.screening.row import RunSettings

    side = max(workers, 1)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RHYTHMOSCOPE_CACHE"] = str(Path(folder) / "cache")
        copies = Path(folder) / "recordings"
        for number_ in range(side * (WARM_UP + MEASURED)):
            _copy(Path(path), copies / f"copy{number_:03d}")
        items, _ = items_in([str(copies)], Path(folder) / "results")
        settings = RunSettings(model)
        ends, rows = [], []
        if workers:
            with executor(None, workers) as cluster:
                for row in cluster.rows(items, settings, lambda: False):
                    ends.append(time.perf_counter())
                    rows.append(row)
        else:
            for row in ThisProcess().rows(items, settings, lambda: False):
                ends.append(time.perf_counter())
                rows.append(row)
    refused = [row["refused"] for row in rows if row["refused"]]
    if refused:
        raise SystemExit(f"A recording was refused: {refused[0]}")
    first, last = side * WARM_UP - 1, len(ends) - side
    taken = (ends[last] - ends[first]) / (last - first)
    busy = sum(row["seconds"] for row in rows[first + 1 : last + 1]) / (last - first) / side
    return {"seconds": taken, "busy_s": busy}


def throughput(path: str, model: str, step: Any) -> dict[str, Any]:
    """Measure the three in turns, each in a fresh process, and return medians of ratios.

    Parameters
    ----------
    path : str
        Header of a WFDB record.
    model : str
        Folder of the classifier.
    step : callable
        Runs a step of the benchmark in its own process: ``step("screened", path=..., workers=..., model=...)``.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {
        "cores": cores,
        "one_core": step("screened", path=path, workers=0, model=model, one_core=True),
        "process": step("screened", path=path, workers=0, model=model),
        "all_cores": step("screened", path=path, workers=cores, model=model),
    }


def throughput_rows(measured: dict[str, Any], duration_s: float) -> list[Row]:
    """Return the lines of the table.

    Parameters
    ----------
    measured : dict
        As :func:`throughput` returns it.
    duration_s : float
        Length of the recording.
    """
    alone = measured["one_core"]["seconds"]
    rows: list[Row] = [("", "a recording", "recordings an hour", "x real time", "against one core", "overhead")]
    for name, text in (
        ("one_core", "one process on one core"),
        ("process", "one process"),
        ("all_cores", f"cluster of {measured['cores']} workers"),
    ):
        of_one = measured[name]["seconds"]
        overhead = 1 - measured[name]["busy_s"] / of_one
        cells = [seconds(of_one), number(3600 / of_one), number(duration_s / of_one), ratio(alone / of_one)]
        rows.append((text, *cells, f"{100 * overhead:.1f} %"))
    return rows


def _copy(header: Path, to: Path) -> None:
    """Copy a record with its signal files; its reference stays behind, since it is not what is measured."""
    to.mkdir(parents=True)
    for file in header.parent.glob(f"{header.stem}.*"):
        if file.suffix in (".hea", ".dat"):
            shutil.copy(file, to)
