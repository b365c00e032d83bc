"""``fetch``: download a PhysioNet database or record."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ecg_core.progress import ProgressLine


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser("fetch", help="download a PhysioNet database or record")
    command.add_argument("database", metavar="DATABASE", help="mitdb, or one record: mitdb/100")
    command.add_argument("--to", type=Path, required=True, help="folder to download to")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Download, and print the headers. Returns the exit status."""
    from ecg_core.sources.physionet import fetch_database, fetch_record

    with ProgressLine(arguments.database) as line:
        fetch = fetch_record if "/" in arguments.database else fetch_database
        where = fetch(arguments.database, arguments.to, lambda share, name: line.show(name, share))
    for header in [where] if isinstance(where, Path) else where:
        print(header)
    return 0
