"""``screen``: many recordings analysed in the background, one row each, the most urgent first."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from ecg_core.cli.options import BAD_INPUT, complain
from ecg_core.progress import ProgressLine

if TYPE_CHECKING:
    from ecg_core.screening.run import Progress


def add(commands: Any) -> None:
    """Add the command to the command line's parser."""
    command = commands.add_parser(
        "screen",
        help="analyse many recordings and rank them by urgency",
        epilog="Writes DIR/screening.parquet and DIR/screening.csv, one row for each recording, the most urgent first; "
        "a recording that is refused has a row with its reason. Begun again with the same DIR, it goes on where it was "
        "stopped. Exit status 0, or 2 if nothing could be screened.",
    )
    command.add_argument(
        "places", nargs="+", metavar="FOLDER", help="folders, files, or addresses of object storage: s3://bucket/folder"
    )
    command.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the results")
    command.add_argument("--model", help="model folder; the shipped one by default")
    command.add_argument(
        "--workers", type=int, metavar="N", help="processes on this machine; one for each core by default, 1 for none"
    )
    command.add_argument("--scheduler", metavar="ADDRESS", help="a Dask scheduler that runs already: tcp://host:8786")
    command.add_argument("--memory-mb", type=int, metavar="MB", help="memory of each process on this machine")
    command.add_argument(
        "--keep-analyses", action="store_true", help="keep what was computed, so that the dashboard opens them at once"
    )
    command.add_argument(
        "--watch", type=float, metavar="SECONDS", help="look for new recordings every so often until interrupted"
    )
    command.add_argument(
        "--score", action="store_true", help="of annotated databases: print how many of the urgent stand at the top"
    )
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Screen what was asked for; returns the exit status."""
    from ecg_core.screening.executors import executor
    from ecg_core.screening.results import CSV, Results
    from ecg_core.screening.row import RunSettings
    from ecg_core.screening.run import screen, watch
    from ecg_core.screening.urgency import TIERS

    workers = arguments.workers if arguments.workers is not None else (os.cpu_count() or 1)
    if workers < 1:
        return complain("--workers must be 1 or more.")
    results = Results(arguments.out)
    memory = None if arguments.memory_mb is None else arguments.memory_mb << 20

    def cancel(_signal: int, _frame: FrameType | None) -> None:
        results.ask("cancel")
        sys.stderr.write("\nEnding after the recordings under way; begun again, it goes on from there.\n")

    def show(so_far: Progress) -> None:
        n_done = so_far.before + so_far.done + so_far.refused
        line.show(so_far.state, n_done / max(so_far.total, 1))

    earlier = signal.signal(signal.SIGINT, cancel)
    settings = RunSettings(arguments.model, arguments.keep_analyses)
    try:
        with executor(arguments.scheduler, workers, memory) as where, ProgressLine("Screening") as line:
            if arguments.watch is None:
                progress, told = screen(arguments.places, results, where, settings, show)
            else:
                progress, told = watch(arguments.places, results, where, settings, arguments.watch, show)
    finally:
        signal.signal(signal.SIGINT, earlier)
    for sentence in told:
        complain(sentence)
    counts = ", ".join(f"{n} {tier}" for tier, n in zip(TIERS, progress.by_tier, strict=True) if n)
    print(
        f"{progress.total} recordings: {progress.before} done before, {progress.done} analysed, "
        f"{progress.refused} refused, {progress.state}. {counts}  -> {arguments.out / CSV}"
    )
    if arguments.score:
        from ecg_core.screening.ranking_quality import quality_text

        print(quality_text(results.newest_rows()), end="")
    return 0 if progress.before + progress.done else BAD_INPUT
