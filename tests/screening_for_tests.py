"""Stand-ins for the analysis of a recording, which workers of a cluster can import, and rows for tables."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from pathlib import Path
from typing import Any

import orjson

from ecg_core import __version__
from ecg_core.screening.columns import DONE, SCHEMA
from ecg_core.screening.items import Item
from ecg_core.screening.row import RunSettings


def row_of(name: str, **given: Any) -> dict[str, Any]:
    """Return a whole row."""
    told = {
        "key": f"/recordings/{name}",
        "name": name,
        "status": DONE,
        "tier": 4,
        "urgency": 0.0,
        "worst": "",
        "worst_reason": "nothing of what was looked for was found",
        "source_sha256": hashlib.sha256(name.encode()).hexdigest(),
        "version": __version__,
        "model_sha256": "m",
        **given,
    }
    assert set(told) <= set(SCHEMA.names)
    return {column: told.get(column) for column in SCHEMA.names}


def counted(item: Item, settings: RunSettings) -> dict[str, Any]:
    """Analyse nothing; the row tells the number in the name."""
    del settings
    number = int(item.name.split("-")[-1])
    return {**row_of(item.name, n_beats=number, urgency=float(-number)), "key": item.key, "stamp": item.stamp()}


def slow(item: Item, settings: RunSettings) -> dict[str, Any]:
    """Take a moment, so that a worker can be killed meanwhile."""
    time.sleep(0.15)
    return {**counted(item, settings), "seconds": float(os.getpid())}


def deadly(item: Item, settings: RunSettings) -> dict[str, Any]:
    """End the process that analyses the recording of number 3."""
    if item.name.endswith("-3"):
        os.kill(os.getpid(), signal.SIGKILL)
    return counted(item, settings)


def raising(item: Item, settings: RunSettings) -> dict[str, Any]:
    """Fail on the recording of number 3 in a way that nobody foresaw."""
    if item.name.endswith("-3"):
        raise RuntimeError("unforeseen")
    return counted(item, settings)


def items(folder: Path, n: int) -> list[Item]:
    """Make files and return them as items."""
    found = []
    for number in range(n):
        path = folder / f"r-{number}"
        path.write_text(str(number))
        found.append(Item(str(path), path.name, str(folder)))
    return found


def journal(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of a journal."""
    return [orjson.loads(line) for line in (folder / "rows.jsonl").read_bytes().splitlines()]
